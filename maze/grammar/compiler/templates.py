"""Makes one rule of each template and the arguments it is used with."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from maze.grammar.compiler.checks import undefined
from maze.grammar.tree import (
    Alternative,
    Both,
    Choice,
    Grammar,
    Literal,
    Name,
    Node,
    Not,
    Regex,
    Repeat,
    Rule,
    Sequence,
    is_terminal,
)


class Templates:
    """``expand`` gives a rule's alternatives without templates; the rules made on the way are in ``made``."""

    def __init__(self, grammar: Grammar, rules: dict[str, Rule]) -> None:
        self._grammar = grammar
        self._rules = rules
        self.made: dict[str, tuple[Alternative, ...]] = {}

    def expand(self, name: str) -> tuple[Alternative, ...]:
        alternatives = self.made[name] if name in self.made else self._rules[name].alternatives
        return tuple(Alternative(self._expand(one.body, {}), one.conditions) for one in alternatives)

    def _expand(self, node: Node, bound: dict[str, Node]) -> Node:
        match node:
            case Name(changes=changes) if node.name in bound and not node.args:
                given = bound[node.name]
                if changes and isinstance(given, Name):
                    return replace(given, changes=(*given.changes, *changes))
                return given
            case Name() if not is_terminal(node.name):
                return self._name(node, bound)
            case Sequence(items):
                return Sequence(tuple(self._expand(item, bound) for item in items))
            case Choice(options):
                return Choice(tuple(self._expand(option, bound) for option in options))
            case Both(items):
                return Both(tuple(self._expand(item, bound) for item in items))
            case Repeat(item, low, high):
                return Repeat(self._expand(item, bound), low, high)
            case Not(item):
                return Not(self._expand(item, bound))
        return node

    def _name(self, node: Name, bound: dict[str, Node]) -> Name:
        if node.name in self.made:
            return node
        if node.name not in self._rules:
            known = [name for name in self._rules if not is_terminal(name)]
            raise self._grammar.error(node.at, *undefined("rule", node.name, known))
        rule = self._rules[node.name]
        if len(node.args) != len(rule.params):
            shown = f"{rule.name}{{{', '.join(rule.params)}}}" if rule.params else rule.name
            raise self._grammar.error(
                node.at, f"{rule.name} takes {len(rule.params)} arguments, here are {len(node.args)}", shown
            )
        if not rule.params:
            return node
        args = tuple(self._expand(arg, bound) for arg in node.args)
        name = "_".join([rule.name, *map(_word, args)])
        while name in self._rules:  # a rule that someone called so
            name += "_made"
        if name not in self.made:
            inner = dict(zip(rule.params, args, strict=True))
            self.made[name] = ()
            self.made[name] = tuple(
                Alternative(self._expand(one.body, inner), one.conditions) for one in rule.alternatives
            )
        return Name(name, changes=node.changes, at=node.at)


def _word(node: Node) -> str:
    """A piece of a name for a template's argument; equal arguments give equal pieces, others do not."""
    match node:
        case Name(name):
            return name.lower().strip("_") + "".join(
                f"_{c[1:]}{'' if c[0] == '+' else '_off'}" for c in node.changes
            )
        case Literal(text) if text.isidentifier():
            return text.lower()
    return "x" + sha256(repr(_without_places(node)).encode()).hexdigest()[:6]


def _without_places(node: Node) -> object:
    match node:
        case Name(name, args, changes):
            return (name, tuple(map(_without_places, args)), changes)
        case Literal(text, ignore_case):
            return (text, ignore_case)
        case Regex(pattern, flags):
            return ("/", pattern, flags)
        case Sequence(items) | Both(items) | Choice(items):
            return (type(node).__name__, tuple(map(_without_places, items)))
        case Repeat(item, low, high):
            return (_without_places(item), low, high)
        case Not(item):
            return ("~", _without_places(item))
    return (node.first, node.last)
