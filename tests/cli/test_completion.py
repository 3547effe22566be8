"""Completion in real shells, and what the command answers them."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maze import engines, languages
from maze.cli.shells import SCRIPTS
from maze.settings import SETTINGS
from tests.conftest import RunMaze

COMPLETIONS = Path(__file__).parents[2] / "completions"

# a line up to the cursor, some of its candidates, and some that must not be there
LINES = [
    ("maze ", {"generate", "check", "config", "models"}, {"--version"}),
    ("maze gen", {"generate"}, {"grammars"}),
    ("maze --ver", {"--version"}, set()),
    ("maze config ", {"list", "get", "set", "unset", "path", "edit"}, {"generate"}),
    ("maze config get generation.max_", {"generation.max_tokens"}, {"generation.seed"}),
    ("maze config set engines.llamacpp.flash_attn ", {"auto", "on", "off"}, {"true"}),
    ("maze config set engines.llamacpp.use_mmap ", {"true", "false"}, {"auto"}),
    ("maze config set generation.language ", {"python", "json"}, set()),
    ("maze generate --max", {"--max-tokens"}, {"--model"}),
    ("maze generate 'a b' --lang ", {"python", "json"}, {"--lang"}),
    ("maze generate --lang py", {"python"}, {"json"}),
    ("maze generate --lang python --rule ", {"file", "function"}, {"value"}),
    ("maze generate x -e ", {"llamacpp"}, set()),
    ("maze generate -m ", {"nano"}, set()),
]


@pytest.fixture
def shell_env(maze_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment with ``maze`` on the path, and nothing of this user's shells."""
    shim = tmp_path / "bin" / "maze"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m maze "$@"\n')
    shim.chmod(0o755)
    python_path = os.pathsep.join(filter(None, [str(COMPLETIONS.parent), maze_env.get("PYTHONPATH")]))
    return maze_env | {
        "PATH": f"{shim.parent}{os.pathsep}{maze_env['PATH']}",
        "PYTHONPATH": python_path,
        "TERM": "dumb",
        "ZDOTDIR": str(tmp_path),
    }


def require(shell: str) -> str:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"{shell} is not installed")
    return found


def run(command: list[str], env: dict[str, str], cwd: Path) -> list[str]:
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def bash(line: str, env: dict[str, str], cwd: Path) -> list[str]:
    """The candidates of ``line``, its words split as bash does at ``=``."""
    words = line.replace("=", " = ").split(" ") if "'" not in line else [*shlex.split(line), ""]
    words = [word for word in words[:-1] if word] + words[-1:]
    script = f"""
        source {shlex.quote(str(COMPLETIONS / "maze.bash"))}
        COMP_WORDS=({" ".join(map(shlex.quote, words))})
        COMP_CWORD={len(words) - 1}
        compopt() {{ echo :files; }}
        _maze maze
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run([require("bash"), "--norc", "-c", script], env, cwd)


def zsh(line: str, env: dict[str, str], cwd: Path) -> list[str]:
    """The candidates of ``line`` as the script hands them to zsh's completion system."""
    words = line.split(" ") if "'" not in line else [*shlex.split(line)[:-1], "--lang", ""]
    script = f"""
        compdef() {{ }}
        _describe() {{ print -rl -- "${{(@)${{(P@)2}}%%:*}}" }}
        _files() {{ print :files }}
        source {shlex.quote(str(COMPLETIONS / "maze.zsh"))}
        words=({" ".join(shlex.quote(word) for word in words)})
        CURRENT={len(words)}
        PREFIX={shlex.quote(words[-1])}
        _maze || true
    """
    return run([require("zsh"), "-f", "-c", script], env, cwd)


def fish(line: str, env: dict[str, str], cwd: Path) -> list[str]:
    """The candidates of ``line`` by fish's own completion."""
    script = f"source {shlex.quote(str(COMPLETIONS / 'maze.fish'))}; complete -C {shlex.quote(line)}"
    found = run([require("fish"), "--no-config", "-c", script], env, cwd)
    return [candidate.partition("\t")[0] for candidate in found]


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "expected", "absent"), LINES, ids=[line for line, *_ in LINES])
def test_candidates(
    shell: str, line: str, expected: set[str], absent: set[str], shell_env: dict[str, str], tmp_path: Path
) -> None:
    found = set(SHELLS[shell](line, shell_env, tmp_path))
    assert expected <= found
    assert not absent & found


@pytest.mark.parametrize("shell", SHELLS)
def test_an_option_and_its_value_in_one_word(shell: str, shell_env: dict[str, str], tmp_path: Path) -> None:
    found = SHELLS[shell]("maze generate --lang=py", shell_env, tmp_path)
    # bash completes what follows the "=", the others the whole word
    assert found == ["python" if shell == "bash" else "--lang=python"]


@pytest.mark.parametrize("shell", SHELLS)
def test_files_are_completed_where_files_go(shell: str, shell_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "my grammar.lark").touch()
    found = SHELLS[shell]("maze check my", shell_env, tmp_path)
    assert [name.replace("\\", "") for name in found if name] == (
        ["my grammar.lark"] if shell == "fish" else [":files"]
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line", ["maze nonsense ", "maze config get generation.seed more ", "maze generate --max-tokens "]
)
def test_nothing_is_offered_where_nothing_fits(
    shell: str, line: str, shell_env: dict[str, str], tmp_path: Path
) -> None:
    assert not any(SHELLS[shell](line, shell_env, tmp_path))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_broken_settings_file_prints_nothing_into_the_prompt(
    shell: str, shell_env: dict[str, str], tmp_path: Path
) -> None:
    Path(shell_env["MAZE_CONFIG"]).write_text("[[[")
    assert not any(SHELLS[shell]("maze generate --model n", shell_env, tmp_path))
    assert "generation.seed" in SHELLS[shell]("maze config unset generation.se", shell_env, tmp_path)


START = [
    ("bash", "--norc", "eval \"$(_MAZE_COMPLETE=source_bash maze)\"; PS1='> '"),
    ("zsh", "-f", 'autoload -Uz compinit; compinit -u -D; eval "$(_MAZE_COMPLETE=source_zsh maze)"'),
    ("zsh", "-f", "ln -s {script} _maze; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D"),
    ("fish", "--no-config", "_MAZE_COMPLETE=source_fish maze | source"),
]


@pytest.mark.parametrize(("shell", "argument", "setup"), START, ids=["bash", "zsh", "zsh in fpath", "fish"])
def test_tab_on_a_real_terminal(
    shell: str, argument: str, setup: str, shell_env: dict[str, str], tmp_path: Path
) -> None:
    """A person sets completion up as the script says, presses TAB twice and runs what stands there."""
    command = [
        sys.executable,
        "-c",
        "import pty, sys; pty.spawn(sys.argv[1:])",
        require(shell),
        argument,
        "-i",
    ]
    with subprocess.Popen(
        command, env=shell_env, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as terminal:
        try:
            script = shlex.quote(str(COMPLETIONS / f"maze.{shell}"))
            type_and_wait(terminal, f"{setup.format(script=script)}; echo rea''dy\r", "ready")
            type_and_wait(terminal, "maze conf\tget generation.max_to", "max_to")
            shown = type_and_wait(terminal, "\t\r", "1024")
            assert "maze: " not in shown
        finally:
            terminal.kill()


def type_and_wait(terminal: subprocess.Popen[bytes], keys: str, expected: str) -> str:
    """Type ``keys`` and read until ``expected`` shows."""
    assert terminal.stdin is not None
    assert terminal.stdout is not None
    terminal.stdin.write(keys.encode())
    shown, deadline = "", time.monotonic() + 30
    while expected not in shown:
        assert time.monotonic() < deadline, f"no {expected!r} in {shown!r}"
        if select.select([terminal.stdout], [], [], 0.5)[0]:
            shown += os.read(terminal.stdout.fileno(), 4096).decode(errors="replace")
    return shown


# what the command answers


def answers(run_maze: RunMaze, *words: str) -> dict[str, str]:
    done = run_maze(*words, env={"_MAZE_COMPLETE": "complete"})
    assert (done.code, done.err) == (0, "")
    return dict(line.split("\t") if "\t" in line else (line, "") for line in done.out.splitlines())


def test_values_come_from_where_maze_takes_them(run_maze: RunMaze) -> None:
    assert answers(run_maze, "config", "get", "") == {key: setting.help for key, setting in SETTINGS.items()}
    titles = {name: languages.get(name).title for name in languages.names()}
    assert answers(run_maze, "generate", "--lang", "") == titles
    assert list(answers(run_maze, "generate", "--engine", "")) == list(engines.names())
    assert list(answers(run_maze, "generate", "-l", "json", "--rule", "")) == list(
        languages.get("json").entries
    )


def test_a_file_may_stand_where_a_name_may(run_maze: RunMaze) -> None:
    assert answers(run_maze, "generate", "--model", "./mo") == {":files": ""}
    assert ":files" not in answers(run_maze, "generate", "--model", "")


def test_an_answer_runs_no_command(run_maze: RunMaze, maze_env: dict[str, str]) -> None:
    answers(run_maze, "config", "set", "generation.seed", "1")
    answers(run_maze, "config", "edit")
    assert not Path(maze_env["MAZE_CONFIG"]).exists()


@pytest.mark.parametrize("shell", SCRIPTS)
def test_scripts_are_fresh(shell: str, run_maze: RunMaze) -> None:
    script = (COMPLETIONS / f"maze.{shell}").read_text(encoding="utf-8")
    assert script == SCRIPTS[shell], "run: python -m maze.cli.shells"
    assert run_maze(env={"_MAZE_COMPLETE": f"source_{shell}"}).out == script


def test_the_scripts_are_written_by_one_command(tmp_path: Path, maze_env: dict[str, str]) -> None:
    python_path = os.pathsep.join(filter(None, [str(COMPLETIONS.parent), maze_env.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "maze.cli.shells"]
    assert run(command, maze_env | {"PYTHONPATH": python_path}, tmp_path) == []
    assert {path.name for path in (tmp_path / "completions").iterdir()} == {
        f"maze.{shell}" for shell in SCRIPTS
    }
