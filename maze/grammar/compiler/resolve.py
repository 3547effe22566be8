"""From a parsed source to the rules of one compilation: imports, profile and version, templates, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from maze.errors import GrammarError, did_you_mean
from maze.grammar.compiler import regex
from maze.grammar.compiler.options import Options
from maze.grammar.source import (
    Alternative,
    Both,
    Choice,
    Condition,
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
    parse,
    walk,
)
from maze.languages import grammars_dir

NEWLINES = ("_NEWLINE", "_NL")
DECLARABLE = (*NEWLINES, "_INDENT", "_DEDENT", "_MARGIN")
PROFILES = ("accept", "generate")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Rules and terminals without imports, templates, or conditions on profile and version."""

    grammar: Grammar
    rules: dict[str, tuple[Alternative, ...]]  # the conditions left are about flags
    terminals: dict[str, Node]
    entry: str
    flags: tuple[str, ...]  # those this compilation tracks, in order
    joins: str | None


def resolve(grammar: Grammar, options: Options) -> Resolved:
    """Raises ``GrammarError`` for whatever is undefined, unknown or beyond llguidance."""
    _import(grammar)
    context = _Context(grammar, options)
    rules: dict[str, Rule] = {
        name: replace(rule, alternatives=context.select(rule.alternatives))
        for name, rule in grammar.rules.items()
    }
    entry = _entry(grammar, rules, options)
    templates = _Templates(grammar, rules)
    checker = _Checker(grammar, context)
    pending, done = [entry], dict[str, tuple[Alternative, ...]]()
    while pending:  # what nothing reaches is dropped
        name = pending.pop()
        if name in done:
            continue
        done[name] = templates.expand(name)
        for alternative in done[name]:
            checker.check_rule(alternative.body)
            for node in walk(alternative.body):
                if isinstance(node, Name) and not is_terminal(node.name):
                    pending.append(node.name)
    order = {name: index for index, name in enumerate([*grammar.rules, *templates.made])}
    terminals = {
        name: _union([alternative.body for alternative in rule.alternatives])
        for name, rule in rules.items()
        if is_terminal(name) and rule.alternatives  # else it does not exist in this profile or version
    }
    checker.check_terminals(terminals)
    joins = grammar.joins.name if grammar.joins and context.holds(grammar.joins_if) else None
    kept = {name: done[name] for name in sorted(done, key=lambda name: order[name])}
    return Resolved(grammar, kept, terminals, entry, context.flags, joins)


def entry_names(grammar: Grammar) -> tuple[str, ...]:
    """The rules a text may begin with, the default one first."""
    if grammar.entries:
        return tuple(entry.name for entry in grammar.entries)
    found = [rule.name for rule in grammar.rules.values() if not rule.params and not is_terminal(rule.name)]
    return tuple(sorted(found, key=lambda name: name != "start"))


def _entry(grammar: Grammar, rules: dict[str, Rule], options: Options) -> str:
    known = entry_names(grammar)
    if options.rule is None:
        if grammar.entries:
            return known[0]
        if "start" in rules:
            return "start"
        hint = (
            f"call the rule a text begins with 'start', or choose one: --rule {known[0]}" if known else None
        )
        raise grammar.error(0, "the grammar has no rule 'start'", hint)
    if options.rule in known and options.rule in rules:
        return options.rule
    hint = did_you_mean(options.rule, known) or f"rules: {', '.join(known)}"
    raise GrammarError(f"{grammar.path} has no entry rule {options.rule!r}", hint=hint)


# imports


@cache
def _library(name: str) -> Grammar | None:
    path = grammars_dir() / f"{name}.lark"
    return parse(path.read_text(encoding="utf-8"), path=str(path)) if name == "common" else None


def _import(grammar: Grammar) -> None:
    for wanted in grammar.imports:
        library = _library(wanted.library)
        if library is None:
            raise grammar.error(
                wanted.at,
                f"cannot import from {wanted.library!r}: only the shared terminals of 'common' can be imported",
                "copy the definition into this file",
            )
        if wanted.name not in library.rules:
            hint = did_you_mean(wanted.name, library.rules) or f"there are: {', '.join(library.rules)}"
            raise grammar.error(wanted.at, f"common has no {wanted.name}", hint)
        if is_terminal(wanted.alias) != is_terminal(wanted.name):
            raise grammar.error(
                wanted.at,
                f"{wanted.name} is a terminal: its new name has to be in capitals",
                wanted.alias.upper(),
            )
        for name in _needed(library, wanted.name):
            new = wanted.alias if name == wanted.name else name
            if new in grammar.rules and grammar.rules[new] is not library.rules[name] and new == wanted.alias:
                raise grammar.error(
                    grammar.rules[new].at, f"{new!r} is imported and defined here", "drop one"
                )
            grammar.rules.setdefault(new, replace(library.rules[name], name=new, at=wanted.at))
    grammar.imports.clear()


def _needed(library: Grammar, name: str) -> list[str]:
    found = [name]
    for one in found:  # grows while it is read
        for alternative in library.rules[one].alternatives:
            for node in walk(alternative.body):
                if isinstance(node, Name) and node.name not in found:
                    found.append(node.name)
    return found


# profile, version, flags


class _Context:
    """Decides the conditions that are known while compiling, and keeps those on flags."""

    def __init__(self, grammar: Grammar, options: Options) -> None:
        self._grammar = grammar
        self._profile = options.profile
        self._version = _version(grammar, options.version)
        self.declared = tuple(name for group in grammar.flags for name in group.names)
        self.flags: tuple[str, ...] = ()
        self.flags = tuple(
            name for group in grammar.flags if self.holds(group.conditions) for name in group.names
        )

    def select(self, alternatives: Iterable[Alternative]) -> tuple[Alternative, ...]:
        """The alternatives of this profile and version, their conditions reduced to tracked flags."""
        return tuple(
            Alternative(one.body, tuple(part for part in one.conditions if part.name in self.flags))
            for one in alternatives
            if self.holds(one.conditions)
        )

    def holds(self, conditions: Iterable[Condition]) -> bool:
        return all(self._holds(one) for one in conditions)

    def _holds(self, condition: Condition) -> bool:
        if condition.name in self.declared:
            return True  # decided while parsing a text, or not tracked and then no obstacle
        if condition.name == "version":
            value = self._compare(condition)
        elif condition.name in PROFILES:
            value = condition.name == self._profile
        else:
            hint = did_you_mean(condition.name, (*self.declared, *PROFILES, "version"))
            raise self._grammar.error(
                condition.at, f"unknown condition {condition.name!r}", hint or "declare it: %flags NAME"
            )
        return value != condition.negated

    def _compare(self, condition: Condition) -> bool:
        if self._version is None or not condition.operator:
            raise self._grammar.error(
                condition.at,
                "a condition on the version compares it with one",
                "%versions 1.0 2.0 and %if version >= 2.0",
            )
        wanted = _numbers(condition.value)
        return {
            ">=": self._version >= wanted,
            "<=": self._version <= wanted,
            "<": self._version < wanted,
            ">": self._version > wanted,
        }[condition.operator]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _version(grammar: Grammar, wanted: str | None) -> tuple[int, ...] | None:
    known = grammar.versions
    if not known:
        return None
    if wanted is None:
        return _numbers(known[-1])
    if not wanted.replace(".", "").isdigit() or _numbers(wanted) < _numbers(known[0]):
        raise GrammarError(f"{grammar.path} has no version {wanted!r}", hint=f"versions: {', '.join(known)}")
    return _numbers(wanted)  # a newer one is taken for the newest


# templates


class _Templates:
    """Makes one rule of each template and arguments that are used."""

    def __init__(self, grammar: Grammar, rules: dict[str, Rule]) -> None:
        self._grammar = grammar
        self._rules = rules
        self.made: dict[str, tuple[Alternative, ...]] = {}

    def expand(self, name: str) -> tuple[Alternative, ...]:
        alternatives = self.made[name] if name in self.made else self._rules[name].alternatives
        return tuple(Alternative(self._expand(one.body, {}), one.conditions) for one in alternatives)

    def _expand(self, node: Node, bound: dict[str, Node]) -> Node:
        match node:
            case Name() if node.name in bound and not node.args:
                return bound[node.name]
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
            raise self._grammar.error(node.at, *_undefined("rule", node.name, known))
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
    from hashlib import sha256

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


# checks


class _Checker:
    def __init__(self, grammar: Grammar, context: _Context) -> None:
        self._grammar = grammar
        self._context = context
        for name in grammar.declared:
            if name.name not in DECLARABLE:
                raise grammar.error(
                    name.at,
                    f"%declare {name.name} has no meaning here",
                    "define the terminal; only _INDENT, _DEDENT, _NEWLINE and _MARGIN are made by Maze",
                )
        self._declared = {name.name for name in grammar.declared}
        for mode in grammar.modes:
            for node in [node for pair in mode.pairs for node in pair]:
                if isinstance(node, Name):
                    self._terminal(node)
            if mode.blanks:
                self._terminal(Name(mode.blanks, at=mode.at))

    def check_rule(self, body: Node) -> None:
        for node in walk(body):
            match node:
                case Name(name) if is_terminal(name):
                    self._terminal(node)
                case Name(changes=changes):
                    for change in changes:
                        if change[1:] not in self._context.declared:
                            hint = did_you_mean(change[1:], self._context.declared)
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
            raise self._grammar.error(node.at, *_undefined("terminal", node.name, known))


def _undefined(kind: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    spelled = {one.lower(): one for one in known}
    near = did_you_mean(name, spelled)
    if near:
        lower = near.split("'")[1]
        near = near.replace(lower, spelled[lower])
    if kind == "terminal" and name in _COMMON:
        near = f"%import common.{name}"
    return f"undefined {kind} {name!r}", near or f"define it: {name}: …"


_COMMON = frozenset(
    {"WS", "WS_INLINE", "NUMBER", "INT", "FLOAT", "WORD", "CNAME", "ESCAPED_STRING", "NEWLINE"}
)


def _place(node: Node) -> int:
    return next((one.at for one in walk(node) if isinstance(one, Name | Literal | Regex)), 0)


def _union(bodies: list[Node]) -> Node:
    return bodies[0] if len(bodies) == 1 else Choice(tuple(bodies))
