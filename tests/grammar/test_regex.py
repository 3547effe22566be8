"""Regular expressions: what is refused, and where the caret stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze.errors import GrammarError, UsageError
from maze.grammar import constraint_for
from maze.request import Target
from maze.verify import replay


def refused(pattern: str) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        constraint_for(Target(regex=pattern))
    return caught.value


@pytest.mark.parametrize(
    ("pattern", "line", "column", "reason"),
    [
        ("(a", 1, 1, "unclosed group"),
        ("ab)", 1, 3, "unopened group"),
        ("x[a", 1, 2, "unclosed character class"),
        ("é(", 1, 2, "unclosed group"),
        ("a/b/(", 1, 5, "unclosed group"),
        (r"a\/(", 1, 4, "unclosed group"),
        ("a\nb(", 2, 2, "unclosed group"),
        ("[z-a]", 1, 2, "the start must be <= the end"),
        ("a{3,1}", 1, 2, "the start must be <= the end"),
        ("xx(?=a)", 1, 3, "look-around"),
        ("(?<!a)b", 1, 1, "look-around"),
        (r"ab\b", 1, 3, "word boundary"),
        ("x^y", 1, 2, "anchor"),
        (r"(a)\1", 1, 4, "backreferences"),
        (r"\p{Nope}", 1, 1, "Unicode property"),
        (r"\q", 1, 1, "unrecognized escape"),
    ],
)
def test_a_bad_regex_has_a_place_and_a_reason(pattern: str, line: int, column: int, reason: str) -> None:
    error = refused(pattern)
    assert reason in error.message
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, column)
    assert error.hint
    assert error.exit_code == 6


def test_a_long_regex_is_not_dumped() -> None:
    assert len(str(refused("(" * 5000 + ")" * 5000))) < 200


def test_an_empty_regex_is_refused() -> None:
    assert "empty" in refused("").message


def test_a_regex_that_nothing_matches_is_refused() -> None:
    assert "no text fits" in refused(r"[^\s\S]").message


def test_a_regex_has_no_rules() -> None:
    with pytest.raises(UsageError, match="--rule"):
        constraint_for(Target(regex="a", rule="start"))


@given(st.text(max_size=30))
def test_any_pattern_is_taken_or_refused_with_reason(pattern: str) -> None:
    try:
        constraint = constraint_for(Target(regex=pattern))
    except GrammarError as error:
        assert error.message and "\n" not in error.message
    else:
        assert constraint.kind == "regex"


@given(st.from_regex(re.compile("[a-c]+(x|yz)?[0-9]{2,4}", re.ASCII), fullmatch=True), st.text(max_size=5))
def test_replay_agrees_with_re(text: str, more: str) -> None:
    constraint = constraint_for(Target(regex="[a-c]+(x|yz)?[0-9]{2,4}"))
    assert replay(text, constraint) is None
    matches = re.fullmatch("[a-c]+(x|yz)?[0-9]{2,4}", text + more) is not None
    assert (replay(text + more, constraint) is None) == matches
