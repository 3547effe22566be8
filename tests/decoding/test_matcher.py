from dataclasses import dataclass

import numpy as np
import pytest
from llguidance import LLMatcher

from maze.decoding.matcher import Matcher, bits
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import GrammarError


@dataclass
class Text:
    text: str


def matcher(grammar):
    return Matcher(byte_tokenizer(), Text(LLMatcher.grammar_from_lark(f"%llguidance {{}}\n{grammar}")))


def legal(follower):
    mask = np.zeros(9, np.int32)
    follower.mask_into(mask)
    return set(np.flatnonzero(bits(mask, 257)).tolist())


def test_it_takes_what_the_grammar_allows_and_says_how_much():
    follower = matcher('start: "ab" /[0-9]+/')
    assert follower.consume(b"ab1x") == 3
    assert follower.accepting
    assert not follower.stopped
    # a refused token leaves the matcher usable
    assert follower.consume(b"2") == 1


def test_the_mask_holds_the_end_only_where_the_text_is_complete():
    follower = matcher('start: "a" ("b")?')
    assert legal(follower) == {ord("a")}
    follower.consume(b"a")
    assert legal(follower) == {ord("b"), 256}


def test_forced_tokens_rollback_and_copies():
    follower = matcher('start: "select" " " /[a-z]+/')
    follower.consume(b"s")
    assert bytes(follower.forced()) == b"elect "
    twin = follower.copy()
    twin.consume(b"elect x")
    assert twin.accepting
    assert not follower.accepting
    twin.rollback(1)
    assert not twin.accepting
    assert follower.allowed(b"elect 9") == 6


def test_a_finished_text_is_stopped():
    follower = matcher('start: "a"')
    follower.consume(b"a")
    assert follower.stopped
    assert follower.accepting
    assert follower.consume(b"a") == 0


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        ("start: nothing", "unknown name"),
        ('start: "a', "cannot be used"),
        pytest.param("start: " + '"a" "b" ' * 260_000, "too complex", id="520,000 symbols"),
    ],
)
def test_a_bad_grammar_is_an_error_without_a_dump(grammar, reason):
    with pytest.raises(GrammarError) as caught:
        matcher(grammar)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
