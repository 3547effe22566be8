"""From productions to what llguidance can run: one rule for each place a rule is used in.

A place is a mode (inside brackets other blanks may follow a token than outside) and a corner, what
the rule's first token has to be like:

    FIRST   it begins a line, so no line can be joined to it with a backslash
    GLUED   it follows a keyword without a blank, so it cannot begin with a character of a word

If blanks lead (``%leading``) the corner says which ones: GLUED is then "some, unless the token begins
with no character of a word", and the marks of the grammar are corners too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maze.grammar.compiler import regex, rows
from maze.grammar.compiler.checks import ADJACENT, BLANK, SAME_LINE
from maze.grammar.compiler.normal import Line, Mark, Normalizer, Production, Reference, Symbol, Token
from maze.grammar.compiler.resolve import Resolved
from maze.grammar.compiler.rows import (
    BARE,
    JOINED,
    LED,
    LOOSE,
    NOTHING,
    SPACED,
    Call,
    Item,
    Lexeme,
    NewLine,
    Row,
)
from maze.grammar.compiler.simplify import inline, merge, productive, reachable

ANY, FIRST, GLUED = "", "first", "glued"
# corners of grammars whose blanks lead; their names are those of ``Lexeme.before``
SAME, SOME, SOME_SAME = rows.SAME_LINE, rows.SOME, rows.SOME_SAME_LINE
TIGHT, GLUED_SAME = "tight", "glued_same_line"
_OF_MARK = {SAME_LINE: SAME, BLANK: SOME, ADJACENT: TIGHT}
_BOTH = {
    frozenset({SAME, GLUED}): GLUED_SAME,
    frozenset({SAME, SOME}): SOME_SAME,
    frozenset({GLUED, SOME_SAME}): SOME_SAME,
    frozenset({GLUED_SAME, SOME}): SOME_SAME,
}


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
        self._leading = resolved.grammar.leading is not None
        self._flags = resolved.flags
        self._words = resolved.grammar.words is not None
        self._keywords = normal.keywords if self._words else set()
        self._starts_of_tokens = {
            name: regex.start_of(node, normal.terminals) for name, node in normal.terminals.items()
        }
        for node in resolved.grammar.apart:
            self._starts_of_tokens[normal.token(node)] = frozenset({regex.WORD})
        self._nullable = self._find_nullable()
        self._starts: dict[str, regex.Start] = dict.fromkeys(normal.rules, frozenset())
        self._find_starts()
        self._worded = self._find_worded() if self._leading else set()
        self._opened_by = [
            {normal.token(opening) for opening, _ in mode.pairs} for mode in self._modes
        ]  # mode -> its opening tokens
        self._names: dict[_Place, str] = {}
        self._todo: list[_Place] = []
        self.rules: dict[str, list[Row]] = {}

    def run(self) -> None:
        while self._todo:
            place = self._todo.pop(0)
            made = [
                Row(items, production.conditions)
                for production in self._normal.rules[place.rule]
                for items in self._place(production, place)
            ]
            self.rules[self._names[place]] = list(dict.fromkeys(made))

    def name(self, place: _Place) -> str:
        """The name of the rule in its place; its rows will be made."""
        corner = place.corner
        if corner == FIRST and (not self._joins or place.mode):
            corner = ANY
        symbolic = self._starts[place.rule] == {regex.SYMBOL} and place.rule not in self._nullable
        if symbolic and (not self._joins or place.mode):
            corner = {GLUED: ANY, GLUED_SAME: SAME}.get(corner, corner)
        place = _Place(place.rule, place.mode, corner)
        if place not in self._names:
            mode = self._modes[place.mode].name if place.mode else ""
            name = "_".join(part for part in (place.rule, mode, corner) if part)
            self._names[place] = "start_rule" if name == "start" else name  # llguidance's entry is "start"
            self._todo.append(place)
        return self._names[place]

    def _place(self, production: Production, place: _Place) -> Iterator[tuple[Item, ...]]:
        symbols = production.symbols
        if place.rule in self._worded and symbols and isinstance(symbols[0], Token):
            symbols = (Token(symbols[0].name, apart=True), *symbols[1:])
        for items in self._rest(symbols, 0, ((None, place.mode),), place.corner):
            if items or place.corner in (ANY, FIRST):
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
        if isinstance(symbol, Mark):
            return self._rest(symbols, index + 1, modes, _narrowed(corner, _OF_MARK[symbol.name]))
        if isinstance(symbol, Reference):
            changes = tuple(change for change in symbol.changes if change[1:] in self._flags)
            call = Call(self.name(_Place(symbol.name, modes[-1][1], corner)), changes)
            found = [(call, *rest) for rest in self._rest(symbols, index + 1, modes, ANY)]
            if corner == GLUED and regex.SYMBOL not in self._starts[symbol.name] and not self._leading:
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
        if self._leading:
            return self._led(token, symbols, index, modes, corner)
        start = self._starts_of_tokens.get(token.name)
        if start is None or (corner == GLUED and regex.SYMBOL not in start):
            return []  # no such token in this profile or version, or none that begins like this
        before = self._joins and modes[-1][1] == 0 and corner == ANY
        inner = self._enter(token.name, modes)
        after = self._modes[inner[-1][1]].name if self._modes else None
        glued = corner == GLUED and regex.WORD in start

        def lexeme(blanks: str) -> Lexeme:
            return Lexeme(token.name, JOINED if before else NOTHING, after, blanks, glued)

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

    def _led(
        self,
        token: Token,
        symbols: tuple[Symbol, ...],
        index: int,
        modes: tuple[tuple[str | None, int], ...],
        corner: str,
    ) -> list[tuple[Item, ...]]:
        """``_token`` where blanks lead: they belong to the token that they are before."""
        start = self._starts_of_tokens.get(token.name)
        if start is None:
            return []
        after = LED if token.name in self._normal.blanks else None
        if corner in (GLUED, GLUED_SAME):
            lexeme = Lexeme(token.name, SOME if corner == GLUED else SOME_SAME, after)
            if start == {regex.SYMBOL}:
                lexeme = Lexeme(token.name, LED if corner == GLUED else SAME, after)
            elif regex.SYMBOL in start:
                lexeme = Lexeme("", union=(lexeme, Lexeme(token.name, NOTHING, after, glued=True)))
        else:
            lexeme = Lexeme(token.name, {ANY: LED, TIGHT: NOTHING}.get(corner, corner), after)
        clings = token.name in self._keywords and not token.apart
        next_corner = GLUED if clings and regex.WORD in self._following(symbols, index + 1) else ANY
        return [(lexeme, *items) for items in self._rest(symbols, index + 1, modes, next_corner)]

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
            if not self._may_be_empty(symbol):
                break
        return start

    def _may_be_empty(self, symbol: Symbol) -> bool:
        if isinstance(symbol, Mark):
            return symbol.name in (SAME_LINE, ADJACENT)  # the others set a word apart
        return isinstance(symbol, Reference) and symbol.name in self._nullable

    def _start(self, symbol: Symbol) -> regex.Start:
        match symbol:
            case Token(name):
                return self._starts_of_tokens.get(name, frozenset())
            case Reference(name):
                return self._starts[name]
            case Mark() if self._may_be_empty(symbol):
                return frozenset()
        return frozenset({regex.SYMBOL})

    def _find_worded(self) -> set[str]:
        """The rules that may begin with an identifier. Their keywords need nothing after them:
        of ``if`` and ``iffy`` the longer one wins, as an identifier."""
        words = self._grammar.words
        found: set[str] = set()
        growing = words is not None
        while growing:
            new = {
                name
                for name, productions in self._normal.rules.items()
                if name not in found and any(self._begins(one.symbols, found) for one in productions)
            }
            found |= new
            growing = bool(new)
        return found

    def _begins(self, symbols: tuple[Symbol, ...], worded: set[str]) -> bool:
        assert self._grammar.words is not None
        for symbol in symbols:
            if isinstance(symbol, Token | Reference) and symbol.name in (self._grammar.words.name, *worded):
                return True
            if not self._may_be_empty(symbol):
                break
        return False

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


def _narrowed(corner: str, mark: str) -> str:
    """Both conditions on what is before a token at once."""
    return mark if corner in (ANY, FIRST) else _BOTH.get(frozenset({corner, mark}), mark)
