"""Choosing where to end a text: what reads best among the places whose closings are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from maze.decoding.closing.closer import Point

_INVENTED_WORD = 12  # in bytes of the model's text that are as bad to lose
_HALF_WORD = 16
_HALF_NUMBER = 1
_DANGLING = 8  # a comma with nothing after it
_HALF_TEXT = 24  # a string or comment that stops somewhere
_WORD = re.compile(rb"\w+")


def choose(
    points: Sequence[Point],
    text: bytes,
    fits: Callable[[Point], bool],
    *,
    first: int = 0,
    last: int | None = None,
    fillers: Sequence[bytes] = (),
) -> Point | None:
    """The best of ``points`` that ``fits``, between the offsets ``first`` and ``last`` of ``text``.

    Little is dropped and little is added, no word, string or comment is left half-written where a slightly
    earlier cut avoids it, and of what reads the same the shortest is taken.
    """
    end = len(text) if last is None else last

    def rank(point: Point) -> tuple[int, int, int]:
        lost = _lost(text, point.at, end)
        return lost + _ugliness(point, text, end, fillers), lost, point.at

    ranked = sorted((point for point in points if first <= point.at <= end), key=rank)
    return next((point for point in ranked if fits(point)), None)


def _ugliness(point: Point, text: bytes, end: int, fillers: Sequence[bytes]) -> int:
    words = _WORD.findall(point.closing)
    cost = len(point.closing) + _INVENTED_WORD * sum(word not in fillers for word in words)
    if point.free:
        cost += _HALF_TEXT
    if point.glued(text):
        cost += _HALF_TEXT
    before = text[max(point.at - 80, 0) : point.at].rstrip()[-1:]
    if before == b",":
        cost += _DANGLING
    # at the end nobody knows whether the word was to go on
    if point.at == end and _WORD.match(text[point.at - 1 : point.at]):
        cost += _HALF_NUMBER if before.isdigit() else _HALF_WORD
    return cost


def _lost(text: bytes, at: int, end: int) -> int:
    """The bytes dropped that are not blank."""
    return len(text[at:end].translate(None, b" \t\r\n"))
