"""The token loop over a real model, a real matcher and a real sampler."""

from dataclasses import dataclass

import pytest
from llguidance import LLMatcher

from maze.decoding import loop
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions
from maze.request import Sampling
from tests.engines.llamacpp.conftest import nano  # noqa: F401


@dataclass
class Text:
    text: str


@pytest.fixture
def decode(nano, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path))
    words = vocabulary.read(nano, b"nano")
    view = vocabulary.tokenizer(nano, words)

    def run(grammar, *, max_tokens=100, seed=1, temperature=1.0, prompt=b"def "):
        context = Context(nano, 256, LoadOptions(n_batch=8), Cancellation())
        context.decode(nano.tokenize(prompt, special=True))
        read = context.position
        sampler = Sampler(nano.vocab_size, Sampling(temperature=temperature), seed)
        matcher = None
        if grammar is not None:
            matcher = Matcher(view, Text(LLMatcher.grammar_from_lark(f"%llguidance {{}}\n{grammar}")))
        seen = []
        result = loop.run(
            context,
            sampler,
            matcher,
            logits=context.logits(),
            eog=frozenset(words.eog),
            max_tokens=max_tokens,
            emit=seen.extend,
        )
        decoded = context.position - read
        context.close()
        assert seen == result.tokens
        return result, b"".join(words.pieces[token] for token in result.tokens), matcher, decoded

    return run


def test_the_text_is_what_the_grammar_says(decode):
    for seed in range(10):
        result, text, matcher, _ = decode('start: "[" /[0-9]{1,3}/ ("," /[0-9]{1,3}/){0,5} "]"', seed=seed)
        assert result.finish == "stop"
        assert matcher.accepting
        assert all(0 <= int(number) < 1000 for number in text.strip(b"[]").split(b","))


def test_forced_tokens_are_not_asked_for(decode):
    result, text, _, _ = decode('start: "select value from " /[a-z]/ " where the weather is fine"')
    assert text.startswith(b"select value from ")
    assert text.endswith(b" where the weather is fine")
    assert result.forced > 8
    assert len(result.mask_seconds) + result.forced <= len(result.tokens) + 1


def test_the_budget_is_never_exceeded_even_by_forced_tokens(decode):
    for budget in range(1, 12):
        result, text, matcher, _ = decode('start: "return " "a" "b" "c" "d" "e" "f" "g"', max_tokens=budget)
        assert len(result.tokens) <= budget
        assert (result.finish == "stop") == matcher.accepting == (text == b"return abcdefg")


def test_a_text_that_ends_exactly_at_the_budget_is_complete(decode):
    result, text, _, _ = decode('start: "(" ")"', max_tokens=100)
    exact, again, _, _ = decode('start: "(" ")"', max_tokens=len(result.tokens))
    assert (exact.finish, again) == ("stop", text)


def test_nothing_is_decoded_that_nobody_reads(decode):
    result, _, _, decoded = decode('start: "x"')
    assert (len(result.tokens), decoded) == (1, 0)
    result, _, _, decoded = decode("start: /[a-z]+/", max_tokens=3)
    assert decoded <= 2


CHAT = b"<|im_start|>system\npython<|im_end|>\n<|im_start|>user\nadd two numbers<|im_end|>\n<|im_start|>assistant\n"


def test_without_a_grammar_the_model_ends_by_itself_or_at_the_budget(decode):
    whole, text, _, _ = decode(None, prompt=CHAT, temperature=0)
    assert whole.finish == "stop"
    assert text.startswith(b"def ")
    assert not whole.mask_seconds
    cut, beginning, _, _ = decode(None, prompt=CHAT, temperature=0, max_tokens=3)
    assert (cut.finish, len(cut.tokens)) == ("length", 3)
    assert text.startswith(beginning)


def test_refusals_are_counted(decode):
    result, _, _, _ = decode("start: /[XYZ]{4}/", temperature=0)
    assert result.refused > 0
