"""Makes terminals for a grammar of characters, so that a greedy lexer accepts exactly its language.

llguidance's lexer follows all terminals that may stand in a place at once, takes the longest match and never
gives any of it back. A grammar without terminals, whose characters are matched one by one, must not notice.
Terminals of one character are always right, but cost parser items for each character. So as much as
possible of what is regular becomes one terminal: first everything, and what could go wrong is then taken
apart, until nothing is left.

It goes wrong if, in some place, the terminal ``a`` matches a text and ``b`` can go on with a byte that may
also follow ``a``: the lexer follows ``b`` only. ``a`` and ``b`` may be the same terminal. What is assumed
about a grammar is never less than what can happen, so a mistake costs speed only.
"""

from __future__ import annotations

from collections import deque

from maze.grammar.regular import (
    Automaton,
    Chars,
    automaton,
    choice,
    nonempty,
    nullable,
    overlap,
    pattern_of,
    union,
)
from maze.grammar.tree import Choice, Name, Node, Regex, Repeat, Sequence, walk

_LARGEST = 2_000  # characters and classes in a terminal
_LONGEST = 20_000  # characters of its regular expression


def fuse(rules: dict[str, Node], entry: str) -> tuple[dict[str, Node], dict[str, Node]]:
    """(rules, terminals) that match the same texts; the leaves of ``rules`` are ``Chars``.

    Names of rules must be in small letters; terminals get the name of a rule in capitals.
    """
    return _Fusion(rules, entry).run()


class _Fusion:
    def __init__(self, rules: dict[str, Node], entry: str) -> None:
        self._irregular = _irregular(rules)
        self._source = {name: _group(body, self._irregular) for name, body in rules.items()}
        self._entry = entry
        self._sizes: dict[str, int] = {}
        self._split: set[str] = set()  # patterns of what must not be one terminal
        self._automata: dict[str, Automaton] = {}
        self._overlaps: dict[tuple[str, str], tuple[int, bool]] = {}

    def run(self) -> tuple[dict[str, Node], dict[str, Node]]:
        while True:
            self._rules: dict[str, Node] = {}
            self._terminals: dict[str, Regex] = {}
            self._names: dict[str, str] = {}  # of terminals, by pattern
            self._build()
            wrong = self._conflicts()
            if not wrong:
                return self._rules, dict(self._terminals)
            self._split |= wrong

    # rules whose leaves are names of terminals

    def _build(self) -> None:
        pending = [self._entry]
        while pending:
            name = pending.pop()
            if name in self._rules:
                continue
            self._rules[name] = self._lower(self._source[name], name)
            pending += [
                node.name
                for node in walk(self._rules[name])
                if isinstance(node, Name) and node.name in self._source
            ]

    def _lower(self, node: Node, rule: str) -> Node:
        if self._regular(node):
            body = nonempty(self._expand(node))
            if body is None:
                return Sequence(())
            pattern = pattern_of(body)
            if pattern not in self._split and len(pattern) <= _LONGEST:
                terminal = self._terminal(pattern, body, node.name if isinstance(node, Name) else rule)
                return Repeat(terminal, 0, 1) if nullable(self._expand(node)) else terminal
        match node:
            case Sequence(items) if len(items) > 2 and not all(isinstance(item, Chars) for item in items):
                # what goes wrong is mostly the end, such as blanks
                return _flat(self._lower(Sequence(items[:-1]), rule), self._lower(items[-1], rule))
            case Sequence(items):
                return _flat(*(self._lower(item, rule) for item in items))
            case Choice(options):
                return Choice(tuple(self._lower(option, rule) for option in options))
            case Repeat(item, low, high):
                return _counted(self._lower(item, rule), low, high)
        return node

    def _terminal(self, pattern: str, body: Node, rule: str) -> Name:
        if pattern not in self._names:
            name, number = rule.upper(), 1
            while name in self._terminals:
                number += 1
                name = f"{rule.upper()}_{number}"
            at = next((leaf.at for leaf in walk(body) if isinstance(leaf, Chars)), 0)
            self._names[pattern] = name
            self._terminals[name] = Regex(pattern, at=at)
            if pattern not in self._automata:
                self._automata[pattern] = automaton(body)
        return Name(self._names[pattern], at=self._terminals[self._names[pattern]].at)

    def _regular(self, node: Node) -> bool:
        names = [one.name for one in walk(node) if isinstance(one, Name)]
        return not any(name in self._irregular for name in names) and self._size(node) <= _LARGEST

    def _size(self, node: Node) -> int:
        size = 0
        for one in walk(node):
            if isinstance(one, Name):
                if one.name not in self._sizes:
                    self._sizes[one.name] = self._size(self._source[one.name])
                size += self._sizes[one.name]
            size += isinstance(one, Chars)
        return size

    def _expand(self, node: Node) -> Node:
        match node:
            case Name(name):
                return self._expand(self._source[name])
            case Sequence(items):
                return Sequence(tuple(map(self._expand, items)))
            case Choice(options):
                return choice([self._expand(option) for option in options])
            case Repeat(item, low, high):
                return Repeat(self._expand(item), low, high)
        return node

    # what a greedy lexer would get wrong

    def _conflicts(self) -> set[str]:
        follow = _Follow(self._rules, self._entry)
        wrong: set[str] = set()
        starts = {name: self._automata[terminal.pattern].starts for name, terminal in self._terminals.items()}
        after = {name: union(starts[one] for one in follow.after.get(name, ())) for name in self._terminals}
        # pairs of terminals that may stand in the same place
        pairs = deque((a, b) for a in follow.start for b in follow.start)
        seen = set(pairs)
        while pairs:
            a, b = pairs.popleft()
            ahead, common = self._overlapping(self._terminals[a].pattern, self._terminals[b].pattern)
            if ahead & after[a]:
                wrong.add(self._terminals[b].pattern)
            if common:
                new = {(x, y) for x in follow.after[a] for y in follow.after[b]} - seen
                seen |= new
                pairs += new
        return wrong

    def _overlapping(self, a: str, b: str) -> tuple[int, bool]:
        if (a, b) not in self._overlaps:
            self._overlaps[a, b] = overlap(self._automata[a], self._automata[b])
        return self._overlaps[a, b]


def _irregular(rules: dict[str, Node]) -> set[str]:
    """The rules that are recursive, or need one that is."""
    needs = {
        name: {node.name for node in walk(body) if isinstance(node, Name)} for name, body in rules.items()
    }
    regular: set[str] = set()
    while new := {name for name in rules if name not in regular and needs[name] <= regular}:
        regular |= new
    return set(rules) - regular


def _group(node: Node, irregular: set[str]) -> Node:
    """Neighbours that are regular, among others that are not, become a sequence of their own."""
    match node:
        case Sequence(items):
            groups: list[list[Node]] = []
            before = False
            for item in items:
                regular = not any(isinstance(one, Name) and one.name in irregular for one in walk(item))
                if regular and before:
                    groups[-1].append(item)
                else:
                    groups.append([_group(item, irregular)])
                before = regular
            return Sequence(tuple(one[0] if len(one) == 1 else Sequence(tuple(one)) for one in groups))
        case Choice(options):
            return Choice(tuple(_group(option, irregular) for option in options))
        case Repeat(item, low, high):
            return Repeat(_group(item, irregular), low, high)
    return node


def _flat(*items: Node) -> Node:
    parts = [part for item in items for part in (item.items if isinstance(item, Sequence) else (item,))]
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _counted(item: Node, low: int, high: int | None) -> Node:
    """A repetition as llguidance's rules have it: no open end after a count, and nested ones in brackets."""
    if high == 0:
        return Sequence(())
    if isinstance(item, Repeat):
        item = Sequence((item,))
    if high is None and low > 1:
        return Sequence((Repeat(item, low, low), Repeat(item, 0, None)))
    return Repeat(item, low, high)


class _Follow:
    """Which names may begin a text (``start``) and which may follow each (``after``), terminals only."""

    def __init__(self, rules: dict[str, Node], entry: str) -> None:
        self._rules = rules
        self._empty: set[str] = set()
        self._first: dict[str, set[str]] = {name: set() for name in rules}
        self.after: dict[str, set[str]] = {entry: set()}
        growing = True
        while growing:
            before = self._measure()
            for name, body in rules.items():
                first, empty = self._visit(body, self.after.setdefault(name, set()))
                self._first[name] |= first
                if empty:
                    self._empty.add(name)
            growing = self._measure() != before
        self.start = self._first[entry]

    def _measure(self) -> int:
        sizes = [len(one) for found in (self._first, self.after) for one in found.values()]
        return sum(sizes) + len(self._empty) + len(self.after)

    def _visit(self, node: Node, after: set[str]) -> tuple[set[str], bool]:
        """(terminals it begins with, whether it may be empty), having noted what follows its parts."""
        match node:
            case Name(name):
                self.after.setdefault(name, set()).update(after)
                return (self._first[name], name in self._empty) if name in self._rules else ({name}, False)
            case Sequence(items):
                first: set[str] = set()
                empty = True
                for item in reversed(items):
                    heads, skippable = self._visit(item, after | first if empty else first)
                    first = first | heads if skippable else set(heads)
                    empty = empty and skippable
                return first, empty
            case Choice(options):
                parts = [self._visit(option, after) for option in options]
                return set().union(*(part[0] for part in parts)), any(part[1] for part in parts)
            case Repeat(item, low, high):
                if high == 0:
                    return set(), True
                heads, skippable = self._visit(item, after)
                if high != 1:
                    self._visit(item, after | heads)
                return heads, skippable or low == 0
        raise AssertionError(node)
