"""``maze serve``: which command it becomes. A script stands for the large program."""

import os
import stat
import sys

import pytest

SCRIPT = """#!/bin/sh
echo "$@"
echo "key $VLLM_API_KEY"
"""


@pytest.fixture
def vllm(tmp_path):
    """A folder with a ``vllm`` of some version and the Python it belongs to."""

    def make(version):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "vllm").write_text(SCRIPT)
        (folder / "python").write_text(f"#!/bin/sh\necho {version}\n")
        for file in folder.iterdir():
            file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    return make


@pytest.mark.parametrize(
    ("version", "backend"),
    [
        ("0.32.0", "--structured-outputs-config.backend guidance"),
        ("0.11.0", "--structured-outputs-config.backend guidance"),
        ("0.10.2", "--guided-decoding-backend guidance"),
        ("", "--structured-outputs-config.backend guidance"),
    ],
)
def test_the_backend_is_set_as_the_version_has_it(run_maze, vllm, version, backend):
    done = run_maze(
        "serve", "some/model", "--port", "9000", "--", "--max-model-len", "4096", env=vllm(version)
    )
    assert done.code == 0
    first = done.out.splitlines()[0]
    assert first == f"serve some/model --host 127.0.0.1 --port 9000 {backend} --max-model-len 4096"


def test_the_key_is_in_the_environment_alone(run_maze, vllm):
    env = vllm("0.32.0")
    run_maze("config", "set", "engines.vllm.api_key", input="sk-stored")
    serve, key = run_maze("serve", "m", env=env).out.splitlines()
    assert (key, "sk-" in serve) == ("key sk-stored", False)


def test_an_open_address_without_a_key_is_said(run_maze, vllm):
    assert "no API key" in run_maze("serve", "m", "--host", "0.0.0.0", env=vllm("0.32.0")).err


def test_without_vllm_it_says_how_to_get_it(run_maze, tmp_path):
    done = run_maze("serve", "m", env={"PATH": str(tmp_path)})
    assert done.code == 5
    assert f"{sys.executable} -m pip install vllm" in done.err
