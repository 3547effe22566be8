"""The compile step: each thing it does, by the language of what comes out."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze import languages
from maze.errors import GrammarError
from maze.grammar.compiler import Options, compile_grammar, entry_rules
from maze.grammar.compiler.regex import SYMBOL, WORD, start_of
from maze.grammar.tree import Regex
from tests.grammars.recognize import Recognizer


def compiled(source: str, **options: str) -> Recognizer:
    return Recognizer(compile_grammar(source, path="g.lark", options=Options(**options)))  # type: ignore[arg-type]


def check(recognizer: Recognizer, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if text not in recognizer] == []
    assert [text for text in bad if text in recognizer] == []


CALC = """
?start: sum
?sum: product | sum ("+" | "-") product -> binary
?product: atom | product "*" atom
?atom: NUMBER -> number | "-" atom | "(" sum ")" | call{NAME}
call{f}: f "(" [_separated{sum, ","}] ")"
_separated{x, s}: x (s x)*
unused: also_unused
also_unused: "never"
%import common.NUMBER
%import common.CNAME -> NAME
%import common.WS_INLINE
%ignore WS_INLINE
"""


# plain grammars


def test_a_plain_grammar():
    check(compiled(CALC), ["1", "1 + f(2, 3)*-g()", "f()"], ["1 +", "f(,)", "()", "1 1"])


def test_what_can_never_end_is_left_out():
    check(compiled('start: "a" | "b" item | "c" item*\nitem: "x" item\n'), ["a", "c"], ["b", "bx", "cx"])


def test_a_repetition_of_a_repetition():
    check(
        compiled('start: (("a" | "b")*)* (A?)+ B\nA: ("c"*)+\nB: ~("d"*) & /[de]/\n'), ["e", "abcce"], ["d"]
    )


def test_rules_that_nothing_reaches_are_dropped():
    assert "unused" not in compile_grammar(CALC, path="g.lark")


def test_another_entry_rule():
    check(compiled(CALC, rule="atom"), ["-1", "(1+2)"], ["1+2"])
    check(compiled('start: "(" other ")"\nother: start | "x"', rule="other"), ["x", "(x)"], ["()"])


def test_entry_rules_of_a_source():
    assert entry_rules(CALC, path="g")[0] == "start"
    assert "call" not in entry_rules(CALC, path="g")
    assert entry_rules("%llguidance {}\nstart: /a/", path="g") == ()
    assert entry_rules("%entry file part\nfile: part\npart: /a/", path="g") == ("file", "part")


def test_compiled_text_passes_unchanged():
    text = "%llguidance {}\nstart: /a/ %whatever\n"
    assert compile_grammar(text, path="g") == text


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ('"a"~2..3', ["aa", "aaa"], ["a", "aaaa"]),
        ('"a"~2', ["aa"], ["a"]),
        ('["a"] "b"? ("c" | "d")+', ["c", "abcd"], ["ab"]),
        ('"Ab"i', ["aB"], ["a"]),
        ('"a".."c"', ["b"], ["d"]),
        ("/[a-c]x/i", ["Bx", "cX"], ["dx"]),
        ("A\nA: /[a-z]+/ & ~B\nB: /if|else/", ["i", "iff"], ["if", "else"]),
        (r'"\"\\\n"', ['"\\\n'], ['"']),
        ('""', [""], ["x"]),
    ],
)
def test_what_items_mean(pattern: str, good: list[str], bad: list[str]):
    check(compiled(f"start: {pattern}"), good, bad)


def test_shared_terminals():
    common = (languages.grammars_dir() / "common.lark").read_text("utf-8")
    names = re.findall(r"^([A-Z]\w*):", common, re.MULTILINE)
    assert len(names) > 20
    for name in names:
        compiled(f"start: {name}\n%import common.{name}")
    check(
        compiled("start: ESCAPED_STRING\n%import common.ESCAPED_STRING"), [r'"a\"b"', '""'], ['"a\n"', r'"\"']
    )
    check(
        compiled("start: C_COMMENT\n%import common.C_COMMENT"), ["/**/", "/* a * b **/"], ["/*/", "/* */ */"]
    )
    check(
        compiled("start: SIGNED_NUMBER\n%import common.SIGNED_NUMBER"), ["-1.5e+3", ".5", "7"], ["1e", "--1"]
    )


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"),
    [
        ("", (1, 1), "no rule 'start'", "'start'"),
        ("a: /b/", (1, 1), "no rule 'start'", "--rule a"),
        ("start: valeu\nvalue: /a/", (1, 8), "undefined rule 'valeu'", "did you mean 'value'?"),
        ("start: NUMBR\nNUMBER: /1/", (1, 8), "undefined terminal 'NUMBR'", "did you mean 'NUMBER'?"),
        ("start: NUMBER", (1, 8), "undefined terminal 'NUMBER'", "%import common.NUMBER"),
        ("start: qqq", (1, 8), "undefined rule 'qqq'", "define it"),
        ("start: start /a/", (1, 1), "'start' can never end", "without itself"),
        ("start: A\nA: /x(?=y)/", (2, 6), "lookahead and lookbehind", "A & ~B"),
        ("start: A\nA: /(?<!y)x/", (2, 5), "lookahead and lookbehind", "A & ~B"),
        (r"start: /a\b/", (1, 10), r"\b", "longest match"),
        ("start: A\nA: /x.*?y/", (2, 7), "lazy repetition", "instead of .*?"),
        (r"start: /(a)\1/", (1, 12), "back references", "alternative"),
        ("start: /a++/", (1, 10), "possessive", "second +"),
        ("start: /a/z", (1, 11), "unknown flag 'z'", "flags:"),
        ("start: A & B\nA: /a/\nB: /b/", (1, 8), "& and ~", "terminal"),
        ("start: A\nA: b\nb: /c/", (2, 4), "cannot contain the rule 'b'", "small letters"),
        ('start: A\nA: "a" A', (2, 1), "contains itself", "recursive"),
        ('start: a{"x"}\na: "y"', (1, 8), "takes 0 arguments", "a"),
        ("start: a\na{x}: x", (1, 8), "takes 1 arguments", "a{x}"),
        ("%import common.NUMBR\nstart: /a/", (1, 9), "'common' has no NUMBR", "did you mean 'NUMBER'?"),
        ("%import .tokens.X\nstart: /a/", (1, 9), "cannot import", "copy the definition"),
        ("%import common.INT\nINT: /a/\nstart: INT", (2, 1), "imported and defined", "drop one"),
        ("%import common.INT -> int\nstart: int", (1, 9), "in capitals", "INT"),
        ("%declare X\nstart: /a/", (1, 10), "%declare X has no meaning", "_INDENT"),
        ("start: /a/ %if fast", (1, 16), "unknown condition 'fast'", "%flags"),
        ("start: /a/ %if version >= 2", (1, 16), "compares it", "%versions"),
        ("%flags loop\nstart: a<+lop>\na: /b/", (2, 8), "unknown flag 'lop'", "did you mean 'loop'?"),
        ("%declare _INDENT _DEDENT\nstart: /a/", (1, 10), "needs a line end", "_NEWLINE"),
        ("%declare _INDENT _DEDENT\n_NL: /(\\n[\\t ]*)+/\nstart: /a/ _NL", (2, 6), "matches indentation", "line ends"),
        (
            "%declare _INDENT _DEDENT\n%ignore / /\n_NL: /\\n/\nstart: /a/ _NL _INDENT /b/ _NL _DEDENT",
            (2, 9),
            "%ignore would skip indentation",
            "%mode",
        ),
        ("%declare _INDENT _DEDENT\n_NL: /\\n/\nstart: /a/ _INDENT /b/ _DEDENT", (3, 12), "follow a line end", "_NEWLINE"),
        ("%declare _INDENT _DEDENT\n_NL: /\\n/\nstart: /a/ _NL _INDENT /b/", (3, 16), "without _DEDENT", "_DEDENT"),
    ],
)  # fmt: skip
def test_refusals(source: str, place: tuple[int, int], message: str, hint: str):
    with pytest.raises(GrammarError) as caught:
        compile_grammar(source, path="my.lark")
    error = caught.value
    assert error.place is not None
    assert (error.place.path, error.place.line, error.place.column) == ("my.lark", *place)
    assert message in error.message
    assert hint in (error.hint or "")
    assert error.place.excerpt().endswith("^")


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"rule": "prodct"}, "no entry rule 'prodct'", "did you mean 'product'?"),
        ({"indent": "3"}, "unknown indentation '3'", "tab"),
    ],
)
def test_refused_options(options: dict[str, str], message: str, hint: str):
    with pytest.raises(GrammarError) as caught:
        compiled(CALC, **options)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_an_unknown_version():
    with pytest.raises(GrammarError) as caught:
        compiled("%versions 3.11 3.12\nstart: /a/", version="2.7")
    assert "no version '2.7'" in caught.value.message
    assert caught.value.hint == "versions: 3.11, 3.12"


# profiles and versions


def test_conditions_known_while_compiling():
    source = """%versions 1.0 1.2 1.10
    start: "always"
         | "loose" %if accept
         | "tight" %if !accept
         | "new" %if version >= 1.10
         | "old" %if generate & version < 1.2
    """
    check(compiled(source, profile="accept"), ["always", "loose", "new"], ["tight", "old"])
    check(compiled(source), ["always", "tight", "new"], ["loose", "old"])
    check(compiled(source, version="1.0"), ["always", "tight", "old"], ["new"])
    check(compiled(source, version="2.0"), ["new"], ["old"])
    check(compiled("start: A | /b/\nA: /a/ %if accept"), ["b"], ["a"])


# tokens

WORDS = """
%mode everywhere: BLANKS
%words NAME
%soft "soft"
%reserve "never"
start: "let" NAME "=" value
value: NAME | value "and" value | "not" value | "(" value ")" | "soft" NAME | NUMBER "as" NAME
     | value "is" "not" value | value "is" value | "pass"
NAME: /[a-z]+/
NUMBER: /[0-9]+/
BLANKS: / */
"""


def test_blanks_and_keywords():
    check(
        compiled(WORDS),
        ["let a=b", "let  a = b  and c", "let a = not(b)and(c)", "let a=not not b", "let soft = soft soft",
         "let a = soft x", "let lets = nots and ands", "let a = 1as b", "let a = b is nothing", "let a = b is notb",
         "let a = b is not c", "let a=(b)is(c)", "let a = pass"],
        ["leta=b", "let let = b", "let a = and", "let a = b andc", "let a = (b)andc", "let a = notb and", "let a =",
         "let never = b", "let a = b ands c", "let a = 1asb", "let a = pass b", " let a = b"],
    )  # fmt: skip


MODES = """
%mode outside: BLANKS
%mode inside: LINES between "(" ")", "[" "]", OPEN CLOSE
%mode text: between "<" ">"
%join JOIN
start: item+
item: "a" | "(" item* ")" | "[" item "," item "]" | "<" (TEXT | OPEN item* CLOSE)* ">"
TEXT: /[^<>{}]+/
OPEN: "{"
CLOSE: "}"
BLANKS: / */
LINES: /[ \\n]*/
JOIN: /\\\\\\n/
"""


def test_modes():
    check(
        compiled(MODES),
        [
            "a a",
            "(\na\n)a",
            "[a\n,\n(a)\n] a",
            "a\\\na",
            "< x\n >a",
            "<x{\na\na}y>  a",
            "<{<\n{}>\n}>",
            "(<>\n)",
        ],
        ["a\na", "(a)\na", "\\\na", "a\\\n", "(\\\na)", "<\\\na", "<x{a}\n>\na", "[a)", "<x}>"],
    )


SEMICOLONS = """
%mode everywhere: LINES
%mode text: between "<" ">"
%blanks BLANKS after NAME ")" "return"
%blanks after END
%join JOIN
%words NAME
start: statement (END statement)*
statement: [NAME "="] value | "return" [value] | "go" value
value: NAME | "(" value ")" | value "+" value | "<" TEXT ">"
NAME: /[a-z]+/
TEXT: /[^<>]+/
END: ";" | "\\n"
BLANKS: / */
LINES: /[ \\n]*/
JOIN: "@"
"""


def test_blanks_of_some_tokens():
    check(
        compiled(SEMICOLONS),
        ["a", "a  ", "a\nb", "a =\n\nb", "a +\n(\nb )\nc", "return\na", "go\na", "a;b", "<\n> +\n a"],
        ["a\n+ b", "(a\n)", "a\n\nb", "a; b", "a\n b", "go\n\n", "return\n+ a", "a\n"],
    )
    check(compiled(SEMICOLONS), ["return @a", "a@+ @b", "a+\n@b"], ["@a", "return@", "a@\n", "a+@\nb"])


def test_alternatives_that_begin_alike():
    """They become one with a rule for the rest, whatever other rules are called."""
    source = """
%mode everywhere: WS
WS: / */
start: item | item "," | item "," item | item ";" start_rest | item ";" "!"
item: "a" "b" | "a" "c" item | "a"
start_rest: "z"
"""
    good = ["a", "a b,", "a c a b , a", "a;z", "a b; !", "a c a c a;z"]
    check(compiled(source), good, ["", "a c", "a; a", "a;", "a,z", "a,,"])
    assert compile_grammar(source, path="g.lark").count('"a" WS') == 1


def test_a_rule_called_with_other_flags_from_within_itself():
    source = """
    %flags inner
    start: "[" item<+inner> "]"
    item: "a" %if inner
        | "b" %if !inner
        | "(" item<-inner> ")" | "{" item<+inner> "}"
    """
    check(compiled(source), ["[a]", "[(b)]", "[({a})]", "[{(b)}]"], ["[b]", "[(a)]", "[({b})]", "[{b}]"])


BLOCKS = """
%declare _INDENT _DEDENT
%mode everywhere: BLANKS
start: line+
line: "x" _NEWLINE | block
block: "if" _NEWLINE _INDENT line+ _DEDENT ("elif" _NEWLINE _INDENT line+ _DEDENT)* [else]
else: "else" _NEWLINE _INDENT line+ _DEDENT
_NEWLINE: /( *\\n)+/
BLANKS: / */
"""


def _lines(lines: list[tuple[int, str]]) -> str:
    return "".join(" " * column + word + "\n" for column, word in lines)


def _is_right(lines: list[tuple[int, str]], unit: int | None) -> bool:
    """What BLOCKS means, written the plain way: a stack of (column, the last thing at that column)."""
    stack: list[list[object]] = []
    opening = True
    for column, word in lines:
        if opening:
            base = stack[-1][0] if stack else -1
            assert isinstance(base, int)
            if (column <= base) if stack else (column != 0):
                return False
            if stack and unit is not None and column != base + unit:
                return False
            stack.append([column, None])
        else:
            while stack and stack[-1][0] > column:  # type: ignore[operator]
                stack.pop()
            if not stack or stack[-1][0] != column:
                return False
        allowed = {"x", "if"} | (
            {"elif", "else"} if not opening and stack[-1][1] in ("if", "elif") else set()
        )
        if word not in allowed:
            return False
        stack[-1][1] = word
        opening = word != "x"
    return bool(lines) and not opening


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["x", "x", "if", "elif", "else"])), max_size=8))
def test_blocks_of_one_width(lines: list[tuple[int, str]]):
    spread = [(column * 2, word) for column, word in lines]
    assert (_lines(spread) in _BLOCKS["2"]) == _is_right(spread, 2)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["x", "x", "if", "elif", "else"])), max_size=8))
def test_blocks_of_any_width(lines: list[tuple[int, str]]):
    assert (_lines(lines) in _BLOCKS["any"]) == _is_right(lines, None)


_BLOCKS = {indent: compiled(BLOCKS, indent=indent) for indent in ("2", "any")}


def test_lark_s_own_example_of_indentation():
    source = """
    ?start: _NL* tree
    tree: NAME _NL [_INDENT tree+ _DEDENT]
    %import common.CNAME -> NAME
    %import common.WS_INLINE
    %declare _INDENT _DEDENT
    %mode everywhere: WS_INLINE
    _NL: /(\\r?\\n)+/
    """
    check(
        compiled(source),
        ["a\n    b \n        c\n    d\n", "\na", "a"],
        ["a\n  b\n", "a\nb\n", "a\n    b\n c"],
    )


FLAGS = """
%flags loop
%flags function %if generate
%mode everywhere: BLANKS
start: stmt+
stmt: "x" ";"
    | "break" ";"                            %if loop
    | "plain" ";"                            %if !loop
    | "return" ";"                           %if function & !loop
    | "while" body<+loop>
    | "def" body<+function -loop>
body: "{" stmt* "}"
BLANKS: / */
"""


def test_flags():
    good = ["while{break;}", "while{x;while{break;}break;}", "def{return;}", "while{def{return;plain;}}x;plain;",
            "def{while{def{return;}break;}return;}"]  # fmt: skip
    bad = [
        "break;",
        "while{plain;}",
        "def{break;}",
        "while{def{break;}}",
        "while{}break;",
        "def{while{return;}}",
    ]
    check(compiled(FLAGS), good, [*bad, "return;", "while{return;}"])
    # a flag that is not tracked is no obstacle: neither set nor clear
    check(compiled(FLAGS, profile="accept"), [*good, "return;"], [*bad, "while{return;}"])


# the text


@pytest.mark.parametrize("name", languages.names())
@pytest.mark.parametrize(
    "options", [Options(), Options(profile="accept", indent="any")], ids=["generate", "accept"]
)
def test_our_grammars_compile_small_and_portable(name: str, options: Options):
    source = languages.get(name).grammar.read_text(encoding="utf-8")
    text = compile_grammar(source, path=f"{name}.lark", options=options)
    assert text.startswith("%llguidance {}\n")
    assert len(text) < 150_000
    code = re.sub(r"//.*", "", re.sub(r"/(?:\\.|[^/\\\n])+/|\"(?:\\.|[^\"\\])*\"", "", text))
    assert not re.search(r"~\s*\d|ignore_once|%if true", code)  # what llguidance 1.7 does not know
    for entry in languages.get(name).entries:
        compiled(source, rule=entry)


def test_the_text_is_the_same_in_every_process():
    code = (
        "from maze import languages; from maze.grammar.compiler import *\n"
        "print(compile_grammar(languages.get('python').grammar.read_text('utf-8'), path='p'))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1
    assert len(texts.pop()) > 10_000


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("a|_", {WORD}), ("[+-]", {SYMBOL}), ("a?[+]", {WORD, SYMBOL}), ("[^a]", {WORD, SYMBOL}), (r"\d+", {WORD}),
        (r"(?:\+|x)y", {WORD, SYMBOL}), (r"\{", {SYMBOL}), (r"[\p{XID_Start}&&[^a]_]", {WORD}), (r"\x41", {WORD}),
        (r"\n*x", {WORD, SYMBOL}), ("x{0}[+]", {WORD, SYMBOL}), ("[!-/]", {SYMBOL}), (".", {WORD, SYMBOL}),
        ("(?i)a", {WORD}), ("[]a]", {WORD, SYMBOL}), ("(a|b)*[.]", {WORD, SYMBOL}), (r"\u{e9}", {WORD}),
        (r"[\u{e9}]", {WORD}), (r"[\u{c0}-\u{d6}]", {WORD}), (r"[\u{400}-\u{d7a3}]", {WORD}), (r"[\x21-\x2f]", {SYMBOL}),
        (r"[\u00e9-\u00ea]", {WORD}), (r"[\x00-\u{d7ff}]", {WORD, SYMBOL}),
    ],
)  # fmt: skip
def test_what_a_pattern_begins_with(pattern: str, start: set[str]):
    assert start_of(Regex(pattern), {}) == start
