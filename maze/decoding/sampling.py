"""Drawing a token that the grammar allows, mostly without computing which ones those are.

The distribution is that of a full mask: after the penalties, of the tokens the grammar allows those that
min-p keeps, of these the top k, of these the top p, heated by the temperature. *Peeling* draws from it for a
fraction of the cost: draw from the likeliest tokens as the model sees them, ask the grammar about the one
that was drawn, and take out what it refuses. Min-p is relative to the likeliest *legal* token, so the leader
is known to be legal before any other token is accepted. Only when too many are refused is the mask computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from maze.errors import EngineError
from maze.request import Sampling

Logits = NDArray[np.float32]
Tokens = NDArray[np.intp]

_REFUSALS = 4  # then the mask costs less than more of them
_RANKED = 8  # tokens asked about one by one for top-k and top-p


class Grammar(Protocol):
    """What the sampler asks of a matcher."""

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next."""

    def take(self, token: int) -> bool:
        """Move over ``token`` if it may come next; an end token does not move it."""

    def legal(self) -> Tokens:
        """All tokens that may come next, in ascending order. Slow."""


class Sampler:
    """Penalties, min-p, top-k, top-p, temperature and a seeded draw.

    ``refused`` counts the draws at which the grammar refused something, ``mask_seconds`` holds the time of
    each mask.
    """

    def __init__(self, sampling: Sampling, seed: int) -> None:
        self.refused = 0
        self.mask_seconds: list[float] = []
        self._temperature = sampling.temperature
        self._margin = np.float32(-math.log(sampling.min_p) if sampling.min_p else math.inf)
        self._top_k, self._top_p = sampling.top_k, sampling.top_p
        self._ranks = sampling.temperature > 0 and (sampling.top_k > 0 or sampling.top_p < 1)
        self._random = np.random.default_rng(seed).random
        penalties = sampling.repetition_penalty, sampling.presence_penalty
        self._penalties = None if penalties == (1, 0) else _Penalties(*penalties)

    def draw(self, logits: Logits, grammar: Grammar | None = None, written: Sequence[int] = ()) -> int:
        """A token drawn from ``logits``, which are left as they were; ``grammar`` has moved over it.

        ``written`` are the tokens so far, drawn or forced, that the penalties are for; it only grows from one
        draw to the next. A token that was refused is not among them.

        Raises ``EngineError`` when the logits are no numbers, or the grammar allows no token at all.
        """
        if self._penalties is None:
            return self._draw(logits, grammar)
        kept = self._penalties.apply(logits, written)
        try:
            return self._draw(logits, grammar)
        finally:
            self._penalties.undo(logits, kept)

    def _draw(self, logits: Logits, grammar: Grammar | None) -> int:
        if grammar is None:
            return self._choose(logits)
        peeled = _Peeled(logits)
        try:
            token = self._peel(logits, grammar, peeled)
        finally:
            peeled.restore()
        self.refused += len(peeled) > 0
        return self._masked(logits, grammar) if token is None else token

    def _peel(self, logits: Logits, grammar: Grammar, peeled: _Peeled) -> int | None:
        """A legal token, None when it takes the mask to find one."""
        while len(peeled) < _REFUSALS:
            leader = _leader(logits)
            if logits[leader] == -np.inf:
                return None
            head = self._head(logits, leader)
            if len(head) == 1:
                if grammar.take(leader):
                    return leader
                peeled.add(leader)
            elif self._ranks:
                if grammar.allows(leader):
                    return self._ranked(logits, head, grammar)
                peeled.add(leader)
            else:
                weights = self._weights(logits[head])
                drawn = self._pick(weights)
                if head[drawn] != leader and not grammar.allows(leader):
                    peeled.add(leader)
                    continue
                while len(peeled) < _REFUSALS:
                    token = int(head[drawn])
                    if grammar.take(token):
                        return token
                    peeled.add(token)
                    if token == leader:
                        break
                    weights[drawn] = 0
                    drawn = self._pick(weights)
        return None

    def _ranked(self, logits: Logits, head: Tokens, grammar: Grammar) -> int | None:
        """A token of the top k and top p of what is legal in ``head``, None if that is much to ask about."""
        if len(head) > _RANKED:
            return None
        legal = np.array([token for token in head if grammar.allows(int(token))])
        token = int(legal[self._choose(logits[legal])])
        return token if grammar.take(token) else None

    def _masked(self, logits: Logits, grammar: Grammar) -> int:
        start = perf_counter()
        legal = grammar.legal()
        self.mask_seconds.append(perf_counter() - start)
        if not len(legal):
            raise EngineError(
                "the grammar allows no token of this model here", hint="another model (maze models list)"
            )
        token = int(legal[self._choose(logits[legal])])
        if not grammar.take(token):
            raise EngineError("the mask and the matcher disagree about a token", hint="report this grammar")
        return token

    def _choose(self, logits: Logits) -> int:
        """An index into ``logits``, all of which are legal."""
        leader = _leader(logits)
        if logits[leader] == -np.inf:
            raise _unusable()
        head = self._head(logits, leader)
        if len(head) == 1:
            return leader
        if self._ranks:
            head = head[self._truncated(logits[head])]
        return int(head[self._pick(self._weights(logits[head]))])

    def _head(self, logits: Logits, leader: int) -> Tokens:
        """The tokens that min-p keeps; at temperature 0 the leader."""
        if self._temperature == 0:
            return np.array([leader])
        kept: Tokens = (logits >= logits[leader] - self._margin).nonzero()[0]
        return kept

    def _truncated(self, logits: Logits) -> Tokens:
        """Indices of the top k, and of these of the top p."""
        order = np.argsort(-logits, kind="stable")
        if self._top_k:
            order = order[: self._top_k]
        if self._top_p < 1:
            share = np.exp((logits[order] - logits[order[0]]).astype(np.float64))
            before = np.cumsum(share) - share
            order = order[before < self._top_p * share.sum()]
        return order

    def _weights(self, logits: Logits) -> NDArray[np.float64]:
        heated = (logits - logits.max()) / np.float32(self._temperature)
        weights: NDArray[np.float64] = np.exp(heated).astype(np.float64)
        return weights

    def _pick(self, weights: NDArray[np.float64]) -> int:
        sums = weights.cumsum()
        drawn = int(sums.searchsorted(self._random() * sums[-1], side="right"))
        return min(drawn, len(sums) - 1)


class _Penalties:
    """The repetition penalty of CTRL (Keskar et al. 2019, section 4.1) and OpenAI's presence penalty."""

    def __init__(self, repetition: float, presence: float) -> None:
        self._repetition, self._presence = np.float32(repetition), np.float32(presence)
        self._known: set[int] = set()
        self._counted = 0
        self._tokens = np.empty(0, np.intp)

    def apply(self, logits: Logits, written: Sequence[int]) -> Logits:
        """Penalise each token of ``written`` once, however often it is there; the values from before."""
        new = written[self._counted :]
        self._counted = len(written)
        if not self._known.issuperset(new):
            self._known.update(new)
            self._tokens = np.fromiter(self._known, np.intp, len(self._known))
        before: Logits = logits[self._tokens]
        after = np.where(before > 0, before / self._repetition, before * self._repetition)
        logits[self._tokens] = after - self._presence
        return before

    def undo(self, logits: Logits, before: Logits) -> None:
        logits[self._tokens] = before


class _Peeled:
    """Logits that are −∞ for the moment."""

    def __init__(self, logits: Logits) -> None:
        self._logits = logits
        self._values: dict[int, np.float32] = {}

    def __len__(self) -> int:
        return len(self._values)

    def add(self, token: int) -> None:
        self._values.setdefault(token, self._logits[token])
        self._logits[token] = -np.inf

    def restore(self) -> None:
        for token, value in self._values.items():
            self._logits[token] = value


def _leader(logits: Logits) -> int:
    leader = int(logits.argmax())  # a NaN counts as the largest
    if not logits[leader] < np.inf:
        raise _unusable()
    return leader


def _unusable() -> EngineError:
    return EngineError(
        "the model computed no usable probabilities (NaN or infinite logits)",
        hint="maze config set engines.llamacpp.flash_attn off, or another model file",
    )
