"""What a matcher between a prefix and a suffix allows."""

import numpy as np
import pytest

from maze.decoding.infill import Infill
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import EngineError
from maze.grammar import Constraint

WORDS = (b"ab", b"abc", b"bc", b"(a", b")x")
TOKENIZER = byte_tokenizer(WORDS)
END = TOKENIZER.eos_token
LISTS = Constraint(
    "test", "lark", '%llguidance {}\nstart: "(" NAME ("," NAME)* ")" NAME?\nNAME: /[a-z]+/\n', "generate"
)


def data(tokens):
    return b"".join(WORDS[token - 256] if token >= 256 else bytes([token]) for token in tokens)


def infill(head=b"", tail=b"", suffix=b""):
    return Infill(TOKENIZER, LISTS, head=head, tail=tail, suffix=suffix, data=data)


def word(text):
    return 256 + WORDS.index(text)


def test_the_first_tokens_repeat_the_tail_and_may_go_on():
    matcher = infill(b"(", b"a")
    legal = set(matcher.legal().tolist())
    assert legal == {ord("a"), word(b"ab"), word(b"abc")}
    assert all(matcher.allows(token) for token in legal)
    assert not matcher.allows(ord("b"))
    assert not matcher.take(ord("b"))
    assert matcher.take(word(b"ab"))
    assert matcher.allows(ord("b"))


def test_a_tail_may_be_repeated_in_parts_and_taken_back():
    matcher = infill(b"(", b"ab")
    assert matcher.take(ord("a"))
    assert set(matcher.legal().tolist()) == {ord("b"), word(b"bc")}
    assert matcher.take(word(b"bc"))
    assert matcher.allows(ord("z"))
    twin = matcher.copy()
    matcher.rollback(2)
    assert not matcher.allows(ord("z"))
    assert twin.allows(ord("z"))
    assert matcher.consume([ord("a"), ord("b"), ord("z")]) == 3
    assert matcher.allows(ord("q"))


def test_nothing_ends_within_the_tail():
    matcher = infill(b"(a)", b"x")
    assert not matcher.accepting
    assert not matcher.allows(END)
    assert matcher.forced() == []
    assert matcher.take(ord("x"))
    assert matcher.accepting
    assert matcher.take(END)


def test_the_end_comes_only_where_the_suffix_can_follow():
    matcher = infill(b"(a", suffix=b",b)")
    assert matcher.accepting
    assert END in matcher.legal()
    assert matcher.take(ord(","))
    assert not matcher.accepting
    assert END not in matcher.legal()
    assert not matcher.take(END)
    assert matcher.take(ord("c"))
    assert matcher.take(END)
    assert matcher.take(ord(")"))
    assert not matcher.accepting  # complete by itself, but not with the suffix
    assert not matcher.stopped


def test_what_the_suffix_brings_is_not_forced():
    only = Constraint("test", "lark", '%llguidance {}\nstart: "begin" "end"\n', "generate")
    matcher = Infill(TOKENIZER, only, head=b"begin", tail=b"", suffix=b"end", data=data)
    assert matcher.forced() == []
    assert matcher.accepting
    assert Infill(TOKENIZER, only, head=b"begin", tail=b"", suffix=b"", data=data).forced()


def test_without_either_it_is_a_matcher():
    matcher = infill()
    assert matcher.take(ord("("))
    assert np.array_equal(matcher.legal(), sorted([*range(97, 123), *map(word, WORDS[:3])]))


def test_a_head_that_cannot_be_is_refused():
    with pytest.raises(EngineError, match="cannot follow the prefix"):
        infill(b"((")
