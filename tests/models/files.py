"""GGUF files by hand: right ones, and each way to be wrong."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

U8, U16, U32, F32, BOOL, STRING, ARRAY, U64 = 0, 2, 4, 6, 7, 8, 9, 10
_FORMATS = {U8: "<B", U16: "<H", U32: "<I", 5: "<i", F32: "<f", BOOL: "<?", U64: "<Q"}

Typed = tuple[int, Any]
Tensor = tuple[str, Sequence[int], int]

METADATA: dict[str, Typed] = {
    "general.architecture": (STRING, "llama"),
    "general.name": (STRING, "tiny"),
    "llama.block_count": (U32, 1),
    "llama.context_length": (U32, 128),
    "llama.embedding_length": (U32, 32),
    "tokenizer.ggml.model": (STRING, "gpt2"),
    "tokenizer.ggml.tokens": (ARRAY, (STRING, ["<s>", "a", "b", "c"])),
    "tokenizer.ggml.eos_token_id": (U32, 0),
}
TENSORS: list[Tensor] = [
    ("token_embd.weight", (32, 4), 8),
    ("blk.0.attn_norm.weight", (32,), 0),
    ("blk.0.ffn_up.weight", (32, 3), 1),
]


def text(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def typed(kind: int, value: Any) -> bytes:
    if kind == STRING:
        return text(value)
    if kind == ARRAY:
        inner, items = value
        return struct.pack("<IQ", inner, len(items)) + b"".join(typed(inner, item) for item in items)
    return struct.pack(_FORMATS[kind], value)


def pair(key: str | bytes, kind: int, raw: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + raw


def tensor_info(name: str | bytes, dimensions: Sequence[int], kind: int, offset: int) -> bytes:
    shape = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
    return text(name) + shape + struct.pack("<IQ", kind, offset)


def length(dimensions: Sequence[int], kind: int) -> int:
    block, size = {0: (1, 4), 1: (1, 2), 8: (32, 34), 9: (32, 36), 26: (1, 4)}[kind]
    count = 1
    for dimension in dimensions:
        count *= dimension
    return count // block * size


def file(
    pairs: Sequence[bytes], infos: Sequence[bytes], data: int, *, version: int = 3, alignment: int = 32
) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(infos), len(pairs)) + b"".join(pairs) + b"".join(infos)
    return head + bytes(-len(head) % alignment + data)


def build(
    metadata: Mapping[str, Typed | None] | None = None,
    tensors: Sequence[Tensor] = TENSORS,
    *,
    version: int = 3,
    alignment: int = 32,
) -> bytes:
    """A GGUF file; ``metadata`` changes the usual metadata, None drops a key."""
    merged = {key: value for key, value in {**METADATA, **(metadata or {})}.items() if value is not None}
    pairs = [pair(key, kind, typed(kind, value)) for key, (kind, value) in merged.items()]
    infos, offset = [], 0
    for name, dimensions, kind in tensors:
        infos.append(tensor_info(name, dimensions, kind, offset))
        offset += -(-length(dimensions, kind) // alignment) * alignment
    return file(pairs, infos, offset, version=version, alignment=alignment)
