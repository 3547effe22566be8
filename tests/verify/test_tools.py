"""The languages' own parsers as second witnesses: real ones where they are installed, and misbehaving ones."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from maze import languages
from maze.grammar import Constraint
from maze.languages import Checker
from maze.request import Verdict
from maze.verify import Failure, examine, tools

RUST = Constraint("rust", "lark", "start: /(?s:.*)/", "accept", "file", "rust", version="2024")

# by language: a text that parses and means nothing, one that does not parse, and where
TEXTS = {
    "go": ("package p\n\nfunc f() {\n\tx = y\n}\n", "package p\n\nfunc f( {\n}\n", (3, 9)),
    "java": ("class A {\n  int f() { return x; }\n}\n", "class A {\n  int f() { return 1 }\n}\n", (2, 21)),
    "rust": ("mod elsewhere;\nfn f() {\n    x = y;\n}\n", "fn f() {\n    x = ;\n}\n", (2, 9)),
    "typescript": (
        'import x from "./elsewhere";\nlet a: number = "a";\n',
        "let a = 1;\nlet b = ;\n",
        (2, 9),
    ),
    "zig": ("fn f() void {\n    return x;\n}\n", "const a = 1;\nconst b = ;\n", (2, 11)),
}


def ask(name: str, text: str) -> Verdict | Failure | None:
    language = languages.get(name)
    versions = [*language.versions[-1:]]
    constraint = Constraint(
        name, "lark", "", "accept", "file", name, version=versions[0] if versions else None
    )
    (checker,) = tools.tools(constraint, slow=True)
    return tools.run(checker, text, f"x{language.suffixes[0]}", constraint)


@pytest.mark.parametrize("name", TEXTS)
def test_installed_parsers_judge_syntax_only(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    right, wrong, place = TEXTS[name]
    verdict = ask(name, right)
    if verdict is None:
        pytest.skip("not installed, or too old")
    assert isinstance(verdict, Verdict) and verdict.what == "parses"
    failure = ask(name, wrong)
    assert isinstance(failure, Failure) and failure.place is not None
    assert (failure.place.line, failure.place.column) == place
    assert failure.place.path.startswith("x.")
    assert failure.message.startswith(f"{verdict.by}: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted({*languages.names()} - {"json", "python"}))
def test_each_language_has_at_most_one_syntax_checker(name: str) -> None:
    assert len([one for one in languages.get(name).checkers if one.level == "syntax"]) <= 1


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `judge`, alone on PATH but for the shell's; tests write what it does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    file = folder / "judge"
    file.touch(mode=0o755)
    return file


JUDGE = Checker("syntax", ("judge", "{version}", "{file}"))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 0", None),
        ("echo 'code.rs:2:3: error: no such thing' >&2; exit 1", "judge: no such thing at 2:3"),
        ("echo 'code.rs(2,3): error TS1: no such thing'; exit 2", "judge: no such thing at 2:3"),
        (
            "printf 'code.rs:2: error: no such thing\\n  b c\\n    ^\\n' >&2; exit 1",
            "judge: no such thing at 2:5",
        ),
        ("echo '<stdin>:9:9: beyond' >&2; exit 1", "judge: beyond at 9:9"),
        ("echo 'error: unknown option' >&2; exit 1", "nothing"),
        ("kill -9 $$", "nothing"),
        ("sleep 5", "nothing"),
        ('test "$(cat)" = "$(cat code.rs)" && test "$1 $2" = "2024 code.rs"', None),
        ("head -c 3000000 /dev/zero; exit 0", None),
        ('test "$PWD" = "$TMPDIR" && test "$(ls)" = code.rs', None),
    ],
)
def test_what_a_program_says(
    program: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str | None
) -> None:
    monkeypatch.setattr(tools, "_LIMIT", 1.0)
    program.write_text(f"#!/bin/sh\n{script}\n")
    outcome = tools.run(JUDGE, "a\nbc é\n", "x.rs", RUST)
    if isinstance(outcome, Failure):
        assert outcome.place is not None
        assert f"{outcome.message} at {outcome.place.line}:{outcome.place.column}" == message
    else:
        assert outcome == (Verdict("parses", "judge") if message is None else None)


def test_a_program_that_is_not_there_or_cannot_run(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.run(replace(JUDGE, command=("nothing-of-this-name",)), "a", "x.rs", RUST) is None
    program.write_text("no program at all")
    assert tools.run(JUDGE, "a", "x.rs", RUST) is None
    program.write_text("#!/bin/sh\nexit 0\n")
    assert tools.run(JUDGE, "a", "x.rs", RUST) is not None
    monkeypatch.chdir(program.parent)
    monkeypatch.setenv("PATH", ".")  # what lies in the current folder is not the language's parser
    assert tools.run(JUDGE, "a", "x.rs", RUST) is None


def test_slow_ones_and_parts_of_a_file() -> None:
    java = Constraint("java", "lark", "", "accept", "file", "java")
    assert tools.tools(java, slow=True) and not tools.tools(java, slow=False)
    assert not tools.tools(replace(java, entry="statement"), slow=True)
    assert not tools.tools(replace(java, language=None), slow=True)


@pytest.mark.skipif(shutil.which("rustc") is None, reason="rustc is not installed")
def test_the_compiler_is_heard_after_the_grammar() -> None:
    if ask("rust", "fn f() {}\n") is None:
        pytest.skip("rustc is too old")
    report = examine("fn f() {}\n", RUST)
    assert [verdict.by for verdict in report.verified] == ["the grammar rust", "rustc"]
    report = examine("fn f( {}\n", RUST, path="x.rs")
    assert not report.valid and "rustc: " in str(report.failure)
    narrow = replace(RUST, text='start: "a"')
    assert "rustc parses it" in (examine("fn f() {}\n", narrow).failure or Failure("")).note  # type: ignore[operator]
