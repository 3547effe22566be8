"""What came of judging a text: proofs, or the place where it went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from maze.errors import CheckError
from maze.request import Verdict
from maze.text import Place

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a text is not what it should be; ``expected`` says what could stand at ``place``, best first."""

    message: str
    place: Place | None = None
    expected: tuple[str, ...] = ()
    note: str | None = None

    def __str__(self) -> str:
        return f"{self.message}; expected {listed(self.expected)}" if self.expected else self.message


@dataclass(frozen=True, slots=True)
class Report:
    """The judgement of one text: ``failure`` is None exactly when every judge took it."""

    path: str
    verified: tuple[Verdict, ...] = ()
    failure: Failure | None = None

    @property
    def valid(self) -> bool:
        return self.failure is None

    def error(self) -> CheckError | None:
        """The failure as an exception, None when there is none."""
        if self.failure is None:
            return None
        message = str(self.failure) if self.failure.place else f"{self.path}: {self.failure}"
        return CheckError(message, hint=self.failure.note, place=self.failure.place)


def listed(choices: tuple[str, ...]) -> str:
    """``a, b or c``, at most eight."""
    shown = list(choices[:_SHOWN])
    if len(choices) > _SHOWN:
        shown.append(f"{len(choices) - _SHOWN} more")
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
