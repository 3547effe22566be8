"""How a prompt is laid out for a model: filling a gap, as a chat, or as a text to continue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from maze.engines import Listener
from maze.engines.llamacpp import chat
from maze.engines.llamacpp.native import Model
from maze.prompt import Prompt

_GAP = ("prefix", "suffix", "middle")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the model reads. ``head`` and ``tail`` are the prefix; what comes has to begin with the tail."""

    tokens: list[int]
    head: bytes
    tail: bytes = b""


def lay_out(model: Model, prompt: Prompt, fim: Mapping[str, int], listener: Listener) -> Layout:
    """The layout of ``prompt`` that ``model`` was made for; ``fim`` are its tokens for filling a gap."""
    begun = prompt.prefix.encode()
    if prompt.suffix and all(part in fim for part in _GAP):
        return Layout(_around_gap(model, prompt, fim), begun)
    if model.chat_template is not None:
        tokens = chat.tokens(model, prompt)
    else:
        listener.detail("the model has no chat template: it continues the task as plain text")
        text = prompt.completion + prompt.prefix
        tokens = model.tokenize(text.encode(), special=False, bos=model.adds_bos)
    return _healed(tokens, begun, model.piece)


def _around_gap(model: Model, prompt: Prompt, fim: Mapping[str, int]) -> list[int]:
    def plain(text: str) -> list[int]:
        return model.tokenize(text.encode(), special=False)

    before = plain(prompt.completion + prompt.prefix)
    tokens = [fim["prefix"], *before, fim["suffix"], *plain(prompt.suffix), fim["middle"]]
    return [*model.tokenize(b"", special=False, bos=True), *tokens] if model.adds_bos else tokens


def _healed(tokens: Sequence[int], begun: bytes, piece: Callable[[int], bytes]) -> Layout:
    """Without the last token of the prefix, whose text the first tokens have to repeat.

    A model has hardly ever seen a text go on within what its tokenizer would have made one token.
    """
    tail = piece(tokens[-1]) if len(tokens) > 1 else b""
    if not tail or not begun.endswith(tail):
        return Layout(list(tokens), begun)
    return Layout(list(tokens[:-1]), begun[: len(begun) - len(tail)], tail)
