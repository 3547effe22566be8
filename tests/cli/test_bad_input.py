"""Every way to ask for nonsense: a message that names it, a next step, the documented exit code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def refused(run_maze):
    def run(*args, code, **options):
        done = run_maze("generate", *args, "-q", **options)
        assert done.code == code, (done.code, done.err)
        assert done.out == ""
        assert done.err.startswith("maze: ")
        assert "\ntry: " in done.err
        assert "Traceback" not in done.err
        return done.err

    return run


PYTHON = ("add two numbers", "-l", "python")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["x", "-l", "pyton"], 2, "unknown language 'pyton'"),
        ([*PYTHON, "--engine", "lamacpp"], 2, "lamacpp"),
        ([*PYTHON, "--model", "nanoo"], 4, "'nanoo'"),
        ([*PYTHON, "--rule", "expresion"], 2, "expresion"),
    ],
)
def test_near_misses_are_asked_about(refused, args, code, message):
    err = refused(*args, code=code)
    assert message in err
    assert "did you mean" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-l", "python"], "no prompt given"),
        (["  ", "-l", "python"], "no prompt given"),
        (["add"], "no language given"),
        (["add", "-l", "python", "--regex", "a"], "--lang and --regex exclude each other"),
        ([*PYTHON, "--max-tokens", "0"], "max-tokens"),
        ([*PYTHON, "--max-tokens", "many"], "max-tokens"),
        ([*PYTHON, "--temperature", "3"], "temperature"),
        ([*PYTHON, "--seed", "-1"], "seed"),
        ([*PYTHON, "-n", "0"], "samples"),
        ([*PYTHON, "-n", "2"], "2 samples do not fit into a pipe"),
        ([*PYTHON, "--langg", "python"], "no such option"),
        ([*PYTHON, "-c", "missing.py"], "missing.py cannot be read: No such file"),
        ([*PYTHON, "-c", "."], "cannot be read: Is a directory"),
        ([*PYTHON, "-c", "latin.txt"], "latin.txt is not UTF-8 text: byte 0xe4 at offset 3"),
        ([*PYTHON, "--prefix", "@missing.py"], "missing.py cannot be read"),
        ([*PYTHON, "-o", "."], "is a directory"),
        ([*PYTHON, "-o", "no/such/folder/x.py"], "is not a writable directory"),
        ([*PYTHON, "--indent", "3"], "unknown unit of indentation '3'"),
        ([*PYTHON, "--lang-version", "2.7"], "unknown version '2.7'"),
        (["x", "--regex", "a", "--lang-version", "1"], "--lang-version 1 needs a language"),
        (["x", "-g", "missing.lark"], "missing.lark"),
        (["x", "--schema", "missing.json"], "missing.json"),
    ],
)
def test_usage(refused, tmp_path, args, message):
    (tmp_path / "latin.txt").write_bytes(b"sch\xe4rfe")
    assert message in refused(*args, code=2)


@pytest.mark.parametrize(
    ("args", "message", "caret_below"),
    [
        (["x", "-g", "bad.lark"], "bad.lark:2:", "start"),
        (["x", "-g", "undefined.lark"], "undefined.lark:1:8", "nothing"),
        (["x", "--schema", "bad.json"], "bad.json:1:", '{"type":'),
        (["x", "--schema", "wrong.json"], "integr", None),
        (["x", "--schema", "unsupported.json"], "#/properties/a", None),
        (["x", "--regex", "(unclosed"], "regex", None),
        (["x", "--regex", "a(?=b)"], "look", None),
        ([*PYTHON, "--prefix", "def f(:"], "--prefix:1:7", "def f(:"),
    ],
)
def test_grammars(refused, tmp_path, args, message, caret_below):
    (tmp_path / "bad.lark").write_text('start: "a"\n  | : "b"\n')
    (tmp_path / "undefined.lark").write_text("start: nothing\n")
    (tmp_path / "bad.json").write_text('{"type": }')
    (tmp_path / "wrong.json").write_text('{"type": "object", "properties": {"a": {"type": "integr"}}}')
    unsupported = {"type": "object", "properties": {"a": {"not": {"type": "string"}}}}
    (tmp_path / "unsupported.json").write_text(json.dumps(unsupported))
    err = refused(*args, code=6)
    assert message in err
    if caret_below:
        assert "^" in err


def test_a_broken_settings_file_is_exit_3(refused, maze_env):
    Path(maze_env["MAZE_CONFIG"]).write_text('[generation]\nmax_tokens = "many"\n')
    err = refused(*PYTHON, code=3)
    assert "generation.max_tokens" in err
    assert "many" in err


@pytest.mark.parametrize("contents", [b"", b"<html>not a model</html>", b"GGUF\x03\0\0\0" + b"\xff" * 64])
def test_a_broken_model_is_exit_4(refused, tmp_path, contents):
    (tmp_path / "model.gguf").write_bytes(contents)
    assert "model.gguf" in refused(*PYTHON, "-m", "./model.gguf", code=4)


def test_a_prompt_longer_than_the_context_is_exit_5_with_both_numbers(refused):
    err = refused("word " * 3000, "-l", "python", code=5)
    assert re.search(r"the prompt is 3,0\d\d tokens long, the context holds 512 tokens", err)


def test_ten_megabytes_of_stdin(refused):
    assert "longer than 8,388,608 bytes" in refused("-l", "python", code=2, input=b"x " * 5_000_000)
    assert "the context holds" in refused("-l", "python", code=5, input=b"x " * 2_000_000)


def test_stdin_that_is_no_text(refused):
    assert "standard input is not UTF-8: byte 0xff" in refused("-l", "python", code=2, input=b"ab\xffcd")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_loses_nothing(run_maze, maze_env):
    done = run_maze("generate", *PYTHON, "-o", "/dev/full")
    assert done.code == 2
    assert "No space left on device" in done.err
    assert "def " in done.err
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "maze", "generate", *PYTHON],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=maze_env,
            check=False,
        )
    assert done.returncode == 2
    assert b"cannot write to standard output: No space left on device" in done.stderr
    assert b"def " in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_not_be_written(refused, tmp_path):
    (tmp_path / "x.py").write_text("old")
    (tmp_path / "x.py").chmod(0o444)
    assert "permission denied" in refused(*PYTHON, "-o", "x.py", code=2)


def test_json_carries_the_error_too(run_maze):
    done = run_maze("generate", *PYTHON, "--json", "-m", "nanoo")
    error = json.loads(done.out)["error"]
    assert (done.code, error["exit_code"], error["kind"]) == (4, 4, "ModelError")
    assert "nanoo" in error["message"]
    assert error["hint"]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [([], 2, "Usage: maze"), (["genrate"], 2, "did you mean 'generate'?"), (["--version"], 0, "maze 0.")],
)
def test_the_command_itself(run_maze, args, code, message):
    done = run_maze(*args)
    assert done.code == code
    assert message in done.out + done.err


def test_help_names_every_command_and_exit_code(run_maze):
    done = run_maze("--help")
    assert done.code == 0
    for command in ("generate", "check", "grammars", "models", "config", "doctor"):
        assert command in done.out
    assert "130" in done.out
