"""llguidance's view of a tokenizer: a model's own, or single bytes for judging texts."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from llguidance import LLTokenizer, TokenizerWrapper


class _Bytes:
    """256 bytes, then words, then the end marker; texts are tokenized byte by byte."""

    bos_token_id = None

    def __init__(self, words: Sequence[bytes]) -> None:
        self.tokens = [*(bytes([value]) for value in range(256)), *words, b"\xff<end>"]
        self.eos_token_id = len(self.tokens) - 1
        self.special_token_ids = [self.eos_token_id]

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())


def byte_tokenizer(words: Sequence[bytes] = ()) -> LLTokenizer:
    """A tokenizer whose token ``b`` is the byte ``b``; ``words`` follow from 256, the end is the last."""
    return _byte_tokenizer(tuple(words))


@functools.lru_cache(maxsize=8)
def _byte_tokenizer(words: tuple[bytes, ...]) -> LLTokenizer:
    return LLTokenizer(TokenizerWrapper(_Bytes(words)), slices=[])
