"""A target as llguidance takes it: the constraint that masks tokens and judges texts."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from maze.errors import GrammarError, UsageError
from maze.text import Place

if TYPE_CHECKING:
    from maze.request import Target

Profile = Literal["accept", "generate"]
Kind = Literal["lark", "json_schema", "regex"]

SOURCE_LIMIT = 2_000_000  # bytes of a grammar or schema file; real ones are below 200 kB


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a text must be, compiled.

    ``text`` is what ``llguidance.LLMatcher`` takes; ``name`` says where it came from: ``python``,
    ``file:calc.lark``, ``schema:person.json`` or ``regex``; ``schema`` is the JSON Schema, as it was
    written, that a text must satisfy besides; ``version`` is the language's.
    """

    name: str
    kind: Kind
    text: str
    profile: Profile
    entry: str | None = None
    language: str | None = None
    schema: str | None = None
    version: str | None = None

    @property
    def sha256(self) -> str:
        """The hash of the compiled text."""
        return sha256(self.text.encode()).hexdigest()


def constraint_for(target: Target, *, profile: Profile = "generate") -> Constraint:
    """The constraint that ``target`` asks for.

    ``generate`` is what a model may write (tight layout), ``accept`` what the official parser takes in
    any layout. The version is by default the newest there is a judge for; the unit of indentation (``2 4 8
    tab any``) that of the language, and always ``any`` to accept.

    Raises ``UsageError`` for an unknown language, rule or file and ``GrammarError`` for a grammar, schema or
    regex that is invalid, too large or says what cannot be enforced.
    """
    if target.version is not None and target.language is None:
        raise UsageError(f"--lang-version {target.version} needs a language", hint="--lang python")
    # each kind imports what it needs only when it is asked for: a cached language must load in milliseconds
    if target.rule is not None and not (target.language or target.grammar):
        raise UsageError(
            f"--rule {target.rule} needs a grammar with rules",
            hint="give a language with --lang or a grammar with --grammar",
        )
    if target.language is not None:
        from maze.grammar.library import language_constraint

        return language_constraint(
            target.language,
            rule=target.rule,
            profile=profile,
            version=target.version,
            indent=target.indent,
        )
    if target.grammar is not None:
        from maze.grammar.library import file_constraint

        return file_constraint(target.grammar, rule=target.rule, profile=profile)
    if target.schema is not None:
        from maze.grammar.schema import schema_constraint

        return schema_constraint(target.schema, profile=profile)
    if target.regex is not None:
        from maze.grammar.regex import regex_constraint

        return regex_constraint(target.regex, profile=profile)
    raise UsageError(
        "nothing says what the output must be",
        hint="give a language (--lang python), --grammar FILE, --schema FILE or --regex RE",
    )


def read_source(path: Path, what: str) -> str:
    """The text of a grammar or schema file; ``what`` names it in messages.

    Raises ``UsageError`` when there is no such file, ``GrammarError`` when it is not a readable UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SOURCE_LIMIT + 1)
    except FileNotFoundError:
        raise UsageError(f"no such {what} file: {path}", hint="check the path") from None
    except IsADirectoryError:
        raise GrammarError(
            f"{path} is a directory, not a {what}", hint=f"give the {what} file in it"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GrammarError(
            f"cannot read the {what} {path}: {reason.lower()}", hint="check the path"
        ) from None
    if len(data) > SOURCE_LIMIT:
        raise GrammarError(
            f"the {what} {path} is larger than {SOURCE_LIMIT // 1_000_000} MB", hint="split or shorten it"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GrammarError(
            f"the {what} is not UTF-8: byte {data[error.start]:#04x} at offset {error.start}",
            hint=f"iconv -f latin1 -t utf-8 {path}",
            place=Place.at_byte(str(path), data, error.start),
        ) from None
    if not text.strip():
        raise GrammarError(f"the {what} {path} is empty", hint="maze grammars show json")
    return text
