"""From rules with groups and repetitions to plain productions; line ends become marks between items.

Repetition becomes left recursion, which Earley parsers handle in constant space per row. By Lark's
convention a statement *ends* with ``_NEWLINE``. llguidance needs it the other way round: the line end
and the indentation of what follows are one token *between* two statements. So the mark ``Line`` stands
before every item that follows an item which ends its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maze.grammar.compiler.checks import MARKS, NEWLINES
from maze.grammar.compiler.resolve import Resolved
from maze.grammar.tree import (
    Alternative,
    Choice,
    Condition,
    Grammar,
    Name,
    Node,
    Repeat,
    Sequence,
    is_terminal,
    walk,
)
from maze.grammar.tree import Literal as LiteralNode
from maze.grammar.tree import Range as RangeNode
from maze.grammar.tree import Regex as RegexNode

_MOST_ALTERNATIVES = 64  # of one group written out; more become a rule of their own
_MOST_COPIES = 16


@dataclass(frozen=True, slots=True)
class Token:
    """A terminal by its name (literals have got one). ``apart``: no word can be glued to it."""

    name: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A rule, called with flags changed."""

    name: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The next line: at the depth of this one, or, with ``block``, deeper with that rule on it."""

    block: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What has to stand before the next token: one of ``checks.MARKS``."""

    name: str


Symbol = Token | Reference | Line | Mark


@dataclass(frozen=True, slots=True)
class Production:
    symbols: tuple[Symbol, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Partial:
    """The beginning of a production; ``ended``: its last line has ended."""

    symbols: tuple[Symbol, ...] = ()
    ended: bool = False


class Normalizer:
    """Holds what one grammar's productions have in common: the names of literals and of made rules."""

    def __init__(self, resolved: Resolved) -> None:
        self._resolved = resolved
        self._grammar: Grammar = resolved.grammar
        self.terminals: dict[str, Node] = dict(resolved.terminals)
        self.rules: dict[str, list[Production]] = {}
        self._indented = "_INDENT" in {name.name for name in self._grammar.declared}
        self.lined = _ends_line(resolved.rules) if self._indented else set()
        self.keywords: set[str] = set()  # names of the terminals made of words in rules
        self._literals: dict[tuple[object, ...], str] = {}
        self.pairs: dict[str, set[str]] = {}  # opening -> closing tokens
        for mode in self._grammar.modes:
            for opening, closing in mode.pairs:
                self.pairs.setdefault(self.token(opening), set()).add(self.token(closing))
        # token -> what follows it instead of the mode's blanks
        self.blanks = {
            self.token(node): one.blanks.name if one.blanks else None
            for one in self._grammar.blanks
            for node in one.tokens
        }
        self._current = ""
        for name, alternatives in resolved.rules.items():
            self._current = name
            self.rules[name] = [
                Production(partial.symbols, alternative.conditions)
                for alternative in alternatives
                for partial in self._extend([_Partial()], alternative.body)
            ]

    def token(self, node: Node) -> str:
        """The name of the terminal for a literal or regular expression in a rule."""
        if isinstance(node, Name):
            return node.name
        key: tuple[object, ...]
        match node:
            case LiteralNode(text, ignore_case):
                key = (text, ignore_case)
            case RegexNode(pattern, flags):
                key = ("/", pattern, flags)
            case RangeNode(first, last):
                key = ("..", first, last)
            case _:
                raise AssertionError(node)
        if key not in self._literals:
            name = _free(_literal_name(node), self.terminals)
            self._literals[key] = name
            self.terminals[name] = node
            if isinstance(node, LiteralNode) and is_word(node.text):
                self.keywords.add(name)
        return self._literals[key]

    def _extend(self, partials: list[_Partial], node: Node) -> list[_Partial]:
        match node:
            case Name(name) if name in NEWLINES and self._indented:
                return [_Partial(partial.symbols, True) for partial in partials]
            case Name(name) if name in MARKS:
                return self._append(partials, Mark(name), False)
            case Name(name, changes=changes):
                symbol = Token(name) if is_terminal(name) else Reference(name, changes)
                return self._append(partials, symbol, name in self.lined)
            case LiteralNode() | RegexNode() | RangeNode():
                if isinstance(node, LiteralNode) and not node.text:
                    return partials
                return self._append(partials, Token(self.token(node)), False)
            case Sequence(items):
                return self._sequence(partials, items)
            case Choice(options):
                return self._choice(partials, options)
            case Repeat(Name(name), 0) if name in NEWLINES and self._indented:
                return partials  # blank lines: they belong to _NEWLINE and _HEAD
            case Repeat(item, low, None):
                return self._repeat(partials, item, low)
            case Repeat(item, 0, 1) if all(map(self._just_opened, partials)):
                inner = self._extend([_Partial()], item)
                return self._append(partials, Reference(self._made("inner", [_Partial(), *inner])), False)
            case Repeat(item, low, high) if high is not None:
                return self._copies(partials, item, low, high)
        raise AssertionError(node)

    @staticmethod
    def _append(partials: list[_Partial], symbol: Symbol, ended: bool) -> list[_Partial]:
        return [
            _Partial((*one.symbols, Line(), symbol) if one.ended else (*one.symbols, symbol), ended)
            for one in partials
        ]

    def _sequence(self, partials: list[_Partial], items: tuple[Node, ...]) -> list[_Partial]:
        names = [item.name if isinstance(item, Name) else "" for item in items]
        index = 0
        while index < len(items):
            at = _at(items[index])
            if names[index] == "_INDENT":
                if "_DEDENT" not in names[index:]:
                    raise self._grammar.error(
                        at, "_INDENT without _DEDENT", "write _NEWLINE _INDENT … _DEDENT"
                    )
                if not all(one.ended for one in partials):
                    raise self._grammar.error(
                        at, "_INDENT has to follow a line end", "_NEWLINE _INDENT … _DEDENT"
                    )
                end = names.index("_DEDENT", index)
                block = self._made("block", self._extend([_Partial()], Sequence(items[index + 1 : end])))
                partials = [_Partial((*one.symbols, Line(block)), True) for one in partials]
                index = end + 1
            elif names[index] == "_DEDENT":
                raise self._grammar.error(at, "_DEDENT without _INDENT", "write _NEWLINE _INDENT … _DEDENT")
            else:
                partials = self._extend(partials, items[index])
                index += 1
        return partials

    def _choice(self, partials: list[_Partial], options: tuple[Node, ...]) -> list[_Partial]:
        found = [one for option in options for one in self._extend([_Partial()], option)]
        if len(found) * len(partials) > _MOST_ALTERNATIVES and not any(one.ended for one in found):
            return self._append(partials, Reference(self._made("group", found)), False)
        return _unique(
            joined for partial in partials for one in found for joined in [self._join(partial, one)]
        )

    @staticmethod
    def _join(left: _Partial, right: _Partial) -> _Partial:
        if not right.symbols:
            return _Partial(left.symbols, left.ended or right.ended)
        between = (Line(),) if left.ended and not isinstance(right.symbols[0], Line) else ()
        return _Partial((*left.symbols, *between, *right.symbols), right.ended)

    def _copies(self, partials: list[_Partial], item: Node, low: int, high: int) -> list[_Partial]:
        if high > _MOST_COPIES or low > high:
            raise self._grammar.error(
                _at(item), f"cannot repeat a rule's item {low} to {high} times", f"at most {_MOST_COPIES}"
            )
        found = partials
        for _ in range(low):
            found = self._extend(found, item)
        last = found
        for _ in range(high - low):
            last = self._extend(last, item)
            found = _unique([*found, *last])
        return found

    def _repeat(self, partials: list[_Partial], item: Node, low: int) -> list[_Partial]:
        """``x* `` after something becomes a left-recursive rule that begins with that something."""
        once = self._extend([_Partial()], item)
        ended = {one.ended for one in once}
        heads, tails = zip(*map(self._split, partials), strict=True)
        hoist = (
            len(set(heads)) == 1
            and all(tail.symbols and not self._ends_in_keyword(tail) for tail in tails)
            and (low == 1 or {tail.ended for tail in tails} == ended)
            and len(ended) == 1
        )
        name = self._reserve("list")
        if low == 0 and all(map(self._just_opened, partials)):
            loop = _Partial((Reference(name),))
            self._define(name, [_Partial(), *(self._join(loop, one) for one in once)])
            return [self._join(partial, loop) for partial in partials]
        loop = _Partial((Reference(name),), ended == {True})
        if hoist:
            first = list(tails) if low == 0 else [self._join(tail, one) for tail in tails for one in once]
            self._define(name, [*first, *(self._join(loop, one) for one in once)])
            return [self._join(_Partial(heads[0]), loop)]
        self._define(name, [*once, *(self._join(loop, one) for one in once)])
        with_some = [self._join(partial, loop) for partial in partials]
        return _unique([*partials, *with_some] if low == 0 else with_some)

    def _split(self, partial: _Partial) -> tuple[tuple[Symbol, ...], _Partial]:
        """The part up to the last bracket that is still open, and the part after it."""
        opened: list[tuple[str, int]] = []
        for index, symbol in enumerate(partial.symbols):
            if isinstance(symbol, Token):
                if opened and symbol.name in self.pairs[opened[-1][0]]:
                    opened.pop()
                if symbol.name in self.pairs:
                    opened.append((symbol.name, index + 1))
        cut = opened[-1][1] if opened else 0
        return partial.symbols[:cut], _Partial(partial.symbols[cut:], partial.ended)

    def _just_opened(self, partial: _Partial) -> bool:
        """Right after an opening bracket: there an empty rule is cheaper than two alternatives."""
        last = partial.symbols[-1] if partial.symbols else None
        return isinstance(last, Token) and last.name in self.pairs

    def _ends_in_keyword(self, partial: _Partial) -> bool:
        last = partial.symbols[-1]
        return isinstance(last, Token) and last.name in self.keywords

    def _made(self, kind: str, partials: list[_Partial]) -> str:
        name = self._reserve(kind)
        self._define(name, partials)
        return name

    def _reserve(self, kind: str) -> str:
        name = _free(f"{self._current}_{kind}", self.rules, self._resolved.rules)
        self.rules[name] = []
        return name

    def _define(self, name: str, partials: list[_Partial]) -> None:
        self.rules[name] = [Production(one.symbols) for one in _unique(partials)]


def is_word(text: str) -> bool:
    """Whether a literal is a keyword: a word that could be an identifier."""
    return text.isidentifier()


def _ends_line(rules: dict[str, tuple[Alternative, ...]]) -> set[str]:
    """The rules whose texts all end their last line."""
    found = {*NEWLINES, "_DEDENT"}

    def ends(node: Node) -> bool:
        match node:
            case Name(name):
                return name in found
            case Choice(options):
                return all(map(ends, options))
            case Repeat(item):
                return ends(item)
            case Sequence(items):
                for item in reversed(items):
                    if not ends(item):
                        return False
                    if not (isinstance(item, Repeat) and item.low == 0):
                        return True
                return bool(items)
        return False

    growing = True
    while growing:
        new = {
            name
            for name, alternatives in rules.items()
            if name not in found and alternatives and all(ends(one.body) for one in alternatives)
        }
        found |= new
        growing = bool(new)
    return found


_SYMBOL_NAMES = {
    "!": "bang", "#": "hash", "$": "dollar", "%": "percent", "&": "and", "'": "quote", '"': "dquote",
    "(": "lpar", ")": "rpar", "*": "star", "+": "plus", ",": "comma", "-": "minus", ".": "dot", "/": "slash",
    ":": "colon", ";": "semicolon", "<": "less", "=": "equal", ">": "more", "?": "question", "@": "at",
    "[": "lsqb", "\\": "backslash", "]": "rsqb", "^": "caret", "`": "backtick", "{": "lbrace", "|": "bar",
    "}": "rbrace", "~": "tilde", "\n": "newline", " ": "space", "\t": "tab",
}  # fmt: skip


def _literal_name(node: Node) -> str:
    if not isinstance(node, LiteralNode):
        return "PATTERN"
    if is_word(node.text) and node.text.isascii():
        return f"KW_{node.text.upper()}"
    parts = [_SYMBOL_NAMES.get(char) for char in node.text]
    if len(parts) <= 4 and all(parts):
        return "_".join(part for part in parts if part).upper()
    return "TEXT"


def _free(name: str, *taken: Iterable[str]) -> str:
    if not any(name in names for names in taken):
        return name
    number = 2
    while any(f"{name}_{number}" in names for names in taken):
        number += 1
    return f"{name}_{number}"


def _unique(partials: Iterable[_Partial]) -> list[_Partial]:
    return list(dict.fromkeys(partials))


def _at(node: Node) -> int:
    return next((getattr(one, "at", 0) for one in walk(node) if hasattr(one, "at")), 0)
