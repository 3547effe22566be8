from __future__ import annotations

import pytest

from maze import models, settings
from maze.models import catalog, memory
from tests.conftest import STORES
from tests.models.files import STRING, TENSORS, U32, build

CHAT = {"tokenizer.chat_template": (STRING, "{{ messages }}")}
FIM = {f"tokenizer.ggml.fim_{part}_token_id": (U32, 1 + i) for i, part in enumerate(("pre", "suf", "mid"))}
LARGER = [*TENSORS, ("blk.0.ffn_down.weight", (32, 300), 1)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in STORES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    folder = tmp_path / ".lmstudio" / "models"
    folder.mkdir(parents=True)
    return folder


def default() -> str:
    return models.default(settings.Settings())


def test_nano_where_there_is_nothing_else(folder):
    assert default() == "nano"


def test_only_what_is_whole_and_can_chat_or_complete(folder):
    (folder / "broken.gguf").write_bytes(build(CHAT)[:-100])
    (folder / "plain.gguf").write_bytes(build())
    assert default() == "nano"
    (folder / "completes.gguf").write_bytes(build(FIM))
    assert default() == "completes"


def test_code_counts_more_than_size_and_size_more_than_bits(folder):
    (folder / "a.gguf").write_bytes(build(CHAT))
    (folder / "b.gguf").write_bytes(build(CHAT, LARGER))
    assert default() == "b"
    (folder / "small-coder.gguf").write_bytes(build(CHAT))
    assert default() == "small-coder"
    (folder / "coder-f16.gguf").write_bytes(build(CHAT, [*TENSORS[:-1], ("blk.0.ffn_up.weight", (32, 3), 0)]))
    assert default() == "coder-f16"


def test_what_does_not_fit_is_left(folder, monkeypatch):
    (folder / "coder.gguf").write_bytes(build(CHAT))
    monkeypatch.setattr(memory, "total", lambda: 1000)
    assert default() == "nano"
    monkeypatch.setattr(memory, "total", lambda: None)
    assert default() == "coder"


@pytest.mark.parametrize(
    ("gigabytes", "gpu", "name"),
    [
        (1, False, "1.5b"),
        (4, False, "1.5b"),
        (16, False, "7b"),
        (256, False, "7b"),
        (256, True, "32b"),
        (16, True, "14b"),
        (None, False, "7b"),
    ],
)
def test_recommendations(gigabytes, gpu, name):
    memory = gigabytes and gigabytes * 10**9
    assert catalog.recommended(memory, gpu=gpu).name == f"qwen2.5-coder:{name}"


def test_the_catalogue_is_sorted_and_complete():
    assert [known.parameters for known in catalog.models()] == sorted(
        known.parameters for known in catalog.models()
    )
    for known in catalog.models():
        assert catalog.find(known.name.upper()) == known
        assert known.repository.count("/") == 1 and known.quantisation and known.licence
