"""Regular expressions in Rust syntax, as llguidance takes them."""

from __future__ import annotations

import re

from maze.errors import GrammarError
from maze.grammar.constraint import Constraint, Profile
from maze.text import Place

_HINTS = {
    "look-around": "spell out what may stand there: llguidance matches without looking ahead or behind",
    "backreference": "repeat the group itself; a grammar with rules (--grammar FILE) may help",
    "unrecognized flag": "named groups are written (?<name>…), flags (?i) (?s) (?x)",
    "unrecognized escape": "escape only punctuation, and write other characters as they are",
}


def regex_constraint(pattern: str, *, profile: Profile = "generate") -> Constraint:
    """The constraint that the whole text matches ``pattern``.

    Raises ``GrammarError`` with the place in the pattern when it is no regular expression that can be
    enforced.
    """
    from llguidance import LLMatcher

    from maze.grammar.engine import validate

    if not pattern:
        raise GrammarError("the regex is empty", hint="--regex '[a-z]+'")
    text = LLMatcher.grammar_from_regex(pattern)
    if message := validate(text).error:
        raise _refusal(pattern, message)
    return Constraint(name="regex", kind="regex", text=text, profile=profile)


def _refusal(pattern: str, message: str) -> GrammarError:
    reason, offset = regex_reason(message), _offset(pattern, message)
    hint = next((hint for key, hint in _HINTS.items() if key in reason), "the syntax is that of Rust's regex")
    place = Place.at("<regex>", pattern, offset) if offset is not None else None
    return GrammarError(f"invalid regex: {reason}", hint=hint, place=place)


def regex_reason(message: str) -> str:
    """Why llguidance refused a regex, without its echo of the pattern."""
    if found := re.search(r"^error: (.+)$", message, re.M):
        return found[1]
    if found := re.search(r"lookarounds not supported yet; (\w+)", message):
        what = "a word boundary" if "Word" in found[1] else "an anchor inside the pattern"
        return f"{what} is look-around, which is not supported"
    first = re.sub(r"^at \d+\(\d+\): ", "", message.split("\n", 1)[0])
    return re.sub(r"^invalid regex .* \(in regex\): ", "", first)[:200]


def _offset(pattern: str, message: str) -> int | None:
    """Where the caret under llguidance's echo points to in ``pattern``, which the echo shows escaped."""
    if found := re.search(r"regex parse error:\n    (.*)\n    ( *)\^", message):
        column = len(found[2])
        for offset, char in enumerate(pattern):
            column -= 2 if char in "\n/" and (offset == 0 or pattern[offset - 1] != "\\") else 1
            if column < 0:
                return offset
        return len(pattern)
    # the parser has no place for these, but the construct can be found
    if "Word" in message and (spot := re.search(r"(?<!\\)(?:\\\\)*(\\[bB])", pattern)):
        return spot.start(1)
    if re.search(r"(Start|End)(LF|CRLF)?\b", message) and (
        spot := re.search(r"(?<=.)[\^$]|[\^$](?=.)", pattern)
    ):
        return spot.start()
    return None
