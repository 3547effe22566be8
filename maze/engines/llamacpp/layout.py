"""How a prompt is laid out for a model: filling a gap, as a chat, or as a text to continue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from maze.engines import Listener
from maze.engines.llamacpp import chat
from maze.engines.llamacpp.native import Model
from maze.prompt import Prompt
from maze.text import common_prefix

_GAP = ("prefix", "suffix", "middle")
_FEW = 32  # tokens; fewer are read with the task


@dataclass(frozen=True, slots=True)
class Layout:
    """What the model reads. ``head`` and ``tail`` are the prefix; what comes has to begin with the tail.

    The first ``shared`` tokens do not depend on the task: other requests begin with them, too.
    """

    tokens: list[int]
    head: bytes
    tail: bytes = b""
    shared: int = 0


def lay_out(model: Model, prompt: Prompt, fim: Mapping[str, int], listener: Listener) -> Layout:
    """The layout of ``prompt`` that ``model`` was made for; ``fim`` are its tokens for filling a gap."""
    begun = prompt.prefix.encode()
    if prompt.suffix and all(part in fim for part in _GAP):
        tokens, before_task = _around_gap(model, prompt, fim)
        return Layout(tokens, begun, shared=_shared(tokens, before_task))
    if model.chat_template is not None:
        tokens, before_task = chat.tokens(model, prompt)
    else:
        listener.detail("the model has no chat template: it continues the task as plain text")
        text = prompt.completion + prompt.prefix
        tokens = model.tokenize(text.encode(), special=False, bos=model.adds_bos)
        before_task = model.tokenize(prompt.completion_files.encode(), special=False, bos=model.adds_bos)
    return _healed(tokens, begun, _shared(tokens, before_task), model.piece)


def _around_gap(model: Model, prompt: Prompt, fim: Mapping[str, int]) -> tuple[list[int], list[int]]:
    def plain(text: str) -> list[int]:
        return model.tokenize(text.encode(), special=False)

    begin = [*model.tokenize(b"", special=False, bos=model.adds_bos), fim["prefix"]]
    before = plain(prompt.completion + prompt.prefix)
    tokens = [*begin, *before, fim["suffix"], *plain(prompt.suffix), fim["middle"]]
    return tokens, begin + plain(prompt.completion_files)


def _shared(tokens: Sequence[int], before_task: Sequence[int]) -> int:
    """How many tokens stand before the task, whatever it is: the last one may depend on how that begins."""
    count = min(common_prefix(tokens, before_task), len(before_task) - 1, len(tokens) - 2)
    return count if count >= _FEW else 0


def _healed(tokens: Sequence[int], begun: bytes, shared: int, piece: Callable[[int], bytes]) -> Layout:
    """Without the last token of the prefix, whose text the first tokens have to repeat.

    A model has hardly ever seen a text go on within what its tokenizer would have made one token.
    """
    tail = piece(tokens[-1]) if len(tokens) > 1 else b""
    if not tail or not begun.endswith(tail):
        return Layout(list(tokens), begun, shared=shared)
    return Layout(list(tokens[:-1]), begun[: len(begun) - len(tail)], tail, shared)
