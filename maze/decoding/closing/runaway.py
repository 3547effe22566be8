"""Noticing that a model goes round in circles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_LONGEST_PERIOD = 48  # tokens: some lines of code
_LEAST_TOKENS = 128  # that repeat, so that a table of zeros is not mistaken for a loop
_LEAST_TIMES = 8
_MOST_BLANK = 48  # tokens in a row that write nothing but blanks
_MOST_COMMENT_LINES = 40  # in a row, with no code between them


class Runaway:
    """Watches the tokens of one run; a constant amount of work for each."""

    def __init__(self, line_comment: str | None) -> None:
        self._comment = line_comment.encode() if line_comment else None
        self._recent = np.full(_LONGEST_PERIOD, -1, np.int64)  # the latest token comes first
        self._repeats = np.zeros(_LONGEST_PERIOD, np.int64)  # tokens in a row equal to that so far back
        self._needed = np.maximum(_LEAST_TOKENS, _LEAST_TIMES * np.arange(1, _LONGEST_PERIOD + 1))
        self._blank = self._comments = 0
        self._comment_tokens = 0
        self._line = b""

    def see(self, tokens: Sequence[int], pieces: Sequence[bytes]) -> tuple[str, int] | None:
        """(what went wrong, how many of the last tokens are part of it), or None as long as all is well."""
        for token, piece in zip(tokens, pieces, strict=True):
            found = self._repetition(token) or self._blanks(piece) or self._comment_lines(piece)
            if found:
                return found
        return None

    def _repetition(self, token: int) -> tuple[str, int] | None:
        same = self._recent == token
        self._repeats = (self._repeats + 1) * same
        self._recent[1:] = self._recent[:-1]
        self._recent[0] = token
        if not same.any():
            return None
        over = np.flatnonzero(self._repeats >= self._needed)
        return ("it repeated itself", int(self._repeats[over[0]])) if len(over) else None

    def _blanks(self, piece: bytes) -> tuple[str, int] | None:
        self._blank = self._blank + 1 if not piece.strip() else 0
        return ("it wrote nothing but blanks", self._blank) if self._blank >= _MOST_BLANK else None

    def _comment_lines(self, piece: bytes) -> tuple[str, int] | None:
        if self._comment is None:
            return None
        self._comment_tokens += 1
        self._line += piece
        if b"\n" not in piece:
            return None
        *lines, self._line = self._line.split(b"\n")
        for line in lines:
            if line.strip() and not line.strip().startswith(self._comment):
                self._comments = self._comment_tokens = 0
            elif line.strip():
                self._comments += 1
        if self._comments < _MOST_COMMENT_LINES:
            return None
        return "it wrote nothing but comments", self._comment_tokens
