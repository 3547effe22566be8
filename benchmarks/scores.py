"""Write grammars/SCORES.md: how well each grammar agrees with its language's official parser.

    python benchmarks/scores.py --data DIR --judges DIR --tokenizer FILE.gguf [--lang L …] [-n 200] [--walks 1000]

DIR of the data holds a folder per language as benchmarks/conformance.py reads it, DIR of the judges a program
`check_<language>` for each. Languages that are not run keep the lines they have.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from maze import languages

SCORES = languages.grammars_dir() / "SCORES.md"
HEAD = """# Scores

How the grammars agree with the official parsers, by `benchmarks/scores.py`. Accepted and refused: the profile
`accept` on real files, real functions, the negative tests of compilers, and functions with one token changed.
Sound: random walks of the profile `generate` that the official parser takes. Masks: microseconds with the
vocabulary named, along real functions, without llguidance's slices; items: Earley items that were enough.

| language | files accepted | functions accepted | negatives refused | mutants refused | walks sound | dead ends | mask p50 | mask p99 | items | measured |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def line(lang: str, report: dict[str, Any], how: str) -> str:
    def share(kind: str) -> str:
        found = report.get(kind)
        if not found or not found["total"]:
            return "–"
        return f"{found['good']}/{found['total']} ({100 * found['good'] / found['total']:.2f} %)"

    numbers = [share(kind) for kind in ("valid", "function", "invalid", "mutant", "sound")]
    masks = [f"{report[name]:,.0f}" for name in ("mask p50 µs", "mask p99 µs")]
    items = f"≤ {report['items at most']:,}" if report["items at most"] else "> 250,000"
    return (
        f"| {lang} | "
        + " | ".join([*numbers, str(report.get("dead ends", "–")), *masks, items, how])
        + " |\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judges", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--lang", action="append")
    parser.add_argument("-n", type=int)
    parser.add_argument("--walks", type=int, default=1000)
    options = parser.parse_args()

    kept = re.findall(r"^\| (\w+) \|.*\n", SCORES.read_text("utf-8"), re.M) if SCORES.exists() else []
    old = SCORES.read_text("utf-8") if SCORES.exists() else ""
    lines = {lang: re.search(rf"^\| {lang} \|.*\n", old, re.M)[0] for lang in kept if lang != "language"}  # type: ignore[index]
    how = f"{datetime.date.today()}, llguidance {version('llguidance')}, {options.tokenizer.stem}"
    for lang in options.lang or languages.names():
        if not (options.data / lang).is_dir():
            continue
        command = [sys.executable, str(Path(__file__).with_name("conformance.py")), "--json", "--lang", lang]
        command += ["--data", str(options.data / lang), "--judge", str(options.judges / f"check_{lang}")]
        command += ["--tokenizer", str(options.tokenizer), "--walks", str(options.walks)]
        command += ["-n", str(options.n)] if options.n else []
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        lines[lang] = line(lang, json.loads(done.stdout), how)
        SCORES.write_text(HEAD + "".join(lines[name] for name in sorted(lines)), "utf-8")
        print(lines[lang], end="")


if __name__ == "__main__":
    main()
