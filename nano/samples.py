"""A family's code in a language, with the names that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nano.dialects import DIALECTS
from nano.family import Argument, Family
from nano.naming import rename, styled


@dataclass(frozen=True, slots=True)
class Names:
    """What a function or a class and its arguments are called: as the user wrote it, or the family's own."""

    name: str
    arguments: tuple[str, ...] = ()


def own_names(family: Family) -> Names:
    return Names(family.name, tuple(argument.name for argument in family.arguments))


def written(names: Names, language: str) -> Names:
    """The family's own names in the language's style."""
    return Names(styled(names.name, language), tuple(styled(each, language) for each in names.arguments))


def code(family: Family, language: str, names: Names | None = None) -> str:
    """The whole file that answers a request; ``names`` are used exactly as they are."""
    source, dialect = family.code[language], DIALECTS[language]
    old = written(own_names(family), language)
    if source.whole:
        text = dialect.indented(source.text, 0)
    else:
        text = dialect.function(family.name, family.arguments, family.result, source.text)
    new = names or old
    table = dict(zip((old.name, *old.arguments), (new.name, *new.arguments), strict=True))
    return dialect.file(rename(text, table, language))


def signature(family: Family, language: str, names: Names) -> str | None:
    """The first line of the function, for prompts that give it; None where the family writes all of it."""
    if family.kind != "function" or family.code[language].whole:
        return None
    arguments: Sequence[Argument] = [
        replace(argument, name=name) for argument, name in zip(family.arguments, names.arguments, strict=True)
    ]
    body = family.code[language].text
    return DIALECTS[language].opening(names.name, arguments, family.result, body)
