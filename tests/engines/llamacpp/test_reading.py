import os

import pytest

import maze
from maze.engines.llamacpp import reading

FILE = "def area(width, height):\n    return width * height\n" * 6


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of its own, that keeps what is read in no time, too."""
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("MAZE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr(reading, "_WORTH", 0.0)
    (tmp_path / "shapes.py").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "prompts"


def write(prompt="multiply two numbers", **options):
    return maze.generate(prompt, lang="python", context=["shapes.py"], seed=3, temperature=1, **options)


def test_the_second_reading_of_a_file_comes_from_disk_and_changes_nothing(folder, monkeypatch):
    first, second = write(), write()
    assert first.tokens.cached == 0
    assert second.tokens.cached > 100
    assert second.code == first.code
    monkeypatch.setenv("MAZE_CACHE_PROMPTS", "0")
    without = write()
    assert without.tokens.cached == 0
    assert without.code == first.code


def test_other_tasks_share_it(folder):
    first = write()
    other = write("add two numbers")
    assert other.tokens.cached > 100
    assert other.tokens.prompt != first.tokens.prompt
    assert len(list(folder.iterdir())) == 1


def test_another_file_and_another_setup_do_not(folder, monkeypatch, tmp_path):
    write()
    monkeypatch.setenv("MAZE_ENGINES_LLAMACPP_N_BATCH", "64")
    assert write().tokens.cached == 0
    monkeypatch.delenv("MAZE_ENGINES_LLAMACPP_N_BATCH")
    (tmp_path / "shapes.py").write_text(FILE.replace("area", "size"))
    assert write().tokens.cached == 0


def test_little_is_not_kept(folder, monkeypatch):
    maze.generate("multiply two numbers", lang="python")
    monkeypatch.setattr(reading, "_WORTH", 60.0)
    write()
    assert not folder.exists()


def test_what_was_of_no_use_for_long_makes_room(folder, monkeypatch):
    write()
    [state] = folder.iterdir()
    size = state.stat().st_size
    old = folder / "old"
    old.write_bytes(bytes(size))
    os.utime(old, (0, 0))
    cache = reading.PromptCache(b"", 2 * size)
    cache.store([1, 2, 3], bytes(size - 32))
    assert not old.exists()
    assert state.exists()
    cache.store([1, 2, 3], bytes(2 * size))  # more than half of all
    assert state.exists()


def test_a_damaged_state_is_read_again(folder):
    first = write()
    [state] = folder.iterdir()
    state.write_bytes(state.read_bytes()[:-100])
    again = write()
    assert (again.tokens.cached, again.code) == (0, first.code)


def test_a_state_of_something_else_is_read_again(folder):
    first = write()
    [state] = folder.iterdir()
    key = state.name.removesuffix(f"-{maze.__version__}")
    reading.cache.store("prompts", key, b"something else entirely")
    again = write()
    assert (again.tokens.cached, again.code) == (0, first.code)
