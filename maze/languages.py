"""The languages Maze ships grammars for: what ``grammars/<name>.toml`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from maze.errors import UsageError, unknown


@dataclass(frozen=True, slots=True)
class Checker:
    """A tool that judges a file.

    Of ``command`` an argument ``{file}`` is the file, which is on standard input too, and ``{version}`` the
    language's version. ``level`` is ``syntax`` or ``compile``; a ``slow`` one takes a while to start.
    """

    level: str
    command: tuple[str, ...]
    slow: bool = False

    @property
    def needs(self) -> str:
        """The program that must be on the path."""
        return self.command[0]

    @property
    def name(self) -> str:
        """What people call it: the first word that is neither ``env`` nor a variable."""
        return next(word for word in self.command if word != "env" and "=" not in word)


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its names, its files and how its programs are entered, checked and closed."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    entries: tuple[str, ...] = ("file",)  # rules a text may begin with; the first is the default
    versions: tuple[str, ...] = ()  # oldest first; empty if the language has no versions that matter
    line_comment: str | None = None
    indent: str | None = None  # the usual unit, if indentation matters: "4", "2", "tab"
    fillers: tuple[str, ...] = ()  # the text to prefer where something must stand: "pass", "null"
    checkers: tuple[Checker, ...] = field(default=())

    @property
    def grammar(self) -> Path:
        """The grammar's source file."""
        return grammars_dir() / f"{self.name}.lark"


@cache
def grammars_dir() -> Path:
    """Where the grammars are: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "_grammars"
    return packed if packed.is_dir() else package.parent / "grammars"


@cache
def names() -> tuple[str, ...]:
    """The names of all languages, sorted."""
    return tuple(sorted(path.stem for path in grammars_dir().glob("*.toml")))


def get(name: str) -> Language:
    """The language of that name or alias. Raises ``UsageError`` for one nobody knows."""
    known = _by_name()
    try:
        return known[name.lower()]
    except KeyError:
        message, hint = unknown("language", name, known, more="maze grammars list")
        raise UsageError(message, hint=hint) from None


def by_suffix(path: Path | str) -> Language | None:
    """The language of a file by its name, or None."""
    suffix = Path(path).suffix.lower()
    return next((language for language in _by_name().values() if suffix in language.suffixes), None)


@cache
def _by_name() -> dict[str, Language]:
    languages = [_read(grammars_dir() / f"{name}.toml") for name in names()]
    return {key: language for language in languages for key in (language.name, *language.aliases)}


def _read(path: Path) -> Language:
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    checkers = tuple(
        Checker(item["level"], tuple(item["command"]), item.get("slow", False))
        for item in data.pop("checkers", [])
    )
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
    }
    return Language(name=path.stem, checkers=checkers, **values)
