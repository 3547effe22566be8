"""The languages' own parsers as programs: run when they are on PATH, heard only about syntax."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from maze import languages
from maze.grammar import Constraint
from maze.languages import Checker
from maze.request import Verdict
from maze.text import Place
from maze.verify.report import Failure

_LIMIT = 10.0  # seconds for a program to judge a text

# x.go:2:19: expected ')'   <stdin>:1:11: error: …   x.ts(1,11): error TS1109: …   x.java:1: error: …
_COMPLAINT = re.compile(
    r"^[^\n:(]*[:(](?P<line>\d+)(?:[:,](?P<column>\d+))?\)?: (?:error(?:\[\w+\]| \w+)?: )?(?P<message>.+)",
    re.M,
)
_CARET = re.compile(r"^( *)\^", re.M)


def tools(constraint: Constraint, *, slow: bool) -> tuple[Checker, ...]:
    """The syntax checkers for whole files of the language of ``constraint``; ``slow`` ones too if wanted."""
    if constraint.language is None:
        return ()
    language = languages.get(constraint.language)
    if constraint.entry != language.entries[0]:
        return ()  # a parser of files has nothing to say about a lone statement
    return tuple(
        checker for checker in language.checkers if checker.level == "syntax" and (slow or not checker.slow)
    )


def run(checker: Checker, text: str, path: str, constraint: Constraint) -> Verdict | Failure | None:
    """What the program says of ``text``; None when it is not there, does not work or names no place.

    It runs in a temporary folder, out of reach of what a project's files could make it do.
    """
    program = shutil.which(checker.needs)
    if program is None or not Path(program).is_absolute():
        return None
    data = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory(prefix="maze-") as folder:
        file = Path(folder, "code" + _suffix(path, constraint))
        file.write_bytes(data)
        values = {"{file}": file.name, "{version}": constraint.version or ""}
        command = [program, *(values.get(part, part) for part in checker.command[1:])]
        try:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                cwd=folder,
                env={**os.environ, "TMPDIR": folder},
                timeout=_LIMIT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    if done.returncode == 0:
        return Verdict("parses", checker.name)
    said = (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace")
    complaint = _COMPLAINT.search(said)
    return complaint and _failure(complaint, checker.name, text, path)


def _failure(complaint: re.Match[str], by: str, text: str, path: str) -> Failure:
    line = int(complaint["line"])
    source = next(iter(text.split("\n")[line - 1 : line]), "")
    if complaint["column"]:
        column = int(complaint["column"])
    else:  # javac draws it
        caret = _CARET.search(complaint.string, complaint.end())
        column = len(caret[1]) + 1 if caret else 1
    return Failure(f"{by}: {complaint['message'].strip()}", Place(path, line, column, source))


def _suffix(path: str, constraint: Constraint) -> str:
    """That of ``path``, if it is one of the language's: a parser goes by it."""
    known = languages.get(constraint.language or "").suffixes
    suffix = Path(path).suffix.lower()
    return suffix if suffix in known else known[0]
