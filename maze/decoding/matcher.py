"""The one wrapper around ``llguidance.LLMatcher``.

llguidance never raises: after an error its matcher silently accepts nothing, and a stopped matcher
validates nothing. Here both become exceptions or explicit states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from numpy.typing import NDArray

from maze.errors import GrammarError

if TYPE_CHECKING:
    from maze.grammar import Constraint

# Set on purpose: they are the defence against a hostile or exploding grammar. Only step_max_items is
# wider than llguidance's default, which the largest vocabularies (262k tokens) meet with six-line grammars.
LIMITS = LLParserLimits(
    max_items_in_row=2_000,
    initial_lexer_fuel=1_000_000,
    step_lexer_fuel=200_000,
    step_max_items=250_000,
    max_lexer_states=250_000,
    max_grammar_size=500_000,
    precompute_large_lexemes=False,  # it doubles the time to build; few texts need all it prepares
    verbose_errors=False,  # the default puts the whole grammar into messages
)


class Matcher:
    """Follows a text token by token and knows what may come next.

    Raises ``GrammarError`` from any method when llguidance cannot take the grammar or gives up on it.
    """

    __slots__ = ("_ends", "_mask", "_matcher", "_size")

    def __init__(self, tokenizer: LLTokenizer, constraint: Constraint) -> None:
        self._matcher = LLMatcher(tokenizer, constraint.text, log_level=0, limits=LIMITS)
        self._raise_on_error()
        self._ends = frozenset(tokenizer.eos_tokens)
        self._size = tokenizer.vocab_size
        self._mask = np.zeros((self._size + 31) // 32, np.int32)

    @property
    def accepting(self) -> bool:
        """The text so far is complete."""
        return bool(self._matcher.is_accepting())

    @property
    def stopped(self) -> bool:
        """Nothing but the end may follow."""
        return bool(self._matcher.is_stopped())

    def consume(self, tokens: Sequence[int]) -> int:
        """Take as many of ``tokens`` as the grammar allows, and say how many those were."""
        taken = int(self._matcher.try_consume_tokens(list(tokens)))
        if taken < len(tokens):
            self._raise_on_error()
        return taken

    def take(self, token: int) -> bool:
        """Move over ``token`` if it may come next; an end token may at a complete text, and moves nothing."""
        if token in self._ends:
            return self.accepting
        return bool(self._matcher.try_consume_tokens([token])) or self._refused()

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next."""
        return self.accepting if token in self._ends else self.allowed([token]) == 1

    def legal(self) -> NDArray[np.intp]:
        """All tokens that may come next, in ascending order. Slow next to asking about a few."""
        self.mask_into(self._mask)
        return np.flatnonzero(bits(self._mask, self._size))

    def allowed(self, tokens: Sequence[int]) -> int:
        """How many of ``tokens`` could be taken; the matcher does not move."""
        return int(self._matcher.validate_tokens(list(tokens)))

    def forced(self) -> list[int]:
        """The tokens that must come next, whatever the model says."""
        return list(self._matcher.compute_ff_tokens())

    def forced_bytes(self) -> bytes:
        """The bytes that must come next, whatever the tokens they are in."""
        return bytes(self._matcher.compute_ff_bytes())

    def mask_into(self, mask: NDArray[np.int32]) -> None:
        """Write which tokens may come next into ``mask``: a bit each, (vocabulary + 31) // 32 words."""
        self._matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
        self._raise_on_error()

    def rollback(self, count: int) -> None:
        """Forget the last ``count`` tokens."""
        if count and not self._matcher.rollback(count):
            self._raise_on_error()

    def copy(self) -> Matcher:
        """A matcher in the same state that moves on its own."""
        twin = type(self).__new__(type(self))
        twin._matcher = self._matcher.deep_copy()
        twin._ends, twin._size, twin._mask = self._ends, self._size, self._mask.copy()
        return twin

    def _refused(self) -> bool:
        self._raise_on_error()
        return False

    def _raise_on_error(self) -> None:
        if self._matcher.is_error():
            raise grammar_error(self._matcher.get_error())


def grammar_error(message: str) -> GrammarError:
    """llguidance's message as ours: without the dump of grammar and tokens that follows the first line."""
    first = message.strip().split("\n", 1)[0]
    if any(
        word in first.lower() for word in ("too many", "limit", "too big", "too complex", "fuel", "max is")
    ):
        return GrammarError(
            f"the grammar is too complex: {first}",
            hint="avoid terminals of a single character that repeat, and deep right recursion",
        )
    return GrammarError(f"the grammar cannot be used: {first}", hint="maze grammars check FILE")


def bits(mask: NDArray[np.int32], size: int) -> NDArray[np.bool_]:
    """``mask`` as ``size`` booleans."""
    unpacked: Any = np.unpackbits(mask.view(np.uint8), count=size, bitorder="little")
    return unpacked.view(np.bool_)  # type: ignore[no-any-return]
