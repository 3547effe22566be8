"""Blanks that stand before tokens, and line ends that may or may not end a statement."""

from __future__ import annotations

import pytest

from maze.errors import GrammarError
from maze.grammar.compiler import Options, compile_grammar
from tests.grammars.recognize import Recognizer

GRAMMAR = r"""
%entry file
%leading TRIVIA
%declare _SAME_LINE _BLANK _ADJACENT
%words NAME
TRIVIA: (/[ \n]/ | /#[^\n]*\n/)*
_TAIL: TRIVIA
LINE: TRIVIA & /(?s:.*)\n(?s:.*)/
NAME: /[a-z$]+/
file: ended | open
ended: "" | ended ended_statement | open _ADJACENT LINE ended_statement
open: ended statement | open _ADJACENT LINE statement
ended_statement: statement ";"
statement: sum | "return" [_SAME_LINE sum] | "if" "(" sum ")" statement
sum: value | sum "-" value | sum _SAME_LINE _BLANK "in" value | sum _SAME_LINE "as" type | sum shift value
shift: ">" _ADJACENT ">"
value: NAME | "(" sum ")" | value "(" sum ")"
type: maybe{"*"} NAME
maybe{part}: "" | part
"""


def recognizer() -> Recognizer:
    return Recognizer(compile_grammar(GRAMMAR, path="t.lark", options=Options()))


@pytest.mark.parametrize(
    "text",
    [
        "a", "a;b", "a\nb", "a # c\n b", "a\n(b)", "a\n- b", "a in b", "a in(b)", "a as b", "a as *b",
        "return", "return a", "return (a)", "return(a)", "return\na", "if(a)b", "if (a)\nb", "a >> b", "a\n>> b",
        "returna", "inner", "a\ninner", "a\n\n#\n\nb\n",
    ],
)  # fmt: skip
def test_accepted(text: str):
    assert recognizer().refused_at(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "a; b c",
        "a inb",
        "a in$b",
        "a\nin b",
        "a\nas b",
        "a asb",
        "(a)in b",
        "a > > b",
        "in",
        "return in",
    ],
)
def test_refused(text: str):
    assert text not in recognizer()


def test_blanks_after_some_tokens():
    """They are one more way to write the same texts, and what a mark asks for stays before its token."""
    recognizer = Recognizer(compile_grammar(GRAMMAR + '%blanks TRIVIA after ";" "(" "-"\n', path="t.lark"))
    for text in (
        "a;b",
        "a; b",
        "a;\n# c\n b",
        "a(\n b)",
        "a - b",
        "if ( a)b",
        "return( a) in b",
        "a\n- # c\nb",
    ):
        assert recognizer.refused_at(text) is None
    for text in ("a b", "a; b c", "(a)in b", "a > > b"):
        assert text not in recognizer


def test_a_mark_needs_leading_blanks():
    with pytest.raises(GrammarError) as caught:
        compile_grammar('%declare _BLANK\nstart: "a" _BLANK "b"', path="t.lark")
    assert "_BLANK needs a %leading terminal" in caught.value.message


def test_the_terminal_has_to_be_there():
    with pytest.raises(GrammarError, match="undefined terminal 'TRIVIA'"):
        compile_grammar('%leading TRIVIA\nstart: "a"', path="t.lark")
