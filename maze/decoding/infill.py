"""A matcher for the text between what was begun and what must follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from llguidance import LLTokenizer
from numpy.typing import NDArray

from maze.decoding.matcher import Matcher
from maze.errors import EngineError
from maze.grammar import Constraint

Data = Callable[[Sequence[int]], bytes]


class Infill(Matcher):
    """Stands after ``head``; the first tokens have to repeat ``tail``, and ``suffix`` must be able to follow.

    ``tail`` is the end of what was begun, where it is not a whole number of tokens for the model: given
    ``return x`` as tokens, a model that wants to write ``xs`` has no way to. So its last token is taken back,
    and whatever begins with its text may be drawn. ``data`` gives the bytes of tokens.

    Raises ``EngineError`` when the tokenizer cannot write ``head``.
    """

    __slots__ = ("_data", "_ended", "_suffix", "_tail")

    def __init__(
        self,
        tokenizer: LLTokenizer,
        constraint: Constraint,
        *,
        head: bytes,
        tail: bytes,
        suffix: bytes,
        data: Data,
    ) -> None:
        super().__init__(tokenizer, constraint)
        begun = tokenizer.tokenize_bytes(head)
        if super().consume(begun) < len(begun) or data(begun) != head:
            raise EngineError("the model's tokenizer cannot follow the prefix", hint="leave --prefix out")
        self._data, self._tail = data, tail
        self._ended: list[int] = []  # the offset, from the head, at which each token taken ends
        self._suffix = [*tokenizer.tokenize_bytes(suffix), tokenizer.eos_token] if suffix else []

    @property
    def accepting(self) -> bool:
        if self._rest():
            return False
        return self.allowed(self._suffix) == len(self._suffix) if self._suffix else super().accepting

    @property
    def stopped(self) -> bool:
        return not self._suffix and not self._rest() and super().stopped

    def consume(self, tokens: Sequence[int]) -> int:
        taken = super().consume(tokens)
        self._note(tokens[:taken])
        return taken

    def take(self, token: int) -> bool:
        if token in self._ends:
            return self.accepting
        if not self._repeats(token) or not super().take(token):
            return False
        self._note([token])
        return True

    def allows(self, token: int) -> bool:
        if token in self._ends:
            return self.accepting
        return self._repeats(token) and super().allows(token)

    def legal(self) -> NDArray[np.intp]:
        found = super().legal()
        if not self._suffix and not self._rest():
            return found
        ends = sorted(self._ends) if self.accepting else []
        kept = [token for token in np.setdiff1d(found, sorted(self._ends)) if self._repeats(token)]
        return np.array(sorted([*kept, *ends]), np.intp)

    def forced(self) -> list[int]:
        # what must come next may be the suffix, and the tail is for the model to write
        return [] if self._rest() or (self._suffix and self.accepting) else super().forced()

    def rollback(self, count: int) -> None:
        super().rollback(count)
        if count:
            del self._ended[-count:]

    def copy(self) -> Infill:
        twin = super().copy()
        assert isinstance(twin, Infill)
        twin._data, twin._tail, twin._suffix = self._data, self._tail, self._suffix
        twin._ended = list(self._ended)
        return twin

    def _rest(self) -> bytes:
        """What is left of the tail."""
        return self._tail[self._ended[-1] :] if self._ended else self._tail

    def _repeats(self, token: int) -> bool:
        """``token`` goes on with what is left of the tail, or as far as it reaches."""
        rest = self._rest()
        if not rest:
            return True
        piece = self._data([token])
        return piece.startswith(rest) or rest.startswith(piece)

    def _note(self, tokens: Sequence[int]) -> None:
        if self._tail:
            sizes = (len(self._data([token])) for token in tokens)
            first = self._ended[-1] if self._ended else 0
            self._ended += list(accumulate(sizes, initial=first))[1:]
