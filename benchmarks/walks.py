"""Random texts of a grammar, token by token through its masks, from the beginning or on from real code."""

from __future__ import annotations

import random
import shlex
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from maze.decoding.matcher import LIMITS, bits
from maze.decoding.tokenizer import byte_tokenizer
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, LoadOptions, Model

# what ends a text, with how much it is to be preferred; and what ends a string or comment
_ENDS = {
    10: (")", "]", "}", ">", "}\n"),
    6: (";", ";\n", ":"),
    3: ("\n", " {", "{", ","),
    2: (" x", " pass", " else", "else", " =", "=", " =>", "->", "()", "("),
    1: ("x", "1", "!", "except", "finally", " class", " in", " is", ".", '"', "'", "`", "\n\n"),
}
_QUOTES = ('"', "'", "`", "*/", "\n", '"""', "'''", "-->")
_ODD = ("@", "~", "#", "?", "$")  # all of these are legal: inside of a string or comment


@dataclass
class Share:
    """So many of so many, and those that are not."""

    good: int = 0
    total: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, good: bool, name: str) -> None:
        self.total += 1
        self.good += good
        if not good:
            self.failed.append(name)

    def __str__(self) -> str:
        percent = 100 * self.good / self.total if self.total else 0.0
        return f"{self.good} of {self.total} ({percent:.2f} %)"


class Tokens:
    """A tokenizer: llguidance's view of it and the bytes of each token."""

    def __init__(self, path: str | None) -> None:
        if path is None:
            self.view: LLTokenizer = byte_tokenizer()
            self.pieces = [bytes([value]) for value in range(256)] + [b"\xff<end>"]
            self.ends = {256}
        else:
            model = Model(Path(path), LoadOptions(vocab_only=True), Cancellation())
            words = vocabulary.read(model, Path(path).read_bytes())
            self.view, self.pieces, self.ends = (
                vocabulary.tokenizer(model, words),
                words.pieces,
                set(words.eog),
            )
        self.size = len(self.pieces)

    def matcher(self, text: str, limits: LLParserLimits = LIMITS) -> LLMatcher:
        matcher = LLMatcher(self.view, text, log_level=0, limits=limits)
        assert not matcher.is_error(), matcher.get_error()
        return matcher

    def mask(self) -> np.ndarray:
        return np.zeros((self.size + 31) // 32, np.int32)


@dataclass
class Walk:
    """``text`` is finished unless there is a ``fault``: a dead end or a limit of llguidance; both may be empty."""

    text: bytes | None
    fault: str = ""


class Walker:
    """Draws tokens as real code has them, then whatever tends to end the text."""

    def __init__(self, tokens: Tokens, grammar: str, samples: Sequence[Path]) -> None:
        self._tokens, self._start = tokens, tokens.matcher(grammar)
        self._follow: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for path in samples:
            before = -1
            for token in tokens.view.tokenize_bytes(path.read_bytes()):
                self._follow[before][token] += 1
                before = token
        self._words = sum(self._follow.values(), Counter())
        self._ends = {token: weight for weight, ends in _ENDS.items() for token in self._those(ends)}
        self._quotes, self._odd = self._those(_QUOTES), self._those(_ODD)
        self._usable = np.array([bool(piece) and piece[:1] != b"\xff" for piece in tokens.pieces])
        self._usable[list(tokens.ends)] = False

    def _those(self, words: Iterable[str]) -> list[int]:
        known = {word.encode() for word in words}
        return [token for token, piece in enumerate(self._tokens.pieces) if piece in known]

    def walk(self, seed: int, prefixes: Sequence[bytes] = (), length: int = 60) -> Walk:
        """A text of about ``length`` tokens, behind a piece of one of ``prefixes`` that is cut at any token."""
        rnd, matcher, text, before = random.Random(seed), self._start.deep_copy(), b"", -1
        if prefixes:
            real = self._tokens.view.tokenize_bytes(rnd.choice(prefixes))
            taken = real[: matcher.try_consume_tokens(real[: rnd.randrange(1, len(real) + 1)])]
            text, before = b"".join(self._tokens.pieces[token] for token in taken), (taken or [-1])[-1]
        mask = self._tokens.mask()
        for _ in range(rnd.randrange(length // 3, length * 2)):
            matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
            if matcher.is_error():
                return Walk(None, f"{matcher.get_error()}: {text[-300:]!r}")
            allowed = bits(mask, self._tokens.size)
            legal = np.flatnonzero(allowed & self._usable)
            if matcher.is_accepting() and (not len(legal) or rnd.random() < 0.01):
                return Walk(text)
            if not len(legal):
                return Walk(None, f"nothing may follow {text[-300:]!r}")
            before = self._choose(rnd, allowed, legal, before)
            assert matcher.consume_token(before), matcher.get_error()
            text += self._tokens.pieces[before]
        end = self._end(rnd, matcher)
        return Walk(None if end is None else text + end)

    def _choose(self, rnd: random.Random, allowed: np.ndarray, legal: np.ndarray, before: int) -> int:
        if rnd.random() < 0.85:
            usual = [
                (token, n)
                for token, n in self._follow[before].items()
                if allowed[token] and self._usable[token]
            ]
            if usual:
                names, weights = zip(*usual, strict=True)
                return int(rnd.choices(names, weights)[0])
        return int(rnd.choice(legal))

    def _end(self, rnd: random.Random, matcher: LLMatcher, tries: int = 60, most: int = 60) -> bytes | None:
        """What completes the text, found by many short random dives; None if none does."""
        words, counts = zip(*self._words.items(), strict=True)
        for _ in range(tries):
            copy, text = matcher.deep_copy(), b""
            for _ in range(most):
                if copy.is_accepting():
                    return text
                choices = chain(self._closers(rnd, copy), rnd.choices(words, counts, k=99))
                token = next((choice for choice in choices if copy.validate_tokens([choice])), None)
                if token is None or not copy.consume_token(token):
                    break
                text += self._tokens.pieces[token]
        return None

    def _closers(self, rnd: random.Random, matcher: LLMatcher) -> list[int]:
        if all(matcher.validate_tokens([odd]) for odd in self._odd):
            return rnd.sample(self._quotes, len(self._quotes))
        return sorted(self._ends, key=lambda token: rnd.random() ** (1 / self._ends[token]), reverse=True)


def judge(command: str, paths: Sequence[Path]) -> dict[str, str]:
    """What the official parser says of each file: empty when it accepts, else its message."""
    listing = "".join(f"{path}\n" for path in paths)
    done = subprocess.run(shlex.split(command), input=listing, capture_output=True, text=True, check=False)
    verdicts = {}
    for line in done.stdout.splitlines():
        verdict, path, *message = line.split("\t", 2)
        verdicts[path] = "" if verdict == "OK" else (message or ["refused"])[0]
    missing = [path for path in paths if str(path) not in verdicts]
    if missing:
        raise SystemExit(f"the judge says nothing of {len(missing)} files: {done.stderr.strip()[:400]}")
    return verdicts


def sound(
    walk: Callable[[int], Walk], count: int, folder: Path, suffix: str, command: str
) -> tuple[Share, Share]:
    """(what the official parser takes of ``count`` finished walks, how many walks met no dead end)"""
    finished: list[Path] = []
    alive, begun = Share(), 0
    while len(finished) < count and begun < 5 * count:
        found = walk(begun)
        begun += 1
        alive.add(not found.fault, found.fault)
        if found.text is not None:
            finished.append(folder / f"w{begun:05}{suffix}")
            finished[-1].write_bytes(found.text)
    taken = Share()
    for path, message in _judged(command, finished):
        taken.add(not message, f"{message}: {path.read_text('utf-8', 'replace')[-600:]!r}")
    return taken, alive


def _judged(command: str, paths: Sequence[Path]) -> Iterable[tuple[Path, str]]:
    return [(Path(path), message) for path, message in judge(command, paths).items()] if paths else []
