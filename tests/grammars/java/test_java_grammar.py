from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.grammars.java.cases import INVALID, PARSED, VALID
from tests.grammars.recognize import language

# pieces of code for walks
WORDS = """
    package import public private static final abstract class interface enum record extends implements throws void
    int boolean String var new return if else for while do switch case default break continue try catch finally
    throw this super instanceof null true synchronized assert yield a b x T err List
"""
PIECES = (
    "public class A {\n  ", "void f(", ") {\n    ", "{\n", "\n}", "\n  }", "\n    ", "\n\n", "; ", ";\n", ", ", ": ", " = ",
    " == ", " + ", " - ", " < ", " > ", " >> ", " >>> ", ">>", " >>= ", " / ", "++;\n", "--", "()", "();\n", "[]", "[x]",
    ".x", ".f(", "::", "::new", " -> ", "() -> ", "(a, b) -> ", "(int) ", "(List<T>) ", "List<List<T>>", "<T>", "<?>",
    "<? extends T>", "@Override\n", "@A(", "\"a\"", "'a'", '"""\n', "0x1f", "1.5", "1L", "// c\n", "/* c */", "case x -> ",
    "case T t when ", "default -> ", "default:\n", "&&", "||", "!", "-", "...", " ? ", "<<", "!=", "non-sealed ", "_",
)  # fmt: skip
FRAGMENTS = (
    *PIECES,
    *(space + word + end for word in WORDS.split() for space in ("", " ") for end in ("", " ")),
)

ACCEPT = language("java", "accept")
GENERATE = language("java", "generate", fragments=FRAGMENTS)


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    assert ACCEPT.refused_at(text) is None
    assert GENERATE.refused_at(text) is None


@pytest.mark.parametrize("text", PARSED)
def test_what_only_the_parser_takes(text: str):
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str):
    assert text not in ACCEPT
    assert text not in GENERATE


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "package a;\n\nclass B {}\n", "int a;"),
        ("function", "@A public static <T> int f(T a) {\n  return 1;\n}\n", "a + b"),
        ("function", "void f() {}", "f();"),
        ("class", "@A abstract class B<T> {}", "void f() {}"),
        ("class", "public enum A { B }", "class A {} class B {}"),
        ("statement", "int a = 1;", "a"),
        ("statement", "if (a) { b(); }", "a(); b();"),
        ("expression", "a < b ? c : d[e]", "int a = 1"),
        ("expression", "(a, b) -> { return a; }", "a;"),
        ("type", "Map<String, List<int[]>>[]", "a = b"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    for profile in ("accept", "generate"):
        recognizer = language("java", profile, rule=rule)
        assert good in recognizer
        if (profile, bad) != ("accept", "int a;"):  # a compact source file
            assert bad not in recognizer


@pytest.mark.parametrize(
    ("since", "text"),
    [
        ("21", "class A { void f() { switch (a) { case B b -> c(); default -> { } } } }"),
        ("21", "class A { boolean b = c instanceof D(int e); }"),
        ("25", "class A { B c = _ -> 1; }"),
        ("25", "import module a.b; class A { }"),
    ],
)
def test_what_newer_versions_brought(since: str, text: str):
    older = {"21": "17", "25": "21"}[since]
    for profile in ("accept", "generate"):
        assert text in language("java", profile, version=since)
        assert text not in language("java", profile, version=older)


def test_a_constructor_begins_like_its_class():
    for profile in ("accept", "generate"):
        recognizer = language("java", profile)
        assert "class Abc { Abc() { } class Def { Def() { } } Abc(int a) { } }" in recognizer
        assert "class Abc { Def() { } }" not in recognizer
        assert "class Abc { run() { } }" not in recognizer
        assert "class Setter { Setter() { } class Rest { Rest() { } } }" in recognizer
        assert "class Setter { String() { } }" not in recognizer
        assert "class Store { Surface() { } }" not in recognizer
        assert "class Abc { Def d = new Def() { Abc() { } }; }" not in recognizer


def test_two_signs_are_a_step_where_nothing_stands_between_them():
    for sum_ in ("f() - -b", "f() -\n        +b", "f()-b", "f() - --b", "a - (-b)", "a---b"):
        assert f"class A {{ int a = {sum_}; }}" in GENERATE
    for no_sum in ("f()--b", '"a"++b', "f()---b", "1--1"):
        assert f"class A {{ int a = {no_sum}; }}" not in GENERATE
    assert "class A { void f() { switch (a) { case 1--1: } } }" not in GENERATE


def _javac() -> str | None:
    """A javac that knows the newest version of the grammar, by JAVA_HOME or on the path."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "javac") if home else shutil.which("javac")
    if found is None or not Path(found).exists():
        return None
    version = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+", version)
    return found if number and int(number.group()) >= 25 else None


def _refused(texts: list[str], tmp_path: Path) -> set[str]:
    """By javac's parser if one is there, else by tree-sitter's grammar."""
    if javac := _javac():
        names = {}
        for number, text in enumerate(texts):
            path = tmp_path / f"T{number}.java"
            path.write_text(text, encoding="utf-8")
            names[str(path)] = text
        stop = ["-XDshould-stop.ifError=PARSE", "-XDshould-stop.ifNoError=PARSE"]
        done = subprocess.run(
            [javac, "-proc:none", "-encoding", "utf-8", "-Xmaxerrs", "9999", *stop, *names],
            capture_output=True,
            text=True,
            check=False,
        )
        return {names[found] for found in re.findall(r"^(\S+\.java):\d+: error", done.stderr, re.MULTILINE)}
    tree_sitter = pytest.importorskip("tree_sitter")
    tree_sitter_java = pytest.importorskip("tree_sitter_java")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_java.language()))
    return {text for text in texts if parser.parse(text.encode()).root_node.has_error}


def test_random_walks_parse(tmp_path: Path):
    """Soundness: whatever the generate profile lets a model write, the judge parses."""
    until, finished = time.monotonic() + 6, list[str]()
    for seed in range(120):
        text = GENERATE.walk(seed)
        if text is not None:
            finished.append(text.decode())
        if time.monotonic() > until:
            break
    assert len(finished) >= 15
    # tree-sitter's grammar lacks some letters and annotations that javac knows
    assert len(_refused(finished, tmp_path)) <= (0 if _javac() else len(finished) // 10)
