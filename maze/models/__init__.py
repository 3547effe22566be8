"""Models: what a name stands for, and which there are.

A model is ``nano`` (shipped with Maze), the path of a GGUF file, or the name of a GGUF file in one of the
folders of ``models.dirs``::

    model = resolve("nano", settings)
    model.path, model.header.context_length
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from maze import cache
from maze.errors import ModelError, unknown
from maze.models import gguf

if TYPE_CHECKING:
    from maze.settings import Settings

NANO = "nano"
NANO_PATH = Path(__file__).with_name("nano.gguf")
NANO_SHA256 = "8d59c191ce2a7b24e786d124980045be78afcbd94ecf3cb9a88db1ae7daeba1d"
NANO_NOTICE = (
    "nano is a demo model that knows some kinds of small functions. For real work download a coding model "
    "as a GGUF file and run: maze models use FILE.gguf"
)

_DEPTH = 4  # folders below one of models.dirs; model stores nest user/repository/file
_PART = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})")


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine: ``name`` resolves to it, ``source`` says how."""

    name: str
    path: Path
    source: Literal["embedded", "file", "dir"]

    @property
    def header(self) -> gguf.Header:
        """What its file says; of a split model, what its parts hold in all.

        Raises ``ModelError`` unless it is whole, sound and a language model.
        """
        return _header(self.path, _signature(self.path))

    @property
    def signature(self) -> tuple[object, ...]:
        """What changes when the file does."""
        return str(self.path), *_signature(self.path)

    def header_bytes(self) -> bytes:
        """The file up to its weights: what the tokenizer depends on. Raises ``ModelError``."""
        length = self.header.length
        try:
            with self.path.open("rb") as file:
                return file.read(length)
        except OSError as error:
            raise ModelError(f"{self.path} cannot be read: {error.strerror}") from None


def default(settings: Settings) -> str:
    """The name of the model that is used when none is asked for."""
    return settings.generation.model or NANO


def is_path(name: str) -> bool:
    """Whether ``name`` means a file, wherever it is: a bare name never does."""
    return bool(re.search(r"[/\\]", name)) or name.startswith("~") or name.lower().endswith(".gguf")


def resolve(name: str, settings: Settings) -> Model:
    """The model that ``name`` stands for, with a header that was checked.

    Raises ``ModelError`` when there is none or more than one, and when its file cannot be used.
    """
    model = locate(name, settings)
    _ = model.header
    return model


def available(settings: Settings) -> list[Model]:
    """Every model that a name leads to: ``nano``, then those of ``models.dirs``.

    Files of the same name are called by their paths. The files are not opened.
    """
    found = _found(settings)
    names = Counter([NANO, *(_name(path).casefold() for path in found)])
    models = [
        Model(_name(path) if names[_name(path).casefold()] == 1 else str(path), path, "dir") for path in found
    ]
    return [Model(NANO, NANO_PATH, "embedded"), *sorted(models, key=lambda model: model.name.casefold())]


def verify_nano() -> str:
    """The SHA-256 of the embedded model. Raises ``ModelError`` unless it is the one Maze came with."""
    try:
        with NANO_PATH.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{NANO_PATH} cannot be read: {error.strerror}", hint="install Maze again") from None
    if digest != NANO_SHA256:
        raise ModelError(f"{NANO_PATH} is not the file that Maze came with", hint="install Maze again")
    return digest


def locate(name: str, settings: Settings) -> Model:
    """The model that ``name`` stands for; its file is not opened.

    Raises ``ModelError`` when no model, or more than one, has that name.
    """
    if name == NANO:
        return Model(NANO, NANO_PATH, "embedded")
    if is_path(name):
        return Model(name, _expanded(name), "file")
    found = [path for path in _found(settings) if _name(path).casefold() == name.casefold()]
    if len(found) > 1:
        candidates = ", ".join(map(str, found))
        raise ModelError(
            f"{len(found)} models are called {name!r}: {candidates}", hint="give the path of one"
        )
    if not found:
        names = [model.name for model in available(settings)]
        message, hint = unknown("model", name, names, more="maze models list, or the path of a GGUF file")
        raise ModelError(message, hint=hint)
    return Model(_name(found[0]), found[0], "dir")


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ModelError(f"{name}: there is no such home directory") from None


def _name(path: Path) -> str:
    part = _PART.fullmatch(path.stem)
    return part["stem"] if part else path.stem


def _found(settings: Settings) -> list[Path]:
    """The GGUF files in ``models.dirs``, each once; of a split model the first part."""
    files: dict[Path, Path] = {}
    for folder in settings.models.dirs:
        for path in _walk(folder, _DEPTH):
            part = _PART.fullmatch(path.stem)
            if part is None or int(part["number"]) == 1:
                files.setdefault(path.resolve(), path)
    return list(files.values())


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # missing or closed to us: it holds no model for us
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _walk(Path(entry.path), depth - 1)
        elif entry.name.lower().endswith(".gguf"):
            yield Path(entry.path)


def _signature(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except (OSError, ValueError):  # reading it will say why
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _header(path: Path, signature: tuple[int, ...]) -> gguf.Header:
    header = _read(path, signature)
    kind = header.text("general.type") or "model"
    if kind != "model" or header.architecture == "clip":
        raise ModelError(
            f"{path} is no language model but: {kind if kind != 'model' else header.architecture}"
        )
    if not header.architecture or not header.tensors or not header.vocabulary:
        lacks = (
            "weights" if not header.tensors else "architecture" if not header.architecture else "vocabulary"
        )
        raise ModelError(f"{path} is no language model: it has no {lacks}", hint="get the model's GGUF file")
    return _whole(header)


def _read(path: Path, signature: tuple[int, ...]) -> gguf.Header:
    """The header, from the cache where the file is the one that was read before: a large one takes 0.2 s."""
    if not signature:
        return gguf.read(path)
    key = cache.digest(str(path), repr(signature))
    return gguf.Header.unpack(path, cache.cached("headers", key, lambda: gguf.read(path).pack()))


def _whole(header: gguf.Header) -> gguf.Header:
    """The header of a split model with what all parts have in sum; llama.cpp opens the others by itself."""
    path, (number, count) = header.path, header.split
    if count == 1:
        return header
    part = _PART.fullmatch(path.stem)
    if part is None or int(part["count"]) != count:
        raise ModelError(
            f"{path} is part {number + 1} of a model in {count} files and is not named like one",
            hint=f"rename it …-{number + 1:05}-of-{count:05}.gguf",
        )
    names = [path.with_name(f"{part['stem']}-{i:05}-of-{count:05}{path.suffix}") for i in range(1, count + 1)]
    if number != 0:
        raise ModelError(f"{path} is part {number + 1} of a model in {count} files", hint=f"use {names[0]}")
    parts = [header, *(_read(name, _signature(name)) for name in names[1:])]
    for i, other in enumerate(parts):
        if other.split != (i, count):
            raise ModelError(f"{other.path} is not part {i + 1} of {count}", hint="download the file again")
    return dataclasses.replace(
        header,
        tensors=sum(other.tensors for other in parts),
        parameters=sum(other.parameters for other in parts),
        file_size=sum(other.file_size for other in parts),
    )
