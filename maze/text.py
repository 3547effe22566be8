"""Places in texts: what ``path:line:col`` and a caret need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 100  # longest piece of a source line an error shows


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a text. Lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    source_line: str = ""

    @classmethod
    def at(cls, path: str, text: str, offset: int) -> Place:
        """The place of character ``offset`` of ``text``."""
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].rstrip("\r")
        return cls(path, text.count("\n", 0, offset) + 1, offset - start + 1, line)

    @classmethod
    def at_byte(cls, path: str, data: bytes, offset: int) -> Place:
        """The place of byte ``offset`` of UTF-8 ``data``; undecodable bytes count as one character each."""
        before = data[:offset].decode("utf-8", "replace")
        return cls.at(path, before + data[offset:].decode("utf-8", "replace"), len(before))

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The source line with a caret below the place; long lines are cut around it."""
        skip = max(0, self.column - 1 - _WIDTH * 2 // 3)
        shown = self.source_line[skip : skip + _WIDTH]
        # tabs stay tabs, everything else that takes a cell becomes a blank, so the caret lines up
        lead = "".join("\t" if c == "\t" else " " for c in shown[: self.column - 1 - skip])
        return f"    {printable(shown)}\n    {lead}^"


def printable(text: str) -> str:
    """``text`` with control characters made visible, so that no input can drive the terminal."""
    return "".join(c if c.isprintable() or c == "\t" else _visible(c) for c in text)


def _visible(char: str) -> str:
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\N{REPLACEMENT CHARACTER}"


def common_prefix(a: Sequence[object], b: Sequence[object]) -> int:
    """How many items both begin with."""
    count = 0
    for mine, yours in zip(a, b, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def size(number: int) -> str:
    """A number of bytes as people write it: 3.8 MB, 4.7 GB."""
    units = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((f"{number / unit:.1f} {name}" for unit, name in units if number >= unit), f"{number} bytes")
