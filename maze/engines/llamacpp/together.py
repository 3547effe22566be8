"""Several samples in one batch: a model that waits for memory decodes eight tokens nearly as fast as one.

Each sample is written by a thread of its own, in a lane of the context. The threads meet where they need
logits; the last one to come decodes for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Condition, Lock

import numpy as np
from numpy.typing import NDArray

from maze.engines import Listener
from maze.engines.llamacpp.native import Cancelled, Context


class Meeting:
    """Where threads meet that write into ``lanes`` of ``context``, all of which begin like its first lane."""

    def __init__(self, context: Context, lanes: Sequence[int]) -> None:
        self._context = context
        self._met = Condition()
        self._writing = set(lanes)
        self._waiting: dict[int, Sequence[int]] = {}
        self._error: BaseException | None = None
        for lane in lanes:
            context.fork(lane)

    def decode(self, lane: int, tokens: Sequence[int]) -> None:
        """Append ``tokens`` to ``lane`` as soon as every other one asks, too."""
        with self._met:
            self._waiting[lane] = tokens
            self._decode_if_met()
            self._met.wait_for(lambda: lane not in self._waiting or self._error)
            if self._error is not None:
                raise self._error

    def logits(self, lane: int) -> NDArray[np.float32]:
        """The logits after the last token of ``lane``. Valid until its next token."""
        with self._met:
            return self._context.logits(lane)

    def rewind(self, lane: int, position: int) -> bool:
        """Forget what ``lane`` holds from ``position`` on; see ``Context.rewind``."""
        with self._met:
            return self._context.rewind(position, lane)

    def leave(self, lane: int) -> None:
        """No more is written into ``lane``."""
        with self._met:
            self._writing.discard(lane)
            self._context.rewind(0, lane)  # makes room for the others
            self._decode_if_met()

    def cancel(self) -> None:
        """Let all threads end where they next need logits."""
        with self._met:
            self._error = self._error or Cancelled()
            self._met.notify_all()

    def _decode_if_met(self) -> None:
        if self._error is not None or not self._waiting or self._writing - self._waiting.keys():
            return
        try:
            self._decode_all()
        except BaseException as error:  # every thread has to know
            self._error = error
        self._waiting.clear()
        self._met.notify_all()

    def _decode_all(self) -> None:
        parts = list(self._waiting.items())
        room = self._context.batch_size // len(parts)
        for lane, tokens in parts:  # a text of which much is new does not fit into a batch with the others
            if len(tokens) > room:
                self._context.decode(tokens[:-room], lane)
        self._context.decode_batch([(lane, tokens[-room:]) for lane, tokens in parts])


class Lane:
    """One lane of a context as a model of its own; see ``maze.decoding.sequence.Model``."""

    def __init__(self, meeting: Meeting, context: Context, number: int) -> None:
        self._meeting, self._context, self._number = meeting, context, number

    @property
    def position(self) -> int:
        return self._context.positions[self._number]

    def decode(self, tokens: Sequence[int]) -> None:
        self._meeting.decode(self._number, tokens)

    def logits(self) -> NDArray[np.float32]:
        return self._meeting.logits(self._number)

    def rewind(self, position: int) -> bool:
        return self._meeting.rewind(self._number, position)


class Turn:
    """A listener for one of several samples that are written at the same time: quiet until its turn comes."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = Lock()
        self._mine = False
        self._text = ""

    def come(self) -> None:
        """What was written so far is heard at once, what comes as it comes."""
        with self._lock:
            self._mine = True
            if self._text:
                self._listener.text(self._text)

    def text(self, piece: str) -> None:
        with self._lock:
            if self._mine:
                self._listener.text(piece)
            else:
                self._text += piece

    def drop(self, count: int) -> None:
        with self._lock:
            if self._mine:
                self._listener.drop(count)
            else:
                self._text = self._text[: len(self._text) - count]

    def stage(self, what: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...

    def note(self, line: str) -> None:
        self._listener.note(line)

    def detail(self, line: str) -> None:
        self._listener.detail(line)
