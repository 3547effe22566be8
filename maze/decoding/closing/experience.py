"""What earlier closings of a grammar were put together from, to put the next ones together."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

_HEAD = 16  # bytes at the start of a closing within which it may be cut
_MOST_JOINTS = 200
_MOST_LEARNED = 64
_LONGEST_LEARNED = 48


class Experience:
    """What earlier closings were put together from; shared by all closers of one grammar."""

    def __init__(self, fillers: Sequence[bytes]) -> None:
        self._fillers = fillers
        self._uses: dict[bytes, int] = {}
        self._lock = Lock()  # samples that are written together learn at the same time
        self.joints: frozenset[int] = frozenset()  # lengths of tails at which closings were put together
        self._order()

    def learn(self, found: bytes, known: bytes) -> None:
        """``found`` closes a place, ``known`` the one before it."""
        with self._lock:
            self._learn(found, known)

    def _learn(self, found: bytes, known: bytes) -> None:
        longest = min(len(known), len(found))
        tail = next((size for size in range(longest, 0, -1) if found.endswith(known[-size:])), 0)
        if len(found) > _HEAD and len(self.joints) < _MOST_JOINTS:
            self.joints |= {tail or len(found)}
        # the same may be needed where nothing of the last closing is left, so both are worth knowing
        for text in {found[: len(found) - tail], found}:
            if text and len(text) <= _LONGEST_LEARNED:
                self._uses[text] = self._uses.get(text, 0) + 1
        self._order()

    def cuts(self, closing: bytes) -> list[int]:
        """Where a closing may be cut: within its head, and where it was put together."""
        size = len(closing)
        cuts = set(range(min(size, _HEAD)))
        if size > _HEAD:
            cuts |= {size - tail for tail in self.joints if tail < size}
        return sorted(cuts)

    def _order(self) -> None:
        self.hot = frozenset(
            byte for text in self._uses for byte in text if byte < 128 and not chr(byte).isalnum()
        )
        most_used = sorted(self._uses, key=lambda text: (-self._uses[text], len(text)))[:_MOST_LEARNED]
        self.texts = [*self._fillers, b"", *sorted(most_used, key=len)]
