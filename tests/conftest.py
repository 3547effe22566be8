"""What every test may use: the real ``maze`` command in an isolated home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# deadlines measure the machine, not the code
settings.register_profile("maze", deadline=None, max_examples=60)
settings.load_profile("maze")


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


RunMaze = Callable[..., Result]


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the whole run: compiling each grammar once is enough."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session", autouse=True)
def own_cache(cache_dir: Path) -> Iterator[None]:
    """Tests inside this process use that cache too, not the one of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAZE_CACHE_DIR", str(cache_dir))
        yield


# where other programs keep models: those of whoever runs the tests are nobody's business
STORES = ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE")


@pytest.fixture
def maze_env(tmp_path: Path, cache_dir: Path) -> dict[str, str]:
    """Environment of an isolated user: own home, settings and no MAZE_* variables."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAZE_", "XDG_"))}
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", *STORES):
        kept.pop(name, None)
    return kept | {
        "HOME": str(home),
        "OLLAMA_MODELS": str(home / ".ollama" / "models"),  # not the system's, too
        "MAZE_CONFIG": str(home / "config.toml"),
        "MAZE_CACHE_DIR": str(cache_dir),
    }


@pytest.fixture
def run_maze(maze_env: dict[str, str], tmp_path: Path) -> RunMaze:
    """Run ``maze`` in a subprocess: ``run_maze("check", "x.py", input="…")`` → Result(code, out, err)."""

    def run(
        *args: str | Path,
        input: str | bytes | None = None,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "maze", *map(str, args)],
            input=input.encode() if isinstance(input, str) else input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            env=maze_env | (env or {}),
            cwd=cwd or tmp_path,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
