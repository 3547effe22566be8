"""What the grammar costs: measures Maze's loop with and without one and writes benchmarks/RESULTS.md.

    python benchmarks/speed.py --model random.gguf [--vocabularies DIR] [--repeats 7] [--only ratio …]

The model is one of benchmarks/random_model.py. Everything that is compared runs alternately in one process;
medians are reported, ratios are medians of the ratios of neighbouring runs. Everything but `start` and `samples` runs in one
thread, whose CPU time counts, so that other processes disturb less. The parts: `ratio` (tokens/s with
and without a grammar), `length` (as the text grows), `vocabulary` (as the vocabulary grows, from the
GGUF files in DIR), `start` (to the first token), `memory` and `samples` (several at a time).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import results
from scripted import Script, Tokenizer, measure

from maze import models, pipeline, prompt, settings
from maze.api import Silent
from maze.decoding import loop
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.sequence import Sequence
from maze.engines.llamacpp import chat, engine
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions
from maze.grammar import Constraint, constraint_for
from maze.request import Sampling, Target

HERE = Path(__file__).parent
SCHEMA = HERE / "texts" / "schema.json"
CALL = {
    "function_name": "read_lines",
    "parameters": [
        {"name": "path", "type": "string", "required": True},
        {"name": "limit", "type": "integer", "required": False},
        {"name": "strip", "type": "boolean", "required": False},
    ],
    "description": "Read the lines of a text file, at most limit of them, without the blanks around each.",
    "return_type": "string",
    "is_async": False,
}
PROMPT = b"Write the code that is asked for, and nothing else.\n" * 4
NANO_TASKS = (
    "add two numbers",
    "the nth fibonacci number",
    "count the vowels in a text",
    "reverse a string",
    "the largest number of a list",
    "whether a number is prime",
    "the greatest common divisor of two numbers",
    "the sum of the squares of a list",
)


def texts() -> dict[str, tuple[Constraint, bytes, bytes]]:
    """The texts to write: their grammar, the text, and what is between two of them in a longer one."""
    found = {}
    for name, between in (("python", b"\n\n"), ("typescript", b"")):
        constraint = constraint_for(Target(language=name), profile="generate")
        found[name] = constraint, (HERE / "texts" / f"{name}.txt").read_bytes(), between
    call = json.dumps(CALL).encode()
    found["json schema"] = constraint_for(Target(schema=SCHEMA), profile="generate"), call, b""
    return found


@contextmanager
def opened(tokenizer: Tokenizer, size: int) -> Iterator[Context]:
    context = Context(tokenizer.model, size, LoadOptions(), Cancellation())
    try:
        yield context
    finally:
        context.close()


def ratio(options: argparse.Namespace) -> list[list[str]]:
    """Tokens a second with the grammar, without it, and their ratio."""
    rows = []
    for path in (options.model, models.NANO_PATH):
        tokenizer = Tokenizer(path)
        read = tokenizer.model.tokenize(PROMPT, special=False)
        with opened(tokenizer, 2048) as context:
            for name, (constraint, text, _) in texts().items():
                # output of a schema is half forced, which leaves little to refuse
                for refusals in (0.0, 0.11) if name != "json schema" else (0.0,):
                    script = Script(tokenizer, constraint, text, refusals)
                    pairs = []
                    for _ in range(options.repeats):
                        free = measure(context, read, tokenizer, script, None)
                        matcher = Matcher(tokenizer.view, constraint)
                        pairs.append((free, measure(context, read, tokenizer, script, matcher)))
                    rows.append([f"{path.stem}, {name}", *_compared(pairs, len(script.tokens))])
                    print(*rows[-1], sep=" | ", flush=True)
    return rows + nano(options)


def _compared(pairs: list[Any], wanted: int) -> list[str]:
    for _, masked in pairs:
        assert len(masked.run.tokens) == wanted, "the text was not written to its end"
    run = pairs[0][1].run
    free, masked = (median(pair[index].tokens_per_second for pair in pairs) for index in (0, 1))
    shares = (run.refused / wanted, len(run.mask_seconds) / wanted, run.forced / wanted)
    quotient = median(masked.tokens_per_second / free.tokens_per_second for free, masked in pairs)
    return [
        *(f"{100 * share:.0f} %" for share in shares),
        f"{free:,.0f}",
        f"{masked:,.0f}",
        f"{quotient:.3f}",
    ]


def nano(options: argparse.Namespace) -> list[list[str]]:
    """The same for nano, which writes what it will: tokens a second over all prompts and seeds."""
    tokenizer = Tokenizer(models.NANO_PATH)
    rows = []
    with opened(tokenizer, 1024) as context:
        for name in ("python", "typescript"):
            constraint = constraint_for(Target(language=name), profile="generate")
            readings = [
                chat.tokens(tokenizer.model, prompt.Prompt(name, task, "", ""))[0] for task in NANO_TASKS
            ]
            speeds: dict[bool, list[float]] = defaultdict(list)
            counts: dict[str, int] = defaultdict(int)
            for seed in range(options.repeats):
                for masked in (False, True):
                    tokens, seconds = 0, 0.0
                    for reading in readings:
                        matcher = Matcher(tokenizer.view, constraint) if masked else None
                        run, spent = _write(context, reading, tokenizer, matcher, seed)
                        tokens, seconds = tokens + len(run.tokens), seconds + spent
                        if masked:
                            counts["tokens"] += len(run.tokens)
                            counts["refused"] += run.refused
                            counts["masks"] += len(run.mask_seconds)
                            counts["forced"] += run.forced
                    speeds[masked].append(tokens / seconds)
            quotient = median(b / a for a, b in zip(speeds[False], speeds[True], strict=True))
            shares = [
                f"{100 * counts[kind] / counts['tokens']:.0f} %" for kind in ("refused", "masks", "forced")
            ]
            speed = [f"{median(speeds[masked]):,.0f}" for masked in (False, True)]
            rows.append([f"nano, own {name}", *shares, *speed, f"{quotient:.3f}"])
            print(*rows[-1], sep=" | ", flush=True)
    return rows


def _write(
    context: Context, reading: list[int], tokenizer: Tokenizer, matcher: Matcher | None, seed: int
) -> tuple[loop.Run, float]:
    if context.position:
        context.rewind(0)
    context.decode(reading)
    sequence = Sequence(context, reading)
    ends = frozenset(tokenizer.words.eog)
    start = thread_time()
    run = loop.run(sequence, Sampler(Sampling(), seed), matcher, eog=ends, max_tokens=256, output=_Nowhere())
    return run, thread_time() - start


class _Nowhere:
    def write(self, tokens: Any) -> None: ...

    def drop(self, count: int) -> None: ...


def length(options: argparse.Namespace) -> list[list[str]]:
    """Tokens a second over the 100 tokens before the 100th, 1,000th and 4,000th."""
    tokenizer = Tokenizer(options.model)
    constraint, text, between = texts()["python"]
    marks = (100, 1000, 4000)
    script = Script(tokenizer, constraint, between.join([text] * 12), 0.05)
    del script.tokens[marks[-1] :]
    speeds: dict[tuple[bool, int], list[float]] = defaultdict(list)
    with opened(tokenizer, 4400) as context:
        for _ in range(max(1, options.repeats // 3)):
            for masked in (False, True):
                matcher = Matcher(tokenizer.view, constraint) if masked else None
                times = measure(
                    context, tokenizer.model.tokenize(PROMPT, special=False), tokenizer, script, matcher
                ).times
                for mark in marks:
                    speeds[masked, mark].append(99 / (times[mark - 1] - times[mark - 100]))
    rows = []
    for mark in marks:
        free, masked = median(speeds[False, mark]), median(speeds[True, mark])
        quotient = median(b / a for a, b in zip(speeds[False, mark], speeds[True, mark], strict=True))
        rows.append([f"{mark:,}", f"{free:,.0f}", f"{masked:,.0f}", f"{quotient:.3f}"])
        print(*rows[-1], sep=" | ", flush=True)
    return rows


class Still:
    """A model that computes nothing: what is left is the cost of drawing and following."""

    def __init__(self, vocab_size: int) -> None:
        self.position = 0
        self._row = np.random.default_rng(0).normal(0, 2, vocab_size).astype(np.float32)
        self._clean = self._row.copy()

    def decode(self, tokens: Any) -> None:
        self.position += len(tokens)

    def rewind(self, position: int) -> bool:
        self.position = position
        return True

    def logits(self) -> Any:
        np.copyto(self._row, self._clean)
        return self._row


def vocabulary(options: argparse.Namespace) -> list[list[str]]:
    """Microseconds a token beside the model, as the vocabulary grows."""
    files = [models.NANO_PATH, *sorted(options.vocabularies.glob("*.gguf"))]
    rows: list[tuple[int, list[str]]] = []
    for path in files:
        tokenizer = Tokenizer(path, vocab_only=True)
        costs = []
        for constraint, text, _ in texts().values():
            script = Script(tokenizer, constraint, text, 0.05)
            still = Still(tokenizer.model.vocab_size)
            spent: dict[bool, list[float]] = defaultdict(list)
            for _ in range(options.repeats):
                for masked in (False, True):
                    matcher = Matcher(tokenizer.view, constraint) if masked else None
                    measured = measure(still, [5], tokenizer, script, matcher)
                    spent[masked].append(1e6 / measured.tokens_per_second)
            costs += [f"{median(spent[masked]):,.0f}" for masked in (False, True)]
        rows.append(
            (
                tokenizer.model.vocab_size,
                [f"{tokenizer.model.vocab_size:,} ({path.stem.removeprefix('ggml-vocab-')})", *costs],
            )
        )
        print(*rows[-1][1], sep=" | ", flush=True)
    return [row for _, row in sorted(rows)]


START = """
import os, sys, time
from maze.__main__ import main
from maze.cli.live import Watcher

def text(self, piece):
    if piece:
        print(time.monotonic() - float(os.environ["BEGUN"]), file=sys.stderr)
        Watcher.text = lambda self, piece: None

Watcher.text = text
main()
"""


def start(options: argparse.Namespace) -> list[list[str]]:
    """From the start of the command to its first text: 200 tokens of prompt, all caches warm but the prompt's."""
    task = "write a function that reads the lines of a file and returns them " * 15
    command = [sys.executable, "-c", START, "generate", task, "-l", "python", "--model", str(options.model)]
    command += ["--max-tokens", "32", "--json", "--seed", "1", "-q", "--no-prompt-cache"]
    firsts, stages = [], []
    with tempfile.TemporaryDirectory() as cache:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["MAZE_CACHE_DIR"] = cache
        for attempt in range(options.repeats + 1):
            environ["BEGUN"] = str(time.monotonic())
            done = subprocess.run(command, capture_output=True, env=environ, check=True)
            if attempt:  # the first fills the caches
                firsts.append(float(done.stderr))
                stages.append(json.loads(done.stdout)["timings"])
    middle = {
        name: median(stage[name] for stage in stages)
        for name in ("load", "tokenizer", "compile", "prefill", "first_token")
    }
    return [
        ["process start to first text", f"{median(firsts):.2f}", f"{min(firsts):.2f}"],
        *([f"of which {name}", f"{value:.2f}", ""] for name, value in middle.items()),
    ]


def samples(options: argparse.Namespace) -> list[list[str]]:
    """Tokens a second of wall time of eight samples without a grammar, one after the other and together."""
    speeds = defaultdict(list)
    flags = {"generation.model": str(options.model), "generation.max_tokens": 64, "generation.seed": 1}
    chosen = settings.load({}, HERE, flags)
    request = pipeline.request("add two numbers", Target(language="python"), chosen, samples=8)
    planned = pipeline.plan(replace(request, constrained=False), chosen)
    usual = engine._MOST_TOGETHER
    for _ in range(options.repeats):
        for width in (1, usual):
            engine._MOST_TOGETHER = width
            begun = perf_counter()
            found = list(pipeline.generate(planned, chosen, Silent()))
            writing = perf_counter() - begun - found[0].timings.load - found[0].timings.prefill
            speeds[width].append(sum(one.tokens.generated for one in found) / writing)
    return [[f"{width} at a time", f"{median(found):,.0f}"] for width, found in speeds.items()]


MEMORY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
if sys.argv[1] == "bare":
    from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions, Model
    model = Model(Path(sys.argv[2]), LoadOptions(n_gpu_layers=0), Cancellation())
    context = Context(model, 1024, LoadOptions(), Cancellation())
    for _ in range(200):
        context.decode([5])
        context.logits()
else:
    import speed
    from scripted import Script, Tokenizer, measure
    tokenizer = speed.Tokenizer(Path(sys.argv[2]))
    constraint, text, _ = speed.texts()["python"]
    script = Script(tokenizer, constraint, text, 0.1)
    with speed.opened(tokenizer, 1024) as context:
        measure(context, [5], tokenizer, script, speed.Matcher(tokenizer.view, constraint))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(*(int(status[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon")))
"""


def memory(options: argparse.Namespace) -> list[list[str]]:
    """Memory of a constrained run, and of llama.cpp alone with the same model and context. Linux only."""
    found = {}
    for kind in ("constrained", "bare"):
        command = [sys.executable, "-c", MEMORY, kind, str(options.model), str(HERE)]
        done = [subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split() for _ in range(3)]
        found[kind] = [median(map(float, column)) for column in zip(*done, strict=True)]
    more = [ours - bare for ours, bare in zip(found["constrained"], found["bare"], strict=True)]
    return [
        ["constrained run", *(f"{size:,.0f}" for size in found["constrained"])],
        ["model, context and llama-cpp-python alone", *(f"{size:,.0f}" for size in found["bare"])],
        ["Maze", *(f"{size:,.0f}" for size in more)],
    ]


PARTS: dict[str, Callable[[argparse.Namespace], list[list[str]]]] = {
    "ratio": ratio,
    "length": length,
    "vocabulary": vocabulary,
    "start": start,
    "memory": memory,
    "samples": samples,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--vocabularies", type=Path)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    for part in options.only:
        if part != "vocabulary" or options.vocabularies:
            results.write(part, PARTS[part](options))


if __name__ == "__main__":
    main()
