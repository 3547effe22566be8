from __future__ import annotations

import json
import shutil
import stat
import sys
from pathlib import Path

import pytest

from tests.models.files import build


def findings(run_maze, **arguments):
    done = run_maze("doctor", "--json", **arguments)
    report = json.loads(done.out)
    assert report["exit_code"] == done.code
    assert done.err == ""
    by_subject: dict[str, list[dict]] = {}
    for finding in report["findings"]:
        by_subject.setdefault(finding["subject"], []).append(finding)
    return done.code, by_subject


def states(found, subject):
    return [finding["state"] for finding in found[subject]]


def test_a_healthy_machine(run_maze):
    code, found = findings(run_maze)
    assert code == 0
    assert not [finding for several in found.values() for finding in several if finding["state"] == "problem"]
    assert sys.executable in found["python"][0]["text"]
    assert "llama-cpp-python" in found["llama.cpp"][0]["text"]
    assert "sha256 8d59c191" in found["built-in model"][0]["text"]
    assert found["llguidance"][0]["text"][0].isdigit()
    assert "ms" in found["grammar json"][0]["text"]
    assert states(found, "cache") == ["ok"]
    assert states(found, "model") == ["note"] and found["model"][0]["hint"] == (
        "maze models pull NAME, or maze models use FILE.gguf"
    )
    assert found["recommended"][0]["hint"].startswith("maze models pull qwen2.5-coder:")
    assert "no server" in found["vllm"][0]["text"]


def test_plain_text_of_80_columns(run_maze):
    done = run_maze("doctor")
    assert done.code == 0
    lines = done.out.splitlines()
    assert "\x1b" not in done.out
    # only a single word, such as a path, may be longer
    assert all(len(line) <= 80 or len(line.split()) <= 3 for line in lines)
    assert {line[:8].strip() for line in lines} <= {"ok", "note", "problem", ""}


def test_colour_when_asked_for(run_maze):
    assert "\x1b[32mok      \x1b[0m" in run_maze("doctor", env={"CLICOLOR_FORCE": "1"}).out
    assert "\x1b" not in run_maze("doctor", env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).out


def test_a_broken_settings_file(run_maze, maze_env):
    Path(maze_env["MAZE_CONFIG"]).write_text("[generation]\nmax_tokens = \n")
    code, found = findings(run_maze)
    assert code == 3
    assert "config.toml:2" in found["settings"][0]["text"]
    assert states(found, "llama.cpp") == ["ok"], "the rest is still examined"


def test_unknown_settings_are_noted(run_maze, maze_env):
    Path(maze_env["MAZE_CONFIG"]).write_text("[generation]\nmax_tokns = 3\n")
    code, found = findings(run_maze)
    assert code == 0 and states(found, "settings") == ["ok", "note"]
    assert "did you mean" in found["settings"][1]["text"]


@pytest.mark.parametrize(("name", "reason"), [("gone", "unknown model 'gone'"), ("x.gguf", "cut off")])
def test_a_configured_model_that_cannot_be_used(run_maze, maze_env, tmp_path, name, reason):
    (tmp_path / "x.gguf").write_bytes(build()[:-100])
    Path(maze_env["MAZE_CONFIG"]).write_text(f'[generation]\nmodel = "{name}"\n')
    code, found = findings(run_maze)
    assert code == 4
    assert reason in found["model"][0]["text"] and maze_env["MAZE_CONFIG"] in found["model"][0]["text"]


def test_broken_files_in_a_folder_are_noted(run_maze, maze_env, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "x.gguf").write_bytes(b"")
    folders = f"{str(tmp_path / 'models')!r}, {str(tmp_path / 'none')!r}"
    Path(maze_env["MAZE_CONFIG"]).write_text(f"[models]\ndirs = [{folders}]\n")
    code, found = findings(run_maze)
    texts = [finding["text"] for finding in found["models"]]
    assert code == 0
    assert any("x.gguf is empty" in text for text in texts)
    assert any("none of models.dirs is no folder" in text for text in texts)
    assert "1 of 2 can be used" in texts[-1]


def test_a_build_of_llama_cpp_that_dies(run_maze, tmp_path):
    """As one does that was built for another processor."""
    package = tmp_path / "bad" / "llama_cpp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    code, found = findings(
        run_maze, env={"PYTHONPATH": f"{tmp_path / 'bad'}:{':'.join(filter(None, sys.path))}"}
    )
    assert code == 5
    assert "signal 4" in found["llama.cpp"][0]["text"] and "pip install" in found["llama.cpp"][0]["hint"]


def test_a_missing_llama_cpp(run_maze, tmp_path):
    package = tmp_path / "bad" / "llama_cpp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('libllama.so: no such file')\n")
    code, found = findings(
        run_maze, env={"PYTHONPATH": f"{tmp_path / 'bad'}:{':'.join(filter(None, sys.path))}"}
    )
    assert code == 5 and "libllama.so" in found["llama.cpp"][0]["text"]


def test_a_llama_cpp_of_the_working_directory_is_not_run(run_maze, tmp_path):
    (tmp_path / "llama_cpp.py").write_text("open('was-run', 'w')\n")
    findings(run_maze)
    assert not (tmp_path / "was-run").exists()


def test_programs_that_do_not_work(run_maze, maze_env, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (
        ("go", "#!/bin/sh\necho broken >&2\nexit 3\n"),
        ("zig", "#!/none\n"),
        ("node", "#!/bin/sh\necho v99\n"),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o700)
    code, found = findings(run_maze, env={"PATH": str(programs)})
    assert code == 0
    assert "does not work: broken" in found["go tools"][0]["text"]
    assert states(found, "zig tools") == ["note"]
    assert found["javascript tools"][0]["text"] == f"{programs / 'node'}, v99"
    assert "no rustc on PATH" in found["rust tools"][0]["text"]


def test_a_cache_that_cannot_be_written(run_maze, tmp_path):
    (tmp_path / "file").write_text("")
    code, found = findings(run_maze, env={"MAZE_CACHE_DIR": str(tmp_path / "file")})
    assert code == 0 and states(found, "cache") == ["note"]


def test_a_configured_server_is_not_contacted(run_maze):
    code, found = findings(run_maze, env={"MAZE_ENGINES_VLLM_BASE_URL": "http://192.0.2.1:1"})
    assert code == 0
    assert "http://192.0.2.1:1 from MAZE_ENGINES_VLLM_BASE_URL" in found["vllm"][0]["text"]


def test_a_nano_that_was_changed(run_maze, tmp_path):
    """In a copy of the package, so that the real one stays whole."""
    import maze

    package = Path(maze.__file__).parent
    copy = tmp_path / "copy"
    shutil.copytree(package, copy / "maze", ignore=shutil.ignore_patterns("__pycache__"))
    if (grammars := package.parent / "grammars").is_dir():
        shutil.copytree(grammars, copy / "grammars")
    nano = copy / "maze" / "models" / "nano.gguf"
    nano.chmod(nano.stat().st_mode | stat.S_IWUSR)
    data = nano.read_bytes()
    nano.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    code, found = findings(run_maze, env={"PYTHONPATH": str(copy)}, cwd=copy)
    assert code == 4
    assert "is not the file that Maze came with" in found["built-in model"][0]["text"]
    assert run_maze("models", "show", "nano", env={"PYTHONPATH": str(copy)}, cwd=copy).code == 4
