"""Stores of other programs, built from their documented layouts: right ones and hostile ones."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from maze import models, settings
from maze.errors import ModelError
from maze.models import stores
from tests.conftest import STORES
from tests.models.files import STRING, U16, build

COMMIT, OLDER = "a" * 40, "b" * 40
MODEL_LAYER = "application/vnd.ollama.image.model"


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in (*STORES, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    return tmp_path


def write(path: Path, data: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(build() if data is None else data)
    return path


def huggingface(home: Path, repository: str, file: str, data: bytes, commit: str = COMMIT) -> Path:
    folder = home / ".cache" / "huggingface" / "hub" / ("models--" + repository.replace("/", "--"))
    blob = write(folder / "blobs" / hashlib.sha256(data).hexdigest(), data)
    link = folder / "snapshots" / commit / file
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    write(folder / "refs" / "main", COMMIT.encode())
    return link


def ollama(home: Path, name: str, data: bytes | None, manifest: object = None) -> Path:
    digest = hashlib.sha256(data or b"").hexdigest()
    if manifest is None:
        layers = [
            {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "1" * 64, "size": 1},
            {"mediaType": MODEL_LAYER, "digest": f"sha256:{digest}", "size": len(data or b"")},
        ]
        manifest = {"schemaVersion": 2, "layers": layers}
    write(home / "ollama" / "manifests" / name, json.dumps(manifest).encode())
    blob = home / "ollama" / "blobs" / f"sha256-{digest}"
    return write(blob, data) if data is not None else blob


def listed() -> dict[str, models.Model]:
    return {model.name: model for model in models.available(settings.Settings()) if model.name != "nano"}


def resolve(name: str) -> models.Model:
    return models.resolve(name, settings.Settings())


def test_an_empty_home(home):
    assert listed() == {}


def test_huggingface(home):
    link = huggingface(home, "Qwen/Coder-GGUF", "coder-q4_k_m.gguf", build())
    assert listed() == {"coder-q4_k_m": models.Model("coder-q4_k_m", link, "huggingface")}
    names = ("CODER-Q4_K_M", "Qwen/Coder-GGUF", "qwen/coder-gguf:Q4_K_M", "Qwen/Coder-GGUF:coder-q4_k_m")
    for name in names:
        assert resolve(name).path == link
    assert resolve("coder-q4_k_m").header.name == "tiny"


def test_the_short_names_of_the_catalogue(home):
    link = huggingface(
        home, "Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", "qwen2.5-coder-7b-instruct-q4_k_m.gguf", build()
    )
    assert listed()["qwen2.5-coder:7b"].path == resolve("qwen2.5-coder-7b-instruct-q4_k_m").path == link
    ollama(home, "registry.ollama.ai/library/qwen2.5-coder/7b", build({"general.name": (STRING, "other")}))
    with pytest.raises(ModelError, match=r"2 models are called 'qwen2\.5-coder:7b'"):
        resolve("qwen2.5-coder:7b")
    assert resolve("ollama/qwen2.5-coder:7b").header.name == "other"


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        ("HF_HUB_CACHE", ""),
        ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ],
)
def test_where_huggingface_keeps_its_cache(home, monkeypatch, variable, below):
    monkeypatch.setenv(variable, str(home / "elsewhere"))
    path = write(home / "elsewhere" / below / "models--o--r" / "snapshots" / COMMIT / "x.gguf")
    assert [model.path for model in listed().values()] == [path]


def test_of_two_commits_the_current_one_counts(home):
    huggingface(home, "o/r", "x.gguf", build({"general.name": (STRING, "old")}), OLDER)
    huggingface(home, "o/r", "gone.gguf", build({"general.name": (STRING, "only there")}), OLDER)
    huggingface(home, "o/r", "x.gguf", build({"general.name": (STRING, "new")}))
    os.utime(home / f".cache/huggingface/hub/models--o--r/snapshots/{COMMIT}", (1, 1))
    assert set(listed()) == {"x", "gone"}
    assert resolve("x").header.name == "new"


def test_what_is_still_being_fetched_is_no_model(home):
    folder = huggingface(home, "o/r", "x.gguf", build()).parents[2]
    write(folder / "blobs" / ("c" * 64 + ".incomplete"), build()[:100])
    write(folder / "snapshots" / COMMIT / "README.md", b"#")
    write(folder / "snapshots" / COMMIT / "mmproj-x-f16.gguf")
    assert set(listed()) == {"x"}


def test_a_split_model_is_one(home):
    for i in range(2):
        part = build({"split.no": (U16, i), "split.count": (U16, 2)})
        huggingface(home, "o/r", f"q4/big-q4_0-{i + 1:05}-of-00002.gguf", part)
    assert set(listed()) == {"big-q4_0"}
    assert resolve("o/r:Q4_0").header.parameters == 2 * 256


def test_ollama(home):
    blob = ollama(home, "registry.ollama.ai/library/qwen2.5-coder/1.5b", build())
    ollama(home, "registry.ollama.ai/library/llama3/latest", build({"general.name": (STRING, "other")}))
    ollama(home, "registry.ollama.ai/somebody/mine/7b", build({"general.name": (STRING, "mine")}))
    ollama(home, "hf.co/o/r/Q4_K_M", build({"general.name": (STRING, "hub")}))
    assert set(listed()) == {"qwen2.5-coder:1.5b", "llama3", "somebody/mine:7b", "hf.co/o/r:Q4_K_M"}
    for name in ("qwen2.5-coder:1.5b", "ollama/qwen2.5-coder:1.5b"):
        assert (resolve(name).path, resolve(name).source) == (blob, "ollama")
    assert resolve("llama3:latest").header.name == "other"


def test_lm_studio_and_llama_cpp(home):
    studio = write(home / ".lmstudio/models/user/repo/x-Q8_0.gguf")
    older = write(home / ".cache/lm-studio/models/user/repo2/y.gguf")
    cached = write(home / ".cache/llama.cpp/org_repo_z.gguf")
    assert {name: model.path for name, model in listed().items()} == {
        "x-Q8_0": studio,
        "y": older,
        "org_repo_z": cached,
    }
    assert resolve("user/repo:q8_0").path == resolve("lmstudio/x-q8_0").path == studio
    assert resolve("llama.cpp/org_repo_z").source == "llama.cpp"


def test_one_name_in_two_stores(home):
    studio = write(home / ".lmstudio/models/user/repo/x.gguf")
    hub = huggingface(home, "org/repo", "x.gguf", build({"general.name": (STRING, "hub")}))
    assert set(listed()) == {"user/repo", "org/repo"}
    with pytest.raises(ModelError, match="2 models are called 'x': org/repo, user/repo") as caught:
        resolve("x")
    assert caught.value.hint
    assert (resolve("user/repo").path, resolve("org/repo").path) == (studio, hub)


def test_one_file_in_two_stores_is_one_model(home):
    hub = huggingface(home, "org/repo", "x.gguf", build())
    link = home / ".lmstudio/models/user/copy/x.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(hub)
    assert set(listed()) == {"x"}
    assert resolve("user/copy").path == resolve("org/repo").path == hub


# --- hostile stores -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "digest",
    [
        "sha256:../../../secret",
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 63,
        "../secret",
        "sha256-" + "a" * 64 + "/x",
        "",
        1,
        None,
    ],
)
def test_digests_that_are_none(home, digest):
    write(home / "secret")
    ollama(
        home,
        "registry.ollama.ai/library/evil/latest",
        None,
        {"layers": [{"mediaType": MODEL_LAYER, "digest": digest}]},
    )
    with pytest.raises(ModelError, match="names no GGUF model") as caught:
        resolve("evil")
    assert caught.value.hint


@pytest.mark.parametrize(
    "manifest", [None, 1, [], {}, {"layers": None}, {"layers": [1]}, {"layers": []}, {"layers": [{}]}]
)
def test_manifests_that_are_none(home, manifest):
    write(home / "ollama/manifests/registry.ollama.ai/library/x/latest", json.dumps(manifest).encode())
    assert listed()["x"].broken
    with pytest.raises(ModelError, match="names no GGUF model"):
        resolve("x")


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000, b'{"layers": "' + b"x" * (2 << 20) + b'"}'])
def test_manifests_that_are_no_json(home, data):
    write(home / "ollama/manifests/registry.ollama.ai/library/x/latest", data)
    assert listed()["x"].broken


def test_missing_blobs_are_broken_models(home):
    ollama(home, "registry.ollama.ai/library/gone/latest", None)
    link = huggingface(home, "o/r", "x.gguf", build())
    link.resolve().unlink()
    assert set(listed()) == {"gone", "x"}
    for name in ("gone", "x"):
        with pytest.raises(ModelError, match="no such file"):
            resolve(name)


def test_links_that_lead_nowhere_new(home):
    folder = home / ".lmstudio" / "models"
    folder.mkdir(parents=True)
    (folder / "self.gguf").symlink_to("self.gguf")
    (folder / "up").symlink_to("..")
    (folder / "one.gguf").symlink_to("two.gguf")
    (folder / "two.gguf").symlink_to("one.gguf")
    for name in listed():
        with pytest.raises(ModelError):
            resolve(name)
    assert "self" in listed()


def test_files_that_are_not_what_they_are_called(home):
    folder = home / ".cache" / "llama.cpp"
    sparse = write(folder / "sparse.gguf", b"GGUF")
    os.truncate(sparse, 10 << 30)
    write(folder / "page.gguf", b"<!DOCTYPE html>")
    write(folder / "bomb.gguf", b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 16)
    (folder / "folder.gguf").mkdir()
    os.mkfifo(folder / "pipe.gguf")
    assert set(listed()) == {"sparse", "page", "bomb", "pipe"}
    for name in listed():
        with pytest.raises(ModelError):
            resolve(name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_closed_folders(home):
    folder = home / ".lmstudio" / "models"
    write(folder / "user" / "repo" / "x.gguf")
    (folder / "user").chmod(0)
    try:
        assert listed() == {}
    finally:
        (folder / "user").chmod(0o700)


@pytest.mark.parametrize(
    ("stem", "quant"),
    [
        ("qwen2.5-coder-7b-instruct-q4_k_m", "Q4_K_M"),
        ("Model-UD-Q4_K_XL", "UD-Q4_K_XL"),
        ("model.IQ2_XXS", "IQ2_XXS"),
        ("model-IQ4_NL", "IQ4_NL"),
        ("gpt-oss-20b-MXFP4", "MXFP4"),
        ("x-bf16", "BF16"),
        ("x.Q8_0", "Q8_0"),
        ("model-TQ1_0", "TQ1_0"),
        ("faq4_0", None),
        ("model", None),
        ("f16-model", None),
    ],
)
def test_quantisations_of_names(stem, quant):
    assert stores.quantisation(stem) == quant
