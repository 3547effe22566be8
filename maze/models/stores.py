"""The GGUF files that are on this machine already, wherever the programs that fetched them keep them.

| store | layout |
|---|---|
| Hugging Face | ``models--org--repo/{refs,blobs,snapshots/<commit>/*.gguf}`` |
| Ollama | ``manifests/<registry>/<namespace>/<name>/<tag>`` (JSON) → ``blobs/sha256-<hex>`` |
| LM Studio | ``<user>/<repo>/*.gguf`` |
| llama.cpp | ``*.gguf`` |

Nothing is written and no model is opened here. What a store says is only believed where it leads to a file
of that store: a digest is 64 hexadecimal digits, or it is no digest.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Source = Literal["dir", "huggingface", "ollama", "lmstudio", "llama.cpp"]

PART = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})")
QUANT = re.compile(
    r"(?:^|[-._])(?P<quant>(?:UD-)?(?:I?Q\d(?:_[0-9A-Z]+){0,2}|TQ\d_0|(?:MX|NV)FP4|B?F16|FP16|F32))$",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"sha256[:-](?P<hex>[0-9a-f]{64})")
_DEPTH = 4  # folders below one of models.dirs; model stores nest user/repository/file
_MAX_MANIFEST = 1 << 20  # bytes; real ones take a few hundred


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in a store. ``names`` leads from the shortest to the most exact; ``broken`` says why it is."""

    source: Source
    path: Path
    names: tuple[str, ...]
    broken: str | None = None


def entries(folders: tuple[Path, ...]) -> list[Entry]:
    """Every model of ``folders`` and of the stores, each file once, under all the names it has."""
    found: dict[str, Entry] = {}
    for entry in _all(folders):
        real = os.path.realpath(entry.path)  # unlike Path.resolve it takes links that lead to themselves
        if before := found.get(real):
            entry = replace(before, names=tuple(dict.fromkeys(before.names + entry.names)))
        found[real] = entry
    return list(found.values())


def stem(path: Path | str) -> str:
    """The name of a file without ``.gguf`` and without the number of its part."""
    name = Path(path).stem
    part = PART.fullmatch(name)
    return part["stem"] if part else name


def is_model(name: str) -> bool:
    """Whether a file of that name is a model: a GGUF file that is no projector of images."""
    lower = name.lower()
    return lower.endswith(".gguf") and "mmproj" not in lower.rpartition("/")[2]


def quantisation(name: str) -> str | None:
    """The quantisation that a file's stem ends with: ``Q4_K_M`` of ``qwen2.5-coder-7b-instruct-q4_k_m``."""
    found = QUANT.search(name)
    return found["quant"].upper() if found else None


def huggingface_root() -> Path:
    """The folder of Hugging Face's cache, as its own library finds it."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if value := os.environ.get(variable):
            return _expanded(value)
    if value := os.environ.get("HF_HOME"):
        return _expanded(value) / "hub"
    return _expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _all(folders: tuple[Path, ...]) -> Iterator[Entry]:
    for folder in folders:
        for path in _models(folder, _DEPTH):
            yield Entry("dir", path, (stem(path),))
    yield from _huggingface(huggingface_root())
    for root in _ollama_roots():
        yield from _ollama(root)
    for name in ("~/.lmstudio/models", "~/.cache/lm-studio/models"):
        yield from _lm_studio(_expanded(name))
    yield from _llama_cpp(_llama_cpp_root())


def _huggingface(root: Path) -> Iterator[Entry]:
    for repository in _listed(root):
        if not repository.name.startswith("models--"):
            continue
        name = repository.name.removeprefix("models--").replace("--", "/")
        taken: set[Path] = set()  # a file of an older commit is only shown where the newer one lacks it
        for snapshot in _newest_first(Path(repository)):
            for path in _models(snapshot, _DEPTH):
                if (file := path.relative_to(snapshot)) not in taken:
                    taken.add(file)
                    yield Entry(
                        "huggingface", path, (*_catalogued(name, path), *_repository_names(name, path))
                    )


def _catalogued(repository: str, path: Path) -> Iterator[str]:
    """The short name that the catalogue has for what ``maze models pull`` fetches by it."""
    from maze.models import catalog

    pulled = f"{repository}:{quantisation(stem(path))}".casefold()
    return (known.name for known in catalog.models() if known.pull.casefold() == pulled)


def _newest_first(repository: Path) -> list[Path]:
    """The snapshots of a repository: that of ``main`` first, then by age."""
    try:
        main = (repository / "refs" / "main").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        main = ""
    folders = [(entry.name == main, _modified(entry), entry) for entry in _listed(repository / "snapshots")]
    ordered = sorted(folders, key=lambda folder: folder[:2], reverse=True)
    return [Path(entry) for _, _, entry in ordered]


def _ollama_roots() -> list[Path]:
    if value := os.environ.get("OLLAMA_MODELS"):
        return [_expanded(value)]
    return [_expanded("~/.ollama/models"), Path("/usr/share/ollama/.ollama/models")]


def _ollama(root: Path) -> Iterator[Entry]:
    manifests = root / "manifests"
    for path in _files(manifests, 5):
        registry, *middle, tag = path.relative_to(manifests).parts
        if not middle:
            continue
        if registry == "registry.ollama.ai":
            middle = middle[1:] if middle[0] == "library" and len(middle) > 1 else middle
        else:
            middle = [registry, *middle]
        name = "/".join(middle)
        short = [name] if tag == "latest" else []
        names = (*short, f"{name}:{tag}", f"ollama/{name}:{tag}")
        digest = _model_digest(path)
        if digest is None:
            yield Entry("ollama", path, names, "its manifest names no GGUF model")
        else:
            yield Entry("ollama", root / "blobs" / f"sha256-{digest}", names)


def _model_digest(manifest: Path) -> str | None:
    """The SHA-256 of the model that a manifest of Ollama's names."""
    try:
        with manifest.open("rb") as file:
            layers = json.loads(file.read(_MAX_MANIFEST))["layers"]
        digests = [
            layer["digest"] for layer in layers if layer["mediaType"] == "application/vnd.ollama.image.model"
        ]
        found = _DIGEST.fullmatch(digests[0])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found["hex"] if found else None


def _lm_studio(root: Path) -> Iterator[Entry]:
    for path in _models(root, _DEPTH):
        user_and_repository = path.relative_to(root).parts[:-1][:2]
        names = _repository_names("/".join(user_and_repository), path) if user_and_repository else ()
        yield Entry("lmstudio", path, (*(names or (stem(path),)), f"lmstudio/{stem(path)}"))


def _llama_cpp_root() -> Path:
    if value := os.environ.get("LLAMA_CACHE"):
        return _expanded(value)
    if sys.platform == "darwin":
        return _expanded("~/Library/Caches/llama.cpp")
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    return _expanded(os.environ.get(variable) or "~/.cache") / "llama.cpp"


def _llama_cpp(root: Path) -> Iterator[Entry]:
    for path in _models(root, 0):
        yield Entry("llama.cpp", path, (stem(path), f"llama.cpp/{stem(path)}"))


def _repository_names(repository: str, path: Path) -> tuple[str, ...]:
    name = stem(path)
    quant = quantisation(name)
    exact = [f"{repository}:{quant}"] if quant else []
    return (name, repository, *exact, f"{repository}:{name}")


def _models(folder: Path, depth: int) -> Iterator[Path]:
    """The GGUF files below ``folder``; of a split model the first part, and no image projectors."""
    for path in _files(folder, depth):
        part = PART.fullmatch(path.stem)
        first = part is None or int(part["number"]) == 1
        if first and is_model(path.name):
            yield path


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for entry in _listed(folder):
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _files(Path(entry), depth - 1)
        else:
            yield Path(entry)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (OSError, ValueError):  # missing or closed to us: it holds no model for us
        return []


def _modified(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # there is no home
        return Path(path)
