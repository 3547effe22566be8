"""Where a JSON text says what: paths into documents and their places in the text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

Path = Sequence[str | int]

_BLANK = " \t\r\n"


def pointer(path: Path) -> str:
    """``path`` as a JSON pointer fragment, such as ``#/properties/age/type``."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def value_offset(text: str, path: Path) -> int:
    """The offset in ``text``, valid JSON, of the value at ``path``, or of the nearest one around it."""
    offset = _skip(text, 0)
    for step in path:
        inner = next((at for key, at in _children(text, offset) if key == step), None)
        if inner is None:
            break
        offset = inner
    return offset


def key_offset(text: str, path: Path) -> int:
    """The offset in ``text`` of the last key of ``path`` (an array has none: of the value)."""
    outer = value_offset(text, path[:-1])
    if path and isinstance(path[-1], str):
        return next((at for key, at in _children(text, outer, keys=True) if key == path[-1]), outer)
    return value_offset(text, path)


def _children(text: str, offset: int, *, keys: bool = False) -> Iterable[tuple[str | int, int]]:
    """The steps into the object or array at ``offset`` and where their values (or keys) stand."""
    opening = text[offset]
    if opening not in "{[":
        return
    decoder, index = json.JSONDecoder(parse_int=str, parse_float=str), 0
    offset = _skip(text, offset + 1)
    while text[offset] not in "}]":
        start, step = offset, index
        if opening == "{":
            step, offset = scanstring(text, offset + 1)
            offset = _skip(text, _skip(text, offset) + 1)  # past the colon
        yield step, start if keys else offset
        _, offset = decoder.raw_decode(text, offset)
        offset = _skip(text, offset)
        offset = _skip(text, offset + 1) if text[offset] == "," else offset
        index += 1


def _skip(text: str, offset: int) -> int:
    while text[offset] in _BLANK:
        offset += 1
    return offset
