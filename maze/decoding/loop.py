"""The token loop: mask, draw, follow, until the text is complete or the budget is spent.

A token the grammar forces is never asked for: it joins the next batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from maze.decoding.matcher import Matcher, bits
from maze.errors import EngineError


class Sequencer(Protocol):
    """What the loop needs of a model: one sequence that grows."""

    def decode(self, tokens: Sequence[int]) -> None: ...

    def logits(self) -> NDArray[np.float32]: ...


class Draw(Protocol):
    """A sampler: a token out of a row of logits, from the allowed ones only."""

    def draw(self, logits: NDArray[np.float32], allowed: NDArray[np.bool_] | None) -> int: ...


@dataclass(slots=True)
class Run:
    """What one pass of the loop did."""

    tokens: list[int] = field(default_factory=list)
    finish: Literal["stop", "length"] = "length"
    forced: int = 0
    refused: int = 0  # times the model's first choice was not legal
    mask_seconds: list[float] = field(default_factory=list)
    first_token_at: float | None = None  # perf_counter() when the first token was known


def run(
    model: Sequencer,
    sampler: Draw,
    matcher: Matcher | None,
    *,
    logits: NDArray[np.float32],
    eog: frozenset[int],
    max_tokens: int,
    emit: Callable[[Sequence[int]], None],
) -> Run:
    """Decode at most ``max_tokens`` tokens after ``logits``; ``emit`` sees them as they come.

    The text is complete when the run ends with ``stop``. ``eog`` tokens end it and are not part of it.
    Raises ``EngineError`` when the model fails, ``GrammarError`` when the grammar gives up.
    """
    result = Run()
    mask = np.zeros((len(logits) + 31) // 32, np.int32)
    while len(result.tokens) < max_tokens:
        if matcher is not None and matcher.stopped:
            result.finish = "stop"
            break
        allowed = None if matcher is None else _allowed(matcher, mask, logits, result)
        token = sampler.draw(logits, allowed)
        if token in eog:
            result.finish = "stop"
            break
        step = [token, *_follow(matcher, token, max_tokens - len(result.tokens) - 1)]
        result.first_token_at = result.first_token_at or perf_counter()
        result.forced += len(step) - 1
        result.tokens += step
        emit(step)
        if len(result.tokens) < max_tokens and not (matcher and matcher.stopped):
            model.decode(step)
            logits = model.logits()
    else:
        # a text that can only end here is as complete as one whose end the model was asked for
        if matcher is not None and matcher.stopped:
            result.finish = "stop"
    return result


def _allowed(
    matcher: Matcher, mask: NDArray[np.int32], logits: NDArray[np.float32], result: Run
) -> NDArray[np.bool_]:
    start = perf_counter()
    matcher.mask_into(mask)
    allowed = bits(mask, len(logits))
    result.mask_seconds.append(perf_counter() - start)
    if not allowed.any():
        raise EngineError(
            "the grammar allows no token of this model here", hint="another model (maze models list)"
        )
    if not allowed[np.argmax(logits)]:
        result.refused += 1
    return allowed


def _follow(matcher: Matcher | None, token: int, room: int) -> list[int]:
    """Move the matcher over ``token`` and the at most ``room`` tokens the grammar forces after it."""
    if matcher is None:
        return []
    if matcher.consume([token]) != 1:
        raise EngineError("the mask and the matcher disagree about a token", hint="report this grammar")
    if matcher.stopped:
        return []
    forced = matcher.forced()[:room]
    return forced[: matcher.consume(forced)]
