"""``maze check``: files of all sorts, exit codes, streams and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunMaze


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files by what they are; run_maze runs beside them."""
    contents = {
        "good.json": b'{"a": [1, 2]}\n',
        "bad.json": b'{\n  "a": [1, 2,]\n}\n',
        "open.json": b'{"a": 1',
        "latin1.json": b'{"a": "\xe9"}',
        "good.py": b"def f(x):\n    return x\n",
        "bad.py": b"def f(x:\n    return x\n",
        "text.foo": b"?",
        "calc.lark": b'start: sum\nsum: sum "+" N | N\nN: /[0-9]+/\n%ignore /[ \\n]/\n',
        "schema.json": b'{"type": "object", "required": ["b"]}',
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.usefixtures("files")
class TestFiles:
    def test_valid_files_are_silent(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "good.json", "good.py")
        assert (done.code, done.out, done.err) == (0, "", "")

    def test_an_invalid_file_shows_place_line_caret_and_expectation(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "good.json", "bad.json")
        assert done.code == 8
        first, line, caret = done.out.splitlines()
        assert first.startswith('bad.json:2:14: unexpected "]"; expected a number, a string')
        assert line.index("]") == caret.index("^")
        assert done.err == "maze: 1 of 2 files is not valid\n"

    def test_python(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "bad.py")
        assert done.code == 8
        assert done.out.startswith("bad.py:1:8: unexpected end of line") or "bad.py:2:" in done.out

    def test_what_cannot_be_judged_does_not_stop_the_rest(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "none.json", "text.foo", ".", "bad.json", "latin1.json")
        assert done.code == 2
        assert "bad.json:2:14" in done.out
        assert "latin1.json:1:8: byte 0xe9 at offset 7 is not UTF-8" in done.out
        for message in ("no such file: none.json", "text.foo: unknown suffix '.foo'", ". is a directory"):
            assert message in done.err

    def test_json_reports_everything(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "--json", "good.json", "bad.json", "none.json")
        assert done.code == 2
        good, bad, none = json.loads(done.out)
        assert good["valid"] is True
        assert [verdict["what"] for verdict in good["verified"]] == ["parses", "parses"]
        assert (bad["valid"], bad["line"], bad["column"]) == (False, 2, 14)
        assert '"["' in bad["expected"]
        assert none["valid"] is None
        assert good.keys() == bad.keys() == none.keys()

    def test_the_language_can_be_given(self, run_maze: RunMaze) -> None:
        assert run_maze("check", "-l", "json", "text.foo").code == 8
        done = run_maze("check", "-l", "jsno", "text.foo")
        assert done.code == 2
        assert "did you mean 'json'?" in done.err

    def test_a_grammar_of_ones_own(self, run_maze: RunMaze) -> None:
        assert run_maze("check", "-g", "calc.lark", "-", input="1 + 2\n").code == 0
        done = run_maze("check", "-g", "calc.lark", "-", input="1 + +\n")
        assert done.code == 8
        assert done.out.startswith('<stdin>:1:5: unexpected "+"; expected a number\n')

    def test_a_broken_grammar(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "-g", "good.py", "good.json")
        assert done.code == 6
        assert "good.py:1:" in done.err
        assert "^" in done.err

    def test_a_schema(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "--schema", "schema.json", "good.json")
        assert done.code == 8
        assert "good.json:1:1: at #: 'b' is a required property" in done.out
        assert run_maze("check", "--schema", "schema.json", "-", input='{"b":1}').code == 0

    def test_options_that_exclude_each_other(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "-l", "json", "-g", "calc.lark", "good.json")
        assert done.code == 2
        assert "--lang and --grammar exclude each other" in done.err

    def test_an_unknown_rule(self, run_maze: RunMaze) -> None:
        done = run_maze("check", "-l", "python", "--rule", "functio", "good.py")
        assert done.code == 2
        assert "did you mean 'function'?" in done.err


def test_stdin_needs_a_language(run_maze: RunMaze) -> None:
    done = run_maze("check", "-", input="[1]")
    assert done.code == 2
    assert "-l python" in done.err
    assert run_maze("check", "-l", "json", "-", input="[1]").code == 0


def test_no_files(run_maze: RunMaze) -> None:
    assert run_maze("check").code == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x = 1\r\ny = 2\r\n", 0),
        (b"\xef\xbb\xbfx = 1\n", 0),
        (b"# coding: latin-1\nx = '\xe9'\n", 0),
        (b"x = 1", 0),
        (b"", 0),
        (b"# coding: nope\n", 8),
        (b"x = '\xe9'\n", 8),
        (b"x = '\x00'\n", 8),
        (b"\x00", 8),
        (b"\xff\xfe", 8),
        (b"if x:\n\ty\n        z\n", 8),
        (b"(" * 3000, 8),
        (b"def f(a, a): pass\n", 0),
        (b"x = '\\d'\n", 0),
    ],
)
def test_python_files_of_all_sorts(run_maze: RunMaze, tmp_path: Path, data: bytes, code: int) -> None:
    (tmp_path / "x.py").write_bytes(data)
    done = run_maze("check", "x.py")
    assert done.code == code, done.out + done.err
    assert bool(done.out) == (code != 0)


def test_a_large_file(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "large.json").write_text("[" + '{"key": "value", "n": [1, 2.5e3, null]},\n' * 50_000 + "]")
    done = run_maze("check", "large.json")
    assert done.code == 8
    assert done.out.startswith('large.json:50001:1: unexpected "]"')


def test_control_characters_do_not_reach_the_terminal(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'["\x1b[31m", ]')
    done = run_maze("check", "x.json")
    assert done.code == 8
    assert "\x1b" not in done.out + done.err


def test_a_closed_pipe_ends_quietly(tmp_path: Path, maze_env: dict[str, str]) -> None:
    names = [f"{number}.json" for number in range(200)]
    for name in names:
        (tmp_path / name).write_text("[" * 2000)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "maze", "check", *names],
        stdout=writing,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=maze_env,
        cwd=tmp_path,
        check=False,
    )
    os.close(writing)
    assert b"Traceback" not in done.stderr
