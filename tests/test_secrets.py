"""API keys: asked for, kept where only their owner reads them, shown nowhere."""

import os
import pty
import stat
import sys

import pytest

KEY = "engines.vllm.api_key"
SECRET = "sk-0123456789"


@pytest.fixture
def keys(maze_env, tmp_path):
    return tmp_path / "home" / "api-keys.toml"


def test_a_key_is_kept_apart_and_never_listed(run_maze, keys):
    done = run_maze("config", "set", KEY, input=SECRET + "\n")
    assert done.code == 0
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert SECRET in keys.read_text()
    shown = [
        done,
        run_maze("config", "list"),
        run_maze("config", "list", "--json"),
        run_maze("config", "get", KEY),
    ]
    shown += [
        run_maze("config", "list", "-v"),
        run_maze("generate", "x", "-l", "json", "-e", "vllm", "--dry-run"),
    ]
    assert not [one for one in shown if SECRET in one.out + one.err]


def test_others_stay_and_one_can_be_removed(run_maze, keys):
    run_maze("config", "set", KEY, input=SECRET)
    run_maze("config", "set", "engines.openai.api_key", input="sk-other")
    assert run_maze("config", "unset", KEY).code == 0
    assert keys.read_text().strip() == 'openai = "sk-other"'


def test_a_key_is_no_argument(run_maze):
    done = run_maze("config", "set", KEY, SECRET)
    assert done.code == 2
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("text", ["", "   ", "sk-\u20ac", "two words\nand lines"])
def test_what_is_no_key_is_refused_without_repeating_it(run_maze, keys, text):
    done = run_maze("config", "set", KEY, input=text)
    assert done.code == 3
    assert not keys.exists()
    assert not text.strip() or text not in done.err


def test_a_file_others_can_read_is_refused(run_maze, keys):
    run_maze("config", "set", KEY, input=SECRET)
    keys.chmod(0o644)
    done = run_maze("generate", "x", "-l", "json", "-e", "vllm")
    assert (done.code, f"chmod 600 {keys}" in done.err) == (3, True)


def test_a_broken_file_is_not_quoted(run_maze, keys):
    keys.write_text(f'vllm = "{SECRET}\n')
    keys.chmod(0o600)
    done = run_maze("generate", "x", "-l", "json", "-e", "vllm")
    assert done.code == 3
    assert SECRET not in done.err


def test_typing_it_shows_nothing(maze_env, keys, tmp_path):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, "-m", "maze", "config", "set", KEY], maze_env)
    shown = b""
    while b"api_key: " not in shown:
        shown += os.read(terminal, 999)
    os.write(terminal, f"{SECRET}\n".encode())
    try:
        while piece := os.read(terminal, 999):
            shown += piece
    except OSError:  # how Linux says that nothing more comes
        pass
    assert os.waitpid(pid, 0)[1] == 0
    assert SECRET.encode() not in shown
    assert SECRET in keys.read_text()


def test_the_key_is_sent(maze_env, run_maze):
    from tests.engines.remote.server import serving

    run_maze("config", "set", KEY, input=SECRET)
    with serving(key=SECRET) as running:
        done = run_maze(
            "generate", "x", "-l", "json", "-e", "vllm", env={"MAZE_ENGINES_VLLM_BASE_URL": running.url}
        )
        assert done.code == 0, done.err
