"""What is refused: names nobody defined, and what llguidance cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from maze.errors import did_you_mean
from maze.grammar.compiler import regex
from maze.grammar.tree import (
    Both,
    Grammar,
    Literal,
    Name,
    Node,
    Not,
    Regex,
    is_terminal,
    walk,
)

NEWLINES = ("_NEWLINE", "_NL")
# what stands before the next token, in grammars with %leading
SAME_LINE, BLANK, ADJACENT = MARKS = ("_SAME_LINE", "_BLANK", "_ADJACENT")
_DECLARABLE = (*NEWLINES, "_INDENT", "_DEDENT", "_MARGIN", *MARKS)
_COMMON = ("WS", "WS_INLINE", "NUMBER", "INT", "FLOAT", "WORD", "CNAME", "ESCAPED_STRING", "NEWLINE")


class Checker:
    """Raises ``GrammarError`` with the place and what to write instead."""

    def __init__(self, grammar: Grammar, flags: tuple[str, ...]) -> None:
        self._grammar = grammar
        self._flags = flags
        for name in grammar.declared:
            if name.name not in _DECLARABLE:
                raise grammar.error(
                    name.at,
                    f"%declare {name.name} has no meaning here",
                    f"define the terminal; only {', '.join(_DECLARABLE)} are made by Maze",
                )
            if name.name in MARKS and grammar.leading is None:
                hint = "say what may stand before a token: %leading BLANKS"
                raise grammar.error(name.at, f"{name.name} needs a %leading terminal", hint)
        self._declared = {name.name for name in grammar.declared}
        if "_INDENT" in self._declared:
            self._check_lines()
        for mode in grammar.modes:
            for node in [node for pair in mode.pairs for node in pair]:
                if isinstance(node, Name):
                    self._terminal(node)
            if mode.blanks:
                self._terminal(Name(mode.blanks, at=mode.at))
        if grammar.leading:
            self._terminal(grammar.leading)
        for one in grammar.blanks:
            for token in (one.blanks, *one.tokens):
                if isinstance(token, Name):
                    self._terminal(token)

    def _check_lines(self) -> None:
        grammar = self._grammar
        newline = next((name for name in NEWLINES if name in grammar.rules), None)
        if newline is None:
            at = grammar.declared[0].at
            raise grammar.error(at, "indentation needs a line end", r"_NEWLINE: /(\r?\n)+/")
        for node in [one.body for one in grammar.rules[newline].alternatives]:
            if isinstance(node, Regex) and _matches(node.pattern, "\n "):
                hint = r"match line ends only, such as /(\r?\n)+/: the indentation is added"
                raise grammar.error(node.at, f"{newline} matches indentation", hint)
        if grammar.ignored:
            at = _place(grammar.ignored[0])
            hint = "say which blanks may follow a token instead: %mode everywhere: WS_INLINE"
            raise grammar.error(at, "%ignore would skip indentation", hint)

    def check_rule(self, body: Node) -> None:
        for node in walk(body):
            match node:
                case Name(name) if is_terminal(name):
                    self._terminal(node)
                case Name(changes=changes):
                    for change in changes:
                        if change[1:] not in self._flags:
                            hint = did_you_mean(change[1:], self._flags)
                            raise self._grammar.error(
                                node.at, f"unknown flag {change[1:]!r}", hint or "declare it: %flags NAME"
                            )
                case Regex():
                    regex.check(self._grammar, node)
                case Both() | Not():
                    raise self._grammar.error(
                        _place(node),
                        "& and ~ work on terminals only",
                        "define a terminal (a name in CAPITALS)",
                    )

    def check_terminals(self, terminals: dict[str, Node]) -> None:
        for name in terminals:
            self._acyclic(name, terminals, ())
        for root in [*terminals.values(), *self._grammar.ignored]:
            for node in walk(root):
                match node:
                    case Name(name) if not is_terminal(name):
                        raise self._grammar.error(
                            node.at,
                            f"a terminal cannot contain the rule {name!r}",
                            "make it a rule (a name in small letters), or use a terminal",
                        )
                    case Name():
                        self._terminal(node)
                    case Regex():
                        regex.check(self._grammar, node)

    def _acyclic(self, name: str, terminals: dict[str, Node], path: tuple[str, ...]) -> None:
        if name in path:
            raise self._grammar.error(
                self._grammar.rules[name].at,
                f"the terminal {name} contains itself",
                "terminals cannot be recursive: make it a rule (a name in small letters)",
            )
        for node in walk(terminals[name]):
            if isinstance(node, Name) and node.name in terminals:
                self._acyclic(node.name, terminals, (*path, name))

    def _terminal(self, node: Name) -> None:
        if node.name not in self._grammar.rules and node.name not in self._declared:
            known = [name for name in self._grammar.rules if is_terminal(name)]
            raise self._grammar.error(node.at, *undefined("terminal", node.name, known))


def undefined(kind: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a name without a definition."""
    if kind == "terminal" and name in _COMMON:
        return f"undefined terminal {name!r}", f"%import common.{name}"
    return f"undefined {kind} {name!r}", near(name, known) or f"define it: {name}: …"


def near(name: str, known: Iterable[str]) -> str | None:
    """``did_you_mean`` for names in capitals."""
    spelled = {one.lower(): one for one in known}
    question = did_you_mean(name, spelled)
    if question is None:
        return None
    found = question.split("'")[1]
    return question.replace(found, spelled[found])


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:  # not Python's kind of regular expression
        return False


def _place(node: Node) -> int:
    return next((one.at for one in walk(node) if isinstance(one, Name | Literal | Regex)), 0)
