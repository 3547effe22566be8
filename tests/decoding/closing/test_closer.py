"""Any legal text can be completed: judged by the languages' own parsers and by an independent Earley parser."""

import ast
import json
import random
import time

import lark
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maze.decoding.closing import Closer, Closers
from maze.decoding.matcher import Matcher
from maze.decoding.tokenizer import byte_tokenizer
from maze.grammar import Constraint, constraint_for
from maze.request import Target

PYTHON = b'''import os


class Stack:
    """A stack of things."""

    def __init__(self, limit=10, *, name: str = "s"):
        self.items = [(0, {"a": [1, 2]})]
        self.limit = limit

    def push(self, item):
        if len(self.items) < self.limit and not self.full:
            self.items.append(item)
            return f"{item!r:>{10}} of {self.limit}"
        try:
            raise ValueError("full", [x for x in self.items if x is not None])
        except (ValueError, TypeError) as error:
            while True:
                break
        finally:
            print(lambda *a, **k: (yield), end="")


@decorated(1)
def last(stack: Stack) -> int | None:
    return stack.items[-1] if stack.items else None
'''

JSON = b'{"name": "widget \\u00e9", "sizes": [1, -2.5e3, [], {"a": null}], "ok": true}'


def grammar(text):
    return Constraint("test", "lark", text, "generate")


def completed(constraint, text, closer=None):
    """``text`` with the closing of its end, which must be known."""
    closer = closer or Closer(constraint)
    closer.follow(text, deadline=time.perf_counter() + 30)
    point = closer.points[-1]
    assert point.at == len(text), f"no closing of {text[-60:]!r}"
    return text + point.closing


@pytest.fixture(scope="module")
def python():
    return Closers(constraint_for(Target(language="python"), profile="generate"))


@pytest.mark.parametrize("seed", range(60))
def test_python_cut_anywhere_is_completed(python, seed):
    cut = random.Random(seed).randrange(len(PYTHON))
    ast.parse(completed(None, PYTHON[:cut], python.fresh()))


def test_json_cut_everywhere_is_completed():
    closers = Closers(constraint_for(Target(language="json"), profile="generate"))
    for cut in range(len(JSON) + 1):
        json.loads(completed(None, JSON[:cut], closers.fresh()))


def test_closings_are_short():
    closers = Closers(constraint_for(Target(language="json"), profile="generate"))
    for text, closing in ((b'{"a": [1, 2', b"]}"), (b'{"a', b'":0}'), (b"[[[", b"]]]"), (b"tr", b"ue")):
        assert len(completed(None, text, closers.fresh())) <= len(text + closing)


def test_points_are_known_all_along_the_text():
    closer = Closer(constraint_for(Target(language="json"), profile="generate"))
    text = JSON[:-1]
    closer.follow(text, deadline=time.perf_counter() + 30)
    assert len(closer.points) > 30
    for point in closer.points:
        json.loads(text[: point.at] + point.closing)


def test_a_text_may_grow(python):
    closer = python.fresh()
    for cut in range(0, 400, 23):
        closer.follow(PYTHON[:cut], deadline=time.perf_counter() + 30)
    ast.parse(completed(None, PYTHON[:400], closer))
    closer.follow(PYTHON[:300], deadline=time.perf_counter())  # known already
    with pytest.raises(ValueError, match="follows one text"):
        closer.follow(b"something else", deadline=time.perf_counter())


def test_an_illegal_text_is_refused(python):
    with pytest.raises(ValueError, match="does not follow the grammar"):
        python.fresh().follow(b"def (", deadline=time.perf_counter() + 1)


def test_without_time_earlier_places_remain(python):
    closer = python.fresh()
    closer.follow(PYTHON, deadline=time.perf_counter())
    assert closer.points
    for point in closer.points:
        ast.parse(PYTHON[: point.at] + point.closing)


def test_a_suffix_follows_the_closing():
    constraint = constraint_for(Target(language="python"), profile="accept")
    suffix = b")\n    return total\n"
    closer = Closer(constraint, suffix=suffix)
    text = completed(None, b"def f(x):\n    total = sum([x, (1", closer)
    ast.parse(text + suffix)
    assert text.count(b"return") == 0


def test_fillers_stand_for_what_was_invented():
    constraint = constraint_for(Target(language="python"), profile="generate")
    closer = Closer(constraint, fillers=("pass",))
    text = b"def f():\n    while x:"
    closer.follow(text, deadline=time.perf_counter() + 30)
    filled = closer.filled(closer.points[-1], lambda point: True)
    assert b"pass" in filled.closing
    ast.parse(text + filled.closing)


def test_a_schema_is_completed(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(
        json.dumps(
            {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "kind": {"enum": ["alpha", "beta"]},
                    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                },
                "required": ["id", "kind", "tags"],
                "additionalProperties": False,
            }
        )
    )
    closers = Closers(constraint_for(Target(schema=path), profile="generate"))
    for text in (b"", b"{", b'{"id": "12', b'{"id": "123e4567-e89b-42d3-a456-426614174000", "kind": "b'):
        found = json.loads(completed(None, text, closers.fresh()))
        assert sorted(found) == ["id", "kind", "tags"]


# --- random grammars ------------------------------------------------------------------------------

MARKS = "abcdefghijklmnop(){}[]<>;,"


@st.composite
def grammars(draw):
    """Rules over single characters; the first alternative of each uses only later rules, so all can end."""
    count = draw(st.integers(2, 5))
    rules = []
    for index in range(count):
        first = draw(st.lists(items(range(index + 1, count)), min_size=1, max_size=4))
        others = draw(st.lists(st.lists(items(range(count)), min_size=1, max_size=4), max_size=2))
        # a mark in front of each alternative keeps left recursion and the empty text out
        marks = draw(st.permutations(MARKS))
        rows = [f'"{mark}" {" ".join(row)}' for mark, row in zip(marks, [first, *others], strict=False)]
        rules.append(f"r{index}: " + " | ".join(rows))
    return "start: r0\n" + "\n".join(rules) + "\n"


def items(rules):
    mark = st.sampled_from(MARKS).map(lambda char: f'"{char}"')
    return st.one_of(mark, st.sampled_from([f"r{index}" for index in rules])) if rules else mark


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grammars(), st.randoms(use_true_random=False), st.integers(0, 30))
def test_random_texts_of_random_grammars_are_completed(source, rnd, length):
    constraint = grammar("%llguidance {}\n" + source)
    matcher = Matcher(byte_tokenizer(), constraint)
    text = b""
    for _ in range(length):
        choices = [byte for byte in MARKS.encode() if matcher.allows(byte)]
        if not choices:
            break
        text += bytes([rnd.choice(choices)])
        matcher.take(text[-1])
    closer = Closer(constraint)
    closer.follow(text, deadline=time.perf_counter() + 30)
    point = closer.points[-1]  # nearly always at the end, else as far as one is known
    lark.Lark(source, parser="earley").parse((text[: point.at] + point.closing).decode())


def test_levels_that_are_expensive_to_end_are_ended():
    source = 'start: r0\nr0: "a" r1 r1 r1 "a"\nr1: "c" "b" "a" | "a" r1 | "b" r1 r0 r0\n'
    completed(grammar("%llguidance {}\n" + source), b"abaaabaacbaabcbaacbaabbbbc")
