"""``maze serve``: vLLM's own server, set up to enforce grammars."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from maze.cli import terminal
from maze.errors import EngineError

_BACKEND = ("--structured-outputs-config.backend", "guidance")
_OLD_BACKEND = ("--guided-decoding-backend", "guidance")  # up to vLLM 0.10
_NEW_SINCE = (0, 11)
_VERSION = "from importlib.metadata import version; print(version('vllm'))"


def serve(
    model: Annotated[str, typer.Argument(help="Name or folder of a model on Hugging Face.")],
    flags: Annotated[
        list[str] | None, typer.Argument(metavar="[-- VLLM FLAGS]", help="Passed on.", show_default=False)
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the command, and stop.")] = False,
) -> None:
    """Start a vLLM server that enforces grammars; its API key is that of engines.vllm."""
    from maze.engines.remote.server import stored_key

    environment = terminal.current()
    program = shutil.which("vllm", path=environment.environ.get("PATH"))
    if program is None:
        raise EngineError("there is no vllm on PATH", hint=f"{sys.executable} -m pip install vllm")
    backend = _BACKEND if _version(Path(program)) >= _NEW_SINCE else _OLD_BACKEND
    command = [program, "serve", model, "--host", host, "--port", str(port), *backend, *(flags or [])]
    if dry_run:
        environment.out(" ".join(command) + "\n")
        return
    key = stored_key("vllm", environment.settings)
    if key is None and host not in ("127.0.0.1", "localhost", "::1"):
        environment.note("no API key is set: everybody who reaches this address can use the server")
    # in the environment, where vLLM looks for it too: a command line is seen by everybody
    variables = dict(environment.environ) | ({"VLLM_API_KEY": key} if key else {})
    try:
        os.execve(program, command, variables)
    except OSError as error:
        raise EngineError(f"{program} cannot be run: {error.strerror}", hint="install vllm again") from None


def _version(program: Path) -> tuple[int, ...]:
    """The version of the vLLM that ``program`` starts, without starting it; the newest if nobody can tell."""
    python = program.resolve().with_name("python")
    try:
        done = subprocess.run(
            [python, "-c", _VERSION], capture_output=True, text=True, timeout=20, check=False
        )
        return tuple(int(part) for part in done.stdout.split(".")[:2])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return _NEW_SINCE
