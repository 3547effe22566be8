"""From a parsed source to the rules of one compilation: imports, profile and version, templates, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from maze.errors import GrammarError, did_you_mean
from maze.grammar.compiler.checks import Checker, near
from maze.grammar.compiler.options import Options
from maze.grammar.compiler.templates import Templates
from maze.grammar.ends import endless, pruned
from maze.grammar.source import parse
from maze.grammar.tree import (
    Alternative,
    Choice,
    Condition,
    Grammar,
    Name,
    Node,
    Rule,
    is_terminal,
    walk,
)
from maze.languages import grammars_dir

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
    left_out: tuple[Name, ...]  # references that no text can end with

    @property
    def plain(self) -> bool:
        """Nothing has to be lowered: the rules can be written down as they are."""
        grammar = self.grammar
        vanished = any(is_terminal(name) and name not in self.terminals for name in grammar.rules)
        return not (grammar.modes or grammar.words or grammar.flags or grammar.declared or vanished)


def resolve(grammar: Grammar, options: Options) -> Resolved:
    """Raises ``GrammarError`` for whatever is undefined, unknown or beyond llguidance."""
    _import(grammar)
    context = _Context(grammar, options)
    rules: dict[str, Rule] = {
        name: replace(rule, alternatives=context.select(rule.alternatives))
        for name, rule in grammar.rules.items()
    }
    entry = _entry(grammar, rules, options)
    templates = Templates(grammar, rules)
    checker = Checker(grammar, context.declared)
    pending, done = [entry], dict[str, tuple[Alternative, ...]]()
    while pending:  # what nothing reaches is dropped
        name = pending.pop()
        if name in done:
            continue
        done[name] = templates.expand(name)
        for alternative in done[name]:
            checker.check_rule(alternative.body)
            pending += [
                node.name
                for node in walk(alternative.body)
                if isinstance(node, Name) and not is_terminal(node.name)
            ]
    order = {name: index for index, name in enumerate([*grammar.rules, *templates.made])}
    terminals = {
        name: _union([alternative.body for alternative in rule.alternatives])
        for name, rule in rules.items()
        if is_terminal(name) and rule.alternatives  # else it does not exist in this profile or version
    }
    checker.check_terminals(terminals)
    done, left_out = _ending(grammar, done, entry)
    joins = grammar.joins.name if grammar.joins and context.holds(grammar.joins_if) else None
    kept = {name: done[name] for name in sorted(done, key=lambda name: order[name])}
    return Resolved(grammar, kept, terminals, entry, context.flags, joins, left_out)


def _ending(
    grammar: Grammar, rules: dict[str, tuple[Alternative, ...]], entry: str
) -> tuple[dict[str, tuple[Alternative, ...]], tuple[Name, ...]]:
    """The rules without what can never end, and the references that were left out with it."""
    bodies = {name: Choice(tuple(one.body for one in rows)) for name, rows in rules.items()}
    never = endless(bodies)
    if entry in never:
        hint = "every recursive rule needs an alternative without itself"
        raise grammar.error(grammar.rules[entry].at, f"no text fits: {entry!r} can never end", hint)
    if not never:
        return rules, ()
    ending = {name: rows for name, rows in rules.items() if name not in never}
    kept = {
        name: tuple(
            Alternative(body, one.conditions) for one in rows if (body := pruned(one.body, never)) is not None
        )
        for name, rows in ending.items()
    }
    # what no condition leaves over does not exist, on purpose
    recursive = endless({name: body for name, body in bodies.items() if body.options})
    nodes = [node for rows in ending.values() for one in rows for node in walk(one.body)]
    return kept, tuple(node for node in nodes if isinstance(node, Name) and node.name in recursive)


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
        hint = "call the rule that a text begins with 'start'"
        if known:
            hint += f", or choose one: --rule {known[0]}"
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
                f"cannot import from {wanted.library!r}: there is only 'common'",
                "copy the definition into this file",
            )
        if wanted.name not in library.rules:
            names = [name for name in library.rules if not name.startswith("_")]
            hint = near(wanted.name, names) or f"there are: {', '.join(names)}"
            raise grammar.error(wanted.at, f"'common' has no {wanted.name}", hint)
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
        elif condition.name in self._grammar.features:
            value = self._grammar.features[condition.name]
        elif condition.name in PROFILES:
            value = condition.name == self._profile
        else:
            known = (*self.declared, *self._grammar.features, *PROFILES, "version")
            hint = did_you_mean(condition.name, known)
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


def _union(bodies: list[Node]) -> Node:
    return bodies[0] if len(bodies) == 1 else Choice(tuple(bodies))
