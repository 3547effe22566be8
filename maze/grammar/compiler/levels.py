"""Depths of indentation as llguidance's rule parameter: conditions on it, changes of it."""

from __future__ import annotations

from collections.abc import Iterable

_DEPTH = 20  # blocks in blocks
_COLUMNS = 40  # the deepest column a block may begin at, if any may
_TABS = 8  # the same in tabs
BITS = 64  # of the parameter; flags stand at its end


class Levels:
    """The indentations blocks may have: one unit a depth, or, for ``any``, every column and some tabs.

    One unit: the parameter holds the depth as a number. Any: a bit for each column that a block which
    is open now began at. Blocks that are indented by tabs stand in blocks that are as well.
    """

    def __init__(self, unit: str, flags: int) -> None:
        self._any = unit == "any"
        if self._any:
            self.start = 1
            self._unit = " "
            self.margins = [" " * column for column in range(_COLUMNS + 1)]
            self.margins += ["\t" * tabs for tabs in range(1, _TABS + 1)]
            self._bits = len(self.margins)
        else:
            self.start = 0
            self._unit = "\t" if unit == "tab" else " " * int(unit)
            self.margins = [self._unit * depth for depth in range(_DEPTH + 1)]
            self._bits = 6
        self.first_flag = BITS - flags
        assert self.first_flag >= self._bits

    def here(self, level: int) -> str:
        """The condition that the innermost block is at ``level``, an index of ``margins``."""
        if not self._any:
            return f"eq([0:{self._bits}], {level})"
        if level == self._bits - 1:
            return f"bit_set({level})"
        return f"and(bit_set({level}), is_zeros([{level + 1}:{self._bits}]))"

    def deeper(self) -> Iterable[tuple[int, str, str]]:
        """(level of a block, the condition that it may begin, its parameter)"""
        for level, margin in enumerate(self.margins[1:], 1):
            if not self._any:
                yield level, f"eq([0:{self._bits}], {level - 1})", f"incr([0:{self._bits}])"
                continue
            condition = f"is_zeros([{level}:{self._bits}])"
            if margin.startswith("\t"):
                condition = f"and({condition}, is_zeros([1:{_COLUMNS + 1}]))"
            yield level, condition, f"set_bit({level})"

    def at_most(self, level: int) -> str:
        """The terminal of an indentation that is not deeper than ``level``."""
        margin = self.margins[level]
        unit = r"\t" if margin.startswith("\t") else self._unit
        count = len(margin) // (1 if unit == r"\t" else len(unit))
        return f"/({unit}){{0,{count}}}/" if margin else '""'
