"""Writing the samples of a request: one after the other, or several together where that is faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from maze.decoding import loop
from maze.decoding import sequence as sequences
from maze.decoding.closing import ClosingGuard
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.engines import Draft, Listener
from maze.engines.llamacpp.native import Cancelled, Context
from maze.engines.llamacpp.together import Lane, Meeting, Turn
from maze.engines.llamacpp.writing import Gap, Pieces, Sample, draft
from maze.request import Request, Timings


@dataclass(frozen=True, slots=True)
class Samples:
    """What the samples of a request share; each has its own guard. ``start`` is a ``perf_counter()``.

    ``resources`` are closed before the context is.
    """

    request: Request
    gap: Gap
    matcher: Matcher | None
    guards: Sequence[ClosingGuard | None]
    room: int
    cached: int
    timings: Timings
    start: float
    resources: ExitStack

    def drafts(self, context: Context, width: int, listener: Listener) -> Iterator[Draft]:
        """All samples in order, ``width`` at a time; ``context`` has read the prompt in its first lane."""
        try:
            if width == 1:
                yield from self._one_by_one(context, listener)
            else:
                after_prompt = context.logits().copy()
                for first in range(0, len(self.guards), width):
                    indices = range(first, min(first + width, len(self.guards)))
                    yield from self._together(indices, context, after_prompt, listener)
        except Cancelled:
            raise KeyboardInterrupt from None

    def _one_by_one(self, context: Context, listener: Listener) -> Iterator[Draft]:
        sequence = sequences.Sequence(context, self.gap.layout.tokens)
        for index in range(len(self.guards)):
            listener.stage("writing")
            sequence.truncate(0)
            yield self._write(index, sequence, listener)()

    def _together(
        self, indices: range, context: Context, after_prompt: NDArray[np.float32], listener: Listener
    ) -> Iterator[Draft]:
        lanes = range(1, 1 + len(indices))
        meeting = Meeting(context, lanes)
        prompt = self.gap.layout.tokens
        texts = [sequences.Sequence(Lane(meeting, context, lane), prompt, after_prompt) for lane in lanes]
        turns = [Turn(listener) for _ in indices]
        threads = ThreadPoolExecutor(len(indices), "sample")

        def stop() -> None:
            meeting.cancel()
            threads.shutdown()

        # whoever leaves the engine in the middle has the context closed before this generator
        self.resources.callback(stop)
        try:
            written = [
                threads.submit(self._in_lane, index, meeting, lane, text, turn)
                for index, lane, text, turn in zip(indices, lanes, texts, turns, strict=True)
            ]
            for turn, finished in zip(turns, written, strict=True):
                listener.stage("writing")
                turn.come()
                yield finished.result()()
        finally:
            stop()

    def _in_lane(
        self, index: int, meeting: Meeting, lane: int, sequence: sequences.Sequence, turn: Turn
    ) -> Callable[[], Draft]:
        try:
            return self._write(index, sequence, turn)
        finally:
            meeting.leave(lane)

    def _write(self, index: int, sequence: sequences.Sequence, listener: Listener) -> Callable[[], Draft]:
        """Write a sample; what is returned makes the draft of it, and tells the listener how it ends."""
        begun = self.start if index == 0 else perf_counter()
        guard = self.guards[index]
        matcher = self.matcher.copy() if self.matcher else None
        pieces = Pieces(self.gap, listener)
        seed = self.request.sampling.seed + index
        run = loop.run(
            sequence,
            Sampler(self.request.sampling, seed),
            matcher,
            eog=frozenset(self.gap.words.eog),
            max_tokens=self.room,
            output=pieces,
            guard=guard,
        )
        sample = Sample(seed, self.room, self.cached, self.timings, begun, perf_counter())
        return partial(draft, sample, run, pieces, self.gap, matcher, guard)
