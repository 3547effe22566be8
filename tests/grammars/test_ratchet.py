from __future__ import annotations

import json

import pytest

from tests.grammars import ratchet

FLOORS = json.loads(ratchet.FLOORS.read_text("utf-8"))


@pytest.mark.parametrize("name", ratchet.names())
def test_no_score_falls(name: str):
    pytest.importorskip("tree_sitter")
    assert ratchet.fallen(ratchet.measured(name), FLOORS[name]) == []


def test_what_falls_is_seen_and_floors_only_rise():
    floors = {"cases": 10, "walks that end": 0.9, "walks that parse": 1.0}
    assert ratchet.fallen({"cases": 10, "walks that end": 0.86, "walks that parse": 1.0}, floors) == []
    assert ratchet.fallen({"cases": 9, "walks that end": 0.8, "walks that parse": 0.99}, floors) == [
        "cases: 9, was 10",
        "walks that end: 0.8, was 0.9",
        "walks that parse: 0.99, was 1.0",
    ]
    assert ratchet.fallen({"walks that end": 0.9}, floors) == [
        "cases: 0, was 10",
        "walks that parse: 0, was 1.0",
    ]
    assert ratchet.raised({"cases": 12, "walks that end": 0.8}, floors) == {
        "cases": 12,
        "walks that end": 0.9,
    }
