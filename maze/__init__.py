"""Maze makes language models write code that parses, whatever the model, whatever the token budget.

    >>> import maze
    >>> generation = maze.generate("a function that adds two numbers", lang="python")
    >>> print(generation.code)
    >>> maze.check(generation.code, lang="python").valid
    True

This module is the whole public API; everything else may change.
"""

from maze.errors import (
    CheckError,
    EngineError,
    ExitCode,
    GrammarError,
    IncompleteError,
    MazeError,
    ModelError,
    NotEnforcedError,
    SettingsError,
    UsageError,
)
from maze.request import Generation

__version__ = "0.1.0"

__all__ = [
    "CheckError",
    "EngineError",
    "ExitCode",
    "Generation",
    "GrammarError",
    "IncompleteError",
    "MazeError",
    "ModelError",
    "NotEnforcedError",
    "SettingsError",
    "UsageError",
    "__version__",
    "check",
    "generate",
]


def __getattr__(name: str) -> object:
    # these two bring numpy, llguidance and more: `maze --help` must not wait for them
    if name == "check":
        from maze.verify import check

        return check
    if name == "generate":
        from maze.api import generate

        return generate
    raise AttributeError(f"module 'maze' has no attribute {name!r}")
