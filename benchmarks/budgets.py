"""Whatever the token budget, the output is complete: many short runs of nano at a high temperature.

    python benchmarks/budgets.py [--runs 3000] [--judges DIR] [-l LANG …] [--keep DIR]

Each run has a budget of 1 to 256 tokens, small ones more often, and its own seed; every fourth goes on from a
prefix, which is an earlier text cut at any byte. It must end with exit code 0 or 7, and the language's own
parser must accept what had 0: Python's `ast`, else DIR/check_<language>, a program that reads paths on standard input
and prints `OK<tab>path` or `ERR<tab>path<tab>why` for each. --keep saves all texts.
"""

from __future__ import annotations

import argparse
import ast
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import results

# beside this file
from walks import judge

from maze import languages, pipeline, settings
from maze.api import Silent
from maze.errors import MazeError
from maze.request import Target

LANGUAGES = ("python", "typescript", "rust", "go", "zig", "java")
TASKS = (
    "add two numbers",
    "reverse a string",
    "the largest of a list of numbers",
    "a class for a bank account with deposit and withdraw",
    "count the words of a text",
    "is a number prime",
    "a stack with push and pop",
    "fibonacci numbers with a loop",
)


@dataclass
class Tally:
    """What came of the runs in one language; closing in milliseconds."""

    texts: list[str] = field(default_factory=list)
    exits: Counter[str] = field(default_factory=Counter)
    closing: list[float] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def write(lang: str, number: int, prefix: str, tally: Tally) -> None:
    """One run."""
    chance = random.Random(number)
    flags = {
        "generation.model": "nano",
        "generation.temperature": 1.5,
        "generation.max_tokens": round(256 ** chance.random()),
        "generation.seed": number,
    }
    chosen = settings.load({}, Path.cwd(), flags)
    try:
        task, target = chance.choice(TASKS), Target(language=lang)
        planned = pipeline.plan(pipeline.request(task, target, chosen, prefix=prefix), chosen)
        [generation] = pipeline.generate(planned, chosen, Silent())
    except MazeError as error:
        tally.exits[str(int(error.exit_code))] += 1
        tally.odd.append(f"{lang} seed {number} prefix {prefix!r}: {error}")
        return
    if generation.tokens.closing or generation.finish == "closed":
        tally.closing.append(generation.timings.closing * 1e3)
    if generation.error is None:
        tally.exits[generation.finish] += 1
        tally.texts.append(generation.code)
        return
    code = int(generation.error.exit_code)
    tally.exits[str(code)] += 1
    if code != 7 or "shortest text found" not in str(generation.error):
        tally.odd.append(f"{lang} seed {number} prefix {prefix!r}: {generation.error}")


def refused(lang: str, texts: list[str], judges: Path | None, folder: Path) -> list[str] | None:
    """Those of ``texts`` that the language's own parser refuses; None when there is no parser."""
    if lang == "python":
        return [text for text in texts if not _parses(text)]
    command = judges / f"check_{lang}" if judges else None
    if command is None or not command.exists():
        return None
    suffix = languages.get(lang).suffixes[0]
    paths = []
    for index, text in enumerate(texts):
        path = folder / f"{lang}{index}{suffix}"
        path.write_text(text, "utf-8")
        paths.append(path)
    verdicts = judge(str(command), paths)
    return [path.read_text("utf-8") for path in paths if verdicts[str(path)]]


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--judges", type=Path, metavar="DIR")
    parser.add_argument("-l", "--lang", action="append", choices=LANGUAGES)
    parser.add_argument("--keep", type=Path, metavar="DIR")
    options = parser.parse_args()
    langs = options.lang or LANGUAGES
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        for lang in langs:
            tally = Tally()
            for index in range(options.runs // len(langs)):
                number = options.first + index
                chance = random.Random(-number - 1)
                prefix = ""
                if tally.texts and number % 4 == 3:
                    earlier = chance.choice(tally.texts)
                    prefix = earlier[: chance.randrange(len(earlier) + 1)]
                write(lang, number, prefix, tally)
            bad = refused(lang, tally.texts, options.judges, folder)
            rows.append(row(lang, tally, bad))
            print(
                *rows[-1], *tally.odd, *(f"refused: {text!r}" for text in bad or ()), sep="\n  ", flush=True
            )
    results.write("budgets", rows)


def row(lang: str, tally: Tally, bad: list[str] | None) -> list[str]:
    stopped, closed, short = (tally.exits.pop(name, 0) for name in ("stop", "closed", "7"))
    times = np.array(tally.closing or [0.0])
    judged = "-" if bad is None else f"{len(tally.texts) - len(bad):,} of {len(tally.texts):,}"
    return [
        lang,
        f"{stopped + closed + short + sum(tally.exits.values()):,}",
        f"{stopped:,}",
        f"{closed:,}",
        f"{short:,}",
        f"{sum(tally.exits.values()):,}",
        judged,
        *(f"{np.percentile(times, share):.0f}" for share in (50, 95, 99, 100)),
    ]


if __name__ == "__main__":
    main()
