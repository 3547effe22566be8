"""Grammars by name or file: found, compiled, cached."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from maze import cache, languages
from maze.errors import UsageError, unknown
from maze.grammar.constraint import Constraint, Profile, read_source

# the compile step and the grammars it may import: a change in any of them changes what comes out
_COMPILER = Path(__file__).parent


def language_constraint(
    name: str,
    *,
    rule: str | None = None,
    profile: Profile = "generate",
    version: str | None = None,
    indent: str | None = None,
) -> Constraint:
    """The constraint of a language Maze knows, from the cache when nothing it depends on has changed."""
    language = languages.get(name)
    if rule is not None and rule not in language.entries:
        message, hint = unknown(
            "rule", rule, language.entries, more=f"rules of {language.name}: {', '.join(language.entries)}"
        )
        raise UsageError(message, hint=hint)
    if version is not None and version not in language.versions:
        have = f"versions of {language.name}: {', '.join(language.versions) or 'only one'}"
        message, hint = unknown("version", version, language.versions, more=have)
        raise UsageError(message, hint=hint)
    unit = "any" if profile == "accept" else indent or language.indent
    path = language.grammar
    source = path.read_text(encoding="utf-8")
    version = version or _judged_version(language)
    text = _compiled(source, path.name, rule=rule, profile=profile, version=version, indent=unit, ours=True)
    return Constraint(
        name=language.name,
        kind="lark",
        text=text,
        profile=profile,
        entry=rule or language.entries[0],
        language=language.name,
        version=version or next(reversed(language.versions), None),
    )


def file_constraint(path: Path, *, rule: str | None = None, profile: Profile = "generate") -> Constraint:
    """The constraint of a user's own grammar file: Lark, GBNF or llguidance."""
    source = read_source(path, "grammar")
    if rule is not None:
        from maze.grammar.gbnf import entry_rules

        rules = entry_rules(source, path=str(path))
        if rule not in rules:
            message, hint = unknown("rule", rule, rules, more=f"maze grammars check {path}")
            raise UsageError(message, hint=hint)
    text = _compiled(source, str(path), rule=rule, profile=profile)
    return Constraint(
        name=f"file:{path.name}",
        kind="lark",
        text=text,
        profile=profile,
        entry=rule,
    )


def _judged_version(language: languages.Language) -> str | None:
    """The version there is a judge for: Python's is the one Maze runs on, if the grammar knows it."""
    if language.name != "python":
        return None
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    return running if running in language.versions else None


def _compiled(
    source: str,
    path: str,
    *,
    rule: str | None,
    profile: Profile,
    version: str | None = None,
    indent: str | None = None,
    ours: bool = False,
) -> str:
    unit = indent or ("any" if profile == "accept" else "4")

    def build() -> bytes:
        # imported late: the compile step brings lark, which a cached grammar does not need
        from maze.grammar.bounded import compile_bounded
        from maze.grammar.compiler import Options, compile_grammar
        from maze.grammar.engine import refusal, validate

        options = Options(rule=rule, profile=profile, indent=unit, version=version)
        if not ours:
            return compile_bounded(source, path=path, options=options).encode()
        text = compile_grammar(source, path=path, options=options)
        if message := validate(text).error:
            raise refusal(message, text, source, path)
        return text.encode()

    key = cache.digest(source, path, _ingredients(), rule or "", profile, unit, version or "")
    return cache.cached("grammars", key, build).decode()


@functools.cache
def _ingredients() -> str:
    """A hash over everything but the source that the compiled text depends on."""
    files = [*_COMPILER.rglob("*.py"), *languages.grammars_dir().glob("*.lark")]
    return cache.digest(*(file.read_bytes() for file in sorted(files)))
