"""From productions to what llguidance can run: one rule for each place a rule is used in.

A place is a mode (inside brackets other blanks may follow a token than outside) and a corner, what
the rule's first token has to be like:

    FIRST   it begins a line, so no line can be joined to it with a backslash
    GLUED   it follows a keyword without a blank, so it cannot begin with a character of a word
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maze.grammar.compiler import regex
from maze.grammar.compiler.normal import Line, Normalizer, Production, Reference, Symbol, Token
from maze.grammar.compiler.resolve import Resolved
from maze.grammar.compiler.rows import BARE, LOOSE, SPACED, Call, Item, Lexeme, NewLine, Row
from maze.grammar.compiler.simplify import inline, merge, productive, reachable

ANY, FIRST, GLUED = "", "first", "glued"


@dataclass(frozen=True, slots=True)
class _Place:
    rule: str
    mode: int
    corner: str


@dataclass(slots=True)
class Lowered:
    """``rules[entry]`` is where a text begins."""

    entry: str
    rules: dict[str, list[Row]] = field(default_factory=dict)


def lower(resolved: Resolved, normal: Normalizer) -> Lowered:
    """Raises ``GrammarError`` if no text at all can be made."""
    lowering = _Lowering(resolved, normal)
    entry = lowering.name(_Place(resolved.entry, 0, FIRST))
    lowering.run()
    rules = productive(lowering.rules)
    if entry not in rules:
        at = resolved.grammar.rules[resolved.entry].at
        raise resolved.grammar.error(
            at,
            f"no text fits: {resolved.entry!r} can never end",
            "every recursive rule needs an alternative without itself",
        )
    rules = {name: merge(rows) for name, rows in reachable(rules, entry).items()}
    rules = reachable(inline(rules, entry), entry)
    return Lowered(entry, {name: merge(rows) for name, rows in rules.items()})


class _Lowering:
    def __init__(self, resolved: Resolved, normal: Normalizer) -> None:
        self._grammar = resolved.grammar
        self._normal = normal
        self._modes = resolved.grammar.modes
        self._joins = resolved.joins is not None
        self._flags = resolved.flags
        self._words = resolved.grammar.words is not None
        self._keywords = normal.keywords if self._words else set()
        self._starts_of_tokens = {
            name: regex.start_of(node, normal.terminals) for name, node in normal.terminals.items()
        }
        self._nullable = self._find_nullable()
        self._starts: dict[str, regex.Start] = dict.fromkeys(normal.rules, frozenset())
        self._find_starts()
        self._opened_by = [
            {normal.token(opening) for opening, _ in mode.pairs} for mode in self._modes
        ]  # mode -> its opening tokens
        self._names: dict[_Place, str] = {}
        self._todo: list[_Place] = []
        self.rules: dict[str, list[Row]] = {}

    def run(self) -> None:
        while self._todo:
            place = self._todo.pop(0)
            rows = [
                Row(items, production.conditions)
                for production in self._normal.rules[place.rule]
                for items in self._place(production, place)
            ]
            self.rules[self._names[place]] = list(dict.fromkeys(rows))

    def name(self, place: _Place) -> str:
        """The name of the rule in its place; its rows will be made."""
        corner = place.corner
        if corner == FIRST and (not self._joins or place.mode):
            corner = ANY
        if corner == GLUED and self._starts[place.rule] == {regex.SYMBOL} and (not self._joins or place.mode):
            corner = ANY
        place = _Place(place.rule, place.mode, corner)
        if place not in self._names:
            mode = self._modes[place.mode].name if place.mode else ""
            name = "_".join(part for part in (place.rule, mode, corner) if part)
            self._names[place] = "start_rule" if name == "start" else name  # llguidance's entry is "start"
            self._todo.append(place)
        return self._names[place]

    def _place(self, production: Production, place: _Place) -> Iterator[tuple[Item, ...]]:
        for items in self._rest(production.symbols, 0, ((None, place.mode),), place.corner):
            if items or place.corner != GLUED:
                yield items

    def _rest(
        self, symbols: tuple[Symbol, ...], index: int, modes: tuple[tuple[str | None, int], ...], corner: str
    ) -> list[tuple[Item, ...]]:
        """All ways to write ``symbols[index:]``. ``modes``: the brackets open here and their modes."""
        if index == len(symbols):
            return [()]
        symbol = symbols[index]
        if isinstance(symbol, Line):
            block = symbol.block and self.name(_Place(symbol.block, modes[-1][1], FIRST))
            after = self._rest(symbols, index + 1, modes, FIRST)
            return [(NewLine(block), *rest) for rest in after]
        if isinstance(symbol, Reference):
            changes = tuple(change for change in symbol.changes if change[1:] in self._flags)
            call = Call(self.name(_Place(symbol.name, modes[-1][1], corner)), changes)
            found = [(call, *rest) for rest in self._rest(symbols, index + 1, modes, ANY)]
            if corner == GLUED and regex.SYMBOL not in self._starts[symbol.name]:
                found = []
            if corner and symbol.name in self._nullable:  # the corner may pass on to what follows
                found += self._rest(symbols, index + 1, modes, corner)
            return found
        return self._token(symbol, symbols, index, modes, corner)

    def _token(
        self,
        token: Token,
        symbols: tuple[Symbol, ...],
        index: int,
        modes: tuple[tuple[str | None, int], ...],
        corner: str,
    ) -> list[tuple[Item, ...]]:
        start = self._starts_of_tokens.get(token.name)
        if start is None or (corner == GLUED and regex.SYMBOL not in start):
            return []  # no such token in this profile or version, or none that begins like this
        before = self._joins and modes[-1][1] == 0 and corner == ANY
        inner = self._enter(token.name, modes)
        after = self._modes[inner[-1][1]].name if self._modes else None
        glued = corner == GLUED and regex.WORD in start

        def lexeme(blanks: str) -> Lexeme:
            return Lexeme(token.name, before, after, blanks, glued)

        def rest(corner: str) -> list[tuple[Item, ...]]:
            return self._rest(symbols, index + 1, inner, corner)

        following = self._following(symbols, index + 1)
        if token.name not in self._keywords or regex.WORD not in following:
            return [(lexeme(LOOSE), *items) for items in rest(ANY)]
        # a keyword before what may be a word: with a blank, or right before something else
        found: list[tuple[Item, ...]] = [(lexeme(SPACED), *items) for items in rest(ANY) if items]
        found += [(lexeme(BARE), *items) for items in rest(GLUED) if items]
        if all(isinstance(one, Reference) and one.name in self._nullable for one in symbols[index + 1 :]):
            found.append((lexeme(LOOSE),))
        return found

    def _enter(
        self, name: str, modes: tuple[tuple[str | None, int], ...]
    ) -> tuple[tuple[str | None, int], ...]:
        """The open brackets and their modes after a token."""
        opening = modes[-1][0]
        if opening is not None and name in self._normal.pairs[opening]:
            modes = modes[:-1]
        if name not in self._normal.pairs:
            return modes
        current = modes[-1][1]
        entered = [mode for mode, opens in enumerate(self._opened_by) if name in opens]
        return (*modes, (name, current if current in entered else entered[0]))

    def _following(self, symbols: tuple[Symbol, ...], index: int) -> regex.Start:
        start: regex.Start = frozenset()
        for symbol in symbols[index:]:
            start |= self._start(symbol)
            if not (isinstance(symbol, Reference) and symbol.name in self._nullable):
                break
        return start

    def _start(self, symbol: Symbol) -> regex.Start:
        match symbol:
            case Token(name):
                return self._starts_of_tokens.get(name, frozenset())
            case Reference(name):
                return self._starts[name]
        return frozenset({regex.SYMBOL})

    def _find_nullable(self) -> set[str]:
        found: set[str] = set()
        growing = True
        while growing:
            new = {
                name
                for name, productions in self._normal.rules.items()
                if name not in found
                and any(
                    all(isinstance(one, Reference) and one.name in found for one in production.symbols)
                    for production in productions
                )
            }
            found |= new
            growing = bool(new)
        return found

    def _find_starts(self) -> None:
        growing = True
        while growing:
            growing = False
            for name, productions in self._normal.rules.items():
                start = self._starts[name].union(*(self._following(one.symbols, 0) for one in productions))
                growing |= start != self._starts[name]
                self._starts[name] = start
