"""The unit of indentation to write: asked for, as the prefix has it, as the project's .editorconfig says."""

from __future__ import annotations

import re
from pathlib import Path

from maze.errors import UsageError, unknown

UNITS = ("2", "4", "8", "tab", "any")


def unit_for(asked: str | None, prefix: str, path: Path) -> str | None:
    """The unit for a text that begins with ``prefix`` and goes to ``path``; None: the language's usual one.

    Raises ``UsageError`` when ``asked`` is no unit.
    """
    if asked is not None:
        if asked not in UNITS:
            message, hint = unknown("unit of indentation", asked, UNITS, more=f"--indent {' | '.join(UNITS)}")
            raise UsageError(message, hint=hint)
        return asked
    return _of_text(prefix) or _of_project(path)


def _of_text(text: str) -> str | None:
    """The unit of ``text``, by its first indented line below a line that opens a block."""
    found = re.search(r"^[^\s#][^\n]*[:{(\[][ \t]*\n(?:[ \t]*\n)*([ \t]+)\S", text, re.M)
    return found and _unit(found[1])


def _of_project(path: Path) -> str | None:
    """What the ``.editorconfig`` files above ``path`` say of it; a broken one says nothing."""
    from editorconfig import EditorConfigError, get_properties

    try:
        properties = get_properties(str(path.absolute()))
    except (EditorConfigError, OSError, ValueError):
        return None
    if properties.get("indent_style") == "tab":
        return "tab"
    size = properties.get("indent_size", "")
    return _unit(" " * int(size)) if size.isdigit() and 0 < int(size) <= 8 else None


def _unit(blanks: str) -> str:
    if blanks == "\t":
        return "tab"
    width = str(len(blanks))
    return width if width in UNITS and not blanks.strip(" ") else "any"
