"""The token loop: draw, follow, until the text is complete, the guard ends it, or the budget is spent.

A token the grammar forces is never asked for: it joins the next batch.
"""

from __future__ import annotations

from collections.abc import Sequence as Tokens
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, Protocol

from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.sequence import Sequence
from maze.errors import EngineError

# Looking for forced tokens costs about as much as taking one. Where none came for so many tokens, as in most
# code, only one place in so many is looked at.
_PATIENCE = 8
_SELDOM = 4


@dataclass(frozen=True, slots=True)
class Ending:
    """How to end a text without the model: keep the first ``keep`` tokens, then write ``tokens``."""

    keep: int
    tokens: Tokens[int]
    reason: str


class Guard(Protocol):
    """Sees to it that the text can be completed within the budget, or ends it for another reason."""

    def check(self, tokens: Tokens[int], new: int, left: int) -> Ending | None:
        """Called before the first token, and after each step before anybody sees its tokens.

        The matcher has taken all ``tokens``, the last ``new`` of them in this step; ``left`` more fit into
        the budget. The guard may move a copy of the matcher, or the matcher itself if it moves it back.
        """


class Output(Protocol):
    """Where the tokens go as they come."""

    def write(self, tokens: Tokens[int]) -> None: ...

    def drop(self, count: int) -> None:
        """The last ``count`` tokens are taken back."""


@dataclass(slots=True)
class Run:
    """What one pass of the loop did. ``dropped`` are the tokens that the ``ending`` did not keep."""

    tokens: list[int] = field(default_factory=list)
    finish: Literal["stop", "length", "closed"] = "length"
    forced: int = 0
    refused: int = 0  # draws at which the grammar refused something
    mask_seconds: list[float] = field(default_factory=list)
    first_token_at: float | None = None  # perf_counter() when the first token was known
    ending: Ending | None = None
    dropped: list[int] = field(default_factory=list)


def run(
    sequence: Sequence,
    sampler: Sampler,
    matcher: Matcher | None,
    *,
    eog: frozenset[int],
    max_tokens: int,
    output: Output,
    guard: Guard | None = None,
) -> Run:
    """Write at most ``max_tokens`` tokens to the end of ``sequence``, which holds none yet.

    The text is complete unless the run ends with ``length``. ``eog`` tokens end it and are not part of it.
    Raises ``EngineError`` when the model fails, ``GrammarError`` when the grammar gives up.
    """
    result = Run()
    ending = guard.check([], 0, max_tokens) if guard else None
    shown = last_forced = 0
    while ending is None:
        if matcher is not None and matcher.stopped:
            result.finish = "stop"
            break
        written = len(sequence.tokens)
        left = max_tokens - written
        step: list[int] = []
        if matcher is not None and (written - last_forced < _PATIENCE or written % _SELDOM == 0):
            step = _forced(matcher, left)
        if step:
            result.forced += len(step)
            last_forced = written + len(step)
        elif not left:
            break
        else:
            token = sampler.draw(sequence.logits(), matcher, sequence.tokens)
            if token in eog:
                result.finish = "stop"
                break
            step = [token]
        result.first_token_at = result.first_token_at or perf_counter()
        sequence.append(step)
        ending = guard.check(sequence.tokens, len(step), left - len(step)) if guard else None
        if ending is None:
            output.write(step)
            shown = len(sequence.tokens)
    if ending is not None:
        _end(result, ending, sequence, matcher)
        if shown > ending.keep:
            output.drop(shown - ending.keep)
        output.write(sequence.tokens[min(shown, ending.keep) :])
    result.tokens = list(sequence.tokens)
    result.refused, result.mask_seconds = sampler.refused, sampler.mask_seconds
    return result


def _forced(matcher: Matcher, room: int) -> list[int]:
    """Move the matcher over the at most ``room`` tokens that must come next, and return them."""
    forced = matcher.forced()[:room]
    return forced[: matcher.consume(forced)] if forced else []


def _end(result: Run, ending: Ending, sequence: Sequence, matcher: Matcher | None) -> None:
    """Bring the text to its ``ending``."""
    result.ending = ending
    result.finish = "closed"
    result.dropped = sequence.tokens[ending.keep :]
    sequence.truncate(ending.keep)
    sequence.append(ending.tokens)
    if matcher is not None:
        matcher.rollback(len(result.dropped))
        if matcher.consume(ending.tokens) < len(ending.tokens) or not matcher.accepting:
            raise EngineError("the grammar refuses an ending it was asked for", hint="report this grammar")
