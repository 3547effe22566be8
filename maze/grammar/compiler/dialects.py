"""Grammars that are another language's, with some of its features switched off."""

from __future__ import annotations

from maze.errors import did_you_mean
from maze.grammar.source import parse
from maze.grammar.tree import Dialect, Grammar, Rule
from maze.languages import grammars_dir


def read(source: str, *, path: str) -> Grammar:
    """The grammar in ``source``, or the one it is a dialect of. Raises ``GrammarError``."""
    grammar = parse(source, path=path)
    return grammar if grammar.dialect is None else _switched(grammar, grammar.dialect)


def _switched(grammar: Grammar, dialect: Dialect) -> Grammar:
    original = grammars_dir() / f"{dialect.language}.lark"
    if not original.with_suffix(".toml").is_file():
        known = [path.stem for path in grammars_dir().glob("*.toml")]
        hint = did_you_mean(dialect.language, known) or f"there are: {', '.join(sorted(known))}"
        raise grammar.error(dialect.at, f"there is no language {dialect.language!r}", hint)
    whole = read(original.read_text(encoding="utf-8"), path=original.name)
    for change in dialect.changes:
        name = change[1:]
        if name not in whole.features:
            have = f"features of {dialect.language}: {', '.join(whole.features) or 'none'}"
            message = f"{dialect.language} has no feature {name!r}"
            raise grammar.error(dialect.at, message, did_you_mean(name, whole.features) or have)
        whole.features[name] = change[0] == "+"
    whole.entries = [entry for entry in whole.entries if _exists(whole, whole.rules.get(entry.name))]
    return whole


def _exists(grammar: Grammar, rule: Rule | None) -> bool:
    """Whether the features leave anything of an entry rule over; one that is not defined is found later."""
    return rule is None or any(
        all(grammar.features.get(one.name, not one.negated) != one.negated for one in alternative.conditions)
        for alternative in rule.alternatives
    )
