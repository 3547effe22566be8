"""API keys, in a file of their own that only its owner reads: no listing or message shows them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from maze.errors import SettingsError
from maze.settings import files
from maze.settings.schema import SETTINGS

_NAME = "api_key"


def section_of(key: str) -> str | None:
    """The section, e.g. ``vllm``, whose API key ``key`` means: ``engines.vllm.api_key``."""
    head, _, name = key.rpartition(".")
    return head.removeprefix("engines.") if name == _NAME and f"{head}.api_key_env" in SETTINGS else None


def path(environ: Mapping[str, str], cwd: Path) -> Path:
    """The file of the keys, beside the user's settings file."""
    return files.user_path(environ, cwd).with_name("api-keys.toml")


def api_key(section: str) -> str | None:
    """The key that was stored for ``section``. Raises ``SettingsError`` when others can read the file."""
    file = path(os.environ, Path.cwd())
    try:
        mode = file.stat().st_mode
    except OSError:
        return None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{file} holds API keys and others can read it", hint=f"chmod 600 {file}")
    with _unquoted(file):
        key = files.read(file).get(section)
    return key if isinstance(key, str) and key else None


def store(environ: Mapping[str, str], cwd: Path, section: str, key: str | None) -> Path:
    """Keep ``key`` for ``section``, or remove it; returns the file. Raises ``SettingsError``."""
    if key is not None and not (key.isascii() and key.isprintable() and key.strip() == key and key):
        raise SettingsError(
            f"engines.{section}.{_NAME}: this is no API key, which is printable ASCII", hint="enter it again"
        )
    file = path(environ, cwd)
    with _unquoted(file):
        files.edit(file, lambda tables, _: _set(tables, section, key))
        file.chmod(0o600)
    return file


@contextmanager
def _unquoted(file: Path) -> Iterator[None]:
    """Errors about the file that do not quote the line."""
    try:
        yield
    except SettingsError as error:
        if error.place is None:
            raise
        raise SettingsError(f"{file} is no TOML: {error.message}", hint=f"rm {file}") from None


def _set(tables: files.Tables, section: str, key: str | None) -> None:
    tables.pop(section, None)
    if key is not None:
        tables[section] = key
