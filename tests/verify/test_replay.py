"""Replaying texts: where they stop parsing and what could stand there."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze.grammar import Constraint
from maze.verify import listed, replay

replaying = importlib.import_module("maze.verify.replay")  # whose name the function takes
STATEMENTS = Constraint(
    "file:toy.lark",
    "lark",
    r"""%llguidance {}
start: statement+
statement: LET NAME "=" expr ";" | PRINT expr ";" | "/*" /[^*]*/ "*/"
expr: expr ("+" | "-" | "*" | "==") atom | atom
atom: NAME | INT | "(" expr ")" | STRING
NAME: ID & ~KEYWORD
ID: /[a-zé_]+/
KEYWORD: "let" | "print"
LET: /let[ \n]+/
PRINT: /print[ \n]+/
INT: /[0-9]+/
STRING: /"([^"\\\n]|\\["\\n])*"/
%ignore /[ \n]+/
""",
    "accept",
)
# lines below a header are indented by exactly two columns
BLOCKS = Constraint(
    "file:blocks.lark",
    "lark",
    r'''%llguidance {}
start: line+
line: "pass" NL | "if:" NL ("  pass" NL)+
NL: /\r?\n/
''',
    "accept",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "let x = 1;",
        'print "a" + (b == 2);\n/* x */',
        "let é = 1;",
        'print "\\n\\"";',
        "printx;" * 0 + "print x;",
    ],
)
def test_a_valid_text_is_accepted(text: str) -> None:
    assert replay(text, STATEMENTS) is None


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("let x 1;", (1, 7), 'unexpected "1"; expected "="'),
        ("let x = ;", (1, 9), 'unexpected ";"; expected a name, a number, a string or "("'),
        ("let x = (1;", (1, 11), 'unexpected ";"; expected ")" or an operator'),
        ("let x = (1", (1, 11), 'unexpected end of file; expected ")" or an operator'),
        ('let x = "ab\n";', (1, 12), 'unexpected end of line; expected the closing "'),
        ('let x = "a\\d";', (1, 12), 'unexpected "d"; expected an escape, one of "\\n'),
        ("print x; /* a", (1, 14), "unexpected end of file; expected the closing */"),
        ("let let = 1;", (1, 8), 'unexpected blank; expected a name other than "let"'),
        ("prin x;", (1, 5), 'unexpected blank; expected "print"'),
        ("print x;\nprint é é;", (2, 9), 'unexpected "é"; expected ";" or an operator'),
        ("print x;\n\tprint y;", (2, 1), 'unexpected tab; expected "let", "print", "/*" or end of file'),
        ("print \x00;", (1, 7), 'unexpected NUL character; expected a name, a number, a string or "("'),
        ("", (1, 1), 'the text is empty; expected "let", "print" or "/*"'),
        ("print \U0001f600;", (1, 7), 'unexpected "\U0001f600"; expected a name, a number, a string or "("'),
        ("print \ud800;", (1, 7), 'unexpected byte 0xed; expected a name, a number, a string or "("'),
        ("\ufeffprint x;", (1, 1), 'unexpected byte order mark; expected "let", "print" or "/*"'),
    ],
)
def test_the_first_place_that_cannot_be_is_named(text: str, place: tuple[int, int], message: str) -> None:
    failure = replay(text, STATEMENTS, path="a.toy")
    assert failure is not None and failure.place is not None
    assert str(failure) == message
    assert (failure.place.line, failure.place.column) == place
    assert failure.place.path == "a.toy"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("if:\npass\n", (2, 1), "missing indentation; expected an indentation of 2 columns"),
        ("if:\n   pass\n", (2, 4), "unexpected indentation; expected an indentation of 2 columns"),
        ("if:\n  pass\n pass\n", (3, 2), "unexpected indentation; expected an indentation of 0 or 2 columns"),
        ("if:\r\n  pass\r\n\tpass", (3, 2), "unexpected indentation; expected an indentation of 0 tabs"),
        ("if:\n", (2, 1), "unexpected end of file; expected an indented line"),
    ],
)
def test_indentation_is_explained(text: str, place: tuple[int, int], message: str) -> None:
    failure = replay(text, BLOCKS)
    assert failure is not None and failure.place is not None
    assert str(failure) == message
    assert (failure.place.line, failure.place.column) == place


def test_a_text_that_goes_on_after_its_end() -> None:
    failure = replay("aabb", Constraint("regex", "lark", 'start: "a"+ "b"', "accept"))
    assert str(failure) == 'unexpected "b"; expected end of file'


def test_a_limit_that_is_met_is_no_proof() -> None:
    exploding = Constraint("x", "lark", "start: x{1,1000}\nx: y{1,1000}\ny: z{1,1000}\nz: /a/", "accept")
    failure = replay("a" * 200, exploding)
    assert failure is not None
    assert "cannot be judged: the grammar is too complex" in failure.message


def test_long_texts_are_judged_across_chunks() -> None:
    assert replay("print x;\n" * 20_000, STATEMENTS) is None
    failure = replay("print x;\n" * 20_000 + "print ;", STATEMENTS)
    assert failure is not None and failure.place is not None
    assert (failure.place.line, failure.place.column) == (20_001, 7)


@given(st.text(alphabet='letprinx é=()+*/"\\;\n\t\r0123\x00\ud800', max_size=30))
def test_what_was_expected_is_legal_there(text: str) -> None:
    failure = replay(text, STATEMENTS)
    if failure is None:
        return
    assert failure.place is not None
    if "\ud800" in text:  # stands for three bytes
        return
    lines = text.split("\n")[: failure.place.line]
    before = "\n".join([*lines[:-1], lines[-1][: failure.place.column - 1]])
    for choice in failure.expected:
        if choice.startswith('"') and not before[-1:].isalnum():
            again = replay(before + choice.strip('"'), STATEMENTS)
            assert again is None or "end of file" in again.message


@given(
    st.text(alphabet='letprinx é=()+*/"\\;\n\t\r0123\x00', max_size=60),
    st.sampled_from(["", "print x;\n", "if:\n  pass\n", '/* é\n */ print "' + "€" * 50 + '";']),
    st.sampled_from([STATEMENTS, BLOCKS]),
)
def test_long_texts_are_judged_as_short_ones_are(text: str, before: str, constraint: Constraint) -> None:
    """By words or by bytes: the same place and the same choices."""
    whole = before * 3 + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "_LONG", -1)
        by_words = replay(whole, constraint)
        patch.setattr(replaying, "_BACK", 5)
        close = replay(whole, constraint)
    assert by_words == replay(whole, constraint)
    assert (close and close.place and close.place.line) == (
        by_words and by_words.place and by_words.place.line
    )


@given(st.binary(max_size=40))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    failure = replay(data.decode("utf-8", "surrogateescape"), STATEMENTS)
    assert failure is None or failure.message


def test_long_lists_are_cut() -> None:
    assert listed(("a",)) == "a"
    assert listed(("a", "b", "c")) == "a, b or c"
    assert listed(tuple("abcdefghij")) == "a, b, c, d, e, f, g, h or 2 more"
