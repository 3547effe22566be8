"""What works on this machine, and how to mend the rest: the findings of ``maze doctor``."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from maze.errors import EngineError, ExitCode, GrammarError, MazeError

if TYPE_CHECKING:
    from maze.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis. A ``problem`` keeps Maze from generating; a ``note`` is good to know."""

    subject: str
    state: Literal["ok", "note", "problem"]
    text: str
    hint: str | None = None
    exit_code: ExitCode = ExitCode.OK


def examine(environ: Mapping[str, str], cwd: Path) -> Iterator[Finding]:
    """Everything Maze stands on, one finding after the other; nothing is contacted or changed.

    A part that is broken is a finding, whatever it raises. llama.cpp is tried in a process of its own,
    which a bad build may kill.
    """
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    settings, broken = _load(environ, cwd)
    if broken:
        yield _problem("settings", broken)
    else:
        yield from _guard("settings", ExitCode.SETTINGS, lambda: _settings(settings, environ, cwd))
    yield from _guard("llama.cpp", ExitCode.ENGINE, lambda: _llama_cpp(environ))
    yield from _guard("llguidance", ExitCode.ENGINE, _llguidance)
    yield from _guard("built-in model", ExitCode.MODEL, _nano)
    yield from _guard("model", ExitCode.MODEL, lambda: _model(settings))
    yield from _guard("models", ExitCode.MODEL, lambda: _models(settings))
    yield from _guard("grammars", ExitCode.GRAMMAR, _grammars)
    yield from _guard("checkers", ExitCode.CHECK, lambda: _checkers(environ))
    yield from _guard("cache", ExitCode.SETTINGS, _cache)
    yield from _guard("vllm", ExitCode.ENGINE, lambda: _vllm(settings))


def _problem(subject: str, error: MazeError) -> Finding:
    return Finding(subject, "problem", str(error), error.hint, error.exit_code)


def _guard(subject: str, code: ExitCode, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of ``check``, with whatever it raises as one more."""
    try:
        yield from check()
    except MazeError as error:
        yield _problem(subject, error)
    except Exception as error:  # a broken part is what is being looked for
        yield Finding(subject, "problem", f"{type(error).__name__}: {error}", "install Maze again", code)


def _load(environ: Mapping[str, str], cwd: Path) -> tuple[Settings, MazeError | None]:
    """The settings, or the defaults and why there is nothing better."""
    from maze.settings import Settings, load

    try:
        return load(environ, cwd), None
    except MazeError as error:
        return Settings(), error


def _settings(settings: Settings, environ: Mapping[str, str], cwd: Path) -> Iterator[Finding]:
    from maze.settings import project_path, user_path

    user, project = user_path(environ, cwd), project_path(cwd)
    if user.exists():
        yield Finding("settings", "ok", str(user))
    else:
        yield Finding("settings", "ok", f"defaults; your own would be in {user}")
    if project and project != user:
        yield Finding("settings", "ok", f"{project}, the project's")
    for unknown in settings.unknown:
        yield Finding("settings", "note", str(unknown), "maze config list")


# Runs where a wrong build of llama.cpp may die: CPU features the machine lacks, a missing library.
_PROBE = """
import ctypes, json, sys
import llama_cpp
silent = llama_cpp.llama_log_callback(lambda *_: None)
llama_cpp.llama_log_set(silent, None)
llama_cpp.llama_backend_init()
model = llama_cpp.llama_model_load_from_file(sys.argv[1].encode(), llama_cpp.llama_model_default_params())
print(json.dumps({
    "version": llama_cpp.__version__,
    "features": llama_cpp.llama_print_system_info().decode(),
    "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
    "loads": bool(model),
}))
"""
_REBUILD = f"{sys.executable} -m pip install --force-reinstall --no-cache-dir llama-cpp-python"


def _llama_cpp(environ: Mapping[str, str]) -> Iterator[Finding]:
    from maze.models import NANO_PATH, catalog, memory

    done = subprocess.run(
        # -P: a llama_cpp.py in the working directory is not llama.cpp
        [sys.executable, "-P", "-c", _PROBE, str(NANO_PATH)],
        capture_output=True,
        text=True,
        errors="replace",
        env=dict(environ),
        timeout=60,
        check=False,
    )
    if done.returncode < 0:
        raise EngineError(
            f"llama.cpp dies with signal {-done.returncode}: its build does not fit", hint=_REBUILD
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise EngineError(f"llama-cpp-python cannot be used: {last[0]}", hint=_REBUILD)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    features = [
        part.split("=")[0].split(":")[-1].strip() for part in found["features"].split("|") if "= 1" in part
    ]
    yield Finding("llama.cpp", "ok", f"llama-cpp-python {found['version']}, built with {', '.join(features)}")
    if not found["loads"]:
        yield Finding("llama.cpp", "problem", "it cannot load nano", _REBUILD, ExitCode.ENGINE)
    if found["gpu"]:
        yield Finding("gpu", "ok", "llama.cpp can use one")
    elif shutil.which("nvidia-smi", path=environ.get("PATH")):
        rebuild = f'CMAKE_ARGS="-DGGML_CUDA=on" {_REBUILD}'
        yield Finding("gpu", "note", "there is one, llama.cpp was built without it", rebuild)
    else:
        yield Finding("gpu", "ok", "none; models run on the CPU")
    known = catalog.recommended(memory.total(), gpu=found["gpu"])
    yield Finding(
        "recommended",
        "ok",
        f"{known.name} ({known.licence}) for the main memory of this machine, on "
        f"{'the GPU' if found['gpu'] else 'the CPU'}",
        f"maze models pull {known.name}",
    )


def _llguidance() -> Iterator[Finding]:
    from importlib.metadata import version

    import llguidance  # noqa: F401 - whether it can be imported is the question

    yield Finding("llguidance", "ok", version("llguidance"))


def _nano() -> Iterator[Finding]:
    from maze import models

    digest = models.verify_nano()
    yield Finding("built-in model", "ok", f"nano, sha256 {digest[:12]}…")


def _model(settings: Settings) -> Iterator[Finding]:
    from maze import models

    name = models.default(settings)
    try:
        header = models.resolve(name, settings).header
    except MazeError as error:
        # the origin is the line to change
        where = f"generation.model from {settings.origin('generation.model')}: {error}"
        yield Finding("model", "problem", where, error.hint, error.exit_code)
        return
    described = (
        f"{name}: {header.architecture}, {header.quantisation}, {header.context_length:,} tokens of context"
    )
    if name == models.NANO:
        hint = "maze models pull NAME, or maze models use FILE.gguf"
        yield Finding("model", "note", f"{described}; a demo model", hint)
    elif not settings.generation.model:
        yield Finding("model", "ok", f"{described}; the best one here that fits memory")
    else:
        yield Finding("model", "ok", described)


def _models(settings: Settings) -> Iterator[Finding]:
    from maze import models

    for folder in settings.models.dirs:
        if not folder.is_dir():
            yield Finding(
                "models", "note", f"{folder} of models.dirs is no folder", "maze config get models.dirs"
            )
    found, whole = models.available(settings), 0
    for model in found:
        try:
            _ = model.header
            whole += 1
        except MazeError as error:
            yield Finding("models", "note", str(error), error.hint)
    yield Finding("models", "ok", f"{whole} of {len(found)} can be used (maze models list)")


def _grammars() -> Iterator[Finding]:
    from maze import languages

    if not (names := languages.names()):
        raise GrammarError("no grammar is installed", hint="install Maze again")
    for name in names:
        yield from _guard(f"grammar {name}", ExitCode.GRAMMAR, partial(_grammar, name))


def _grammar(name: str) -> Iterator[Finding]:
    from maze.decoding.matcher import Matcher
    from maze.decoding.tokenizer import byte_tokenizer
    from maze.grammar import constraint_for
    from maze.request import Target

    tokenizer = byte_tokenizer()
    start = time.perf_counter()
    constraint = constraint_for(Target(language=name), profile="generate")
    compiled = time.perf_counter()
    Matcher(tokenizer, constraint)
    built = time.perf_counter()
    times = f"read in {(compiled - start) * 1000:.0f} ms, built in {(built - compiled) * 1000:.0f} ms"
    yield Finding(f"grammar {name}", "ok", times)


# language, its program, and how that says its version
_CHECKERS = (
    ("python", "python3", "--version"),
    ("javascript", "node", "--version"),
    ("typescript", "tsc", "--version"),
    ("rust", "rustc", "--version"),
    ("go", "go", "version"),
    ("zig", "zig", "version"),
    ("java", "javac", "-version"),
)


def _checkers(environ: Mapping[str, str]) -> Iterator[Finding]:
    with ThreadPoolExecutor(len(_CHECKERS)) as pool:
        yield from pool.map(partial(_checker, environ), *zip(*_CHECKERS, strict=True))


def _checker(environ: Mapping[str, str], language: str, program: str, option: str) -> Finding:
    subject = f"{language} tools"
    path = shutil.which(program, path=environ.get("PATH"))
    if path is None:
        return Finding(subject, "note", f"no {program} on PATH", f"install {program} if you write {language}")
    try:
        # away from the project: rustc and go look there for the version to be, and would download it
        done = subprocess.run(
            [path, option],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            env=dict(environ),
            cwd=Path(path).parent,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(subject, "note", f"{path} does not work: {error}")
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()[:1] or ["says no version"]
    if done.returncode:
        return Finding(subject, "note", f"{path} does not work: {said[0]}")
    return Finding(subject, "ok", f"{path}, {said[0]}")


def _cache() -> Iterator[Finding]:
    from maze import cache

    folder = cache.directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except OSError as error:
        hint = "set MAZE_CACHE_DIR=FOLDER to use another folder"
        yield Finding(
            "cache", "note", f"{folder} cannot be written: {error.strerror}; starts are slower", hint
        )
        return
    yield Finding("cache", "ok", f"{folder}, {size / 1e6:.1f} MB")


def _vllm(settings: Settings) -> Iterator[Finding]:
    origin = settings.origin("engines.vllm.base_url")
    if origin.layer == "default":
        yield Finding("vllm", "ok", "no server configured")
    else:
        yield Finding("vllm", "ok", f"{settings.engines.vllm.base_url} from {origin}, not contacted")
