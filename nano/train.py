"""Training: from the seed alone to a checkpoint, in steps, and on from the last checkpoint after an interruption.

Examples are made while training and never repeat; only the answer's tokens carry loss. A step's batch depends on the
seed and the step alone, so that an interrupted training sees what an uninterrupted one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from nano import dataset, tokenizer
from nano.family import Family
from nano.model import SIZES, Model

Rows = list[tuple[list[int], int]]


@dataclass(frozen=True, slots=True)
class Recipe:
    size: str = "6M"
    steps: int = 12_000
    batch: int = 40
    rate: float = 3e-3
    seed: int = 1
    every: int = 500  # steps between checkpoints
    pool: int = 100  # batches that are made at once, to put samples of one length together


def rows(
    families: Sequence[Family], words: Tokenizer, seed: int, count: int, split: dataset.Split = "train"
) -> Rows:
    examples = islice(dataset.stream(families, seed, split), count)
    return [tokenizer.encode(words, each.system, each.prompt, each.code) for each in examples]


def batches(families: Sequence[Family], words: Tokenizer, recipe: Recipe, start: int) -> Iterator[Rows]:
    """The batches from step ``start`` on."""
    for number in range(start // recipe.pool, recipe.steps // recipe.pool + 1):
        seed = recipe.seed * 1_000_003 + number
        pool = sorted(rows(families, words, seed, recipe.pool * recipe.batch), key=lambda row: len(row[0]))
        parts = [pool[i : i + recipe.batch] for i in range(0, len(pool), recipe.batch)]
        Random(seed).shuffle(parts)
        yield from parts[start % recipe.pool :] if number == start // recipe.pool else parts


def collate(batch: Rows, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Token numbers, the places whose next token is an answer's, and those next tokens."""
    longest = max(len(tokens) for tokens, _ in batch) - 1
    inputs = torch.full((len(batch), longest), tokenizer.PADDING_ID)
    places: list[int] = []
    targets: list[int] = []
    for i, (tokens, asked) in enumerate(batch):
        inputs[i, : len(tokens) - 1] = torch.tensor(tokens[:-1])
        places += range(i * longest + asked - 1, i * longest + len(tokens) - 1)
        targets += tokens[asked:]
    return inputs.to(device), torch.tensor(places, device=device), torch.tensor(targets, device=device)


def optimizers(model: Model, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for matrices, AdamW for embeddings and norms."""
    matrices = [each for name, each in model.named_parameters() if each.dim() == 2 and "embd" not in name]
    others = [each for name, each in model.named_parameters() if each.dim() != 2 or "embd" in name]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.05, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def schedule(step: int, steps: int) -> float:
    """The share of the full rate: a short warm-up, constant to 40 %, then down in a line."""
    done = step / steps
    return min(1.0, (step + 1) / 60) * (1.0 if done < 0.4 else max(0.02, 1 - (done - 0.4) / 0.6))


@torch.no_grad()
def exact(model: Model, batch: Rows, device: str) -> float:
    """The share of answers of which every token is the likeliest: greedy decoding would write them exactly."""
    inputs, places, targets = collate(batch, device)
    right = (model(inputs, places).argmax(-1) == targets).tolist()
    hits = done = 0
    for tokens, asked in batch:
        length = len(tokens) - asked
        hits += all(right[done : done + length])
        done += length
    return hits / len(batch)


def train(
    families: Sequence[Family], words: Tokenizer, recipe: Recipe, checkpoint: Path, say: Callable[[str], None]
) -> Model:
    """The trained model. ``checkpoint`` is gone on from if it is there, and is the result in the end."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    model = Model(SIZES[recipe.size]).to(device)
    opts = optimizers(model, recipe.rate)
    start = _resume(checkpoint, recipe, model, opts, device)
    checks: dict[str, Rows] = {
        split: rows(families, words, 0, 100, split) for split in ("train", "phrasing", "names", "both")
    }
    began, losses = time.monotonic(), []
    for step, batch in enumerate(
        islice(batches(families, words, recipe, start), recipe.steps - start), start=start
    ):
        for opt in opts:
            for group in opt.param_groups:
                group["lr"] = recipe.rate * schedule(step, recipe.steps)
        inputs, places, targets = collate(batch, device)
        with torch.autocast(device, dtype=torch.bfloat16):
            logits = model(inputs, places)
        loss = functional.cross_entropy(logits.float(), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad()
        losses.append(loss.item())
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            _save(checkpoint, recipe, step + 1, model, opts)
            scores = " ".join(f"{split} {exact(model, some, device):.2f}" for split, some in checks.items())
            minutes = (time.monotonic() - began) / 60
            say(
                f"step {step + 1} of {recipe.steps}, {minutes:.0f} min, loss {sum(losses) / len(losses):.4f}, exact: {scores}"
            )
            losses.clear()
    return model.cpu().eval()


def _save(path: Path, recipe: Recipe, step: int, model: Model, opts: Sequence[torch.optim.Optimizer]) -> None:
    state: dict[str, Any] = {"recipe": asdict(recipe), "step": step, "model": model.state_dict()}
    state["optimizers"] = [opt.state_dict() for opt in opts]
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def _resume(
    path: Path, recipe: Recipe, model: Model, opts: Sequence[torch.optim.Optimizer], device: str
) -> int:
    """The step to go on from; 0 if there is no checkpoint of this recipe."""
    if not path.exists():
        return 0
    state = torch.load(path, map_location=device, weights_only=True)
    if state["recipe"] != asdict(recipe):
        return 0
    model.load_state_dict(state["model"])
    for opt, saved in zip(opts, state["optimizers"], strict=True):
        opt.load_state_dict(saved)
    return int(state["step"])
