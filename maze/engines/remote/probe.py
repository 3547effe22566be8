"""What a server is and what it does with a grammar: asked once, then kept.

Servers ignore fields they do not know and answer 200, so that only an answer shows whether a grammar was
obeyed: one that leaves a random word and nothing else, which no model writes by itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from maze import cache
from maze.engines.remote.connection import Connection
from maze.engines.remote.presets import Preset
from maze.engines.remote.refusals import GUIDANCE
from maze.engines.remote.wire import PATHS, Body, Endpoint, constrained, event
from maze.errors import EngineError, GrammarError, MazeError, ModelError, NotEnforcedError, did_you_mean

_TOKENS = 48  # for the random word, one byte a token at worst


@dataclass(frozen=True, slots=True)
class Ability:
    """What a server does for a model: the ``endpoint`` to use, and the ``fields`` in which it takes grammars.

    ``counts``: it says how many tokens a text has. ``because`` says why there are no fields.
    """

    endpoint: Endpoint
    fields: tuple[str, ...]
    counts: bool
    because: str = ""


def version(connection: Connection) -> str:
    """The version that the server claims, empty where it claims none."""
    found = connection.find("/version")
    return str(found.get("version", "")) if isinstance(found, dict) else ""


def model(connection: Connection, name: str) -> str:
    """The server's model ``name``, or the only one when that is empty. Raises ``ModelError``."""
    found = connection.find("/v1/models")
    names = [str(one["id"]) for one in found["data"]] if isinstance(found, dict) else []
    if name in names or (name and not names):
        return name
    listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "none"
    if not name and len(names) == 1:
        return names[0]
    what = f"has no model {name!r}" if name else f"has {len(names)} models and none was named"
    near = did_you_mean(name, names) if name else None
    raise ModelError(
        f"{connection.server.url} {what}; it has: {listed}",
        hint=near or f"--model {names[0] if names else 'NAME'}",
    )


def ability(
    connection: Connection,
    preset: Preset,
    model: str,
    endpoints: Sequence[Endpoint],
    *,
    demanded: bool,
) -> Ability:
    """What the server does for ``model`` on the first of ``endpoints`` that obeys a grammar.

    Good news is kept; bad news may be mended by a restart, so it is asked for again. Raises
    ``NotEnforcedError`` when that is ``demanded`` and this server does not.
    """
    key = cache.digest(preset.name, connection.server.url, model, version(connection), *endpoints)
    if kept := _unpack(cache.load("servers", key)):
        return kept
    found = _probed(connection, preset, model, endpoints, demanded)
    if found.fields:
        cache.store("servers", key, json.dumps(asdict(found)).encode())
    return found


def _probed(
    connection: Connection, preset: Preset, model: str, endpoints: Sequence[Endpoint], demanded: bool
) -> Ability:
    schema = connection.find("/openapi.json")
    counts = isinstance(schema, dict) and "/tokenize" in (schema.get("paths") or {})
    fields = _fields(preset, schema)
    reasons: list[MazeError] = []
    for endpoint in endpoints if fields else ():
        error = _enforced(connection, preset, endpoint, model, fields)
        if error is None:
            return Ability(endpoint, fields, counts)
        reasons.append(error)
    if demanded:
        raise next((error for error in reasons if isinstance(error, NotEnforcedError)), reasons[0])
    because = str(reasons[0]) if reasons else f"{preset.name} takes no such grammars"
    return Ability(_talking(connection, preset, model, endpoints), (), counts, because)


def _fields(preset: Preset, schema: Any) -> tuple[str, ...]:
    """The fields to send the grammar in: those that the server's own description has, else all."""
    try:
        known = schema["components"]["schemas"]["CompletionRequest"]["properties"]
    except (TypeError, KeyError):
        return preset.fields
    return tuple(field for field in preset.fields if field in known)[:1] or preset.fields


def _enforced(
    connection: Connection, preset: Preset, endpoint: Endpoint, model: str, fields: tuple[str, ...]
) -> MazeError | None:
    """None if the server obeys a grammar on ``endpoint``, else why not."""
    word = f"maze-{secrets.token_hex(4)}"
    # a parametric rule is llguidance's alone: what takes this takes all that Maze writes
    text = f'%llguidance {{}}\nstart: p::0\np::_: "{word}" %if eq(_,0)\n'
    asked = _short(preset, endpoint, model)
    for field in fields:
        asked |= constrained(field, text)
    url = connection.server.url
    try:
        said = event(connection.ask(PATHS[endpoint], asked)).text
    except NotEnforcedError as error:
        return error
    except GrammarError as error:
        return NotEnforcedError(f"{url} has an old llguidance: {error.message}", hint="vLLM 0.12 or newer")
    except EngineError as error:
        if error.status is None:
            raise
        if error.status < 500:
            return error
        return NotEnforcedError(
            f"{url} fails at a grammar: its backend may be locked to another kind ({error.message})",
            hint=GUIDANCE,
        )
    if said == word:
        return None
    if said:
        return _ignored(connection)
    return NotEnforcedError(
        f"{url} answered a grammar with nothing: its engine for grammars fails",
        hint=f"look at the server's log; {GUIDANCE}",
    )


def _ignored(connection: Connection) -> NotEnforcedError:
    return NotEnforcedError(
        f"{connection.server.url} ignores grammars: it wrote something else than the one text allowed",
        hint=f"{GUIDANCE}; vLLM from 0.8.5 on can enforce them",
    )


def _talking(connection: Connection, preset: Preset, model: str, endpoints: Sequence[Endpoint]) -> Endpoint:
    """The first of ``endpoints`` that answers, where none takes a grammar."""
    for endpoint in endpoints[:-1]:
        try:
            connection.ask(PATHS[endpoint], _short(preset, endpoint, model) | {"max_tokens": 1})
        except EngineError as error:
            if error.status is None:
                raise
            continue
        return endpoint
    return endpoints[-1]


def _short(preset: Preset, endpoint: Endpoint, model: str) -> Body:
    result: Body = {"model": model, "max_tokens": _TOKENS, "temperature": 0}
    if endpoint == "completions":
        return result | {"prompt": "x"}
    thinking = {"chat_template_kwargs": {"enable_thinking": False}} if preset.templates else {}
    return result | thinking | {"messages": [{"role": "user", "content": "x"}]}


def _unpack(data: bytes | None) -> Ability | None:
    if data is None:
        return None
    raw = json.loads(data)
    return Ability(**raw | {"fields": tuple(raw["fields"])})
