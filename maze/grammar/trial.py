"""What shows only when a grammar runs: terminals that swallow each other, and what a mask costs."""

from __future__ import annotations

import random
import re
import time
from functools import cache
from itertools import product
from string import ascii_lowercase, punctuation

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from maze.decoding.matcher import LIMITS
from maze.decoding.tokenizer import byte_tokenizer

REMOTE_ITEMS = 50_000  # parser items for a mask, where a remote server stops; it cannot be changed there
FEW_ITEMS = 10_000  # several times as many, as a model's vocabulary needs, are still below that
_LEVELS = (FEW_ITEMS, 25_000, REMOTE_ITEMS, 100_000, 250_000)
# what walks are made of
_WORDS = re.findall(
    r"\S+",
    """
    if else for while return function class def import from in is not and or int string float char bool true
    false null None True False self this new const let var public static void struct enum type match case
    break continue name value index count result data list item key text line file code hello world the of to
    be a b c i j k x y z 0 1 2 10 100 3.14 '' "" ... === !== <<= >>= && || -> => += -= ++ -- :: // /* */ ()
    [] {} ()); ()) }); "); ", ": ==
    """,
)
_LAYOUT = (
    "  ",
    "    ",
    "        ",
    "\n",
    "\n\n",
    "\n    ",
    "\n        ",
    "\t",
    "\t\t",
    ";\n",
    "{\n",
    ",\n",
    ")\n",
)


@cache
def _tokenizer() -> tuple[LLTokenizer, tuple[bytes, ...]]:
    words = [*_WORDS, *(f" {word}" for word in [*_WORDS, *punctuation]), *_LAYOUT]
    tokens = tuple(dict.fromkeys(word.encode() for word in words if len(word) > 1))
    return byte_tokenizer(tokens), (*(bytes([byte]) for byte in range(256)), *tokens)


@cache
def _large_tokenizer() -> LLTokenizer:
    """20,000 tokens that code has most of: what a mask costs depends on how many go on from a place."""
    letters = ["".join(three) + "tions" for three in product(ascii_lowercase, repeat=3)]
    pairs = ["".join(pair) for pair in product(punctuation, repeat=2)]
    words = [*_WORDS, *(f" {word}" for word in [*_WORDS, *punctuation, *pairs]), *letters, *pairs, *_LAYOUT]
    words += [char * 32 for char in " \n\t-=*#/"]
    return byte_tokenizer(tuple(dict.fromkeys(word.encode() for word in words if len(word) > 1)))


def accepts(grammar: str, text: str) -> bool:
    """Whether ``text`` is complete by a compiled ``grammar``; False too when that cannot be built."""
    matcher = LLMatcher(byte_tokenizer(), grammar, log_level=0, limits=LIMITS)
    data = text.encode()
    return (
        not matcher.is_error()
        and matcher.try_consume_tokens(list(data)) == len(data)
        and bool(matcher.is_accepting())
    )


def samples(grammar: str, *, count: int = 4) -> list[str]:
    """A few short texts of a compiled grammar; fewer if it hardly has short ones."""
    found: dict[str, None] = {}
    for seed in range(count * 3):
        tokens, ended = _walk(grammar, random.Random(seed), LIMITS, length=6)
        text = b"".join(_tokenizer()[1][token] for token in tokens)
        if ended and text:
            found[text.decode("utf-8", "replace")] = None
        if len(found) == count:
            break
    return list(found)


def swallowed(first: list[str], between: list[str], second: list[str], grammar: str) -> str | None:
    """A text of samples that ``grammar``, their sequence, refuses, if it refuses all of them."""
    texts = [a + glue + b for glue, a, b in product(["", *between], first, second)]
    return None if not texts or any(accepts(grammar, text) for text in texts) else texts[0]


def mask_items(grammar: str, *, seconds: float = 1.0) -> tuple[int, bytes]:
    """(a number of parser items that was enough for the masks along some random texts, where it was needed)

    The masks are those of a vocabulary of 20,000 tokens.
    """
    end = time.monotonic() + seconds
    words = _tokenizer()[1]
    level, where = 0, b""
    for seed in range(8):
        if time.monotonic() > end:
            break
        tokens, _ = _walk(grammar, random.Random(seed), LIMITS, length=60, end=end)
        pieces = [words[token] for token in tokens]
        while level < len(_LEVELS) - 1:
            done = _replay(grammar, pieces, _LEVELS[level], end)
            if done is None:
                break
            level, where = level + 1, b"".join(pieces[:done])
    return _LEVELS[level], where


def _replay(grammar: str, pieces: list[bytes], items: int, end: float) -> int | None:
    """How far a text gets before a mask needs more than ``items``; None if none does."""
    matcher = LLMatcher(_large_tokenizer(), grammar, log_level=0, limits=_limits(items))
    for index, piece in enumerate(pieces):
        matcher.compute_bitmask()
        if matcher.is_error():
            return index
        if matcher.try_consume_tokens(list(piece)) < len(piece) or time.monotonic() > end:
            break
    return None


def _limits(items: int) -> LLParserLimits:
    return LLParserLimits(
        max_items_in_row=LIMITS.max_items_in_row,
        initial_lexer_fuel=LIMITS.initial_lexer_fuel,
        step_lexer_fuel=LIMITS.step_lexer_fuel,
        step_max_items=items,
        max_lexer_states=LIMITS.max_lexer_states,
        max_grammar_size=LIMITS.max_grammar_size,
        verbose_errors=False,
    )


def _walk(
    grammar: str, chance: random.Random, limits: LLParserLimits, *, length: int, end: float | None = None
) -> tuple[list[int], bool]:
    """(tokens of a random text, whether it is complete): about ``length``, then it ends where it can."""
    tokenizer, words = _tokenizer()
    matcher = LLMatcher(tokenizer, grammar, log_level=0, limits=limits)
    tokens: list[int] = []
    for step in range(length * 3):
        mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.flatnonzero(np.unpackbits(mask, count=len(words), bitorder="little")).tolist()
        if matcher.is_error():
            return tokens, False
        if matcher.is_accepting() and (not allowed or step >= chance.randint(0, length)):
            return tokens, True
        if not allowed or (end is not None and time.monotonic() > end):
            return tokens, False
        token = chance.choices(allowed, [_liking(words[token]) for token in allowed])[0]
        matcher.consume_token(token)
        tokens.append(token)
    return tokens, False


@cache
def _liking(word: bytes) -> float:
    """How often a token is drawn: text that people write, not control characters."""
    if len(word) > 1:
        return 1.0
    return (
        0.5
        if word.isalnum() or word in b"_()[]{}\"'\n;"
        else 0.2
        if word.isascii() and 32 <= word[0] < 127
        else 0.002
    )
