"""Pulling from a hub on this machine that fails in every way: nothing is lost, nothing corrupt is taken."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.models.files import U16, build
from tests.models.hub import COMMIT, Hub

CHANCE = random.Random(6)
SMALL = build()
LARGE = build() + CHANCE.randbytes(2_000_000)  # more than one piece of the stream
REPOSITORY = "org/coder-GGUF"


@pytest.fixture
def hub():
    server = Hub(
        {
            REPOSITORY: {
                "README.md": b"#",
                "coder-q4_k_m.gguf": LARGE,
                "coder-q8_0.gguf": SMALL,
                "mmproj-f16.gguf": SMALL,
            },
            "org/split": {
                f"big-{i + 1:05}-of-00003.gguf": build({"split.no": (U16, i), "split.count": (U16, 3)})
                for i in range(3)
            },
            "org/weights": {"model.safetensors": b"x"},
            "org/odd": {"a.gguf": SMALL, "b.gguf": SMALL},
        }
    )
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def env(hub):
    return {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_TELEMETRY": "1"}


@pytest.fixture
def pull(run_maze, env):
    def pull(*args: str, **more: str):
        return run_maze("models", "pull", *args, env={**env, **more})

    return pull


@pytest.fixture
def cache(maze_env):
    return Path(maze_env["HOME"]) / ".cache" / "huggingface" / "hub"


def complete(cache: Path) -> list[Path]:
    """What any program would take for a whole file."""
    blobs = [path for path in cache.glob("models--*/blobs/*") if not path.name.endswith(".incomplete")]
    return blobs + [path for path in cache.glob("models--*/snapshots/**/*") if not path.is_dir()]


def test_pull(pull, run_maze, hub, cache):
    done = pull(REPOSITORY)
    assert (done.code, done.out) == (0, "coder-q4_k_m\n"), done.err
    assert "fetching 2.0 MB" in done.err and "maze models use coder-q4_k_m" in done.err
    folder = cache / "models--org--coder-GGUF"
    assert (folder / "snapshots" / COMMIT / "coder-q4_k_m.gguf").read_bytes() == LARGE
    assert (folder / "refs" / "main").read_text() == COMMIT
    assert not list(folder.glob("blobs/*.incomplete"))
    assert run_maze("models", "list", "-q").out == "nano\ncoder-q4_k_m\n"

    sent = hub.sent
    again = pull(REPOSITORY)
    assert again.code == 0 and "here already" in again.err and hub.sent == sent
    shown = json.loads(pull(f"{REPOSITORY}:Q8_0", "--json").out)
    assert shown["name"] == "coder-q8_0" and shown["missing"] == 0 and shown["files"][0]["here"]


def test_what_the_library_of_the_hub_finds_there(pull, maze_env, env):
    assert pull(f"{REPOSITORY}:q8_0").code == 0
    script = f"from huggingface_hub import hf_hub_download; print(hf_hub_download({REPOSITORY!r}, 'coder-q8_0.gguf'))"
    offline = {**maze_env, **env, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=offline, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).read_bytes() == SMALL


def test_dry_run(pull, cache):
    done = pull(REPOSITORY, "--dry-run")
    assert done.code == 0 and "missing  coder-q4_k_m.gguf" in done.out
    assert done.out.splitlines()[-1] == "    2.0 MB  to fetch from org/coder-GGUF"
    assert json.loads(pull(REPOSITORY, "-n", "--json").out)["missing"] == len(LARGE)
    assert not cache.exists()


def test_parts_are_one_model(pull, run_maze, cache):
    done = pull("org/split")
    assert (done.code, done.out) == (0, "big\n"), done.err
    assert json.loads(run_maze("models", "show", "big", "--json").out)["parts"] == 3
    (cache / f"models--org--split/snapshots/{COMMIT}/big-00002-of-00003.gguf").unlink()
    assert "missing  big-00002-of-00003.gguf" in pull("org/split", "-n").out
    assert pull("org/split").code == 0


@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        ("nobody", "is no model of the catalogue", "USER/REPOSITORY"),
        ("org/none", "has no model org/none", "HF_TOKEN"),
        ("org/weights", "has no GGUF files", "org/weights-GGUF"),
        ("org/odd", "several models", "org/odd:a"),
        (f"{REPOSITORY}:Q5_K_M", "has no Q5_K_M", f"{REPOSITORY}:Q4_K_M"),
        ("org/../x", "no model", "USER/REPOSITORY"),
    ],
)
def test_names_that_lead_nowhere(pull, cache, name, reason, hint):
    done = pull(name)
    assert (done.code, done.out) == (4, "")
    assert reason in done.err and hint in done.err.splitlines()[-1]
    assert not complete(cache)


def test_a_name_that_is_a_file(pull):
    assert pull(f"{REPOSITORY}:coder-q8_0.gguf").out == "coder-q8_0\n"


# --- what can go wrong on the way -----------------------------------------------------------------


def test_connections_that_break_anywhere(pull, hub, cache):
    hub.faults.cuts = sorted(CHANCE.sample(range(1, 1_000_000), 4), reverse=True)
    done = pull(REPOSITORY)
    assert done.code == 0, done.err
    assert (cache / f"models--org--coder-GGUF/snapshots/{COMMIT}/coder-q4_k_m.gguf").read_bytes() == LARGE
    # what was on its way when a connection broke is sent again, nothing else
    assert hub.sent < len(LARGE) + 4 * 65536


def test_a_server_that_knows_no_ranges(pull, hub, cache):
    hub.faults.ranges, hub.faults.cuts = False, [700_000]
    assert pull(REPOSITORY).code == 0
    assert (cache / f"models--org--coder-GGUF/snapshots/{COMMIT}/coder-q4_k_m.gguf").read_bytes() == LARGE


def test_a_killed_pull_goes_on_where_it_was(maze_env, env, pull, hub, cache, tmp_path):
    hub.faults.delay = 0.1
    command = [sys.executable, "-m", "maze", "models", "pull", REPOSITORY]
    running = subprocess.Popen(command, env={**maze_env, **env}, cwd=tmp_path, stderr=subprocess.DEVNULL)
    while hub.sent < 300_000:
        time.sleep(0.02)
        assert running.poll() is None
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 130
    (partial,) = cache.glob("models--*/blobs/*.incomplete")
    there = partial.stat().st_size
    assert there > 100_000
    assert not complete(cache)
    hub.faults.delay, hub.sent = 0, 0
    assert pull(REPOSITORY).code == 0
    assert hub.sent == len(LARGE) - there


def test_wrong_bytes_are_removed(pull, hub, cache):
    hub.faults.corrupt = True
    done = pull(REPOSITORY)
    assert (done.code, done.out) == (4, "") and "damaged" in done.err and "removed" in done.err
    assert not complete(cache) and not list(cache.glob("models--*/blobs/*"))
    hub.faults.corrupt = False
    assert pull(REPOSITORY).code == 0


def test_half_a_file_of_another_origin_is_not_believed(pull, hub, cache):
    hub.faults.cuts = [500_000] + [0] * 20
    assert pull(REPOSITORY).code == 5
    (partial,) = cache.glob("models--*/blobs/*.incomplete")
    partial.write_bytes(bytes(partial.stat().st_size))
    hub.faults.cuts = []
    assert "damaged" in pull(REPOSITORY).err
    assert not complete(cache)
    assert pull(REPOSITORY).code == 0


@pytest.mark.parametrize(
    ("where", "status", "headers", "code", "reason", "hint"),
    [
        ("api", 401, {"X-Error-Code": "RepoNotFound"}, 4, "has no model", "HF_TOKEN"),
        ("api", 401, {}, 5, "status 401", "HF_TOKEN"),
        ("api", 403, {"X-Error-Code": "GatedRepo"}, 5, "agreed to its terms", "HF_TOKEN"),
        ("api", 403, {}, 5, "status 403", "HF_TOKEN"),
        ("api", 429, {}, 5, "status 429", "HF_TOKEN"),
        ("api", 500, {}, 5, "status 500", "later"),
        ("data", 403, {}, 5, "status 403", "HF_TOKEN"),
        ("data", 404, {}, 5, "status 404", "later"),
    ],
)
def test_refusals(pull, hub, cache, where, status, headers, code, reason, hint):
    hub.faults.status[where], hub.faults.headers = [status] * 20, headers
    done = pull(REPOSITORY)
    assert (done.code, done.out) == (code, ""), done.err
    assert reason in done.err and hint in done.err.splitlines()[-1]
    assert not complete(cache)


def test_a_server_that_recovers(pull, hub):
    hub.faults.status["data"] = [503, 500]
    assert pull(REPOSITORY).code == 0


def test_no_server(pull, cache):
    done = pull(REPOSITORY, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.code == 5 and "127.0.0.1:9 cannot be reached" in done.err and "HF_ENDPOINT" in done.err
    offline = pull(REPOSITORY, HF_HUB_OFFLINE="1")
    assert (
        offline.code == 5 and "HF_HUB_OFFLINE is set" in offline.err and "unset HF_HUB_OFFLINE" in offline.err
    )
    assert not complete(cache)


def test_the_token_stays_with_the_hub(pull, hub):
    assert pull(REPOSITORY, HF_TOKEN="hf_secret").code == 0
    told = {path.split("/")[1]: headers.get("Authorization") for _, path, headers in hub.requests}
    assert told["api"] == told["org"] == "Bearer hf_secret"
    assert told["cdn"] is None


@pytest.mark.parametrize(
    "lie",
    [
        {"sha": "../../../../evil"},
        {
            "siblings": [
                {
                    "rfilename": "../../../../evil.gguf",
                    "lfs": {"sha256": "a" * 64, "size": 5, "pointerSize": 1},
                }
            ]
        },
        {"siblings": [{"rfilename": "x.gguf", "lfs": {"sha256": "../evil", "size": 5, "pointerSize": 1}}]},
    ],
)
def test_a_hub_that_lies_about_paths(pull, hub, tmp_path, lie):
    hub.info = lie
    done = pull(REPOSITORY)
    assert done.code == 5 and "HF_ENDPOINT" in done.err
    assert not list(tmp_path.rglob("*evil*"))


def test_a_full_disk(maze_env, env, cache, tmp_path, pull):
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000));"
        f"from maze.cli import run; sys.exit(run(['models', 'pull', {REPOSITORY!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        env={**maze_env, **env},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4 and "cannot be written" in done.stderr and "HF_HUB_CACHE" in done.stderr
    assert not complete(cache)
    assert pull(REPOSITORY).code == 0


def test_no_room(pull, hub, cache):
    size = 1 << 60
    lfs = {"sha256": "a" * 64, "size": size, "pointerSize": 1}
    hub.info = {"siblings": [{"rfilename": "x.gguf", "lfs": lfs}]}
    done = pull(REPOSITORY)
    assert done.code == 4 and "GB are free" in done.err and "HF_HUB_CACHE" in done.err
    assert not cache.exists()


def test_two_pulls_at_once(maze_env, env, hub, cache, tmp_path):
    hub.faults.delay = 0.02
    command = [sys.executable, "-m", "maze", "models", "pull", REPOSITORY]
    both = [
        subprocess.Popen(
            command, env={**maze_env, **env}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for each in both:
        out, err = each.communicate(timeout=120)
        assert (each.returncode, out) == (0, b"coder-q4_k_m\n"), err
    assert hub.sent == len(LARGE)
    assert os.path.realpath(next(cache.glob("models--*/snapshots/*/coder-q4_k_m.gguf"))).endswith(
        next(cache.glob("models--*/blobs/*")).name
    )


# --- what is here: verify and rm ------------------------------------------------------------------


def test_verify(pull, run_maze, cache):
    assert pull(f"{REPOSITORY}:q8_0").code == 0
    good = run_maze("models", "verify", "coder-q8_0")
    assert good.code == 0 and "is whole" in good.err
    assert json.loads(run_maze("models", "verify", "coder-q8_0", "--json").out)[0]["promised"]
    (blob,) = cache.glob("models--*/blobs/*")
    blob.write_bytes(SMALL[:-1] + b"?")
    bad = run_maze("models", "verify", "coder-q8_0")
    assert (bad.code, bad.out) == (4, "") and "is damaged" in bad.err


def test_rm(pull, run_maze, cache):
    assert pull("org/split").code == pull(f"{REPOSITORY}:q8_0").code == 0
    asked = run_maze("models", "rm", "big")
    assert asked.code == 2 and "maze models rm big -y" in asked.err
    assert run_maze("models", "rm", "big", "-y").code == 0
    assert run_maze("models", "list", "-q").out == "nano\ncoder-q8_0\n"
    assert len(complete(cache)) == 2  # the other model and its name
    assert run_maze("models", "rm", "coder-q8_0", "-y").code == 0
    assert not complete(cache)


def test_rm_takes_nothing_that_others_fetched(pull, run_maze, maze_env, env, cache, tmp_path):
    script = (
        f"from huggingface_hub import hf_hub_download; hf_hub_download({REPOSITORY!r}, 'coder-q8_0.gguf')"
    )
    subprocess.run([sys.executable, "-c", script], env={**maze_env, **env}, capture_output=True, check=True)
    assert "here already" in pull(f"{REPOSITORY}:q8_0").err
    (tmp_path / "own.gguf").write_bytes(SMALL)
    before = complete(cache)
    for name in ("coder-q8_0", "own.gguf", "nano"):
        done = run_maze("models", "rm", name, "-y")
        assert done.code == 4 and "was not fetched by Maze" in done.err
    assert complete(cache) == before and (tmp_path / "own.gguf").exists()
