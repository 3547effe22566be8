"""Everything that goes wrong on the way: each has its exit code, says where, and what to do next."""

import signal
import socket
import subprocess
import sys
import time

import pytest

from maze.errors import EngineError, ModelError, SettingsError
from maze.request import Target

ENDLESS = Target(regex="[a-z ]+qxzj!")


def test_no_server(ask):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EngineError, match=f"no server at http://127.0.0.1:{port}.*refused") as caught:
        ask(f"http://127.0.0.1:{port}")
    assert "vllm serve" in caught.value.hint


def test_something_that_is_no_such_server(ask):
    with socket.create_server(("127.0.0.1", 0)) as odd:
        import threading

        def answer():
            while True:
                try:
                    connection, _ = odd.accept()
                except OSError:
                    return
                connection.recv(9999)
                connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")
                connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(EngineError):
            ask(f"http://127.0.0.1:{odd.getsockname()[1]}")


@pytest.mark.parametrize("key", [None, "wrong-key"])
def test_a_wrong_key_names_the_settings_and_not_the_key(server, ask, monkeypatch, key):
    running = server(key="right-key")
    if key:
        monkeypatch.setenv("VLLM_API_KEY", key)
    with pytest.raises(EngineError, match="API key") as caught:
        ask(running.url)
    assert "engines.vllm.api_key" in caught.value.hint
    assert "wrong-key" not in f"{caught.value} {caught.value.hint}"


def test_the_right_key_works(server, ask, monkeypatch):
    monkeypatch.setenv("VLLM_API_KEY", "right-key")
    assert ask(server(key="right-key").url)[0].error is None


def test_a_key_is_not_sent_over_plain_http_to_another_machine(ask, monkeypatch):
    monkeypatch.setenv("VLLM_API_KEY", "right-key")
    with pytest.raises(SettingsError, match="plain text") as caught:
        ask("http://192.0.2.1:8000")
    assert "allow_plain_http" in caught.value.hint


def test_an_address_nobody_can_read(ask):
    with pytest.raises(SettingsError, match="base_url"):
        ask("http://127.0.0.1:port")


def test_an_unknown_model_lists_those_there_are(server, ask):
    running = server(models=("coder-7b", "coder-32b"))
    with pytest.raises(ModelError, match="coder-7b, coder-32b") as caught:
        ask(running.url, model="coder-8b")
    assert "did you mean" in caught.value.hint
    with pytest.raises(ModelError, match="none was named"):
        ask(running.url)
    assert ask(running.url, model="coder-32b")[0].model == "coder-32b"


def test_a_local_model_of_the_settings_is_not_asked_of_a_server(server, ask):
    assert ask(server().url, model="./qwen.gguf")[0].model == "toy"


def test_a_prompt_over_the_context_says_both_numbers(server, ask):
    running = server(context=100)
    with pytest.raises(EngineError, match=r"prompt is \d,?\d+ tokens long.* 100 tokens"):
        ask(running.url, prompt="word " * 1000)


def test_a_context_that_ends_the_text_early_leaves_it_complete(server, ask):
    running = server(context=120)
    [generation] = ask(running.url, ENDLESS, max_tokens=5000)
    assert generation.error is None or "context ends" in str(generation.error)
    assert generation.tokens.generated < 120


def test_a_busy_server_is_asked_again(server, ask):
    running = server(busy=2)
    assert ask(running.url)[0].error is None


def test_a_server_that_stays_busy_is_given_up(server, ask):
    with pytest.raises(EngineError, match=r"503.*loading"):
        ask(server(busy=99).url)


def test_a_connection_that_breaks_in_the_middle(server, ask):
    with pytest.raises(EngineError, match="broke"):
        ask(server(dies_after=3).url, ENDLESS)


def test_an_engine_that_fails_in_the_middle(server, ask):
    with pytest.raises(EngineError, match="EngineCore"):
        ask(server(fails_after=3).url, ENDLESS)


def test_a_server_that_says_nothing_is_not_waited_for(server, ask):
    running = server()
    ask(running.url)
    running.become(delay=3.0)
    with pytest.raises(EngineError, match=r"nothing for 0\.5 s") as caught:
        ask(running.url, ENDLESS, timeout=0.5)
    assert "timeout" in caught.value.hint


def test_unicode_line_ends_within_an_event(server, ask):
    running = server(grammars="ignored", replies=('["a\u2028b\x85c"]',))
    [generation] = ask(running.url, constrained=False)
    assert generation.code.strip() == '["a\u2028b\x85c"]'


def test_interrupting_ends_the_work_of_the_server(server, maze_env, tmp_path):
    running = server(delay=0.01)
    env = maze_env | {"MAZE_ENGINES_VLLM_BASE_URL": running.url}
    command = [
        sys.executable,
        "-m",
        "maze",
        "generate",
        "x",
        "-e",
        "vllm",
        "--regex",
        "[a-z ]+qxzj!",
        "--max-tokens",
        "3000",
    ]
    process = subprocess.Popen(
        command,
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not running.log.generations and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert running.log.aborted.wait(5)


# --- the command -----------------------------------------------------------------------------------


def test_the_command_prints_the_code_alone(server, remote):
    done = remote(server().url, "x", "-l", "json", "--seed", "1", "-q")
    assert (done.code, done.err) == (0, "")
    assert done.out.strip()


def test_exit_codes(server, remote):
    ignoring = remote(server(grammars="ignored").url, "x", "-l", "json")
    assert (ignoring.code, ignoring.out) == (9, "")
    assert remote(server(key="k").url, "x", "-l", "json").code == 5
    assert remote(server().url, "x", "-l", "json", "-m", "nope").code == 4


def test_a_dry_run_contacts_nobody(remote):
    done = remote("http://192.0.2.1:1", "x", "-l", "json", "--dry-run")
    assert done.code == 0
    assert "the server's own" in done.out
