"""The tokens of one sample, and a model whose cache follows them."""

from __future__ import annotations

from collections.abc import Sequence as Tokens
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Model(Protocol):
    """What a sequence needs of a model: one cache that grows and, where the model can, shrinks."""

    @property
    def position(self) -> int:
        """How many tokens the cache holds."""

    def decode(self, tokens: Tokens[int]) -> None:
        """Append ``tokens``."""

    def logits(self) -> NDArray[np.float32]:
        """The logits after the last token, in a buffer that the next ``decode`` overwrites."""

    def rewind(self, position: int) -> bool:
        """Forget the tokens from ``position`` on; False, and an empty cache, when this model cannot."""


class Sequence:
    """A prompt that ``model`` has read, and what is written after it.

    The model sees written tokens when somebody asks for logits, all that came since in one batch: tokens
    that are taken back before, or that nobody asks about, cost nothing. ``after_prompt`` are the logits that
    the model had after the prompt, if it has been elsewhere since.
    """

    def __init__(
        self, model: Model, prompt: Tokens[int], after_prompt: NDArray[np.float32] | None = None
    ) -> None:
        assert model.position == len(prompt)
        self.tokens: list[int] = []
        self._model = model
        self._prompt = list(prompt)
        self._after_prompt = model.logits().copy() if after_prompt is None else after_prompt

    def append(self, tokens: Tokens[int]) -> None:
        """Write ``tokens``."""
        self.tokens += tokens

    def truncate(self, count: int) -> None:
        """Keep the first ``count`` of the tokens written."""
        del self.tokens[count:]
        # one less than is kept: logits come only with a token that is decoded, so the last one is again
        kept = len(self._prompt) + max(count - 1, 0)
        if self._model.position > kept:
            self._model.rewind(kept)

    def logits(self) -> NDArray[np.float32]:
        """The logits after the last token. Valid until the next call."""
        if not self.tokens:
            return self._after_prompt
        read = self._model.position
        begin = read - len(self._prompt)
        self._model.decode(self.tokens[begin:] if begin >= 0 else [*self._prompt[read:], *self.tokens])
        return self._model.logits()
