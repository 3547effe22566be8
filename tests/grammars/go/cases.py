"""Programs by section of the Go specification, one a line or one a block between blank lines.

Each list is of one kind of text: statements stand in a function, expressions behind `var _ =`, types
behind `type _`, declarations behind the package clause.

    *_VALID    both profiles take them
    LOOSE      Go's parsers take them, the generate profile does not write them
    *_INVALID  Go's parsers refuse them, and so do both profiles
"""

from __future__ import annotations


def _lines(text: str) -> list[str]:
    return [line for line in text.strip("\n").split("\n") if line]


def _blocks(text: str) -> list[str]:
    return text.strip("\n").split("\n\n")


def statement(text: str) -> str:
    return "package p\n\nfunc f() {\n\t" + text.replace("\n", "\n\t") + "\n}\n"


def expression(text: str) -> str:
    return f"package p\n\nvar _ = {text}\n"


def type_(text: str) -> str:
    return f"package p\n\ntype _ {text}\n"


def declaration(text: str) -> str:
    return f"package p\n\n{text}\n"


# Lexical elements, Operators, Primary expressions, Composite literals, Calls, Conversions
_EXPRESSIONS = _lines(r"""
0
42
4_2
0600
0_600
0o600
0O600
0xBadFace
0xBad_Face
0x_67_7a_2f_cc_40_c6
0b1010
0B_1
170141183460469231731687303715884105727
0.
72.40
072.40
2.71828
1.e+0
6.67428e-11
1E6
.25
.12345E+5
1_5.
0.15e+0_2
0x1p-2
0x2.p10
0x1.Fp+0
0X.8p-0
0X_1FFFP-16
0i
0123i
0o123i
0xabci
0.i
2.71828i
1.e+0i
08i
09.5
0x1p-2i
'a'
'ä'
'本'
'\t'
'\000'
'\007'
'\377'
'\x07'
'\xff'
'\u12e4'
'\U00101234'
'\''
'"'
`abc`
`\n`
""
"\n"
"\""
"Hello, world!\n"
"日本語"
"\u65e5本\U00008a9e"
"\xff\u00FF"
"'"
x
_
αβ
a1
x + y
x - y
x * y / z % w
x << 3 >> 1
x & y | z ^ w &^ v
x == y && a != b || c < d
x <= y || x >= y || x > y
x < -1
x - -1
x & ^1
x / *p
x*y + z
x*-y
x+-y
-1+-4
x-+^y
x&-y
x<+y
-+x
x/-+y
x[y+-z.w:]
a[i]+b[j]
-x
+x
!x
^x
*p
&x
&T{}
<-ch
-<-ch
!<-ch
<-<-ch
**p
(x)
((x + y) * z)
x.y
x.y.z
x.f().g
x[i]
x[i][j]
x[i, ]
x[:]
x[i:]
x[:j]
x[i:j]
x[i:j:k]
x[:j:k]
x.(T)
x.(*T)
x.(interface{ f() })
x.([]int)
f()
f(x)
f(x, y)
f(x, y,)
f(x...)
f(x, y...)
f(g(x)...,)
make([]int, 3)
make(chan int)
make(map[string][]int, n)
new(struct{})
f[int](x)
f[int, string](x)
f[[]int](x)
f[map[string]int, []T](x)
pkg.F[pkg.T](x)
Pair[K, V]{a, b}
[]byte("x")
[]byte(x)[0]
(*T)(x)
(*[]int)(nil)
(func())(nil)
(<-chan int)(c)
interface{}(x)
map[string]int(nil)
T{}
T{1, 2}
T{1, 2,}
T{x: 1, y: 2}
pkg.T{x: 1}
&pkg.T{x: []int{1}}
[]int{}
[]int{1, 2, 3}
[3]int{1, 2}
[...]string{"a", 5: "b"}
[N]int{}
[2 * N]int{}
[][]int{{1}, {2, 3}}
[]*T{{1}, nil}
map[string]int{"a": 1}
map[T]int{{1}: 2, {3}: 4}
map[string]map[string]int{"a": {"b": 1}}
struct{}{}
struct{ x int }{1}
T{}.f()
[]int{1}[0]
[]func(){func() {}, nil}
func() {}
func(x int) int { return x }
func(x, y int, z ...string) (a, b int) { return }
func() func() { return nil }()
func(int) {}(1)
f(func() { g() }, x)
x.f(func(a T) bool { return a.b }).g()
a == T{}
""")

EXPRESSIONS_INVALID = _lines(r"""
_42 x
42_
4__2
0_xBadFace
0x
0b
0b12
0o8
08
0xg
0x1.0
0x1.5e1
1e
1e+
1p5
1x
''
'ab'
'\'
'\xa'
'\0'
'\400'
'\uD800'
'\U00110000'
'\q'
'\"'
'''
"
"\'"
"\q"
"\u12"
"\uDFFF"
"a
`
a b
a.
a.1
.a
1.x
a..b
a +
a + *
+ +
*
a ! b
a ~ b
a <> b
a =
a = b
a := b
a ==
a ? b : c
a++
a--b
a ++ b
a+-+-- b
a-++b
a&+&&b
--a
++a
&&a
a <-b
(a <- b)
a /* b
()
(a
a)
(a, b)
(a,)
a[]
a[i
a[::]
a[::k]
a[i::k]
a[i:j:]
a[:,]
a[i;j]
a.()
a.[x]
f(,)
f(x,,y)
f(x y)
f(...)
f(x... y)
f(x..., y)
f(x;)
T{,}
T{x y}
T{x: }
T{:1}
T{x: 1: 2}
T{1;2}
(T){1}
*T{1}{2}
f(){1}
[]{1}
[]int{1}{2}
[1,2]int{}
[...]{1}
map[string]{}
map{string}int{}
func
func x() {}
func[T any]() {}
func() { return
func(a b c) {}
func(a, b c, d) {}
func(...int, a) {}
func(a, b ...int) {}
func(a ...int, b int) {}
func() (a ...int) {}
func(a int b) {}
func() => 1
chan {}
if x { 1 }
return
break
select
a $ b
a # b
a @ b
a\b
lambda: x
x if y else z
new T()
""")

# Types
_TYPES = _lines(r"""
int
pkg.T
T[int]
T[int, string]
pkg.T[K, []V]
(int)
((int))
*T
**T
*pkg.T
[]int
[][]int
[3]int
[N]T
[pkg.N]T
[2 * N]T
[N + 1]T
[]*T
map[string]int
map[[2]int]map[string]T
chan int
chan<- int
<-chan int
chan (<-chan int)
chan<- chan int
<-chan <-chan int
chan<- (chan int)
func()
func(int)
func(int) string
func(a int, b string) (c, d error)
func(a, b int)
func(...int)
func(string, ...any)
func(a string, b ...any) error
func(x func(int) int) func() int
func() (int, error)
func() (n int)
func(a, b,)
struct{}
struct{ x int }
struct{ x, y int; z string }
struct{ T }
struct{ *T }
struct{ pkg.T; *pkg.U }
struct{ T[int] }
struct{ *T[int] }
struct{ x [3]int }
struct{ x []int }
struct{ x int "tag" }
struct{ T `tag` }
struct{ f func(); }
interface{}
interface{ f() }
interface{ f(); g(x int) (y int) }
interface{ T }
interface{ pkg.T }
interface{ ~int }
interface{ ~int | ~string }
interface{ int | pkg.T | []byte }
interface{ comparable; f() }
interface{ T[int] }
""")

TYPES_INVALID = _lines(r"""

1
"a"
int int
*
[]
[3]
[int
[1, 2]int
[,]int
map
map[]int
map[int]
map int
map[int, string]T
chan
chan<-
<-chan
<-int
<-<-chan int
chan -> int
func
func(
func()()()
func(a, b c, d)
func(...)
func(a ...int, b int)
func(...int, int)
func[T any]()
func() (...int)
struct
struct{ x }{}
struct{ x int y int }
struct{ x int, y int }
struct{ x, y }
struct{ (T) }
struct{ *(T) }
struct{ []int }
struct{ x int tag }
struct{ x int 1 }
struct{ x = 1 }
struct{ func f() }
interface
interface{ f }()
interface{ f[T any]() }
interface{ f() g() }
interface{ f(), g() }
interface{ 1 }
interface{ | int }
interface{ int | }
interface{ ~ }
pkg.
pkg.T.U
T[]
T[int
T<int>
""")

# Declarations and scope
_DECLARATIONS = _blocks("""
const x = 1

const x, y = 1, 2

const x T = 1

const (
	a = iota
	b
	c, d
)

const (
	a       = 1
	b       = 2 // comment
	longer  = 3
	z  int  = 4
)

var x int

var x, y int = 1, 2

var x = 1

var x, y = f()

var (
	x int
	y = 2
	z,
	w string
)

var _ I = (*T)(nil)

type T int

type T = int

type T struct{}

type T struct {
	x, y int
	Name string `json:"name"`
	// embedded
	*Base
	pkg.Other
	f    func(int) error // trailing
	tags map[string]string
}

type T [N]int

type T [2 * N]int

type T []int

type T interface {
	f()
	~int | ~string
	fmt.Stringer
}

type (
	A int
	B = A
	C struct{ A }
)

type T[P any] struct{ x P }

type T[P any] []P

type T[K comparable, V int | string] map[K]V

type T[P, Q any] struct{}

type T[P ~[]int] struct{}

type T[P []int] struct{}

type T[P interface{ ~int }] struct{}

type T[P any, Q I[P]] = U[P]

func f() {}

func f(a int, b string) {}

func f(a, b int) (c int, err error) { return }

func f(int, string) error { return nil }

func f(args ...any) {}

func f(
	a int,
	b string,
) {
}

func f[T any](x T) T { return x }

func f[K comparable, V any](m map[K]V) {}

func f[S ~[]E, E any](s S) {}

func (T) f() {}

func (t T) f() {}

func (t *T) f() int { return 1 }

func (t *T[P]) f() {}

func (t T[K, V]) f() {}

func (_ T) f() {}

func f() (<-chan int, func()) { return nil, nil }

func f() func() { return nil }

// comment
// another
func f() {} // trailing

var x = func() {
	f()
}

var m = map[string]int{
	"a":   1,
	"bcd": 2, // trailing
}

//go:noinline
func f() {}
""")

DECLARATIONS_INVALID = _blocks("""
x := 1

x = 1

f()

const

const x int string

const x =

const 1 = 2

const (a = 1, b = 2)

const x, = 1

var

var x

var x, y

var x =

var x int =

var (x)

var 1 int

var x := 1

type

type T

type T =

type T int int

type = int

type T[P any]

type T[P, Q] int

type T[any P Q] int

type T[P any,, Q any] int

type (T int, U int)

func

func f

func f {}

func () {}

func f(

func f() {

func f() }

func f()
{
}

func f() { } }

func f()() int {}

func f() int int {}

func f() -> int {}

func f(a int b int) {}

func f(a, b int, c) {}

func f(a int, string) {}

func f(a ...int, b int) {}

func f(a, b ...int) {}

func f() (a ...int) {}

func f[]() {}

func f[T]() {}

func f[T, U]() {}

func f[int | string]() {}

func () f() {}

func (a, b T) f() {}

func (a T, b T) f() {}

func (a T) (b T) f() {}

func (t T) {}

func (t ...T) f() {}

func T.f() {}

func f(x = 1) {}

def f():

fn f() {}

class T {}

import "x"
var x int
import "y"

import x

import 'x'

import "a" "b"

import ("a", "b")

import a, b "x"

package q

if x { }

{ }

;

var x int;;

func f() {};;

var x int var y int
""")

# Statements
_STATEMENTS = _blocks("""
f()

x.f(1).g()

<-ch

(f)()

func() {}()

ch <- 1

ch <- <-other

x = 1

x, y = y, x

x.y, z[i], *p = f()

(x) = 1

x := 1

x, err := f()

_, ok := m[k]

x += 1

x &^= y

x <<= 2

x.y++

*p--

m[k]++

var x int

const c = 1

type T struct{}

{
	f()
}

{ f(); g() }

return

return x

return x, nil

return func() {}

return &T{
	x: 1,
}

go f()

go func() { f() }()

defer mu.Unlock()

defer func() {
	recover()
}()

if x {
}

if x > 0 {
	f()
} else {
	g()
}

if x := f(); x > 0 {
} else if y {
} else if z := 1; z < x {
}

if err := f(); err != nil {
	return err
}

if _, ok := m[k]; !ok {
}

if f(T{1}) {
}

if (T{1}) == x {
}

if x == (T{}) {
}

if a[T{}] {
}

if v == [2]int{1, 2} {
}

if f(func() bool { return T{} == x }) {
}

if <-ch {
}

switch {
}

switch x {
case 1:
	f()
case 2, 3:
default:
	g()
}

switch x := f(); x {
case "a":
}

switch x := f(); {
case x > 1:
	break
}

switch f(); {
}

switch x {
case 1:
	f()
	fallthrough
case 2:
	fallthrough
default:
	g()
}

switch x.(type) {
}

switch y := x.(type) {
case int, string:
	f(y)
case nil:
case *T, []int, map[string]int, func(), chan int:
case error:
default:
}

switch x := f(); y := x.(type) {
case pkg.T:
}

for {
}

for {
	break
}

for x {
	continue
}

for x < 10 && f() {
}

for i := 0; i < 10; i++ {
	f(i)
}

for ; ; {
}

for ; i < 10; {
}

for i := 0; ; i += 2 {
}

for i, j := 0, 1; i < j; i, j = i+1, j-1 {
}

for range ch {
}

for range 10 {
}

for i := range x {
}

for i, v := range x {
}

for _, v := range []int{1, 2} {
}

for k, v = range m {
}

for x.y = range f() {
}

for i := range f(T{}) {
}

for {
	switch x {
	case 1:
		continue
	default:
		break
	}
}

for {
	if x {
		break
	}
	for {
		continue
	}
}

for {
	func() {
		for {
			break
		}
	}()
}

select {}

select {
case <-ch:
	f()
case x := <-ch:
	f(x)
case x, ok := <-ch:
case x = <-ch:
case a[0], ok = <-ch:
case ch <- x + 1:
	break
default:
}

// only a comment

f() // trailing
// below
g()

x := []int{
	1, // one
	2,
}

f(
	a,
	b,
)

x := a +
	b

f(a,
	b)

x.
	f().
	g()

x := `
raw
`

""")

STATEMENTS_INVALID = _blocks("""
f() g()

f(),

x y

x =

x :=

= 1

x, y

x, = 1

x = y = z

x := y := z

x, y += 1

x, y++

x++ + 1

++x

x+++

x =+

x ? y : z

if {
}

if x

if x {

if x f()

if (x) f();

if x
{
}

if x {
}
else {
}

if x {
} else

if x {
} else f()

if x {
} elif y {
}

if x := 1 {
}

if x = 1 {
}

if x := 1; {
}

if var x = 1; x {
}

if x == T{} {
}

if x == T{1} {
	f()
}

if f() == pkg.T{} {
}

if a := T{}; a {
}

switch x {
	f()
}

switch x {
case 1
}

switch x {
case 1: f() case 2:
}

switch x {
case:
}

switch x {
default 1:
}

switch x == T{1} {
}

switch x := y {
}

switch x := T{1}; x {
}

switch x {
case 1:
	fallthrough
}

switch x {
case 1:
	fallthrough
	f()
case 2:
}

switch x.(type) {
case int:
	fallthrough
case string:
}

switch x = y.(type) {
}

fallthrough

break

continue

switch x {
case 1:
	continue
}

for {
	func() {
		break
	}()
}

if x {
	break
}

for i := 0; i < 10 {
}

for i := 0; i < 10; i++

for i := 0, i < 10, i++ {
}

for i := 0; i < 10; i := 1 {
}

for (i := 0; i < 10; i++) {
}

for x; {
}

for i in x {
}

for i, v range x {
}

for range {
}

for i := range x := y {
}

for a, b, c := range x {
}

for x := range T{} {
}

for x == T{} {
}

for i := T{}; ; {
}

while x {
}

do {
} while x

select x {
}

select {
case x + <-ch
}

select {
case a, b, c = <-ch:
}

select {
	f()
}

select {
case x += 1:
}

go f

go x + y

go (f())

go func() {}

go

defer

defer x

defer (f())

return return

return;,

goto

goto 1

break 1

return x y

var x

var x := 1

const x :=

func g() {}

import "x"

package q

{

}

case 1:

default:

else {
}

x := {1, 2}

x := [1, 2]

x := (1, 2)

x.

x[1

f(

f(1

f(1
)

f(a
	, b)

x := []int{
	1
}

x
	.f()

x := a
	+ b +

"a

`a

/* a

let x = 1

x => y

!

L L:
""")

# Files as a whole: package clause, imports, layout
_FILES = _blocks("""
package p
import "fmt"
var x int

package main
import (
	"fmt"
	m "math"
	. "os"
	_ "image/png"
)
func main() {}

package p
import "a"
import b "c"
func f() {}

// A comment
package p // another
func f() {}

//go:build linux
// +build linux
package p
type T int
""")

FILES_INVALID = [
    "",
    "\n",
    "// c\n",
    "package",
    'package "p"',
    "package p q",
    "package p; package q",
    "package p.q",
    "package 1",
    "import \"x\"",
    "var x int",
    "package p\nvar x = 1 2\n",
    "package p\nvar x = 'a\n",
    "package p\nvar x = \"a\nb\"\n",
    "package p\n\x00",
    "package p\n// \x00\n",
    "package p\nvar x = \"\ufeff\"\n",
    "package p\n\ufeffvar x = 1\n",
    "package p\nvar x = `a\n",
    "package p\n/* a\n",
    "package p\n/* a /* b */ c */\n",
    "package p\n# include\n",
    "package p\nimport ()()\n",
    "package p\nfunc f() { x := 1 y := 2 }\n",
    "package p\nfunc f() { if x /* a\n */ { } }\n",
    "package p\nvar x /* a\n */ int\n",
    "package p\nvar x = f(a /* b\n */)\n",
    "package p\nvar x = f(a // b\n)\n",
    "packagep\n",
    "package p\nvarx int\n",
    "package p\nfunc f() { returnx y }\n",
    "package p\nvar a-b int\n",
    "package p\nvar ٣a int\n",
    "package p\nvar ☺ int\n",
]  # fmt: skip

# What the generate profile does not write: other layouts, and what the type checker refuses
LOOSE = [
    "package _; type T int",
    "package p",
    "package p\n",
    "package p;",
    "package p; import \"x\"; var x int;",
    "\ufeffpackage p\n",
    "\n\n  package p\n\n\n\n\nvar x int\n",
    "package p\r\n\r\nvar x int\r\n",
    "/* a */ package /* b */ p /* c */\n",
    "package p // c",
    "package p\n// c",
    "package p /* c */",
    "package p\nimport(\"a\")\n",
    "package p\nimport ()\n",
    "package p\nimport\"a\"\n",
    "package p\nimport `a`\n",
    "package p\nvar(x int;y int)\n",
    "package\np\n",
    "package p\nfunc f()\n",
    "package p\nfunc f() { ; }\n",
    "package p\nfunc f() { ;; f();; }\n",
    "package p\nfunc f() { x }\n",
    "package p\nfunc f() { x; 1; -y; []int{} }\n",
    "package p\nfunc f() { L: for { break L } }\n",
    "package p\nfunc f() { L: for { continue L } }\n",
    "package p\nfunc f() { goto L; L: }\n",
    "package p\nfunc f() { goto L\nL: f() }\n",
    "package p\nfunc f() { a.b := 1 }\n",
    "package p\nfunc f() { f() = 1 }\n",
    "package p\nfunc f() { 1++ }\n",
    "package p\nfunc f() { return // c\n }\n" + "\n" * 4,
    "package p\nfunc f() { if x := f()\nx { } }\n",
    "package p\nfunc f() { switch x\n{ } }\n",
    "package p\nfunc f() { x := a /* b */ / c }\n",
    "package p\nfunc f() { x := a / /* b */ c // d\n }\n",
    "package p\nfunc f() { x := a /// d\n }\n",
    "package p\nfunc f() { x := a // /* d\n }\n",
    "package p\nfunc f() { f(a /* b */, /* c\n */ b) }\n",
    "package p\nfunc f() { f() /* c\n */ g() }\n",
    "package p\nfunc f() { x  :=\t\t1 }\n",
    "package p\nfunc f() { x := []int }\n",
    "package p\nfunc f() { x := chan int }\n",
    "package p\nfunc f() { x := a[int]\n }\n" + " ",
    "package p\nfunc f() { switch x.(type) { case 1: } }\n",
    "package p\nfunc f() { select { case f(): } }\n",
    "package p\nfunc (t []int) f() {}\n",
    "package p\nfunc (t T) f[P any]() {}\n",
    "package p\nconst x\n",
    "package p\nconst ( x; y )\n",
    "package p\nconst x int\n",
    "package p\ntype T[P *C,] int\n",
    "package p\ntype T[P (C)] int\n",
    "package p\ntype T [f(x)]int\n",
    "package p\ntype T [...]int\n",
    "package p\nvar x = func() { if x { } }  // c\n\n\n\n\n",
]  # fmt: skip

VALID = (
    [expression(text) for text in _EXPRESSIONS]
    + [type_(text) for text in _TYPES]
    + [declaration(text) for text in _DECLARATIONS]
    + [statement(text) for text in _STATEMENTS]
    + [text + "\n" for text in _FILES]
    + [
        "package p\n\ntype T struct {\n\tx int\n\n\t// y\n\ty int\n}\n\nvar x int\n",
        "package p\n\nfunc f() {\n\tf()\n\n\t// g\n\tg()\n}\n\n// last\n",
        "package p\n\nfunc f() { if (x) { return(x) } else { for { break } } }\n",
    ]
)
INVALID = (
    [expression(text) for text in EXPRESSIONS_INVALID]
    + [type_(text) for text in TYPES_INVALID]
    + [declaration(text) for text in DECLARATIONS_INVALID]
    + [statement(text) for text in STATEMENTS_INVALID]
    + FILES_INVALID
)
