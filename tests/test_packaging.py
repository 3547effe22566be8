"""The sdist and the wheel: what is in them, and that an installed wheel works on its own."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_holds_grammars_and_model(dist):
    [wheel] = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {path.name for path in (ROOT / "grammars").iterdir() if path.suffix in (".lark", ".toml")}
    assert {f"maze/_grammars/{name}" for name in shipped} <= set(names)
    assert any(name.startswith("maze/models/nano") and name.endswith(".gguf") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    assert wheel.stat().st_size < 10_000_000


def test_the_sdist_holds_what_the_tests_need(dist):
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    assert {"grammars/python.lark", "tests/conftest.py", "completions/maze.bash", "maze/__init__.py"} <= names


def test_an_installed_wheel_writes_code_without_the_checkout(dist, tmp_path, maze_env):
    [wheel] = dist.glob("*.whl")
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, env=maze_env | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    code = "import maze, sys; from maze.cli import main; print(maze.__file__, file=sys.stderr); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "generate", "add two numbers", "--lang", "python", "--seed", "1"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=tmp_path,
        env=maze_env | {"PYTHONPATH": os.pathsep.join([str(site)])},
        check=False,
    )
    assert str(site) in done.stderr
    assert done.returncode == 0, done.stderr
    assert "def " in done.stdout
