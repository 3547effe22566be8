"""Paths into JSON texts and where they stand."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from maze.grammar.pointer import key_offset, pointer, value_offset

keys = st.text('ab"\\/~é ', max_size=3)
documents = st.recursive(
    st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), keys),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for step, inner in steps for found in paths(inner, (*path, step)))]


@given(documents, st.sampled_from([None, 1]), st.booleans())
def test_every_path_is_found(document: Any, indent: int | None, ascii_only: bool) -> None:
    text = " " + json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    for path, value in paths(document):
        assert json.JSONDecoder().raw_decode(text, value_offset(text, path))[0] == value
        if path and isinstance(path[-1], str):
            assert json.JSONDecoder().raw_decode(text, key_offset(text, path))[0] == path[-1]


def test_a_path_that_is_not_there_ends_at_what_is_around_it() -> None:
    assert value_offset('{"a": [1]}', ("a", 3, "b")) == 6
    assert key_offset('{"a": [1]}', ("b",)) == 0


def test_a_pointer_is_escaped() -> None:
    assert pointer(()) == "#"
    assert pointer(("a/b", 0, "~")) == "#/a~1b/0/~0"
