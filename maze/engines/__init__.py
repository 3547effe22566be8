"""Engines: what turns a request under a constraint into text.

Adding one is adding a module with a class that satisfies ``Engine`` and a line in ``_ENGINES``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from maze.errors import UsageError, unknown
from maze.request import Request, Timings, Tokens

if TYPE_CHECKING:
    from maze.grammar import Constraint
    from maze.prompt import Prompt
    from maze.settings import Settings


@dataclass(slots=True)
class Draft:
    """What an engine wrote for one sample, before anything is proven about it.

    ``text`` includes the prefix. ``complete`` says that the grammar may end here; without a
    constraint, that the model ended by itself. ``budget`` is the number of tokens there was room for.
    ``needed`` is set when not even the shortest complete text fits: the number of tokens it has.
    When ``finish`` is ``closed``, ``ended`` says why, ``added`` and ``dropped`` what was written without the
    model and what was taken back. ``model`` is the one that wrote it, where only the engine knows.
    """

    text: str
    finish: Literal["stop", "length", "closed"]
    complete: bool
    seed: int
    budget: int
    tokens: Tokens = field(default_factory=Tokens)
    timings: Timings = field(default_factory=Timings)
    ended: str = ""
    added: str = ""
    dropped: str = ""
    needed: int | None = None
    model: str = ""


class Listener(Protocol):
    """Whoever watches a run. ``progress`` may be called from another thread."""

    def stage(self, what: str) -> None:
        """A part of the work begins, e.g. ``loading nano``."""

    def progress(self, done: int, total: int) -> None:
        """``done`` of ``total`` prompt tokens are read."""

    def text(self, piece: str) -> None:
        """More of the current sample, as it is decoded."""

    def drop(self, count: int) -> None:
        """The last ``count`` characters of the current sample are taken back."""

    def note(self, line: str) -> None:
        """Something the user should know."""

    def detail(self, line: str) -> None:
        """Something the curious may want to know."""


class Engine(Protocol):
    """Runs requests. Use as a context manager: leaving it frees models and connections."""

    name: str

    def generate(
        self, request: Request, prompt: Prompt, constraint: Constraint | None, listener: Listener
    ) -> Iterator[Draft]:
        """One draft per sample. Raises ``ModelError``, ``EngineError`` or ``GrammarError``."""

    def __enter__(self) -> Engine: ...

    def __exit__(self, *exception: object) -> None: ...


_LOCAL = {"llamacpp": "maze.engines.llamacpp:LlamaCpp"}
_REMOTE = {
    "vllm": "maze.engines.remote:vllm",
    "modal": "maze.engines.remote:modal",
    "sglang": "maze.engines.remote:sglang",
    "llama-server": "maze.engines.remote:llama_server",
    "openai": "maze.engines.remote:openai",
}
_ENGINES = _LOCAL | _REMOTE


def names() -> tuple[str, ...]:
    """The engines there are."""
    return tuple(_ENGINES)


def is_remote(name: str) -> bool:
    """Whether the engine ``name`` asks a server, which has models of its own."""
    return name in _REMOTE


def check_name(name: str) -> None:
    """Raise ``UsageError`` when there is no engine ``name``."""
    if name not in _ENGINES:
        message, hint = unknown("engine", name, _ENGINES, more="engines: " + ", ".join(_ENGINES))
        raise UsageError(message, hint=hint)


def create(name: str, settings: Settings) -> Engine:
    """The engine ``name``, set up from ``settings``; nothing is loaded yet."""
    from importlib import import_module

    check_name(name)
    module, _, make = _ENGINES[name].partition(":")
    engine: Engine = getattr(import_module(module), make)(settings)
    return engine
