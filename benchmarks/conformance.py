"""How well a language's grammar agrees with the official parser.

    python benchmarks/conformance.py --lang go --data DIR --judge 'check_go' [--tokenizer FILE.gguf] [-n 200]

DIR holds folders of files by kind: `valid` and `function` must be accepted, `invalid` and `mutant` must be
refused; other folders are ignored. The judge is the official parser as a command: it reads paths on standard
input and prints a line for each, `OK<tab>path` or `ERR<tab>path<tab>line:col: message`. It judges the random
walks of the generate profile, and with --relabel the files too. The tokenizer is any GGUF file, such as a
vocabulary-only one.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from maze.decoding.matcher import LIMITS, bits
from maze.decoding.tokenizer import byte_tokenizer
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.native import Cancellation, LoadOptions, Model
from maze.grammar import constraint_for
from maze.request import Target

ACCEPTED, REFUSED = ("valid", "function"), ("invalid", "mutant")
LEVELS = (5_000, 10_000, 15_000, 25_000, 50_000, 100_000, 250_000)  # Earley items a mask may need


@dataclass
class Share:
    """So many of so many, and the first few that are not."""

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


def accepts(start: LLMatcher, data: bytes) -> bool:
    """Whether a byte-level matcher takes all of ``data`` and may end there."""
    matcher = start.deep_copy()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


def files(folder: Path, count: int | None) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())[:count]


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


def conformance(lang: str, data: Path, count: int | None, command: str | None) -> dict[str, Share]:
    """Acceptance of valid and refusal of invalid files; with ``command``, by the parser's verdict."""
    start = Tokens(None).matcher(constraint_for(Target(language=lang), profile="accept").text)
    shares: dict[str, Share] = {}
    for kind in (*ACCEPTED, *REFUSED):
        if not (data / kind).is_dir():
            continue
        paths = files(data / kind, count)
        verdicts = judge(command, paths) if command else {}
        share = shares[kind] = Share()
        for path in paths:
            wanted = not verdicts[str(path)] if verdicts else kind in ACCEPTED
            if wanted == (kind in ACCEPTED):
                share.add(accepts(start, path.read_bytes()) == wanted, path.name)
    return shares


class Walker:
    """Random texts of the generate profile: tokens as real code has them, then whatever tends to end it."""

    def __init__(self, tokens: Tokens, grammar: str, samples: Sequence[Path]) -> None:
        self._tokens, self._start = tokens, tokens.matcher(grammar)
        self._follow: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for path in samples:
            before = -1
            for token in tokens.view.tokenize_bytes(path.read_bytes()):
                self._follow[before][token] += 1
                before = token
        closing = {b")", b"]", b"}", b">", b";", b";\n", b"\n", b'"', b"'", b"`", b"*/", b"}\n", b" }"}
        self._closing = np.array([piece in closing for piece in tokens.pieces])
        self._usable = np.array([bool(piece) and piece[:1] != b"\xff" for piece in tokens.pieces])
        self._usable[list(tokens.ends)] = False

    def walk(self, seed: int, soft: int = 60, hard: int = 500) -> tuple[bytes | None, bool]:
        """A finished text or None, and whether the walk met a dead end."""
        rnd, matcher, text, before = random.Random(seed), self._start.deep_copy(), b"", -1
        mask = np.zeros((self._tokens.size + 31) // 32, np.int32)
        length = rnd.randrange(soft // 3, soft * 2)
        for step in range(hard):
            matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
            assert not matcher.is_error(), matcher.get_error()
            allowed = bits(mask, self._tokens.size)
            may_end = matcher.is_accepting()
            legal = np.flatnonzero(allowed & self._usable)
            if may_end and (step >= length or not len(legal) or rnd.random() < 0.01):
                return text, False
            if not len(legal):
                return None, True
            before = self._choose(rnd, allowed, legal, before, closing=step > length)
            assert matcher.consume_token(before), matcher.get_error()
            text += self._tokens.pieces[before]
        return None, False

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


def walks(walker: Walker, count: int, suffix: str, command: str) -> dict[str, object]:
    """Walks until ``count`` have finished, and what the official parser says of those."""
    finished: list[bytes] = []
    begun = dead = 0
    while len(finished) < count and begun < 5 * count:
        text, met_dead_end = walker.walk(begun)
        begun, dead = begun + 1, dead + met_dead_end
        finished += [text] if text is not None else []
    sound = Share()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"w{index:05}{suffix}" for index in range(len(finished))]
        for path, text in zip(paths, finished, strict=True):
            path.write_bytes(text)
        for path, message in judge(command, paths).items() if paths else ():
            sound.add(not message, f"{message}: {Path(path).read_text('utf-8', 'replace')[:300]!r}")
    return {"sound": sound, "walks": begun, "dead ends": dead}


def costs(tokens: Tokens, grammar: str, samples: Sequence[Path]) -> dict[str, object]:
    """Mask times in microseconds along real code, and the Earley items that were enough for all masks."""
    mask = np.zeros((tokens.size + 31) // 32, np.int32)
    sequences = [tokens.view.tokenize_bytes(path.read_bytes()) for path in samples]
    for items in LEVELS:
        # one matcher copied for all files: the automata of its lexer are built once, as in a long-lived process
        start = tokens.matcher(grammar, LLParserLimits(step_max_items=items, verbose_errors=False))
        times: list[float] = []
        for sequence in sequences:
            matcher = start.deep_copy()
            times += _along(matcher, sequence, mask)
            if matcher.is_error():
                break
        else:
            p50, p99 = np.percentile(np.array(times or [0.0]) * 1e6, [50, 99])
            return {"mask p50 µs": p50, "mask p99 µs": p99, "items at most": items}
    return {"mask p50 µs": 0.0, "mask p99 µs": 0.0, "items at most": None}


def _along(matcher: LLMatcher, sequence: Sequence[int], mask: np.ndarray) -> Iterator[float]:
    for token in sequence:
        start = perf_counter()
        matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
        yield perf_counter() - start
        if matcher.is_error() or matcher.try_consume_tokens([token]) != 1:
            return


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lang", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--judge", help="the official parser; without it there are no walks")
    parser.add_argument(
        "--relabel", action="store_true", help="go by the judge's verdict, not the folder's name"
    )
    parser.add_argument("--tokenizer", help="a GGUF file for walks and mask times; bytes without it")
    parser.add_argument("-n", type=int, help="files of each kind, all without it")
    parser.add_argument("--walks", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", type=int, default=5, help="failures to name")
    options = parser.parse_args()

    start = perf_counter()
    generate = constraint_for(Target(language=options.lang), profile="generate").text
    report: dict[str, object] = dict(
        conformance(options.lang, options.data, options.n, options.judge if options.relabel else None)
    )
    samples = files(options.data / "function", 100) if (options.data / "function").is_dir() else []
    tokens = Tokens(options.tokenizer)
    report |= costs(
        tokens, constraint_for(Target(language=options.lang), profile="accept").text, samples[:40]
    )
    if options.judge:
        suffix = samples[0].suffix if samples else ""
        report |= walks(Walker(tokens, generate, samples), options.walks, suffix, options.judge)
    report["seconds"] = perf_counter() - start
    if options.json:
        print(
            json.dumps(
                {k: asdict(v) if isinstance(v, Share) else v for k, v in report.items()}, default=float
            )
        )
        return
    for name, value in report.items():
        print(f"{name:<14} {value:.1f}" if isinstance(value, float) else f"{name:<14} {value}")
        for failure in value.failed[: options.show] if isinstance(value, Share) else ():
            print(f"    {failure}")


if __name__ == "__main__":
    sys.exit(main())
