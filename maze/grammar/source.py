"""Reads grammar sources: Lark, plus the directives that ``grammars/README.md`` describes."""

from __future__ import annotations

from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, VisitError

from maze.errors import GrammarError
from maze.grammar.tree import (
    Alternative,
    Blanks,
    Both,
    Choice,
    Condition,
    Dialect,
    Flags,
    Grammar,
    Import,
    Literal,
    Mode,
    Name,
    Node,
    Not,
    Range,
    Regex,
    Repeat,
    Rule,
    Sequence,
)

# A definition begins where a name is followed by a colon, so line ends mean nothing.
_META_GRAMMAR = r"""
start: (_definition | _directive)*
_definition: rule | terminal
_directive: import_ | ignore | declare | entry | versions | mode | blanks | flags
          | words | soft | reserve | apart | join | leading | features | dialect | refused

rule: RULE_HEAD [params] [PRIORITY] ":" _alternatives
terminal: TERMINAL_HEAD [PRIORITY] ":" _alternatives
params: "{" RULE ("," RULE)* "}"

_alternatives: ["|"] alternative ("|" alternative)*
alternative: both ["->" (RULE | TERMINAL)] ["%if" condition ("&" condition)*]
condition: [BANG] RULE [COMPARE VERSION]
choice: both ("|" both)*
both: sequence ("&" sequence)*
sequence: item*
?item: _atom
     | _atom QUANTIFIER  -> repeat
     | _atom REPEAT      -> repeat
_atom: "(" choice ")"
     | optional | not_ | name | literal | range | regex
optional: "[" choice "]"
not_: "~" _atom
name: (RULE | TERMINAL) ["{" choice ("," choice)* "}"] ["<" FLAG_CHANGE+ ">"]
literal: STRING
range: STRING ".." STRING
regex: REGEX

import_: "%import" library ["->" (RULE | TERMINAL)] ["(" imported ("," imported)* ")"]
library: [DOT] (RULE | TERMINAL) (DOT (RULE | TERMINAL))*
imported: RULE | TERMINAL
ignore: "%ignore" choice
declare: "%declare" name+
entry: "%entry" RULE+
versions: "%versions" VERSION+
mode: "%mode" RULE ":" [TERMINAL] ["between" _token _token ("," _token _token)*]
blanks: "%blanks" [TERMINAL] "after" _token+
_token: literal | name
flags: "%flags" RULE+ ["%if" condition ("&" condition)*]
features: "%features" RULE+
dialect: "%dialect" RULE FLAG_CHANGE*
words: "%words" TERMINAL
soft: "%soft" STRING+
reserve: "%reserve" STRING+
apart: "%apart" _token+
join: "%join" TERMINAL ["%if" condition ("&" condition)*]
leading: "%leading" TERMINAL
refused: REFUSED

RULE_HEAD: /[?!]{0,2}_?[a-z][a-z0-9_]*(?=(\{[^{}\n]*\})?(\.-?\d+)?[ \t]*:)/
TERMINAL_HEAD: /_?[A-Z][A-Z0-9_]*(?=(\.-?\d+)?[ \t]*:)/
RULE: /_?[a-z][a-z0-9_]*/
TERMINAL: /_?[A-Z][A-Z0-9_]*/
PRIORITY: /\.-?\d+/
VERSION: /\d+(\.\d+)*/
COMPARE: /[<>]=|<|>/
BANG: "!"
DOT: "."
FLAG_CHANGE: /[+-][a-z_]+/
QUANTIFIER: /[*+?]/
REPEAT: /~[ \t]*\d+([ \t]*\.\.[ \t]*\d+)?/
STRING: /"(\\.|[^"\\\n])*"i?/
REGEX: /\/(?!\/)(\\.|[^\\\/\n])*\/[a-z]*/
REFUSED: /%(override|extend|lark|regex|json|template)\b[^\n]*/
COMMENT: /\/\/[^\n]*/
%ignore COMMENT
%ignore /[ \t\r\n\f]+/
"""

_READABLE = {
    "RULE_HEAD": "a rule",
    "TERMINAL_HEAD": "a terminal",
    "RULE": "a rule's name",
    "TERMINAL": "a terminal's name",
    "STRING": "a quoted string",
    "REGEX": "a regular expression",
    "QUANTIFIER": "* + or ?",
    "VERSION": "a version",
    "FLAG_CHANGE": "a flag such as +loop",
    "COMPARE": ">= or <",
    "$END": "the end of the file",
    "COLON": "':'",
    "RPAR": "')'",
    "RSQB": "']'",
    "RBRACE": "'}'",
    "VBAR": "'|'",
    "COMMA": "','",
    "MORETHAN": "'>'",
}


@cache
def _parser() -> Lark:
    return Lark(_META_GRAMMAR, parser="lalr", maybe_placeholders=False, propagate_positions=False)


def parse(source: str, *, path: str) -> Grammar:
    """Read a grammar. Raises ``GrammarError`` with the place and what would have been right there."""
    grammar = Grammar(path, source)
    try:
        tree = _parser().parse(source)
        _Builder(grammar).transform(tree)
    except UnexpectedInput as error:
        raise _syntax_error(grammar, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    dialect = grammar.dialect
    if dialect is not None and grammar != Grammar(path, source, dialect=dialect):
        raise grammar.error(dialect.at, "a dialect defines nothing of its own", "%dialect stands alone")
    return grammar


def _syntax_error(grammar: Grammar, error: UnexpectedInput) -> GrammarError:
    at = len(grammar.text.rstrip()) if error.pos_in_stream in (None, -1) else error.pos_in_stream
    token = getattr(error, "token", None)
    if isinstance(token, Token):
        if token.type == "$END":
            at = len(grammar.text.rstrip())
        expected: Any = getattr(error, "accepts", None) or getattr(error, "expected", ())
        names = sorted({_READABLE[name] for name in expected if name in _READABLE})
        found = "the end of the file" if token.type == "$END" else repr(str(token).strip())
        hint = f"expected {', '.join(names)}" if names else None
        return grammar.error(at + len(token) - len(token.lstrip()), f"unexpected {found}", hint)
    char = grammar.text[at : at + 1]
    return grammar.error(at, f"unexpected {char!r}", _CHARACTER_HINTS.get(char, _fallback(error)))


def _fallback(error: UnexpectedInput) -> str | None:
    if isinstance(error, UnexpectedCharacters) and error.char == "%":
        return (
            "directives: %import %ignore %declare %entry %versions %mode %blanks %flags "
            "%words %soft %reserve %apart %join %leading %features %dialect, and %if after an alternative"
        )
    return "a definition is 'name: …', names of rules are in small letters, of terminals in CAPITALS"


_CHARACTER_HINTS = {
    '"': 'the quoted string does not end on its line; write \\n for a line end and \\" for a quote',
    "/": "the regular expression does not end on its line; write \\/ for a slash",
    "'": 'strings stand in double quotes: "…"',
    "#": "comments begin with //",
    "=": "a definition is 'name: …'",
    ";": "definitions end with their line, without a semicolon",
}
_HINTS_REFUSED = {
    "%override": "write the rule once, as it should be",
    "%extend": "write all alternatives in one rule",
}


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Turns lark's tree into ours, filling ``grammar``."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self._grammar = grammar

    # expressions

    def literal(self, token: Token) -> Literal:
        return Literal(self._unquote(token), token.endswith("i"), _start(token))

    def range(self, first: Token, last: Token) -> Range:
        a, b = self._unquote(first), self._unquote(last)
        if len(a) != 1 or len(b) != 1 or a > b:
            raise self._grammar.error(
                _start(first), "a range goes from one character up to another", '"a".."z"'
            )
        return Range(a, b, _start(first))

    def regex(self, token: Token) -> Regex:
        body, _, flags = token.rpartition("/")
        return Regex(body[1:], flags, _start(token))

    def name(self, token: Token, *rest: Any) -> Name:
        changes = tuple(str(part) for part in rest if isinstance(part, Token))
        args = tuple(part for part in rest if not isinstance(part, Token))
        return Name(str(token), args, changes, _start(token))

    def sequence(self, *items: Node) -> Node:
        return items[0] if len(items) == 1 else Sequence(items)

    def both(self, *items: Node) -> Node:
        return items[0] if len(items) == 1 else Both(items)

    def choice(self, *options: Node) -> Node:
        return options[0] if len(options) == 1 else Choice(options)

    def optional(self, item: Node) -> Repeat:
        return Repeat(item, 0, 1)

    def not_(self, item: Node) -> Not:
        return Not(item)

    def repeat(self, item: Node, how: Token) -> Repeat:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if how in simple:
            return Repeat(item, *simple[how])
        low, _, high = how[1:].partition("..")
        return Repeat(item, int(low), int(high or low))

    # definitions

    def condition(self, *parts: Token) -> Condition:
        negated = parts[0].type == "BANG"
        name, *compare = parts[negated:]
        operator, value = map(str, compare or ("", ""))
        return Condition(str(name), negated, operator, value, _start(name))

    def alternative(self, body: Node, *rest: Any) -> Alternative:
        return Alternative(body, tuple(part for part in rest if isinstance(part, Condition)))

    def params(self, *names: Token) -> tuple[str, ...]:
        return tuple(map(str, names))

    def rule(self, head: Token, *rest: Any) -> None:
        name, at = head.lstrip("?!"), _start(head)
        if name in self._grammar.rules:
            raise self._grammar.error(at, f"{name!r} is defined twice", "join the alternatives with |")
        for part in rest:
            if isinstance(part, Token):  # a priority
                raise self._grammar.error(
                    part.start_pos or 0,
                    f"no priorities such as {name}{part} here: all that matches is followed at once",
                    "leave it out; to keep a terminal from matching a word, write A & ~B",
                )
        params = next((part for part in rest if isinstance(part, tuple)), ())
        alternatives = tuple(part for part in rest if isinstance(part, Alternative))
        self._grammar.rules[name] = Rule(name, alternatives, params, at)

    terminal = rule

    # directives

    def library(self, *parts: Token) -> tuple[Token, ...]:
        return parts

    def imported(self, name: Token) -> Import:
        return Import("", str(name), str(name), _start(name))

    def import_(self, library: tuple[Token, ...], *rest: Any) -> None:
        several = [part for part in rest if isinstance(part, Import)]
        alias = [str(part) for part in rest if isinstance(part, Token)]
        path, name = "".join(library), str(library[-1])
        if several:
            self._grammar.imports += [Import(path, one.name, one.name, one.at) for one in several]
        else:
            source = path.rpartition(".")[0]
            self._grammar.imports.append(Import(source, name, (alias or [name])[0], _start(library[0])))

    def ignore(self, item: Node) -> None:
        self._grammar.ignored.append(item)

    def declare(self, *names: Name) -> None:
        self._grammar.declared += names

    def entry(self, *names: Token) -> None:
        self._grammar.entries += [Name(str(name), at=_start(name)) for name in names]

    def versions(self, *versions: Token) -> None:
        self._grammar.versions += map(str, versions)

    def mode(self, name: Token, *rest: Any) -> None:
        blanks = [str(part) for part in rest if isinstance(part, Token)]
        tokens = [part for part in rest if not isinstance(part, Token)]
        pairs = tuple(zip(tokens[::2], tokens[1::2], strict=True))
        self._grammar.modes.append(Mode(str(name), blanks[0] if blanks else None, pairs, _start(name)))

    def blanks(self, *parts: Any) -> None:
        blanks = [Name(str(part), at=_start(part)) for part in parts if isinstance(part, Token)]
        tokens = tuple(part for part in parts if not isinstance(part, Token))
        self._grammar.blanks.append(Blanks(blanks[0] if blanks else None, tokens))

    def flags(self, *parts: Any) -> None:
        names = tuple(str(part) for part in parts if isinstance(part, Token))
        self._grammar.flags.append(Flags(names, tuple(part for part in parts if isinstance(part, Condition))))

    def features(self, *names: Token) -> None:
        self._grammar.features |= dict.fromkeys(map(str, names), True)

    def dialect(self, language: Token, *changes: Token) -> None:
        self._grammar.dialect = Dialect(str(language), tuple(map(str, changes)), _start(language))

    def words(self, name: Token) -> None:
        self._grammar.words = Name(str(name), at=_start(name))

    def soft(self, *words: Token) -> None:
        self._grammar.soft += [Literal(self._unquote(word), at=_start(word)) for word in words]

    def reserve(self, *words: Token) -> None:
        self._grammar.reserved += [Literal(self._unquote(word), at=_start(word)) for word in words]

    def apart(self, *tokens: Node) -> None:
        self._grammar.apart += tokens

    def join(self, name: Token, *conditions: Condition) -> None:
        self._grammar.joins = Name(str(name), at=_start(name))
        self._grammar.joins_if = conditions

    def leading(self, name: Token) -> None:
        self._grammar.leading = Name(str(name), at=_start(name))

    def refused(self, token: Token) -> None:
        name = token.split()[0]
        hint = _HINTS_REFUSED.get(name, "write it as rules and terminals")
        raise self._grammar.error(_start(token), f"{name} is not supported", hint)

    def _unquote(self, token: Token) -> str:
        body = token[1:].removesuffix("i").removesuffix('"')
        try:
            return body.replace("\\/", "/").encode("latin-1", "backslashreplace").decode("unicode_escape")
        except UnicodeDecodeError as error:
            raise self._grammar.error(_start(token), f"bad escape in {token}: {error.reason}") from None


def _start(token: Token) -> int:
    return (token.start_pos or 0) + len(token) - len(token.lstrip("?!"))
