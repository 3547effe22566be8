"""Random texts of a grammar, token by token through its masks, from the beginning or on from real code."""

from __future__ import annotations

import random
import shlex
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from maze.decoding.matcher import LIMITS, bits
from maze.decoding.tokenizer import byte_tokenizer
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, LoadOptions, Model

_CLOSING = {b")", b"]", b"}", b">", b";", b";\n", b"\n", b'"', b"'", b"`", b"*/", b"}\n", b" }"}


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
        self._closing = np.array([piece in _CLOSING for piece in tokens.pieces])
        self._usable = np.array([bool(piece) and piece[:1] != b"\xff" for piece in tokens.pieces])
        self._usable[list(tokens.ends)] = False

    def walk(self, seed: int, prefixes: Sequence[bytes] = (), soft: int = 60, hard: int = 500) -> Walk:
        """A text of about ``soft`` tokens, behind a piece of one of ``prefixes`` that is cut at any token."""
        rnd, matcher, text, before = random.Random(seed), self._start.deep_copy(), b"", -1
        if prefixes:
            real = self._tokens.view.tokenize_bytes(rnd.choice(prefixes))
            taken = real[: matcher.try_consume_tokens(real[: rnd.randrange(1, len(real) + 1)])]
            text, before = b"".join(self._tokens.pieces[token] for token in taken), (taken or [-1])[-1]
        mask, length = self._tokens.mask(), rnd.randrange(soft // 3, soft * 2)
        for step in range(hard):
            matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
            if matcher.is_error():
                return Walk(None, f"{matcher.get_error()}: {text[-300:]!r}")
            allowed = bits(mask, self._tokens.size)
            legal = np.flatnonzero(allowed & self._usable)
            if matcher.is_accepting() and (step >= length or not len(legal) or rnd.random() < 0.01):
                return Walk(text)
            if not len(legal):
                return Walk(None, f"nothing may follow {text[-300:]!r}")
            before = self._choose(rnd, allowed, legal, before, closing=step > length)
            assert matcher.consume_token(before), matcher.get_error()
            text += self._tokens.pieces[before]
        return Walk(None)

    def _choose(
        self, rnd: random.Random, allowed: np.ndarray, legal: np.ndarray, before: int, closing: bool
    ) -> int:
        if closing and rnd.random() < 0.9:
            ends = np.flatnonzero(allowed & self._closing)
            if len(ends):
                return int(rnd.choice(ends))
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
