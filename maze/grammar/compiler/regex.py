"""What must be known about regular expressions: what llguidance refuses, and what a match begins with."""

from __future__ import annotations

import re

from maze.grammar.tree import (
    Both,
    Choice,
    Grammar,
    Literal,
    Name,
    Node,
    Not,
    Range,
    Regex,
    Repeat,
    Sequence,
)

# What a match may begin with: a character of a word (letter, digit, underscore), or any other.
WORD, SYMBOL = "word", "symbol"
Start = frozenset[str]
_EITHER: Start = frozenset({WORD, SYMBOL})
_NOTHING: Start = frozenset()

_REFUSED = {
    r"\(\?<?[=!]": (
        "lookahead and lookbehind are not supported",
        "match only the text itself; to leave some texts out, write A & ~B (the longest match always wins)",
    ),
    r"\\[bB]": (r"\b is not supported", "leave it out: the longest match always wins"),
    r"\\[1-9]": ("back references are not supported", "write one alternative for each case"),
    r"\(\?P=": ("back references are not supported", "write one alternative for each case"),
    r"(?:[*+?]|\{[0-9,]+\})\?": (
        "lazy repetition is not supported: the longest match always wins",
        'say what may be repeated, such as [^"]* instead of .*?',
    ),
    r"(?:[*+?]|\{[0-9,]+\})\+": ("possessive repetition is not supported", "leave the second + out"),
    r"\(\?>": ("atomic groups are not supported", "write (?:…)"),
}
_PIECES = re.compile(
    "|".join(f"(?P<r{i}>{pattern})" for i, pattern in enumerate(_REFUSED))
    + r"|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
_FLAGS = "imsux"


def check(grammar: Grammar, node: Regex) -> None:
    """Raise ``GrammarError`` for what llguidance's regular expressions do not have."""
    offset = node.at + 1
    for match in _PIECES.finditer(node.pattern):
        if match.lastgroup:
            message, hint = list(_REFUSED.values())[int(match.lastgroup[1:])]
            raise grammar.error(offset + match.start(), message, hint)
    for index, flag in enumerate(node.flags):
        if flag not in _FLAGS:
            at = offset + len(node.pattern) + 1 + index
            raise grammar.error(at, f"unknown flag {flag!r}", f"flags: {' '.join(_FLAGS)}")


def start_of(node: Node, terminals: dict[str, Node]) -> Start:
    """What the matches of a terminal may begin with."""
    return _node_start(node, terminals)[0]


def may_be_empty(node: Node, terminals: dict[str, Node]) -> bool:
    """Whether a terminal matches the empty text."""
    return _node_start(node, terminals)[1]


def _node_start(node: Node, terminals: dict[str, Node]) -> tuple[Start, bool]:
    """(what a match begins with, whether it may be empty)"""
    match node:
        case Literal(text):
            return (_of_char(text[0]), False) if text else (_NOTHING, True)
        case Regex(pattern):
            return _Scanner(pattern).alternatives()
        case Range(first, last):
            return _of_range(first, last), False
        case Name(name):
            return _node_start(terminals[name], terminals) if name in terminals else (_EITHER, False)
        case Sequence(items):
            start = _NOTHING
            for item in items:
                more, empty = _node_start(item, terminals)
                start |= more
                if not empty:
                    return start, False
            return start, True
        case Choice(options):
            parts = [_node_start(option, terminals) for option in options]
            return frozenset().union(*(part[0] for part in parts)), any(part[1] for part in parts)
        case Repeat(item, low):
            start, empty = _node_start(item, terminals)
            return start, empty or low == 0
        case Both(items):
            parts = [_node_start(item, terminals) for item in items]
            return frozenset(_EITHER).intersection(*(part[0] for part in parts)), all(
                part[1] for part in parts
            )
        case Not():
            return _EITHER, True
    raise AssertionError(node)


def _of_char(char: str) -> Start:
    return frozenset({WORD if char.isalnum() or char == "_" else SYMBOL})


def _of_range(first: str, last: str) -> Start:
    if ord(last) - ord(first) > 300:  # beyond ASCII it is letters that are listed
        return _EITHER if first.isascii() else frozenset({WORD})
    return frozenset().union(*(_of_char(chr(code)) for code in range(ord(first), ord(last) + 1)))


def _char(item: str) -> str:
    """The character that an item of a class is, by itself or by its code; empty if neither."""
    code = re.fullmatch(r"\\[xu]\{?([0-9a-fA-F]+)\}?", item)
    return chr(int(code[1], 16)) if code else item if len(item) == 1 else ""


class _Scanner:
    """Reads a regular expression far enough to know its first characters."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def alternatives(self) -> tuple[Start, bool]:
        start, empty = self._sequence()
        while self._take("|"):
            more, also = self._sequence()
            start, empty = start | more, empty or also
        return start, empty

    def _sequence(self) -> tuple[Start, bool]:
        start, empty = _NOTHING, True
        while self._at < len(self._text) and self._peek() not in "|)":
            more, skippable = self._atom()
            quantifier = re.compile(r"[*?]|\+|\{(\d+)(,\d*)?\}").match(self._text, self._at)
            if quantifier:
                self._at = quantifier.end()
                skippable = skippable or quantifier.group() in ("*", "?") or quantifier.group(1) == "0"
            if empty:
                start |= more
                empty = skippable
        return start, empty

    def _atom(self) -> tuple[Start, bool]:
        char = self._peek()
        if char == "(":
            group = re.compile(r"\((\?(P?<\w+>|[a-z-]*[:)]))?").match(self._text, self._at)
            assert group is not None
            self._at = group.end()
            if group.group().endswith(")"):  # flags for the rest, such as (?i)
                return _NOTHING, True
            inner = self.alternatives()
            self._take(")")
            return inner
        if char == "[":
            return self._class(), False
        if char == "\\":
            return self._escape(), False
        self._at += 1
        if char in "^$":
            return _NOTHING, True
        return (_EITHER if char == "." else _of_char(char)), False

    def _class(self) -> Start:
        self._at += 1
        negated = self._take("^")
        start, first = _NOTHING, self._at
        while self._at < len(self._text) and (self._peek() != "]" or self._at == first):
            if self._text.startswith("&&", self._at):  # an intersection is no more than its first part
                depth = 1
                while depth:
                    depth += {"[": 1, "]": -1}.get(self._peek(), 0)
                    self._at += 2 if self._peek() == "\\" else 1
                return _EITHER if negated else start
            start |= self._class() if self._peek() == "[" else self._class_item()
        self._at += 1
        return _EITHER if negated else start

    def _class_item(self) -> Start:
        begin = self._at
        item = self._escape() if self._peek() == "\\" else self._plain()
        if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            first = _char(self._text[begin : self._at])
            self._at += 1
            second = self._at
            item |= self._escape() if self._peek() == "\\" else self._plain()
            last = _char(self._text[second : self._at])
            return _of_range(first, last) if first and first <= last else _EITHER
        return item

    def _plain(self) -> Start:
        self._at += 1
        return _of_char(self._text[self._at - 1])

    def _escape(self) -> Start:
        escape = re.compile(
            r"\\(?:([pP])(?:\{\^?([^}]*)\}|.)|x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))|u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))|(.))",
            re.DOTALL,
        ).match(self._text, self._at)
        if escape is None:
            self._at = len(self._text)
            return _EITHER
        self._at = escape.end()
        kind, name, *codes, char = escape.groups()
        if kind:
            words = kind == "p" and (name or "")[:3] in ("XID", "L", "Lu", "Ll", "N", "Nd", "ID_")
            return frozenset({WORD}) if words else _EITHER
        if code := next(filter(None, codes), None):
            return _of_char(chr(int(code, 16)))
        if char in "wd":
            return frozenset({WORD})
        if char in "sntrfv":
            return frozenset({SYMBOL})
        return _EITHER if char in "WDS" else _of_char(char)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, char: str) -> bool:
        found = self._peek() == char
        self._at += found
        return found
