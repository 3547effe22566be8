"""Fetch models from the Hugging Face hub into its own shared cache, where every program finds them.

huggingface_hub does not keep what an interrupted download has, and compares nothing but sizes; so a file is
gathered here, in ``blobs/<sha256>.maze.incomplete``, and only takes its place among the blobs when its hash
is the one the hub told. Whatever happens before that, nothing is there that looks complete.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import maze
from maze.errors import EngineError, MazeError, ModelError
from maze.models import catalog, checksum, pulled, stores

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_PREFERRED = ("Q4_K_M", "Q4_K_S", "Q4_0", "Q5_K_M", "Q8_0")  # small, and hardly worse than the original
_NAME = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?::(?P<tag>.+))?")
_COMMIT, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_SPARE = 256 << 20  # bytes of the disk that stay free
_ATTEMPTS = 5  # in a row that bring nothing new
_BACKOFF = 0.25  # seconds, doubled with every one of them

Progress = Callable[[int, int], None]  # bytes that are there, of how many


@dataclass(frozen=True, slots=True)
class File:
    """A file on the hub."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Download:
    """A model on the hub as it is now; ``files`` are its parts in order."""

    repository: str
    commit: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def path(self, file: File) -> Path:
        """Where ``file`` is, once it is fetched."""
        return self._folder / "snapshots" / self.commit / file.name

    def blob(self, file: File) -> Path:
        return self._folder / "blobs" / file.sha256

    @property
    def missing(self) -> list[File]:
        """The files that are not here yet."""
        return [file for file in self.files if not self.path(file).exists()]

    @property
    def _folder(self) -> Path:
        return stores.huggingface_root() / ("models--" + self.repository.replace("/", "--"))


def find(name: str) -> Download:
    """What the hub has under ``name``: of the catalogue, or ``user/repository`` with ``:quant`` or ``:file``.

    Raises ``ModelError`` when there is no such model or it is not clear which, ``EngineError`` when the hub
    cannot be asked.
    """
    known = catalog.find(name)
    parts = _NAME.fullmatch(known.pull if known else name)
    if parts is None:
        raise ModelError(
            f"{name!r} is no model of the catalogue", hint="maze models pull USER/REPOSITORY:QUANT"
        )
    repository, tag = parts["repository"], parts["tag"]
    with _explained(repository):
        info = _api().model_info(repository, files_metadata=True)
    files = [
        File(each.rfilename, each.lfs.size, each.lfs.sha256)
        for each in info.siblings or ()
        if each.lfs and stores.is_model(each.rfilename)
    ]
    download = Download(repository, str(info.sha), _chosen(repository, tag, files))
    # these become paths on this disk
    hashes = [file.sha256 for file in download.files]
    named = all(
        ".." not in Path(file.name).parts and not Path(file.name).is_absolute() for file in download.files
    )
    if not named or not _COMMIT.fullmatch(download.commit) or not all(map(_SHA256.fullmatch, hashes)):
        raise EngineError(f"{_endpoint()} says what no hub says about {repository}", hint="check HF_ENDPOINT")
    return download


def fetch(download: Download, progress: Progress) -> Path:
    """Fetch what is missing of ``download``; the path of the model.

    Raises ``EngineError`` when the hub cannot be reached or refuses, ``ModelError`` when what comes is wrong
    or has no room.
    """
    from filelock import FileLock
    from huggingface_hub import hf_hub_download

    _check_space(download)
    missing = download.missing
    done = download.size - sum(file.size for file in missing)
    for file in missing:
        blob = download.blob(file)
        lock = stores.huggingface_root() / ".locks" / blob.parents[1].name / f"{blob.name}.lock"
        with _explained(download.repository):
            for folder in (blob.parent, lock.parent):
                folder.mkdir(parents=True, exist_ok=True)
            # the library's own lock: neither two of us nor one of us and another program fetch the same
            with FileLock(lock, mode=0o664):
                if not blob.exists():
                    _gather(download, file, partial(_tell, progress, done, download.size))
                    pulled.add(blob)
            hf_hub_download(
                download.repository, file.name, revision=download.commit, cache_dir=stores.huggingface_root()
            )
        done += file.size
        progress(done, download.size)
    _set_main(download)
    return download.path(download.files[0])


def _chosen(repository: str, tag: str | None, files: list[File]) -> tuple[File, ...]:
    """The file, or the parts of the model, that ``tag`` means."""
    models: dict[tuple[str, int], list[File]] = {}
    for file in files:
        part = stores.PART.fullmatch(file.name.removesuffix(".gguf"))
        key = (part["stem"], int(part["count"])) if part else (file.name.removesuffix(".gguf"), 1)
        models.setdefault(key, []).append(file)
    whole = {
        key: sorted(parts, key=lambda part: part.name)
        for key, parts in models.items()
        if len(parts) == key[1]
    }
    if not whole:
        raise ModelError(
            f"{repository} has no GGUF files", hint=f"a repository of GGUF files: {repository}-GGUF?"
        )
    wanted = [tag] if tag else _PREFERRED if len({stem for stem, _ in whole}) > 1 else [None]
    for word in wanted:
        found = [key for key in whole if word is None or _means(word, key[0])]
        if len({stem for stem, _ in found}) == 1:  # the same in one file and in parts: in one file
            return tuple(whole[min(found, key=lambda key: key[1])])
        if found:
            raise ModelError(
                f"{len(found)} models of {repository} are {word}", hint=_names(repository, found)
            )
    raise ModelError(
        f"{repository} has no {tag}" if tag else f"{repository} has several models: which one?",
        hint=_names(repository, list(whole)),
    )


def _means(tag: str, stem: str) -> bool:
    name, tag = stem.rpartition("/")[2].casefold(), tag.casefold().removesuffix(".gguf")
    return tag in (stem.casefold(), name, (stores.quantisation(name) or "").casefold())


def _names(repository: str, found: list[tuple[str, int]]) -> str:
    names = dict.fromkeys(stores.quantisation(stem) or stem for stem, _ in found)
    if len(names) < len({stem for stem, _ in found}):
        names = dict.fromkeys(stem for stem, _ in found)
    return "one of " + ", ".join(f"{repository}:{name}" for name in names)


def _check_space(download: Download) -> None:
    folder = next(
        path for path in [stores.huggingface_root(), *stores.huggingface_root().parents] if path.exists()
    )
    needed = sum(file.size - _gathered(download, file) for file in download.missing)
    free = shutil.disk_usage(folder).free
    if needed and needed + _SPARE > free:
        raise ModelError(
            f"{needed / 1e9:.1f} GB are to be fetched, {free / 1e9:.1f} GB are free in {folder}",
            hint="make room, or set HF_HUB_CACHE=FOLDER on another disk",
        )


def _gathered(download: Download, file: File) -> int:
    try:
        return _incomplete(download, file).stat().st_size
    except OSError:
        return 0


def _incomplete(download: Download, file: File) -> Path:
    blob = download.blob(file)
    return blob.with_name(f"{blob.name}.maze.incomplete")


def _gather(download: Download, file: File, progress: Callable[[int], None]) -> None:
    """Fetch ``file``, going on where an earlier attempt ended, and put it in its place if it is right."""
    path = _incomplete(download, file)
    with path.open("r+b" if path.exists() else "w+b") as target:
        if target.seek(0, os.SEEK_END) > file.size:
            _empty(target)
        _receive(download, file, target, progress)
    if (found := checksum.sha256(path)) != file.sha256:
        path.unlink()
        raise ModelError(
            f"what came as {file.name} of {download.repository} is damaged: its SHA-256 is {found[:12]}…, "
            f"not {file.sha256[:12]}…; it was removed",
            hint=f"maze models pull {download.repository}:{Path(file.name).name}",
        )
    path.replace(download.blob(file))


def _receive(download: Download, file: File, target: IO[bytes], progress: Callable[[int], None]) -> None:
    """All bytes of ``file`` that ``target`` lacks, in as many connections as it takes."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    url = hf_hub_url(download.repository, file.name, revision=download.commit, endpoint=_endpoint())
    failures = 0
    while (before := target.tell()) < file.size:
        try:
            for _ in _stream(url, target, file.size):
                progress(target.tell())
        except (HfHubHTTPError, _network_error()) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else 500
            failures = 0 if target.tell() > before else failures + 1
            if failures == _ATTEMPTS or (status < 500 and status not in (408, 429)):
                raise
            time.sleep(_BACKOFF * 2**failures)


def _stream(url: str, target: IO[bytes], size: int) -> Iterator[None]:
    """Append to ``target`` what one connection brings, never more than ``size`` bytes in all."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils._http import hf_raise_for_status

    headers = build_hf_headers(library_name="maze", library_version=maze.__version__)
    headers |= {"Accept-Encoding": "identity", "Range": f"bytes={target.tell()}-"}
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream(
        "GET", url, headers=headers, timeout=timeout, follow_redirects=True
    ) as response:
        hf_raise_for_status(response)
        if response.status_code != 206:  # it sends everything from the beginning
            _empty(target)
        for data in response.iter_bytes():
            target.write(data[: size - target.tell()])
            yield


def _tell(progress: Progress, before: int, total: int, count: int) -> None:
    progress(before + count, total)


def _empty(target: IO[bytes]) -> None:
    target.seek(0)
    target.truncate()


def _set_main(download: Download) -> None:
    """Note the commit as the latest one, for programs that look for that."""
    with _explained(download.repository):
        ref = download.blob(download.files[0]).parents[1] / "refs" / "main"
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(download.commit, encoding="ascii")


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(endpoint=_endpoint(), library_name="maze", library_version=maze.__version__)


def _network_error() -> type[Exception]:
    """The base of what its HTTP library raises: httpx's or httpx2's, as huggingface_hub has it."""
    from huggingface_hub import errors

    base: type[Exception] = errors.HfHubHTTPError.__bases__[0]
    return base


@contextmanager
def _explained(repository: str) -> Iterator[None]:
    """Say what went wrong between us and the hub, or the disk."""
    from huggingface_hub import errors

    try:
        yield
    except MazeError:
        raise
    except errors.OfflineModeIsEnabled:
        raise EngineError(
            "HF_HUB_OFFLINE is set: nothing is downloaded", hint="unset HF_HUB_OFFLINE"
        ) from None
    except errors.GatedRepoError:
        raise EngineError(
            f"{repository} is only for those who agreed to its terms",
            hint=f"agree on {_endpoint()}/{repository}, then set HF_TOKEN",
        ) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        hint = "check the name; for a private model set HF_TOKEN"
        raise ModelError(f"{_endpoint()} has no model {repository}", hint=hint) from None
    except errors.HfHubHTTPError as error:
        raise _refusal(error.response.status_code) from None
    except _network_error() as error:
        raise EngineError(
            f"{_endpoint()} cannot be reached: {error or type(error).__name__}",
            hint="check the network; set HTTPS_PROXY for a proxy, HF_ENDPOINT for a mirror",
        ) from None
    except OSError as error:
        where = stores.huggingface_root()
        raise ModelError(
            f"{where} cannot be written: {error.strerror or error}", hint="set HF_HUB_CACHE=FOLDER"
        ) from None


def _refusal(status: int) -> EngineError:
    hints = {401: "set HF_TOKEN", 403: "set HF_TOKEN to one with access", 429: "wait, or set HF_TOKEN"}
    return EngineError(
        f"{_endpoint()} refuses with status {status}",
        hint=hints.get(status, "try again later; what is here stays"),
    )
