"""A server's errors, in all the shapes they come in, as Maze's."""

from __future__ import annotations

import json
import re
from typing import Any

from maze.engines.remote.server import Server
from maze.errors import EngineError, GrammarError, MazeError, NotEnforcedError

GUIDANCE = "restart the server with --structured-outputs-config.backend guidance"
_LONGEST = 300  # characters of a server's message that are shown
_CONTEXT = re.compile(r"maximum (?:context|model) length (?:is|of) (\d+)")
_COUNT = re.compile(r"(?:requested|has|contains|contains at least|resulted in) (\d+)(?: input)? tokens")


def message_of(body: object) -> str:
    """What went wrong: ``{"error": {"message": …}}``, ``{"error": …}``, ``{"detail": …}`` or text."""
    if isinstance(body, bytes):
        text = body.decode("utf-8", "replace")
        try:
            return message_of(json.loads(text))
        except ValueError:
            return _shortened(text)
    if isinstance(body, dict):
        for name in ("error", "message", "detail"):
            if body.get(name):
                return message_of(body[name])
    return _shortened(body if isinstance(body, str) else json.dumps(body))


def refusal(server: Server, status: int, body: object) -> MazeError:
    """The error for an answer with a ``status`` that is none of success."""
    said = _without_key(message_of(body), server)
    if status in (401, 403):
        return _unauthorized(server)
    if status == 404:
        hint = f"maze config get {server.section}.base_url"
        return _refused(status, f"{server.url} has no such thing: {said}", hint=hint)
    if status == 400 and (limit := _CONTEXT.search(said)):
        count = _COUNT.search(said)
        asked = f"{int(count[1]):,} tokens" if count else "too many tokens"
        return EngineError(
            f"the prompt is {asked} long, the server's context holds {int(limit[1]):,} tokens",
            hint="a shorter prompt, fewer -c files, or a server with a larger --max-model-len",
        )
    if status == 400 and said.startswith("Grammar error"):
        return GrammarError(f"the server refuses the grammar: {said}", hint="maze grammars check FILE")
    if status == 400 and said.startswith("Invalid grammar specification"):
        return NotEnforcedError(
            "the server's backend is xgrammar, which cannot take this grammar", hint=GUIDANCE
        )
    if status == 429:
        return EngineError(f"the server has too many requests: {said}", hint="try again later")
    if status in (502, 503, 504):
        return EngineError(f"the server is not ready ({status}): {said}", hint="try again later")
    if status >= 500:
        return _refused(status, f"the server failed ({status}): {said}", hint="look at the server's log")
    return _refused(status, f"the server refuses the request ({status}): {said}", hint="maze doctor")


def in_stream(server: Server, error: Any) -> MazeError:
    """The error for ``data: {"error": …}`` in an answer that began with success."""
    code = error.get("code") if isinstance(error, dict) else None
    return refusal(server, code if isinstance(code, int) else 500, error)


def _refused(status: int, message: str, *, hint: str) -> EngineError:
    error = EngineError(message, hint=hint)
    error.status = status
    return error


def _unauthorized(server: Server) -> EngineError:
    what = "does not take the API key" if server.key else "wants an API key"
    return EngineError(
        f"{server.url} {what}",
        hint=f"maze config set {server.section}.api_key, or set the variable that "
        f"{server.section}.api_key_env names",
    )


def _without_key(text: str, server: Server) -> str:
    return text.replace(server.key, "…") if server.key else text


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return (text if len(text) <= _LONGEST else text[:_LONGEST] + "…") or "it says nothing"
