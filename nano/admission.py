"""Which samples may be learned from: those that run, pass their family's tests and that the grammar takes.

    python -m nano admit [--lang go] [--family gcd …] [--renamed]

``--renamed`` runs every template with other names too: what it finds is a local variable or a string that a
renaming destroys. What passed is remembered by the hash of all that was run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from nano import harness
from nano.harness import MARK, WRITERS, Sample

BUILD = Path(__file__).parent / "build"
ADMITTED = BUILD / "admitted.json"

# how a folder of samples is compiled and run; a list of steps
STEPS: dict[str, list[list[str]]] = {
    "python": [[sys.executable, "main.py"]],
    "typescript": [["node", "main.js"]],
    "rust": [
        ["rustc", "--edition", "2021", "-Awarnings", "--error-format", "short", "-o", "run", "main.rs"],
        ["./run"],
    ],
    "go": [["go", "build", "-o", "run", "."], ["./run"]],
    "zig": [["zig", "build-exe", "-fno-emit-h", "--name", "run", "main.zig"], ["./run"]],
    "java": [
        ["javac", "-Xlint:none", "-Xmaxerrs", "1000", "-d", "out", "@files"],
        ["java", "-cp", "out", "Run"],
    ],
}


class ToolMissing(Exception):
    """A compiler that admission needs is not there."""


def tools() -> dict[str, str]:
    """The environment with the places in ``NANO_PATH`` first, and where the typescript package is."""
    env = dict(os.environ)
    env["PATH"] = os.pathsep.join(filter(None, [env.get("NANO_PATH"), env.get("PATH")]))
    env.setdefault("TYPESCRIPT", "typescript")
    env.setdefault("GOFLAGS", "-mod=mod")
    return env


def available(language: str) -> bool:
    """Whether the tools of the language are here."""
    return all(
        shutil.which(step[0], path=tools()["PATH"]) for step in STEPS[language] if not step[0].startswith(".")
    )


def run(samples: Sequence[Sample]) -> list[str | None]:
    """For each of the samples, all of one language, what is wrong with it; None if nothing is."""
    if not samples:
        return []
    language = samples[0].language
    if not available(language):
        raise ToolMissing(
            f"no {STEPS[language][0][0]} on the PATH: install it, or name its folder in NANO_PATH"
        )
    named = {f"s{number}": sample for number, sample in enumerate(samples)}
    verdicts: dict[str, str | None] = {
        name: fault for name, sample in named.items() if (fault := ungrammatical(sample))
    }
    # what does not compile or stops the program hides the others: they are run again without it
    while left := {name: sample for name, sample in named.items() if name not in verdicts}:
        with tempfile.TemporaryDirectory() as folder:
            verdicts |= _once(language, left, Path(folder))
    return [verdicts[name] for name in named]


def _once(language: str, samples: Mapping[str, Sample], folder: Path) -> dict[str, str | None]:
    """What is wrong, or None, of as many of the samples as one run tells of; of one at least."""
    WRITERS[language](samples, folder)
    out = errors = ""
    for step in STEPS[language]:
        out, errors, ended = _step(step, folder)
        if not ended and MARK not in out + errors:
            return dict(_culprits(samples, out + errors))
    return _verdicts(samples, errors if language == "zig" else out, errors)


def _step(command: Sequence[str], folder: Path) -> tuple[str, str, bool]:
    """Output, errors and whether the command succeeded; a program that does not end has not."""
    limit = 60 if command[0] == "./run" else 600
    files = [folder / "stdout", folder / "stderr"]
    with files[0].open("w") as out, files[1].open("w") as errors:
        try:
            done = subprocess.run(
                command, cwd=folder, env=tools(), stdin=subprocess.DEVNULL, stdout=out, stderr=errors, timeout=limit
            )  # fmt: skip
            ended = done.returncode == 0
        except subprocess.TimeoutExpired:
            ended = False
    return files[0].read_text(errors="replace"), files[1].read_text(errors="replace"), ended


def _culprits(samples: Mapping[str, Sample], text: str) -> dict[str, str]:
    """The samples whose files the compiler complains of, each with its first complaint."""
    faults: dict[str, str] = {}
    for line in text.splitlines():
        found = re.match(r"(?:vet: )?(?:\./|\S*/)?\b(s\d+)(?:/\w+\.\w+|\.\w+):\d+", line)
        if found and found[1] in samples and "note:" not in line:
            faults.setdefault(found[1], f"compile: {line}")
    return faults or dict.fromkeys(samples, f"it does not compile: {text[-600:]}")


def _verdicts(samples: Mapping[str, Sample], out: str, errors: str) -> dict[str, str | None]:
    """The verdicts that a program printed; the last of an interrupted one is on what stopped it."""
    parts = dict(part.partition("\n")[::2] for part in out.split(MARK)[1:])
    verdicts: dict[str, str | None] = {}
    for name, printed in parts.items():
        wrong = [line for line in printed.splitlines() if line != "ok"]
        right = printed == samples[name].expected
        verdicts[name] = None if right else "; ".join(wrong)[:400] or "it stopped the program, or did not end"
    return verdicts or dict.fromkeys(samples, f"it did not run: {errors[-300:]}")


@cache
def _matcher(language: str) -> object:
    """A byte-level matcher of what a model may write in the language."""
    from llguidance import LLMatcher, LLTokenizer

    from maze.decoding.matcher import LIMITS
    from maze.grammar import constraint_for
    from maze.request import Target

    text = constraint_for(Target(language=language), profile="generate").text
    return LLMatcher(LLTokenizer("byte"), text, limits=LIMITS)


def ungrammatical(sample: Sample) -> str | None:
    """Where the grammar that masks the model's tokens would have stopped it; None if nowhere."""
    matcher = _matcher(sample.language).deep_copy()  # type: ignore[attr-defined]
    data = sample.code.rstrip("\n").encode()
    taken = matcher.try_consume_tokens(list(data))
    if taken < len(data):
        return f"grammar: refused after {data[:taken].decode(errors='replace')[-60:]!r}"
    return None if matcher.is_accepting() else "grammar: not complete at its end"


def key(sample: Sample) -> str:
    """The hash of all that admission depends on."""
    parts = [sample.language, sample.code, sample.family.stdout, repr(sample.family.tests)]
    parts.append(sample.family.own_tests.get(sample.language, ""))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def remembered() -> set[str]:
    return set(json.loads(ADMITTED.read_text())) if ADMITTED.exists() else set()


def admit(samples: Sequence[Sample]) -> list[tuple[Sample, str]]:
    """Run what is not known to be right; returns what is wrong and why."""
    known, faults = remembered(), []
    for language in harness.WRITERS:
        new = [each for each in samples if each.language == language and key(each) not in known]
        for sample, fault in zip(new, run(new), strict=True):
            if fault is None:
                known.add(key(sample))
            else:
                faults.append((sample, fault))
        BUILD.mkdir(exist_ok=True)
        ADMITTED.write_text(json.dumps(sorted(known)))
    return faults
