"""The layers of settings: flags, environment, project file, user file, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from maze.errors import SettingsError, UsageError, did_you_mean
from maze.settings import files
from maze.settings.schema import (
    ALIASES,
    SETTINGS,
    Layer,
    Origin,
    Setting,
    Settings,
    Unknown,
    Value,
    fill,
    find,
)

_NO_SETTINGS = ("MAZE_CACHE_DIR",)  # say where things are, not how they are done


def load(environ: Mapping[str, str], cwd: Path, overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings in force: ``overrides`` by key (None: not given) beat ``environ``, which beats the files.

    A project's ``maze.toml`` comes with a repository, so it may set neither ``engines.vllm.base_url`` and
    ``api_key_env`` (which would send the user's key elsewhere) nor ``models.dirs``, and ``generation.model``
    only to a name (native code opens the file). Raises ``SettingsError`` for files and variables,
    ``UsageError`` for ``overrides``.
    """
    result = _Layers()
    user, project = files.user_path(environ, cwd), files.project_path(cwd)
    result.add_file("user", user)
    if project and not (user.exists() and project.samefile(user)):
        result.add_file("project", project)
    result.add_environment(environ, cwd)
    result.add_overrides(overrides or {}, cwd)
    return fill(result.values, result.origins, result.unknown)


def check_file(path: Path) -> list[Unknown]:
    """The unknown keys of the user's settings file ``path``. Raises ``SettingsError`` for a wrong value."""
    result = _Layers()
    result.add_file("user", path)
    return result.unknown


class _Layers:
    """Values gathered from the lowest layer to the highest."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.origins: dict[str, Origin] = {}
        self.unknown: list[Unknown] = []

    def add_file(self, layer: Layer, path: Path) -> None:
        found = dict(files.leaves(files.read(path)))
        # where a file has both names of a setting, the alias gives way
        for key in sorted(found, key=lambda key: key not in ALIASES):
            setting = SETTINGS.get(ALIASES.get(key, key))
            if setting is None:
                self._unknown_key(key, found[key], path)
                continue
            hint = _mending(layer, path, setting)
            try:
                value = setting.check(found[key], path.parent)
            except ValueError:
                raise files.wrong(
                    setting, found[key], f" in {path}", _near(setting, found[key]) or hint
                ) from None
            if layer == "project":
                _allow(setting, value, path)
            self._put(setting, value, Origin(layer, str(path)))

    def add_environment(self, environ: Mapping[str, str], cwd: Path) -> None:
        names = {setting.variable: setting for setting in SETTINGS.values()}
        aliases = {"MAZE_" + alias.upper().replace(".", "_"): SETTINGS[key] for alias, key in ALIASES.items()}
        for name, setting in (*aliases.items(), *names.items()):
            if text := environ.get(name):
                try:
                    value = setting.check(setting.parse(text), cwd)
                except ValueError:
                    hint = _near(setting, text) or f"unset {name}"
                    raise files.wrong(setting, text, f" in {name}", hint) from None
                self._put(setting, value, Origin("environment", name))
        sections = tuple({name[: name.index("_", 5) + 1] for name in names})
        for name in environ:
            known = name in names or name in aliases or name in _NO_SETTINGS
            if name.startswith(sections) and not known:
                self.unknown.append(Unknown(name, name))

    def add_overrides(self, overrides: Mapping[str, object], cwd: Path) -> None:
        for key, raw in overrides.items():
            if raw is None:
                continue
            setting = find(key)
            flag = "--" + setting.key.rpartition(".")[2].replace("_", "-")
            try:
                value = setting.check(raw, cwd)
            except ValueError:
                error = files.wrong(setting, raw, f" from {flag}", _near(setting, raw))
                raise UsageError(error.message, hint=_near(setting, raw) or setting.help) from None
            self._put(setting, value, Origin("flag", flag))

    def _put(self, setting: Setting, value: Value, origin: Origin) -> None:
        self.values[setting.key] = value
        self.origins[setting.key] = origin

    def _unknown_key(self, key: str, value: object, path: Path) -> None:
        if any(known.startswith(f"{key}.") for known in SETTINGS):
            raise SettingsError(
                f"{key} = {files.shown(value)} in {path}: expected a section",
                hint=f"write [{key}] above its settings",
            )
        self.unknown.append(Unknown(key, str(path)))


def _allow(setting: Setting, value: Value, path: Path) -> None:
    """Refuse what a file that came with a repository must not decide."""
    if setting.project == "never":
        raise SettingsError(
            f"{setting.key} in {path}: a project's maze.toml may not set it, only your own settings may",
            hint=f"remove it there; maze config set {setting.key} VALUE",
        )
    if setting.project == "name" and isinstance(value, str):
        from maze import models

        if not models.is_path(value):
            return
        raise SettingsError(
            f"{setting.key} = {value!r} in {path}: a project's maze.toml may name a model, not a file",
            hint=f"remove it there; maze config set {setting.key} FILE",
        )


def _near(setting: Setting, value: object) -> str | None:
    return did_you_mean(value, setting.choices()) if setting.choices and isinstance(value, str) else None


def _mending(layer: Layer, path: Path, setting: Setting) -> str:
    return f"maze config set {setting.key} VALUE" if layer == "user" else f"mend {path}"
