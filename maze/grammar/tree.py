"""The tree of a grammar's source; every node knows its offset in the text, so that errors can point at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maze.errors import GrammarError
from maze.text import Place


@dataclass(frozen=True, slots=True)
class Literal:
    """A quoted string, its escapes resolved."""

    text: str
    ignore_case: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression as written between the slashes."""

    pattern: str
    flags: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """``"a".."z"``"""

    first: str
    last: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to a rule, a terminal or a template, maybe with arguments or changed flags."""

    name: str
    args: tuple[Node, ...] = ()
    changes: tuple[str, ...] = ()  # "+loop" sets a flag for the referenced rule, "-loop" clears it
    at: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``low`` to ``high`` times; ``high`` is None for any number."""

    item: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Both:
    """``A & B``: a text that each of the terminals matches."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``~A``: any text that the terminal does not match."""

    item: Node


Node = Literal | Regex | Range | Name | Sequence | Choice | Repeat | Both | Not


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of ``%if``: a flag, a profile, or ``version`` with ``operator`` and ``value``."""

    name: str
    negated: bool = False
    operator: str = ""
    value: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Alternative:
    body: Node
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule or a terminal (a name in capitals)."""

    name: str
    alternatives: tuple[Alternative, ...]
    params: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    library: str
    name: str
    alias: str
    at: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything is defined in another language's grammar, of which some features are switched off."""

    language: str
    changes: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Mode:
    """Where tokens stand (inside brackets, in a string …) and which blanks may follow them there."""

    name: str
    blanks: str | None  # a terminal
    pairs: tuple[tuple[Node, Node], ...]  # the tokens that begin and end the mode
    at: int


@dataclass(frozen=True, slots=True)
class Blanks:
    """What follows some tokens instead of their mode's blanks."""

    blanks: Name | None  # a terminal
    tokens: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    names: tuple[str, ...]
    conditions: tuple[Condition, ...]


@dataclass(slots=True)
class Grammar:
    """A parsed source."""

    path: str
    text: str
    rules: dict[str, Rule] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    ignored: list[Node] = field(default_factory=list)
    declared: list[Name] = field(default_factory=list)
    entries: list[Name] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    modes: list[Mode] = field(default_factory=list)
    blanks: list[Blanks] = field(default_factory=list)
    flags: list[Flags] = field(default_factory=list)
    features: dict[str, bool] = field(default_factory=dict)  # what a dialect may lack
    dialect: Dialect | None = None
    words: Name | None = None  # the terminal of identifiers: no keyword is one
    soft: list[Literal] = field(default_factory=list)  # words that are keywords in some places only
    reserved: list[Literal] = field(default_factory=list)  # no identifiers, though no rule mentions them
    apart: list[Node] = field(default_factory=list)  # tokens that need a blank after a keyword, like words
    joins: Name | None = None  # a terminal that may stand before a token that is not the first of its line
    joins_if: tuple[Condition, ...] = ()
    leading: Name | None = None  # a terminal that may stand before each token

    def error(self, at: int, message: str, hint: str | None = None) -> GrammarError:
        """``GrammarError`` about the source at offset ``at``."""
        return GrammarError(message, hint=hint, place=Place.at(self.path, self.text, at))


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it."""
    yield node
    children: tuple[Node, ...] = ()
    match node:
        case Sequence(items) | Both(items):
            children = items
        case Choice(options):
            children = options
        case Repeat(item) | Not(item):
            children = (item,)
        case Name(args=args):
            children = args
    for child in children:
        yield from walk(child)


def is_terminal(name: str) -> bool:
    """Lark's convention: names of terminals are in capitals."""
    return name.isupper()
