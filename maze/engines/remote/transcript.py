"""The text of one sample as it comes from a server, followed by the local matcher."""

from __future__ import annotations

import codecs
from bisect import bisect_left

from maze.decoding.matcher import Matcher
from maze.engines import Listener

_decoder = codecs.getincrementaldecoder("utf-8")
_FENCE = "```"


class Transcript:
    """What a grammar allows of a text, and the tokens it took. Without a ``matcher`` all is allowed.

    ``text`` begins with ``begun``. Once ``refused`` is not empty, nothing more is taken.
    """

    def __init__(self, matcher: Matcher | None, begun: bytes, listener: Listener) -> None:
        self.text = begun
        self.refused = b""
        self._matcher = matcher
        self._listener = listener
        self._decoder = _decoder("replace")
        self._ends, self._tokens = [len(begun)], [0]  # where the text was, after how many tokens
        self._show(begun)

    @property
    def tokens(self) -> int:
        """How many tokens the text has."""
        return self._tokens[-1]

    @property
    def accepting(self) -> bool:
        """The grammar may end here."""
        return self._matcher is None or (self._matcher.accepting and not self.refused)

    def write(self, text: str, tokens: int) -> None:
        """``text`` comes; with it there are ``tokens`` in all."""
        data = text.encode("utf-8", "replace")
        taken = self._matcher.consume(list(data)) if self._matcher else len(data)
        self.refused = data[taken:]
        self.text += data[:taken]
        self._ends.append(len(self.text))
        self._tokens.append(max(tokens, self.tokens))
        self._show(data[:taken])

    def tokens_at(self, at: int) -> int:
        """How many tokens the first ``at`` bytes have, rounded up."""
        return self._tokens[bisect_left(self._ends, at)]

    def retry(self) -> None:
        """Forget what was refused, to go on from the last point that the grammar allows."""
        self.refused = b""
        # of a character that was cut, nothing can be sent back
        whole = len(self.text.decode("utf-8", "ignore").encode())
        self._drop(len(self.text) - whole)

    def end(self, keep: int, closing: bytes) -> None:
        """Cut the text to ``keep`` bytes and write ``closing``."""
        shown = len(_decoder("replace").decode(self.text))
        self._decoder = _decoder("replace")
        kept = len(self._decoder.decode(self.text[:keep]))
        if shown > kept:
            self._listener.drop(shown - kept)
        self.text = self.text[:keep] + closing
        self._show(closing)

    def _drop(self, count: int) -> None:
        if count:
            assert self._matcher is not None
            self._matcher.rollback(count)
            self.text = self.text[:-count]
            self._decoder = _decoder("replace")

    def _show(self, data: bytes) -> None:
        if text := self._decoder.decode(data):
            self._listener.text(text)


class Unfenced:
    """Takes the Markdown fence off an answer: chat models write one whatever they are told."""

    def __init__(self) -> None:
        self.ended = False
        self._begun = self._fenced = False
        self._held = ""

    def feed(self, text: str) -> str:
        """What of the answer so far is surely code and was not returned yet."""
        self._held += text
        if not self._begun and not self._begin():
            return ""
        if not self._fenced:
            return self._release(len(self._held))
        if (end := self._held.find(f"\n{_FENCE}")) >= 0:
            self.ended = True
            return self._release(end + 1)
        partial = next((size for size in (3, 2, 1) if self._held.endswith(f"\n{_FENCE}"[:size])), 0)
        return self._release(len(self._held) - partial)

    def rest(self) -> str:
        """What was held back, when nothing more comes."""
        return "" if self.ended else self._release(len(self._held))

    def _begin(self) -> bool:
        head = self._held.lstrip()
        if head.startswith(_FENCE):
            _, line_end, rest = head.partition("\n")
            if line_end:
                self._begun = self._fenced = True
                self._held = rest
        elif not _FENCE.startswith(head):
            self._begun = True
        return self._begun

    def _release(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        return text
