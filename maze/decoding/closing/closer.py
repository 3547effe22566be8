"""Completing a text without the model: the closings of its places, carried from one to the next.

A *closing* of a place in a text is a short text that completes what stands before it. The closing of the
next place is nearly always the rest of the last one, or a few bytes before one of its suffixes; only where it
is not does a search begin. After every token of the text (word, blanks, mark) the closing is known, so that
the best place to end can be chosen afterwards: see ``choice``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from maze import languages
from maze.decoding.closing.experience import Experience
from maze.decoding.closing.lexicon import Lexicon, lexicon
from maze.decoding.closing.probe import Probe
from maze.decoding.closing.search import dive, polish, search
from maze.grammar import Constraint

_PIECE = re.compile(rb"[A-Za-z0-9_]+|[ \t]+|\n[ \t]*|(?s:.)")
_STEP_NODES = 300
_FIRST_NODES = 600
_TRIES = 1  # places in a row at which the rests of productions are tried
_MOST_RESTS = 48
_SEARCH_SECONDS = 0.15
_DIVE_SECONDS = 0.06
_HINTS = 4  # older closings kept
_INVENTED = re.compile(rb"(?<!\w)\w(?!\w)")
_WORD_BYTES = b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ANYTHING = b"@ ~ qzx ?;"  # stands nowhere but in strings and comments
_RETRY = frozenset({4, 16, 64})  # failures in a row after which a search is tried again


@dataclass(frozen=True, slots=True)
class Point:
    """An offset at which a text may be cut, and what completes it there.

    ``free``: within a string, a comment or the like.
    """

    at: int
    closing: bytes
    free: bool = False

    def glued(self, text: bytes) -> bool:
        """The closing goes on with the word before it."""
        around = text[max(self.at - 1, 0) : self.at] + self.closing[:1]
        return len(around) == 2 and around.isalnum()


class Closer:
    """Knows closings for the places of a growing text. ``fillers`` are texts to prefer, such as ``pass``.

    ``suffix`` is what must follow the closing.
    """

    def __init__(
        self,
        constraint: Constraint,
        *,
        fillers: Sequence[str] = (),
        suffix: bytes = b"",
        words: Lexicon | None = None,
    ) -> None:
        words = words or lexicon(constraint)
        self._probe = Probe(constraint, words, suffix)
        self._text = b""
        self.fillers = tuple(filler.encode() for filler in fillers)
        self._experience = Experience(self.fillers)
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
        """Know the places of ``text``, which goes on where the last one ended.

        Those for which the time did not suffice stay unknown. A text that was followed already is known.

        Raises ``ValueError`` when the grammar refuses the text.
        """
        if self._text.startswith(text):
            return
        if not text.startswith(self._text):
            raise ValueError("a closer follows one text")
        begun = len(self._text)
        self._text = text
        at = self._consume_lines(text[begun:], begun)
        while at < len(text) and perf_counter() < deadline:
            piece = _PIECE.match(text, at)[0]  # type: ignore[index]  # it matches anywhere
            at += len(piece)
            self._probe.consume(piece)
            self._step(piece, at, deadline, last=at == len(text))
        self._probe.consume(text[at:])

    def filled(self, point: Point, fits: Callable[[Point], bool]) -> Point:
        """``point`` with fillers in place of the names and numbers that its closing had to invent."""
        probe = self._probe.copy()
        probe.retreat(len(self._text) - point.at)
        closing = point.closing
        for word in reversed(list(_INVENTED.finditer(closing))):
            if word.start() == 0 and point.glued(self._text):
                continue
            for filler in self.fillers:
                filled = closing[: word.start()] + filler + closing[word.end() :]
                if probe.completes(filled) and fits(replace(point, closing=filled)):
                    closing = filled
                    break
        return replace(point, closing=closing)

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
        if (
            known is not None
            and known.startswith(piece)
            and self.points
            and self.points[-1].at == at - len(piece)
        ):
            found: bytes | None = known[len(piece) :]
        else:
            found = self._carried(deadline, thorough=last or self._misses in _RETRY)
        self._misses = 0 if found is not None else self._misses + 1
        if found is not None:
            if found != known:
                self._hints = [found, *self._hints[: _HINTS - 1]]
            self.points.append(Point(at, found, free=self._probe.legal(_ANYTHING)))

    def _carried(self, deadline: float, *, thorough: bool) -> bytes | None:
        """The closing of where the probe stands."""
        known = self._hints[0] if self._hints else b""
        if self._probe.completes():
            return b""
        # not with a word that would only be glued to the one before it
        for suffix in (known.lstrip(_WORD_BYTES), known):
            if suffix and self._probe.completes(suffix):
                return suffix
        best = self._before_suffix(self._experience.texts, known)
        if best is None and (thorough or self._misses < _TRIES):
            best = self._before_suffix(self._probe.rests()[:_MOST_RESTS], known)
            if best is not None:
                self._experience.learn(best, known)
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

    def _before_suffix(self, texts: Sequence[bytes], known: bytes) -> bytes | None:
        """The shortest of ``texts`` before some suffix of the last closing."""
        best: bytes | None = None
        suffixes = [known[cut:] for cut in sorted({*self._experience.cuts(known), len(known)}, reverse=True)]
        for text in texts:
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
            found = search(
                self._probe, [b""], self._experience.hot, best=found, nodes=_FIRST_NODES, deadline=until
            )
        if found:
            self._experience.joints |= frozenset(range(1, min(len(found), 120)))
        return found

    def _tails(self) -> list[bytes]:
        last = self._hints[0] if self._hints else b""
        tails = {b"": None, last: None, last[1:]: None}
        for hint in self._hints:
            tails.update((hint[cut:], None) for cut in self._experience.cuts(hint))
        return list(tails)


class Closers:
    """Closers of one grammar, and a thread to make them in: that takes a while, and many runs need none."""

    def __init__(self, constraint: Constraint, *, fillers: Sequence[str] = (), suffix: bytes = b"") -> None:
        # the lexicon of a new grammar takes a while, which must not come in the middle of a text
        words = lexicon(constraint)
        self._make = partial(Closer, constraint, fillers=fillers, suffix=suffix, words=words)
        self._first: Closer | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="closing")

    @classmethod
    def of_language(cls, constraint: Constraint, *, suffix: bytes = b"") -> Closers:
        """Closers that prefer the fillers of the language of ``constraint``, if it has one."""
        fillers = languages.get(constraint.language).fillers if constraint.language else ()
        return cls(constraint, fillers=fillers, suffix=suffix)

    def fresh(self) -> Closer:
        """A closer for a text of its own, which knows what the others have learned."""
        if self._first is None:
            self._first = self._make()
        return self._first.fresh()

    def following(self, *texts: bytes, seconds: float) -> Future[Closer]:
        """A closer that has followed ``texts``, each of which goes on from the last; made meanwhile."""
        return self._thread.submit(self._following, texts, seconds)

    def _following(self, texts: Sequence[bytes], seconds: float) -> Closer:
        closer = self.fresh()
        deadline = perf_counter() + seconds
        for text in texts:
            closer.follow(text, deadline=deadline)
        return closer

    def close(self) -> None:
        """Wait for what is being made."""
        self._thread.shutdown(cancel_futures=True)
