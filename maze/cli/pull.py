"""``maze models pull``, ``verify`` and ``rm``: what fetches, re-reads and removes models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from maze.cli import completion, terminal
from maze.errors import UsageError
from maze.text import printable, size

if TYPE_CHECKING:
    from maze.models.hub import Download

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A model's name or the path of a GGUF file.",
        autocompletion=completion.complete_model,
    ),
]


def pull(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A model of the catalogue (qwen2.5-coder:7b), or USER/REPOSITORY with :QUANT or :FILE.",
            autocompletion=completion.complete_pull,
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would be fetched.")] = False,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Fetch a model from the Hugging Face hub into its shared cache, and prove that it came whole.

    Honours HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE.
    """
    from maze.models import hub

    env = terminal.current()
    env.quiet, env.json_errors = quiet, as_json
    download = hub.find(name)
    missing = sum(file.size for file in download.missing)
    if dry_run:
        env.json(_facts(download)) if as_json else env.out(_listed(download, missing))
        return
    if missing:
        env.note(f"fetching {size(missing)} from {download.repository}")
        path = _fetched(download, env)
    else:
        path = download.path(download.files[0])
    known = next((each.name for each in _models(env) if each.path == path), str(path))
    if as_json:
        env.json({**_facts(download), "name": printable(known), "path": printable(str(path))})
        return
    env.out(f"{printable(known)}\n")
    env.note(f"{'fetched and verified' if missing else 'it was here already'}: maze models use {known}")


def verify(name: NameArgument, as_json: JsonOption = False) -> None:
    """Read a model whole and compare it with the checksum of the store it is in."""
    from maze import models
    from maze.models import checksum

    env = terminal.current()
    env.json_errors = as_json
    files = checksum.verify(models.resolve(name, env.settings))
    if as_json:
        env.json(
            [
                {"path": printable(str(each.path)), "sha256": each.sha256, "promised": each.promised}
                for each in files
            ]
        )
        return
    env.out("".join(f"{each.sha256}  {printable(str(each.path))}\n" for each in files))
    if all(each.promised for each in files):
        env.note(f"{name} is whole: its header is sound and its checksum is the one that was promised")
    else:
        env.note(
            f"the header of {name} is sound; where it is kept nobody promises a checksum to compare with"
        )


def rm(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a model that Maze fetched. Models of other programs are never touched."""
    from maze import models
    from maze.models import pulled

    env = terminal.current()
    model = models.locate(name, env.settings)
    pulled.check(model.path)
    if not yes:
        if not env.stdin_tty:
            raise UsageError("nobody is there to say yes", hint=f"maze models rm {name} -y")
        typer.confirm(f"Remove {printable(model.name)}?", abort=True, err=True)
    freed = pulled.remove(model.path)
    env.note(f"removed {model.name}, {size(freed)} are free")


def _fetched(download: Download, env: terminal.Environment) -> Any:
    from maze.models import hub

    if not env.stderr_tty or env.quiet:
        path = hub.fetch(download, lambda done, total: None)
    else:
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=env.err_console, transient=True) as bar:
            task = bar.add_task("", total=download.size)
            path = hub.fetch(download, lambda done, total: bar.update(task, completed=done, total=total))
    return path


def _models(env: terminal.Environment) -> Any:
    from maze import models

    return models.available(env.settings)


def _facts(download: Download) -> dict[str, Any]:
    missing = set(download.missing)
    return {
        "repository": download.repository,
        "commit": download.commit,
        "size": download.size,
        "missing": sum(file.size for file in missing),
        "files": [
            {"name": file.name, "size": file.size, "sha256": file.sha256, "here": file not in missing}
            for file in download.files
        ],
    }


def _listed(download: Download, missing: int) -> str:
    absent = set(download.missing)
    lines = [
        f"{size(file.size):>10}  {'missing' if file in absent else 'here':<7}  {printable(file.name)}\n"
        for file in download.files
    ]
    return "".join(lines) + f"{size(missing):>10}  to fetch from {download.repository}\n"
