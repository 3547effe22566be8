"""``maze grammars``: what there is, what it looks like, and whether one's own works."""

from __future__ import annotations

import json
from pathlib import Path

from maze import languages
from tests.conftest import RunMaze


def test_list(run_maze: RunMaze) -> None:
    done = run_maze("grammars", "list")
    assert done.code == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[0] for row in rows] == list(languages.names())
    assert ["json", "JSON", ".json"] in [row[:3] for row in rows]


def test_list_names(run_maze: RunMaze) -> None:
    done = run_maze("grammars", "list", "-q")
    assert done.out.split() == list(languages.names())
    assert run_maze("grammars", "ls", "-q").out == done.out


def test_list_json(run_maze: RunMaze) -> None:
    found = {entry["name"]: entry for entry in json.loads(run_maze("grammars", "list", "--json").out)}
    assert found["python"]["suffixes"][0] == ".py"
    assert "function" in found["python"]["rules"]


def test_show_the_source(run_maze: RunMaze) -> None:
    done = run_maze("grammars", "show", "json")
    assert done.out == (languages.grammars_dir() / "json.lark").read_text()


def test_show_the_compiled_text(run_maze: RunMaze) -> None:
    tight = run_maze("grammars", "show", "json", "--compiled").out
    loose = run_maze("grammars", "show", "json", "--compiled", "--profile", "accept").out
    assert tight.startswith("%llguidance {}")
    assert loose.startswith("%llguidance {}")
    assert tight != loose
    function = run_maze("grammars", "show", "python", "--compiled", "--rule", "function").out
    assert function != run_maze("grammars", "show", "python", "--compiled").out


def test_show_unknown_names(run_maze: RunMaze) -> None:
    done = run_maze("grammars", "show", "pyhton")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'python'?" in done.err
    done = run_maze("grammars", "show", "python", "--compiled", "--rule", "expresion")
    assert done.code == 2
    assert "did you mean 'expression'?" in done.err


def test_check_a_good_grammar(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "calc.lark").write_text('start: sum\nsum: sum "+" N | N\nN: /[0-9]+/\n')
    done = run_maze("grammars", "check", "calc.lark")
    assert done.code == 0
    assert done.out.startswith("calc.lark: 2 rules and 1 terminal, ")
    assert "entry rules: start, sum" in done.out
    found = json.loads(run_maze("grammars", "check", "calc.lark", "--json").out)
    assert (found["entry"], found["rules"], found["terminals"], found["warnings"]) == ("start", 2, 1, [])


def test_check_a_bad_grammar(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "bad.lark").write_text('start: expr\nexpr: exp "+"\n')
    done = run_maze("grammars", "check", "bad.lark")
    assert (done.code, done.out) == (6, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("maze: bad.lark:2:7:")
    assert lines[1].index("exp ") == lines[2].index("^")
    assert "did you mean 'expr'?" in lines[3]
    found = json.loads(run_maze("grammars", "check", "bad.lark", "--json").out)
    assert found["error"]


def test_check_files_that_are_no_grammars(run_maze: RunMaze, tmp_path: Path) -> None:
    assert run_maze("grammars", "check", "none.lark").code == 2
    assert run_maze("grammars", "check", ".").code == 6
    (tmp_path / "binary.lark").write_bytes(bytes(range(256)))
    done = run_maze("grammars", "check", "binary.lark")
    assert done.code == 6
    assert "not UTF-8" in done.err


def test_check_warns(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "list.lark").write_text('start: "(" x ")"\nx: N "," x | N\nN: /[0-9]+/\n')
    done = run_maze("grammars", "check", "list.lark")
    assert done.code == 0
    lines = done.err.splitlines()
    assert lines[0].startswith("warning: list.lark:2:10: right recursion")
    assert lines[2].index("^") == 13
    assert lines[3] == 'try: x: N ("," N)*'
    found = json.loads(run_maze("grammars", "check", "list.lark", "--json").out)["warnings"]
    assert [(one["line"], one["column"], one["hint"]) for one in found] == [(2, 10, 'x: N ("," N)*')]


def test_check_gbnf(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "a.gbnf").write_text('root ::= "(" item ")"\nitem ::= [a-z]+ | root\n')
    done = run_maze("grammars", "check", "a.gbnf")
    assert (done.code, done.err) == (0, "")
    assert "entry rules: root, item" in done.out
    assert run_maze("grammars", "check", "a.gbnf", "--rule", "item").code == 0
    assert "did you mean 'item'?" in run_maze("grammars", "check", "a.gbnf", "--rule", "itm").err
    (tmp_path / "b.gbnf").write_text('root ::= "(" itm ")"\nitem ::= <think>\n')
    done = run_maze("grammars", "check", "b.gbnf")
    assert done.code == 6
    assert "b.gbnf:2:10: <think> is a token of one model's vocabulary" in done.err


def test_help_comes_without_arguments(run_maze: RunMaze) -> None:
    assert "check" in run_maze("grammars", "--help").out
