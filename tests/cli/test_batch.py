"""``maze generate --batch`` through real processes, against a server and with the embedded model."""

import ast
import json
import signal
import subprocess
import sys
import time

import pytest

from tests.engines.remote.server import serving


@pytest.fixture
def batch(run_maze, tmp_path):
    """Run lines: ``batch([{…}], "-j", "4")`` → (results, the process's result)."""

    def run(requests, *args, url=None, **options):
        file = tmp_path / "batch.jsonl"
        file.write_text(
            "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in requests)
        )
        env = {"MAZE_ENGINES_VLLM_BASE_URL": url, "MAZE_GENERATION_ENGINE": "vllm"} if url else {}
        done = run_maze("generate", "--batch", file, *args, env=env, **options)
        return [json.loads(line) for line in done.out.splitlines()], done

    return run


def test_results_come_in_order_with_their_ids(batch):
    requests = [
        {"id": f"r{n}", "prompt": "x", "lang": "json", "seed": n, "max_tokens": 30} for n in range(64)
    ]
    with serving() as running:
        results, done = batch(requests, "-j", "64", url=running.url)
        assert done.code == 0, done.err
        probes = (
            len(running.log.requests) - len(running.log.generations) - len(running.log.bodies("/tokenize"))
        )
    assert [one["id"] for one in results] == [f"r{n}" for n in range(64)]
    assert [one["exit_code"] for one in results] == [0] * 64
    for one in results:
        json.loads(one["code"])
    assert probes == 1


def test_requests_are_in_flight_together(batch):
    requests = [{"prompt": "x", "regex": "[a-z]{20}", "max_tokens": 30}] * 12
    with serving(delay=0.05) as running:
        start = time.monotonic()
        results, _ = batch(requests, "-j", "12", url=running.url)
        together = time.monotonic() - start
        start = time.monotonic()
        batch(requests, "-j", "1", url=running.url)
        apart = time.monotonic() - start
    assert len(results) == 12
    assert together < apart / 2


def test_one_failing_line_loses_nothing(batch):
    requests = [
        {"id": 1, "prompt": "x", "lang": "json"},
        {"id": 2, "prompt": "x", "lang": "jsno"},
        "{broken",
        "",
        "[1]",
        {"id": 6, "prompt": "x", "lang": "json", "max_tokns": 3},
        {"id": 7, "lang": "json"},
        {"id": 8, "prompt": "x", "lang": "json", "max_tokens": "many"},
        {"id": 9, "prompt": 3, "lang": "json"},
        {"id": 10, "prompt": "x", "lang": "json", "context": "a.py"},
        {"id": 11, "prompt": "x", "lang": "json"},
    ]
    with serving() as running:
        results, done = batch(requests, url=running.url)
    assert [one["exit_code"] for one in results] == [0, 2, 2, 2, 2, 2, 2, 2, 2, 0]
    assert [one["id"] for one in results] == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert all((one["error"] is None) == (one["exit_code"] == 0) for one in results)
    assert "did you mean" in results[4]["error"]["hint"]
    assert done.code == 2
    assert "8 of 10 lines failed" in done.err


def test_flags_are_defaults_for_all_lines(batch):
    requests = [
        {"prompt": "x"},
        {"prompt": "x", "regex": "a|b"},
        {"language": "json", "prompt": "x", "max_tokens": 3},
    ]
    with serving() as running:
        results, done = batch(requests, "-l", "json", "--max-tokens", "20", url=running.url)
        sent = sorted(one["max_tokens"] for one in running.log.generations)
    assert done.code == 0, done.err
    assert [one["language"] for one in results] == ["json", None, "json"]
    assert sent == [3, 20, 20]


def test_a_batch_goes_on_where_it_was_interrupted(batch, tmp_path):
    out = tmp_path / "out.jsonl"
    requests = [{"id": n, "prompt": "x", "lang": "json", "max_tokens": 9} for n in range(5)]
    with serving() as running:
        batch(requests[:2], "-o", out, url=running.url)
        first = out.read_text()
        out.write_text(first + '{"id": 2, "co')
        before = len(running.log.generations)
        _, done = batch(requests, "-o", out, "--resume", url=running.url)
        assert len(running.log.generations) == before + 3
    assert done.code == 0, done.err
    assert out.read_text().startswith(first)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [0, 1, 2, 3, 4]


def test_results_of_another_batch_are_left_alone(batch, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text('{"id": "other"}\n')
    _, done = batch([{"id": 0, "prompt": "x", "lang": "json"}], "-o", out, "--resume")
    assert done.code == 2
    assert out.read_text() == '{"id": "other"}\n'


def test_requests_can_be_piped_in_and_local_models_answer_too(run_maze):
    lines = '{"prompt": "add two numbers"}\n{"prompt": "sort a list", "lang": "json"}\n'
    done = run_maze(
        "generate", "--batch", "-", "-l", "python", "--max-tokens", "60", "--seed", "1", input=lines
    )
    assert done.code == 0, done.err
    first, second = map(json.loads, done.out.splitlines())
    ast.parse(first["code"])
    json.loads(second["code"])


def test_interrupting_keeps_what_is_done(maze_env, tmp_path):
    out, file = tmp_path / "out.jsonl", tmp_path / "batch.jsonl"
    quick = [{"id": n, "prompt": "x", "regex": "a"} for n in range(3)]
    slow = [{"id": n, "prompt": "x", "regex": "[a-z]{900}qxz", "max_tokens": 2000} for n in range(3, 9)]
    file.write_text("".join(json.dumps(one) + "\n" for one in quick + slow))
    with serving(delay=0.02) as running:
        env = maze_env | {"MAZE_ENGINES_VLLM_BASE_URL": running.url}
        command = [
            sys.executable,
            "-m",
            "maze",
            "generate",
            "-e",
            "vllm",
            "--batch",
            str(file),
            "-o",
            str(out),
            "-j",
            "3",
        ]
        process = subprocess.Popen(
            command, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 60
        while len(running.log.generations) < 6 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130
        assert running.log.aborted.wait(5)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [0, 1, 2]


@pytest.mark.parametrize("arguments", [["--resume"], ["-n", "2"], ["--unconstrained"], ["-j", "0"]])
def test_what_makes_no_sense(batch, arguments):
    _, done = batch([{"prompt": "x", "lang": "json"}], *arguments)
    assert done.code == 2
