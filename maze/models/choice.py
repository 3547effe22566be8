"""The model that is used when nobody said which: the best one on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from maze.errors import ModelError

if TYPE_CHECKING:
    from maze.models import Model
    from maze.models.header import Header
    from maze.settings import Settings

_GAP = ("prefix", "suffix", "middle")


class _Rank(NamedTuple):
    """What makes one model better than another, the most important first."""

    for_code: bool
    parameters: int
    size: int  # of two quantisations the finer one


def best(found: list[Model], settings: Settings) -> Model | None:
    """The best of ``found`` that is whole, fits this machine's memory, and can chat or complete code."""
    ranked = [(rank, model) for model in found if (rank := _rank(model, settings))]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _rank(model: Model, settings: Settings) -> _Rank | None:
    from maze.models import memory

    try:
        header = model.header
    except ModelError:
        return None
    if memory.fits(header, settings) is False or not (header.chat_template or _fills_gaps(header)):
        return None
    named = f"{model.name} {model.path.name} {header.name or ''}".casefold()
    return _Rank("code" in named, header.parameters, header.file_size)


def _fills_gaps(header: Header) -> bool:
    return all(part in header.fim for part in _GAP)
