"""What a well-formed GGUF file can say that makes llama.cpp abort the process instead of returning an error.

Each rule stands for an assertion that was met: while llama.cpp loads a model
(``llama_model_base::load_hparams``), when it tokenizes, or when ggml first computes with a tensor.
"""

from __future__ import annotations

import math
from collections.abc import Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maze.models.header import Header

MAX_LAYERS = 512
MAX_EXPERTS = 1024
ROPE_SCALINGS = ("none", "linear", "yarn", "longrope")
NORM_EPSILONS = ("layer_norm_rms_epsilon", "layer_norm_epsilon", "group_norm_epsilon")
# keys that are read without asking for their type: GGUF's number of the type
TYPES = {"split.no": 2}
# integers, doubles, and the two formats that only exist inside a multiplication
NOT_WEIGHTS = frozenset({"I8", "I16", "I32", "I64", "F64", "Q8_1", "Q8_K"})


def computes(tensor: str, kind: str, rank: int) -> bool:
    """Whether ggml has kernels for a tensor of that name, type and number of dimensions.

    Vectors (norms, biases) are always F32; integers occur in the expert routing tables only.
    """
    if not tensor.endswith((".weight", ".bias")) or "tid2eid" in tensor:
        return True
    return kind not in NOT_WEIGHTS and (rank > 1 or kind == "F32")


def abort_reason(header: Header) -> str | None:
    """Why llama.cpp would abort on the model, None if no known reason is there."""
    rules = (_tokenizer, _layers, _experts, _rope, _norm)
    return next((reason for rule in rules if (reason := rule(header))), None)


def missing_byte(words: Set[bytes]) -> int | None:
    """A byte that a SentencePiece vocabulary has no token for, neither ``<0x41>`` nor ``A``."""
    return next(
        (b for b in range(256) if b"<0x%02X>" % b not in words and (not b or bytes([b]) not in words)), None
    )


def _tokenizer(header: Header) -> str | None:
    if header.tokenizer in ("none", "no_vocab", "bert"):
        return f"its tokenizer is {header.tokenizer!r}, which cannot write text"
    if header.tokenizer == "llama" and header.missing_byte is not None:
        return f"its vocabulary has no token for the byte {header.missing_byte:#04x}"
    return None


def _layers(header: Header) -> str | None:
    key = f"{header.architecture}.block_count"
    if key in header.metadata and not 0 < header.layers <= MAX_LAYERS:
        return f"{key} is {header.layers}, 1 to {MAX_LAYERS} are possible"
    if header.number(f"{header.architecture}.nextn_predict_layers") > header.layers:
        return f"{header.architecture}.nextn_predict_layers is larger than {key}"
    return None


def _experts(header: Header) -> str | None:
    prefix = f"{header.architecture}.expert_"
    count, groups = header.number(prefix + "count"), header.number(prefix + "group_count")
    used, group_used = header.largest(prefix + "used_count"), header.number(prefix + "group_used_count")
    if not used <= count <= MAX_EXPERTS or (count and not used):
        return f"it uses {used} of {count} experts, at most {MAX_EXPERTS} are possible"
    if groups >= max(1, count):
        return f"its {count} experts cannot be in {groups} groups"
    if groups > 1 and (count % groups or not 0 < group_used < groups):
        return f"its {count} experts cannot be in {groups} groups of which {group_used} are used"
    return None


def _rope(header: Header) -> str | None:
    key = f"{header.architecture}.rope.scaling.type"
    scaling = header.text(key)
    if scaling is not None and scaling not in ROPE_SCALINGS:
        return f"{key} is {scaling!r}, not one of {', '.join(ROPE_SCALINGS)}"
    return None


def _norm(header: Header) -> str | None:
    for name in NORM_EPSILONS:
        key = f"{header.architecture}.attention.{name}"
        epsilon = header.metadata.get(key)
        if isinstance(epsilon, float) and not (math.isfinite(epsilon) and epsilon >= 0):
            return f"{key} is {epsilon}"
    return None
