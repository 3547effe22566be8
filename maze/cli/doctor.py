"""``maze doctor``: what works here, and how to mend the rest."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from maze.cli import terminal
from maze.errors import ExitCode
from maze.text import printable

if TYPE_CHECKING:
    from maze.diagnosis import Finding

_WIDTH = 80
_COLOURS = {"ok": "32", "note": "33", "problem": "1;31"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what works on this machine, and how to mend the rest.

    Exits 0 when Maze can generate, else with the exit code that generating would end with.
    """
    from maze import diagnosis

    env = terminal.current()
    findings = []
    for finding in diagnosis.examine(env.environ, env.cwd):
        findings.append(finding)
        if not as_json:
            env.out(_shown(finding, colour=env.color(env.stdout)))
            env.stdout.flush()
    code = min((finding.exit_code for finding in findings if finding.state == "problem"), default=ExitCode.OK)
    if as_json:
        env.json({"exit_code": code, "findings": [asdict(finding) for finding in findings]})
    raise typer.Exit(code)


def _shown(finding: Finding, *, colour: bool) -> str:
    """The finding in lines of at most 80 columns, unless a word is longer; its hint below it."""
    mark, subject = f"{finding.state:<8}", f"{finding.subject:<17} "
    lines = _wrapped(subject + printable(finding.text))
    if finding.hint:
        lines += _wrapped(f"{'':<17} try: {printable(finding.hint)}")
    if colour:
        mark = f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m"
    return mark + f"\n{'':<8}".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH - 8,
        subsequent_indent=" " * 18,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )
