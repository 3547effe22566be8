"""A model that means to write a given text, at the speed of a real one and refused as often as wanted.

Random weights write noise, which no grammar allows. So a real model computes, and then its logits are edited:
the next token of the text leads, at some places with rivals near it, and at a share of the places behind
a token that the grammar refuses. The time of the editing is known, and taken off.
"""

from __future__ import annotations

from collections.abc import Sequence as Tokens
from dataclasses import dataclass, field
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
from llguidance import LLTokenizer
from numpy.typing import NDArray

from maze.decoding import loop
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.sequence import Model, Sequence
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, LoadOptions
from maze.engines.llamacpp.native import Model as Loaded
from maze.engines.llamacpp.vocabulary import Vocabulary
from maze.request import Sampling

LEAD, REFUSED, RIVAL = 8.0, 9.0, 5.5  # logits above the likeliest token of the real row
CONTESTED = 0.3  # of the tokens have rivals that min-p keeps
UNLIKELY = (b"?", b"$", b"\\", b"\x01", b"}", b")", b"0", b"if")


@dataclass
class Tokenizer:
    """A loaded model, the bytes of its tokens and llguidance's view of them."""

    path: Path
    vocab_only: bool = False
    model: Loaded = field(init=False)
    words: Vocabulary = field(init=False)
    view: LLTokenizer = field(init=False)

    def __post_init__(self) -> None:
        options = LoadOptions(n_gpu_layers=0, vocab_only=self.vocab_only)
        self.model = Loaded(self.path, options, Cancellation())
        self.words = vocabulary.read(self.model, str(self.path.resolve()).encode())
        self.view = vocabulary.tokenizer(self.model, self.words)


class Script:
    """A text as tokens, and for each of them a token that the grammar refuses there, if one is found."""

    def __init__(self, tokenizer: Tokenizer, constraint: Any, text: bytes, refusals: float) -> None:
        self.text = text
        self.tokens = tokenizer.view.tokenize_bytes(text)
        self._view = tokenizer.view
        ends = np.cumsum([len(tokenizer.words.pieces[token]) for token in self.tokens]).tolist()
        self._at = dict(zip([0, *ends], [*self.tokens, tokenizer.words.eog[-1]], strict=True))
        self.refused: dict[int, int] = {}
        self.contested: set[int] = set()
        random = np.random.default_rng(5)
        unlikely = [tokenizer.view.tokenize_bytes(piece)[0] for piece in UNLIKELY]
        matcher = Matcher(tokenizer.view, constraint)
        for offset, token in zip(self._at, self.tokens, strict=False):
            refused = [other for other in unlikely if not matcher.allows(other)]
            if random.random() < refusals and refused:
                self.refused[offset] = refused[0]
            if random.random() < CONTESTED:
                self.contested.add(offset)
            if not matcher.take(token):
                place = text[max(0, offset - 40) : offset + 20]
                raise SystemExit(f"the grammar refuses the benchmark's text at {place!r}")

    def at(self, offset: int) -> int:
        """The token that continues the text from ``offset``."""
        if offset not in self._at:
            self._at[offset] = self._view.tokenize_bytes(self.text[offset : offset + 64])[0]
        return self._at[offset]


class Scripted:
    """``model`` with its logits edited; ``seconds`` is what that took."""

    def __init__(self, model: Model, script: Script, words: Vocabulary) -> None:
        self.seconds = 0.0
        self._model, self._script, self._words = model, script, words
        self._offset = 0
        self._offsets = [0]
        for token in script.tokens:
            self._offsets.append(self._offsets[-1] + len(words.pieces[token]))
        self._read = 0
        self.follows = True  # without a grammar the text may be another, but takes as many tokens

    @property
    def position(self) -> int:
        return self._model.position

    def decode(self, tokens: Tokens[int]) -> None:
        self._read += len(tokens)
        self._offset += sum(len(self._words.pieces[token]) for token in tokens)
        self._model.decode(tokens)

    def rewind(self, position: int) -> bool:
        return self._model.rewind(position)

    def logits(self) -> NDArray[np.float32]:
        row = self._model.logits()
        start = thread_time()
        offset = self._offset if self.follows else self._offsets[min(self._read, len(self._offsets) - 1)]
        top = row.max()
        if offset in self._script.contested:
            row[1000:1003] = top + RIVAL
        if offset in self._script.refused:
            row[self._script.refused[offset]] = top + REFUSED
        row[self._script.at(offset)] = top + LEAD
        self.seconds += thread_time() - start
        return row


@dataclass
class Measured:
    """One run: its tokens, and the seconds from its first token to each, without the editing."""

    run: loop.Run
    times: list[float]

    @property
    def tokens_per_second(self) -> float:
        return len(self.run.tokens) / self.times[-1]


class Clock:
    """The output of a run, which notes when each token came."""

    def __init__(self, model: Scripted) -> None:
        self.times: list[float] = []
        self._model = model
        self._start = thread_time() - model.seconds

    def write(self, tokens: Tokens[int]) -> None:
        now = thread_time() - self._start - self._model.seconds
        self.times += [now] * len(tokens)

    def drop(self, count: int) -> None:
        del self.times[len(self.times) - count :]


def measure(
    model: Model, prompt: Tokens[int], tokenizer: Tokenizer, script: Script, matcher: Matcher | None
) -> Measured:
    """Write ``script`` once after ``prompt``, which is read before the clock starts."""
    if model.position:
        model.rewind(0)
    model.decode(prompt)
    scripted = Scripted(model, script, tokenizer.words)
    scripted.follows = matcher is not None
    sequence = Sequence(scripted, prompt)
    clock = Clock(scripted)
    run = loop.run(
        sequence,
        Sampler(Sampling(), seed=1),
        matcher,
        eog=frozenset(tokenizer.words.eog),
        max_tokens=len(script.tokens),
        output=clock,
    )
    return Measured(run, clock.times)
