"""Runs compiled grammars: does a text match, and what comes out of a random walk through the masks."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache

import numpy as np
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from maze import languages
from maze.grammar.compiler import Options, compile_grammar


class _Bytes:
    """A vocabulary of all bytes and some fragments of text."""

    bos_token_id = None

    def __init__(self, fragments: Iterable[str]) -> None:
        self.tokens = [bytes([byte]) for byte in range(256)]
        self.tokens += dict.fromkeys(word.encode() for word in fragments if len(word.encode()) > 1)
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

    def walk(self, seed: int, *, length: int = 60, most: int = 600) -> bytes | None:
        """A random text: about ``length`` tokens freely, then whatever tends to end it. None if it does not end.

        A state in which nothing may follow and the text is not complete fails the test.
        """
        rnd = random.Random(seed)
        tokens, matcher, text = self._vocabulary.tokens, self._start.deep_copy(), b""
        closing = [t for t, word in enumerate(tokens) if word in _CLOSING]
        liked = {t: rnd.random() ** 4 for t in range(256, len(tokens) - 1)}  # each walk has its own taste
        for step in range(most):
            mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
            allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: len(tokens) - 1]).tolist()
            assert not matcher.is_error(), matcher.get_error()
            if matcher.is_accepting() and (step >= length or not allowed):
                return text
            assert allowed, f"nothing may follow {text!r}"
            ends = [t for t in closing if t in allowed] if step > length else []
            if ends and rnd.random() < 0.8:
                token = rnd.choice(ends)
            else:
                token = rnd.choices(allowed, [liked.get(t, 0.02) for t in allowed])[0]
            assert matcher.consume_token(token)
            text += tokens[token]
        return None


_CLOSING = {b")", b"]", b"}", b'"', b"'", b'"""', b"'''", b"\n", b":", b"x", b"1", b" pass", b"\n    "}


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
