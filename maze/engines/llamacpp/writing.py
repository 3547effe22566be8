"""From tokens to text: the gap that is written into, its closing, and the draft that comes of it."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from llguidance import LLTokenizer

from maze import languages
from maze.decoding.closing import Closers, ClosingGuard, Runaway
from maze.decoding.infill import Infill
from maze.decoding.loop import Run
from maze.decoding.matcher import Matcher
from maze.engines import Draft, Listener
from maze.engines.llamacpp.layout import Layout
from maze.engines.llamacpp.vocabulary import Vocabulary
from maze.grammar import Constraint
from maze.request import Timings, Tokens
from maze.text import common_prefix

_decoder = codecs.getincrementaldecoder("utf-8")


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands before and after the text to write."""

    layout: Layout
    suffix: str
    words: Vocabulary

    @property
    def begun(self) -> bytes:
        """What the text begins with, whatever is written."""
        return self.layout.head + self.layout.tail

    def matcher(self, view: LLTokenizer, constraint: Constraint) -> Matcher:
        """A matcher that stands where the first token will."""
        if not self.begun and not self.suffix:
            return Matcher(view, constraint)
        return Infill(
            view,
            constraint,
            head=self.layout.head,
            tail=self.layout.tail,
            suffix=self.suffix.encode(),
            data=self.words.data,
        )


class Closing:
    """What the guards of all samples share."""

    def __init__(self, gap: Gap, view: LLTokenizer, constraint: Constraint) -> None:
        self._closers = Closers.of_language(constraint, suffix=gap.suffix.encode())
        self._comment = languages.get(constraint.language).line_comment if constraint.language else None
        self._gap, self._view = gap, view

    def close(self) -> None:
        """Wait for what runs beside the model."""
        self._closers.close()

    def guard(self, budget: int) -> ClosingGuard:
        """The guard of one run."""
        return ClosingGuard(
            self._closers,
            Runaway(self._comment),
            head=self._gap.layout.head,
            begun=self._gap.begun,
            budget=budget,
            data=self._gap.words.data,
            tokenize=self._view.tokenize_bytes,
        )


class Pieces:
    """Tokens become text; a character split over several tokens waits until it is whole."""

    def __init__(self, gap: Gap, listener: Listener) -> None:
        self._gap = gap
        self._listener = listener
        self._tokens: list[int] = []
        self._decoder = _decoder("replace")
        self._say(gap.layout.head)

    def write(self, tokens: Sequence[int]) -> None:
        self._tokens += tokens
        self._say(self._gap.words.data(tokens))

    def drop(self, count: int) -> None:
        before = len(self._shown())
        del self._tokens[len(self._tokens) - count :]
        after = len(self._shown())
        if before > after:
            self._listener.drop(before - after)

    def finish(self, *, complete: bool) -> str:
        """The whole text; the suffix belongs to a complete one."""
        written = self._gap.layout.head + self._gap.words.data(self._tokens)
        text = max(written, self._gap.begun, key=len).decode("utf-8", "replace")
        if not complete:
            return text
        if self._gap.suffix:
            self._listener.text(self._gap.suffix)
        return text + self._gap.suffix

    def _say(self, data: bytes) -> None:
        if text := self._decoder.decode(data):
            self._listener.text(text)

    def _shown(self) -> str:
        """What the listener has heard."""
        self._decoder = _decoder("replace")
        return self._decoder.decode(self._gap.layout.head + self._gap.words.data(self._tokens))


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a sample comes from; ``begun`` and ``ended`` are ``perf_counter()``."""

    seed: int
    budget: int
    cached: int
    timings: Timings
    begun: float
    ended: float


def draft(
    sample: Sample,
    run: Run,
    pieces: Pieces,
    gap: Gap,
    matcher: Matcher | None,
    guard: ClosingGuard | None,
) -> Draft:
    """What came of ``run``."""
    ending = run.ending
    words = gap.words
    added, dropped = words.text(ending.tokens) if ending else "", words.text(run.dropped)
    again = common_prefix(added, dropped)  # of a token that was cut
    masks = np.array(run.mask_seconds or [0.0]) * 1e6
    complete = run.finish == "stop" if matcher is None else matcher.accepting
    return Draft(
        text=pieces.finish(complete=complete),
        finish=run.finish,
        complete=complete,
        seed=sample.seed,
        budget=sample.budget,
        tokens=Tokens(
            prompt=len(gap.layout.tokens),
            cached=sample.cached,
            generated=len(run.tokens),
            forced=run.forced,
            closing=len(ending.tokens) if ending else 0,
            refused=run.refused,
        ),
        timings=replace(
            sample.timings,
            first_token=(run.first_token_at or sample.ended) - sample.begun,
            total=sample.ended - sample.begun,
            mask_p50=float(np.percentile(masks, 50)),
            mask_p99=float(np.percentile(masks, 99)),
            closing=guard.seconds if guard else 0.0,
        ),
        ended=ending.reason if ending else "",
        added=added[again:],
        dropped=dropped[again:],
        needed=guard.needed if guard else None,
    )
