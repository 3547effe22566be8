"""Depths of indentation as llguidance's rule parameter: conditions on it, changes of it."""

from __future__ import annotations

from collections.abc import Iterable

_DEPTH = 20  # blocks in blocks
_COLUMNS = 48  # of indentation, if any is legal
BITS = 64  # of the parameter; flags stand at its end


class Levels:
    """Depths of indentation and the conditions and parameters that say them."""

    def __init__(self, unit: str, flags: int) -> None:
        self.any = unit == "any"
        if self.any:  # a bit for each column a block begins at
            self.bits = _COLUMNS + 1
            self.start = 1
            self.margins = [" " * column for column in range(_COLUMNS + 1)]
        else:  # the depth as a number
            self.bits = 6
            self.start = 0
            self.unit = "\t" if unit == "tab" else " " * int(unit)
            self.margins = [self.unit * depth for depth in range(_DEPTH + 1)]
        self.first_flag = BITS - flags
        assert self.first_flag >= self.bits

    def here(self, level: int) -> str:
        if not self.any:
            return f"eq([0:{self.bits}], {level})"
        if level == _COLUMNS:
            return f"bit_set({level})"
        return f"and(bit_set({level}), is_zeros([{level + 1}:{self.bits}]))"

    def deeper(self) -> Iterable[tuple[int, str, str]]:
        """(level of the block, when it may begin, the block's parameter)"""
        for level in range(1, len(self.margins)):
            if self.any:
                yield level, f"is_zeros([{level}:{self.bits}])", f"set_bit({level})"
            else:
                yield level, f"eq([0:{self.bits}], {level - 1})", f"incr([0:{self.bits}])"

    def at_most(self, level: int) -> str:
        """The regular expression of an indentation that is not deeper."""
        unit = " " if self.any else self.unit.replace("\t", r"\t")
        return f"/({unit}){{0,{level}}}/" if level else '""'
