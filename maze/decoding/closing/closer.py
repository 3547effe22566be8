"""Completing a text without the model: the closings of its places, carried from one to the next.

A *closing* of a place in a text is a short text that completes what stands before it. The closing of the
next place is nearly always the rest of the last one, or a few bytes before one of its suffixes; only where it
is not does a search begin. After every token of the text (word, blanks, mark) the closing is known, so that
the best place to end can be chosen afterwards: see ``choice``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from maze.decoding.closing.lexicon import lexicon
from maze.decoding.closing.probe import Probe
from maze.decoding.closing.search import dive, polish, search
from maze.grammar import Constraint

_PIECE = re.compile(rb"[A-Za-z0-9_]+|[ \t]+|\n[ \t]*|(?s:.)")
_HEAD = 16  # bytes at the start of a closing within which it may be cut
_MOST_JOINTS = 200
_MOST_LEARNED = 256
_LONGEST_LEARNED = 48
_STEP_NODES = 300
_FIRST_NODES = 600
_SEARCH_SECONDS = 0.15
_DIVE_SECONDS = 0.06
_HINTS = 4  # older closings kept
_RETRY = frozenset({4, 16, 64})  # failures in a row after which a search is tried again


@dataclass(frozen=True, slots=True)
class Point:
    """A place where the text may be cut, and what completes it there. ``free``: inside a string or comment."""

    at: int
    closing: bytes


class _Experience:
    """What earlier closings were put together from; shared by all closers of one grammar."""

    def __init__(self, fillers: Sequence[str]) -> None:
        self._fillers = [filler.encode() for filler in fillers]
        self._uses: dict[bytes, int] = {}
        self.joints: set[int] = set()  # lengths of tails at which closings were put together
        self._order()

    def learn(self, found: bytes, known: bytes) -> None:
        """``found`` closes a place, ``known`` the one before it."""
        longest = min(len(known), len(found))
        tail = next((size for size in range(longest, 0, -1) if found.endswith(known[-size:])), 0)
        if len(found) > _HEAD and len(self.joints) < _MOST_JOINTS:
            self.joints.add(tail or len(found))
        # the same may be needed where nothing of the last closing is left, so both are worth knowing
        for text in {found[: len(found) - tail], found}:
            if text and len(text) <= _LONGEST_LEARNED:
                self._uses[text] = self._uses.get(text, 0) + 1
        self._order()

    def cuts(self, closing: bytes) -> list[int]:
        """Where a closing may be cut: within its head, and where it was put together."""
        size = len(closing)
        cuts = set(range(min(size, _HEAD)))
        if size > _HEAD:
            cuts |= {size - tail for tail in self.joints if tail < size}
        return sorted(cuts)

    def _order(self) -> None:
        self.hot = frozenset(
            byte for text in self._uses for byte in text if byte < 128 and not chr(byte).isalnum()
        )
        known = sorted(self._uses, key=lambda text: (len(text), -self._uses[text]))
        self.texts = [*self._fillers, b"", *known[:_MOST_LEARNED]]


class Closer:
    """Knows closings for the places of a growing text. ``fillers`` are texts to prefer, such as ``pass``."""

    def __init__(self, constraint: Constraint, *, fillers: Sequence[str] = (), suffix: bytes = b"") -> None:
        words = lexicon(constraint)
        self._probe = Probe(constraint, words, suffix)
        self._text = b""
        self._experience = _Experience(fillers)
        self._misses = 0  # places in a row without a closing
        self._hints: list[bytes] = []
        first = self._first(words.shortest)
        self._first_hints = [] if first is None else [first]
        self._hints = list(self._first_hints)
        self._start = self._probe.copy()
        self.points = [Point(0, hint) for hint in self._hints]

    def fresh(self) -> Closer:
        """A closer for another text that knows what this one has learned."""
        twin = Closer.__new__(Closer)
        vars(twin).update(vars(self))
        twin._probe = self._start.copy()
        twin._text = b""
        twin._hints = list(self._first_hints)
        twin.points = [Point(0, hint) for hint in twin._hints]
        return twin

    def follow(self, text: bytes, *, deadline: float) -> None:
        """Know the places of ``text``, which goes on where the last one ended; those too late stay unknown.

        Raises ``ValueError`` when the grammar refuses the text.
        """
        begun = len(self._text)
        if not text.startswith(self._text):
            raise ValueError("a closer follows one text")
        new = text[begun:]
        self._text = text
        complete = self._consume_lines(new, begun)
        for piece in _PIECE.findall(new[complete - begun :]):
            complete += len(piece)
            self._probe.consume(piece)
            self._step(piece, complete, deadline, last=complete == len(text))

    def _consume_lines(self, new: bytes, begun: int) -> int:
        """Skip to the last line end where nothing is open: what stands before it needs no closing."""
        complete = at = begun
        for line in new.splitlines(keepends=True):
            if self._probe.consume(line) < len(line):
                raise ValueError("the text does not follow the grammar")
            at += len(line)
            if self._probe.completes():
                complete = at
                self.points.append(Point(at, b""))
                self._hints = [b""]
        self._probe.retreat(at - complete)
        return complete

    def _step(self, piece: bytes, at: int, deadline: float, *, last: bool) -> None:
        known = self._hints[0] if self._hints else None
        if known is not None and known.startswith(piece) and self.points and self.points[-1].at == at - len(piece):
            found: bytes | None = known[len(piece) :]
        else:
            found = self._carried(deadline, thorough=last or self._misses in _RETRY)
        self._misses = 0 if found is not None else self._misses + 1
        if found is not None:
            if found != known:
                self._hints = [found, *self._hints[: _HINTS - 1]]
            self.points.append(Point(at, found))

    def _carried(self, deadline: float, *, thorough: bool) -> bytes | None:
        """The closing of where the probe stands."""
        known = self._hints[0] if self._hints else b""
        if self._probe.completes():
            return b""
        if known and self._probe.completes(known):
            return known
        best = self._quick(known)
        if best is not None and len(best) <= len(known) + 2:
            return best
        now = perf_counter()
        if now > deadline or not thorough:
            return best
        found = search(
            self._probe,
            self._tails(),
            self._experience.hot,
            best=best,
            nodes=_STEP_NODES,
            deadline=min(deadline, now + _SEARCH_SECONDS),
        )
        if found is None:
            found = self._dived(deadline)
        if found is not None:
            self._experience.learn(found, known)
        return found

    def _quick(self, known: bytes) -> bytes | None:
        """A learned text before some suffix of the last closing."""
        best: bytes | None = None
        suffixes = [known[cut:] for cut in sorted({*self._experience.cuts(known), len(known)}, reverse=True)]
        for text in self._experience.texts:
            if best is not None and len(text) >= len(best):
                break
            if text and not self._probe.legal(text):
                continue
            for suffix in suffixes:
                if best is not None and len(text) + len(suffix) >= len(best):
                    break
                if self._probe.completes(text + suffix):
                    best = text + suffix
                    break
        return best

    def _dived(self, deadline: float) -> bytes | None:
        until = min(deadline, perf_counter() + _DIVE_SECONDS)
        found: bytes | None = None
        for hint in [*self._hints[:3], b""]:
            one = dive(self._probe, [hint[cut:] for cut in self._experience.cuts(hint)], deadline=until)
            if one is not None and (found is None or len(one) < len(found)):
                found = one
        return None if found is None else polish(self._probe, found, deadline=until)

    def _first(self, shortest: bytes | None) -> bytes | None:
        """The shortest text there is."""
        if self._probe.completes():
            return b""
        until = perf_counter() + 2 * _SEARCH_SECONDS
        found = shortest if shortest is not None and self._probe.completes(shortest) else None
        if found is None:
            found = self._dived(until)
            found = search(self._probe, [b""], self._experience.hot, best=found, nodes=_FIRST_NODES, deadline=until)
        if found:
            self._experience.joints.update(range(1, min(len(found), 120)))
        return found

    def _tails(self) -> list[bytes]:
        last = self._hints[0] if self._hints else b""
        tails = {b"": None, last: None, last[1:]: None}
        for hint in self._hints:
            tails.update((hint[cut:], None) for cut in self._experience.cuts(hint))
        return list(tails)

