"""Reads GBNF, the grammars of llama.cpp.

The notation is that of ``grammars/README.md`` in llama.cpp's repository. Line ends mean nothing here, where
llama.cpp wants one between rules and, outside of brackets, none within them. ``<token>`` is refused: it
means a token of one model's vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from maze.errors import GrammarError, did_you_mean
from maze.grammar import compiler
from maze.grammar.compiler import Options, compile_grammar, emit, resolve
from maze.grammar.ends import endless, pruned
from maze.grammar.fusion import fuse
from maze.grammar.regular import Chars, chars
from maze.grammar.tree import Alternative, Choice, Grammar, Name, Node, Repeat, Rule, Sequence, walk

# A rule begins where a name is followed by "::="
_META_GRAMMAR = r"""
start: rule+
rule: HEAD "::=" choice
choice: sequence ("|" sequence)*
sequence: item*
item: (NAME | STRING | CLASS | ANY | TOKEN | "(" choice ")") (QUANTIFIER | COUNT)*

HEAD: /[A-Za-z0-9_-]+(?=[ \t]*::=)/
NAME: /[A-Za-z0-9_-]+/
STRING: /"(\\.|[^"\\\n])*"/
CLASS: /\[(\\.|[^\]\\\n])*\]/
TOKEN: /!?<[^>\n]*>/
ANY: "."
QUANTIFIER: /[*+?]/
COUNT: /\{[ \t]*\d+[ \t]*(,[ \t]*(\d+[ \t]*)?)?\}/
COMMENT: /#[^\r\n]*/
%ignore COMMENT
%ignore /[ \t\r\n]+/
"""

_READABLE = {
    "HEAD": "a rule (name ::= …)",
    "NAME": "a rule's name",
    "STRING": "a quoted string",
    "CLASS": "a class such as [a-z]",
    "LPAR": "'('",
    "RPAR": "')'",
    "VBAR": "'|'",
    "QUANTIFIER": "* + or ?",
    "$END": "the end of the file",
}
_HINTS = {
    '"': 'the quoted string does not end on its line; write \\n for a line end and \\" for a quote',
    "[": "the class does not end on its line; write \\n for a line end and \\] for a bracket",
    "{": "a count is {3}, {3,} or {3,5}",
    "'": 'strings stand in double quotes: "…"',
    "/": "comments begin with #, and there are no regular expressions: write classes and * + ?",
    ":": "a rule is 'name ::= …'",
    "=": "a rule is 'name ::= …'",
    "%": "GBNF has no directives: write rules for what should be skipped",
    ";": "rules end with their line, without a semicolon",
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"} | {char: char for char in '\\"[]-'}
_CLASSES = {"d": "[0-9]", "w": "[A-Za-z0-9_]", "s": "[ \\t\\n]"}
_CHARACTER = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)|(.)", re.DOTALL)
_LAST = 0x10FFFF


def is_gbnf(source: str, path: str) -> bool:
    """Whether a grammar file is GBNF: by its suffix, or by a rule at the beginning of a line."""
    if path.endswith(".gbnf"):
        return True
    return not path.endswith(".lark") and bool(re.search(r"^[ \t]*[A-Za-z0-9_-]+[ \t]*::=", source, re.M))


def compile_source(source: str, *, path: str, options: Options) -> str:
    """llguidance's Lark text for a user's own grammar in any notation. Raises ``GrammarError``."""
    if is_gbnf(source, path):
        return compile_gbnf(source, path=path, rule=options.rule)
    return compile_grammar(source, path=path, options=options)


def entry_rules(source: str, *, path: str) -> tuple[str, ...]:
    """The rules a text may begin with, the default one first, in any notation. Raises ``GrammarError``."""
    if is_gbnf(source, path):
        return tuple(sorted(parse(source, path=path).rules, key=lambda name: name != "root"))
    return compiler.entry_rules(source, path=path)


def compile_gbnf(source: str, *, path: str, rule: str | None = None) -> str:
    """llguidance's Lark text for the texts of ``rule`` (by default ``root``). Raises ``GrammarError``."""
    grammar = convert(source, path=path, rule=rule)
    return emit.emit_plain(resolve.resolve(grammar, Options(rule=grammar.entries[0].name)))


def convert(source: str, *, path: str, rule: str | None = None) -> Grammar:
    """The grammar in our own notation: rules and terminals that match the same texts.

    Names are in small letters there. Raises ``GrammarError`` with the place and what to write instead.
    """
    parsed = parse(source, path=path)
    _check_names(parsed)
    entry = rule or "root"
    if entry not in parsed.rules:
        first = next(iter(parsed.rules))
        hint = did_you_mean(entry, parsed.rules) or f"call it 'root', or choose one: --rule {first}"
        raise parsed.error(0, f"the grammar has no rule {entry!r}", hint)
    names = _names(parsed.rules)
    bodies = {names[name]: _renamed(one.alternatives[0].body, names) for name, one in parsed.rules.items()}
    rules, terminals = fuse(_ending(bodies, names[entry]), names[entry])
    places = {names[name]: one.at for name, one in parsed.rules.items()}
    result = Grammar(path, source, entries=[Name(names[entry], at=places[names[entry]])])
    for name, body in rules.items():
        result.rules[name] = Rule(name, (Alternative(body),), at=places[name])
    for name, body in terminals.items():
        result.rules[name] = Rule(name, (Alternative(body),), at=getattr(body, "at", 0))
    return result


def _check_names(grammar: Grammar) -> None:
    for rule in grammar.rules.values():
        for node in walk(rule.alternatives[0].body):
            if isinstance(node, Name) and node.name not in grammar.rules:
                hint = did_you_mean(node.name, grammar.rules) or f"define it: {node.name} ::= …"
                raise grammar.error(node.at, f"undefined rule {node.name!r}", hint)


def _names(rules: dict[str, Rule]) -> dict[str, str]:
    """Names as llguidance takes them: ``data-type`` is ``data_type``."""
    names: dict[str, str] = {}
    for name in rules:
        plain = re.sub(r"\W", "_", name.lower())
        plain = plain if plain[0].isalpha() else f"r{plain}"
        number, new = 1, plain
        while new in names.values():
            number += 1
            new = f"{plain}_{number}"
        names[name] = new
    return names


def _ending(rules: dict[str, Node], entry: str) -> dict[str, Node]:
    """Without the alternatives that can never end: on them llguidance writes for ever."""
    never = endless(rules)
    if entry in never:
        return rules
    kept = {name: pruned(body, never) for name, body in rules.items()}
    return {name: body for name, body in kept.items() if body is not None}


def _renamed(node: Node, names: dict[str, str]) -> Node:
    match node:
        case Name(name):
            return Name(names[name], at=node.at)
        case Sequence(items):
            return Sequence(tuple(_renamed(item, names) for item in items))
        case Choice(options):
            return Choice(tuple(_renamed(option, names) for option in options))
        case Repeat(item, low, high):
            return Repeat(_renamed(item, names), low, high)
    return node


# the notation


@cache
def _parser() -> Lark:
    return Lark(_META_GRAMMAR, parser="lalr", maybe_placeholders=False, propagate_positions=False)


def parse(source: str, *, path: str) -> Grammar:
    """Read a grammar; the leaves of its rules are ``Chars``. Raises ``GrammarError`` with the place."""
    grammar = Grammar(path, source)
    try:
        _Builder(grammar).transform(_parser().parse(source))
    except UnexpectedInput as error:
        raise _syntax_error(grammar, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    return grammar


def _syntax_error(grammar: Grammar, error: UnexpectedInput) -> GrammarError:
    token = getattr(error, "token", None)
    at = error.pos_in_stream if error.pos_in_stream is not None else -1
    if at < 0 or (isinstance(token, Token) and token.type == "$END"):
        at = len(grammar.text.rstrip())
    found = str(token) if isinstance(token, Token) else grammar.text[at : at + 1]
    shown = repr(found) if found and at < len(grammar.text.rstrip()) else "the end of the file"
    expected: Any = getattr(error, "accepts", None) or getattr(error, "expected", None) or ()
    names = sorted({_READABLE[name] for name in expected if name in _READABLE})
    hint = _HINTS.get(found[:1]) or (f"expected {', '.join(names)}" if names else None)
    return grammar.error(at, f"unexpected {shown}", hint)


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Turns lark's tree into ours, filling ``grammar``."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self._grammar = grammar

    def rule(self, head: Token, body: Node) -> None:
        at = head.start_pos or 0
        if head in self._grammar.rules:
            raise self._grammar.error(at, f"{str(head)!r} is defined twice", "join the alternatives with |")
        self._grammar.rules[str(head)] = Rule(str(head), (Alternative(body),), at=at)

    def choice(self, *options: Node) -> Node:
        return options[0] if len(options) == 1 else Choice(options)

    def sequence(self, *items: Node) -> Node:
        return items[0] if len(items) == 1 else Sequence(items)

    def item(self, atom: Any, *quantifiers: Token) -> Node:
        node: Node = self._atom(atom) if isinstance(atom, Token) else atom
        for quantifier in quantifiers:
            node = Repeat(node, *self._counts(quantifier))
        return node

    def _counts(self, token: Token) -> tuple[int, int | None]:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if token in simple:
            return simple[token]
        low, comma, high = token.strip("{}").partition(",")
        counts = int(low), int(high) if high.strip() else None if comma else int(low)
        if counts[1] is not None and counts[1] < counts[0]:
            raise self._grammar.error(token.start_pos or 0, f"{token} counts down", "{low,high}")
        return counts

    def _atom(self, token: Token) -> Node:
        at = token.start_pos or 0
        match token.type:
            case "NAME":
                return Name(str(token), at=at)
            case "ANY":
                return chars((), negated=True, at=at)
            case "STRING":
                found = tuple(
                    chars([(code, code)], at=where) for code, where in self._characters(token[1:-1], at + 1)
                )
                return found[0] if len(found) == 1 else Sequence(found)
            case "CLASS":
                return self._class(token, at)
        hint = f'write the text: "{token.strip("!<>")}"' if token[0] != "!" and "[" not in token else None
        hint = hint or "write the text that is meant, in quotes or as a class"
        raise self._grammar.error(at, f"{token} is a token of one model's vocabulary, not text", hint)

    def _class(self, token: Token, at: int) -> Chars:
        negated = token.startswith("[^")
        skip = 2 if negated else 1
        body, ranges = token[skip:-1], list[tuple[int, int]]()
        found = list(self._characters(body, at + skip))
        while found:
            first, where = found.pop(0)
            last = first
            # a dash that is written as such, and is not the last character
            if len(found) > 1 and self._grammar.text[found[0][1]] == "-":
                last = found[1][0]
                del found[:2]
            if last < first:
                raise self._grammar.error(where, "a range goes from one character up to another", "[a-z]")
            ranges.append((first, last))
        if not ranges:
            raise self._grammar.error(at, f"the class {token} is empty", "any character is .")
        one = chars(ranges, negated=negated, at=at)
        if not one.ranges:
            raise self._grammar.error(at, f"no character is in {token}", "leave the alternative out")
        return one

    def _characters(self, body: str, at: int) -> Iterator[tuple[int, int]]:
        """Code points and their offsets."""
        for found in _CHARACTER.finditer(body):
            where = at + found.start()
            if code := found[1] or found[2] or found[3]:
                if int(code, 16) > _LAST:
                    raise self._grammar.error(where, f"{found[0]} is no character", "the last is \\U0010FFFF")
                yield int(code, 16), where
            elif found[4] is None:
                yield ord(found[5]), where
            elif found[4] in _ESCAPES:
                yield ord(_ESCAPES[found[4]]), where
            else:
                hint = (
                    f"write {_CLASSES[found[4]]}"
                    if found[4] in _CLASSES
                    else f"without the backslash: {found[4]}"
                )
                hint = (
                    "give 2 hexadecimal digits after \\x, 4 after \\u, 8 after \\U"
                    if found[4] in "xuU"
                    else hint
                )
                raise self._grammar.error(where, f"unknown escape {found[0]}", hint)
