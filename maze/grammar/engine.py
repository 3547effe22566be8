"""llguidance as a judge of grammars: what it refuses and what it warns of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maze.errors import GrammarError
from maze.text import Place


@dataclass(frozen=True, slots=True)
class Judgement:
    """What llguidance says about a grammar: its error or, when it takes the grammar, its warnings."""

    error: str | None
    warnings: tuple[str, ...] = ()


def validate(text: str) -> Judgement:
    """Have llguidance build ``text`` and ask it for the first mask.

    The limits of ``maze.decoding.matcher`` bound the time: what gets through them builds in under a second.
    """
    from llguidance import LLMatcher

    from maze.decoding.matcher import LIMITS
    from maze.decoding.tokenizer import byte_tokenizer

    matcher = LLMatcher(byte_tokenizer(), text, log_level=0, limits=LIMITS)
    if not matcher.is_error():
        # some limits, and that no text fits, show only when the first byte is asked for
        matcher.compute_bitmask()
    if not matcher.is_error():
        return Judgement(None, tuple(matcher.get_grammar_warnings()))
    error = str(matcher.get_error())
    return Judgement("no text fits it" if error.startswith("NoExtension") else error)


def refusal(message: str, compiled: str, source: str, path: str) -> GrammarError:
    """llguidance's error about ``compiled`` as one about ``source``, with the place there if it can be found.

    llguidance says ``at LINE(COLUMN): reason`` and then shows lines of the compiled text.
    """
    from maze.decoding.matcher import grammar_error
    from maze.grammar.regex import regex_reason

    found = re.match(r"(?:at )?(\d+)\((\d+)\): (?s:(.*))", message)
    if not found:
        return grammar_error(message)
    line, column, reason = int(found[1]), int(found[2]), found[3]
    if quoted := re.match(r'invalid regex "(.*)" \(in regex\)', reason):
        reason = f"invalid regex: {regex_reason(reason)}"
    else:
        reason = reason.split("\n", 1)[0]
    if compiled == source:
        offset = sum(len(text) for text in source.splitlines(keepends=True)[: line - 1]) + column - 1
        if unknown_name := re.match(r'unknown name: "(\w+)"', reason):
            offset = source.find(unknown_name[1], offset)
        return GrammarError(reason, place=Place.at(path, source, offset))
    place = None
    names = re.findall(r"^[?!]?(\w+)[^\n:]*:", "\n".join(compiled.split("\n")[:line]), re.M)
    for pattern in ([re.escape(f"/{quoted[1]}/")] if quoted else []) + [
        rf"^[?!]?{name}\b" for name in names[-1:]
    ]:
        if spot := re.search(pattern, source, re.M):
            place = Place.at(path, source, spot.start())
            break
    return GrammarError(reason, hint=f"maze grammars check {path}", place=place)
