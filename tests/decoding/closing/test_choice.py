"""Where a text is ended when it has to be."""

import time

import pytest

from maze.decoding.closing import Closers
from maze.decoding.closing.choice import choose
from maze.grammar import constraint_for
from maze.request import Target


@pytest.fixture(scope="module")
def ended():
    closers = {}

    def ended(text, language, fits=lambda point: True):
        if language not in closers:
            closers[language] = Closers(constraint_for(Target(language=language), profile="generate"))
        closer = closers[language].fresh()
        closer.follow(text, deadline=time.perf_counter() + 30)
        point = choose(closer.points, text, fits)
        return None if point is None else (text[: point.at] + point.closing).decode()

    return ended


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        # a definition that has only begun is left out
        ("def f(x):\n    return x\n\n\ndef g", "def f(x):\n    return x"),
        # what only has to be closed stays
        ("def f(x):\n    return max(x, [1, 2", "def f(x):\n    return max(x, [1, 2])"),
        # half a comment reads worse than none
        ("def f(x):\n    return x  # the valu", "def f(x):\n    return x"),
        ("x = 1\n", "x = 1"),
    ],
)
def test_python_ends_where_it_reads_well(ended, text, whole):
    assert ended(text.encode(), "python").rstrip("\n") == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ('{"x": 3.0, "y"', '{"x": 3.0}'),
        ('{"items": [{"id": 1, "ok": true}, {"id": 2, "o', '{"items": [{"id": 1, "ok": true}, {"id": 2}]}'),
        ("[1, 2, ", "[1, 2]"),
    ],
)
def test_json_ends_where_it_reads_well(ended, text, whole):
    assert ended(text.encode(), "json") == whole


def test_what_does_not_fit_is_not_chosen(ended):
    text = b"[[[[[[[["
    assert ended(text, "json", lambda point: point.at + len(point.closing) <= 6) == "[[[]]]"
    assert ended(text, "json", lambda point: False) is None


def test_no_word_is_glued_to_a_half_written_one(ended):
    assert ended(b"x = 1\nde", "python") == "x = 1\n"
