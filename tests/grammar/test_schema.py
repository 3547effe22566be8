"""JSON Schema: what is refused and where, and that the grammar and jsonschema agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze.errors import GrammarError, UsageError
from maze.grammar import constraint_for
from maze.grammar.constraint import Constraint
from maze.grammar.schema import compile_schema, validator
from maze.request import Target
from maze.verify import replay


def constraint(schema: Any) -> Constraint:
    text = json.dumps(schema)
    return Constraint("schema:x", "json_schema", compile_schema(text, path="x"), "generate", schema=text)


def refused(schema: Any) -> GrammarError:
    text = schema if isinstance(schema, str) else json.dumps(schema, indent=2)
    with pytest.raises(GrammarError) as caught:
        compile_schema(text, path="s.json")
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"type": "string",}', 1, 19, "not JSON"),
        ('{"a":', 1, 6, "not JSON"),
        ("[1]", 1, 1, "a schema is an object"),
        ("  3", 1, 3, "a schema is an object"),
        ("false", 1, 1, "no text satisfies"),
        ('{\n "type": "object",\n "properties": 3}', 3, 16, "at #/properties: 3 is not"),
        ('{"type": "string", "maxLenght": 3}', 1, 20, "at #/maxLenght: unknown keyword"),
        ('{"$schema": "https://x.org/s"}', 1, 13, "at #/$schema: unknown schema language"),
        ('{"type": "string", "nullable": true}', 1, 20, "at #/nullable"),
        ('{"x-guidance": {"lenient": true}, "not": {}}', 1, 2, "at #/x-guidance"),
        ('{"$ref": "https://x.org/a.json"}', 1, 10, "at #/$ref"),
        ('{"$ref": "#/$defs/b", "$defs": {}}', 1, 2, "at #/$ref"),
        ('{"type": "string", "format": "foo"}', 1, 20, "at #/format: unknown format"),
        ('{"pattern": "(?=a)"}', 1, 2, "at #/pattern: invalid pattern: look-around"),
        ('{"pattern": "(a"}', 1, 13, "at #/pattern"),
        ('{"type": "integer", "minimum": 5, "maximum": 3}', 1, 21, "at #/minimum: unsatisfiable"),
    ],
)
def test_a_bad_schema_has_a_place(text: str, line: int, column: int, message: str) -> None:
    error = refused(text)
    assert message in error.message
    assert error.place is not None
    assert (error.place.line, error.place.column) == (line, column)
    assert error.exit_code == 6


def test_an_unknown_type_gets_a_suggestion() -> None:
    error = refused({"type": "object", "properties": {"age": {"type": "integr"}}})
    assert error.message == "at #/properties/age/type: 'integr' is not a JSON type"
    assert error.hint == "did you mean 'integer'?"


UNENFORCED = [
    {"not": {"type": "string"}},
    {"type": "array", "uniqueItems": True},
    {"type": "array", "contains": {"type": "string"}},
    {"type": "object", "propertyNames": {"pattern": "a"}},
    {"if": {}, "then": {}},
    {"dependentRequired": {"a": ["b"]}},
    {"type": "object", "unevaluatedProperties": False},
    {"oneOf": [{"type": "number"}, {"type": "integer"}]},
]


@pytest.mark.parametrize("part", UNENFORCED, ids=lambda part: next(k for k in part if k != "type"))
def test_what_cannot_be_enforced_is_refused_with_its_path(part: dict[str, Any]) -> None:
    schema = {
        "type": "object",
        "properties": {"not": {"type": "string"}, "items": {"type": "array", "items": part}},
    }
    keyword = next(key for key in part if key != "type")
    error = refused(schema)
    assert f"at #/properties/items/items/{keyword}: '{keyword}'" in error.message
    assert error.place is not None
    assert error.place.source_line.strip().startswith(f'"{keyword}"')


def test_names_of_properties_and_values_are_no_keywords() -> None:
    assert compile_schema(json.dumps({"properties": {"not": {"const": {"not": 1}}}}), path="x")


def test_annotations_are_taken() -> None:
    schema = {
        "title": "t",
        "description": "d",
        "default": 1,
        "examples": [1],
        "$comment": "c",
        "deprecated": True,
    }
    assert compile_schema(json.dumps(schema | {"type": "integer"}), path="x")


@pytest.mark.parametrize("nested", ["[" * 5000, '{"items":' * 400 + "{}" + "}" * 400])
def test_deep_nesting_is_an_error_not_a_crash(nested: str) -> None:
    try:
        compile_schema(nested, path="s.json")
    except GrammarError as error:
        assert error.message


def test_the_file_is_read_with_care(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such schema file"):
        constraint_for(Target(schema=tmp_path / "none.json"))
    with pytest.raises(GrammarError, match="is a directory"):
        constraint_for(Target(schema=tmp_path))
    file = tmp_path / "s.json"
    file.write_bytes(b"")
    with pytest.raises(GrammarError, match="is empty"):
        constraint_for(Target(schema=file))
    file.write_bytes(b'{"title": "\xff"}')
    with pytest.raises(GrammarError, match="byte 0xff at offset 11"):
        constraint_for(Target(schema=file))
    with pytest.raises(GrammarError, match="larger than"):
        constraint_for(Target(schema=Path("/dev/zero")))


def test_both_profiles_carry_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    file.write_text('{"type": "object", "properties": {"a": {"type": "integer"}}}')
    tight, loose = (
        constraint_for(Target(schema=file), profile=profile) for profile in ("generate", "accept")
    )
    assert tight.name == loose.name == "schema:person.json"
    assert tight.schema == loose.schema == file.read_text()
    assert replay('{"a": 1}', tight) is None
    assert replay('{ "a":1 }', tight) is not None
    assert replay('{ "a":1 }', loose) is None


scalars = st.one_of(
    st.builds(lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size},
              st.integers(-50, 50), st.integers(0, 100)),
    st.builds(lambda low, size: {"type": "string", "minLength": low, "maxLength": low + size},
              st.integers(0, 3), st.integers(0, 4)),
    st.builds(lambda values: {"enum": values},
              st.lists(st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text("abc", max_size=3)),
                       min_size=1, max_size=4, unique_by=repr)),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": ["string", "null"]}),
)  # fmt: skip
schemas = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(
            lambda items, most: {"type": "array", "items": items, "maxItems": most}, inner, st.integers(0, 3)
        ),
        st.builds(
            lambda properties, optional: {
                "type": "object",
                "properties": properties,
                "required": sorted(properties)[: None if not optional else -1],
                "additionalProperties": False,
            },
            st.dictionaries(st.sampled_from(["a", "b", "c d", 'q"']), inner, max_size=3),
            st.booleans(),
        ),
    ),
    max_leaves=6,
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-60, 160), st.text('abé"\\', max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "c d", "z"]), inner, max_size=3),
    ),
    max_leaves=6,
)


def instance(schema: dict[str, Any], draw: Any) -> Any:
    """A value that satisfies ``schema``, with its properties in the schema's order."""
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    kind = schema["type"]
    if kind == "integer":
        return draw(st.integers(schema["minimum"], schema["maximum"]))
    if kind == "string":
        return draw(st.text('abé "', min_size=schema["minLength"], max_size=schema["maxLength"]))
    if kind == "array":
        return [instance(schema["items"], draw) for _ in range(draw(st.integers(0, schema["maxItems"])))]
    if kind == "object":
        kept = {
            k: v for k, v in schema["properties"].items() if k in schema["required"] or draw(st.booleans())
        }
        return {key: instance(part, draw) for key, part in kept.items()}
    if kind == "boolean":
        return draw(st.booleans())
    return None if kind == "null" else draw(st.sampled_from([None, "x"]))


@given(schemas, st.data())
def test_a_valid_instance_is_accepted(schema: dict[str, Any], data: st.DataObject) -> None:
    value = instance(schema, data.draw)
    assert validator(json.dumps(schema)).is_valid(value)
    assert replay(json.dumps(value, ensure_ascii=False), constraint(schema)) is None


@given(schemas, values)
def test_what_the_grammar_accepts_is_valid(schema: dict[str, Any], value: Any) -> None:
    if replay(json.dumps(value, ensure_ascii=False), constraint(schema)) is None:
        assert validator(json.dumps(schema)).is_valid(value)


@given(st.text(max_size=40) | values.map(json.dumps))
def test_any_text_as_a_schema_is_taken_or_refused(text: str) -> None:
    try:
        compile_schema(text, path="s.json")
    except GrammarError as error:
        assert error.message
