"""Warnings about grammars that work: each with its place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from maze import languages
from maze.decoding.matcher import LIMITS
from maze.grammar import trial
from maze.grammar.compiler import Options
from maze.grammar.gbnf import compile_source
from maze.grammar.lint import GrammarWarning, lint
from tests.grammar.test_gbnf import JSON, NAMES, expressions
from tests.grammar.test_gbnf import st as strategies


def warnings(text: str, path: str = "g.lark") -> list[GrammarWarning]:
    return lint(text, path=path, compiled=compile_source(text, path=path, options=Options()))


def only(text: str, path: str = "g.lark") -> GrammarWarning:
    found = warnings(text, path)
    assert len(found) == 1, found
    return found[0]


def place(warning: GrammarWarning) -> tuple[int, int]:
    assert warning.place is not None
    return warning.place.line, warning.place.column


CALC = """start: sum
sum: product | sum "+" product
product: atom | product "*" atom
atom: NUMBER | "-" atom | "(" sum ")"
NUMBER: /[0-9]+/
"""


def test_nothing_to_say() -> None:
    assert warnings(CALC) == []
    assert warnings(JSON, "json.gbnf") == []
    assert warnings(compile_source(CALC, path="g", options=Options())) == []


# blanks


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (r"%ignore /[ \t]+/", 9),
        ('%ignore " "', 9),
        ("%import common.WS\n%ignore WS", 9),
        (r"%ignore /\s|#.*/", 9),
    ],
)
def test_ignored_blanks(line: str, column: int) -> None:
    warning = only(CALC + line + "\n")
    assert "%ignore takes any number of blanks" in warning.message
    assert place(warning) == (CALC.count("\n") + 1 + line.count("\n"), column)
    # what the hint says is right
    assert warning.hint is not None
    mode, _, blanks = warning.hint.removeprefix("instead of %ignore: ").partition(" and ")
    assert warnings(f"{mode}\n{CALC}{blanks}\n") == []


def test_ignored_comments_are_no_blanks() -> None:
    assert warnings(CALC + "%ignore /#[^\\n]*\\n/\n") == []


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('start: "a" WS "b"\nWS: /[ \\t]+/', 2, 6),
        ('start: "a" WS? "b"\nWS: /x|( |\\n)*y/', 2, 8),
        ('start: "a" END\nEND: /;[ ]*\\n{2,}/', 2, 8),
        ('start: "a" WS "b"\nWS: (" " | "\\n")+', 2, 6),
        ('start: "a" WS "b"\nWS: (CR? "\\n")+\nCR: "\\r"', 2, 6),
        ('start: "a" (" " | "\\t")* "b"', 1, 13),
        ('start: "a" WS "b"\n%import common.WS', 2, 9),
        ('start: "a" WS "b"\nWS: /(\\s|#.*)+/', 2, 5),
    ],
)
def test_endless_blanks(text: str, line: int, column: int) -> None:
    found = warnings(text)
    assert "takes any number of blanks" in found[0].message, found
    assert place(found[0]) == (line, column)
    assert found[0].hint


@pytest.mark.parametrize(
    "terminal",
    [r"/ {0,8}/ A", r"/( |\n {0,40})/", r"/\"[^\"]*\"/", r"/[^\n]+/", "/[ *]/ A", "/a */ A | /[ +]b/"[9:]],
)
def test_bounded_blanks_and_texts_with_blanks_are_fine(terminal: str) -> None:
    text = f'start: "<" T ">"\nT: {terminal}\nA: "a"\n'
    assert [one for one in warnings(text) if "blanks" in one.message] == []


# what costs


@pytest.mark.parametrize(
    "item", ["/[a-z]/", '"a".."z"', "LETTER", r"/\w/", "(LETTER | DIGIT)", "letter", "/[^)]/", "/./"]
)
def test_single_characters_repeated_in_a_rule(item: str) -> None:
    text = f'start: "(" {item}+ ")"\nletter: LETTER | "_"\nLETTER: /[A-Z]/\nDIGIT: "0".."9"\n'
    found = [one for one in warnings(text) if "each character" in one.message]
    assert [place(one) for one in found] == [(1, 12 + item.startswith("("))]
    assert found[0].hint is not None
    name, _, body = found[0].hint.removeprefix("make it one terminal: ").partition(": ")
    better = text.replace(f"{item}+", name) + f"{name}: {body}\n"
    assert [one for one in warnings(better) if "each character" in one.message] == []


@pytest.mark.parametrize("body", ['"*"* NAME', "NAME+", '("," NAME)*', '("a" | "b" NAME)*'])
def test_other_repetitions_are_fine(body: str) -> None:
    assert warnings(f'start: "(" {body} ")"\nNAME: /[a-z]+;/\n') == []


@pytest.mark.parametrize(
    ("rule", "better"),
    [
        ('x: A "," x | A', 'x: A ("," A)*'),
        ("x: A x | A", "x: A+"),
        ("x: A x |", "x: A*"),
        ("x: A [x]", "x: A+"),
        ('x: A ";" [x]', 'x: (A ";")+'),
        ('x: A "," x | A | "-"', 'x: (A ",")* (A | "-")'),
        ('x: A x | "b" x | A', 'x: (A | "b")* A'),
    ],
)
def test_right_recursion(rule: str, better: str) -> None:
    text = f'start: "(" x ")"\n{rule}\nA: /[0-9]+;/\n'
    warning = only(text)
    assert "right recursion" in warning.message
    assert place(warning)[0] == 2
    assert warning.hint == better
    improved = text.replace(rule, better)
    assert warnings(improved) == []
    old, new = (compile_source(one, path="g.lark", options=Options()) for one in (text, improved))
    for count in range(3):
        for glue in ("", ",", ";"):
            for last in ("1;", "-", "b", "1;;"):
                inner = "".join(f"{number};{glue}" for number in range(count)) + last
                for one in (inner, inner[: -len(last)]):
                    assert trial.accepts(old, f"({one})") == trial.accepts(new, f"({one})"), one


@pytest.mark.parametrize("rule", ['x: "-" x | A', "x: x A | A", 'x: "(" x ")" | A', 'x: x "+" x | A'])
def test_other_recursions_are_fine(rule: str) -> None:
    assert warnings(f"start: x\n{rule}\nA: /[0-9]+;/\n") == []


def test_many_items() -> None:
    text = 'start: (list "x")+\nlist: item ","? list | item\nitem: CHAR+\nCHAR: /[^()]/\n'
    found = [one for one in warnings(text) if "parser items" in one.message]
    assert len(found) == 1
    assert "remote servers stop at 50,000" in found[0].message
    assert "parser items" not in "".join(one.message for one in warnings(CALC))


def test_items_are_what_llguidance_counts() -> None:
    compiled = compile_source(CALC, path="g.lark", options=Options())
    assert trial.mask_items(compiled) == (trial.FEW_ITEMS, b"")
    assert LIMITS.step_max_items > trial.REMOTE_ITEMS


# what never matches


def test_what_can_never_end() -> None:
    warning = only('start: "a" | "b" [item]\nitem: "x" item\n')
    assert warning.message == "item can never end: what needs it is left out"
    assert place(warning) == (1, 19)
    assert warning.hint == "give item an alternative without itself"


def test_an_empty_terminal() -> None:
    warning = only('start: "a" X "b"\nX: /x*/')
    assert warning.message == "the terminal X can be empty"
    assert place(warning) == (2, 1)
    assert warnings('start: "a" X? "b"\nX: /x+/') == []


@pytest.mark.parametrize(
    ("text", "column", "refused"),
    [
        ('start: WORD "end"\nWORD: /[a-z]+/', 13, "end"),
        ('start: INT ".5" | "x"\nINT: /[0-9.]+/', 12, ".5"),
    ],
)
def test_a_terminal_that_the_one_before_takes(text: str, column: int, refused: str) -> None:
    warning = only(text)
    assert "never matches after" in warning.message
    assert refused in warning.message
    assert place(warning) == (1, column)


@pytest.mark.parametrize(
    "text",
    [
        'start: WORD " end"\nWORD: /[a-z]+/',
        'start: WORD "end"\nWORD: /[a-z]+/\n%ignore /;/',
        "start: A B\nA: /[a-z]+/\nB: /[a-z0-9]+/",
        'start: "if" WORD\nWORD: /[a-z]+/',
    ],
)
def test_terminals_that_can_follow_each_other(text: str) -> None:
    assert [one for one in warnings(text) if "never matches" in one.message] == []


# GBNF


@pytest.mark.parametrize(
    ("text", "message", "at", "hint"),
    [
        ('root ::= "a" ws "b"\nws ::= [ \\t\\n]*', "any number of blanks", (2, 8), "{0,20}"),
        ('root ::= "a" " "+ "b"', "any number of blanks", (1, 15), "{0,20}"),
        ('root ::= "a" ws* "b"\nws ::= " " | "\\n"', "any number of blanks", (1, 14), "{0,20}"),
        ('root ::= "(" x ")"\nx ::= [a-z] x | [a-z]', "right recursion", (2, 13), "x ::= (…)"),
    ],
)
def test_gbnf(text: str, message: str, at: tuple[int, int], hint: str) -> None:
    warning = only(text, "g.gbnf")
    assert message in warning.message
    assert place(warning) == at
    assert warning.hint is not None
    assert hint in warning.hint


def test_gbnf_that_is_matched_by_character() -> None:
    text = 'root ::= w e | "(" root ")"\nw ::= [a-z]*\ne ::= "end" | "[" root "]"'
    found = warnings(text, "g.gbnf")
    assert "each character" in found[0].message
    assert place(found[0]) == (2, 7)


@settings(max_examples=10)
@given(strategies.fixed_dictionaries({name: expressions() for name in NAMES}))
def test_any_gbnf_can_be_judged(rules: dict[str, str]) -> None:
    text = "\n".join(f'{name} ::= "x" | {body}' for name, body in rules.items())
    for warning in warnings(text, "g.gbnf"):
        assert warning.hint


# ours


@pytest.mark.parametrize("name", languages.names())
def test_our_grammars_need_no_warnings(name: str) -> None:
    path: Path = languages.get(name).grammar
    found = warnings(path.read_text(encoding="utf-8"), path.name)
    # what a mask needs is measured elsewhere, on real code; short chains may be right recursive
    assert [str(one) for one in found if "parser item" not in one.message] == []
