"""Family files: what one kind of task is called, what it is in each language, and how to tell that it works.

A file is a header, phrasings and sections::

    gcd(a: int, b: int) -> int
    also: greatest_common_divisor hcf

    compute the (gcd|greatest common divisor) of {a} and {b}
    the greatest common divisor of two [whole] numbers
    ~ tell the largest number that divides both {a} and {b}

    [tests]
    gcd(48, 18) == 6

    [python]
    while b:
        a, b = b, a % b
    return a

The header is a function's signature, ``class Name`` or ``program name``. A phrasing says what to do or, if it
begins with an article, what is wanted; ``(a|b)`` is a choice, ``[x]`` may be left out, ``{a}`` is an argument,
and ``~`` marks a phrasing that no training sees. A section of a function holds its body; ``[go: whole]`` holds
all of it, where a helper or another signature is needed. Of classes and programs, all sections are whole.
Tests are what a function returns, or in ``[stdout]`` what a program prints; those of a class are in
``[python: tests]`` and so on, in the language itself: statements that fail if something is wrong.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nano import types
from nano.types import Type

FAMILIES = Path(__file__).parent / "families"
LANGUAGES = ("python", "typescript", "rust", "go", "zig", "java")
Kind = Literal["function", "class", "program"]


class FamilyError(Exception):
    """A family file that does not read; says the file, the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Test:
    """A call of the function and what it returns."""

    arguments: tuple[Any, ...]
    result: Any


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    whole: bool


@dataclass(slots=True)
class Family:
    name: str
    kind: Kind
    arguments: tuple[Argument, ...] = ()
    result: Type | None = None
    also: tuple[str, ...] = ()
    phrases: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    code: dict[str, Code] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)
    own_tests: dict[str, str] = field(default_factory=dict)
    stdout: str = ""


def load(folder: Path = FAMILIES) -> list[Family]:
    """All families below ``folder``, in the order of their paths. Raises ``FamilyError``."""
    families = [read(path) for path in sorted(folder.rglob("*.family"))]
    names = [family.name for family in families]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FamilyError(f"{folder}: two families have the name {twice[0]}: rename one")
    return families


def read(path: Path) -> Family:
    """The family in a file. Raises ``FamilyError``."""
    sections = _sections(path.read_text())
    family = _header(path, sections.pop("")[1])
    for title, (line, text) in sections.items():
        name, _, what = (part.strip() for part in title.partition(":"))
        if title == "tests" and family.kind == "function":
            family.tests = [_test(path, family, row) for row in text.splitlines() if row.strip()]
        elif title == "stdout" and family.kind == "program":
            family.stdout = text
        elif name in LANGUAGES and what in ("", "whole"):
            family.code[name] = Code(text, family.kind != "function" or what == "whole")
        elif name in LANGUAGES and what == "tests" and family.kind == "class":
            family.own_tests[name] = text
        else:
            raise FamilyError(f"{path}:{line}: no section [{title}] in a {family.kind} family")
    _complete(path, family)
    return family


def _complete(path: Path, family: Family) -> None:
    """Nothing may be missing: an untested or unasked-for sample would go unnoticed."""
    tested = family.tests or family.stdout or set(family.code) <= set(family.own_tests)
    for there, what in [
        (family.phrases, "phrasing"),
        (family.held_out, "held-out phrasing (a line that begins with ~)"),
        (family.code, "language"),
        (tested, "test of each language" if family.kind == "class" else "test"),
    ]:
        if not there:
            raise FamilyError(f"{path}: {family.name} has no {what}: add one")


SECTION = re.compile(rf"\[(tests|stdout|(?:{'|'.join(LANGUAGES)})(?:: *\w+)?)\]\s*")


def _sections(text: str) -> dict[str, tuple[int, str]]:
    """Title to line number and text; the part before the first section has no title."""
    title, parts = "", {"": (1, "")}
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if found := SECTION.fullmatch(line):
            title = found[1]
            parts[title] = (number, "")
        else:
            parts[title] = (parts[title][0], parts[title][1] + line)
    return {title: (number, body.strip("\n") + "\n") for title, (number, body) in parts.items()}


def _header(path: Path, text: str) -> Family:
    first, *rest = text.splitlines()
    kind, _, name = first.partition(" ")
    named = kind in ("class", "program")
    family = Family(name.strip(), kind) if named else _signature(path, first)  # type: ignore[arg-type]
    for line in rest:
        if line.startswith("also:"):
            family.also = tuple(line.removeprefix("also:").split())
        elif line.startswith("~"):
            family.held_out.append(line[1:].strip())
        elif line.strip():
            family.phrases.append(line.strip())
    return family


def _signature(path: Path, line: str) -> Family:
    found = re.fullmatch(r"(\w+)\((.*)\)(?: -> (.+))?", line)
    if not found:
        raise FamilyError(
            f"{path}:1: expected name(argument: type, …) -> type, class Name or program name: {line!r}"
        )
    name, inside, result = found.groups()
    try:
        # a comma that no name follows belongs to a type
        parts = [part.partition(":") for part in re.split(r",\s*(?=\w+\s*:)", inside) if part]
        arguments = tuple(Argument(argument.strip(), types.parse(type_)) for argument, _, type_ in parts)
        return Family(name, "function", arguments, types.parse(result) if result else None)
    except (ValueError, SyntaxError) as error:
        raise FamilyError(f"{path}:1: {error}") from error


def _test(path: Path, family: Family, row: str) -> Test:
    try:
        compare = ast.parse(row, mode="eval").body
        assert isinstance(compare, ast.Compare) and isinstance(compare.left, ast.Call)
        test = Test(
            tuple(ast.literal_eval(argument) for argument in compare.left.args),
            ast.literal_eval(compare.comparators[0]),
        )
        assert ast.unparse(compare.left.func) == family.name and len(test.arguments) == len(family.arguments)
    except (AssertionError, SyntaxError, ValueError) as error:
        raise FamilyError(f"{path}: expected {family.name}(values) == value: {row!r}") from error
    return test
