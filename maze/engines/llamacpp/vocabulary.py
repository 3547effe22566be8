"""A model's vocabulary as bytes, read once per tokenizer and then from the disk cache.

llama.cpp hands out one token at a time: 0.9 s for 150,000 of them. What is read depends only on the
GGUF header and on llama.cpp's version, so these two are the cache key.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from llguidance import LLTokenizer

from maze import cache
from maze.engines.llamacpp.bindings import VERSION, lib
from maze.engines.llamacpp.native import Model


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``pieces[token]`` is the token's bytes, 0xff in front of a control token's; ``eog`` end a text."""

    pieces: list[bytes]
    eog: tuple[int, ...]

    def data(self, tokens: Sequence[int]) -> bytes:
        """What ``tokens`` write."""
        return b"".join([self.pieces[token] for token in tokens])

    def text(self, tokens: Sequence[int]) -> str:
        """What ``tokens`` write; a character of which they hold only a part becomes U+FFFD."""
        return self.data(tokens).decode("utf-8", "replace")


def read(model: Model, header: bytes) -> Vocabulary:
    """The vocabulary of ``model``, whose GGUF file begins with ``header``."""
    key = cache.digest(header, VERSION)
    return _unpack(cache.cached("vocabulary", key, lambda: _pack(_ask(model))))


def tokenizer(model: Model, vocabulary: Vocabulary) -> LLTokenizer:
    """llguidance's view of it. Every end-of-generation token is an end of the grammar."""
    view: LLTokenizer = LLTokenizer.from_llamacpp(  # type: ignore[attr-defined]  # missing in its stub
        tokens=vocabulary.pieces,
        vocab_ptr=model.vocab,
        tokenize_fptr=ctypes.cast(lib._lib.llama_tokenize, ctypes.c_void_p).value,
        eos_token=list(vocabulary.eog),
        # slices speed up masks of JSON only, and cost 185 ms and 49 MB at 152k tokens
        slices=[],
    )
    return view


def _ask(model: Model) -> Vocabulary:
    pieces, eog = [], []
    for token in range(model.vocab_size):
        piece = model.piece(token)
        attributes = lib.llama_vocab_get_attr(model.vocab, token)
        control = attributes & lib.LLAMA_TOKEN_ATTR_CONTROL or (
            attributes & lib.LLAMA_TOKEN_ATTR_USER_DEFINED and piece[:1] == b"<" and piece[-1:] == b">"
        )
        pieces.append(b"\xff" + piece if control else piece)
        if lib.llama_vocab_is_eog(model.vocab, token):
            eog.append(token)
    return Vocabulary(pieces, tuple(eog) or (lib.llama_vocab_eos(model.vocab),))


def _pack(vocabulary: Vocabulary) -> bytes:
    sizes = [len(piece) for piece in vocabulary.pieces]
    numbers = np.array([len(vocabulary.eog), len(sizes), *vocabulary.eog, *sizes], "<u4")
    return numbers.tobytes() + b"".join(vocabulary.pieces)


def _unpack(data: bytes) -> Vocabulary:
    endings, count = np.frombuffer(data, "<u4", 2).tolist()
    numbers = np.frombuffer(data, "<u4", 2 + endings + count)
    ends = (numbers.nbytes + np.cumsum(numbers[2 + endings :])).tolist()
    starts = [numbers.nbytes, *ends[:-1]]
    pieces = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return Vocabulary(pieces, tuple(numbers[2 : 2 + endings].tolist()))
