"""Reads a lexicon from a grammar's compiled text: its literals, and what its rules yield at least."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from maze.decoding.closing.lexicon import Lexicon
from maze.decoding.closing.patterns import shortest_matches
from maze.errors import GrammarError
from maze.grammar import Constraint, source
from maze.grammar.compiler.text import text_of
from maze.grammar.tree import Choice, Grammar, Literal, Name, Node, Repeat, Sequence, is_terminal

_LONGEST = 200  # bytes of a rest or word; longer ones are found in parts
_MOST_WORDS = 3_000
_PARAMETER = re.compile(r"::\w+(?:\((?:[^()]|\([^()]*\))*\))?")
_CONDITION = re.compile(r" %if [a-z_]+\(.*\)$", re.M)
_COUNTED = re.compile(r'("(?:[^"\\\n]|\\.)*"|/(?:[^/\\\n]|\\.)+/)|\{(\d+)(?:,(\d*))?\}')
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_WORD_IN_REGEX = re.compile(r"(?<![\\\w])[A-Za-z_$]\w+")


def read(constraint: Constraint) -> Lexicon:
    """The lexicon of ``constraint``. Takes a few tenths of a second for a programming language."""
    words = _words(constraint.text)
    if constraint.kind != "lark":
        return Lexicon(words)
    try:
        grammar = source.parse(_plain_lark(constraint.text), path=constraint.name)
    except GrammarError:  # what only llguidance can read, such as %json, is closed without these hints
        return Lexicon(words)
    yields = _Yields(grammar, shortest_matches(constraint.text, _patterns(grammar)))
    return Lexicon(words, yields.rests(), yields.rules.get("start"))


def _plain_lark(text: str) -> str:
    """llguidance's text without what its notation adds: parameters, conditions and ``{2,3}``."""

    def counted(match: re.Match[str]) -> str:
        kept, low, high = match.groups()
        return kept or (f"~{low}..{high}" if high else f"~{low}")

    bare = _PARAMETER.sub("", _CONDITION.sub("", text)).replace("%llguidance {}", "", 1)
    return _COUNTED.sub(counted, bare)


def _words(text: str) -> tuple[bytes, ...]:
    """The literals of a grammar text in any notation, and the words within its regular expressions."""
    found: dict[bytes, None] = {}
    for literal in _STRING.findall(text):
        try:
            word = json.loads(f'"{literal}"').encode()
        except ValueError:
            continue
        if 2 <= len(word) <= 48:
            found[word] = None
    for pattern in re.findall(r"/((?:[^/\\\n]|\\.)+)/", text):
        found.update((word.encode(), None) for word in _WORD_IN_REGEX.findall(pattern))
    return tuple(sorted(found)[:_MOST_WORDS])


def _patterns(grammar: Grammar) -> tuple[str, ...]:
    """What only llguidance can say the shortest match of, as written."""
    found: dict[str, None] = {}
    for body in _bodies(grammar).values():
        todo = [body]
        while todo:
            match todo.pop():
                case Sequence(items) | Choice(items):
                    todo += items
                case Repeat(item):
                    todo.append(item)
                case Name() | Literal():
                    pass
                case pattern:
                    found[text_of(pattern)] = None
    return tuple(found)


def _bodies(grammar: Grammar) -> dict[str, Node]:
    """The rules and terminals, each as one node."""
    return {
        name: Choice(tuple(alternative.body for alternative in rule.alternatives))
        for name, rule in grammar.rules.items()
    }


class _Yields:
    """The shortest text of each rule and terminal, by fixpoint from those of the patterns."""

    def __init__(self, grammar: Grammar, patterns: dict[str, bytes]) -> None:
        self._bodies = _bodies(grammar)
        self._patterns = patterns
        self.rules: dict[str, bytes] = {}
        changed = True
        while changed:
            changed = False
            for name, body in self._bodies.items():
                text = self._of(body)
                if text is not None and (name not in self.rules or len(text) < len(self.rules[name])):
                    self.rules[name] = text
                    changed = True

    def rests(self) -> tuple[bytes, ...]:
        """What may stand after any place in any production, shortest first."""
        rules = [name for name in self._bodies if not is_terminal(name)]
        found = {text for name in rules for text in self._rests(self._bodies[name], b"")}
        found.update(text for name in rules if (text := self.rules.get(name)))
        return tuple(sorted((text for text in found if 2 <= len(text) <= _LONGEST), key=_size))

    def _of(self, node: Node) -> bytes | None:
        match node:
            case Sequence(items):
                return _joined([self._of(item) for item in items])
            case Choice(options):
                found = [text for option in options if (text := self._of(option)) is not None]
                return min(found, key=_size) if found else None
            case Repeat(item, low):
                text = self._of(item) if low else b""
                return None if text is None else text * low
            case Name(name):
                return self.rules.get(name)
            case Literal(text):
                return text.encode()
        return self._patterns.get(text_of(node))

    def _rests(self, node: Node, tail: bytes | None) -> Iterator[bytes]:
        """The minimal texts from each place inside ``node`` to the end of its production."""
        if tail is None:
            return
        yield tail
        match node:
            case Sequence(items):
                for item in reversed(items):
                    yield from self._rests(item, tail)
                    tail = _joined([self._of(item), tail])
            case Choice(options):
                for option in options:
                    yield from self._rests(option, tail)
            case Repeat(item):
                yield from self._rests(item, tail)


def _joined(parts: list[bytes | None]) -> bytes | None:
    whole = b""
    for part in parts:
        if part is None:
            return None
        whole += part
    return whole


def _size(text: bytes) -> tuple[int, bytes]:
    return len(text), text
