"""Regular expressions over characters: what they match, as text and as automata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from maze.grammar.tree import Choice, Node, Regex, Repeat, Sequence, walk

Ranges = tuple[tuple[int, int], ...]  # of code points, ordered, both ends included

_EXACT = 64  # the most states for a counted repetition; a longer one is followed as any number
_SURROGATES = (0xD800, 0xDFFF)
_LAST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Chars(Regex):
    """One character out of some."""

    ranges: Ranges = ()


def chars(ranges: Iterable[tuple[int, int]], *, negated: bool = False, at: int = 0) -> Chars:
    """One character out of ``ranges`` of code points, or one that is in none of them."""
    inside = _ordered(ranges)
    taken = _complement(inside) if negated else inside
    taken = _complement(_ordered([*_complement(taken), _SURROGATES]))
    if len(taken) == 1 and taken[0][0] == taken[0][1]:
        return Chars(_escaped(taken[0][0]), at=at, ranges=taken)
    body = "".join(_escaped(first) + (f"-{_escaped(last)}" if last > first else "") for first, last in taken)
    return Chars(f"[{body}]", at=at, ranges=taken)


def _ordered(ranges: Iterable[tuple[int, int]]) -> Ranges:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _complement(ranges: Ranges) -> Ranges:
    ends = [-1, *(end for pair in ranges for end in pair), _LAST + 1]
    return tuple((a + 1, b - 1) for a, b in zip(ends[::2], ends[1::2], strict=True) if a + 1 <= b - 1)


def _escaped(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and (char.isalnum() or char in " _,:;=<>!@%\"'") else f"\\x{{{code:x}}}"


def choice(options: list[Node]) -> Node:
    """Single characters among ``options`` are one."""
    single = [option for option in options if isinstance(option, Chars)]
    if len(single) < 2:
        return Choice(tuple(options))
    merged = chars((pair for one in single for pair in one.ranges), at=single[0].at)
    rest = [option for option in options if not isinstance(option, Chars)]
    return Choice((merged, *rest)) if rest else merged


def nullable(node: Node) -> bool:
    """A regular ``node`` matches the empty text."""
    match node:
        case Sequence(items):
            return all(map(nullable, items))
        case Choice(options):
            return any(map(nullable, options))
        case Repeat(item, low):
            return low == 0 or nullable(item)
    return False


def nonempty(node: Node) -> Node | None:
    """What ``node`` matches except the empty text; None if that is nothing."""
    if not nullable(node):
        return node
    match node:
        case Sequence(items):
            tails = [
                Sequence((head, *items[index + 1 :]))
                for index, item in enumerate(items)
                if (head := nonempty(item)) is not None
            ]
            return Choice(tuple(tails)) if tails else None
        case Choice(options):
            some = [one for option in options if (one := nonempty(option)) is not None]
            return Choice(tuple(some)) if some else None
        case Repeat(item, _, high):
            one = nonempty(item)
            return None if one is None or high == 0 else Repeat(one, 1, high)
    return None


def pattern_of(node: Node) -> str:
    """The regular expression of ``node``, whose leaves are ``Chars``, in Rust's syntax."""
    match node:
        case Regex(pattern):
            return pattern
        case Sequence(items):
            return "".join(
                f"(?:{pattern_of(one)})" if isinstance(one, Choice) else pattern_of(one) for one in items
            )
        case Choice(options):
            return "|".join(map(pattern_of, options))
        case Repeat(item, low, high):
            inner = pattern_of(item) if isinstance(item, Chars) else f"(?:{pattern_of(item)})"
            counts = {(0, None): "*", (1, None): "+", (0, 1): "?", (low, low): f"{{{low}}}"}
            return inner + counts.get((low, high), f"{{{low},{'' if high is None else high}}}")
    raise AssertionError(node)


@dataclass(slots=True)
class Automaton:
    """Glushkov's: a state for each place of a character in an expression; never less than it matches."""

    ranges: list[Ranges] = field(default_factory=list)
    follow: list[set[int]] = field(default_factory=list)
    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)

    @property
    def starts(self) -> int:
        """The bytes that a match may begin with, as a set of bits."""
        return union(_lead(self.ranges[state]) for state in self.first)


def automaton(node: Node) -> Automaton:
    """The automaton of ``node``, whose leaves are ``Chars``."""
    made = Automaton()
    made.first, made.last, _ = _states(node, made)
    return made


def _states(node: Node, made: Automaton) -> tuple[set[int], set[int], bool]:
    """Adds the states of ``node``; (first ones, last ones, whether it may be empty)."""
    match node:
        case Chars(ranges=ranges):
            made.ranges.append(ranges)
            made.follow.append(set())
            return {len(made.ranges) - 1}, {len(made.ranges) - 1}, False
        case Sequence(items):
            return _chain((_states(item, made) for item in items), made)
        case Choice(options):
            parts = [_states(option, made) for option in options]
            return (
                set().union(*(part[0] for part in parts)),
                set().union(*(part[1] for part in parts)),
                any(part[2] for part in parts),
            )
        case Repeat(item, low, high):
            return _repeated(item, low, high, made)
    raise AssertionError(node)


def _repeated(item: Node, low: int, high: int | None, made: Automaton) -> tuple[set[int], set[int], bool]:
    if high == 0:
        return set(), set(), True
    if high is None or high * sum(isinstance(one, Chars) for one in walk(item)) > _EXACT:
        first, last, empty = _states(item, made)
        for state in last:
            made.follow[state] |= first
        return first, last, empty or low == 0
    if high == 1 and low == 0:
        first, last, _ = _states(item, made)
        return first, last, True
    copies: list[Node] = [item] * low + [Repeat(item, 0, 1)] * (high - low)
    return _chain((_states(one, made) for one in copies), made)


def _chain(
    parts: Iterator[tuple[set[int], set[int], bool]], made: Automaton
) -> tuple[set[int], set[int], bool]:
    first: set[int] = set()
    last: set[int] = set()
    empty = True
    for heads, tails, skippable in parts:
        for state in last:
            made.follow[state] |= heads
        if empty:
            first |= heads
        last = last | tails if skippable else tails
        empty = empty and skippable
    return first, last, empty


def overlap(a: Automaton, b: Automaton) -> tuple[int, bool]:
    """(bytes with which ``b`` can go on after a text that ``a`` matches, whether both match some text)"""
    todo = [(p, q) for p in a.first for q in b.first if _meet(a.ranges[p], b.ranges[q])]
    seen = set(todo)
    ahead, common = 0, False
    while todo:
        p, q = todo.pop()
        if p in a.last:
            ahead |= union(_lead(b.ranges[state]) for state in b.follow[q])
            common = common or q in b.last
        for pair in [(x, y) for x in a.follow[p] for y in b.follow[q]]:
            if pair not in seen and _meet(a.ranges[pair[0]], b.ranges[pair[1]]):
                seen.add(pair)
                todo.append(pair)
    return ahead, common


def _meet(a: Ranges, b: Ranges) -> bool:
    return any(x <= v and u <= y for x, y in a for u, v in b)


def _lead(ranges: Ranges) -> int:
    """The first bytes of characters in UTF-8, as a set of bits: bytes are what a lexer sees."""
    found = 0
    for first, last in ranges:
        low, high = _utf8(first)[0], _utf8(last)[0]
        found |= (1 << (high + 1)) - (1 << low)
    return found


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass")


def union(sets: Iterable[int]) -> int:
    """The union of sets of bits."""
    found = 0
    for one in sets:
        found |= one
    return found
