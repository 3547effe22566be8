"""Writes lowered rules as llguidance's Lark text.

Depth of indentation and flags become llguidance's rule parameter, 64 bits that a rule is called with.
Facts about llguidance that shape this module:

* Completing a rule ignores its parameter, so a line's token stands directly in the rule that goes on
  after it, one row for each depth with a condition, never in a rule of its own.
* A rule whose only row is one call with a changed parameter loses the change, and calling a rule that
  is still being read with a changed parameter panics: both are mended by a condition that always holds.
* A terminal is matched greedily and never given back, so blanks belong to the token before them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from maze.errors import GrammarError
from maze.grammar.compiler.lower import BARE, SPACED, Call, Item, Lexeme, Lowered, NewLine, Row
from maze.grammar.compiler.normal import Normalizer, is_word
from maze.grammar.compiler.resolve import NEWLINES, Resolved
from maze.grammar.source import (
    Both,
    Choice,
    Condition,
    Grammar,
    Literal,
    Name,
    Node,
    Not,
    Range,
    Regex,
    Repeat,
    Sequence,
    is_terminal,
    walk,
)

HEADER = "%llguidance {}"
_DEPTH = 20  # blocks in blocks
_COLUMNS = 48  # of indentation, if any is legal
_ALWAYS = "ge(_, 0)"
_BITS = 64
# A character that is in no word, and the rest
_GLUED = r"/[^\p{L}\p{N}_](?s:.*)/"


def emit_plain(resolved: Resolved) -> str:
    """A grammar without directives: the rules as they were written."""
    lines = [f"// {resolved.grammar.path}"] if resolved.grammar.path else []
    rules = {
        name: [_text(alternative.body) for alternative in alternatives]
        for name, alternatives in resolved.rules.items()
    }
    if resolved.entry != "start":
        rules = {"start": [resolved.entry], **{n: r for n, r in rules.items() if n != "start"}}
        if "start" in resolved.rules:
            raise resolved.grammar.error(
                resolved.grammar.rules["start"].at,
                f"'start' is used by the rule {resolved.entry!r}",
                "rename it to begin a text elsewhere",
            )
    for name in ("start", *(name for name in rules if name != "start")):
        lines.append(f"{name}: " + "\n  | ".join(rules[name]))
    ignored = [_text(node) for node in resolved.grammar.ignored]
    roots = [one.body for rows in resolved.rules.values() for one in rows] + resolved.grammar.ignored
    lines += _terminal_lines(resolved.terminals, roots)
    lines += [f"%ignore {text}" for text in ignored]
    return "\n".join([HEADER, *lines]) + "\n"


def emit(resolved: Resolved, normal: Normalizer, lowered: Lowered, indent: str) -> str:
    return _Emitter(resolved, normal, lowered, indent).text()


class _Levels:
    """Depths of indentation and the conditions and parameters that say them."""

    def __init__(self, unit: str, flags: int) -> None:
        self.any = unit == "any"
        if self.any:  # a bit for each column a block begins at
            self.bits = _COLUMNS + 1
            self.start = 1
            self.margins = [" " * column for column in range(_COLUMNS + 1)]
        else:  # the depth as a number
            self.bits = 6
            self.start = 0
            self.unit = "\t" if unit == "tab" else " " * int(unit)
            self.margins = [self.unit * depth for depth in range(_DEPTH + 1)]
        self.first_flag = _BITS - flags
        assert self.first_flag >= self.bits

    def here(self, level: int) -> str:
        if not self.any:
            return f"eq([0:{self.bits}], {level})"
        if level == _COLUMNS:
            return f"bit_set({level})"
        return f"and(bit_set({level}), is_zeros([{level + 1}:{self.bits}]))"

    def deeper(self) -> Iterable[tuple[int, str, str]]:
        """(level of the block, when it may begin, the block's parameter)"""
        for level in range(1, len(self.margins)):
            if self.any:
                yield level, f"is_zeros([{level}:{self.bits}])", f"set_bit({level})"
            else:
                yield level, f"eq([0:{self.bits}], {level - 1})", f"incr([0:{self.bits}])"

    def at_most(self, level: int) -> str:
        """The regular expression of an indentation that is not deeper."""
        unit = " " if self.any else self.unit.replace("\t", r"\t")
        return f"/({unit}){{0,{level}}}/" if level else '""'


class _Emitter:
    def __init__(self, resolved: Resolved, normal: Normalizer, lowered: Lowered, indent: str) -> None:
        self._resolved = resolved
        self._normal = normal
        self._lowered = lowered
        self._grammar: Grammar = resolved.grammar
        self._flags = resolved.flags
        self._indented = "_INDENT" in {name.name for name in self._grammar.declared}
        self._levels = _Levels(indent, len(self._flags))
        self._lexemes: dict[Lexeme, str] = {}
        self._made: dict[str, str] = {}  # terminals of our own: name -> body
        self._rules: dict[str, list[str]] = {}
        self._roots: list[Node] = []
        self._parametric = self._find_parametric()

    def text(self) -> str:
        self._start()
        for name, rows in self._lowered.rules.items():
            head = f"{name}::_" if name in self._parametric else name
            self._rules[head] = [line for row in rows for line in self._row(row, len(rows), name)]
        lines = [HEADER, f"// compiled from {self._grammar.path}: do not edit"]
        for name, alternatives in self._rules.items():
            lines.append(f"{name}: " + "\n  | ".join(alternatives))
        lines += [f"{name}: {body}" for name, body in self._made.items()]
        terminals = dict(self._normal.terminals)
        lines += self._word_lines(terminals)
        lines += _terminal_lines(terminals, self._roots)
        lines += [f"%ignore {_text(node)}" for node in self._grammar.ignored]
        return "\n".join(lines) + "\n"

    def _start(self) -> None:
        entry = self._lowered.entry
        call = f"{entry}::0x{self._levels.start:x}" if entry in self._parametric else entry
        parts = [self._optional("_HEAD"), call, self._optional("_TAIL")]
        self._rules["start"] = [" ".join(part for part in parts if part)]

    def _optional(self, terminal: str) -> str:
        if terminal not in self._normal.terminals:
            return ""
        self._roots.append(Name(terminal))
        return f"{terminal}?"

    # rules

    def _find_parametric(self) -> set[str]:
        found: set[str] = set()
        growing = True
        while growing:
            new = {
                name
                for name, rows in self._lowered.rules.items()
                if name not in found and any(self._needs(row, found) for row in rows)
            }
            found |= new
            growing = bool(new)
        return found

    @staticmethod
    def _needs(row: Row, parametric: set[str]) -> bool:
        return bool(row.conditions) or any(
            isinstance(item, NewLine) or (isinstance(item, Call) and item.name in parametric)
            for item in row.items
        )

    def _row(self, row: Row, rows: int, rule: str) -> list[str]:
        conditions = [self._condition(one) for one in row.conditions]
        blocks = [item for item in row.items if isinstance(item, NewLine) and item.block]
        if len(blocks) > 1:
            raise GrammarError(f"{rule}: two blocks in one alternative", hint="give one a rule of its own")
        if blocks:
            return [
                self._line(row.items, [*conditions, when], level, parameter)
                for level, when, parameter in self._levels.deeper()
            ]
        if any(isinstance(item, NewLine) for item in row.items):
            return [
                self._line(row.items, [*conditions, self._levels.here(level)], level, "_")
                for level in range(len(self._levels.margins))
            ]
        if not conditions and len(row.items) == 1 and rows == 1 and rule in self._parametric:
            conditions = [_ALWAYS]
        return [self._line(row.items, conditions, 0, "_")]

    def _line(self, items: tuple[Item, ...], conditions: list[str], level: int, parameter: str) -> str:
        words: list[str] = []
        for item in items:
            match item:
                case NewLine(block):
                    words.append(self._newline(level))
                    if block:
                        words.append(f"{block}::{parameter}")
                case Call():
                    words.append(self._call(item))
                case Lexeme():
                    words.append(self._lexeme(item))
        while len(conditions) > 1:
            conditions = [f"and({conditions[0]}, {conditions[1]})", *conditions[2:]]
        return " ".join(words or ['""']) + (f" %if {conditions[0]}" if conditions else "")

    def _condition(self, condition: Condition) -> str:
        return f"{'bit_clear' if condition.negated else 'bit_set'}({self._bit(condition.name)})"

    def _bit(self, flag: str) -> int:
        return self._levels.first_flag + self._flags.index(flag)

    def _call(self, call: Call) -> str:
        if call.name not in self._parametric:
            return call.name
        on = [change[1:] for change in call.changes if change[0] == "+" and change[1:] in self._flags]
        off = [change[1:] for change in call.changes if change[0] == "-" and change[1:] in self._flags]
        steps = []
        if off:
            mask = (1 << _BITS) - 1 - sum(1 << self._bit(flag) for flag in off)
            steps.append((f"bit_and(0x{mask:x})", "no_" + "_no_".join(off)))
        if on:
            mask = sum(1 << self._bit(flag) for flag in on)
            steps.append((f"bit_or(0x{mask:x})", "_".join(on)))
        if not steps:
            return f"{call.name}::_"
        # each step in a rule of its own, the innermost one first
        target, expression = f"{call.name}", "_"
        for change, label in reversed(steps):
            name = f"{target}_with_{label}"
            self._rules.setdefault(f"{name}::_", [f"{target}::{expression} %if {_ALWAYS}"])
            target, expression = name, change
        return f"{target}::{expression}"

    # terminals

    def _newline(self, level: int) -> str:
        name = f"NEWLINE_{level}"
        if name not in self._made:
            spelling = next(name for name in NEWLINES if name in self._normal.terminals)
            body = self._normal.terminals[spelling]
            margin = self._levels.margins[level]
            if any(isinstance(node, Name) and node.name == "_MARGIN" for node in walk(body)):
                text = "(" + _text(body, {"_MARGIN": self._levels.at_most(level)}) + ")"
                self._roots.append(body)
            else:
                text = spelling
                self._roots.append(Name(spelling))
            self._made[name] = f"{text} {_quoted(margin)}" if margin else text
        return name

    def _lexeme(self, lexeme: Lexeme) -> str:
        """The terminal of a token with the blanks around it."""
        if lexeme not in self._lexemes:
            parts = lexeme.union or (lexeme,)
            name = self._name(parts[0])
            if len(parts) > 1:
                name = self._free(f"{name}_ETC")
            elif name not in self._normal.terminals:
                name = self._free(name)
            body = self._body(parts)
            if body != name:
                self._made[name] = body
            self._lexemes[lexeme] = name
        return self._lexemes[lexeme]

    def _body(self, parts: Iterable[Lexeme]) -> str:
        around: dict[tuple[str, str], list[str]] = {}
        for part in parts:
            around.setdefault((self._before(part), self._after(part)), []).append(self._core(part))
        texts = []
        for (before, after), cores in around.items():
            core = " | ".join(cores)
            if len(cores) > 1 and (before or after or len(around) > 1):
                core = f"({core})"
            texts.append(" ".join(text for text in (before, core, after) if text))
        return " | ".join(texts)

    def _core(self, lexeme: Lexeme) -> str:
        node = self._normal.terminals[lexeme.token]
        if isinstance(node, Literal) and lexeme.token not in self._resolved.terminals:
            return _text(node)
        self._roots.append(Name(lexeme.token))
        if lexeme.glued:
            return self._terminal(f"{lexeme.token}_UNWORDED", f"{lexeme.token} & {_GLUED}")
        return lexeme.token

    def _before(self, lexeme: Lexeme) -> str:
        joins = self._resolved.joins if lexeme.before else None
        if joins is None:
            return ""
        self._roots.append(Name(joins))
        return f"{joins}*"

    def _after(self, lexeme: Lexeme) -> str:
        mode = next((mode for mode in self._grammar.modes if mode.name == lexeme.after), None)
        if mode is None or mode.blanks is None:
            if lexeme.blanks == SPACED:
                raise self._grammar.error(
                    mode.at if mode else 0,
                    f"{lexeme.token} needs a blank after it, and its mode has none",
                    "%mode NAME: BLANKS",
                )
            return ""
        if lexeme.blanks == BARE:
            return ""
        self._roots.append(Name(mode.blanks))
        if lexeme.blanks != SPACED:
            return mode.blanks
        joins = self._resolved.joins if mode is self._grammar.modes[0] else None
        if joins:
            self._roots.append(Name(joins))
        body = f"({mode.blanks} {joins}*)" if joins else mode.blanks
        return self._terminal(f"{mode.blanks}_SOME", f"{body} & /(?s:.+)/")

    def _name(self, lexeme: Lexeme) -> str:
        first = self._grammar.modes[0].name if self._grammar.modes else None
        parts = [
            lexeme.token,
            "GLUED" if lexeme.glued else "",
            "JOINED" if lexeme.before else "",
            lexeme.after.upper() if lexeme.after and lexeme.after != first else "",
            lexeme.blanks.upper(),
        ]
        name = "_".join(part for part in parts if part)
        plain = name == lexeme.token and lexeme.token in self._resolved.terminals
        return f"{name}_TOKEN" if plain and self._after(lexeme) else name

    def _terminal(self, name: str, body: str) -> str:
        self._made.setdefault(name, body)
        return name

    def _free(self, name: str) -> str:
        taken = self._made.keys() | self._resolved.terminals.keys()
        number, found = 2, name
        while found in taken:
            found, number = f"{name}_{number}", number + 1
        return found

    def _word_lines(self, terminals: dict[str, Node]) -> list[str]:
        """The terminal of identifiers leaves the keywords out."""
        words = self._grammar.words
        if words is None or words.name not in terminals:
            return []
        soft = {literal.text for literal in self._grammar.soft}
        found = {
            node.text
            for rule in self._grammar.rules.values()
            if not is_terminal(rule.name)
            for alternative in rule.alternatives
            for node in walk(alternative.body)
            if isinstance(node, Literal) and is_word(node.text)
        }
        found |= {literal.text for literal in self._grammar.reserved}
        keywords = "|".join(re.escape(word) for word in sorted(found - soft))
        raw = f"{words.name}_OR_KEYWORD"
        terminals[raw] = terminals[words.name]
        terminals[words.name] = Both((Name(raw), Not(Regex(keywords))))
        return []


def _terminal_lines(terminals: dict[str, Node], roots: Iterable[Node]) -> list[str]:
    """The terminals that ``roots`` reach, in the order of ``terminals``."""
    needed: set[str] = set()
    todo = list(roots)
    while todo:
        for node in walk(todo.pop()):
            if isinstance(node, Name) and node.name in terminals and node.name not in needed:
                needed.add(node.name)
                todo.append(terminals[node.name])
    return [f"{name}: {_text(node)}" for name, node in terminals.items() if name in needed]


def _text(node: Node, names: dict[str, str] | None = None, *, inner: bool = False) -> str:
    """``node`` as Lark; ``inner`` puts brackets around what needs them as a part of something."""
    match node:
        case Literal(text, ignore_case):
            return _quoted(text) + ("i" if ignore_case else "")
        case Regex(pattern, flags):
            return f"/{pattern}/{flags}"
        case Range(first, last):
            return f"{_quoted(first)}..{_quoted(last)}"
        case Name(name):
            return (names or {}).get(name, name)
        case Repeat(item, low, high):
            count = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high), f"{{{low},{high}}}")
            return _text(item, names, inner=True) + count
        case Not(item):
            return "~" + _text(item, names, inner=True)
        case Sequence(()):
            return '""'
        case Sequence(items):
            text = " ".join(_text(item, names, inner=True) for item in items)
        case Choice(options):
            text = " | ".join(_text(option, names) for option in options)
        case Both(items):
            text = " & ".join(_text(item, names, inner=True) for item in items)
        case _:
            raise AssertionError(node)
    return f"({text})" if inner else text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)
