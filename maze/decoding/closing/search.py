"""Finding a short text that completes what stands before a probe.

``search`` is best-first over bytes and macros, and finds the shortest or close to it where that is a few
steps away. ``dive`` is greedy: it finds something nearly always, often ugly, and ``polish`` shortens that.
Both try at every place whether the rest of an older closing fits: its suffixes stand for the parser's stack,
which nobody shows us.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from time import perf_counter

from maze.decoding.closing.probe import Path, Probe

_ALIKE = 0.6  # what a place costs more for each place before it that looks the same
_MOST_ALIKE = 6
_MOST_TAILS = 8  # tried after every first step
_JOIN = 0.6  # what it costs to go on with the rest of an older closing
_CLOSERS = frozenset(b"\"'`}])>;")
_OPENERS = frozenset(b"([{<#\n\t ")
_REST_AGAIN = 0.02  # may be right many times, once for each open level
_LONGEST_DIVE = 400  # steps
_DIVES = 3
_LONGEST_CUT = 32  # bytes that polishing tries to leave out at once


def search(
    probe: Probe,
    tails: Sequence[bytes],
    hot: frozenset[int],
    *,
    best: bytes | None = None,
    nodes: int,
    deadline: float,
) -> bytes | None:
    """The shortest text found that completes, or ``best`` when nothing is shorter.

    ``tails`` are the empty text, the last closing, what is left of it after a byte, then other suffixes of
    closings of earlier places. Gives up after ``nodes`` places
    or at ``deadline`` (``perf_counter()``).
    """
    by_first: dict[int, list[bytes]] = {}
    for tail in sorted(filter(None, tails), key=len):
        by_first.setdefault(tail[0], []).append(tail)
    shortest = sorted(tails, key=len)[:_MOST_TAILS]
    order = itertools.count()
    heap: list[tuple[float, int, Path, bool]] = [(0.0, next(order), (), False)]
    seen: dict[int, int] = {}
    bound = float("inf") if best is None else 2.5
    walker = probe.copy()
    while heap and nodes and perf_counter() < deadline:
        cost, _, path, again = heapq.heappop(heap)
        if cost >= bound:
            break
        nodes -= 1
        walker.go(path)
        text = walker.spell(path)
        if best is not None and len(text) + 1 >= len(best):
            continue
        mask = walker.mask()
        times = seen.get(mask, 0)
        if times and not again:  # postponed, never dropped: what looks alike may yet differ
            heapq.heappush(heap, (cost + _ALIKE * min(times, _MOST_ALIKE), next(order), path, True))
            continue
        seen[mask] = times + 1
        if (found := _joined(walker, mask, text, by_first, best)) is not None:
            best, bound = found, cost + _JOIN
        forced = walker.forced() if path else b""
        if len(forced) > 1:
            heapq.heappush(heap, (cost + 0.1, next(order), path + tuple(forced), False))
            continue
        ahead = tails[:3] if path else shortest
        for step in walker.steps(mask, hot):
            piece = walker.texts[step.token]
            for tail in ahead if step.cost < 2 else ():  # asking is far cheaper than going there
                if best is not None and len(text) + len(piece) + len(tail) >= len(best):
                    break
                if walker.completes(piece + tail):
                    best, bound = text + piece + tail, cost + step.cost
                    break
            heapq.heappush(heap, (cost + step.cost, next(order), (*path, step.token), False))
    return best


def _joined(
    walker: Probe, mask: int, text: bytes, tails: dict[int, list[bytes]], best: bytes | None
) -> bytes | None:
    """``text`` with nothing or a tail after it, if that completes and is shorter than ``best``."""
    if (best is None or len(text) < len(best)) and walker.completes():
        return text
    found = None
    for first, group in tails.items():
        if not mask >> first & 1:
            continue
        for tail in group:
            if best is not None and len(text) + len(tail) >= len(best):
                break
            if walker.completes(tail):
                found = best = text + tail
                break
    return found


def dive(probe: Probe, tails: Sequence[bytes], *, deadline: float) -> bytes | None:
    """Some text that completes: forced bytes, closers, macros, then anything; None if none was found in time.

    A choice already made at a place that looks the same is put back, so that loops end.
    """
    best: bytes | None = None
    for attempt in range(_DIVES):
        found = _dive_once(probe, tails, attempt, None if best is None else len(best), deadline)
        if found is not None:
            best = found
    return best


def _dive_once(
    probe: Probe, tails: Sequence[bytes], attempt: int, limit: int | None, deadline: float
) -> bytes | None:
    walker = probe.copy()
    text = b""
    used: dict[tuple[int, int], int] = {}
    for _ in range(_LONGEST_DIVE):
        if walker.completes():
            return text
        for tail in tails:
            if walker.completes(tail):
                return text + tail
        if perf_counter() > deadline or (limit is not None and len(text) >= limit):
            return None
        forced = walker.forced()
        if forced:
            if walker.consume(forced) < len(forced):
                return None
            text += forced
            continue
        token = _choice(walker, attempt, used)
        if token is None:
            return None
        walker.advance(token)
        text += walker.texts[token]
    return None


def _choice(walker: Probe, attempt: int, used: dict[tuple[int, int], int]) -> int | None:
    """The token to dive with: first the longest rests of productions, which end what is open most surely."""
    mask = walker.mask()
    best: tuple[float, int] | None = None
    for step in walker.steps(mask, frozenset()):
        times = used.get((mask, step.token), 0)
        if attempt == 0 and walker.is_rest(step.token):
            cost = 0.9 - 0.02 * len(walker.texts[step.token]) + _REST_AGAIN * times
        else:
            cost = step.cost + (0.5 + 0.5 * attempt) * times
        if step.token in _CLOSERS:
            cost -= 0.6
        elif step.token in _OPENERS:
            cost += 0.5 * (1 + attempt)
        if best is None or (cost, step.token) < best:
            best = cost, step.token
    if best is None:
        return None
    used[mask, best[1]] = used.get((mask, best[1]), 0) + 1
    return best[1]


def polish(probe: Probe, text: bytes, *, deadline: float) -> bytes:
    """``text`` without whatever it completes without, longest pieces first."""
    shorter: bytes | None = text
    while shorter is not None:
        text, shorter = shorter, _shortened(probe, shorter, deadline)
    return text


def _shortened(probe: Probe, text: bytes, deadline: float) -> bytes | None:
    for width in range(min(len(text), _LONGEST_CUT), 0, -1):
        for at in range(len(text) - width + 1):
            candidate = text[:at] + text[at + width :]
            if probe.completes(candidate):
                return candidate
        if perf_counter() > deadline:
            return None
    return None
