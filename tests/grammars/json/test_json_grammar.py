from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grammars.recognize import language

ACCEPT = language("json", "accept")
GENERATE = language("json", "generate", fragments=('{"', '": ', "true", "null", "1.5e", "], ", '"}', "\\u00"))

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_both_profiles_take_what_json_writes(value: Any):
    assert json.dumps(value) in ACCEPT
    assert json.dumps(value) in GENERATE


@given(VALUES, st.sampled_from(["\t", "  ", "       "]))
def test_accept_takes_any_layout(value: Any, indent: str):
    assert json.dumps(value, indent=indent, ensure_ascii=False) in ACCEPT


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1,]", "{,}", '{"a" 1}', "{a: 1}", "01", "1.", ".5", "+1", "-", "1e", "'a'", '"\n"', '"\\x41"',
     '"\\u12"', "nul", "truefalse", "[1 2]", "1 2", "NaN", "Infinity", '"a', "[", '{"a":}', "// x\n1"],
)  # fmt: skip
def test_refuses_what_json_refuses(text: str):
    with pytest.raises(json.JSONDecodeError):
        json.loads(text) if text not in ("NaN", "Infinity") else _strict(text)
    assert text not in ACCEPT
    assert text not in GENERATE


def _strict(text: str) -> None:
    raise json.JSONDecodeError("not in RFC 8259", text, 0)


@pytest.mark.parametrize("text", [" 1 ", "\r\n[\t]\n", '{ "a"\n:\r1 }'])
def test_accept_takes_any_whitespace(text: str):
    json.loads(text)
    assert text in ACCEPT


def test_random_walks_are_json():
    texts = [GENERATE.walk(seed, length=25) for seed in range(150)]
    finished = [text for text in texts if text is not None]
    assert len(finished) > 120
    for text in finished:
        json.loads(text)
