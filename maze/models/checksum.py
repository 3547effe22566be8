"""Re-read a model's bytes and compare them with what its store promises."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from maze.errors import ModelError
from maze.models import NANO_PATH, NANO_SHA256, Model, pulled

_NAMED = re.compile(r"(?:sha256-)?(?P<hex>[0-9a-f]{64})")  # a blob of Hugging Face or of Ollama


@dataclass(frozen=True, slots=True)
class Checked:
    """A file of a model with its SHA-256; ``promised`` where the store says what that has to be."""

    path: Path
    sha256: str
    promised: bool


def verify(model: Model) -> list[Checked]:
    """Each file of ``model``, hashed. Raises ``ModelError`` when its header is unsound or a hash is wrong."""
    _ = model.header
    return [_checked(path) for path in pulled.parts(model.path)]


def sha256(path: Path) -> str:
    """The SHA-256 of a file. Raises ``ModelError``."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None


def _checked(path: Path) -> Checked:
    found, expected = sha256(path), _promise(path)
    if expected is not None and found != expected:
        raise ModelError(
            f"{path} is damaged: its SHA-256 is {found[:12]}…, not {expected[:12]}…",
            hint="remove it with the program that fetched it (maze models rm) and fetch it again",
        )
    return Checked(path, found, expected is not None)


def _promise(path: Path) -> str | None:
    """The SHA-256 that a file has to have: both stores name a file after it."""
    if path == NANO_PATH:
        return NANO_SHA256
    named = _NAMED.fullmatch(Path(os.path.realpath(path)).name)
    return named["hex"] if named else None
