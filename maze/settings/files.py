"""Settings files: found, read, and changed without losing what is in them."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from maze.errors import SettingsError
from maze.settings.schema import ALIASES, SETTINGS, Setting, Value, find
from maze.text import Place

Tables = dict[str, Any]
NewTable = Callable[[str], Tables]

_LARGEST = 64 << 10  # bytes; a settings file is a page
_LONGEST_KEY = 200
_DEEPEST = 8  # sections in sections that are looked into
_PATIENCE = 10.0  # seconds to wait for another writer


def user_path(environ: Mapping[str, str], cwd: Path) -> Path:
    """The user's settings file, whether or not it exists: ``MAZE_CONFIG``, else the platform's folder."""
    if override := environ.get("MAZE_CONFIG"):
        try:
            return cwd / Path(override).expanduser()
        except RuntimeError:
            raise SettingsError(f"MAZE_CONFIG = {override!r}: there is no such home directory") from None
    from platformdirs import user_config_path

    return user_config_path("maze", appauthor=False) / "config.toml"


def project_path(cwd: Path) -> Path | None:
    """The nearest ``maze.toml`` in ``cwd`` or above it, not looking above the home directory."""
    homes: set[Path] = set()
    with contextlib.suppress(RuntimeError):
        homes = {Path.home(), Path.home().resolve()}
    for folder in (cwd, *cwd.parents):
        candidate = folder / "maze.toml"
        with contextlib.suppress(OSError):
            if candidate.is_file():
                return candidate
        if folder in homes:
            break
    return None


def read(path: Path) -> dict[str, Any]:
    """The tables of a settings file, none when there is no such file. Raises ``SettingsError``."""
    text = _text(path)
    return parse(path, text) if text else {}


def parse(path: Path, text: str) -> dict[str, Any]:
    """``text`` of ``path`` as tables. Raises ``SettingsError`` with the place."""
    import tomllib

    hint = f"mend that line of {path}"
    try:
        # tomllib needs half a minute for a key of 30,000 parts
        if any(line.count(".") > _LONGEST_KEY for line in text.splitlines()):
            raise ValueError("a key of too many parts")
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        found = re.search(r"line (\d+), column (\d+)", where)
        lines = text.split("\n")
        line, column = (int(found[1]), int(found[2])) if found else (len(lines), len(lines[-1]) + 1)
        place = Place(str(path), line, column, lines[line - 1].rstrip("\r"))
        raise SettingsError(message[:1].lower() + message[1:], place=place, hint=hint) from None
    except (ValueError, RecursionError) as error:
        # an integer of 5,000 digits, a thousand nested arrays
        raise SettingsError(f"{path} is not a settings file: {error}", hint=f"mend {path}") from None


def leaves(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of everything in ``tables`` that is no table, or should be none."""
    deeper = prefix.count(".") < _DEEPEST
    for name, value in tables.items():
        key = prefix + name
        if deeper and isinstance(value, dict) and key not in SETTINGS and key not in ALIASES:
            yield from leaves(value, f"{key}.")
        else:
            yield key, value


def set_value(path: Path, key: str, value: object) -> None:
    """Set ``key`` to ``value`` in the settings file ``path``; everything else in it stays as it is.

    ``value`` is what TOML would hold; a relative folder is one of the working directory. Raises
    ``SettingsError``, with nothing written, when the key is unknown, the value is not what the setting
    expects, or the file cannot be read or written.
    """
    setting = find(key)
    try:
        checked = setting.check(value, Path.cwd())
    except ValueError:
        raise wrong(setting, value) from None

    def change(tables: Tables, table_of: NewTable) -> None:
        for alias in _aliases(setting.key):
            _delete(tables, alias)
        _assign(tables, setting.key, plain(checked), table_of)

    edit(path, change)


def unset_value(path: Path, key: str) -> bool:
    """Remove ``key`` from the file ``path``; False when it was not there. Raises ``SettingsError``."""
    setting = find(key)
    names = [setting.key, *_aliases(setting.key)]
    if not any(name in names for name, _ in leaves(read(path))):
        return False

    def change(tables: Tables, table_of: NewTable) -> None:
        for name in names:
            _delete(tables, name)

    edit(path, change)
    return True


def plain(value: Value) -> str | int | float | bool | list[str] | None:
    """``value`` as TOML and JSON hold it."""
    return [str(folder) for folder in value] if isinstance(value, tuple) else value


def wrong(setting: Setting, value: object, where: str = "", hint: str | None = None) -> SettingsError:
    """The error for a value that ``setting`` does not take; ``where`` is e.g. `` in FILE``."""
    message = f"{setting.key} = {'…' if setting.secret else shown(value)}{where}: expected {setting.expects}"
    return SettingsError(message, hint=hint or f"maze config set {setting.key} VALUE ({setting.help})")


def shown(value: object) -> str:
    """``value`` for a message: short, whatever a file holds."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return "a huge integer"
    return text if len(text) <= 60 else text[:60] + "…"


def write_new(path: Path, text: str) -> None:
    """Create the settings file ``path`` with ``text`` unless it is there. Raises ``SettingsError``."""
    with _locked(path) as target:
        if not target.exists():
            _replace(target, text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise SettingsError(
            f"cannot read {path}: {error.strerror}", hint="set MAZE_CONFIG=FILE to use another file"
        ) from None
    if len(data) > _LARGEST:
        raise SettingsError(f"{path} is larger than a settings file can be ({_LARGEST:,} bytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place.at_byte(str(path), data, error.start)
        raise SettingsError(f"byte {data[error.start]:#04x} is not UTF-8", place=place) from None


def _aliases(key: str) -> list[str]:
    return [alias for alias, canonical in ALIASES.items() if canonical == key]


def edit(path: Path, change: Callable[[Tables, NewTable], None]) -> None:
    """Apply ``change`` to the file, comments and layout kept.

    The change is made on the tables, which says what must come out, and on the text through tomlkit, where
    a new section gets a header of its own or, in a file written without headers, is written inline. Only a
    text that reads as those tables is written.
    """
    import tomlkit

    def header(section: str) -> Tables:
        return tomlkit.table(is_super_table=section == "engines")

    def inline(section: str) -> Tables:
        return tomlkit.inline_table()

    with _locked(path) as target:
        text = _text(target)
        expected = parse(target, text)
        change(expected, lambda section: {})
        for new_table in (header, inline):
            edited = _edited(text, change, new_table)
            with contextlib.suppress(SettingsError):
                if edited is not None and _same(parse(target, edited), expected):
                    if edited != text:
                        _replace(target, edited)
                    return
    raise SettingsError(f"cannot change {path} without disturbing the rest of it", hint="maze config edit")


def _same(one: object, other: object) -> bool:
    """Equality that tells ``1`` from ``true`` and holds for a NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _edited(text: str, change: Callable[[Tables, NewTable], None], new_table: NewTable) -> str | None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        change(document, new_table)
        return tomlkit.dumps(document)
    except TOMLKitError:
        return None


def _assign(tables: Tables, key: str, value: object, table_of: NewTable) -> None:
    *sections, name = key.split(".")
    at = ""
    for section in sections:
        at = f"{at}.{section}" if at else section
        if section not in tables:
            tables[section] = table_of(at)
        tables = tables[section]
        if not isinstance(tables, dict):
            raise SettingsError(
                f"{at} is a value here, it should be a section: [{at}]", hint="maze config edit"
            )
    tables[name] = value


def _delete(tables: Tables, key: str) -> None:
    *sections, name = key.split(".")
    for section in sections:
        inner = tables.get(section)
        if not isinstance(inner, dict):
            return
        tables = inner
    tables.pop(name, None)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[Path]:
    """The real file behind ``path``, writable and with no second writer."""
    import filelock

    hint = "set MAZE_CONFIG=FILE to use another file"
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            mode = target.stat().st_mode
            if not stat.S_ISREG(mode):
                raise SettingsError(f"{path} is not a regular file", hint=hint)
            # root may write anything and replacing needs only the folder, yet read-only means hands off
            if not mode & 0o222 or not os.access(target, os.W_OK):
                raise SettingsError(f"{path} is read-only", hint=f"chmod u+w {path}")
        with filelock.FileLock(target.with_name(f".{target.name}.lock"), timeout=_PATIENCE):
            yield target
    except filelock.Timeout:
        raise SettingsError(
            f"another process has been writing {path} for {_PATIENCE:g} s", hint="try again"
        ) from None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"cannot write {path}: {reason}", hint=hint) from None


def _replace(target: Path, text: str) -> None:
    """Make ``text`` the content of ``target`` at once: a reader, or a crash, sees the old or the new."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600
    # one name will do under the lock, and a killed writer leaves at most one such file
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
