"""Completing what a server left unfinished, with the same closing code that the local loop uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import perf_counter

from maze.decoding.closing import Closers, Point
from maze.decoding.closing.choice import choose
from maze.engines.remote.transcript import Transcript
from maze.grammar import Constraint

_SECONDS = 2.0  # for the searches of one text, which has been waited for longer than that
_MOST_COUNTED = 16  # closings of one text whose tokens the server is asked to count

Count = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a text was ended: what was ``added`` and ``dropped``, and the tokens of the closing."""

    added: str = ""
    dropped: str = ""
    tokens: int = 0
    seconds: float = 0.0
    needed: int | None = None  # tokens of the shortest text, where the budget holds none


class Endings:
    """Ends the texts of one constraint. ``count`` asks the server for the tokens of a text."""

    def __init__(self, constraint: Constraint, suffix: str, begun: bytes, count: Count) -> None:
        self._constraint, self._suffix, self._begun = constraint, suffix.encode(), begun
        self._count = count
        self._closers: Closers | None = None

    def end(self, transcript: Transcript, budget: int) -> tuple[bool, Ended]:
        """(whether it worked, how): cut and complete ``transcript`` within ``budget`` tokens."""
        start = perf_counter()
        text = transcript.text
        cost = self._cost()
        costs: list[int] = []

        def fits(point: Point) -> bool:
            costs.append(transcript.tokens_at(point.at) + cost(point.closing))
            return costs[-1] <= budget

        closers = self._made()
        closer = closers.fresh()
        closer.follow(text, deadline=perf_counter() + _SECONDS)
        point = choose(closer.points, text, fits, first=len(self._begun), fillers=closer.fillers)
        if point is None:
            return False, Ended(needed=min(costs, default=None), seconds=perf_counter() - start)
        point = closer.filled(point, fits)
        transcript.end(point.at, point.closing)
        return True, Ended(
            added=point.closing.decode("utf-8", "replace"),
            dropped=text[point.at :].decode("utf-8", "replace"),
            tokens=cost(point.closing),
            seconds=perf_counter() - start,
        )

    def close(self) -> None:
        if self._closers:
            self._closers.close()

    def _made(self) -> Closers:
        if self._closers is None:
            self._closers = Closers.of_language(self._constraint, suffix=self._suffix)
        return self._closers

    def _cost(self) -> Callable[[bytes], int]:
        """The most tokens a closing has: what the server counts, else its bytes, of which none has more."""
        asked = 0

        @cache
        def cost(closing: bytes) -> int:
            nonlocal asked
            if len(closing) > 1 and asked < _MOST_COUNTED:
                asked += 1
                counted = self._count(closing.decode("utf-8", "replace"))
                if counted is not None:
                    return min(counted, len(closing))
            return len(closing)

        return cost
