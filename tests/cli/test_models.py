from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from maze.models import NANO_SHA256
from tests.models.files import STRING, U32, build


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").write_bytes(build())
    (tmp_path / "models" / "broken.gguf").write_bytes(build()[:-100])
    return tmp_path / "models"


@pytest.fixture
def configured(maze_env, folder):
    def write(text: str = "") -> Path:
        path = Path(maze_env["MAZE_CONFIG"])
        path.write_text(f"[models]\ndirs = [{str(folder)!r}]\n{text}")
        return path

    return write


def test_list(run_maze):
    done = run_maze("models", "list")
    assert (done.code, done.err) == (0, "")
    assert done.out == "*\tnano\tllama\t3.5M\t3.8 MB\tQ8_0\t512\tyes\tbuilt in\n"


def test_list_marks_the_model_in_use_and_explains_broken_ones(run_maze, configured, folder):
    configured('[generation]\nmodel = "tiny"\n')
    lines = [line.split("\t") for line in run_maze("models", "list").out.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [("", "nano"), ("", "broken"), ("*", "tiny")]
    assert lines[1][2] == "broken" and "cut off" in lines[1][-1]
    assert lines[2][-1] == str(folder / "tiny.gguf")


def test_list_shows_a_file_in_use_from_elsewhere(run_maze, configured, tmp_path):
    (tmp_path / "own.gguf").write_bytes(build())
    configured(f"[generation]\nmodel = {str(tmp_path / 'own.gguf')!r}\n")
    assert run_maze("models", "list").out.splitlines()[-1].startswith(f"*\t{tmp_path}/own.gguf\tllama")


def test_list_names_the_store_and_what_does_not_fit(run_maze, maze_env):
    wide = build({"llama.attention.head_count": (U32, 1), "llama.attention.key_length": (U32, 2**31 - 1)})
    path = Path(maze_env["HOME"]) / ".lmstudio" / "models" / "user" / "repo" / "wide.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(wide)
    fields = run_maze("models", "list").out.splitlines()[-1].split("\t")
    assert (fields[1], fields[-2], fields[-1]) == ("wide", "no", "lmstudio")
    nano, shown = json.loads(run_maze("models", "list", "--json").out)
    assert (nano["fits"], shown["fits"]) == (True, False)
    assert nano["size"] < nano["memory"] < 10**8 < shown["memory"]
    assert "more than this machine has" in run_maze("models", "show", "wide").out
    assert "it fits" in run_maze("models", "show", "nano").out


def test_list_quiet(run_maze, configured):
    configured('[generation]\nmodel = "gone"\n')
    done = run_maze("models", "list", "-q")
    assert (done.code, done.out, done.err) == (0, "nano\nbroken\ntiny\n", "")


def test_list_says_that_the_configured_model_is_gone(run_maze, configured):
    configured('[generation]\nmodel = "gone"\n')
    done = run_maze("models", "list")
    assert done.code == 0 and "unknown model 'gone'" in done.err
    assert not any(line.startswith("*") for line in done.out.splitlines())


def test_list_json(run_maze, configured):
    configured()
    nano, broken, tiny = json.loads(run_maze("models", "list", "--json").out)
    assert nano["current"] and nano["source"] == "embedded" and nano["parameters"] == 3_492_672
    assert "cut off" in broken["error"] and tiny["error"] is None
    assert (tiny["name"], tiny["architecture"], tiny["context"], tiny["chat_template"]) == (
        "tiny",
        "llama",
        128,
        False,
    )


def test_show_nano(run_maze):
    done = run_maze("models", "show", "nano")
    assert (done.code, done.err) == (0, "")
    for fact in ("maze-nano", "3,784,288 bytes", "512 tokens", "gpt2/smollm", "bos 0, eos 2", NANO_SHA256):
        assert fact in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines() if not line.startswith("path"))
    shown = json.loads(run_maze("models", "show", "nano", "--json").out)
    assert shown["sha256"] == NANO_SHA256 and shown["quantisation"] == "Q8_0" and shown["fim"] == {}


def test_show_keeps_control_characters_from_the_terminal(run_maze, tmp_path):
    (tmp_path / "x.gguf").write_bytes(build({"general.name": (STRING, "\x1b]0;owned\x07\nnew line")}))
    done = run_maze("models", "show", "x.gguf")
    assert done.code == 0 and "\x1b" not in done.out
    assert "␛]0;owned␇␊new line" in done.out


@pytest.mark.parametrize("command", ["show", "use"])
@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        ("nanno", "unknown model 'nanno'", "did you mean 'nano'?"),
        ("none.gguf", "no such file: none.gguf", "maze models list"),
        ("./models", "models is a directory", ".gguf"),
        ("models/broken.gguf", "cut off", "again"),
        ("page.gguf", "looks like a web page", "GGUF"),
        ("", "unknown model ''", "maze models list"),
    ],
)
def test_what_cannot_be_used(run_maze, configured, tmp_path, command, name, reason, hint):
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    before = configured().read_text()
    done = run_maze("models", command, name)
    assert (done.code, done.out) == (4, "")
    assert reason in done.err and hint in done.err.splitlines()[-1]
    assert configured().read_text() == before


def test_use_a_file(run_maze, maze_env, tmp_path):
    (tmp_path / "own.gguf").write_bytes(build())
    done = run_maze("models", "use", "own.gguf")
    assert (done.code, done.out) == (0, "")
    written = tomllib.loads(Path(maze_env["MAZE_CONFIG"]).read_text())
    assert written["generation"]["model"] == str(tmp_path / "own.gguf")
    (tmp_path / "elsewhere").mkdir()
    assert run_maze("models", "list", cwd=tmp_path / "elsewhere").out.splitlines()[-1].startswith("*")


def test_use_a_name(run_maze, configured):
    path = configured()
    assert run_maze("models", "use", "TINY").code == 0
    assert tomllib.loads(path.read_text())["generation"]["model"] == "tiny"
    assert run_maze("models", "use", "nano").code == 0
    assert tomllib.loads(path.read_text())["generation"]["model"] == "nano"


def test_use_says_when_something_else_comes_first(run_maze, configured):
    configured()
    done = run_maze("models", "use", "tiny", env={"MAZE_GENERATION_MODEL": "nano"})
    assert done.code == 0 and "MAZE_GENERATION_MODEL names another model and comes first" in done.err


def test_a_broken_settings_file(run_maze, maze_env):
    Path(maze_env["MAZE_CONFIG"]).write_text("[models\n")
    assert run_maze("models", "list").code == 3


def test_undecodable_file_names(run_maze, configured, folder):
    (folder / "tiny.gguf").rename(folder / os.fsdecode(b"t\xffny.gguf"))
    configured()
    for flags in ((), ("-q",), ("--json",)):
        done = run_maze("models", "list", *flags)
        assert done.code == 0 and "t\N{REPLACEMENT CHARACTER}ny" in done.out


def test_a_terminal_of_80_columns(maze_env, configured, tmp_path):
    configured()
    reader, writer = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "maze", "models", "list"],
        stdout=writer,
        env={**maze_env, "COLUMNS": "80", "NO_COLOR": "1"},
        cwd=tmp_path,
    )
    os.close(writer)
    shown = b""
    try:
        while chunk := os.read(reader, 65536):
            shown += chunk
    except OSError:  # Linux says EIO when the other end is closed
        pass
    os.close(reader)
    assert done.wait() == 0
    lines = shown.decode().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert any("architecture" in line or "type" in line for line in lines)
    assert "\x1b" not in shown.decode()


def test_verify(run_maze, tmp_path):
    assert NANO_SHA256 in run_maze("models", "verify", "nano").out
    (tmp_path / "own.gguf").write_bytes(build())
    done = run_maze("models", "verify", "own.gguf")
    assert done.code == 0 and "nobody promises a checksum" in done.err
    (tmp_path / "own.gguf").write_bytes(build()[:-100])
    done = run_maze("models", "verify", "own.gguf")
    assert (done.code, done.out) == (4, "") and "cut off" in done.err
