from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maze import languages
from maze.errors import UsageError
from maze.grammar.compiler import entry_rules


def test_names():
    assert {"json", "python"} <= set(languages.names())
    assert list(languages.names()) == sorted(languages.names())


@pytest.mark.parametrize("name", ["python", "py", "PY", "Python3"])
def test_names_and_aliases(name: str):
    assert languages.get(name).name == "python"


def test_an_unknown_language():
    with pytest.raises(UsageError) as caught:
        languages.get("pyton")
    assert caught.value.message == "unknown language 'pyton'"
    assert "did you mean 'python'?" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.py", "python"),
        (Path("x.PYI"), "python"),
        ("x.json", "json"),
        ("x.nothing", None),
        ("python", None),
    ],
)
def test_by_suffix(path: Path | str, name: str | None):
    found = languages.by_suffix(path)
    assert (found and found.name) == name


@pytest.mark.parametrize("name", languages.names())
def test_each_language_says_what_its_grammar_has(name: str):
    language = languages.get(name)
    source = language.grammar.read_text(encoding="utf-8")
    assert entry_rules(source, path=name) == language.entries
    versions = [line.split()[1:] for line in source.splitlines() if line.startswith("%versions")]
    assert list(language.versions) == (versions[0] if versions else [])


def test_no_two_languages_share_a_name_or_suffix():
    found = [languages.get(name) for name in languages.names()]
    for words in (
        [word for language in found for word in (language.name, *language.aliases)],
        [suffix for language in found for suffix in language.suffixes],
    ):
        assert len(words) == len(set(words))


@pytest.mark.parametrize(("text", "good"), [("x = 1\n", True), ("x =\n", False)])
def test_python_s_checkers_run(text: str, good: bool, tmp_path: Path):
    file = tmp_path / "x.py"
    file.write_text(text)
    for checker in languages.get("python").checkers:
        command = [sys.executable if part == "python3" else part for part in checker.command]
        done = subprocess.run(
            [part.replace("{file}", str(file)) for part in command], capture_output=True, check=False
        )
        assert (done.returncode == 0) is good


def test_the_levels_of_python_s_checkers_differ(tmp_path: Path):
    file = tmp_path / "x.py"
    file.write_text("return 1\n")
    codes = {
        checker.level: subprocess.run(
            [sys.executable, *checker.command[1:-1], str(file)], capture_output=True, check=False
        ).returncode
        for checker in languages.get("python").checkers
    }
    assert codes["syntax"] == 0
    assert codes["compile"] != 0
