"""Replaying a text through its grammar: the proof that it parses, or the first byte where it cannot."""

from __future__ import annotations

import functools
import re
from itertools import accumulate

from maze.decoding.matcher import Matcher
from maze.decoding.tokenizer import byte_tokenizer
from maze.errors import GrammarError
from maze.grammar import Constraint
from maze.text import Place, printable
from maze.verify.expected import expected_at, indentation_at
from maze.verify.report import Failure

_CHUNK = 4096  # tokens handed to the matcher at once
# A matcher spends more time on a token than on the bytes in it: a long text is judged by a vocabulary of
# its own words. A line end is always by itself.
_WORD = re.compile(rb"[^\n\w]{0,16}\w{1,48}|[^\n\w]{1,48}|\n")
_LONG = 2_000  # bytes of a text for which a vocabulary pays
_BACK = 1_000  # bytes of a line that are judged again one by one, to find what is wrong with it


def replay(text: str, constraint: Constraint, *, path: str = "<text>") -> Failure | None:
    """None when ``constraint`` accepts all of ``text``, else the first place where it cannot go on."""
    data = text.encode("utf-8", "surrogatepass")
    words = _WORD.findall(data) if len(data) > _LONG else []
    names = {word: 256 + index for index, word in enumerate(dict.fromkeys(words))}
    tokens = [names[word] for word in words] or list(data)
    ends = list(accumulate(map(len, words))) or list(range(1, len(data) + 1))  # of each token, in the text
    matcher = Matcher(byte_tokenizer(tuple(names)), constraint) if names else _fresh(constraint).copy()
    done = 0
    try:
        while done < len(tokens):
            chunk = tokens[done : done + _CHUNK]
            taken = matcher.consume(chunk)
            done += taken
            if taken < len(chunk):
                return _unexpected(data, ends, done, matcher, constraint, path)
        if matcher.accepting:
            return None
        return Failure(
            "unexpected end of file" if data else "the text is empty",
            Place.at_byte(path, data, len(data)),
            expected_at(matcher, data, constraint),
        )
    except GrammarError as error:
        # a limit was met: what was not judged is not valid
        return Failure(
            f"cannot be judged: {error.message}", Place.at_byte(path, data, ends[done - 1] if done else 0)
        )


@functools.lru_cache(maxsize=8)
def _fresh(constraint: Constraint) -> Matcher:
    """A matcher of single bytes: building one takes longer than following a text of usual length."""
    return Matcher(byte_tokenizer(), constraint)


def _unexpected(
    data: bytes, ends: list[int], done: int, matcher: Matcher, constraint: Constraint, path: str
) -> Failure:
    """Why ``matcher``, after ``done`` tokens, takes no more of ``data``."""
    start, offset = _byte_by_byte(data, ends, done, matcher)
    within = next((back for back in range(min(offset, 3) + 1) if data[offset - back] & 0xC0 != 0x80), 0)
    matcher.rollback(within)  # to the start of the character
    offset -= within
    place = Place.at_byte(path, data, offset)
    line_start = data.rfind(b"\n", 0, offset) + 1
    line_end = data.find(b"\n", offset)
    line = data[line_start : line_end if line_end >= 0 else len(data)]
    width = len(line) - len(line.lstrip(b" \t"))
    in_margin = start <= line_start and line_start + width >= offset and line.strip()
    if in_margin and (choices := indentation_at(matcher, line, offset - line_start)):
        at = Place(path, place.line, width + 1, place.source_line)
        return Failure("unexpected indentation" if width else "missing indentation", at, (choices,))
    expected = expected_at(matcher, data[:offset], constraint)
    return Failure(f"unexpected {_found(data, offset)}", place, expected)


def _byte_by_byte(data: bytes, ends: list[int], done: int, matcher: Matcher) -> tuple[int, int]:
    """(from where, up to where) ``matcher`` has taken ``data`` as single bytes: the line that it refuses."""
    first, offset = done, ends[done - 1] if done else 0
    line_start = max(data.rfind(b"\n", 0, offset) + 1, offset - _BACK)
    while first and ends[first - 1] > line_start:
        first -= 1
    start = ends[first - 1] if first else 0
    matcher.rollback(done - first)
    return start, start + matcher.consume(list(data[start : ends[done]]))


def _found(data: bytes, offset: int) -> str:
    """What stands at ``offset``: a word, a character or its name."""
    text = data[offset : offset + 80].decode("utf-8", "replace")
    if text[0] == "\N{REPLACEMENT CHARACTER}":
        return f"byte {data[offset]:#04x}"
    names = {"\n": "end of line", "\r": "carriage return", "\t": "tab", " ": "blank"}
    names |= {"\f": "form feed", "\x00": "NUL character", "\ufeff": "byte order mark"}
    if text[0] in names:
        return names[text[0]]
    length = next((at for at, char in enumerate(text) if not (char.isalnum() or char == "_")), len(text))
    if not text[0].isprintable():
        return f"character U+{ord(text[0]):04X}"
    found = printable(text[: max(1, length)])
    return f'"{found}"' if found != '"' else f"'{found}'"
