"""The README is true: its commands, its tables, its transcript."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

from maze.cli import app
from maze.errors import ExitCode

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(
    r"^(?:.*\| )?(maze .*?)(?:\s+#.*| \| .*)?$", "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S)), re.M
)


def test_the_exit_codes_are_those_of_the_code():
    listed = {int(number) for number in re.findall(r"^\| (\d+) \|", README, re.M)}
    assert listed == {code.value for code in ExitCode}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_exists(command):
    words = [word for word in shlex.split(command)[1:] if not word.startswith("src/")]
    group = typer.main.get_command(app)
    while hasattr(group, "commands"):
        group = group.commands[words.pop(0)]
    options = {name for parameter in group.params for name in parameter.opts}
    used = {word for word in words if re.fullmatch(r"--?[a-z-]+", word)}
    assert used <= options


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 9


def test_exactly_two_commands_set_everything_up():
    setups = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(setups) == 2
    assert setups[0].endswith(
        'maze generate "a function that returns the nth fibonacci number" --lang python'
    )
    assert setups[1].endswith("-m pytest")


def test_the_transcript_is_what_maze_writes(run_maze):
    [(command, output)] = re.findall(r"\$ (maze .*)\n((?:.*\n)*?)```", README)
    done = run_maze(*shlex.split(command)[1:], "--temperature", "0")
    assert done.out == output
    namespace = {}
    exec(compile(ast.parse(output), "README", "exec"), namespace)
    assert [namespace["fibonacci"](n) for n in range(6)] == [0, 1, 1, 2, 3, 5]
