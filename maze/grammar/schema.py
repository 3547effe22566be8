"""JSON Schema: is it JSON, is it a schema, can all of it be enforced, and does an instance satisfy it.

What llguidance would ignore is refused, never skipped: a model must not be trusted with the rest.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from maze import cache
from maze.errors import GrammarError, did_you_mean
from maze.grammar.constraint import Constraint, Profile, read_source
from maze.grammar.engine import validate
from maze.grammar.pointer import Path, key_offset, pointer, value_offset
from maze.grammar.regex import regex_reason
from maze.text import Place

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Json = Any  # what json.loads returns


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# a model that may choose its blanks wanders in them; one after ":" and "," reads well
_LAYOUT: Json = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_ANNOTATIONS = _names(
    "$anchor $comment $defs $dynamicAnchor $id $schema $vocabulary default definitions deprecated "
    "description example examples id readOnly title writeOnly"
)
# names that change what is valid, but not in JSON Schema: OpenAPI's and llguidance's own
_FOREIGN = {
    "nullable": 'write "type": ["…", "null"]',
    "discriminator": "write anyOf with a const in each branch",
    "x-guidance": "remove it: Maze sets llguidance's options itself",
}
# where schemas stand in a schema
_ONE = _names(
    "additionalItems additionalProperties contains contentSchema else if items not propertyNames "
    "then unevaluatedItems unevaluatedProperties"
)
_MANY = _names("allOf anyOf oneOf prefixItems items")
_NAMED = _names("$defs definitions dependentSchemas dependencies patternProperties properties")
_PROBES = 2_000  # subschemas tried to find the one that is not supported


def schema_constraint(path: FilePath, *, profile: Profile = "generate") -> Constraint:
    """The constraint that the text is JSON and satisfies the schema in the file ``path``.

    llguidance writes properties in the schema's order, which no one else has to: the ``accept`` profile
    is any JSON, and ``maze.verify`` has the jsonschema library judge the instance.

    Raises ``UsageError`` when there is no such file, ``GrammarError`` with the path in the schema otherwise.
    """
    text = read_source(path, "schema")
    name = f"schema:{path.name}"
    compiled = compile_schema(text, path=str(path))
    if profile == "accept":
        from maze.grammar.library import language_constraint

        any_json = language_constraint("json", profile="accept").text
        return Constraint(name, "lark", any_json, profile, language="json", schema=text)
    return Constraint(name, "json_schema", compiled, profile, language="json", schema=text)


@functools.lru_cache(maxsize=4)
def compile_schema(text: str, *, path: str) -> str:
    """The schema ``text`` as an llguidance grammar; raises ``GrammarError`` when it cannot be enforced."""
    # one that was refused is judged again, for the path in its message
    key = cache.digest(text, version("llguidance"), version("jsonschema"))
    return cache.cached("schemas", key, lambda: _compile(text, path).encode()).decode()


def _compile(text: str, path: str) -> str:
    from llguidance import LLMatcher

    source = _Source(text, path)
    schema = _parse(source)
    try:
        _check_valid(schema, source)
        _check_keywords(schema, source)
    except RecursionError:
        raise source.error((), "the schema is nested too deeply", "use $defs and $ref") from None
    compiled = str(LLMatcher.grammar_from_json_schema("{}" if schema is True else text, overrides=_LAYOUT))
    if message := validate(compiled).error:
        raise _unsupported(source, message)
    return compiled


@functools.lru_cache(maxsize=4)
def validator(text: str) -> Validator:
    """The jsonschema validator of the draft that the schema ``text`` names; it never fetches anything."""
    from jsonschema.validators import extend
    from referencing import Registry

    schema = parse_json(text)
    draft = _draft(schema)
    assert draft is not None, "the schema was compiled before"
    # numbers are read as decimals, so that 0.07 is a multiple of 0.01
    types = draft.TYPE_CHECKER.redefine("integer", _is_integer)
    judge: type[Validator] = extend(draft, type_checker=types)  # type: ignore[no-untyped-call]
    return judge(schema, registry=Registry(), format_checker=draft.FORMAT_CHECKER)


def parse_json(text: str) -> Json:
    """``text`` by RFC 8259, with exact decimals; raises ``ValueError`` or ``RecursionError``."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_integer(_: object, value: object) -> bool:
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


class _Source:
    """The schema's text, for errors with a place in it."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path

    def error(self, at: Path, message: str, hint: str | None, *, key: bool = False) -> GrammarError:
        offset = (key_offset if key else value_offset)(self.text, at)
        place = Place.at(self.path, self.text, offset)
        return GrammarError(f"at {pointer(at)}: {message}", hint=hint, place=place)


def _parse(source: _Source) -> Json:
    """The schema as an object, or True for the schema that takes everything."""
    try:
        schema = parse_json(source.text)
    except json.JSONDecodeError as error:
        raise GrammarError(
            f"the schema is not JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            hint=f"maze check {source.path} -l json",
            place=Place.at(source.path, source.text, error.pos),
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise GrammarError(f"cannot use the schema {source.path}: {reason}") from None
    if schema is False:
        raise source.error(
            (), "no text satisfies the schema false", 'write a schema, such as {"type": "object"}'
        )
    if not isinstance(schema, dict | bool):
        shown = json.dumps(schema, default=str)[:40]
        raise source.error(
            (), f"a schema is an object, not {shown}", 'write {"type": "object", "properties": {…}}'
        )
    return schema


def _draft(schema: Json) -> type[Validator] | None:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    if not isinstance(schema, Mapping) or "$schema" not in schema:
        return Draft202012Validator
    none: Any = None  # jsonschema's stubs know no default but a validator
    found: type[Validator] | None = validator_for({"$schema": schema["$schema"]}, default=none)
    return found


def _check_valid(schema: Json, source: _Source) -> None:
    """Refuse what the metaschema of the schema's draft refuses."""
    from jsonschema.exceptions import best_match

    uri = schema.get("$schema") if isinstance(schema, dict) else None
    draft = _draft(schema) if uri is None or isinstance(uri, str) else None
    if draft is None:
        hint = "https://json-schema.org/draft/2020-12/schema"
        raise source.error(["$schema"], f"unknown schema language {uri!r}", hint)
    error = best_match(draft(draft.META_SCHEMA).iter_errors(schema))
    if error is not None:
        raise source.error(list(error.absolute_path), *_explain(error))


def _explain(error: ValidationError) -> tuple[str, str | None]:
    path = list(error.absolute_path)
    while path and isinstance(path[-1], int):
        path.pop()
    if path and path[-1] == "type" and isinstance(error.instance, str):
        near = did_you_mean(error.instance, _TYPES)
        return f"{error.instance!r} is not a JSON type", near or f"the types are {', '.join(_TYPES)}"
    return error.message if len(error.message) <= 200 else error.message[:200] + "…", None


def _check_keywords(schema: Json, source: _Source) -> None:
    """Refuse what llguidance takes without a word and would not enforce or could not verify."""
    draft = _draft(schema)
    assert draft is not None
    known = frozenset(draft.VALIDATORS) | _ANNOTATIONS | _ONE | _MANY | _NAMED
    for path, part in _subschemas(schema):
        for keyword, value in part.items():
            at = [*path, keyword]
            if keyword in _FOREIGN:
                raise source.error(at, f"{keyword!r} is not JSON Schema", _FOREIGN[keyword], key=True)
            if keyword not in known and (near := _near(keyword, known)):
                raise source.error(at, f"unknown keyword {keyword!r}", f"did you mean {near!r}?", key=True)
            if keyword == "$ref" and isinstance(value, str) and re.match(r"\w+:", value):
                raise source.error(
                    at, f"{value!r} is another document", "copy it into $defs: Maze fetches nothing"
                )
            if keyword == "pattern":
                _check_pattern(value, at, source)
            if keyword == "patternProperties":
                for pattern in value:
                    _check_pattern(pattern, [*at, pattern], source)


def _near(keyword: str, known: frozenset[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(keyword, sorted(known), n=1, cutoff=0.85)), None)


def _check_pattern(pattern: str, at: Path, source: _Source) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        what = f"Python's re, which verifies the pattern, does not take it: {error.msg}"
        raise source.error(at, what, "use what Rust's regex and Python's re share") from None


def _subschemas(schema: Json) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every schema object in ``schema`` with its path, outermost first."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while pending:
        here, part = pending.pop()
        if not isinstance(part, dict):
            continue
        yield here, part
        for keyword, value in reversed(part.items()):
            if keyword in _NAMED and isinstance(value, dict):
                pending += [((*here, keyword, name), inner) for name, inner in reversed(value.items())]
            elif keyword in _MANY and isinstance(value, list):
                pending += [
                    ((*here, keyword, index), inner) for index, inner in reversed(list(enumerate(value)))
                ]
            elif keyword in _ONE:
                pending.append(((*here, keyword), value))


def _unsupported(source: _Source, message: str) -> GrammarError:
    """llguidance's refusal with the path in the schema, which it does not tell."""
    schema = json.loads(source.text)
    path, part = _innermost(schema, message)
    hint: str | None = None
    if found := re.fullmatch(r"Unimplemented keys: \[(.*)\]", message.strip()):
        keywords = re.findall(r'"([^"]+)"', found[1])
        names = ", ".join(repr(keyword) for keyword in keywords)
        hint = "remove it: what cannot be enforced is refused, not ignored"
        return source.error(
            [*path, keywords[0]],
            f"{names} {'is' if len(keywords) == 1 else 'are'} not supported",
            hint,
            key=True,
        )
    if message.startswith("oneOf"):
        what = "'oneOf' with branches that may overlap is not supported"
        return source.error([*path, "oneOf"], what, "use anyOf", key=True)
    if "regex parse error" in message:
        message = f"invalid pattern: {regex_reason(message)}"
        hint = "the syntax is that of Rust's regex"
    elif message.startswith(("Pointer", "Resource")):
        message, hint = f"$ref: {message}", "define it under $defs"
    elif message.startswith("Unknown format"):
        hint = "use pattern instead"
    first = message.strip().split("\n", 1)[0]
    words = set(re.findall(r"[$\w]+", first))
    keyword = next((key for key in part if key in words), None)
    at = path if keyword is None else [*path, keyword]
    return source.error(at, first[:1].lower() + first[1:], hint, key=True)


def _innermost(schema: dict[str, Any], message: str) -> tuple[Path, dict[str, Any]]:
    """The deepest subschema that llguidance refuses with the same message on its own, and its path."""
    from llguidance import LLMatcher

    shared = {key: schema[key] for key in ("$schema", "$defs", "definitions") if key in schema}
    best: tuple[Path, dict[str, Any]] = ((), schema)
    for path, part in itertools.islice(_subschemas(schema), _PROBES):
        if path and path[: len(best[0])] == best[0]:
            alone = str(LLMatcher.grammar_from_json_schema(json.dumps(shared | part), overrides=_LAYOUT))
            if validate(alone).error == message:
                best = (path, part)
    return best
