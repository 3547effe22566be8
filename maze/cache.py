"""The disk cache: bytes under a content hash, written atomically, never trusted to be there or whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
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
    path = directory() / kind / f"{key}-{maze.__version__}"
    if (found := _read(path)) is not None:
        return found
    data = build()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        pass
    return data


def _read(path: Path) -> bytes | None:
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    data = stored[size:]
    return data if hashlib.sha256(data).digest() == stored[:size] else None
