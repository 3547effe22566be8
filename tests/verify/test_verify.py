"""Judging by grammar and by the language's own tools."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze import verify
from maze.errors import CheckError, UsageError
from maze.grammar import Constraint, constraint_for
from maze.request import Target
from maze.verify import Failure
from maze.verify.judges import judges

ANYTHING = Constraint("any", "lark", "start: /(?s:.*)/", "accept")


def by_python(text: str) -> Failure | None:
    (judge,) = judges(Constraint("python", "lark", "", "accept", language="python"))
    outcome = judge(text, "x.py", ANYTHING)
    return outcome if isinstance(outcome, Failure) else None


def strict(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse, parse_int=str)
    except ValueError:
        return False
    return True


def test_json_is_judged_twice() -> None:
    report = verify.check('{"a": [1.5e3, null]}', lang="json")
    assert report.valid
    assert [verdict.by for verdict in report.verified] == [
        "the grammar json",
        f"json of CPython {platform.python_version()}",
    ]


def test_verify_raises_with_the_place() -> None:
    constraint = constraint_for(Target(language="json"), profile="accept")
    with pytest.raises(CheckError, match='unexpected "]"; expected a number') as caught:
        verify.verify("[1,\n ]", constraint)
    assert str(caught.value.place) == "<output>:2:2"
    assert caught.value.exit_code == 8
    assert verify.verify("[1]", constraint)


jsonish = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
).map(json.dumps)
broken = st.builds(
    lambda text, at, new: text[: at % (len(text) + 1)] + new + text[at % (len(text) + 1) + 1 :],
    jsonish,
    st.integers(0, 1000),
    st.sampled_from(
        ["", ",", '"', "}", "]", "0", "\\", " ", "\n", "\x00", "\t", "\ufeff", "é", "-", ".", "e", "NaN"]
    ),
)


@given(st.one_of(jsonish, broken, st.text(max_size=20)))
def test_the_json_grammar_and_json_loads_agree(text: str) -> None:
    constraint = constraint_for(Target(language="json"), profile="accept")
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert (verify.replay(text, constraint) is None) == strict(text)


@given(st.binary(max_size=60))
def test_no_bytes_crash_a_check(data: bytes) -> None:
    constraint = constraint_for(Target(language="json"), profile="accept")
    report = verify.examine_bytes(data, constraint, path="x.json")
    assert report.valid or report.failure
    if report.valid:
        assert strict(data.decode())


@pytest.mark.parametrize("depth", [900, 20_000])
def test_nesting_beyond_the_official_parser_is_no_proof(depth: int) -> None:
    report = verify.check("[" * depth + "]" * depth, lang="json")
    assert report.valid or "nested too deeply" in str(report.failure)


def test_numbers_of_any_length_are_json() -> None:
    assert verify.check("1" * 10_000, lang="json").valid
    assert verify.check("-0.0e-" + "9" * 400, lang="json").valid


def test_python_judges_syntax() -> None:
    assert by_python("x = 1\n") is None
    assert by_python("x = '\\d'\n") is None  # a warning is no error
    failure = by_python("é = (\n")
    assert failure is not None and failure.place is not None
    assert failure.message == f"CPython {platform.python_version()}: '(' was never closed"
    assert (failure.place.line, failure.place.column, failure.place.source_line) == (1, 5, "é = (")


@pytest.mark.parametrize(
    "text", ["(" * 5000, "-" * 200_000 + "1", "x = '\x00'", "x\ud800", "\\", "if x:\n\ta\n        b"]
)
def test_python_judges_anything(text: str) -> None:
    assert isinstance(by_python(text), Failure)


@given(st.text(max_size=40))
def test_python_never_crashes_the_judge(text: str) -> None:
    by_python(text)


PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "step": {"type": "number", "multipleOf": 0.01}},
    "required": ["name"],
}


@pytest.fixture
def person(tmp_path: Path) -> Path:
    file = tmp_path / "person.json"
    file.write_text(json.dumps(PERSON))
    return file


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "x"}',
        '{ "step":0.07,"name":"x" }',
        '{"name": "x", "step": 1e2, "more": [1]}',
    ],
)
def test_a_schema_accepts_any_layout_and_order(person: Path, text: str) -> None:
    report = verify.check(text, schema=person)
    assert report.valid, report.failure
    assert report.verified[-1].what == "satisfies the schema"
    assert report.verified[-1].by.startswith("jsonschema ")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"step": 1}', "1:1", "at #: 'name' is a required property"),
        ('{"name":\n 3.5}', "2:2", "at #/name: 3.5 is not of type 'string'"),
        ('{"name": "x", "step": 0.075}', "1:23", "at #/step: 0.075 is not a multiple of 0.01"),
        ('{"name": "x",}', "1:14", 'unexpected "}"; expected a string'),
    ],
)
def test_a_schema_refuses_with_the_place(person: Path, text: str, place: str, message: str) -> None:
    report = verify.check(text, schema=person, path="p.json")
    assert str(report.failure) == message
    assert report.failure is not None
    assert str(report.failure.place) == f"p.json:{place}"


@pytest.mark.parametrize("number", ["1e999999999", "1" * 5000, "0." + "1" * 5000])
def test_a_number_too_large_to_judge_is_no_proof(person: Path, number: str) -> None:
    report = verify.check(f'{{"name": "x", "step": {number}}}', schema=person)
    assert not report.valid
    assert len(str(report.failure)) < 400


def test_a_regex() -> None:
    assert verify.check("aab", regex="a+b").valid
    assert str(verify.check("aa", regex="a+b").failure) == "unexpected end of file"


def test_nothing_to_judge_by() -> None:
    with pytest.raises(UsageError):
        verify.check("x")


def test_a_file_is_decoded_with_care() -> None:
    constraint = constraint_for(Target(language="json"), profile="accept")
    report = verify.examine_bytes(b'["a",\n "\xe9"]', constraint, path="x.json")
    assert str(report.failure) == "byte 0xe9 at offset 8 is not UTF-8"
    assert report.failure is not None
    assert str(report.failure.place) == "x.json:2:3"


def test_a_grammar_that_is_too_narrow_says_so() -> None:
    narrow = Constraint("python", "lark", 'start: "a"', "accept", language="python")
    report = verify.examine("b", narrow)
    assert not report.valid
    assert report.failure is not None
    assert "parses it: Maze's grammar of python is too narrow here" in (report.failure.note or "")
    refused = verify.examine("b c", narrow)
    assert refused.failure is not None and refused.failure.note is None
