import subprocess
import sys
from pathlib import Path

import pytest

from maze.errors import UsageError
from maze.grammar.indentation import unit_for


@pytest.mark.parametrize(
    ("prefix", "unit"),
    [
        ("def f():\n    x", "4"),
        ("def f():\n  x", "2"),
        ("def f():\n\tx", "tab"),
        ("def f():\n   x", "any"),
        ("class A:\n\n        x = 1\n", "8"),
        ("func f() {\n\treturn", "tab"),
        ("x = 1\n", None),
        ("x = f(\n  1)", "2"),
        ("# a:\n  # b\n", None),
        ("", None),
    ],
)
def test_the_prefix_says_it(tmp_path, prefix, unit):
    assert unit_for(None, prefix, tmp_path / "x.py") == unit


def test_the_project_says_it_below_the_prefix(tmp_path):
    (tmp_path / ".editorconfig").write_text(
        "root = true\n[*]\nindent_style = space\nindent_size = 2\n[*.go]\nindent_style = tab\n[*.c]\nindent_size = 3\n"
    )
    assert unit_for(None, "", tmp_path / "x.py") == "2"
    assert unit_for(None, "", tmp_path / "deep" / "x.go") == "tab"
    assert unit_for(None, "", tmp_path / "x.c") == "any"
    assert unit_for(None, "def f():\n        x", tmp_path / "x.py") == "8"
    assert unit_for("4", "def f():\n        x", tmp_path / "x.py") == "4"


@pytest.mark.parametrize("contents", ["[*]\nindent_size = many", "[*]\nindent_size = 99"])
def test_a_project_file_that_makes_no_sense_says_nothing(tmp_path, contents):
    (tmp_path / ".editorconfig").write_text("root = true\n" + contents)
    assert unit_for(None, "", tmp_path / "x.py") is None


@pytest.mark.parametrize("contents", [b"[*\nindent_size=2", b"\xff"])
def test_a_project_file_that_cannot_be_read_says_nothing(tmp_path, contents):
    (tmp_path / ".editorconfig").write_bytes(b"root = true\n" + contents)
    # in a process of its own: the library leaves such a file open, for which pytest would blame another test
    code = "from pathlib import Path; from maze.grammar.indentation import unit_for; print(unit_for(None, '', Path('x.py')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "None", done.stderr


def test_an_unknown_unit_is_a_usage_error():
    with pytest.raises(UsageError, match="'tabs'") as caught:
        unit_for("tabs", "", Path("x.py"))
    assert caught.value.hint.startswith("did you mean 'tab'?")
