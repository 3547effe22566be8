"""Trying texts on a grammar: a matcher over bytes, macros and the end, made for searching closings.

Its vocabulary is the 256 bytes, then *macros* (the rests, blanks and words of the lexicon), then what is
never consumed but makes one mask tell more: each word followed by letters that no language reserves. Where
``else`` is legal and ``elseqzx`` is not, ``else`` is a keyword and not a piece of a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maze.decoding.closing.lexicon import Lexicon
from maze.decoding.matcher import Matcher
from maze.decoding.tokenizer import byte_tokenizer
from maze.grammar import Constraint
from maze.text import common_prefix

Path = tuple[int, ...]  # tokens

_BLANKS = tuple(b" " * width for width in (2, 4, 8, 16, 32)) + tuple(b"\t" * width for width in (2, 4, 8))
_UNRESERVED = b"qzx"
_PUNCTUATION = [byte for byte in range(33, 127) if not chr(byte).isalnum() and byte != ord("_")]
_SHORTEST_WORDS = b"0a"
_RANGES = (range(48, 58), range(97, 123), range(65, 91))  # digits, small letters, capitals
_FEW = 10  # legal bytes; with so few every one is worth a try
_LETTERS = sum(1 << byte for byte in range(97, 123))
_BYTES = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class Step:
    """A token worth trying and what it costs; a cost of 1 is that of a byte nobody has asked for."""

    token: int
    cost: float


class Probe:
    """A matcher that can be moved to any continuation of the text it stands after, and back.

    ``suffix`` is what must follow the whole text; it counts in every question about completeness.
    """

    def __init__(self, constraint: Constraint, lexicon: Lexicon, suffix: bytes = b"") -> None:
        rests = dict.fromkeys(lexicon.rests)
        blanks = [blank for blank in _BLANKS if blank not in rests]
        words = [word for word in lexicon.words if word not in rests and word not in _BLANKS]
        macros = [*rests, *blanks, *words]
        self._rests_end = 256 + len(rests)
        self._blanks_end = self._rests_end + len(blanks)
        self._words = len(words)
        self._macros = ((1 << len(macros)) - 1) << 256
        tokenizer = byte_tokenizer([*macros, *(word + _UNRESERVED for word in words)])
        self.texts: list[bytes] = [*(bytes([value]) for value in range(256)), *macros]
        end = tokenizer.eos_token
        self._ending = [*suffix, end]
        self._suffix = suffix
        self._mask = np.zeros((tokenizer.vocab_size + 31) // 32, np.int32)
        self._matcher = Matcher(tokenizer, constraint)
        self._path: Path = ()

    def copy(self) -> Probe:
        """A probe in the same place that moves on its own."""
        twin = Probe.__new__(Probe)
        for name in vars(self):
            setattr(twin, name, getattr(self, name))
        twin._matcher = self._matcher.copy()
        twin._mask = self._mask.copy()
        twin._path = ()
        return twin

    def completes(self, text: bytes = b"") -> bool:
        """Whether the text so far is complete with ``text`` after it (and the suffix)."""
        if not text and not self._suffix:
            return self._matcher.accepting  # a stopped matcher validates nothing, not even the end
        tokens = [*text, *self._ending]
        return self._matcher.allowed(tokens) == len(tokens)

    def legal(self, text: bytes) -> bool:
        """Whether ``text`` may come next."""
        return self._matcher.allowed(list(text)) == len(text)

    def consume(self, text: bytes) -> int:
        """Move on over as much of ``text`` as is legal, for good; the number of bytes that were."""
        return self._matcher.consume(list(text))

    def advance(self, token: int) -> None:
        """Move on over one token, for good."""
        self._matcher.consume([token])

    def retreat(self, count: int) -> None:
        """Take back the last ``count`` bytes consumed."""
        self._matcher.rollback(count)

    def go(self, path: Path) -> None:
        """Stand after the tokens of ``path``, seen from where ``consume`` left off."""
        shared = common_prefix(self._path, path)
        self._matcher.rollback(len(self._path) - shared)
        taken = self._matcher.consume(path[shared:])
        self._path = path[: shared + taken]

    def forced(self) -> bytes:
        """The bytes that must come next."""
        return self._matcher.forced_bytes()

    def mask(self) -> int:
        """What may come next, a bit for each token. Places that differ may still have the same."""
        self._matcher.mask_into(self._mask)
        return int.from_bytes(self._mask.tobytes(), "little")

    def rests(self) -> list[bytes]:
        """The marks, short words and rests of productions that may come next, shortest first."""
        mask = self.mask()
        legal = mask & self._macros & ((1 << self._rests_end) - 1)
        marks = [byte for byte in (*_PUNCTUATION, *_SHORTEST_WORDS) if mask >> byte & 1]
        return [self.texts[token] for token in (*marks, *_set_bits(legal))]

    def steps(self, mask: int, hot: frozenset[int]) -> list[Step]:
        """What is worth trying at a place with ``mask``; bytes in ``hot`` have closed something before."""
        legal = mask & _BYTES
        few = legal.bit_count() <= _FEW
        if legal.bit_count() == 1:
            return [Step(legal.bit_length() - 1, 0.1)]
        steps = [Step(byte, 0.8 if byte in hot else 1.0) for byte in _PUNCTUATION if legal >> byte & 1]
        steps += [Step(byte, 0.9) for byte in (10, 32) if legal >> byte & 1]
        if legal >> 95 & 1:
            steps.append(Step(95, 1.2))
        for letters in _RANGES:
            these = [byte for byte in letters if legal >> byte & 1]
            if few and letters[0] != 48:
                steps += [Step(byte, 0.9) for byte in these]
            elif these:
                steps.append(Step(these[0], 1.0))
                if letters[0] == 48 and len(these) > 1 and legal.bit_count() < 40:
                    steps.append(Step(these[-1], 1.5))
        if few or not steps:
            odd = [byte for byte in _set_bits(legal) if (byte < 32 and byte != 10) or byte > 126]
            steps += [Step(byte, 1.0) for byte in odd[:3]]
        return steps + self._macro_steps(mask)

    def _macro_steps(self, mask: int) -> list[Step]:
        macros = mask & self._macros
        sure = macros & ~(mask >> self._words)  # a word's probe stands as many places behind it
        in_word = (mask & _LETTERS).bit_count() >= 20
        steps = []
        for token in _set_bits(macros):
            text = self.texts[token]
            if token < self._rests_end:
                within = 2.0 if in_word and text[:1].isalnum() else 0.0
                steps.append(Step(token, 0.7 + 0.03 * len(text) + within))
            elif token < self._blanks_end:
                steps.append(Step(token, 1.0))
            else:
                steps.append(Step(token, 0.9 + 0.03 * len(text) if sure >> token & 1 else 3.0))
        return steps

    def is_rest(self, token: int) -> bool:
        """Whether ``token`` is a macro for the rest of a production."""
        return 256 <= token < self._rests_end

    def spell(self, path: Sequence[int]) -> bytes:
        return b"".join([self.texts[token] for token in path])


def _set_bits(bits: int) -> list[int]:
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
