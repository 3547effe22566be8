"""Lowered rules: what is left to write down as llguidance text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maze.grammar.tree import Condition

# how the blanks after a token are
LOOSE, SPACED, BARE = "", "spaced", "bare"  # maybe some; at least one; none

# what is before a token: nothing; maybe joined lines; maybe leading blanks, or some of them
NOTHING, JOINED, LED = "", "joined", "led"
SAME_LINE, SOME, SOME_SAME_LINE = "same_line", "some", "some_same_line"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A token in its place. ``union`` makes one of several that can stand for each other."""

    token: str
    before: str = NOTHING
    after: str | None = None  # the mode whose blanks follow it, or LED: its own ones, if it has any
    blanks: str = LOOSE
    glued: bool = False
    union: tuple[Lexeme, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A rule in its place, with flags changed."""

    name: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLine:
    """The next line; ``block`` is the rule of a deeper block that begins on it."""

    block: str | None = None


Item = Lexeme | Call | NewLine


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative of a lowered rule."""

    items: tuple[Item, ...]
    conditions: tuple[Condition, ...] = ()


def calls(row: Row) -> Iterator[str]:
    """The names of the rules that a row needs."""
    for item in row.items:
        if isinstance(item, Call):
            yield item.name
        elif isinstance(item, NewLine) and item.block:
            yield item.block
