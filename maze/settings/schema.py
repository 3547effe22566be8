"""Every setting there is: its key, type, default, range and meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from maze.errors import SettingsError, did_you_mean, unknown

Value = str | int | float | bool | tuple[Path, ...] | None
Layer = Literal["default", "user", "project", "environment", "flag"]

ALIASES = {"generation.provider": "generation.engine"}

_INT32 = 2**31 - 1
_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, and what a value of it must be.

    ``low`` and ``high`` are inclusive unless ``above``, which excludes ``low``. ``project`` says what a
    ``maze.toml`` may do with it: a file that came with somebody's repository sets neither where secrets
    are sent nor which files native code opens.
    """

    key: str
    kind: str  # the annotation without "| None"
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: Callable[[], Sequence[str]] | None = None
    pattern: str | None = None
    form: str = "a non-empty text"
    secret: bool = False  # a wrong value may be one, so messages do not repeat it
    project: Literal["any", "name", "never"] = "any"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "MAZE_" + self.key.upper().replace(".", "_")

    @property
    def expects(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices())
        if self.kind in ("int", "float"):
            noun = "an integer" if self.kind == "int" else "a number"
            span = f"above {self.low:g} and at most" if self.above else f"from {self.low:g} to"
            return f"{noun} {span} {self.high:.15g}"
        return {"bool": "true or false", "tuple[Path, ...]": "a list of folders"}.get(self.kind, self.form)

    def parse(self, text: str) -> object:
        """``text`` of a command line or variable as TOML would hold it. Raises ``ValueError``."""
        match self.kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                if (word := text.strip().lower()) not in _BOOLEANS:
                    raise ValueError
                return _BOOLEANS[word]
            case "tuple[Path, ...]" if text.lstrip().startswith("["):
                return _toml_array(text)
            case "tuple[Path, ...]":
                return [part for part in text.split(os.pathsep) if part]
        return text

    def check(self, raw: object, base: Path) -> Value:
        """``raw``, as TOML holds it, as a value of this setting; folders are relative to ``base``.

        Raises ``ValueError`` when it is not what the setting expects.
        """
        match self.kind, raw:
            case "bool", bool():
                return raw
            case "int", int() if not isinstance(raw, bool) and self._in_range(raw):
                return raw
            case "float", int() | float() if not isinstance(raw, bool) and self._in_range(raw):
                return float(raw)
            case "str", str() if self._fits(raw):
                return raw
            case "tuple[Path, ...]", list() if all(isinstance(part, str) and _is_text(part) for part in raw):
                return tuple(base / _expanded(part) for part in raw)
        raise ValueError

    def _in_range(self, number: float) -> bool:
        assert self.low is not None and self.high is not None
        return self.low <= number <= self.high and not (self.above and number == self.low)

    def _fits(self, text: str) -> bool:
        if self.choices and text not in self.choices():
            return False
        return _is_text(text) and (self.pattern is None or re.fullmatch(self.pattern, text) is not None)


def _toml_array(text: str) -> object:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except RecursionError:  # "[[[[…"
        raise ValueError from None


def _expanded(folder: str) -> Path:
    try:
        return Path(folder).expanduser()
    except RuntimeError:  # "~nobody/…"
        raise ValueError from None


def _is_text(text: str) -> bool:
    """Whether a file can hold ``text`` and the system's calls accept it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return bool(text) and "\0" not in text


def _setting(default: Value, help: str, **limits: object) -> Any:
    return field(default=default, metadata={"help": help, **limits})


def _engines() -> Sequence[str]:
    from maze import engines

    return engines.names()


@dataclass(frozen=True, slots=True)
class Generation:
    """What is generated, and how tokens are drawn."""

    engine: str = _setting("llamacpp", "what runs the model", choices=_engines)
    model: str | None = _setting(
        None, "a model's name or GGUF file; unset: the best one here, else nano", project="name"
    )
    language: str | None = _setting(None, "the language when --lang is not given")
    max_tokens: int = _setting(1024, "the most tokens one sample may take", low=1, high=_INT32)
    temperature: float = _setting(0.2, "0 always takes the likeliest token", low=0, high=2)
    top_p: float = _setting(
        1.0, "draw from the likeliest tokens of this total probability; 1: off", low=0, above=True, high=1
    )
    top_k: int = _setting(0, "draw from this many of the likeliest tokens; 0: off", low=0, high=_INT32)
    min_p: float = _setting(0.05, "drop tokens below this share of the likeliest one; 0: off", low=0, high=1)
    repetition_penalty: float = _setting(
        1.0, "make tokens that were written already less likely; 1: off", low=0, above=True, high=2
    )
    presence_penalty: float = _setting(
        0.0, "take this from the logits of tokens that were written already; 0: off", low=-2, high=2
    )
    seed: int | None = _setting(None, "makes runs repeatable; unset: random", low=0, high=_INT32)


@dataclass(frozen=True, slots=True)
class LlamaCpp:
    """How llama.cpp loads and runs a model in this process."""

    n_ctx: int = _setting(0, "context in tokens; 0: as much as the model and 8192 allow", low=0, high=_INT32)
    n_threads: int = _setting(0, "threads; 0: chosen for this machine", low=0, high=4096)
    n_gpu_layers: int = _setting(-1, "layers on the GPU; -1: all that it takes", low=-1, high=_INT32)
    n_batch: int = _setting(512, "prompt tokens read at once", low=1, high=_INT32)
    use_mmap: bool = _setting(True, "map the model's file instead of reading it")
    use_mlock: bool = _setting(False, "keep the model from being swapped out")
    flash_attn: str = _setting("auto", "flash attention", choices=lambda: ("auto", "on", "off"))


@dataclass(frozen=True, slots=True)
class Vllm:
    """Where a vLLM server listens."""

    base_url: str = _setting(
        "http://127.0.0.1:8000",
        "the server's address",
        # no user:password@, which every listing would show
        pattern=r"https?://[^\s/?#@\\]+(/[^\s?#]*)?",
        form="an http:// or https:// address without credentials",
        secret=True,
        project="never",
    )
    api_key_env: str = _setting(
        "VLLM_API_KEY",
        "the environment variable that holds the server's API key",
        pattern=r"[A-Za-z_][A-Za-z0-9_]*",
        form="the name of an environment variable, not the key itself",
        secret=True,
        project="never",
    )
    timeout: float = _setting(60.0, "seconds without a byte before giving up", low=0, above=True, high=86400)


@dataclass(frozen=True, slots=True)
class Engines:
    """One section per engine."""

    llamacpp: LlamaCpp = field(default_factory=LlamaCpp)
    vllm: Vllm = field(default_factory=Vllm)


@dataclass(frozen=True, slots=True)
class Models:
    """Where models are."""

    dirs: tuple[Path, ...] = _setting((), "more folders to look for GGUF files in", project="never")


@dataclass(frozen=True, slots=True)
class Cache:
    """What is kept on disk to save time."""

    prompts: int = _setting(
        1024, "megabytes of prompts that models have read; 0: none", low=0, high=_INT32, project="never"
    )


class Origin(NamedTuple):
    """The layer a value comes from, and the file, variable or flag there."""

    layer: Layer = "default"
    source: str = ""

    def __str__(self) -> str:
        return self.source or self.layer


class Unknown(NamedTuple):
    """A key or variable that looks like a setting and is none."""

    name: str
    source: str

    def __str__(self) -> str:
        if self.name != self.source:
            near = did_you_mean(self.name, SETTINGS)
            return f"unknown setting {self.name!r} in {self.source}" + (f": {near}" if near else "")
        from difflib import get_close_matches

        known = get_close_matches(self.name, [setting.variable for setting in SETTINGS.values()], n=1)
        return f"unknown setting {self.name}" + (f": did you mean {known[0]}?" if known else "")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their values. Without arguments: the defaults."""

    generation: Generation = field(default_factory=Generation)
    engines: Engines = field(default_factory=Engines)
    models: Models = field(default_factory=Models)
    cache: Cache = field(default_factory=Cache)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()

    def get(self, key: str) -> Value:
        """The value of ``key``, e.g. ``"generation.max_tokens"``. Raises ``SettingsError``."""
        return cast("Value", reduce(getattr, find(key).key.split("."), self))

    def origin(self, key: str) -> Origin:
        """Where the value of ``key`` comes from. Raises ``SettingsError``."""
        return self.origins.get(find(key).key, Origin())


def fill(values: Mapping[str, Value], origins: Mapping[str, Origin], unknown: Sequence[Unknown]) -> Settings:
    """Settings with ``values`` by key, the rest at their defaults."""
    sections: dict[str, Any] = {name: _fill(part, f"{name}.", values) for name, part in _sections(Settings)}
    return Settings(**sections, origins=origins, unknown=tuple(unknown))


def _fill(section: type, prefix: str, values: Mapping[str, Value]) -> object:
    given = {f.name: values[prefix + f.name] for f in fields(section) if prefix + f.name in values}
    inner = {name: _fill(part, f"{prefix}{name}.", values) for name, part in _sections(section)}
    return section(**given, **inner)


def _sections(section: type) -> Iterator[tuple[str, type]]:
    for part in fields(section):
        if part.default_factory is not MISSING and is_dataclass(part.default_factory):
            yield part.name, part.default_factory


def _walk(section: type, prefix: str = "") -> Iterator[Setting]:
    for part in fields(section):
        if part.metadata:
            kind = str(part.type).removesuffix(" | None")
            default: Any = part.default
            yield Setting(prefix + part.name, kind, default, **part.metadata)
    for name, inner in _sections(section):
        yield from _walk(inner, f"{prefix}{name}.")


SETTINGS: Mapping[str, Setting] = {setting.key: setting for setting in _walk(Settings)}
"""Every setting by its dotted key."""


def find(key: str) -> Setting:
    """The setting ``key`` or an alias of it. Raises ``SettingsError`` for any other name."""
    canonical = ALIASES.get(key, key)
    if canonical not in SETTINGS:
        message, hint = unknown("setting", key, SETTINGS, more="maze config list")
        raise SettingsError(message, hint=hint)
    return SETTINGS[canonical]


def section_help() -> Iterator[tuple[str, str]]:
    """Name and meaning of each section that holds settings, in order."""

    def walk(section: type, prefix: str) -> Iterator[tuple[str, str]]:
        for name, inner in _sections(section):
            if any(part.metadata for part in fields(inner)):
                yield prefix + name, (inner.__doc__ or "").strip()
            yield from walk(inner, f"{prefix}{name}.")

    return walk(Settings, "")
