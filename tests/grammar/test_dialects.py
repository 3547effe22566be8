"""Grammars that are another language's without some of its features."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze import languages
from maze.errors import GrammarError
from maze.grammar import library
from maze.grammar.compiler import Options, compile_grammar, dialects, entry_rules
from maze.grammar.lint import lint
from tests.grammars.recognize import Recognizer

WHOLE = """
%entry file type
%features types marks
file: name maybe_type maybe_mark
maybe_type: ""
          | ":" type          %if types
maybe_mark: ""
          | mark              %if marks
mark: "!"
    | "?"                     %if !types
type: "int"                   %if types
    | "text"                  %if types
name: /[a-z]+/
"""


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of grammars with one language, ``whole``."""
    folder = tmp_path / "grammars"
    folder.mkdir()
    (folder / "whole.lark").write_text(WHOLE)
    (folder / "whole.toml").write_text('title = "Whole"\nsuffixes = [".whole"]\n')
    for module in (languages, dialects):
        monkeypatch.setattr(module, "grammars_dir", lambda: folder)
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path / "cache"))
    library._ingredients.cache_clear()
    yield folder
    library._ingredients.cache_clear()


def taken(source: str) -> set[str]:
    texts = ["a", "a:int", "a!", "a:text!", "a?"]
    recognizer = Recognizer(compile_grammar(source, path="g.lark", options=Options()))
    return {text for text in texts if text in recognizer}


@pytest.mark.parametrize(
    ("changes", "texts", "entries"),
    [
        ("", {"a", "a:int", "a!", "a:text!"}, ("file", "type")),
        ("-types", {"a", "a!", "a?"}, ("file",)),
        ("-marks", {"a", "a:int"}, ("file", "type")),
        ("-types -marks", {"a"}, ("file",)),
        ("-types +types", {"a", "a:int", "a!", "a:text!"}, ("file", "type")),
    ],
)
def test_a_dialect_lacks_features(shipped: Path, changes: str, texts: set[str], entries: tuple[str, ...]):
    source = f"// a comment\n%dialect whole {changes}\n"
    assert taken(source) == texts
    assert entry_rules(source, path="g.lark") == entries
    assert lint(source, path="g.lark", compiled=compile_grammar(source, path="g.lark")) == []


def test_a_dialect_of_a_dialect(shipped: Path):
    (shipped / "plain.lark").write_text("%dialect whole -types -marks")
    (shipped / "plain.toml").write_text('title = "Plain"\nsuffixes = []\n')
    assert taken("%dialect plain +marks") == {"a", "a!", "a?"}


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"),
    [
        ("\n%dialect whle -types", (2, 10), "there is no language 'whle'", "did you mean 'whole'?"),
        ("%dialect x -types", (1, 10), "there is no language 'x'", "there are: whole"),
        ("%dialect whole -type", (1, 10), "whole has no feature 'type'", "did you mean 'types'?"),
        ("%dialect whole -xyz", (1, 10), "whole has no feature 'xyz'", "features of whole: types, marks"),
        ('%dialect whole -types\nfile: "x"', (1, 10), "defines nothing of its own", "alone"),
        ('start: "x"\n%dialect whole', (2, 10), "defines nothing of its own", "alone"),
    ],
)
def test_refusals(shipped: Path, source: str, place: tuple[int, int], message: str, hint: str):
    with pytest.raises(GrammarError) as caught:
        compile_grammar(source, path="g.lark", options=Options())
    error = caught.value
    assert message in error.message
    assert error.hint is not None
    assert hint in error.hint
    assert error.place is not None
    assert (error.place.line, error.place.column) == place


def test_an_error_of_the_original_is_shown_there(shipped: Path):
    (shipped / "whole.lark").write_text(WHOLE + 'more: "x" %if tyes\n')
    with pytest.raises(GrammarError) as caught:
        compile_grammar("%dialect whole -types", path="g.lark", options=Options())
    error = caught.value
    assert error.place is not None
    assert (error.place.path, error.place.line) == ("whole.lark", WHOLE.count("\n") + 1)
    assert error.hint == "did you mean 'types'?"


def test_a_change_of_the_original_is_noticed(shipped: Path):
    def compiled() -> str:
        library._ingredients.cache_clear()  # as in another process
        return library._compiled(
            "%dialect whole -types", "own.lark", rule=None, profile="generate", ours=True
        )

    before = compiled()
    assert compiled() == before
    (shipped / "whole.lark").write_text(WHOLE.replace('"!"', '"#"'))
    assert "#" in compiled()
    assert "#" not in before
