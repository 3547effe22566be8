from __future__ import annotations

import pytest

from maze import settings
from maze.models import NANO_PATH, gguf, memory
from tests.models.files import ARRAY, STRING, U32, build

SHAPE = {
    "general.architecture": (STRING, "qwen2"),
    "qwen2.block_count": (U32, 28),
    "qwen2.context_length": (U32, 32768),
    "qwen2.embedding_length": (U32, 3584),
    "qwen2.attention.head_count": (U32, 28),
    "qwen2.attention.head_count_kv": (U32, 4),
}


def header(tmp_path, metadata):
    path = tmp_path / "x.gguf"
    path.write_bytes(build(metadata))
    return gguf.read(path)


@pytest.fixture
def load(tmp_path):
    def load(**variables: str):
        return settings.load({"MAZE_CONFIG": str(tmp_path / "config.toml"), **variables}, tmp_path)

    return load


def test_the_context_of_a_known_model(tmp_path, load):
    # of Qwen2.5 7B, llama.cpp says: KV self size = 448 MiB at 8192 tokens
    found = header(tmp_path, SHAPE)
    assert memory.needed(found, load()) == found.file_size + (448 << 20) + 512 * 4 * 4
    half = memory.needed(found, load(MAZE_ENGINES_LLAMACPP_N_CTX="4096"))
    assert half == found.file_size + (224 << 20) + 512 * 4 * 4


def test_heads_that_differ_by_layer(tmp_path, load):
    per_layer = {**SHAPE, "qwen2.attention.head_count_kv": (ARRAY, (U32, [4] * 28))}
    assert memory.needed(header(tmp_path, per_layer), load()) == pytest.approx(
        memory.needed(header(tmp_path, SHAPE), load()), rel=1e-5
    )


def test_what_fits(tmp_path, load, monkeypatch):
    nano = gguf.read(NANO_PATH)
    needed = memory.needed(nano, load())
    for total, fits in ((needed * 2, True), (needed, False), (None, None)):
        monkeypatch.setattr(memory, "total", lambda total=total: total)
        assert memory.fits(nano, load()) is fits


def test_a_container_has_less_than_its_machine(tmp_path, monkeypatch):
    whole = memory.total()
    assert whole and whole > 1 << 28
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMITS", (limit,))
    for text, total in (("max\n", None), ("1048576\n", 1 << 20)):
        limit.write_text(text)
        found = memory.total()
        assert found == total if total else found and found >= whole
