"""Everything that can go wrong, and the exit code it ends with.

    MazeError
    ├── UsageError              2   the command line or an argument makes no sense
    ├── SettingsError           3   a settings file, key or value
    ├── ModelError              4   a model that is missing, unreadable or corrupt
    ├── EngineError             5   an engine that is unreachable, refused, timed out or died
    ├── GrammarError            6   a grammar, schema, regex or prefix that is invalid or too complex
    ├── IncompleteError         7   no complete program fits the token budget
    ├── CheckError              8   the text does not parse, compile or pass its tests
    └── NotEnforcedError        9   the remote server did not enforce the grammar

Every error says what is wrong, where (``place``) and what to do next (``hint``). Anything else
that escapes is a bug in Maze: exit code 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar

from maze.text import Place


class ExitCode(IntEnum):
    """The exit codes of the ``maze`` command."""

    OK = 0  # complete and verified
    BUG = 1  # a bug in Maze
    USAGE = 2  # usage
    SETTINGS = 3  # settings
    MODEL = 4  # model not found, unreadable, corrupt
    ENGINE = 5  # engine: unreachable, refused, timed out, died
    GRAMMAR = 6  # grammar, schema or regex invalid or too complex
    INCOMPLETE = 7  # no complete program fits the budget
    CHECK = 8  # check failed: does not parse, compile or pass the tests
    NOT_ENFORCED = 9  # the remote server did not enforce the grammar
    INTERRUPTED = 130  # interrupted
    CLOSED_PIPE = 141  # the reader of standard output went away


class MazeError(Exception):
    """Base of all errors that are not bugs.

    ``hint`` is the next command or change to try; ``place`` the spot in a text the message is about;
    ``text`` what had been written by then, so that it is not lost.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place
        self.text: str | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class UsageError(MazeError):
    """The command line or an argument makes no sense."""

    exit_code = ExitCode.USAGE


class SettingsError(MazeError):
    """A settings file, key or value is wrong."""

    exit_code = ExitCode.SETTINGS


class ModelError(MazeError):
    """A model is missing, unreadable or corrupt."""

    exit_code = ExitCode.MODEL


class EngineError(MazeError):
    """An engine is unreachable, refused, timed out or died.

    ``status`` is the HTTP status of a server that does not do, or fails at, what it was asked for.
    """

    exit_code = ExitCode.ENGINE
    status: int | None = None


class GrammarError(MazeError):
    """A grammar, schema, regex or prefix is invalid or too complex."""

    exit_code = ExitCode.GRAMMAR


class IncompleteError(MazeError):
    """No complete program fits the token budget."""

    exit_code = ExitCode.INCOMPLETE


class CheckError(MazeError):
    """The text does not parse, compile or pass its tests."""

    exit_code = ExitCode.CHECK


class NotEnforcedError(MazeError):
    """The remote server did not enforce the grammar."""

    exit_code = ExitCode.NOT_ENFORCED


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """``did you mean 'python'?`` for a near miss, else None."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.55)
    return f"did you mean {near[0]!r}?" if near else None


def unknown(kind: str, word: str, known: Iterable[str], *, more: str) -> tuple[str, str]:
    """Message and hint for a name nobody knows: ``unknown language 'pyton'``, ``did you mean …``.

    ``more`` is the command or list to look at when nothing is near.
    """
    near = did_you_mean(word, known)
    return f"unknown {kind} {word!r}", f"{near} ({more})" if near else more
