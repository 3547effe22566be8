"""Ends a run while its text can still be completed within the budget.

How much the closing of the current place needs is not asked at every token: what is known at one place
stays true, because tokens after it can be taken back. So the guard looks when half of what was to spare is
spent, again at half of that, and at every token only in the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import accumulate
from time import perf_counter

from maze.decoding.closing.choice import choose
from maze.decoding.closing.closer import Closer, Closers, Point
from maze.decoding.closing.runaway import Runaway
from maze.decoding.loop import Ending

_SECONDS = 0.3  # for all searches of one run; past it, the text is cut where a closing is known
_LEAST_RESERVE, _MOST_RESERVE = 32, 128  # tokens left at which to look for the first time
_AHEAD = 64  # tokens before that at which making the closer begins
_SHARE = 8  # of the budget
_LAST = 4  # tokens left at which an unknown closing is no longer waited for
BUDGET = "the token budget was reached"


class ClosingGuard:
    """The guard of one run; see ``maze.decoding.loop.Guard``.

    ``head`` is what stands before the first token, ``begun`` what must be kept (``head`` and what the first
    tokens have to repeat). ``data`` gives the bytes of tokens, ``tokenize`` the tokens of bytes.
    """

    def __init__(
        self,
        closers: Closers,
        runaway: Runaway,
        *,
        head: bytes,
        begun: bytes,
        budget: int,
        data: Callable[[Sequence[int]], bytes],
        tokenize: Callable[[bytes], list[int]],
    ) -> None:
        self._closers = closers
        self._made: Future[Closer] | None = None
        self._runaway = runaway
        self._head, self._begun = head, begun
        self._budget = budget
        self._data, self._tokenize = data, tokenize
        self._next = min(_MOST_RESERVE, max(_LEAST_RESERVE, budget // _SHARE))
        self._soon = self._next + _AHEAD
        self._seconds = _SECONDS
        if budget <= self._soon:
            self._prepare([])
        self.seconds = 0.0  # spent on closing
        self.needed: int | None = None  # tokens of the shortest text, where the budget holds none

    def check(self, tokens: Sequence[int], new: int, left: int) -> Ending | None:
        """See ``Guard.check``."""
        fresh = tokens[len(tokens) - new :]
        circle = self._runaway.see(fresh, [self._data([token]) for token in fresh])
        if circle is None and left > self._next:
            if left <= self._soon and self._made is None:
                self._prepare(tokens)
            return None
        start = perf_counter()
        try:
            if circle is not None:
                reason, count = circle
                return self._ending(tokens[: len(tokens) - count], reason)
            return self._within_budget(tokens, left)
        finally:
            self.seconds += perf_counter() - start

    def _prepare(self, tokens: Sequence[int]) -> Future[Closer]:
        """Have the closer made and know the text so far while the model goes on."""
        texts = self._begun, self._text(tokens)
        self._made = self._closers.following(*texts, seconds=self._seconds)
        return self._made

    def _within_budget(self, tokens: Sequence[int], left: int) -> Ending | None:
        need = self._need(tokens)
        if need is None and self._seconds > 0 and left > _LAST:
            self._next = left // 2
            return None
        if need is not None and need < left:
            self._next = need + (left - need) // 2
            return None
        self._next = left - 1  # where no ending fits, the model may still find one
        return self._ending(tokens, BUDGET)

    def _need(self, tokens: Sequence[int]) -> int | None:
        """The tokens it takes to complete the text where it stands, if that is known."""
        text = self._text(tokens)
        self._follow(text)
        last = self._closer.points[-1] if self._closer.points else None
        return len(self._tokenize(last.closing)) if last and last.at == len(text) else None

    def _ending(self, tokens: Sequence[int], reason: str) -> Ending | None:
        """The best ending within ``tokens`` that the budget has room for."""
        text = self._text(tokens)
        self._follow(text)
        ends = list(accumulate((len(self._data([token])) for token in tokens), initial=len(self._head)))
        endings: dict[Point, Ending | None] = {}

        def fits(point: Point) -> bool:
            ending = endings[point] = self._ending_at(point, text, ends, reason)
            return ending is not None and ending.keep + len(ending.tokens) <= self._budget

        closer = self._closer
        chosen = choose(closer.points, text, fits, first=len(self._begun), fillers=closer.fillers)
        if chosen is None:
            known = [one for one in endings.values() if one is not None]
            self.needed = min((one.keep + len(one.tokens) for one in known), default=None)
            return None
        return self._ending_at(closer.filled(chosen, fits), text, ends, reason)

    def _ending_at(self, point: Point, text: bytes, ends: list[int], reason: str) -> Ending | None:
        """How to cut at ``point``; None if the tokenizer cannot write that."""
        keep = bisect_right(ends, point.at) - 1
        if keep < 0:  # the first tokens have to repeat what was begun
            return None
        rest = text[ends[keep] : point.at] + point.closing
        tokens = self._tokenize(rest) if rest else []
        return Ending(keep, tokens, reason) if self._data(tokens) == rest else None

    def _text(self, tokens: Sequence[int]) -> bytes:
        return max(self._head + self._data(tokens), self._begun, key=len)

    def _follow(self, text: bytes) -> None:
        """Let the closer know ``text``, in what is left of the time."""
        start = perf_counter()
        closer = self._closer
        closer.follow(text, deadline=start + self._seconds)
        self._seconds = max(0.0, self._seconds - (perf_counter() - start))

    @property
    def _closer(self) -> Closer:
        return (self._made or self._prepare([])).result()
