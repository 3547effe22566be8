"""Measure how well the grammars agree with the official parsers, and publish it in grammars/SCORES.md.

    python benchmarks/scores.py --data DIR --judges DIR --tokenizer FILE.gguf [-l LANG …] [-n 200] [--walks 500]

DIR of the data holds a folder per language as benchmarks/conformance.py reads it, and maybe SOURCES.csv; DIR of
the judges a program `check_<language>` for each. Versions and formatters are those on PATH (languages.toml).

The figures are kept in scores.json, one language after the other, and a language whose grammar and samples have
not changed since is not measured again: a run that was cut off, or that --minutes ended, goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from maze import languages
from maze.grammar import constraint_for
from maze.request import Target

HERE = Path(__file__).parent
KEPT = HERE / "scores.json"
PUBLISHED = languages.grammars_dir() / "SCORES.md"
TOOLS: dict[str, dict[str, str]] = tomllib.loads((HERE / "languages.toml").read_text("utf-8"))
HEAD = """# Scores

How the grammars agree with the languages' own parsers. Written by `benchmarks/scores.py`; nothing here is edited.

Accepted and refused: the profile `accept` on real files, real functions, the negative tests of compilers, and
functions with one token deleted, doubled, replaced or moved, or with their end cut off. Written: functions that the
profile `generate` would write as they are. Walks: random tokens through the masks of `generate`, what the official
parser takes of those that ended. Masks: along real functions, with the vocabulary of the model named; the times are
those of a machine with {cores} cores that did nothing else, the items those of llguidance's Earley parser.

"""


def command(lang: str, options: argparse.Namespace) -> list[str]:
    """The measurement of one language, by its sample sizes."""
    found = [sys.executable, str(HERE / "conformance.py"), "--json", "--lang", lang]
    found += ["--data", str(options.data / lang), "--judge", str(options.judges / f"check_{lang}")]
    found += ["--tokenizer", str(options.tokenizer), "-n", str(options.n)]
    found += ["--walks", str(options.walks), "--from-prefixes", str(options.walks)]
    if "lang_version" in TOOLS[lang]:
        found += ["--lang-version", TOOLS[lang]["lang_version"]]
    formatter = TOOLS[lang].get("formatter")
    if formatter and shutil.which(shlex.split(formatter)[0]):
        found += ["--formatter", formatter]
    return found


def measure(lang: str, options: argparse.Namespace) -> dict[str, Any]:
    done = subprocess.run(command(lang, options), stdout=subprocess.PIPE, text=True, check=True)
    report = json.loads(done.stdout)
    for share in report.values():
        if isinstance(share, dict):
            share.pop("failed", None)  # names of files, and texts
    return report | {
        "measured": str(datetime.date.today()),
        "busy": os.getloadavg()[0] > (os.cpu_count() or 1) + 0.5,
        "basis": basis(lang, options),
        "llguidance": version("llguidance"),
        "tokenizer": options.tokenizer.stem,
        "judge": f"{TOOLS[lang]['judge']} ({said(TOOLS[lang]['version'])})",
        "sources": sources(lang, options.data),
    }


def basis(lang: str, options: argparse.Namespace) -> list[Any]:
    """What the figures depend on that is expected to change."""
    target = Target(language=lang, version=TOOLS[lang].get("lang_version"))
    profiles = (constraint_for(target, profile=name).sha256 for name in ("accept", "generate"))
    return [*profiles, version("llguidance"), options.tokenizer.stem, options.n, options.walks]


def said(question: str) -> str:
    """The first line that a command prints, as versions are told."""
    if not shutil.which(shlex.split(question)[0]):
        return "version unknown"
    done = subprocess.run(shlex.split(question), capture_output=True, text=True, check=False)
    lines = [] if done.returncode else (done.stdout + done.stderr).splitlines()
    return next(iter(lines), "version unknown")


def sources(lang: str, data: Path) -> list[str]:
    """The projects that the files come from, those with most files first."""
    if not (data / "SOURCES.csv").is_file():
        return []
    found: Counter[str] = Counter()
    with (data / "SOURCES.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["lang"] == lang:
                found[row["source"]] += int(row["files"])
    return [source for source, _ in found.most_common()]


def published(kept: dict[str, dict[str, Any]]) -> str:
    """SCORES.md: a column for each language, then where the figures come from."""

    def share(name: str) -> list[str]:
        found = (report.get(name) or {"total": 0} for report in kept.values())
        return [
            f"{100 * one['good'] / one['total']:.2f} % of {one['total']}" if one["total"] else "–"
            for one in found
        ]

    def faults(report: dict[str, Any]) -> str:
        runs = [report[name] for name in ("sound: alive", "sound on: alive") if name in report]
        return f"{sum(run['total'] - run['good'] for run in runs)} of {sum(run['total'] for run in runs)}"

    def masks(report: dict[str, Any]) -> str:
        if report.get("busy", True):
            return "–"  # of a machine with other work to do, times say nothing
        return f"{report['mask p50 µs'] / 1000:.2f} / {report['mask p99 µs'] / 1000:.2f}"

    rows = {
        "real files accepted": share("valid"),
        "real functions accepted": share("function"),
        "negative tests refused": share("invalid"),
        "functions with one edit refused": share("mutant"),
        "functions written as they are": share("generated"),
        "functions written as the formatter has them": share("formatted"),
        "walks that parse, from nothing": share("sound"),
        "walks that parse, on from real code": share("sound on"),
        "walks in a dead end": [faults(report) for report in kept.values()],
        "mask p50 / p99, ms": [masks(report) for report in kept.values()],
        "worst mask, items": [f"{report['worst items'] or 'too many':,}" for report in kept.values()],
        "measured": [report["measured"] for report in kept.values()],
    }
    titles = [languages.get(lang).title for lang in kept]
    table = [["", *titles], ["---"] * (len(titles) + 1), *([name, *cells] for name, cells in rows.items())]
    text = "".join(f"| {' | '.join(row)} |\n" for row in table)
    for title, report in zip(titles, kept.values(), strict=True):
        text += f"\n**{title}**: judged by {report['judge']}; vocabulary {report['tokenizer']},"
        text += f" llguidance {report['llguidance']}. "
        text += f"Sources: {', '.join(report['sources']) or 'not named'}.\n"
    return HEAD.format(cores=os.cpu_count()) + text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judges", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("-l", "--lang", action="append", choices=list(TOOLS))
    parser.add_argument("-n", type=int, default=200, help="files of each kind")
    parser.add_argument("--walks", type=int, default=500, help="from nothing, and as many from real code")
    parser.add_argument("--full", action="store_true", help="all files, 1,000 and 1,000 walks")
    parser.add_argument("--minutes", type=float, default=60, help="begin no language after so long")
    parser.add_argument("--force", action="store_true", help="measure again what has not changed")
    options = parser.parse_args()
    if options.full:
        options.n, options.walks = 1_000_000, 1_000
    end = time.monotonic() + 60 * options.minutes
    kept: dict[str, dict[str, Any]] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    for lang in options.lang or TOOLS:
        known = kept.get(lang, {}).get("basis") == basis(lang, options) and not options.force
        if known or not (options.data / lang).is_dir() or time.monotonic() > end:
            continue
        kept[lang] = measure(lang, options)
        kept = dict(sorted(kept.items()))
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"{lang}: {kept[lang]['seconds']:.0f} s", flush=True)
    PUBLISHED.write_text(published(kept), "utf-8")


if __name__ == "__main__":
    main()
