from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from maze.errors import ModelError
from maze.models import NANO_PATH, gguf
from tests.models import files
from tests.models.files import ARRAY, BOOL, F32, METADATA, STRING, TENSORS, U8, U16, U32, U64, build, pair

GOOD = build()
HEAD = struct.Struct("<4sIQQ")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("gguf") / "model.gguf"


def read(scratch: Path, data: bytes) -> gguf.Header:
    scratch.write_bytes(data)
    return gguf.read(scratch)


def refusal(scratch: Path, data: bytes) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read(scratch, data)
    assert str(scratch) in caught.value.message
    assert caught.value.exit_code == 4
    assert caught.value.hint
    return caught.value


def test_nano():
    header = gguf.read(NANO_PATH)
    assert (header.version, header.architecture, header.name) == (3, "llama", "maze-nano")
    assert (header.parameters, header.tensors, header.file_size) == (3_492_672, 65, NANO_PATH.stat().st_size)
    assert (header.quantisation, header.context_length, header.embedding_length) == ("Q8_0", 512, 192)
    assert (header.layers, header.vocabulary) == (7, 2048)
    assert (header.tokenizer, header.pretokenizer, header.bos, header.eos) == ("gpt2", "smollm", 0, 2)
    assert header.chat_template and "<|im_start|>" in header.chat_template
    assert not header.fim
    assert header.split == (0, 1)


def test_hand_built(scratch):
    header = read(scratch, GOOD)
    assert (header.name, header.vocabulary, header.eos, header.bos) == ("tiny", 4, 0, None)
    assert header.parameters == 32 * 4 + 32 + 32 * 3
    assert header.chat_template is None
    assert header.metadata["tokenizer.ggml.tokens"] == gguf.Array("str", 4)
    # 136, 128 and 192 bytes of tensors, each padded to a multiple of 32
    assert -(-header.length // 32) * 32 + 160 + 128 + 192 == len(GOOD)
    assert read(scratch, build(version=2)).version == 2


def test_the_alignment_of_the_file_counts(scratch):
    metadata = {"general.alignment": (U32, 64)}
    assert read(scratch, build(metadata, alignment=64)).tensors == 3
    assert "begins at" in refusal(scratch, build(metadata)).message


def test_values_of_every_type(scratch):
    codes = {
        0: 255,
        1: -1,
        2: 65535,
        3: -2,
        4: 2**32 - 1,
        5: -3,
        6: 0.5,
        7: True,
        10: 2**64 - 1,
        11: -4,
        12: 0.25,
    }
    formats = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
    pairs = [pair(key, kind, files.typed(kind, value)) for key, (kind, value) in METADATA.items()]
    for code, value in codes.items():
        pairs.append(pair(f"x.scalar{code}", code, struct.pack(f"<{formats[code]}", value)))
        pairs.append(
            pair(f"x.array{code}", ARRAY, struct.pack(f"<IQ2{formats[code]}", code, 2, value, value))
        )
    header = read(scratch, files.file(pairs, [], 0))
    for code, value in codes.items():
        assert header.metadata[f"x.scalar{code}"] == value
        array = header.metadata[f"x.array{code}"]
        assert isinstance(array, gguf.Array) and array.items == (value, value)


def test_long_arrays_are_not_kept(scratch):
    header = read(scratch, build({"x": (ARRAY, (U8, [1] * (gguf.KEPT_ITEMS + 1)))}))
    assert header.metadata["x"] == gguf.Array("u8", gguf.KEPT_ITEMS + 1, None)


@pytest.mark.parametrize(
    "metadata",
    [
        {f"tokenizer.ggml.fim_{part}_token_id": (U32, 1 + i) for i, part in enumerate(("pre", "suf", "mid"))},
        {
            f"tokenizer.ggml.{part}_token_id": (U32, 1 + i)
            for i, part in enumerate(("prefix", "suffix", "middle"))
        },
        {"tokenizer.ggml.tokens": (ARRAY, (STRING, ["a", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"]))},
    ],
)
def test_fill_in_the_middle(scratch, metadata):
    assert read(scratch, build(metadata)).fim == {"prefix": 1, "suffix": 2, "middle": 3}


def test_the_commonest_type_stands_in_for_a_missing_file_type(scratch):
    assert (
        read(scratch, build(tensors=[("a", (32,), 0), ("b", (32,), 8), ("c", (32,), 8)])).quantisation
        == "Q8_0"
    )
    assert read(scratch, build({"general.file_type": (U32, 15)})).quantisation == "Q4_K_M"


def head(version: int = 3, tensors: int = 0, pairs: int = 0) -> bytes:
    return HEAD.pack(b"GGUF", version, tensors, pairs)


def one_pair(raw: bytes) -> bytes:
    return head(pairs=1) + raw + bytes(64)


def tensors(*infos: bytes, data: int = 4096) -> bytes:
    return files.file([], infos, data)


HUGE = 2**60
REFUSED = {
    "version 1": (head(1), "version is 1"),
    "version 4": (head(4), "version is 4"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "only the magic": (b"GGUF", "cut off"),
    "2**60 tensors": (head(tensors=HUGE) + bytes(99), "claims 1,152,921,504,606,846,976 tensors"),
    "2**64-1 pairs": (head(pairs=2**64 - 1) + bytes(99), "metadata pairs"),
    "2**60 bytes of key": (one_pair(struct.pack("<Q", HUGE)), "a key claims"),
    "2**60 bytes of string": (one_pair(files.text("k") + struct.pack("<IQ", STRING, HUGE)), "'k' claims"),
    "2**60 strings": (one_pair(files.text("k") + struct.pack("<IIQ", ARRAY, STRING, HUGE)), "items of 'k'"),
    "2**60 numbers": (one_pair(files.text("k") + struct.pack("<IIQ", ARRAY, U64, HUGE)), "items of 'k'"),
    "2**63 in an array's string": (
        one_pair(files.text("k") + struct.pack("<IIQQQ", ARRAY, STRING, 2, 2**63, 2**63)),
        "strings of 'k'",
    ),
    "empty key": (one_pair(pair("", U8, b"\1")), "empty"),
    "key not UTF-8": (one_pair(pair(b"\xff\xfe", U8, b"\1")), "not UTF-8"),
    "value not UTF-8": (one_pair(pair("k", STRING, files.text(b"\xff"))), "'k' is not UTF-8"),
    "unknown type": (one_pair(pair("k", 13, bytes(8))), "unknown type 13"),
    "unknown array type": (one_pair(pair("k", ARRAY, struct.pack("<IQ", 77, 1))), "unknown type 77"),
    "array of arrays": (one_pair(pair("k", ARRAY, struct.pack("<IQ", ARRAY, 1))), "array of arrays"),
    "key twice": (head(pairs=2) + pair("k", U8, b"\1") * 2 + bytes(64), "'k' is there twice"),
    "alignment 0": (build({"general.alignment": (U32, 0)}), "alignment 0"),
    "alignment 48": (build({"general.alignment": (U32, 48)}), "alignment 48"),
    "alignment 1": (build({"general.alignment": (U32, 1)}), "alignment 1"),
    "alignment of text": (build({"general.alignment": (STRING, "32")}), "alignment '32'"),
    "tensor name of 64": (tensors(files.tensor_info("n" * 64, (32,), 0, 0)), "tensor's name claims 64"),
    "tensor twice": (build(tensors=[TENSORS[0], TENSORS[0]]), "there twice"),
    "5 dimensions": (tensors(files.tensor_info("t", (1,) * 5, 0, 0)), "5 dimensions"),
    "zero dimension": (tensors(files.tensor_info("t", (32, 0), 0, 0)), "impossible shape"),
    "overflowing shape": (tensors(files.tensor_info("t", (2**32, 2**32), 0, 0)), "impossible shape"),
    "negative dimension": (tensors(files.tensor_info("t", (2**64 - 1,), 0, 0)), "impossible shape"),
    "unknown tensor type": (tensors(files.tensor_info("t", (32,), 99, 0)), "unknown type 99"),
    "removed tensor type": (tensors(files.tensor_info("t", (32,), 4, 0)), "unknown type 4"),
    "half a block": (tensors(files.tensor_info("t", (33, 2), 8, 0)), "blocks of 32"),
    "offset beyond": (tensors(files.tensor_info("t", (32,), 0, HUGE)), f"begins at {HUGE}"),
    "offset not aligned": (tensors(files.tensor_info("t", (32,), 0, 1)), "begins at 1, not at 0"),
    "overlap": (
        tensors(files.tensor_info("a", (32,), 0, 0), files.tensor_info("b", (32,), 0, 0)),
        "begins at 0, not at 128",
    ),
    "past the end": (tensors(files.tensor_info("t", (2**40,), 0, 0)), "cut off: its tensors need"),
    "token twice": (build({"tokenizer.ggml.tokens": (ARRAY, (STRING, ["a", "b", "a"]))}), "'a' is 2 times"),
    "token twice up to a NUL": (
        build({"tokenizer.ggml.tokens": (ARRAY, (STRING, ["a", "a\0b"]))}),
        "'a' is 2 times",
    ),
    "token named as an empty one": (
        build({"tokenizer.ggml.tokens": (ARRAY, (STRING, ["", "[EMPTY_0]"]))}),
        "EMPTY_0",
    ),
    "no layers": (build({"llama.block_count": (U32, 0)}), "block_count is 0"),
    "513 layers": (build({"llama.block_count": (U32, 513)}), "block_count is 513"),
    "more predicted layers": (build({"llama.nextn_predict_layers": (U32, 2)}), "nextn_predict_layers"),
    "more experts used": (
        build({"llama.expert_count": (U32, 2), "llama.expert_used_count": (U32, 3)}),
        "uses 3 of 2 experts",
    ),
    "no experts used": (build({"llama.expert_count": (U32, 2)}), "uses 0 of 2 experts"),
    "experts per layer": (
        build({"llama.expert_count": (U32, 2), "llama.expert_used_count": (ARRAY, (U32, [1, 3]))}),
        "uses 3 of 2 experts",
    ),
    "uneven groups": (
        build(
            {
                "llama.expert_count": (U32, 8),
                "llama.expert_used_count": (U32, 2),
                "llama.expert_group_count": (U32, 3),
                "llama.expert_group_used_count": (U32, 1),
            }
        ),
        "3 groups",
    ),
    "unknown rope scaling": (build({"llama.rope.scaling.type": (STRING, "x")}), "rope.scaling.type"),
    "NaN in the norm": (
        build({"llama.attention.layer_norm_rms_epsilon": (F32, float("nan"))}),
        "epsilon is nan",
    ),
    "negative norm": (build({"llama.attention.layer_norm_rms_epsilon": (F32, -1.0)}), "epsilon is -1"),
    "no tokenizer": (build({"tokenizer.ggml.model": (STRING, "none")}), "'none'"),
    "bytes missing": (build({"tokenizer.ggml.model": (STRING, "llama")}), "byte 0x00"),
    "part number of a wrong type": (build({"split.no": (U32, 0)}), "'split.no'"),
    "integer weights": (build(tensors=[("a.weight", (32, 2), 26)]), "llama.cpp cannot compute"),
    "half-precision norm": (build(tensors=[("a_norm.weight", (32,), 1)]), "llama.cpp cannot compute"),
    "intermediate format": (build(tensors=[("a.weight", (32, 2), 9)]), "llama.cpp cannot compute"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(scratch, data, reason):
    started = time.perf_counter()
    assert reason in refusal(scratch, data).message
    assert time.perf_counter() - started < 1


def test_near_misses_are_accepted(scratch):
    """What lies next to a refusal and is right."""
    accepted = [
        build({"llama.block_count": (U32, 512)}),
        build({"llama.expert_count": (U32, 8), "llama.expert_used_count": (ARRAY, (U32, [2, 8]))}),
        build({"tokenizer.ggml.tokens": (ARRAY, (STRING, ["", "a\0", "b", "[EMPTY_1]"]))}),
        build(
            {
                "tokenizer.ggml.model": (STRING, "llama"),
                "tokenizer.ggml.tokens": (ARRAY, (STRING, [f"<0x{b:02X}>" for b in range(256)])),
            }
        ),
        build({"split.no": (U16, 0), "split.count": (U16, 2), "flag": (BOOL, True)}),
        build(tensors=[("ffn_gate_tid2eid.weight", (32, 2), 26), ("n" * 63, (32,), 0), ("s", (), 0)]),
    ]
    for data in accepted:
        read(scratch, data)


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n  <html>", "web page"),
        (b"\x40\0\0\0\0\0\0\0" + b'{"__metadata__":{}}', "safetensors"),
        (b"PK\x03\x04", "PyTorch"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"tjgg\3\0\0\0", "GGML"),
        (b"Not Found", "b'Not Found'"),
        (b"GG", "not a GGUF file"),
        (bytes(4096), "not a GGUF file"),
    ],
)
def test_other_files(scratch, data, looks):
    assert looks in refusal(scratch, data).message


def test_not_a_file(tmp_path):
    with pytest.raises(ModelError, match="is a directory"):
        gguf.read(tmp_path)
    with pytest.raises(ModelError, match="no such file"):
        gguf.read(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="cannot be read"):
        gguf.read(tmp_path / "a\0b")
    with pytest.raises(ModelError, match="cannot be read"):
        gguf.read(tmp_path / ("n" * 300))
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(ModelError, match="cannot be read"):
        gguf.read(loop)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelError, match="not a regular file"):
        gguf.read(tmp_path / "pipe")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_permission(scratch):
    scratch.write_bytes(GOOD)
    scratch.chmod(0)
    try:
        with pytest.raises(ModelError, match="permission denied"):
            gguf.read(scratch)
    finally:
        scratch.chmod(0o600)


@pytest.mark.parametrize("cut", [1, 32, 1000, 1_000_000])
def test_a_download_that_stopped(scratch, cut):
    data = NANO_PATH.read_bytes()
    error = refusal(scratch, data[: len(data) - cut])
    assert "cut off" in error.message and f"{len(data) - cut:,}" in error.message


def test_the_largest_header_takes_bounded_time(scratch):
    """64 MiB of empty strings: the most work a file can make."""
    many = gguf.MAX_HEADER // 8
    start = head(pairs=1) + files.text("k") + struct.pack("<IIQ", ARRAY, STRING, many - 16)
    scratch.write_bytes(start)
    os.truncate(scratch, 2 * gguf.MAX_HEADER)
    started = time.perf_counter()
    gguf.read(scratch)
    assert time.perf_counter() - started < 10
