"""Which files of the shared cache Maze put there: those, and no others, it may remove again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from maze.errors import ModelError
from maze.models import stores


def add(blob: Path) -> None:
    """Note that Maze fetched ``blob``."""
    from filelock import FileLock

    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        _write({*blobs(), os.path.realpath(blob)})


def blobs() -> set[str]:
    """The blobs that Maze fetched and that are still there."""
    try:
        noted = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {name for name in noted if isinstance(name, str) and Path(name).is_file()}


def parts(path: Path) -> list[Path]:
    """The file at ``path`` and, of a split model, the others."""
    part = stores.PART.fullmatch(path.stem)
    if part is None:
        return [path]
    count = int(part["count"])
    return [
        path.with_name(f"{part['stem']}-{number:05}-of-{count:05}{path.suffix}")
        for number in range(1, count + 1)
    ]


def check(path: Path) -> None:
    """Raises ``ModelError`` unless the whole model at ``path`` is Maze's to remove."""
    own = blobs()
    if not all(os.path.realpath(part) in own for part in parts(path)):
        raise ModelError(
            f"{path} was not fetched by Maze, so Maze does not remove it",
            hint="remove it with the program that fetched it",
        )


def remove(path: Path) -> int:
    """Remove the model at ``path`` from the cache; the number of bytes that are free then.

    Raises ``ModelError`` when anything of it is not Maze's or cannot be removed.
    """
    check(path)
    freed = 0
    try:
        for blob in [Path(os.path.realpath(part)) for part in parts(path)]:
            freed += blob.stat().st_size
            for link in _links(blob):
                link.unlink()
            blob.unlink()
    except OSError as error:
        raise ModelError(f"{error.filename or path} cannot be removed: {error.strerror}") from None
    _write(blobs())
    return freed


def _links(blob: Path) -> list[Path]:
    """Every name that a snapshot has for ``blob``: more than one when commits share a file."""
    return [
        link
        for link in blob.parents[1].glob("snapshots/*/**/*")
        if link.is_symlink() and link.resolve() == blob
    ]


def _write(names: set[str]) -> None:
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(
            json.dumps(sorted(name for name in names if Path(name).is_file())), encoding="utf-8"
        )
        temporary.replace(path)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be written: {error.strerror}", hint=f"ls -ld {path.parent}"
        ) from None


def _path() -> Path:
    from platformdirs import user_data_path

    return user_data_path("maze", appauthor=False) / "pulled.json"
