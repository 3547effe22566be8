"""Requests and answers as OpenAI-compatible servers know them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from maze.engines.remote.presets import Preset
from maze.request import Sampling

if TYPE_CHECKING:
    from maze.grammar import Constraint
    from maze.prompt import Prompt

Endpoint = Literal["chat", "completions"]
PATHS: Mapping[Endpoint, str] = {"chat": "/v1/chat/completions", "completions": "/v1/completions"}
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a server counted."""

    prompt: int = 0
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: more text, why it ended, and the tokens so far, where the server says."""

    text: str
    finish: str | None
    usage: Usage | None


def grammar_text(constraint: Constraint) -> str:
    """``constraint`` as one Lark text in llguidance's dialect.

    It begins with ``%llguidance``, without which a server may take it for GBNF.
    """
    if constraint.kind == "lark":
        return constraint.text
    [grammar] = json.loads(constraint.text)["grammars"]
    if grammar.get("lark_grammar"):
        return "%llguidance {}\n" + str(grammar["lark_grammar"])
    return "%llguidance {}\nstart: %json " + json.dumps(grammar["json_schema"])


def body(preset: Preset, model: str, sampling: Sampling, *, seed: int, max_tokens: int) -> Body:
    """What every streamed request has. Options that are off are not sent: not every server knows all."""
    result: Body = {
        "model": model,
        "max_tokens": max_tokens,  # completions write 16 tokens when nobody says
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if preset.promises:
        result["stream_options"]["continuous_usage_stats"] = True
    if sampling.presence_penalty:
        result["presence_penalty"] = sampling.presence_penalty
    off: dict[str, float] = {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    for name in preset.samples:
        if (value := getattr(sampling, name)) != off[name]:
            result[name] = value
    return result


def asked(preset: Preset, endpoint: Endpoint, prompt: Prompt, begun: str) -> Body:
    """The prompt, to be answered with what follows ``begun``."""
    if endpoint == "completions":
        return {"prompt": prompt.completion + begun}
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages.append({"role": "user", "content": prompt.user})
    result: Body = {"messages": messages}
    if preset.templates:
        # a model that thinks would do so without the grammar
        result["chat_template_kwargs"] = {"enable_thinking": False}
    if begun and preset.prefills:
        messages.append({"role": "assistant", "content": begun})
        if preset.continues:
            result |= {"continue_final_message": True, "add_generation_prompt": False}
    elif begun:
        messages[-1]["content"] += f"\n\nThe answer begins like this; write only what follows:\n{begun}"
    return result


def constrained(field: str, text: str) -> Body:
    """The grammar ``text`` in the request's ``field``."""
    return {field: {"grammar": text} if field == "structured_outputs" else text}


def event(raw: Mapping[str, Any]) -> Event:
    """An event of a stream of either endpoint."""
    choices = raw.get("choices") or [{}]
    choice = choices[0]
    text = choice.get("text")
    if text is None:
        delta = choice.get("delta") or choice.get("message") or {}
        # where a reasoning parser waits for a thought to end, the whole answer comes as one
        text = delta.get("content") or delta.get("reasoning") or delta.get("reasoning_content")
    return Event(text or "", choice.get("finish_reason"), _usage(raw.get("usage")))


def _usage(raw: Mapping[str, Any] | None) -> Usage | None:
    if not raw:
        return None
    cached = (raw.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(raw.get("prompt_tokens") or 0, cached, raw.get("completion_tokens") or 0)
