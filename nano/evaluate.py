"""What the model can do, executed: its model card.

Requests go the way a user's do, through ``maze.generate`` with the grammar on; what comes back is compiled and runs its
family's tests. Test requests that training has seen, in any case and spacing, are not asked.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from maze import MazeError, models
from maze.api import generate
from nano import admission, dataset
from nano.dataset import Example, Split
from nano.family import LANGUAGES, Family
from nano.harness import Sample

SPLITS: dict[Split, str] = {
    "phrasing": "held-out phrasings",
    "names": "unseen names",
    "both": "held-out phrasings and unseen names",
}


@dataclass(slots=True)
class Score:
    """Of one split, language and temperature."""

    asked: int = 0
    right: int = 0
    named: int = 0  # every given name is in the answer
    tokens: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 0.0


def plain(prompt: str) -> str:
    """The prompt without what does not make it another one."""
    return " ".join(prompt.lower().split()).strip(".!? ")


def unseen(examples: Iterable[Example], seen: set[str]) -> Iterator[Example]:
    """Only examples that no training prompt equals, and none twice."""
    seen = set(seen)
    for example in examples:
        key = plain(example.prompt)
        if key not in seen:
            seen.add(key)
            yield example


def trained_prompts(families: Sequence[Family], seeds: Iterable[int], count: int) -> set[str]:
    """What training asked; ``count`` requests for each of its seeds."""
    return {plain(each.prompt) for seed in seeds for each in islice(dataset.stream(families, seed), count)}


def ask(example: Example, model: Path, temperature: float) -> tuple[str, int, float]:
    """The answer, its tokens and the seconds it took."""
    # in the place of the embedded model: asked as that is, not as any other file
    models.NANO_PATH = model
    began = time.perf_counter()
    try:
        generation = generate(
            example.prompt,
            lang=example.sample.language,
            model=str(model),
            temperature=temperature,
            seed=1,
            max_tokens=600,
        )
    except MazeError as error:
        return getattr(error, "text", "") or "", 0, time.perf_counter() - began
    return generation.code, generation.tokens.generated, time.perf_counter() - began


def evaluate(
    families: Sequence[Family],
    model: Path,
    split: Split,
    language: str,
    count: int,
    temperature: float,
    seen: set[str],
) -> Score:
    """One row of the model card."""
    examples = islice(unseen(dataset.stream(families, 7, split, [language]), seen), count)
    score, answers = Score(), []
    for example in examples:
        answer, tokens, seconds = ask(example, model, temperature)
        names = example.sample.names
        score.asked += 1
        score.tokens += tokens
        score.seconds += seconds
        given = () if example.sample.family.kind == "program" else (names.name, *names.arguments)
        score.named += all(name in answer for name in given)
        answers.append((example, Sample(example.sample.family, language, answer.rstrip("\n") + "\n", names)))
    faults = admission.run([sample for _, sample in answers])
    for (example, _), fault in zip(answers, faults, strict=True):
        score.right += fault is None
        if fault:
            score.wrong.append(f"{example.sample.family.name}: {example.prompt!r}: {fault}")
    return score


def card(families: Sequence[Family], model: Path, count: int, seen: set[str]) -> str:
    """The model card: what it knows, what it does not, scores, data, licence and hash."""
    rows = [
        "| requests | language | temperature | asked | executed correct | names copied | tokens/s |",
        "|---|---|---|---|---|---|---|",
    ]
    wrong: Counter[str] = Counter()
    for split, title in SPLITS.items():
        for language in filter(admission.available, LANGUAGES):
            for temperature in (0.0, 0.7):
                score = evaluate(families, model, split, language, count, temperature, seen)
                wrong.update(each.partition(":")[0] for each in score.wrong)
                rows.append(
                    f"| {title} | {language} | {temperature} | {score.asked} | {score.share:.0%} | "
                    f"{score.named / max(1, score.asked):.0%} | {score.tokens / max(0.001, score.seconds):.0f} |"
                )
    weak = ", ".join(name for name, _ in wrong.most_common(20))
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    known = defaultdict(list)
    for family in families:
        known[" ".join(each for each in LANGUAGES if each in family.code)].append(family.name)
    table = [f"| {languages} | {', '.join(names)} |" for languages, names in known.items()]
    return "\n".join(
        [
            "# nano, the embedded model",
            "",
            f"{len(families)} kinds of small tasks in up to six languages; outside them its output is valid code, not a right",
            "answer. It was trained by this project, from nothing, on data that this project made and executed: every",
            "template was compiled and passed its tests. Licence: MIT. Written by `python -m nano evaluate`.",
            "",
            f"`nano.gguf`: {model.stat().st_size:,} bytes, sha256 `{digest}`",
            "",
            "## Scores",
            "",
            "Through `maze generate`, the grammar on; the answer is run, not compared. No request is one that training saw.",
            "",
            *rows,
            "",
            f"Most often wrong: {weak or 'nothing'}.",
            "",
            "## What it knows",
            "",
            "| languages | families |",
            "|---|---|",
            *table,
            "",
        ]
    )
