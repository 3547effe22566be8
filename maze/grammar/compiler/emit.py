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

import re
from collections.abc import Iterable

from maze.errors import GrammarError
from maze.grammar.compiler import regex
from maze.grammar.compiler.checks import NEWLINES
from maze.grammar.compiler.levels import BITS, Levels
from maze.grammar.compiler.lower import Lowered
from maze.grammar.compiler.normal import Normalizer, is_word
from maze.grammar.compiler.resolve import Resolved
from maze.grammar.compiler.rows import (
    BARE,
    JOINED,
    LED,
    NOTHING,
    SAME_LINE,
    SOME,
    SOME_SAME_LINE,
    SPACED,
    Call,
    Item,
    Lexeme,
    NewLine,
    Row,
)
from maze.grammar.compiler.text import quoted, terminal_lines, text_of
from maze.grammar.tree import (
    Both,
    Condition,
    Grammar,
    Literal,
    Name,
    Node,
    Not,
    Regex,
    is_terminal,
    walk,
)

HEADER = "%llguidance {}"
_ALWAYS = "ge(_, 0)"
# A character that is in no word, and the rest
_GLUED = r"/[^\p{L}\p{N}_$](?s:.*)/"
# Which of the texts that may stand before a token
_LEADING = {
    SAME_LINE: r"/[^\n\r\u{2028}\u{2029}]*/",
    SOME: r"/(?s:.+)/",
    SOME_SAME_LINE: r"/[^\n\r\u{2028}\u{2029}]+/",
}


def emit_plain(resolved: Resolved) -> str:
    """A grammar without directives: the rules as they were written."""
    # llguidance's entry is "start"
    names = {} if resolved.entry == "start" else {"start": "start_rule"}
    rules = {
        names.get(name, name): [text_of(alternative.body, names) for alternative in alternatives]
        for name, alternatives in resolved.rules.items()
    }
    rules.setdefault("start", [resolved.entry])
    order = ("start", *(name for name in rules if name != "start"))
    lines = [f"{name}: " + "\n  | ".join(rules[name]) for name in order]
    ignored = [text_of(node) for node in resolved.grammar.ignored]
    roots = [one.body for rows in resolved.rules.values() for one in rows] + resolved.grammar.ignored
    lines += terminal_lines(resolved.terminals, roots)
    lines += [f"%ignore {text}" for text in ignored]
    return "\n".join([HEADER, *lines]) + "\n"


def emit(resolved: Resolved, normal: Normalizer, lowered: Lowered, indent: str) -> str:
    return _Emitter(resolved, normal, lowered, indent).text()


class _Emitter:
    def __init__(self, resolved: Resolved, normal: Normalizer, lowered: Lowered, indent: str) -> None:
        self._resolved = resolved
        self._normal = normal
        self._lowered = lowered
        self._grammar: Grammar = resolved.grammar
        self._flags = resolved.flags
        self._indented = "_INDENT" in {name.name for name in self._grammar.declared}
        self._levels = Levels(indent if self._indented else "4", len(self._flags))
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
        lines = [HEADER]
        for name, alternatives in self._rules.items():
            lines.append(f"{name}: " + "\n  | ".join(alternatives))
        lines += [f"{name}: {body}" for name, body in self._made.items()]
        terminals = dict(self._normal.terminals)
        lines += self._word_lines(terminals)
        lines += terminal_lines(terminals, self._roots)
        lines += [f"%ignore {text_of(node)}" for node in self._grammar.ignored]
        return "\n".join(lines) + "\n"

    def _start(self) -> None:
        entry = self._lowered.entry
        call = f"{entry}::0x{self._levels.start:x}" if entry in self._parametric else entry
        parts = [self._around("_HEAD"), call, self._around("_TAIL")]
        self._rules["start"] = [" ".join(part for part in parts if part)]

    def _around(self, terminal: str) -> str:
        """What may stand before or after a text: lines end with a line end, unless the grammar says more."""
        if terminal not in self._normal.terminals:
            if not self._indented or terminal in self._grammar.rules:
                return ""
            terminal = self._newline_terminal
        self._roots.append(Name(terminal))
        return f"{terminal}?"

    @property
    def _newline_terminal(self) -> str:
        return next(name for name in NEWLINES if name in self._normal.terminals)

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
                self._line(row.items, [*conditions, when], level, parameter, rule)
                for level, when, parameter in self._levels.deeper()
            ]
        if any(isinstance(item, NewLine) for item in row.items):
            return [
                self._line(row.items, [*conditions, self._levels.here(level)], level, "_", rule)
                for level in range(len(self._levels.margins))
            ]
        if not conditions and len(row.items) == 1 and rows == 1 and rule in self._parametric:
            conditions = [_ALWAYS]
        return [self._line(row.items, conditions, 0, "_", rule)]

    def _line(
        self, items: tuple[Item, ...], conditions: list[str], level: int, parameter: str, rule: str
    ) -> str:
        words: list[str] = []
        for item in items:
            match item:
                case NewLine(block):
                    words.append(self._newline(level))
                    if block:
                        words.append(f"{block}::{parameter}")
                case Call():
                    words.append(self._call(item, rule))
                case Lexeme():
                    words.append(self._lexeme(item))
        while len(conditions) > 1:
            conditions = [f"and({conditions[0]}, {conditions[1]})", *conditions[2:]]
        return " ".join(words or ['""']) + (f" %if {conditions[0]}" if conditions else "")

    def _condition(self, condition: Condition) -> str:
        return f"{'bit_clear' if condition.negated else 'bit_set'}({self._bit(condition.name)})"

    def _bit(self, flag: str) -> int:
        return self._levels.first_flag + self._flags.index(flag)

    def _call(self, call: Call, rule: str) -> str:
        if call.name not in self._parametric:
            return call.name
        on = [change[1:] for change in call.changes if change[0] == "+" and change[1:] in self._flags]
        off = [change[1:] for change in call.changes if change[0] == "-" and change[1:] in self._flags]
        steps = []
        if off:
            mask = (1 << BITS) - 1 - sum(1 << self._bit(flag) for flag in off)
            steps.append((f"bit_and(0x{mask:x})", "no_" + "_no_".join(off)))
        if on:
            mask = sum(1 << self._bit(flag) for flag in on)
            steps.append((f"bit_or(0x{mask:x})", "_".join(on)))
        if not steps:
            return f"{call.name}::_"
        # each step in a rule of its own, the innermost one first; one for each rule that calls, which is
        # being read then, so nothing within the target can call it again
        target, expression = f"{call.name}", "_"
        for change, label in reversed(steps):
            name = f"{target}_with_{label}" if target != call.name else f"{target}_of_{rule}_with_{label}"
            self._rules.setdefault(f"{name}::_", [f"{target}::{expression} %if {_ALWAYS}"])
            target, expression = name, change
        return f"{target}::{expression}"

    # terminals

    def _newline(self, level: int) -> str:
        name = f"NEWLINE_{level}"
        if name not in self._made:
            spelling = self._newline_terminal
            body = self._normal.terminals[spelling]
            margin = self._levels.margins[level]
            if any(isinstance(node, Name) and node.name == "_MARGIN" for node in walk(body)):
                text = "(" + text_of(body, {"_MARGIN": self._levels.at_most(level)}) + ")"
                self._roots.append(body)
            else:
                text = spelling
                self._roots.append(Name(spelling))
            self._made[name] = f"{text} {quoted(margin)}" if margin else text
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
            return text_of(node)
        self._roots.append(Name(lexeme.token))
        if lexeme.glued:
            return self._terminal(f"{lexeme.token}_UNWORDED", f"{lexeme.token} & {_GLUED}")
        return lexeme.token

    def _before(self, lexeme: Lexeme) -> str:
        if lexeme.before == NOTHING:
            return ""
        if lexeme.before == JOINED:
            assert self._resolved.joins is not None
            self._roots.append(Name(self._resolved.joins))
            return f"{self._resolved.joins}*"
        assert self._grammar.leading is not None
        leading = self._grammar.leading.name
        self._roots.append(Name(leading))
        if lexeme.before == LED:
            return leading
        kind = lexeme.before
        return self._terminal(f"{leading}_{kind.upper()}", f"{leading} & {_LEADING[kind]}")

    def _after(self, lexeme: Lexeme) -> str:
        mode = next((mode for mode in self._grammar.modes if mode.name == lexeme.after), None)
        blanks = mode.blanks if mode else None
        own = lexeme.token in self._normal.blanks and (lexeme.after == LED or blanks is not None)
        if own:
            blanks = self._normal.blanks[lexeme.token]
        if blanks is None:
            if lexeme.blanks == SPACED:
                raise self._grammar.error(
                    mode.at if mode else 0,
                    f"{lexeme.token} needs a blank after it, and its mode has none",
                    "%mode NAME: BLANKS",
                )
            return ""
        if lexeme.blanks == BARE:
            return ""
        self._roots.append(Name(blanks))
        if lexeme.blanks != SPACED:
            empty = regex.may_be_empty(Name(blanks), self._normal.terminals)
            return blanks if empty else f"{blanks}?"
        joins = self._resolved.joins if mode is self._grammar.modes[0] and not own else None
        if joins:
            self._roots.append(Name(joins))
        body = f"({blanks} {joins}*)" if joins else blanks
        return self._terminal(f"{blanks}_SOME", f"{body} & /(?s:.+)/")

    def _name(self, lexeme: Lexeme) -> str:
        first = self._grammar.modes[0].name if self._grammar.modes else None
        parts = [
            lexeme.token,
            "GLUED" if lexeme.glued else "",
            {LED: "", NOTHING: "tight" if self._grammar.leading else ""}.get(
                lexeme.before, lexeme.before
            ).upper(),
            lexeme.after.upper() if lexeme.after and lexeme.after not in (first, LED) else "",
            lexeme.blanks.upper(),
        ]
        name = "_".join(part for part in parts if part)
        plain = name == lexeme.token and lexeme.token in self._resolved.terminals
        return f"{name}_TOKEN" if plain and (self._before(lexeme) or self._after(lexeme)) else name

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
