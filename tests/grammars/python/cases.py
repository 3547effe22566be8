"""Programs by section of the Python language reference.

VALID      both profiles take them
LOOSE      valid Python in a layout that the generate profile does not write
UNCOMPILED ast.parse takes them, the compiler does not: accept takes them, generate refuses them
INVALID    nobody takes them
"""

from __future__ import annotations

# 2 Lexical analysis
LEXICAL = r'''
x = 0
x = 0_0
x = 1_000_000
x = 0xFf + 0o17 + 0b1_0
x = 1. + .5 + 1e5 + 1E-5 + 1_0.0_1e+1_0
x = 1j + 1.5J + 1e3j
x = 'a' "b" r'\d' u'c'
x = b'a' rb'\d' Rb"c" bR'd'
x = """a
"b" ""c
"""
x = """"a" """
x = '\n\t\\\'\"\x41\u00e9\U0001F600'
x = ''
x = """"""
x = é + 名前 + _a1
x = (  # a comment
    1)
x = [

    1,

]
_ = match = case = type = 1
print_function = 1
'''
# 2.4.3 f-strings that every version since 3.11 takes
FSTRINGS = r'''
x = f""
x = f'' ''
x = f"a{b}c"
x = f"{a!r}{b!s}{c!a}"
x = f"{a:>10}{b:{width}.{precision}}{c!r:^{n}}"
x = f"{a=}{b = }{c=!r:>3}"
x = f"{{}}{{a}}{b}}}"
x = f"{a['k']}" f'{b["k"]}'
x = f"{', '.join(x)}"
x = rf"\d{a}" + fr'\w{b}' + F"{c}"
x = f"""a{b}
"quoted" {c} ""{d}"""
x = f"{ {1: 2}[1] }"
x = f"{(lambda x: x)(1)}"
x = f"{a if b else c}"
x = f"{a, b}{*c, d}"
x = f"{a:%Y-%m-%d}"
x = f"{x:=5}"
x = f"{(x := 5)}"
x = f"{a != b}{a == b}"
x = f"\n{a}\t"
x = f"{a[1:2]}{b[::2]}"
x = 'a' f"{b}" 'c'
'''
# 6 Expressions
EXPRESSIONS = r"""
()
(a,)
a, b
a,
*a, b
(*a, b)
(yield_)
[]
[a, *b, c]
{}
{a, b}
{*a, *b}
{a: b, **c, d: e}
{a: b for a, b in c if d if e}
{a for a in b}
[a for a in b for c in d if e]
[x, y][z]
(a for a in b)
f()
f(a, *b, c=d, **e)
f(a for a in b)
f(*a, b, c=1, *d, **e, f=2)
f(a := b)
f(a, b=c,)
a.b.c[d](e)[f:g, ::h, *i]
a[b, c]
a[:]
a[b:c:d]
a[b := c]
1 .real
1.0.real
"a".join
-a ** -b
~-+a
not a
not not a
a if b else c
a if b else c if d else e
lambda: a
lambda a, b=1, *c, d, e=2, **f: a
lambda *, a: a
lambda a, /, b: a
lambda *a: (yield_)
a or b and not c
a < b <= c != d is not e not in f
a is not b
a not in b
a @ b // c % d << e >> f & g | h ^ i
a if(b)else(c)
(a)if[b]else{c}
a and(b)or[c]
not(a)
a in(b)
x is nothing
x is notation
x in inside
a if iff else elsewhere
(a := b)
...
None is True is False
x = await_ + async_
"""
# 7 Simple statements
SIMPLE = r"""
pass
pass; pass
pass;
a = b = c
a, b = c, d
a, *b = c
[a, *b] = (c, d) = e
(a) = b
a.b = c[d] = e
a[b:c] = d
a += b
a.b **= c
a[b] //= c, d
(a) += 1
a: int
a: int = b
a.b: int = c
a[b]: int
(a): int = 1
a: tuple = b, c
a = *b, c
assert a
assert a, b
del a
del a, b.c, d[e]
del (a, b), [c]
del (a)
raise
raise a
raise a from b
raise A(b) from None
global a, b
import a
import a.b.c as d, e
from a import b
from a.b import c as d, e
from a import (b, c as d,)
from . import a
from .. import a
from ...a.b import c
from . .. import a
from a import *
from .a import *
"""
# 8 Compound statements
COMPOUND = r'''
if a: b
====
if a: b; c
else: d
====
if a:
    b
elif c:
    d
elif e:
    f
else:
    g
====
while a:
    break
else:
    continue_ = 1
====
while a:
    while b:
        continue
    break
====
for a in b:
    pass
else:
    pass
====
for a, *b in c, *d:
    pass
====
for(a)in(b): pass
====
for a.b in c: break
====
for (a, b), [c] in d:
    continue
====
try:
    a
except:
    b
====
try:
    a
except A:
    b
except (B, C) as d:
    e
except:
    f
else:
    g
finally:
    h
====
try: a
finally: b
====
try:
    a
except* A as b:
    c
except* (B, C):
    d
else:
    e
====
with a: pass
====
with a as b, c as (d, e), f:
    pass
====
with (a as b, c as d,):
    pass
====
with (a, b): pass
====
with (a): pass
====
with (yield_) as b: pass
====
with open(a) as b.c, d() as e[f]:
    pass
====
match a:
    case 1 | -2 | 3.5 | -1j | 1 + 2j | 1 - 2j:
        pass
    case "a" "b" | b"c" | None | True | False:
        pass
    case a.b | a.b.c:
        pass
    case [a, b, *c] | (a, b, _, *c):
        pass
    case a, b:
        pass
    case {"k": v, 1: w, a.b: x, **rest}:
        pass
    case {}:
        pass
    case A() | a.B(1, d=2) | C(1, x=2,):
        pass
    case a.B(c, d=e):
        pass
    case (1 | 2) as x if x > 1:
        pass
    case 1 as x:
        pass
    case [1, 2] as x:
        pass
    case str() as x:
        pass
    case y if y:
        pass
    case _:
        pass
====
match a, b:
    case _: pass
====
match *a, b:
    case c: pass
====
match (a):
    case(1): pass
    case[1]: pass
    case"x": pass
    case-1: pass
====
match = 1
match[a] = 2
match(a, b)
match.case = case
print(match, case, type, _)
====
def f(): pass
====
def f(a, b: int, c=1, *d: int, e, f: str = 2, **g) -> int:
    return a
====
def f(a, /, b, *, c): pass
====
def f(a, b=1, /, c=2): pass
====
def f(*, a, b=1, c, **d,): pass
====
def f(*args: *A): pass
====
def f():
    """A docstring."""
    return
====
def f():
    global a
    yield
    b = yield a
    yield from c
    return (yield)
====
def f():
    def g():
        nonlocal_ = 1
    return lambda: (yield)
====
def f():
    a = 1
    def g():
        nonlocal a
        a = 2
    return g
====
@a
def f(): pass
====
@a.b(c)
@d[e]
@(f := g)
class A: pass
====
@a
async def f(): pass
====
class A(B, *C, metaclass=D, **E):
    x: int = 1
    def f(self):
        return self
====
class A():
    class B:
        pass
====
async def f():
    await a
    async with b as c, d:
        pass
    async with (a as b):
        pass
    async for e in g:
        pass
    else:
        pass
    return [a async for a in b], await c, -await d
====
async def f():
    yield a
    x = [await a for a in b]
    return
====
from __future__ import annotations
x = 1
====
"""A docstring."""
from __future__ import (division, generators,)
from __future__ import annotations
import a
====
# a comment

x = 1  # another


# more
y = 2
====
if a:

    # a comment
    b

    c
# the end
d
====
if a:
    if b:
        if c:
            d
    e
f
====
def f(
    a,
    b,
):
    return [
        a,
        b,
    ]
'''

# What only newer versions have: (version, program)
SINCE = [
    ("3.12", 'x = f"{a["k"]}"'),
    ("3.12", 'x = f"{f"{f"{1}"}"}"'),
    ("3.12", "x = f'{'\\n'.join(a)}'"),
    ("3.12", "x = f'{\na\n}'"),
    ("3.12", "x = f'{a  # comment\n}'"),
    ("3.12", "type X = int"),
    ("3.12", "type X[T, *Ts, **P] = dict[T, int]"),
    ("3.12", "def f[T: int](a: T) -> T: pass"),
    ("3.12", "class A[T: (int, str)](B): pass"),
    ("3.12", "async def f[T](): pass"),
    ("3.13", "type X[T = int] = list[T]"),
    ("3.13", "type X[T, *Ts, U = int] = list[T]"),
    ("3.13", "class A[T: int = bool, *Ts = *tuple[int], **P = []]: pass"),
]

LOOSE = [
    "",
    "\fx = 1\n",
    "if x:\n\f    y\n\fz\n",
    "if x:\n    y\n\\\nz\n",
    "if x:\n\\\n    y\n",
    'f"""{x:a\nb}"""\n',
    "# only a comment",
    "\n\n",
    "x = 1 # no line end after it",
    "x\t=\t1",
    "x   =   1",
    "x = a + \\\n    b",
    "if a and \\\n   b:\n    pass",
    "assert a, \\\n    b",
    "x = 1\r\ny = 2\r\n",
    "\ufeffx = 1",
    "x = 1\n\n\n\n\n\ny = 2",
    "if a:\n  b\nelse:\n      c",
    "if a:\n   if b:\n    c",
    "if a:\n    b\n        # deeper\n    c",
    "if a:\n    b\n  # less deep\nc",
    "x = '\\d'",
    "x = '\\N{DIGIT ONE}'",
    "x = f'\\{a}'",
    "x = 1; \\\n  y = 2",
    "x = (1,\n\n\n\n\n\n     2)",
    "with a if b else c as d: pass",
]

UNCOMPILED = [
    "x = *a",
    "*a",
    "*a = b",
    "*a, *b = c",
    "for a in *b: pass",
    "for *a in b: pass",
    "return 1",
    "break",
    "continue",
    "yield 1",
    "await a",
    "async with a: pass",
    "[a async for a in b]",
    "class A:\n    return 1",
    "if a:\n    break",
    "for a in b:\n    def f():\n        break",
    "while a:\n    class A:\n        continue",
    "def f():\n    await a",
    "def f():\n    async for a in b:\n        pass",
    "async def f():\n    yield from a",
    "async def f():\n    lambda: await_(await a)",
    "def f():\n    from a import *",
    "nonlocal a",
    "def f():\n    nonlocal a",
    "class A:\n    nonlocal a",
    "x = 1\nfrom __future__ import annotations",
    "from __future__ import nothing",
    "def f(a: (yield)): pass",
    "match a:\n    case x:\n        pass\n    case 1:\n        pass",
    "match a:\n    case x | 1:\n        pass",
    "try:\n    a\nexcept:\n    b\nexcept A:\n    c",
    "for a in b:\n    try:\n        c\n    except* D:\n        break",
    "def f():\n    try:\n        c\n    except* D:\n        return",
    "[a for a in (b := c)]",
]

INVALID = [
    "if x:\n    \fy\n", "if x:\n    y\n\\\n  z\n", "f 'a'", "f\\\n'a'", "rf ''", "f\"\"\"{x:a\"\"\"",
    "x =", "= 1", "x = = 1", "x 1", "x y", "1x", "x = 01", "x = 0x", "x = 1__0", "x = 0b2", "x = 1_", "x = 1e",
    "x = 'a", 'x = "a\n"', "x = '\\x4'", "x = '\\u12'", "x = b'é'", "x = 'a' b'b'", "x = '''a''", "x = ur'a'",
    "x = f'{'", "x = f'}'", "x = f'{}'", "x = f'{a!x}'", "x = f'{a b}'", "x = f'{lambda x: 1}'",
    "x = f'{a'", "x = $", "x = ?", "x = a ! b", "x = !a", "x++ ", "x = a++", "(", "[", "{", ")", "(]", "x = (1",
    "x = [1, 2", "x = {1: 2", "x = (,)", "x = [,]", "x = {,}", "x = [1,,2]", "f(,)", "f(a,,b)", "f(a b)",
    "f(a=1, b)", "f(**a, b)", "f(**a, *b)", "f(a for a in b, c)", "f(a.b=c)", "f(1=2)",
    "del *a", "del f()", "f() = 1", "f() += 1", "a + b = c", "a + b += c", "a, b += c", "[a] += b",
    "1 = a", "'a' = b", "None = a", "True = 1", "a = None = b", "a := b", "x = a := b", "(a.b := c)", "f(a.b := c)",
    "a: int: str", "a, b: int", "(a, b): int", "a = b: int", "[a for a in]", "[for a in b]", "[a for in b]",
    "[a for a b]", "[*a for a in b]", "{**a for a in b}", "{a: b, c}", "{a, b: c}", "{a: *b}", "{*a: b}", "(**a)",
    "lambda x y: 1", "lambda: ", "lambda *: 1", "lambda a=1, b: 1", "lambda (a): 1", "x = lambda: yield",
    "not", "a not b", "a is", "a in", "a not", "not in a", "a if b", "a if b else", "if b else c", "a else b",
    "a and", "or b", "a == not b", "a + not b", "a ify", "a iselse b", "await", "a..b", "a.1", ".a", "a.", "a[]",
    "a[b", "a[:::]", "x = yield = 1", "pass pass", "pass a", "a; ; b", ";", "; a", "del", "del a +", "assert",
    "assert a, b, c", "raise a, b", "raise from a", "raise a from", "global", "global a.b", "global a = 1",
    "import", "import a.", "import .a", "import a as b.c", "import *", "from a import", "from import a",
    "from a import b.c", "from a import (b", "from a import ()", "from a import b,", "from a import *, b",
    "from .a. import b", "print a", "exec 'a'", "a <> b", "x = `a`", "x = 10l", "x = 0777", "def = 1", "class = 1",
    "lambda = 1", "if = 1", "import if", "a.if", "f(if=1)", "def f: pass", "def f(: pass", "def f()", "def f() pass",
    "def f(): ", "def f(a, a=1, b): pass", "def f(a=1, b): pass", "def f(*): pass", "def f(*, **a): pass",
    "def f(**a, b): pass", "def f(**a, *b): pass", "def f(*a, *b): pass", "def f(a, /, b, /): pass",
    "def f(/, a): pass", "def f(*, /): pass", "def f(1): pass", "def f((a, b)): pass", "def f() -> : pass",
    "def f(a:): pass", "def f(a.b): pass", "def 1f(): pass", "class: pass", "class A(: pass", "class A B: pass",
    "class A(a for a in b): pass", "@\ndef f(): pass", "@a def f(): pass", "@a\nx = 1", "@a", "if: pass", "if a",
    "if a pass", "if a:", "if a:\n", "if a:\nb", "if a: if b: c", "if a: b else: c", "else: a", "elif a: b",
    "if a:\n    b\nelse\n    c", "if a:\n    b\nelse:\n    c\nelse:\n    d", "if a:\n    b\nelse:\n    c\nelif d:\n    e",
    "if a:\n    b\n      c", "if a:\n    b\n  c", "  a", "a\n  b", "if a:\n        b\n    c", "while: pass",
    "while a\n    pass", "for a: pass", "for a in: pass", "for in b: pass", "for a b: pass", "for f() in b: pass",
    "for 1 in b: pass", "for a in b", "try: a", "try:\n    a", "try: a\nelse: b",
    "try: a\nexcept A, B: c\nexcept: d\nelse", "try: a\nfinally: b\nexcept: c", "try: a\nfinally: b\nelse: c",
    "try: a\nexcept A as b.c: d", "try: a\nexcept* : b", "try: a\nexcept A: b\nexcept* B: c", "except: a",
    "finally: a", "with: pass", "with a", "with a as: pass", "with a as b c: pass", "with a as f(): pass",
    "with a as 1: pass", "with (a as b), c as: pass", "with a,: pass", "async a", "async def: pass",
    "async x = 1", "async while a: pass", "async with: pass", "async for a in b", "async class A: pass",
    "match a:\n    case _(): pass", "match a:\n    case _.b: pass", "match a:", "match a:\n    pass", "match a: case 1: pass", "match a:\n    case: pass", "match a:\n    case 1 pass",
    "match a:\n    case 1 + 1: pass", "match a:\n    case a + 1: pass", "match a:\n    case a.b(): pass\n  x",
    "match a:\n    case *b: pass", "match a:\n    case {**b, 'c': d}: pass", "match a:\n    case {*b}: pass",
    "match a:\n    case A(b=1, 2): pass", "match a:\n    case 1 as _: pass", "match a:\n    case 1 as a.b: pass",
    "match a:\n    case {b: 1}: pass", "match a:\n    case f(): pass\n    else: pass", "match a\n    case 1: pass",
    "case 1: pass", "yield = 1", "def f(): yield = 1", "def f():\n    yield from", "type X", "type X[] = int",
    "type X[1] = int", "class A[]: pass", "def f[](): pass", "x = 1 \\", "x = 1 \\ \n2", "x = \\y", "é€ = 1", "x = 1é",
    "x = (yield", "x = 0xfg", "x = 1.e", "x = 1..a.", "x = 1._5", "x = 1e_5", "(a, b) += 1", "a =", "a +=", "a: ",
    "\x00", "x = '\x00'", "x = a b", "f(a)b", "f(a)(b", "[1](2", "{1}[2", "x = [1}", "nonlocal", "return = 1",
    "a\n\tb", "if a:\n\tb\n        c", "a if b else lambda", "*", "**a", "x = **a", "x = -", "x = a *", "x = a ** ",
]  # fmt: skip


def lines(text: str) -> list[str]:
    """The programs of a section, one a line; a line that does not end a program is joined to the next."""
    found: list[str] = []
    for line in text.strip("\n").split("\n"):
        if found and _open(found[-1]):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def _open(text: str) -> bool:
    if text.count('"""') % 2:
        return True
    brackets = sum(text.count(a) - text.count(b) for a, b in ("()", "[]", "{}"))
    return brackets > 0


VALID = [
    *lines(LEXICAL),
    *lines(FSTRINGS),
    *lines(EXPRESSIONS),
    *lines(SIMPLE),
    *(program.strip("\n") for program in COMPOUND.split("\n====\n")),
]
