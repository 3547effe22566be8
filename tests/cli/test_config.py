"""``maze config`` through the real command."""

from __future__ import annotations

import json
import os
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from maze.errors import ExitCode
from maze.settings import SETTINGS
from tests.conftest import RunMaze


@pytest.fixture
def config_file(maze_env: dict[str, str]) -> Path:
    return Path(maze_env["MAZE_CONFIG"])


def test_set_get_unset(run_maze: RunMaze, config_file: Path) -> None:
    assert run_maze("config", "get", "generation.max_tokens").out == "1024\n"
    done = run_maze("config", "set", "generation.max_tokens", "77")
    assert (done.code, done.out) == (0, "")
    assert str(config_file) in done.err
    assert run_maze("config", "get", "generation.max_tokens").out == "77\n"
    assert tomllib.loads(config_file.read_text()) == {"generation": {"max_tokens": 77}}
    assert run_maze("config", "unset", "generation.max_tokens").code == 0
    assert run_maze("config", "get", "generation.max_tokens").out == "1024\n"
    again = run_maze("config", "unset", "generation.max_tokens")
    assert again.code == 0
    assert "not set" in again.err


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("engines.llamacpp.n_gpu_layers", "-1", "-1\n"),
        ("engines.llamacpp.use_mmap", "Off", "false\n"),
        ("generation.temperature", "1", "1.0\n"),
        ("generation.model", "näme with \"quotes\" and 'more'", "näme with \"quotes\" and 'more'\n"),
        ("generation.model", "--odd", "--odd\n"),
        ("generation.provider", "llamacpp", "llamacpp\n"),
        ("models.dirs", os.pathsep.join(["/a", "/b c"]), "/a\n/b c\n"),
        ("models.dirs", '["/a:b"]', "/a:b\n"),
        ("models.dirs", "", ""),
    ],
)
def test_values_from_the_command_line(run_maze: RunMaze, key: str, value: str, shown: str) -> None:
    assert run_maze("config", "set", key, value).code == 0
    assert run_maze("config", "get", key).out == shown


def test_a_relative_folder_is_one_of_the_working_directory(run_maze: RunMaze, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    assert run_maze("config", "set", "models.dirs", "weights", cwd=tmp_path / "work").code == 0
    assert run_maze("config", "get", "models.dirs").out == f"{tmp_path / 'work' / 'weights'}\n"


def test_an_unset_value_is_an_empty_line(run_maze: RunMaze) -> None:
    done = run_maze("config", "get", "generation.model")
    assert (done.code, done.out, done.err) == (0, "\n", "")


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["get", "generation.modle"], 3, "setting 'generation.modle'", "did you mean 'generation.model'?"),
        (["set", "nothing.like.it", "1"], 3, "unknown setting 'nothing.like.it'", "maze config list"),
        (["unset", "generation.seeds"], 3, "unknown setting 'generation.seeds'", "generation.seed"),
        (["set", "generation.max_tokens", "many"], 3, "max_tokens = 'many': expected an integer from 1", ""),
        (["set", "generation.temperature", "3"], 3, "temperature = 3.0: expected a number from 0 to 2", ""),
        (["set", "engines.llamacpp.use_mmap", "2"], 3, "use_mmap = '2': expected true or false", ""),
        (["set", "generation.engine", "lamacpp"], 3, "expected one of llamacpp", ""),
        (["set", "models.dirs", "[1]"], 3, "models.dirs = [1]: expected a list of folders", ""),
        (["set", "generation.model", ""], 3, "expected a non-empty text", ""),
        (["set", "generation.seed"], 2, "missing argument 'VALUE'", ""),
        (["get"], 2, "missing argument 'KEY'", ""),
        (["gte", "generation.seed"], 2, "no such command 'gte'", "get"),
    ],
)  # fmt: skip
def test_mistakes(
    run_maze: RunMaze, config_file: Path, arguments: list[str], code: int, message: str, hint: str
) -> None:
    done = run_maze("config", *arguments)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert hint in done.err
    assert not config_file.exists()


def test_list_says_where_each_value_comes_from(run_maze: RunMaze, config_file: Path, tmp_path: Path) -> None:
    config_file.write_text('[generation]\nseed = 1\nmodle = "x"\n')
    (tmp_path / "maze.toml").write_text("[generation]\ntop_k = 5\n")
    done = run_maze("config", "list", env={"MAZE_GENERATION_MAX_TOKENS": "9"})
    rows = {row[0]: row[1:] for row in (line.split("\t") for line in done.out.splitlines())}
    assert list(rows) == list(SETTINGS)
    assert rows["generation.seed"] == ["1", str(config_file)]
    assert rows["generation.top_k"] == ["5", str(tmp_path / "maze.toml")]
    assert rows["generation.max_tokens"] == ["9", "MAZE_GENERATION_MAX_TOKENS"]
    assert rows["generation.engine"] == ['"llamacpp"', "default"]
    assert "unknown setting 'generation.modle'" in done.err
    listed = json.loads(run_maze("config", "list", "--json", env={"MAZE_GENERATION_SEED": "2"}).out)
    assert list(listed) == list(SETTINGS)
    seed = listed["generation.seed"]
    assert (seed["value"], seed["layer"], seed["source"]) == (2, "environment", "MAZE_GENERATION_SEED")
    assert (listed["models.dirs"]["value"], listed["models.dirs"]["layer"]) == ([], "default")


def test_set_says_when_another_layer_wins(run_maze: RunMaze) -> None:
    done = run_maze("config", "set", "generation.seed", "1", env={"MAZE_GENERATION_SEED": "2"})
    assert done.code == 0
    assert "MAZE_GENERATION_SEED sets it too, and wins" in done.err


def test_a_broken_file_is_shown_with_a_caret(run_maze: RunMaze, config_file: Path) -> None:
    config_file.write_text("[generation]\nseed = = 3\n")
    for command in (["list"], ["get", "generation.seed"], ["set", "generation.seed", "1"]):
        done = run_maze("config", *command)
        assert done.code == ExitCode.SETTINGS
        assert f"{config_file}:2:8: " in done.err
        assert "    seed = = 3\n           ^\n" in done.err
    assert config_file.read_text() == "[generation]\nseed = = 3\n"


def test_set_mends_a_wrong_value(run_maze: RunMaze, config_file: Path) -> None:
    config_file.write_text('[generation]\nseed = "lucky"\nmax_tokens = 0\n')
    assert run_maze("config", "set", "generation.seed", "1").code == 0
    assert "max_tokens = 0" in run_maze("config", "get", "generation.seed").err
    assert run_maze("config", "set", "generation.max_tokens", "1").code == 0
    assert run_maze("config", "get", "generation.seed").out == "1\n"


def test_path_works_whatever_the_file_says(run_maze: RunMaze, config_file: Path) -> None:
    config_file.write_text("[[[")
    done = run_maze("config", "path")
    assert (done.code, done.out) == (0, f"{config_file}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is the platform's")
def test_the_path_follows_xdg(run_maze: RunMaze, tmp_path: Path) -> None:
    done = run_maze("config", "path", env={"MAZE_CONFIG": "", "XDG_CONFIG_HOME": str(tmp_path / "xdg")})
    assert done.out == f"{tmp_path}/xdg/maze/config.toml\n"


# edit


def editor(tmp_path: Path, body: str) -> str:
    """A program that changes the file it is given, as a person would."""
    script = tmp_path / "editor.py"
    script.write_text(f"import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n{body}\n")
    return f'"{sys.executable}" "{script}"'


def test_edit_begins_with_every_setting_explained(
    run_maze: RunMaze, config_file: Path, tmp_path: Path
) -> None:
    done = run_maze("config", "edit", env={"EDITOR": editor(tmp_path, "print(path.read_text())")})
    assert done.code == 0
    for setting in SETTINGS.values():
        assert setting.help in done.out
        assert f"# {setting.key.rpartition('.')[2]} =" in done.out
    assert all(not table for table in tomllib.loads(config_file.read_text())["engines"].values())
    assert stat.S_IMODE(config_file.stat().st_mode) == 0o600
    # and every default that it shows is one that may be set
    lines = config_file.read_text().splitlines()
    config_file.write_text(
        "\n".join(line[2:] if " = " in line and line[0] == "#" else line for line in lines)
    )
    assert run_maze("config", "list").err == ""
    assert run_maze("config", "set", "generation.seed", "1").code == 0


def test_edit_keeps_what_is_there_and_uses_visual_first(
    run_maze: RunMaze, config_file: Path, tmp_path: Path
) -> None:
    config_file.write_text("# mine\n[generation]\nseed = 1\n")
    change = editor(tmp_path, "path.write_text(path.read_text().replace('1', '2'))")
    assert run_maze("config", "edit", env={"VISUAL": change, "EDITOR": "false"}).code == 0
    assert config_file.read_text() == "# mine\n[generation]\nseed = 2\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = = 1", ":1:8: "),
        ("generation.seed = 'x'", "generation.seed = 'x' in "),
        ("generation.modle = 'x'", "did you mean 'generation.model'?"),
    ],
)
def test_edit_says_what_is_wrong_and_loses_nothing(
    run_maze: RunMaze, config_file: Path, tmp_path: Path, text: str, message: str
) -> None:
    done = run_maze("config", "edit", env={"EDITOR": editor(tmp_path, f"path.write_text({text!r})")})
    assert done.code == (0 if "modle" in text else ExitCode.SETTINGS)
    assert message in done.err
    assert config_file.read_text() == text


@pytest.mark.parametrize("command", ["/no/such/editor", "false", '"open quote'])
def test_an_editor_that_does_not_work(run_maze: RunMaze, command: str) -> None:
    done = run_maze("config", "edit", env={"VISUAL": "", "EDITOR": command})
    assert done.code == ExitCode.SETTINGS
    assert "editor" in done.err
