"""Runs compiled grammars: does a text match, and what comes out of a random walk through the masks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from maze import languages
from maze.grammar.compiler import Options, compile_grammar


class _Bytes:
    """A vocabulary of all bytes, what tends to end a text, and some fragments of text."""

    bos_token_id = None

    def __init__(self, fragments: Iterable[str]) -> None:
        self.tokens = [bytes([byte]) for byte in range(256)]
        self.tokens += dict.fromkeys(word for word in [*map(str.encode, fragments), *_ENDS] if len(word) > 1)
        self.eos_token_id = len(self.tokens)
        self.tokens.append(b"\xff<eos>")
        self.special_token_ids = [self.eos_token_id]

    def __call__(self, text: str | bytes) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())


@cache
def _tokenizer(fragments: tuple[str, ...]) -> tuple[LLTokenizer, _Bytes]:
    vocabulary = _Bytes(fragments)
    return LLTokenizer(TokenizerWrapper(vocabulary)), vocabulary


class Recognizer:
    """The texts of one compiled grammar."""

    def __init__(self, text: str, fragments: tuple[str, ...] = ()) -> None:
        tokenizer, self._vocabulary = _tokenizer(fragments)
        self._start = LLMatcher(tokenizer, text, log_level=0)
        assert not self._start.is_error(), self._start.get_error()

    def refused_at(self, text: str | bytes) -> int | None:
        """The byte where ``text`` stops to match, its length if it is incomplete, None if it matches."""
        data = text if isinstance(text, bytes) else text.encode()
        matcher = self._start.deep_copy()
        taken = matcher.try_consume_tokens(list(data))
        assert not matcher.is_error(), matcher.get_error()
        return None if taken == len(data) and matcher.is_accepting() else taken

    def __contains__(self, text: str | bytes) -> bool:
        return self.refused_at(text) is None

    def walk(self, seed: int, *, length: int = 60, tries: int = 30, most: int = 40) -> bytes | None:
        """A random text: up to ``length`` tokens freely, then what ends it soonest of some tries. None if none does.

        A state in which nothing may follow and the text is not complete fails the test.
        """
        rnd = random.Random(seed)
        tokens, matcher = self._vocabulary.tokens[:-1], self._start.deep_copy()
        # each walk has its own taste
        liked = [rnd.random() ** 4 if token >= 256 else 0.02 for token in range(len(tokens))]
        ending = [_ENDS.get(word, 0.05) for word in tokens]
        text = b""
        for _ in range(rnd.randrange(length)):
            piece = self._step(rnd, matcher, liked)
            if not piece:
                return text
            text += piece
        for _ in range(tries):
            copy, end = matcher.deep_copy(), b""
            for _ in range(most):
                if copy.is_accepting():
                    return text + end
                end += self._step(rnd, copy, ending)
        return None

    def _step(self, rnd: random.Random, matcher: LLMatcher, weights: Sequence[float]) -> bytes:
        """The token that was added, nothing where the text is complete and cannot go on."""
        mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        assert not matcher.is_error(), matcher.get_error()
        allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: len(weights)]).tolist()
        if not allowed:
            assert matcher.is_accepting(), "nothing may follow"
            return b""
        token = rnd.choices(allowed, [weights[choice] for choice in allowed])[0]
        assert matcher.consume_token(token)
        return self._vocabulary.tokens[token]


# what tends to end a text, and how much
_ENDS = {
    word.encode(): weight
    for weight, words in {
        10: (")", "]", "}", ">", '"', "'", "`", '"""', "'''", "*/"),
        6: (";", ":", "\n", "()"),
        3: ("{", " {", ",", "x", " x", "1", "=", " =", "!", "=>", " pass", "\n    ", "\n\t", "else"),
    }.items()
    for word in words
}


@cache
def language(
    name: str, profile: str, *, fragments: tuple[str, ...] = (), rule: str | None = None, **options: str
) -> Recognizer:
    """The recognizer of a language Maze ships."""
    path = languages.get(name).grammar
    compiled = Options(rule=rule, profile=profile, **options)  # type: ignore[arg-type]
    return Recognizer(
        compile_grammar(path.read_text(encoding="utf-8"), path=path.name, options=compiled), fragments
    )


def check_entry(name: str, rule: str, good: str, bad: str) -> None:
    """Both profiles of a language take ``good``, and not ``bad``, where ``rule`` is the entry rule."""
    for profile in ("accept", "generate"):
        recognizer = language(name, profile, rule=rule)
        assert good in recognizer, f"{profile} refuses {good!r} at {recognizer.refused_at(good)}"
        assert bad not in recognizer, f"{profile} takes {bad!r}"
