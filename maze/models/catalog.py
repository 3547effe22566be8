"""Coding models to recommend, from ``catalog.toml``: short names for repositories on the Hugging Face hub."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from maze.models.memory import SHARE

_PER_BILLION = 0.65e9  # bytes of 10⁹ parameters in Q4_K_M: about 4.9 bits each, some layers more
_BESIDE = 1.5e9  # bytes of context and buffers
_LARGEST_ON_CPU = 7  # billions of parameters


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the catalogue. ``parameters`` is a number of billions; the rest the file itself says."""

    name: str
    repository: str
    quantisation: str
    licence: str
    parameters: float

    @property
    def pull(self) -> str:
        return f"{self.repository}:{self.quantisation}"


@functools.cache
def models() -> tuple[Known, ...]:
    """The catalogue, the smallest first."""
    text = Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
    found = [Known(name, **facts) for name, facts in tomllib.loads(text).items()]
    return tuple(sorted(found, key=lambda known: known.parameters))


def find(name: str) -> Known | None:
    """The model called ``name``, if the catalogue has it."""
    return next((known for known in models() if known.name == name.casefold()), None)


def recommended(memory: int | None, *, gpu: bool) -> Known:
    """The largest model of the catalogue that anybody may use, for ``memory`` bytes.

    Without a GPU, one that still writes as fast as people read.
    """
    free = [known for known in models() if known.licence == "apache-2.0"]
    fitting = [
        known
        for known in free
        if (memory is None or known.parameters * _PER_BILLION + _BESIDE <= memory * SHARE)
        and (gpu or known.parameters <= _LARGEST_ON_CPU)
    ]
    return fitting[-1] if fitting else free[0]
