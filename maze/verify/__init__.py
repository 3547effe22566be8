"""Judging texts: the grammar's replay, always, then the language's own tools."""

from __future__ import annotations

import io
import tokenize
from dataclasses import replace
from pathlib import Path

from maze.grammar import Constraint, constraint_for
from maze.request import Target, Verdict
from maze.text import Place
from maze.verify.judges import judges
from maze.verify.replay import replay
from maze.verify.report import Failure, Report, listed

__all__ = ["Failure", "Report", "check", "examine", "examine_bytes", "listed", "replay", "verify"]


def verify(text: str, constraint: Constraint, *, path: str = "<output>") -> list[Verdict]:
    """The proofs that ``text`` is what ``constraint`` asks for; raises ``CheckError`` when it is not."""
    report = examine(text, constraint, path=path)
    if error := report.error():
        raise error
    return list(report.verified)


def check(
    text: str,
    *,
    lang: str | None = None,
    grammar: str | Path | None = None,
    schema: str | Path | None = None,
    regex: str | None = None,
    rule: str | None = None,
    path: str = "<text>",
) -> Report:
    """Judge ``text`` as a language, by a grammar file, a JSON Schema file or a regex: exactly one of them.

    The report is ``valid`` and lists who verified it, or has the ``failure`` with its place and what was
    expected there. Raises ``UsageError`` or ``GrammarError`` when there is nothing to judge by.
    """
    target = Target(
        language=lang,
        grammar=Path(grammar) if grammar is not None else None,
        schema=Path(schema) if schema is not None else None,
        regex=regex,
        rule=rule,
    )
    return examine(text, constraint_for(target, profile="accept"), path=path, slow=True)


def examine(text: str, constraint: Constraint, *, path: str = "<text>", slow: bool = False) -> Report:
    """Judge ``text``: by the grammar, then by every official tool there is, ``slow`` ones if wanted."""
    if failure := replay(text, constraint, path=path):
        return Report(path, failure=replace(failure, note=_disagreement(text, constraint, path, slow)))
    verified = [Verdict("parses", f"the grammar {constraint.name}")]
    for judge in judges(constraint, slow=slow):
        outcome = judge(text, path, constraint)
        if isinstance(outcome, Failure):
            return Report(path, tuple(verified), outcome)
        verified += [outcome] if outcome else []
    return Report(path, tuple(verified))


def _disagreement(text: str, constraint: Constraint, path: str, slow: bool) -> str | None:
    """Who takes a text that the grammar does not, if anyone: then the grammar is at fault."""
    if constraint.profile != "accept" or constraint.schema:
        return None
    for judge in judges(constraint, slow=slow):
        outcome = judge(text, path, constraint)
        if isinstance(outcome, Verdict):
            return f"{outcome.by} parses it: Maze's grammar of {constraint.name} is too narrow here"
    return None


def examine_bytes(data: bytes, constraint: Constraint, *, path: str) -> Report:
    """Judge a file's contents, which may not even be text, by all there is."""
    try:
        text = _decode(data, constraint.language)
    except UnicodeDecodeError as error:
        what = f"byte {data[error.start]:#04x} at offset {error.start} is not {error.encoding.upper()}"
        return Report(path, failure=Failure(what, Place.at_byte(path, data, error.start)))
    except SyntaxError as error:
        return Report(path, failure=Failure(error.msg, Place.at_byte(path, data, 0)))
    return examine(text, constraint, path=path, slow=True)


def _decode(data: bytes, language: str | None) -> str:
    # byte order marks, coding lines and all line ends belong to reading Python; to others they are text
    if language != "python":
        return data.decode()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        if b"coding" not in b"".join(data.split(b"\n", 2)[:2]):
            data.decode()  # says which byte it is
        raise
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
