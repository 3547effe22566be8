from __future__ import annotations

import ast
import random
import sys
import sysconfig
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grammars.python.cases import INVALID, LOOSE, SINCE, UNCOMPILED, VALID
from tests.grammars.recognize import language

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
# pieces of code for walks, one a line, in quotes
FRAGMENTS = tuple(
    ast.literal_eval(line)
    for line in Path(__file__).with_name("fragments.txt").read_text("utf-8").splitlines()
)

ACCEPT = language("python", "accept", indent="any", version=RUNNING)
GENERATE = language("python", "generate", version=RUNNING)


def parses(text: str | bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
    return True


def compiles(text: str | bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<test>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    assert compiles(text) or "global a" in text
    assert ACCEPT.refused_at(text) is None
    assert ACCEPT.refused_at(text + "\n") is None
    assert GENERATE.refused_at(text + "\n") is None


@pytest.mark.parametrize(("since", "text"), SINCE)
def test_what_newer_versions_brought(since: str, text: str):
    older = {"3.12": "3.11", "3.13": "3.12"}[since]
    assert text in language("python", "accept", version=since)
    assert text in language("python", "generate", version=since)
    assert text not in language("python", "generate", version=older)
    if sys.version_info >= tuple(map(int, since.split("."))):
        assert parses(text)


@pytest.mark.parametrize("text", LOOSE)
def test_loose_layout(text: str):
    assert parses(text.encode())
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", UNCOMPILED)
def test_what_only_the_compiler_refuses(text: str):
    assert parses(text)
    assert not compiles(text)
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str):
    assert not parses(text)
    assert text not in ACCEPT
    assert text not in GENERATE


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "x = 1\ny = 2\n", ""),
        ("function", "@a\n@b\nasync def f():\n    await x\n", "x = 1\n"),
        ("function", "def f(): pass\n", "def f(): pass\nx\n"),
        ("class", "@a\nclass A(B):\n    x = 1\n", "def f(): pass\n"),
        ("statement", "if a:\n    b\n", "a\nb\n"),
        ("statement", "x = 1; y = 2", "return 1"),
        ("expression", "[a, b][0] + f(c)", "x = 1"),
        ("expression", "lambda: a if b else c", "pass"),
        ("expression", "(a, b)", "a, b"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    for profile in ("accept", "generate"):
        recognizer = language("python", profile, rule=rule)
        assert good in recognizer
        assert (
            (profile == "accept" and bad == "return 1")
            or (rule, bad) == ("file", "")
            or bad not in recognizer
        )


@pytest.mark.parametrize(("indent", "unit"), [("2", "  "), ("4", "    "), ("8", " " * 8), ("tab", "\t")])
def test_indentation_units(indent: str, unit: str):
    recognizer = language("python", "generate", indent=indent)
    nested = f"if a:\n{unit}if b:\n{unit * 2}c\n{unit}d\ne\n"
    assert nested in recognizer
    for other in {"  ", "    ", " " * 8, "\t"} - {unit}:
        assert nested.replace(unit, other) not in recognizer


@given(st.lists(st.integers(1, 8), min_size=1, max_size=5), st.data())
def test_any_indentation(widths: list[int], data: st.DataObject):
    """Blocks of any width, and a dedent to any column: right or wrong exactly as Python says."""
    columns = [0]
    text = ""
    for width in widths:
        text += " " * columns[-1] + "if a:\n"
        columns.append(columns[-1] + width)
    text += " " * columns[-1] + "b\n"
    text += " " * data.draw(st.integers(0, columns[-1] + 2)) + "c\n"
    assert (text in ACCEPT) == parses(text)


@pytest.mark.parametrize("text", ["if a:\n\tif b:\n\t\tc\n\td\ne", "class A:\n\tx = 1\n\n\ty = 2\n"])
def test_tabs(text: str):
    assert parses(text)
    assert text in ACCEPT
    assert text.replace("\n\t", "\n        \t", 1) not in ACCEPT


@pytest.mark.parametrize("version", sorted({"3.11", RUNNING}))
def test_random_walks_parse(version: str):
    """Soundness: whatever the generate profile lets a model write, Python parses."""
    recognizer = language("python", "generate", version=version, fragments=FRAGMENTS)
    finished = []
    until = time.monotonic() + 10
    for seed in range(250):
        text = recognizer.walk(seed)
        if text is not None:
            finished.append(text)
            assert parses(text), text.decode()
        if time.monotonic() > until:
            break
    assert len(finished) >= 40


def test_the_standard_library_is_accepted():
    """Recall: files of the running Python's own library, chosen at random, for some seconds."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = [path for path in sorted(root.rglob("*.py")) if not {"site-packages", "test"} & set(path.parts)]
    random.Random(2).shuffle(files)
    until, refused, count = time.monotonic() + 15, [], 0
    for path in files:
        data = path.read_bytes()
        if len(data) > 40_000 or not compiles(data) or b"coding" in data[:100] or not data.isascii():
            continue
        count += 1
        if (at := ACCEPT.refused_at(data)) is not None:
            refused.append((path.name, at))
        if time.monotonic() > until:
            break
    assert count >= 20
    assert len(refused) <= count // 100, refused


def test_a_chain_of_a_thousand_conditions():
    text = "x = " + "a if b else " * 1000 + "lambda: c if d else e\n"
    for profile in ("accept", "generate"):
        assert text in language("python", profile)
