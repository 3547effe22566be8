"""Warnings about a grammar that works: what lets a model wander, what is slow, what can never match."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass

from maze.grammar import gbnf, trial
from maze.grammar.compiler import Options, dialects, resolve
from maze.grammar.compiler import regex as regexes
from maze.grammar.compiler.text import quoted, terminal_lines, text_of
from maze.grammar.engine import validate
from maze.grammar.regular import Chars
from maze.grammar.tree import (
    Choice,
    Grammar,
    Literal,
    Name,
    Node,
    Range,
    Regex,
    Repeat,
    Rule,
    Sequence,
    is_terminal,
    walk,
)
from maze.text import Place

_BLANK = r"(?: |\\[tnrfvs]|\\x20)"
_BLANKS = rf"(?:{_BLANK}|\[(?:{_BLANK}|[\t])+\])"
_MANY = r"(?:[*+]|\{\d+,\})"
_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
# whole classes and escapes first, so that nothing inside of them is taken for a repetition
_ENDLESS = re.compile(
    rf"(?P<endless>(?:{_BLANKS}|\((?:\?:)?(?:{_BLANKS}[*+?]?\|?)+\)){_MANY})|\\.|{_CLASS}|.", re.DOTALL
)
_ONE_OF_SEVERAL = re.compile(rf"{_CLASS}|\.|\\[dDsSwW]|\\[pP]\{{[^}}]*\}}|\(\?s:\.\)")
_PAIRS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class GrammarWarning:
    """Something to better; ``hint`` is what to write instead."""

    message: str
    hint: str | None = None
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def lint(text: str, *, path: str, compiled: str, rule: str | None = None) -> list[GrammarWarning]:
    """Warnings about the grammar ``text`` that ``compiled`` was made of, in the order of their places.

    Takes about two seconds at most for what a walk through the grammar has to show.
    """
    found: list[GrammarWarning] = []
    if gbnf.is_gbnf(text, path):
        found += _Gbnf(text, path, rule).warnings()
    elif not text.lstrip().startswith("%llguidance"):
        found += _Lark(text, path, rule).warnings()
    found.sort(key=lambda one: (one.place.line, one.place.column) if one.place else (0, 0))
    found += [GrammarWarning(message) for message in validate(compiled).warnings]
    found += _items(compiled)
    return list(dict.fromkeys(found))


def _items(compiled: str) -> Iterator[GrammarWarning]:
    items, sample = trial.mask_items(compiled)
    if items > trial.FEW_ITEMS:
        shown = sample.decode("utf-8", "replace")[-40:]
        yield GrammarWarning(
            f"a mask needs up to {items:,} parser items, after {shown!r}, with 20,000 tokens: "
            f"a model's vocabulary needs more, and remote servers stop at {trial.REMOTE_ITEMS:,}",
            "make one terminal of what needs no recursion, and put all binary operators on one level",
        )


class _Lint:
    """What the notations share. ``bodies`` are rules and terminals by name."""

    def __init__(self, grammar: Grammar, bodies: dict[str, Node]) -> None:
        self._grammar = grammar
        self._bodies = bodies

    def _warning(self, at: int, message: str, hint: str) -> GrammarWarning:
        return GrammarWarning(message, hint, Place.at(self._grammar.path, self._grammar.text, at))

    def _endless_blanks(self, node: Node) -> Iterator[int]:
        """Where any number of blanks may stand."""
        for one in walk(node):
            if isinstance(one, Repeat) and one.high is None and self._blank(one.item):
                yield _at(one)
            elif isinstance(one, Regex) and not isinstance(one, Chars):
                for match in _ENDLESS.finditer(one.pattern):
                    if match["endless"]:
                        yield one.at + 1 + match.start()

    def _blank(self, node: Node, above: tuple[str, ...] = ()) -> bool:
        """All that ``node`` matches is blanks and line ends."""
        match node:
            case Chars(ranges=ranges):
                return all(chr(code).isspace() for pair in ranges for code in pair) and all(
                    last - first < 10 for first, last in ranges
                )
            case Regex(pattern):
                return re.fullmatch(rf"(?:{_BLANKS}{_MANY}?\??)+", pattern) is not None
            case Literal(text):
                return text.isspace()
            case Name(name):
                return (
                    name in self._bodies
                    and name not in above
                    and self._blank(self._bodies[name], (*above, name))
                )
            case Sequence(items):
                return bool(items) and all(self._blank(item, above) for item in items)
            case Choice(options):
                return all(self._blank(option, above) for option in options)
            case Repeat(item):
                return self._blank(item, above)
        return False

    def _one_of_several(self, node: Node, above: tuple[str, ...] = ()) -> bool:
        """``node`` matches single characters, and more than one of them."""
        match node:
            case Chars(ranges=ranges):
                return ranges[0][0] < ranges[-1][1]
            case Regex(pattern):
                return _ONE_OF_SEVERAL.fullmatch(pattern) is not None
            case Range():
                return True
            case Name(name):
                return (
                    name in self._bodies
                    and name not in above
                    and self._one_of_several(self._bodies[name], (*above, name))
                )
            case Choice(options):
                return all(
                    (isinstance(option, Literal) and len(option.text) == 1)
                    or self._one_of_several(option, above)
                    for option in options
                )
        return False

    def _right_recursion(self, name: str, options: Sequence_[Node]) -> Iterator[GrammarWarning]:
        """``x: A x | A`` and the like; not ``x: "-" x | A``, which seldom gets deep."""
        heads: list[list[Node]] = []
        tails: list[list[Node]] = []
        places: list[int] = []
        for items in map(_flat, options):
            before, last = items[:-1], items[-1] if items else Sequence(())
            maybe = isinstance(last, Repeat) and (last.low, last.high) == (0, 1) and _is(last.item, name)
            if not before or any(_is(one, name) for one in before) or not (maybe or _is(last, name)):
                tails.append(items)
                continue
            heads.append(before)
            places.append(_at(last))
            if maybe:
                tails.append(before)
        if any(_begins(head, tail) for head in heads for tail in tails):
            yield self._warning(
                places[0],
                f"right recursion: a parser item for each {name} until the last one ends",
                self._repetition(name, heads, tails),
            )

    def _repetition(self, name: str, heads: list[list[Node]], tails: list[list[Node]]) -> str:
        return f"repeat it: {name} ::= (…)*"


class _Lark(_Lint):
    def __init__(self, text: str, path: str, rule: str | None) -> None:
        grammar = dialects.read(text, path=path)
        self._resolved = resolved = resolve.resolve(grammar, Options(rule=rule))
        self._rules = {
            name: [one.body for one in alternatives] for name, alternatives in resolved.rules.items()
        }
        super().__init__(
            grammar, {name: Choice(tuple(rows)) for name, rows in self._rules.items()} | resolved.terminals
        )
        self._tokens = list(
            dict.fromkeys(
                node.name
                for body in (one for rows in self._rules.values() for one in rows)
                for node in walk(body)
                if isinstance(node, Name) and node.name in resolved.terminals
            )
        )

    def warnings(self) -> Iterator[GrammarWarning]:
        yield from self._whitespace()
        for name in self._tokens:
            if regexes.may_be_empty(self._resolved.terminals[name], self._resolved.terminals):
                yield self._warning(
                    self._grammar.rules[name].at,
                    f"the terminal {name} can be empty",
                    f"let it match a character at least, and write {name}? where it may be missing",
                )
        for node in self._resolved.left_out:
            hint = f"give {node.name} an alternative without itself"
            yield self._warning(node.at, f"{node.name} can never end: what needs it is left out", hint)
        for name, rows in self._rules.items():
            for body in rows:
                yield from self._characters(name, body)
            yield from self._right_recursion(name, rows)
        if self._resolved.plain:
            yield from self._swallowed()

    def _whitespace(self) -> Iterator[GrammarWarning]:
        hint = r"bound it: /( |\n {0,40})?/, or for this profile only: … %if generate"
        for node in self._grammar.ignored:
            if self._takes_blanks(node):
                yield self._warning(
                    _at(node),
                    "%ignore takes any number of blanks: a model can write them for ever",
                    r"instead of %ignore: %mode everywhere: BLANKS and BLANKS: /( |\n {0,40})?/",
                )
        ignored = {node.name for node in self._grammar.ignored if isinstance(node, Name)}
        needed = self._needed([name for name in self._tokens if name not in ignored])
        bodies = [(name, self._resolved.terminals[name]) for name in needed]
        bodies += [(name, body) for name, rows in self._rules.items() for body in rows]
        for name, body in bodies:
            own = self._is_own(name)
            places = list(self._endless_blanks(body))
            if not places and is_terminal(name) and name in self._tokens and self._endless(name):
                places = [_at(body)]
            for at in places if own else places[:1]:
                yield self._warning(
                    at if own else self._grammar.rules[name].at,
                    f"{name} takes any number of blanks: a model can write them for ever",
                    hint,
                )

    def _repetition(self, name: str, heads: list[list[Node]], tails: list[list[Node]]) -> str:
        head = text_of(_one_of(heads), inner=True)
        if len(heads) == 1 and len(tails) == 1:
            rest = heads[0][len(tails[0]) :]
            if not rest:
                return f"{name}: {head}+"
            if tails[0]:
                again = text_of(Sequence((*rest, *tails[0])), inner=True)
                return f"{name}: {text_of(Sequence(tuple(tails[0])))} {again}*"
            return f"{name}: {head}*"
        return f"{name}: {head}* {text_of(_one_of(tails), inner=True)}"

    def _needed(self, names: list[str]) -> list[str]:
        """Terminals, and those that they are made of."""
        found = list(names)
        for name in found:  # grows while it is read
            for node in walk(self._resolved.terminals[name]):
                if (
                    isinstance(node, Name)
                    and node.name in self._resolved.terminals
                    and node.name not in found
                ):
                    found.append(node.name)
        return found

    def _is_own(self, name: str) -> bool:
        """It is defined in this text, so that the places in it are places here."""
        rule = self._grammar.rules.get(name)
        return rule is None or bool(re.match(rf"{name}\b[^\n]*?:", self._grammar.text[rule.at :]))

    def _takes_blanks(self, node: Node) -> bool:
        grammar = self._compiled([node])
        return any(trial.accepts(grammar, blank) for blank in " \t\n")

    def _endless(self, name: str) -> bool:
        grammar = self._compiled([Name(name)])
        if any(trial.accepts(grammar, char * 20) for char in "a0.-"):
            return False  # the text of a string or a comment, which may be any
        return any(trial.accepts(grammar, blank * 500) for blank in " \t\n")

    def _compiled(self, sequence: Sequence_[Node], ignored: Sequence_[Node] = ()) -> str:
        items = " ".join(text_of(node, inner=True) for node in sequence)
        lines = ["%llguidance {}", f"start: {items}"]
        lines += terminal_lines(self._resolved.terminals, [*sequence, *ignored])
        lines += [f"%ignore {text_of(node)}" for node in ignored]
        return "\n".join(lines) + "\n"

    def _characters(self, rule: str, body: Node) -> Iterator[GrammarWarning]:
        for node in walk(body):
            if isinstance(node, Repeat) and node.high is None and self._one_of_several(node.item):
                name = f"{rule.upper()}_TEXT"
                item = self._as_terminal(node.item)
                maybe = " and, as it may be missing, NAME?".replace("NAME", name) if node.low == 0 else ""
                yield self._warning(
                    _at(node),
                    "a parser item for each character: single characters are repeated in a rule",
                    f"make it one terminal: {name}: {item}+{maybe}",
                )

    def _as_terminal(self, node: Node) -> str:
        """``node`` with rules replaced by what they are."""
        match node:
            case Name(name) if name in self._rules:
                return self._as_terminal(self._bodies[name])
            case Choice(options):
                shown = " | ".join(map(self._as_terminal, options))
                return f"({shown})" if len(options) > 1 else shown
        return text_of(node, inner=True)

    def _swallowed(self) -> Iterator[GrammarWarning]:
        """Neighbours of which the first takes what the second begins with."""
        end = time.monotonic() + _PAIRS_SECONDS
        pairs = {
            (text_of(first), text_of(second)): (first, second)
            for rows in self._rules.values()
            for first, second in _neighbours(rows)
        }
        between = [text for node in self._grammar.ignored for text in trial.samples(self._compiled([node]))]
        for (before, after), (first, second) in pairs.items():
            if time.monotonic() > end:
                return
            grammar = self._compiled([first, second], self._grammar.ignored)
            parts = [trial.samples(self._compiled([node])) for node in (first, second)]
            if text := trial.swallowed(parts[0], between, parts[1], grammar):
                yield self._warning(
                    _at(second),
                    f"{after} never matches after {before}, which takes its text: {quoted(text)} is refused",
                    "the longest match is never given back: make one terminal of both, or leave what the "
                    "second begins with out of the first",
                )


class _Gbnf(_Lint):
    def __init__(self, text: str, path: str, rule: str | None) -> None:
        grammar = gbnf.parse(text, path=path)
        self._converted = gbnf.convert(text, path=path, rule=rule)
        super().__init__(grammar, {name: _body(one) for name, one in grammar.rules.items()})

    def warnings(self) -> Iterator[GrammarWarning]:
        for name, body in self._bodies.items():
            for at in self._endless_blanks(body):
                yield self._warning(
                    at,
                    "any number of blanks: a model can write them for ever",
                    r'bound it: | " " | "\n" [ \t]{0,20}',
                )
            yield from self._right_recursion(name, body.options if isinstance(body, Choice) else (body,))
        converted = _Lint(self._grammar, {name: _body(one) for name, one in self._converted.rules.items()})
        for name, rule in self._converted.rules.items():
            for node in () if is_terminal(name) else walk(_body(rule)):
                if isinstance(node, Repeat) and node.high is None and converted._one_of_several(node.item):
                    yield self._warning(
                        _at(node),
                        "a parser item for each character: what follows may begin with the same characters",
                        "let what follows begin with another character",
                    )


def _body(rule: Rule) -> Node:
    return rule.alternatives[0].body


def _at(node: Node) -> int:
    return next((one.at for one in walk(node) if isinstance(one, Name | Literal | Regex | Range)), 0)


def _flat(node: Node) -> list[Node]:
    if isinstance(node, Sequence):
        return [part for item in node.items for part in _flat(item)]
    return [node]


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Name) and node.name == name and not node.changes


def _begins(items: list[Node], start: list[Node]) -> bool:
    return [text_of(one) for one in items[: len(start)]] == [text_of(one) for one in start]


def _one_of(options: list[list[Node]]) -> Node:
    """A choice of sequences, each of them once."""
    different = {text_of(Sequence(tuple(one))): Sequence(tuple(one)) for one in options}
    some = [one.items[0] if len(one.items) == 1 else one for one in different.values()]
    return some[0] if len(some) == 1 else Choice(tuple(some))


def _neighbours(rows: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Terminals and literals that stand side by side."""
    for row in rows:
        for node in walk(row):
            if isinstance(node, Sequence):
                for first, second in zip(node.items, node.items[1:], strict=False):
                    if _is_token(first) and _is_token(second):
                        yield first, second


def _is_token(node: Node) -> bool:
    if isinstance(node, Name):
        return is_terminal(node.name)
    return isinstance(node, Literal | Regex | Range)
