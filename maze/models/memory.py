"""What a model takes of this machine's memory, estimated from its header.

Weights, keys and values of the context, and the buffers of one batch. State of recurrent layers and
sliding windows, which save memory, are left out: the estimate is on the safe side.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maze.models.header import Header
    from maze.settings import Settings

LARGEST_DEFAULT_CONTEXT = 8192  # tokens; a model trained for 128k would ask for gigabytes of KV cache
SHARE = 0.8  # of the memory; the rest is for everything else that runs
_F16, _F32 = 2, 4  # bytes
# where Linux says what a container may use, in both versions of its control groups
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def context(trained: int, settings: Settings) -> int:
    """Tokens a context holds at most, of a model that was trained on ``trained``."""
    return settings.engines.llamacpp.n_ctx or min(trained or LARGEST_DEFAULT_CONTEXT, LARGEST_DEFAULT_CONTEXT)


def needed(header: Header, settings: Settings) -> int:
    """Bytes that loading the model and filling its context take."""
    tokens = context(header.context_length, settings)
    logits = min(settings.engines.llamacpp.n_batch, 512) * header.vocabulary * _F32
    return header.file_size + tokens * _per_token(header) + logits


def total() -> int | None:
    """Bytes of memory that this machine, or the container Maze is in, has; None where it does not say."""
    try:
        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    for path in _LIMITS:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(found)


def fits(header: Header, settings: Settings) -> bool | None:
    """Whether the model has room on this machine beside other programs; None if nobody knows."""
    memory = total()
    return None if memory is None else needed(header, settings) <= memory * SHARE


def _per_token(header: Header) -> int:
    """Bytes of keys and values of one token, in all layers."""
    prefix = f"{header.architecture}.attention."
    heads = max(1, header.largest(prefix + "head_count"))
    shared = header.largest(prefix + "head_count_kv") or heads
    width = header.embedding_length // heads
    keys = header.number(prefix + "key_length", width)
    values = header.number(prefix + "value_length", width)
    return header.layers * shared * (keys + values) * _F16
