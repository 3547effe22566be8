"""Reading the prompt, of which the part that many requests share is kept on disk.

The shared part (system prompt, context files) is read in batches of its own, kept or not, so that the same
seed gives the same text either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from maze import cache
from maze.engines import Listener
from maze.engines.llamacpp.bindings import VERSION
from maze.engines.llamacpp.layout import Layout
from maze.engines.llamacpp.native import Context

_KIND = "prompts"
_WORTH = 0.1  # seconds; what is read faster is not kept


@dataclass(frozen=True, slots=True)
class PromptCache:
    """States of contexts on disk, at most ``limit`` bytes of them; ``setup`` is what makes states differ."""

    setup: bytes
    limit: int

    def load(self, context: Context, tokens: Sequence[int]) -> bool:
        """Bring ``context``, which has read nothing, to where it has read ``tokens``, if that is known."""
        if not self.limit:
            return False
        key = self._key(tokens)
        state = cache.load(_KIND, key)
        if state is None or not context.restore(state, len(tokens)):
            return False
        cache.touch(_KIND, key)
        return True

    def store(self, tokens: Sequence[int], state: bytes) -> None:
        """Keep the ``state`` of a context that has read ``tokens``."""
        if len(state) <= self.limit // 2:
            cache.store(_KIND, self._key(tokens), state)
            cache.bound(_KIND, self.limit)

    def _key(self, tokens: Sequence[int]) -> str:
        return cache.digest(VERSION, self.setup, np.asarray(tokens, np.int32).tobytes())


class Reading(NamedTuple):
    """A context that has read a prompt, ``cached`` tokens of it from disk; ``kept`` is to be stored."""

    context: Context
    cached: int
    kept: bytes | None

    def close(self) -> None:
        self.context.close()


def read(context: Context, layout: Layout, prompts: PromptCache, listener: Listener) -> Reading:
    """Let ``context``, which is new, read the prompt."""
    shared, rest = layout.tokens[: layout.shared], layout.tokens[layout.shared :]
    kept = None
    cached = prompts.load(context, shared) if shared else False
    if shared and not cached:
        begun = perf_counter()
        _decode(context, shared, len(layout.tokens), listener)
        if prompts.limit and perf_counter() - begun > _WORTH:
            kept = context.state()
    _decode(context, rest, len(layout.tokens), listener)
    return Reading(context, len(shared) if cached else 0, kept)


def _decode(context: Context, tokens: Sequence[int], total: int, listener: Listener) -> None:
    for begin in range(0, len(tokens), context.batch_size):
        context.decode(tokens[begin : begin + context.batch_size])
        listener.progress(context.position, total)
