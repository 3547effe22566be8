"""The shortest text that each regular expression of a grammar matches, asked of llguidance itself."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maze.decoding.matcher import Matcher, bits
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import GrammarError
from maze.grammar import Constraint
from maze.grammar.tree import is_terminal

_MOST_PLACES = 500  # of one search; what needs more is left to the search for closings
_FEW = 40
_MOST_ALIKE = 8  # places that look alike are followed this often: equal masks are not equal places
# a digit reads well where anything may stand, a letter where a name must; marks close what is open
_ORDER = b"0a \n" + bytes(byte for byte in range(33, 127) if not chr(byte).isalnum()) + b"A1"


def shortest_matches(grammar: str, patterns: Sequence[str]) -> dict[str, bytes]:
    """A shortest match of each of ``patterns`` (as written) of the compiled text ``grammar``.

    Those whose search is hopeless are left out.
    """
    marks = [f"{index:04d}:" for index in range(len(patterns))]
    # one grammar for all of them: a number says which pattern follows, and lets it be empty
    rows = [f'PATTERN_{mark[:4]}: "{mark}" ({pattern})' for mark, pattern in zip(marks, patterns, strict=True)]
    choices = " | ".join(f"PATTERN_{mark[:4]}" for mark in marks)
    text = "\n".join([_definitions(grammar), *rows, f"start: {choices}", ""])
    found = {}
    try:
        matcher = Matcher(byte_tokenizer(), Constraint("patterns", "lark", text, "accept"))
        for mark, pattern in zip(marks, patterns, strict=True):
            start = matcher.copy()
            start.consume(list(mark.encode()))
            if (shortest := _search(start)) is not None:
                found[pattern] = shortest
    except GrammarError:
        pass
    return found


def _definitions(grammar: str) -> str:
    """The lines of ``grammar`` that define terminals."""
    kept, keeping = [], True
    for line in grammar.splitlines():
        name = line.lstrip("?!").split(":", 1)[0].split(".", 1)[0]
        if line.startswith("%"):
            keeping = not line.startswith("%ignore")
        elif line[:1] not in (" ", "\t", "|", ""):
            keeping = is_terminal(name.strip())
        if keeping:
            kept.append(line)
    return "\n".join(kept)


def _search(matcher: Matcher) -> bytes | None:
    """The shortest text after which ``matcher`` accepts, breadth first, few of the places that look alike."""
    order = itertools.count()
    heap: list[tuple[int, int, bytes]] = [(0, next(order), b"")]
    seen: Counter[bytes] = Counter()
    mask = np.zeros(_WORDS, np.int32)
    for _ in range(_MOST_PLACES):
        if not heap:
            break
        _, _, text = heapq.heappop(heap)
        matcher.consume(list(text))
        if matcher.accepting:
            return text
        if forced := matcher.forced_bytes():
            choices = [forced]
        else:
            matcher.mask_into(mask)
            key = mask.tobytes()
            seen[key] += 1
            choices = _choices(bits(mask, 256)) if seen[key] <= _MOST_ALIKE else []
        for choice in choices:
            heapq.heappush(heap, (len(text) + len(choice), next(order), text + choice))
        matcher.rollback(len(text))
    return None


def _choices(legal: NDArray[np.bool_]) -> list[bytes]:
    """Bytes to try next: all of a few, out of many those that read best."""
    some = [byte for byte in _ORDER if legal[byte]]
    others = np.flatnonzero(legal).tolist()
    if len(others) <= _FEW or not some:
        some += [byte for byte in others[:_FEW] if byte not in some]
    return [bytes([byte]) for byte in some]


_WORDS = (byte_tokenizer().vocab_size + 31) // 32
