"""Damage copies of nano; load and run those that ``gguf.read`` accepts, each in a process of its own.

``python damage.py FILE COUNT`` uses FILE as scratch, prints how many were accepted, and exits 1 naming
the first damage that killed llama.cpp.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import struct
import sys
from pathlib import Path

import llama_cpp as lib

from maze.errors import ModelError
from maze.models import NANO_PATH, gguf

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
NUMBERS = [0, 1, 2, 7, 8, 31, 32, 64, 191, 192, 193, 511, 513, 2047, 2048, 65535, 2**31 - 1, 2**31, 2**32 - 1]


def fields(data: bytes) -> list[tuple[int, int]]:
    """Place and width of every number of the metadata and every type of a tensor."""
    tensors, pairs = struct.unpack_from("<QQ", data, 8)
    found, at = [], 24
    for _ in range(pairs):
        at += 8 + struct.unpack_from("<Q", data, at)[0]
        (kind,) = struct.unpack_from("<I", data, at)
        at += 4
        if kind in SIZES:
            found.append((at, SIZES[kind]))
            at += SIZES[kind]
        elif kind == 8:
            found.append((at + 8, 1))
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        else:
            inner, count = struct.unpack_from("<IQ", data, at)
            at += 12
            for _ in range(count):
                at += SIZES[inner] if inner in SIZES else 8 + struct.unpack_from("<Q", data, at)[0]
            found += [(at - 4, 4), (at - 1, 1)]
    for _ in range(tensors):
        at += 8 + struct.unpack_from("<Q", data, at)[0]
        (rank,) = struct.unpack_from("<I", data, at)
        at += 4 + 8 * rank
        found.append((at, 4))
        at += 12
    return found


def run(path: Path) -> None:
    """Load, tokenize every byte, decode one batch, spell every token."""
    model = lib.llama_model_load_from_file(os.fsencode(path), lib.llama_model_default_params())
    if not model:
        return
    options = lib.llama_context_default_params()
    options.n_ctx, options.n_threads, options.n_threads_batch = 64, 1, 1
    context = lib.llama_init_from_model(model, options)
    if not context:
        return
    vocabulary = lib.llama_model_get_vocab(model)
    text = "def f(é):\n".encode() + bytes(range(256))
    tokens = (lib.llama_token * 512)()
    count = lib.llama_tokenize(vocabulary, text, len(text), tokens, 512, True, True)
    if count > 0:
        lib.llama_decode(context, lib.llama_batch_get_one(tokens, min(count, 32)))
    piece = (ctypes.c_char * 64)()
    for token in range(lib.llama_vocab_n_tokens(vocabulary)):
        lib.llama_token_to_piece(vocabulary, token, piece, 64, 0, True)


def main(scratch: Path, count: int) -> int:
    silent = lib.llama_log_callback(lambda *_: None)
    lib.llama_log_set(silent, None)
    lib.llama_backend_init()
    data, chance, accepted = NANO_PATH.read_bytes(), random.Random(1), 0
    places = fields(data)
    for _ in range(count):
        damaged = bytearray(data)
        at, width = chance.choice(places)
        number = chance.choice([*NUMBERS, chance.getrandbits(32)]) % (1 << 8 * width)
        damaged[at : at + width] = number.to_bytes(width, "little")
        scratch.write_bytes(damaged)
        try:
            gguf.read(scratch)
        except ModelError:
            continue
        accepted += 1
        child = os.fork()
        if not child:
            signal.alarm(30)
            run(scratch)
            os._exit(0)
        if status := os.waitpid(child, 0)[1]:
            print(f"{number} in {width} bytes at {at}: ended with {status}")
            return 1
    print(accepted, "accepted")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
