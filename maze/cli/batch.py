"""``maze generate --batch``: many requests in, a line of JSON out for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from maze.cli import terminal
from maze.cli.terminal import Environment
from maze.errors import MazeError, UsageError

if TYPE_CHECKING:
    from maze.batch import Line

_LONGEST = 64 << 20  # bytes of a batch
_HINT = "maze generate --batch FILE.jsonl -j 8 -o RESULTS.jsonl"


def generate_all(
    environment: Environment,
    source: Path,
    defaults: Mapping[str, Any],
    *,
    jobs: int,
    out: Path | None,
    resume: bool,
) -> None:
    """Answer every line of ``source`` to ``out`` or stdout; raises the first error when all is done."""
    from maze import batch

    if resume and out is None:
        raise UsageError("--resume needs the file with the results so far", hint=f"{_HINT} --resume")
    lines = list(batch.read(_text(environment, source).split("\n"), defaults))
    done = _done(out, lines) if resume and out else 0
    if done:
        environment.note(f"{done} of {len(lines)} lines are answered already")
    failures: list[MazeError] = []
    with ExitStack() as stack:
        file = stack.enter_context(_opened(out, append=resume)) if out else None
        results = batch.run(lines[done:], jobs)
        stack.callback(results.close)
        for _, result, error in _shown(environment, results, len(lines) - done):
            if file:
                file.write(json.dumps(result, ensure_ascii=False) + "\n")
                file.flush()
            else:
                environment.json_line(result)
            if error:
                failures.append(error)
    if failures:
        first = failures[0]
        count = f"{len(failures)} of {len(lines) - done} lines failed, the first with"
        summary = type(first)(f"{count}: {first}", hint=first.hint)
        environment.json_errors = False  # each line carries its own
        raise summary


def _text(environment: Environment, source: Path) -> str:
    if source == Path("-"):
        text = terminal.read_stdin(environment, limit=_LONGEST)
        if text is None:
            raise UsageError("--batch - reads requests from a pipe, and there is none", hint=_HINT)
        return text
    try:
        return source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not UTF-8: byte at offset {error.start}", hint=_HINT) from None
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", hint=_HINT) from None


def _done(out: Path, lines: list[Line]) -> int:
    """How many of ``lines`` have a result in ``out``; half a line at its end is removed."""
    if not out.exists():
        return 0
    data = out.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    results = whole.decode("utf-8", "replace").split("\n")[:-1]
    for number, text in enumerate(results):
        try:
            named = json.loads(text)["id"]
        except (ValueError, TypeError, KeyError):
            named = None
        if number >= len(lines) or named != lines[number].id:
            raise UsageError(
                f"{out}:{number + 1} is no result of this batch", hint="another -o, or without --resume"
            )
    if whole != data:
        with out.open("r+b") as file:
            file.truncate(len(whole))
    return len(results)


def _opened(out: Path, *, append: bool) -> IO[str]:
    try:
        return out.open("a" if append else "w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}", hint="-o another file") from None


Result = tuple["Line", dict[str, Any], MazeError | None]


def _shown(environment: Environment, results: Iterator[Result], total: int) -> Iterator[Result]:
    """``results``, with a progress bar where somebody looks."""
    if not environment.stderr_tty or environment.quiet:
        yield from results
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=environment.err_console, transient=True) as progress:
        task = progress.add_task("lines", total=total)
        for result in results:
            progress.advance(task)
            yield result
