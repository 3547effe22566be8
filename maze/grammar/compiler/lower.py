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
from maze.grammar.source import Condition

ANY, FIRST, GLUED = "", "first", "glued"

# how the blanks after a token are
LOOSE, SPACED, BARE = "", "spaced", "bare"  # maybe some; at least one; none


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A token in its place. ``union`` makes one of several that can stand for each other."""

    token: str
    before: bool = False  # a joined line may come before it
    after: str | None = None  # the mode whose blanks follow it
    blanks: str = LOOSE
    glued: bool = False
    union: tuple[Lexeme, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A rule in its place, with flags changed."""

    name: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLine:
    """The next line; ``block`` is the rule of a deeper block that begins on it."""

    block: str | None = None


Item = Lexeme | Call | NewLine


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative of a lowered rule."""

    items: tuple[Item, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    rule: str
    mode: int
    corner: str


@dataclass(slots=True)
class Lowered:
    """``rules[entry]`` is where a text begins; ``lined`` if its texts end with their line."""

    entry: str
    rules: dict[str, list[Row]] = field(default_factory=dict)


def lower(resolved: Resolved, normal: Normalizer) -> Lowered:
    """Raises ``GrammarError`` if no text at all can be made."""
    lowering = _Lowering(resolved, normal)
    entry = lowering.name(_Place(resolved.entry, 0, FIRST))
    lowering.run()
    rules = _productive(lowering.rules)
    if entry not in rules:
        at = resolved.grammar.rules[resolved.entry].at
        raise resolved.grammar.error(
            at, f"{resolved.entry!r} can never end", "every recursive rule needs an alternative without itself"
        )
    rules = {name: _merge(rows) for name, rows in _reachable(rules, entry).items()}
    rules = _reachable(_inline(rules, entry), entry)
    return Lowered(entry, {name: _merge(rows) for name, rows in rules.items()})


class _Lowering:
    def __init__(self, resolved: Resolved, normal: Normalizer) -> None:
        self._grammar = resolved.grammar
        self._normal = normal
        self._modes = resolved.grammar.modes
        self._joins = resolved.joins is not None
        self._words = resolved.grammar.words is not None
        self._keywords = normal.keywords if self._words else set()
        self._starts_of_tokens = {
            name: regex.start_of(node, normal.terminals) for name, node in normal.terminals.items()
        }
        self._nullable = self._find_nullable()
        self._starts = self._find_starts()
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
            self._names[place] = "_".join(part for part in (place.rule, mode, corner) if part)
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
            call = Call(self.name(_Place(symbol.name, modes[-1][1], corner)), symbol.changes)
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

    def _find_starts(self) -> dict[str, regex.Start]:
        self._starts: dict[str, regex.Start] = dict.fromkeys(self._normal.rules, frozenset())
        growing = True
        while growing:
            growing = False
            for name, productions in self._normal.rules.items():
                start = self._starts[name].union(*(self._following(one.symbols, 0) for one in productions))
                growing |= start != self._starts[name]
                self._starts[name] = start
        return self._starts


def _calls(row: Row) -> Iterator[str]:
    for item in row.items:
        if isinstance(item, Call):
            yield item.name
        elif isinstance(item, NewLine) and item.block:
            yield item.block


def _productive(rules: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Without the rows that no finite text matches."""
    good: set[str] = set()
    growing = True
    while growing:
        new = {
            name
            for name, rows in rules.items()
            if name not in good and any(all(call in good for call in _calls(row)) for row in rows)
        }
        good |= new
        growing = bool(new)
    return {
        name: [row for row in rows if all(call in good for call in _calls(row))]
        for name, rows in rules.items()
        if name in good
    }


def _reachable(rules: dict[str, list[Row]], entry: str) -> dict[str, list[Row]]:
    seen, todo = {entry}, [entry]
    while todo:
        for row in rules[todo.pop()]:
            for call in _calls(row):
                if call not in seen:
                    seen.add(call)
                    todo.append(call)
    return {name: rows for name, rows in rules.items() if name in seen}


def _inline(rules: dict[str, list[Row]], entry: str) -> dict[str, list[Row]]:
    """Puts rules where they are called if that costs no text: each rule less is an item less per row.

    A rule of one row goes wherever it is called; one that is an alternative by itself in one place
    only brings its alternatives there.
    """
    rules = dict(rules)
    for name in list(rules):
        rows = rules[name]
        if name == entry or any(name in _calls(row) for row in rows):
            continue
        if any(isinstance(item, NewLine) for row in rows for item in row.items):
            continue
        uses = [
            (user, row, item)
            for user, others in rules.items()
            for row in others
            for item in row.items
            if (isinstance(item, Call) and item.name == name)
            or (isinstance(item, NewLine) and item.block == name)
        ]
        if any(item != Call(name) for _, _, item in uses):
            continue
        single = len(rows) == 1 and not rows[0].conditions
        alone = len(uses) == 1 and len(uses[0][1].items) == 1
        if single or alone:
            for user in {user for user, _, _ in uses}:
                rules[user] = [new for row in rules[user] for new in _substitute(row, name, rows)]
            del rules[name]
    return rules


def _substitute(row: Row, name: str, rows: list[Row]) -> Iterator[Row]:
    if Call(name) not in row.items:
        yield row
        return
    for one in rows:
        items = tuple(
            part for item in row.items for part in (one.items if item == Call(name) else (item,))
        )
        yield Row(items, row.conditions + one.conditions)


def _merge(rows: list[Row]) -> list[Row]:
    """Rows that differ in one token only become one row with the union of the tokens.

    It is the same language with a fraction of the parser's items: all binary operators are one row.
    """
    for position in range(max((len(row.items) for row in rows), default=0)):
        groups: dict[object, list[Row]] = {}
        for number, row in enumerate(rows):
            item = row.items[position] if position < len(row.items) else None
            rest = (row.items[:position], row.items[position + 1 :], row.conditions)
            groups.setdefault((rest) if isinstance(item, Lexeme) else number, []).append(row)
        rows = [_union(group, position) for group in groups.values()]
    return rows


def _union(rows: list[Row], position: int) -> Row:
    if len(rows) == 1:
        return rows[0]
    parts: list[Lexeme] = []
    for row in rows:
        item = row.items[position]
        assert isinstance(item, Lexeme)
        parts += item.union or (item,)
    items = list(rows[0].items)
    items[position] = Lexeme("", union=tuple(dict.fromkeys(parts)))
    return Row(tuple(items), rows[0].conditions)


