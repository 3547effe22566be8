"""Models: what a name stands for, and which there are.

A model is ``nano`` (shipped with Maze), the path of a GGUF file, or the name of one in ``models.dirs`` or in
the store of another program (``maze.models.stores``)::

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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from maze import cache
from maze.errors import ModelError, unknown
from maze.models import gguf, stores

if TYPE_CHECKING:
    from maze.settings import Settings

NANO = "nano"
NANO_PATH = Path(__file__).with_name("nano.gguf")
NANO_SHA256 = "8d59c191ce2a7b24e786d124980045be78afcbd94ecf3cb9a88db1ae7daeba1d"
NANO_NOTICE = (
    "nano is a demo model that knows some kinds of small functions. For real work fetch a coding model: "
    "maze models pull NAME (maze doctor recommends one), or use a GGUF file: maze models use FILE.gguf"
)


_PATH = re.compile(r"\.{0,2}/|~|.*\\|.*\.gguf$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine: ``name`` resolves to it, ``source`` says how.

    ``broken`` is what is wrong with the store's entry where that does not lead to a file.
    """

    name: str
    path: Path
    source: Literal["embedded", "file"] | stores.Source
    broken: str | None = None

    @property
    def header(self) -> gguf.Header:
        """What its file says; of a split model, what its parts hold in all.

        Raises ``ModelError`` unless it is whole, sound and a language model.
        """
        if self.broken:
            raise ModelError(f"{self.path}: {self.broken}", hint="another model (maze models list)")
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
    """The name of the model that is used when none is asked for: what is set, or the best there is."""
    from maze.models import choice

    if settings.generation.model:
        return settings.generation.model
    found = choice.best([model for model, _ in _named(settings)], settings)
    return found.name if found else NANO


def is_path(name: str) -> bool:
    """Whether ``name`` means a file, wherever it is: names of models (``user/repository:quant``) never do."""
    return bool(_PATH.match(name))


def resolve(name: str, settings: Settings) -> Model:
    """The model that ``name`` stands for, with a header that was checked.

    Raises ``ModelError`` when there is none or more than one, and when its file cannot be used.
    """
    model = locate(name, settings)
    _ = model.header
    return model


def available(settings: Settings) -> list[Model]:
    """Every model that a name leads to: ``nano``, then those of ``models.dirs`` and of the stores.

    Each goes by the shortest name that no other has, else by its path. The models are not opened.
    """
    return [Model(NANO, NANO_PATH, "embedded"), *(model for model, _ in _named(settings))]


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
    known = _named(settings)
    found = [model for model, names in known if name.casefold() in names]
    if len(found) > 1:
        candidates = ", ".join(model.name for model in found)
        raise ModelError(
            f"{len(found)} models are called {name!r}: {candidates}", hint="give the full name of one"
        )
    if not found:
        names = [NANO, *(model.name for model, _ in known)]
        message, hint = unknown("model", name, names, more="maze models list, or the path of a GGUF file")
        raise ModelError(message, hint=f"./{name}" if "/" in name and Path(name).is_file() else hint)
    return found[0]


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ModelError(f"{name}: there is no such home directory") from None


def _named(settings: Settings) -> list[tuple[Model, set[str]]]:
    """The models found, by name, each with all names it answers to, in lower case."""
    entries = stores.entries(settings.models.dirs)
    counts = Counter(name for entry in entries for name in {name.casefold() for name in entry.names})
    counts[NANO] += 1
    found = []
    for entry in entries:
        own = (name for name in entry.names if counts[name.casefold()] == 1 and not is_path(name))
        model = Model(next(own, str(entry.path)), entry.path, entry.source, entry.broken)
        found.append((model, {name.casefold() for name in entry.names}))
    return sorted(found, key=lambda pair: pair[0].name.casefold())


def _signature(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except (OSError, ValueError):  # reading it will say why
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=256)
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
    key = cache.digest(os.fsencode(path), repr(signature))
    return gguf.Header.unpack(path, cache.cached("headers", key, lambda: gguf.read(path).pack()))


def _whole(header: gguf.Header) -> gguf.Header:
    """The header of a split model with what all parts have in sum; llama.cpp opens the others by itself."""
    path, (number, count) = header.path, header.split
    if count == 1:
        return header
    part = stores.PART.fullmatch(path.stem)
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
