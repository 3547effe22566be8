"""Languages by name: compiled once, loaded without the compiler, and for the interpreter that judges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maze import languages
from maze.errors import GrammarError
from maze.grammar.engine import refusal
from maze.grammar.library import language_constraint

LOAD = """
import sys
from maze.grammar import constraint_for
from maze.request import Target
constraint_for(Target(language="json"))
print(*sorted({"lark", "llguidance", "jsonschema", "rich"} & set(sys.modules)))
"""


def load(cache: Path) -> str:
    environment = {"MAZE_CACHE_DIR": str(cache), "PYTHONPATH": str(Path(languages.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_cached_language_needs_no_compiler(tmp_path: Path) -> None:
    assert load(tmp_path) == "lark llguidance"
    assert load(tmp_path) == ""


def test_an_unwritable_cache_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("MAZE_CACHE_DIR", str(blocked))
    assert language_constraint("json").text


@pytest.mark.parametrize("name", languages.names())
@pytest.mark.parametrize("profile", ["accept", "generate"])
def test_every_language_compiles_for_every_entry(name: str, profile: str) -> None:
    texts = {
        rule: language_constraint(name, rule=rule, profile=profile).text  # type: ignore[arg-type]
        for rule in languages.get(name).entries
    }
    assert all(text.startswith("%llguidance {}") for text in texts.values())
    assert len(set(texts.values())) == len(texts)


@pytest.mark.parametrize(
    ("message", "line", "column"),
    [
        (
            'at 3(4): invalid regex "b(" (in regex): regex parse error:\n    b(\n     ^\nerror: unclosed group\n',
            2,
            4,
        ),
        ("at 2(1): something about a\n", 1, 1),
    ],
)
def test_an_error_about_compiled_text_is_mapped_to_the_source(message: str, line: int, column: int) -> None:
    error = refusal(message, "%llguidance {}\na: B\nB: /b(/\n", "a: B\nB: /b(/\n", "g.lark")
    assert isinstance(error, GrammarError)
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, column)
    assert "\n" not in error.message
