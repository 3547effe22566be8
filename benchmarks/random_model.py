"""Write a GGUF model with random weights and a real vocabulary: the speed of a small model of any vocabulary.

    python benchmarks/random_model.py ggml-vocab-qwen2.gguf random.gguf [--width 256] [--layers 4]

Vocabulary-only files of real tokenizers are in llama-cpp-python's source distribution, under
vendor/llama.cpp/models (`pip download --no-deps --no-binary :all: llama-cpp-python`). Needs `pip install gguf`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gguf
import numpy as np

CONTEXT = 32768
HEAD = 64  # width of an attention head


def write(vocabulary: Path, out: Path, width: int, layers: int) -> None:
    writer = gguf.GGUFWriter(str(out), "llama")
    size = _copy_tokenizer(gguf.GGUFReader(str(vocabulary)), writer)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(4 * width)
    writer.add_head_count(width // HEAD)
    writer.add_head_count_kv(width // HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HEAD)
    writer.add_vocab_size(size)

    random = np.random.default_rng(0)

    def matrix(name: str, *shape: int) -> None:
        values = random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
        writer.add_tensor(f"{name}.weight", values.astype(np.float16))

    def ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))

    matrix("token_embd", size, width)
    matrix("output", size, width)
    ones("output_norm")
    for layer in (f"blk.{index}" for index in range(layers)):
        ones(f"{layer}.attn_norm")
        ones(f"{layer}.ffn_norm")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"{layer}.{part}", width, width)
        matrix(f"{layer}.ffn_gate", 4 * width, width)
        matrix(f"{layer}.ffn_up", 4 * width, width)
        matrix(f"{layer}.ffn_down", width, 4 * width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_tokenizer(source: gguf.GGUFReader, writer: gguf.GGUFWriter) -> int:
    """Copy what ``source`` says about its tokenizer, and return the size of the vocabulary."""
    size = 0
    for key, found in source.fields.items():
        if not key.startswith("tokenizer."):
            continue
        value = found.contents()
        if key == "tokenizer.ggml.tokens":
            size = len(value)
        if found.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(key, value)
        else:
            writer.add_key_value(key, value, found.types[0])
    return size


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vocabulary", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    options = parser.parse_args()
    write(options.vocabulary, options.out, options.width, options.layers)


if __name__ == "__main__":
    main()
