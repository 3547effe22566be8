"""Coding models to recommend, from ``catalog.toml``: short names for repositories on the Hugging Face hub."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path


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
