"""What can be measured of a grammar without real code from elsewhere, and the least it must be.

    python -m tests.grammars.ratchet [LANGUAGE …]     # raises the floors to what is measured now

The floors, in ratchet.json, go up only; to lower one is to edit that file, and to say why.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import sys
import sysconfig
from pathlib import Path

from maze import languages
from tests.grammars.judges import TREE_SITTER, judge
from tests.grammars.recognize import language

FLOORS = Path(__file__).with_name("ratchet.json")
WALKS = 50
RUNNING = f"3.{sys.version_info.minor}"
TAKEN = "walks that tree-sitter takes"  # which is stricter than the languages in places
SLACK = {"walks that end": 0.05, TAKEN: 0.2}  # any change of a grammar makes all walks others


def names() -> list[str]:
    """The languages that have lists of cases."""
    return [
        name for name in languages.names() if Path(__file__).with_name(name).joinpath("cases.py").exists()
    ]


def measured(name: str) -> dict[str, float]:
    """Counts of own cases, and shares; more is better in all of them."""
    cases = importlib.import_module(f"tests.grammars.{name}.cases")
    accept, generate = language(name, "accept"), language(name, "generate")
    valid, invalid = list(cases.VALID), list(cases.INVALID)
    ended, taken = walks(name, valid)
    scores: dict[str, float] = {
        "valid cases accepted": sum(text in accept for text in valid),
        "valid cases written": sum(text in generate or text + "\n" in generate for text in valid),
        "invalid cases refused": sum(text not in accept and text not in generate for text in invalid),
        "walks that end": ended,
        TAKEN if name in TREE_SITTER else "walks that parse": taken,
    }
    if name == "python":
        scores["library accepted"] = accepted_library()
    return scores


def walks(name: str, valid: list[str]) -> tuple[float, float]:
    """The share of random walks of `generate` that ended, and of those the share that the other parser takes."""
    words = {word for text in valid for word in re.findall(r"\w+|[^\w\s]|[^\w\s]+|\s+", text)}
    version = {"version": RUNNING} if name == "python" else {}
    walker = language(name, "generate", fragments=tuple(sorted(words)), **version)
    texts = [text for seed in range(WALKS) if (text := walker.walk(seed)) is not None]
    return round(len(texts) / WALKS, 3), round(sum(map(judge(name), texts)) / max(len(texts), 1), 3)


def accepted_library(count: int = 40) -> float:
    """Of the running Python's own library: 40 files that it compiles, always the same ones."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = [path for path in sorted(root.rglob("*.py")) if not {"site-packages", "test"} & set(path.parts)]
    random.Random(7).shuffle(files)
    texts = [path.read_bytes() for path in files if path.stat().st_size < 20_000]
    texts = [text for text in texts if text.isascii() and b"\r" not in text and judge("python")(text)][:count]
    accept = language("python", "accept", indent="any", version=RUNNING)
    return round(sum(text in accept for text in texts) / count, 3)


def fallen(scores: dict[str, float], floors: dict[str, float]) -> list[str]:
    """What is below its floor, in words."""
    return [
        f"{what}: {scores.get(what, 0)}, was {floor}"
        for what, floor in floors.items()
        if scores.get(what, 0) < floor - SLACK.get(what, 0)
    ]


def raised(scores: dict[str, float], floors: dict[str, float]) -> dict[str, float]:
    return {what: max(score, floors.get(what, score)) for what, score in scores.items()}


def main() -> None:
    floors = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    for name in sys.argv[1:] or names():
        scores = measured(name)
        print(name, scores, *fallen(scores, floors.get(name, {})))
        floors[name] = raised(scores, floors.get(name, {}))
        FLOORS.write_text(json.dumps(dict(sorted(floors.items())), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
