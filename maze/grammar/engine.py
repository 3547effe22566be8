"""llguidance as a judge of grammars: what it refuses and what it warns of."""

from __future__ import annotations

from dataclasses import dataclass


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
