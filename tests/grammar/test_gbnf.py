"""GBNF: read, refused with the place, and the same language as its characters say."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher

from maze.decoding.matcher import LIMITS
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import GrammarError
from maze.grammar.engine import validate
from maze.grammar.gbnf import compile_gbnf, entry_rules, is_gbnf


@cache
def compiled(source: str, rule: str | None = None) -> LLMatcher:
    matcher = LLMatcher(
        byte_tokenizer(), compile_gbnf(source, path="g.gbnf", rule=rule), log_level=0, limits=LIMITS
    )
    assert not matcher.is_error(), matcher.get_error()
    return matcher


def matches(source: str, text: str, rule: str | None = None) -> bool:
    matcher = compiled(source, rule).deep_copy()
    data = list(text.encode())
    taken = matcher.try_consume_tokens(data)
    assert not matcher.is_error(), matcher.get_error()
    return taken == len(data) and bool(matcher.is_accepting())


def refused(source: str) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        compile_gbnf(source, path="g.gbnf")
    assert caught.value.hint
    return caught.value


# the notation


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        ('"a" "b"', ["ab"], ["", "a", "abc"]),
        ('"a" | "b" |', ["a", "b", ""], ["ab"]),
        ('("a" | "b")+ "!"', ["a!", "abba!"], ["!", "a"]),
        ('"ab"?', ["", "ab"], ["a"]),
        ('"ab"*', ["", "abab"], ["abb"]),
        ("[0-9]{3}", ["123"], ["12", "1234"]),
        ("[0-9]{2,}", ["12", "12345"], ["1"]),
        ("[0-9]{0,2}", ["", "1", "12"], ["123"]),
        ("[0-9]{ 1 , 2 }", ["1", "12"], ["", "123"]),
        ("[0-9]+{2}", ["12", "1234"], ["1"]),
        ("[a-cx]", ["a", "b", "c", "x"], ["d", "-", ""]),
        ("[^a-c]", ["d", "-", "\n", "é", "\U0001f600"], ["a", "b", ""]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        (r"[a\-c]", ["-", "a", "c"], ["b"]),
        (r"[\[\]\\]", ["[", "]", "\\"], ["a"]),
        ('[a-z"]', ['"', "q"], ["'"]),
        (r'"\x41\u00e9\U0001F600"', ["Aé\U0001f600"], ["A"]),
        (r"[\x41-\x43\u3041-\u309F]", ["A", "B", "ぁ"], ["D"]),
        (r'"\n\r\t\\\"\[\]"', ['\n\r\t\\"[]'], ["n"]),
        ("[ぁ-ゟ]", ["ぁ", "ゟ"], ["a"]),
        (".", ["a", "\n", "é"], ["", "ab"]),
        ('"#" # comment "x"', ["#"], ["x"]),
        ('""', [""], ["a"]),
        ("other-Rule", ["x"], ["y"]),
    ],
)
def test_notation(body: str, right: list[str], wrong: list[str]) -> None:
    # once as a whole terminal, once taken apart by what stands around it
    rules = f'x ::= {body}\nother-Rule ::= "x"\nunused ::= "u"\n'
    for source, before, after in (
        ("root ::= x\n" + rules, "", ""),
        ('root ::= "<" root ">" | "(" x\n' + rules, "<(", ">"),
        ('root ::= "<" root ">" | x [^>]*\n' + rules, "<", ">"),
    ):
        for text in right:
            assert matches(source, before + text + after), (source, text)
        for text in wrong:
            if "[^>]*" not in source:
                assert not matches(source, before + text + after), (source, text)


def test_rules_go_on_over_lines() -> None:
    source = '# a list\nroot ::=\n  "a" |   # one\n  "b"\r\nroot2 ::= (\n "c"\n "d")\n'
    assert matches(source, "b")
    assert matches(source, "cd", rule="root2")
    assert entry_rules(source, path="g") == ("root", "root2")


def test_names_that_differ_only_in_what_llguidance_does_not_know() -> None:
    source = 'root ::= a-b aB ab A-B 1 start\na-b ::= "1"\naB ::= "2"\nab ::= "3"\nA-B ::= "4"\n1 ::= "5"\nstart ::= "6"'
    assert matches(source, "123456")
    recursive = re.sub(r'"(\d)"', r'"\1" | "(" root ")"', source)
    assert matches(recursive, "12(123456)456")


@pytest.mark.parametrize(
    ("source", "line", "column", "message", "hint"),
    [
        ('root ::= "a" itm\nitem ::= "b"', 1, 14, "undefined rule 'itm'", "did you mean 'item'?"),
        ('root ::= "a" zzz', 1, 14, "undefined rule 'zzz'", "define it: zzz ::= …"),
        ('rot ::= "a"', 1, 1, "no rule 'root'", "did you mean 'rot'?"),
        ('value ::= "a"', 1, 1, "no rule 'root'", "--rule value"),
        ('root ::= "a"\nroot ::= "b"', 2, 1, "'root' is defined twice", "|"),
        ('root ::= "a\n', 1, 10, "unexpected '\"'", "does not end on its line"),
        ("root ::= [a-z\n", 1, 10, "unexpected '['", "does not end on its line"),
        ('root ::= ("a" | "b"\n', 1, 20, "unexpected the end of the file", "')'"),
        ('root ::= "a" )', 1, 14, "unexpected ')'", "a rule"),
        ("root ::= * [a]", 1, 10, "unexpected '*'", "a quoted string"),
        ("root ::= [a]{,3}", 1, 13, "unexpected '{'", "{3,5}"),
        ("root ::= [a]{3,2}", 1, 13, "counts down", "{low,high}"),
        ("root ::= 'a'", 1, 10, 'unexpected "\'"', "double quotes"),
        ('root : "a"', 1, 1, "unexpected 'root'", "a rule (name ::= …)"),
        (r"root ::= [\d]+", 1, 11, r"unknown escape \d", "[0-9]"),
        (r'root ::= "\xg1"', 1, 11, r"unknown escape \x", "2 hexadecimal digits"),
        (r'root ::= "\U00110000"', 1, 11, "is no character", "0010FFFF"),
        ("root ::= [z-a]", 1, 11, "a range", "[a-z]"),
        ("root ::= []", 1, 10, "the class [] is empty", "."),
        (r"root ::= [^\x00-\U0010FFFF]", 1, 10, "no character", "alternative"),
        ("root ::= <[1000]> .*", 1, 10, "<[1000]> is a token of one model's vocabulary", "in quotes"),
        ("root ::= .* </think>", 1, 13, "</think> is a token", '"/think"'),
        ("root ::= !</think>*", 1, 10, "!</think> is a token", "class"),
        ('root ::= "a" root', 1, 1, "no text fits", "without itself"),
    ],
)
def test_refused(source: str, line: int, column: int, message: str, hint: str) -> None:
    error = refused(source)
    assert message in error.message
    assert error.hint is not None
    assert hint in error.hint
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, column)


def test_an_unknown_entry_rule() -> None:
    with pytest.raises(GrammarError, match="no rule 'itm'") as caught:
        compile_gbnf('root ::= item\nitem ::= "b"', path="g.gbnf", rule="itm")
    assert caught.value.hint == "did you mean 'item'?"


def test_which_files_are_gbnf() -> None:
    assert is_gbnf("", "a.gbnf")
    assert is_gbnf('# x\nroot ::= "a"', "a.txt")
    assert not is_gbnf('start: "a" // root ::= x', "a.txt")
    assert not is_gbnf('root ::= "a"', "a.lark")


# llama.cpp's own examples, in our words: what they use


JSON = r"""
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" ws
number ::= "-"? ([0-9] | [1-9] [0-9]{0,15}) ("." [0-9]+)? ws
ws     ::= | " " | "\n" [ \t]{0,20}
"""


def test_json() -> None:
    assert matches(JSON, '{"a": [1, -2.5, "x\\u00e9\\n", {}, []],\n\t"b":true }\n')
    assert not matches(JSON, '{"a": [1,]}')
    assert not matches(JSON, '{"a": 01}')
    # a string is one terminal: a long one costs no parser items for each character
    text = compile_gbnf(JSON, path="json.gbnf")
    assert re.search(r'^STRING: /"', text, re.M)
    assert matches(JSON, '{"a":"' + "x" * 20_000 + '"}')


def test_a_terminal_that_would_swallow_what_follows_is_taken_apart() -> None:
    assert matches('root ::= [a-z]* "end"', "bend")
    for source in (
        'root ::= word "end" | "(" root ")"\nword ::= [a-z]*',
        'root ::= word rest | "(" root ")"\nword ::= [a-z]*\nrest ::= "end" | "[" root "]"',
    ):
        assert matches(source, "((bend))")
        assert matches(source, "(end)")
        assert not matches(source, "(en)")


def test_a_terminal_that_another_could_beat_is_taken_apart() -> None:
    source = 'root ::= "a" x "c" | "ab" x "d"\nx ::= "b" | "(" x ")"'
    assert matches(source, "abc")
    assert matches(source, "abbd")
    assert matches(source, "ab(b)d")
    assert not matches(source, "abd")


def test_terminals_are_told_apart_by_bytes() -> None:
    # é and è begin with the same byte: after it the lexer could not go back
    source = 'root ::= w x | "(" root ")"\nw ::= "a" ("è" | "ü")*\nx ::= "é" | "[" root "]"'
    assert matches(source, "(aé)")
    assert matches(source, "(aèüé)")


def test_what_can_never_end_is_left_out() -> None:
    source = 'root ::= "x" | a | "z" b* | "y" c\na ::= "y" a\nb ::= "b" b\nc ::= "c" c | "d"'
    assert matches(source, "x")
    assert matches(source, "z")
    assert matches(source, "yccd")
    matcher = compiled(source).deep_copy()
    assert matcher.try_consume_tokens(list(b"yy")) == 1
    assert not matcher.validate_tokens(list(b"b"))


# any grammar


NAMES = ("root", "a", "b")
LETTERS = "xyzé"


def expressions() -> st.SearchStrategy[str]:
    leaf = st.one_of(
        st.sampled_from(NAMES),
        st.text(LETTERS, max_size=3).map(lambda text: f'"{text}"'),
        st.sampled_from(["[x-z]", "[^x]", "[xé]", "[yè]", "."]),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " ".join(parts) + ")"),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " | ".join(parts) + ")"),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map("".join),
        ),
        max_leaves=8,
    )


class Naive:
    """Which parts of a text match what: spans of each rule, grown until nothing is new."""

    def __init__(self, source: dict[str, str], text: str) -> None:
        self._source, self._text = source, text
        self._ends: dict[tuple[str, int], frozenset[int]] = {}
        growing = True
        while growing:
            growing = False
            for name in source:
                for start in range(len(text) + 1):
                    found = self._rule(source[name], start)
                    if found != self._ends.get((name, start), frozenset()):
                        self._ends[name, start] = found
                        growing = True

    def spans(self, name: str) -> dict[str, bool]:
        """Each piece of the text, and whether ``name`` matches it."""
        return {
            self._text[start:end]: end in self._ends.get((name, start), frozenset())
            for start in range(len(self._text) + 1)
            for end in range(start, len(self._text) + 1)
        }

    def _rule(self, body: str, start: int) -> frozenset[int]:
        found, rest = self._choice(body, frozenset({start}))
        assert not rest, (body, rest)
        return found

    def _choice(self, body: str, starts: frozenset[int]) -> tuple[frozenset[int], str]:
        found, rest = self._sequence(body, starts)
        while rest.startswith("|"):
            more, rest = self._sequence(rest[1:].lstrip(), starts)
            found |= more
        return found, rest

    def _sequence(self, body: str, starts: frozenset[int]) -> tuple[frozenset[int], str]:
        body = body.lstrip()
        while body and body[0] not in "|)":
            ends, rest = self._item(body)
            starts = frozenset(end for start in starts for end in ends(start))
            body = rest.lstrip()
        return starts, body

    def _item(self, body: str):
        if body[0] == "(":
            rest = self._choice(body[1:], frozenset())[1]

            def ends(start, body=body[1:]):
                return self._choice(body, frozenset({start}))[0]

            rest = rest[1:]
        elif body[0] == '"':
            literal, rest = body[1:].split('"', 1)

            def ends(start, literal=literal):
                return {start + len(literal)} if self._text.startswith(literal, start) else set()

        elif body[0] in "[.":
            piece = "." if body[0] == "." else body[: body.index("]") + 1]
            rest = body[len(piece) :]

            def ends(start, piece=piece):
                here = self._text[start : start + 1]
                return {start + 1} if here and re.fullmatch(piece, here, re.DOTALL) else set()

        else:
            found = re.match(r"\w+", body)
            assert found
            name, rest = found[0], body[found.end() :]

            def ends(start, name=name):
                return self._ends.get((name, start), frozenset())

        while quantifier := re.match(r"\*|\+|\?|\{(\d)(,(\d?))?\}", rest):
            rest = rest[quantifier.end() :]
            ends = self._repeat(ends, *self._counts(quantifier))
        return ends, rest

    def _counts(self, quantifier: re.Match[str]) -> tuple[int, int]:
        many = len(self._text) + 3
        simple = {"*": (0, many), "+": (1, many), "?": (0, 1)}
        if quantifier[0] in simple:
            return simple[quantifier[0]]
        low = int(quantifier[1])
        return low, int(quantifier[3] or many) if quantifier[2] else low

    @staticmethod
    def _repeat(ends, low: int, high: int):
        def repeated(start):
            reached, found = {start}, {start} if low == 0 else set()
            for count in range(1, high + 1):
                reached = {end for one in reached for end in ends(one)}
                if count >= low:
                    found |= reached
            return found

        return repeated


@settings(max_examples=120)
@given(
    st.fixed_dictionaries({name: expressions() for name in NAMES}),
    st.lists(st.text("xyzéè", min_size=4, max_size=7), min_size=1, max_size=3),
)
def test_the_language_is_kept(rules: dict[str, str], texts: list[str]) -> None:
    source = "\n".join(f"{name} ::= {body}" for name, body in rules.items())
    expected: dict[str, bool] = {}
    for text in texts:
        expected |= Naive(rules, text).spans("root")
    try:
        compiled_text = compile_gbnf(source, path="g.gbnf")
    except GrammarError as error:
        assert "no text fits" in error.message
        assert not any(expected.values())
        return
    assert validate(compiled_text).error is None
    assert {text: matches(source, text) for text in expected} == expected, source
