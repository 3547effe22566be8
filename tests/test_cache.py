import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze import cache


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def refuse():
    raise AssertionError("built although it was cached")


def test_what_was_built_is_found_again():
    assert cache.cached("kind", "key", lambda: b"data") == b"data"
    assert cache.cached("kind", "key", refuse) == b"data"
    assert cache.cached("kind", "other", lambda: b"else") == b"else"


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40] + b"X" + b[41:], lambda b: b + b"!"]
)
def test_a_damaged_entry_is_built_anew(folder, damage):
    cache.cached("kind", "key", lambda: b"some data")
    [entry] = (folder / "kind").iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert cache.cached("kind", "key", lambda: b"new") == b"new"
    assert cache.cached("kind", "key", refuse) == b"new"


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv("MAZE_CACHE_DIR", str(blocker))
    assert cache.cached("kind", "key", lambda: b"data") == b"data"


def test_a_failed_build_leaves_nothing_behind(folder):
    with pytest.raises(ZeroDivisionError):
        cache.cached("kind", "key", lambda: bytes([1 // 0]))
    assert not folder.exists()


@given(st.lists(st.binary(), max_size=4), st.lists(st.binary(), max_size=4))
def test_a_digest_tells_any_two_lists_of_parts_apart(first, second):
    assert (cache.digest(*first) == cache.digest(*second)) == (first == second)
