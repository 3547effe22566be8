"""The values that flow through the house: what is asked for, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from maze.errors import MazeError, UsageError


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a token is drawn. ``temperature`` 0 is greedy; off are ``min_p`` 0, ``top_p`` 1, ``top_k`` 0,
    ``repetition_penalty`` 1 and ``presence_penalty`` 0.
    """

    temperature: float = 0.2
    min_p: float = 0.05
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class ContextFile:
    """A file the model is shown with the task."""

    path: str
    text: str

    @classmethod
    def read(cls, path: Path) -> ContextFile:
        """The file ``path``. Raises ``UsageError`` when it cannot be read or is no UTF-8 text."""
        try:
            return cls(str(path), path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at offset {error.start}",
                hint=f"iconv -f latin1 -t utf-8 {path}",
            ) from None
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path.parent}"
            ) from None


@dataclass(frozen=True, slots=True)
class Target:
    """What the output must be: one of the first four is set, the others refine it.

    ``rule`` is the entry rule, ``version`` the language's, ``indent`` the unit of indentation to write.
    """

    language: str | None = None
    grammar: Path | None = None
    schema: Path | None = None
    regex: str | None = None
    rule: str | None = None
    version: str | None = None
    indent: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One job, complete: nothing after this point looks at the command line or the settings file."""

    prompt: str
    target: Target
    engine: str
    model: str
    prefix: str = ""
    suffix: str = ""
    context: tuple[ContextFile, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = 1024
    samples: int = 1
    constrained: bool = True


@dataclass(slots=True)
class Tokens:
    """Token counts of one generation. Of the ``prompt``, ``cached`` were not read again."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0
    forced: int = 0
    closing: int = 0
    refused: int = 0


@dataclass(slots=True)
class Timings:
    """Where the time went, in seconds; masks in microseconds.

    ``prefill`` runs beside ``tokenizer`` and ``compile``. ``load`` to ``prefill`` happen once for all
    samples, so that ``first_token`` and ``total`` include them in the first sample only.
    """

    load: float = 0.0
    tokenizer: float = 0.0
    compile: float = 0.0
    prefill: float = 0.0
    first_token: float = 0.0
    closing: float = 0.0
    verify: float = 0.0
    total: float = 0.0
    mask_p50: float = 0.0
    mask_p99: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One proof that the text is what was asked for: ``what`` was shown, ``by`` which tool."""

    what: str
    by: str


@dataclass(slots=True)
class Generation:
    """What came of a request. ``error`` is None exactly when ``code`` is complete and verified.

    When ``finish`` is ``closed``, ``ended`` says why, ``added`` and ``dropped`` what Maze wrote without the
    model and what it took back.
    """

    code: str
    finish: str
    language: str | None
    engine: str
    model: str
    seed: int
    grammar: dict[str, str | None]
    tokens: Tokens
    timings: Timings
    verified: list[Verdict] = field(default_factory=list)
    attempts: int = 1
    ended: str = ""
    added: str = ""
    dropped: str = ""
    prefix: str = ""
    suffix: str = ""
    error: MazeError | None = None

    @property
    def new(self) -> str:
        """The code without the prefix and the suffix that were given."""
        return self.code[len(self.prefix) : len(self.code) - len(self.suffix)]

    def as_json(self) -> dict[str, Any]:
        """The documented, versioned form of ``--json``: times in seconds, masks in microseconds."""
        timings = {name: round(value, 6) for name, value in asdict(self.timings).items()}
        return {
            "version": JSON_VERSION,
            "code": self.code,
            "new": self.new,
            "language": self.language,
            "engine": self.engine,
            "model": self.model,
            "finish": self.finish,
            "closed": self._closed(),
            "tokens": asdict(self.tokens),
            "timings": timings,
            "grammar": self.grammar,
            "verified": [asdict(verdict) for verdict in self.verified],
            "seed": self.seed,
            "attempts": self.attempts,
            "error": error_as_json(self.error),
        }

    def _closed(self) -> dict[str, str] | None:
        if self.finish != "closed":
            return None
        return {"reason": self.ended, "added": self.added, "dropped": self.dropped}


JSON_VERSION = 1


def error_as_json(error: MazeError | None) -> dict[str, Any] | None:
    """An error with its exit code, place and hint."""
    if error is None:
        return None
    place = error.place and {"path": error.place.path, "line": error.place.line, "column": error.place.column}
    return {
        "exit_code": int(error.exit_code),
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "place": place,
    }
