"""How well a language's grammar agrees with the official parser.

    python benchmarks/conformance.py --lang go --data DIR --judge check_go [--tokenizer FILE.gguf] [-n 200]
        [--walks 1000] [--from-prefixes 1000] [--formatter 'gofmt -w']

DIR holds folders of files by kind: `valid` and `function` must be accepted, `invalid` and `mutant` must be
refused; other folders are ignored. The judge is the official parser as a command: it reads paths on standard
input and prints a line for each, `OK<tab>path` or `ERR<tab>path<tab>line:col: message`. It judges the random
walks of the generate profile, and with --relabel the files too. Walks begin with nothing or, --from-prefixes,
go on from real code that the generate profile takes, cut at any token. The formatter is a command that rewrites
the files it is given. The tokenizer is any GGUF file, such as a vocabulary-only one.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits

# beside this file
from walks import Share, Tokens, Walker, judge, sound

from maze.decoding.matcher import LIMITS
from maze.grammar import constraint_for
from maze.request import Target

ACCEPTED, REFUSED = ("valid", "function"), ("invalid", "mutant")


def accepts(start: LLMatcher, data: bytes) -> bool:
    """Whether a byte-level matcher takes all of ``data`` and may end there."""
    matcher = start.deep_copy()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


def files(folder: Path, count: int | None) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())[:count] if folder.is_dir() else []


def conformance(start: LLMatcher, data: Path, count: int | None, command: str | None) -> dict[str, Share]:
    """Acceptance of valid and refusal of invalid files; with ``command``, by the parser's verdict."""
    shares: dict[str, Share] = {}
    for kind in (*ACCEPTED, *REFUSED):
        paths = files(data / kind, count)
        verdicts = judge(command, paths) if command and paths else {}
        share = Share()
        for path in paths:
            wanted = not verdicts[str(path)] if verdicts else kind in ACCEPTED
            if wanted == (kind in ACCEPTED):
                share.add(accepts(start, path.read_bytes()) == wanted, path.name)
        if share.total:
            shares[kind] = share
    return shares


def formatted(paths: Sequence[Path], command: str, folder: Path) -> list[Path]:
    """Copies of the files in ``folder``, rewritten by the formatter; those that it refuses stay as they are."""
    copies = [Path(shutil.copy(path, folder)) for path in paths]
    for begin in range(0, len(copies), 50):
        some = [str(path) for path in copies[begin : begin + 50]]
        subprocess.run([*shlex.split(command), *some], capture_output=True, check=False)
    return copies


def taken(start: LLMatcher, paths: Sequence[Path]) -> Share:
    """How many of the files a byte-level matcher accepts."""
    share = Share()
    for path in paths:
        share.add(accepts(start, path.read_bytes()), path.name)
    return share


def costs(tokens: Tokens, grammar: str, samples: Sequence[Path]) -> dict[str, Any]:
    """Mask times in microseconds along real code, and the most Earley items that a mask needed."""
    sequences = [tokens.view.tokenize_bytes(path.read_bytes()) for path in samples]
    start, mask = tokens.matcher(grammar), tokens.mask()
    # one matcher copied for all files: the automata of its lexer are built once, as in a long-lived process
    times = [time for sequence in sequences for time in _along(start.deep_copy(), sequence, mask)]
    p50, p99 = np.percentile(np.array(times or [0.0]) * 1e6, [50, 99])
    return {"mask p50 µs": p50, "mask p99 µs": p99, "worst items": worst_items(tokens, grammar, sequences)}


def worst_items(tokens: Tokens, grammar: str, sequences: Sequence[Sequence[int]]) -> int | None:
    """The most items for one mask along any of the token sequences, up to 5 % too many; None beyond the limit.

    llguidance does not tell, so the limit is raised where it is not enough.
    """

    def start() -> LLMatcher:
        return tokens.matcher(grammar, LLParserLimits(step_max_items=items, verbose_errors=False))

    items, mask = 1_000, tokens.mask()
    matcher = start()
    for sequence in sequences:
        done = 0
        while True:
            copy = matcher.deep_copy()
            copy.try_consume_tokens(sequence[:done])
            done += sum(1 for _ in _along(copy, sequence[done:], mask)) - 1
            if not copy.is_error():
                break
            if items > LIMITS.step_max_items:
                return None
            items = items * 21 // 20
            matcher = start()
    return items


def _along(matcher: LLMatcher, sequence: Sequence[int], mask: np.ndarray) -> Iterator[float]:
    """The processor time of the mask before each token, up to the first that the grammar does not take."""
    for token in sequence:
        start = thread_time()
        matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
        yield thread_time() - start
        if matcher.is_error() or matcher.try_consume_tokens([token]) != 1:
            return


def report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All figures by name."""
    accept, generate = (
        constraint_for(Target(language=options.lang, version=options.lang_version), profile=profile).text
        for profile in ("accept", "generate")
    )
    bytewise, tokens = Tokens(None), Tokens(options.tokenizer)
    loose, tight = bytewise.matcher(accept), bytewise.matcher(generate)
    functions = files(options.data / "function", options.n)
    found: dict[str, Any] = dict(
        conformance(loose, options.data, options.n, options.judge if options.relabel else None)
    )
    found["generated"] = taken(tight, functions)
    if options.formatter:
        functions = formatted(functions, options.formatter, folder)
        found["formatted"] = taken(tight, functions)
    found |= costs(tokens, accept, functions[:40])
    if options.judge and functions:
        found |= soundness(options, Walker(tokens, generate, functions[:100]), tight, functions, folder)
    return found


def soundness(
    options: argparse.Namespace, walker: Walker, tight: LLMatcher, functions: Sequence[Path], folder: Path
) -> dict[str, Share]:
    """Walks from nothing and from the files that the generate profile takes."""
    real = [*functions[:400], *files(options.data / "valid", 200)]
    prefixes = [data for path in real if (data := path.read_bytes()) and accepts(tight, data)]
    found: dict[str, Share] = {}
    for name, count, begin in (("sound", options.walks, ()), ("sound on", options.from_prefixes, prefixes)):
        if count and (begin or name == "sound"):
            walk = partial(walker.walk, prefixes=begin)
            found[name], found[f"{name}: alive"] = sound(
                walk, count, folder, functions[0].suffix, options.judge
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lang", required=True)
    parser.add_argument("--lang-version", help="that of the judge; else as Maze has it by default")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--judge", help="the official parser; without it there are no walks")
    parser.add_argument(
        "--relabel", action="store_true", help="go by the judge's verdict, not the folder's name"
    )
    parser.add_argument(
        "--formatter", help="rewrites files, e.g. 'black -q'; functions are judged after it too"
    )
    parser.add_argument("--tokenizer", help="a GGUF file for walks and mask times; bytes without it")
    parser.add_argument("-n", type=int, help="files of each kind, all without it")
    parser.add_argument("--walks", type=int, default=1000, help="finished walks from nothing")
    parser.add_argument("--from-prefixes", type=int, default=0, help="finished walks from real code")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", type=int, default=5, help="failures to name")
    options = parser.parse_args()

    start = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = report(options, Path(folder))
    found["seconds"] = perf_counter() - start
    if options.json:
        shown = {name: asdict(value) if isinstance(value, Share) else value for name, value in found.items()}
        print(json.dumps(shown, default=float))
        return
    for name, value in found.items():
        print(f"{name:<15} {value:.1f}" if isinstance(value, float) else f"{name:<15} {value}")
        for failure in value.failed[: options.show] if isinstance(value, Share) else ():
            print(f"    {failure}")


if __name__ == "__main__":
    sys.exit(main())
