"""The disk cache: bytes under a content hash, written atomically, never trusted to be there or whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import maze


def directory() -> Path:
    """Where cached things live: ``MAZE_CACHE_DIR``, else the platform's cache folder."""
    if override := os.environ.get("MAZE_CACHE_DIR"):
        return Path(override)
    from platformdirs import user_cache_path

    return user_cache_path("maze", appauthor=False)


def digest(*parts: bytes | str) -> str:
    """A hash over ``parts`` that no other split of the same bytes shares."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "little"))
        hasher.update(data)
    return hasher.hexdigest()


def cached(kind: str, key: str, build: Callable[[], bytes]) -> bytes:
    """The entry ``kind/key``, built and stored when it is not there.

    A cache that cannot be read or written only costs time: the value is built anew.
    """
    if (found := load(kind, key)) is not None:
        return found
    data = build()
    store(kind, key, data)
    return data


def load(kind: str, key: str) -> bytes | None:
    """The entry ``kind/key``, None when it is not there or damaged."""
    try:
        stored = _path(kind, key).read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    data = memoryview(stored)[size:]
    return bytes(data) if hashlib.sha256(data).digest() == stored[:size] else None


def store(kind: str, key: str, data: bytes) -> None:
    """Keep ``data`` as the entry ``kind/key``, if the disk lets us."""
    path = _path(kind, key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest())
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        pass


def touch(kind: str, key: str) -> None:
    """Note that the entry ``kind/key`` was of use."""
    with suppress(OSError):
        os.utime(_path(kind, key))


def bound(kind: str, size: int) -> None:
    """Remove what was of use longest ago until the entries of ``kind`` take at most ``size`` bytes."""
    with suppress(OSError):
        entries = [(path.stat(), path) for path in (directory() / kind).iterdir()]
        total = sum(stat.st_size for stat, _ in entries)
        for stat, path in sorted(entries, key=lambda entry: entry[0].st_mtime_ns):
            if total <= size:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _path(kind: str, key: str) -> Path:
    return directory() / kind / f"{key}-{maze.__version__}"
