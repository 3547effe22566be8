"""The token loop over a real model, a real matcher and a real sampler."""

from dataclasses import dataclass

import pytest
from llguidance import LLMatcher

from maze.decoding import loop
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.sequence import Sequence
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions
from maze.errors import EngineError
from maze.request import Sampling
from tests.engines.llamacpp.conftest import nano  # noqa: F401


@dataclass
class Text:
    text: str


class Screen:
    def __init__(self):
        self.tokens = []

    def write(self, tokens):
        self.tokens += tokens

    def drop(self, count):
        assert 0 < count <= len(self.tokens)
        del self.tokens[-count:]


class Recurrent(Context):
    """A context like that of a model whose state cannot go back."""

    def rewind(self, position):
        super().rewind(0)
        return False


@pytest.fixture
def decode(nano, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path))
    words = vocabulary.read(nano, b"nano")
    view = vocabulary.tokenizer(nano, words)

    def run(grammar, *, max_tokens=100, seed=1, temperature=1.0, prompt=b"def ", guard=None, blind=False):
        context = (Recurrent if blind else Context)(nano, 256, LoadOptions(n_batch=8), Cancellation())
        read = nano.tokenize(prompt, special=True)
        context.decode(read)
        matcher = None
        if grammar is not None:
            matcher = Matcher(view, Text(LLMatcher.grammar_from_lark(f"%llguidance {{}}\n{grammar}")))
        output = Screen()
        sequence = Sequence(context, read)
        result = loop.run(
            sequence,
            Sampler(Sampling(temperature=temperature), seed),
            matcher,
            eog=frozenset(words.eog),
            max_tokens=max_tokens,
            output=output,
            guard=guard and guard(words, view),
        )
        decoded = context.position - len(read)
        sequence.truncate(0)  # as the next sample does
        context.close()
        assert output.tokens == result.tokens
        return result, words.data(result.tokens), matcher, decoded

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


class After:
    """Ends the text after ``count`` tokens: keeps ``keep`` of them and writes ``text``."""

    def __init__(self, count, keep, text):
        self.count, self.keep, self.text = count, keep, text
        self.seen = []

    def __call__(self, words, view):
        self.view = view
        return self

    def check(self, tokens, new, left):
        self.seen.append((len(tokens), new, left))
        if len(tokens) >= self.count:
            return loop.Ending(self.keep, self.view.tokenize_bytes(self.text), "enough")
        return None


LIST = 'start: "[" (/[0-9]/ ","){6,}  "]"'


@pytest.mark.parametrize("keep", [0, 1, 5, 12])
def test_a_guard_ends_the_text_without_the_model(decode, keep):
    free, whole, _, _ = decode(LIST, max_tokens=20)
    kept = decode(LIST, max_tokens=keep)[1] if keep else b""
    rest = (b"" if kept else b"[") + (b"," if kept[-1:].isdigit() else b"") + b"7," * 6 + b"]"
    guard = After(12, keep, rest)
    result, text, matcher, decoded = decode(LIST, max_tokens=40, guard=guard)
    assert (result.finish, result.ending.reason, matcher.accepting) == ("closed", "enough", True)
    assert text == kept + rest
    assert whole.startswith(kept)
    assert result.dropped == free.tokens[keep : keep + len(result.dropped)]
    assert decoded < 12  # the model read neither the last token nor the ending


def test_a_guard_sees_every_token_before_anybody_else(decode):
    guard = After(100, 0, b"")
    result, _, _, _ = decode(LIST, max_tokens=20, guard=guard)
    assert guard.seen[0] == (0, 0, 20)
    for (before, _, _), (tokens, new, left) in zip(guard.seen, guard.seen[1:], strict=False):
        assert (tokens, left) == (before + new, 20 - tokens)
    assert guard.seen[-1][0] == len(result.tokens)


def test_a_guard_may_end_the_text_before_it_begins(decode):
    result, text, _, decoded = decode(LIST, guard=After(0, 0, b"[" + b"1," * 6 + b"]"))
    assert (result.finish, text, decoded) == ("closed", b"[1,1,1,1,1,1,]", 0)


def test_an_ending_that_the_grammar_refuses_is_an_error(decode):
    with pytest.raises(EngineError, match="refuses an ending"):
        decode(LIST, guard=After(3, 0, b"nonsense"))
