"""``maze check``: judge existing files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maze.cli import completion, terminal
from maze.errors import CheckError, UsageError

if TYPE_CHECKING:
    from maze.grammar import Constraint
    from maze.verify import Report

_STDIN = "-"
_LARGEST = 8 << 20  # bytes of a file: llguidance takes 200 bytes of memory for each of them


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to judge; - is stdin.")],
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            "-l",
            metavar="LANG",
            help="Language; by default the suffix tells.",
            autocompletion=completion.complete_language,
        ),
    ] = None,
    grammar: Annotated[
        Path | None, typer.Option("--grammar", "-g", metavar="FILE", help="Judge by this Lark grammar.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option("--schema", metavar="FILE", help="Judge as JSON by this JSON Schema.")
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="NAME",
            help="Entry rule, e.g. function.",
            autocompletion=completion.complete_rule,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array of reports.")] = False,
) -> None:
    """Say whether files parse, and where they stop parsing.

    Asked are Maze's grammar and the language's own parser, if installed (gofmt, rustc, zig, javac, tsc).
    Exits 0 when all are valid, 8 when one is not, and 2 when one could not be judged.
    """
    environment = terminal.current()
    environment.json_errors = as_json
    chosen = _chosen(lang, grammar, schema, rule)
    reports: list[Report] = []
    unusable: list[tuple[str, UsageError]] = []
    for file in files:
        try:
            report = _judge(file, chosen, rule)
        except UsageError as error:
            unusable.append((file, error))
            continue
        reports.append(report)
        if not as_json:
            environment.out(_shown(report))
    environment.json_errors = False  # from here on the reports say it all
    if as_json:
        environment.json([_as_json(report) for report in reports] + [_unjudged(*entry) for entry in unusable])
    _conclude(reports, unusable)


def _chosen(
    lang: str | None, grammar: Path | None, schema: Path | None, rule: str | None
) -> Constraint | None:
    """What all files are judged by, None when each goes by its suffix."""
    given = {"--lang": lang, "--grammar": grammar, "--schema": schema}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other", hint="maze check --help")
    if not named:
        return None
    from maze.grammar import constraint_for
    from maze.request import Target

    return constraint_for(Target(lang, grammar, schema, rule=rule), profile="accept")


def _judge(file: str, chosen: Constraint | None, rule: str | None) -> Report:
    from maze import verify

    data = _read(file)
    constraint = chosen or _by_suffix(file, rule)
    return verify.examine_bytes(data, constraint, path="<stdin>" if file == _STDIN else file)


def _by_suffix(file: str, rule: str | None) -> Constraint:
    from maze import languages
    from maze.grammar import constraint_for
    from maze.request import Target

    if file == _STDIN:
        raise UsageError("standard input has no suffix", hint="name its language: -l python")
    language = languages.by_suffix(Path(file))
    if language is None:
        suffix = Path(file).suffix
        what = f"unknown suffix {suffix!r}" if suffix else "no suffix"
        raise UsageError(f"{file}: {what} to tell the language by", hint="add --lang; maze grammars list")
    return constraint_for(Target(language.name, rule=rule), profile="accept")


def _read(file: str) -> bytes:
    if file == _STDIN:
        return _read_stdin()
    try:
        with Path(file).open("rb") as stream:
            return _bounded(stream.read(_LARGEST + 1), file)
    except IsADirectoryError:
        raise UsageError(f"{file} is a directory", hint=f"maze check {file.rstrip('/')}/*.py") from None
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}", hint="check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot read {file}: {reason.lower()}", hint="check the path") from None


def _read_stdin() -> bytes:
    stream = terminal.current().stdin
    if stream is None or stream.closed:
        raise UsageError("standard input is closed", hint="maze check FILE")
    buffer = getattr(stream, "buffer", None)
    data = buffer.read(_LARGEST + 1) if buffer is not None else stream.read(_LARGEST + 1).encode()
    return _bounded(data, "standard input")


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > _LARGEST:
        raise UsageError(f"{name} is larger than {_LARGEST >> 20} MB", hint="judge its parts")
    return data


def _shown(report: Report) -> str:
    """The report of one file as lines: nothing for a valid one."""
    from maze.text import printable

    error = report.error()
    if error is None:
        return ""
    lines = [printable(str(error))]
    if error.place and error.place.source_line:
        lines.append(error.place.excerpt())
    if error.hint:
        lines.append(f"    note: {printable(error.hint)}")
    return "\n".join(lines) + "\n"


def _as_json(report: Report) -> dict[str, Any]:
    failure = report.failure
    place = failure.place if failure else None
    return {
        "path": report.path,
        "valid": report.valid,
        "verified": [{"what": verdict.what, "by": verdict.by} for verdict in report.verified],
        "line": place.line if place else None,
        "column": place.column if place else None,
        "message": failure.message if failure else None,
        "expected": list(failure.expected) if failure else [],
        "note": failure.note if failure else None,
    }


def _unjudged(file: str, error: UsageError) -> dict[str, Any]:
    """A file that could not be judged: ``valid`` is null."""
    unknown: dict[str, Any] = {"line": None, "column": None, "expected": [], "note": error.hint}
    return {"path": file, "valid": None, "verified": [], "message": error.message} | unknown


def _conclude(reports: list[Report], unusable: list[tuple[str, UsageError]]) -> None:
    environment = terminal.current()
    invalid = sum(not report.valid for report in reports)
    total = len(reports) + len(unusable)
    if unusable:
        *others, (_, last) = unusable
        for _, error in others:
            environment.error(error)
        raise last
    if invalid:
        what = f"{invalid} of {_files(total)}" if total > 1 else reports[0].path
        raise CheckError(f"{what} {'is' if invalid == 1 else 'are'} not valid")
    if environment.stderr_tty:
        environment.note(f"{_files(total)} valid")


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"
