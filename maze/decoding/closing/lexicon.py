"""What a grammar's text itself says about short texts: its words, and the shortest rest of every production.

A search that knows bytes only has to guess ``finally`` and the block after it letter by letter. Here every
literal becomes one step, and so does the minimal rest after each place in each production (``):0``,
`` else 0``): see ``yields``. Both are hints only: the matcher has the last word.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from maze import cache
from maze.grammar import Constraint


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``rests`` are what productions may end with, ``words`` the literals; ``shortest`` is a whole text."""

    words: tuple[bytes, ...]
    rests: tuple[bytes, ...] = ()
    shortest: bytes | None = None


def lexicon(constraint: Constraint) -> Lexicon:
    """The lexicon of ``constraint``, read from its compiled text once and then from the disk cache."""

    def build() -> bytes:
        # imported late: whoever has the cached form needs no lark
        from maze.decoding.closing.yields import read

        return _pack(read(constraint))

    packed = cache.cached("closing", constraint.sha256, build)
    data = json.loads(packed)
    shortest = data["shortest"]
    return Lexicon(
        tuple(map(_bytes, data["words"])),
        tuple(map(_bytes, data["rests"])),
        None if shortest is None else _bytes(shortest),
    )


def _pack(found: Lexicon) -> bytes:
    texts = {
        "words": [word.decode("latin-1") for word in found.words],
        "rests": [rest.decode("latin-1") for rest in found.rests],
        "shortest": None if found.shortest is None else found.shortest.decode("latin-1"),
    }
    return json.dumps(texts).encode()


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
