from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from maze import models, settings
from maze.errors import ModelError
from tests.conftest import STORES
from tests.models.files import ARRAY, STRING, U16, build


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def load(tmp_path, folder, monkeypatch, maze_env):
    monkeypatch.chdir(tmp_path)
    for name in STORES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", maze_env["HOME"])
    monkeypatch.setenv("OLLAMA_MODELS", maze_env["OLLAMA_MODELS"])

    def load(*folders: Path, **variables: str):
        dirs = os.pathsep.join(map(str, folders or (folder,)))
        environ = {"MAZE_MODELS_DIRS": dirs, "MAZE_CONFIG": str(tmp_path / "config.toml"), **variables}
        return settings.load(environ, tmp_path)

    return load


def write(path: Path, data: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(build() if data is None else data)
    return path


def test_nano_is_the_default(load):
    assert models.default(load()) == "nano"
    assert models.default(load(MAZE_GENERATION_MODEL="tiny")) == "tiny"
    nano = models.resolve("nano", load())
    assert (nano.name, nano.source) == ("nano", "embedded")
    assert hashlib.sha256(nano.path.read_bytes()).hexdigest() == models.NANO_SHA256 == models.verify_nano()


def test_header_bytes_end_where_the_weights_begin():
    nano = models.Model("nano", models.NANO_PATH, "embedded")
    head = nano.header_bytes()
    assert (
        head.startswith(b"GGUF") and b"tokenizer.chat_template" in head and b"blk.6.ffn_down.weight" in head
    )
    assert len(head) == nano.header.length < 100_000


def test_a_file(load, tmp_path, monkeypatch):
    path = write(tmp_path / "here.gguf")
    (tmp_path / "link.gguf").symlink_to(path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("here.gguf", "./here.gguf", str(path), "~/here.gguf", "link.gguf"):
        model = models.resolve(name, load())
        assert (model.name, model.source) == (name, "file")
        assert model.path.samefile(path)
    assert models.resolve(str(write(tmp_path / "ollama" / "blob")), load()).header.name == "tiny"


def test_a_name(load, folder):
    path = write(folder / "user" / "repo" / "Tiny-Q8.gguf")
    for name in ("Tiny-Q8", "tiny-q8"):
        assert models.resolve(name, load()) == models.Model("Tiny-Q8", path, "dir")


def test_a_bare_name_is_never_a_file_of_the_working_directory(load, tmp_path):
    write(tmp_path / "evil")
    with pytest.raises(ModelError, match="unknown model 'evil'"):
        models.resolve("evil", load())


def test_near_names(load, folder):
    write(folder / "codellama.gguf")
    for word, near in (("nanno", "'nano'"), ("codelama", "'codellama'")):
        with pytest.raises(ModelError, match=f"unknown model '{word}'") as caught:
            models.resolve(word, load())
        assert near in (caught.value.hint or "") and "maze models list" in (caught.value.hint or "")


def test_two_files_of_one_name(load, folder):
    one, two = write(folder / "a" / "tiny.gguf"), write(folder / "b" / "TINY.gguf")
    with pytest.raises(ModelError) as caught:
        models.resolve("tiny", load())
    assert str(one) in caught.value.message and str(two) in caught.value.message
    assert {model.name for model in models.available(load())} == {"nano", str(one), str(two)}
    for model in models.available(load()):
        assert models.resolve(model.name, load()).path == model.path


def test_one_file_found_twice_is_one_model(load, folder):
    path = write(folder / "tiny.gguf")
    (folder / "again.gguf").symlink_to(path)
    (folder / "loop").symlink_to(folder)
    assert len(models.available(load(folder, folder))) == 2


def test_a_file_called_nano_does_not_replace_nano(load, folder):
    path = write(folder / "nano.gguf")
    assert models.resolve("nano", load()).source == "embedded"
    assert [model.name for model in models.available(load())] == ["nano", str(path)]


def test_missing_folders_hold_no_models(load, tmp_path):
    assert [model.name for model in models.available(load(tmp_path / "none"))] == ["nano"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("./models", "is a directory"),
        ("none.gguf", "no such file"),
        ("~nobody-here/x.gguf", "no such home directory"),
        ("", "unknown model ''"),
        (".", "unknown model '.'"),
        ("a\0.gguf", "cannot be read"),
    ],
)
def test_what_is_no_model(load, name, reason):
    with pytest.raises(ModelError) as caught:
        models.resolve(name, load())
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (build(tensors=[]), "no weights"),
        (build({"tokenizer.ggml.tokens": None}), "no vocabulary"),
        (build({"general.architecture": None}), "no architecture"),
        (build({"general.type": (STRING, "adapter")}), "adapter"),
        (build({"general.architecture": (STRING, "clip")}), "clip"),
        (build()[:-100], "cut off"),
    ],
)
def test_files_that_cannot_write_text(load, tmp_path, data, reason):
    write(tmp_path / "x.gguf", data)
    with pytest.raises(ModelError) as caught:
        models.resolve("x.gguf", load())
    assert reason in caught.value.message


def test_a_changed_file_is_read_again(load, tmp_path):
    path = write(tmp_path / "x.gguf")
    assert models.resolve("x.gguf", load()).header.name == "tiny"
    write(path, build({"general.name": (STRING, "other")}))
    assert models.resolve("x.gguf", load()).header.name == "other"


def test_a_header_is_read_once(load, tmp_path, monkeypatch):
    write(tmp_path / "x.gguf", build({"general.name": (STRING, "é"), "a.list": (ARRAY, (U16, [1, 2]))}))
    read = models.resolve("x.gguf", load()).header
    models._header.cache_clear()
    monkeypatch.setattr(models.gguf, "read", None)  # nobody may read it again
    assert models.resolve("x.gguf", load()).header == read


def part(number: int, count: int = 2) -> bytes:
    return build({"split.no": (U16, number), "split.count": (U16, count)})


def test_split_models(load, folder):
    first = write(folder / "big-00001-of-00002.gguf", part(0))
    second = write(folder / "big-00002-of-00002.gguf", part(1))
    assert [model.name for model in models.available(load())] == ["nano", "big"]
    model = models.resolve("big", load())
    assert model.path == first
    assert model.header.parameters == 2 * 256
    assert model.header.file_size == first.stat().st_size + second.stat().st_size

    with pytest.raises(ModelError, match="is part 2 of a model in 2 files") as caught:
        models.resolve(str(second), load())
    assert str(first) in (caught.value.hint or "")

    renamed = write(folder / "renamed.gguf", part(0))
    with pytest.raises(ModelError, match="not named like one"):
        models.resolve(str(renamed), load())


@pytest.mark.parametrize(
    ("second", "reason"),
    [(None, "no such file"), (part(0), "is not part 2 of 2"), (part(1)[:-100], "cut off")],
)
def test_all_parts_must_be_sound(load, folder, second, reason):
    write(folder / "big-00001-of-00002.gguf", part(0))
    if second:
        write(folder / "big-00002-of-00002.gguf", second)
    with pytest.raises(ModelError) as caught:
        models.resolve("big", load())
    assert reason in caught.value.message and "00002-of-00002" in caught.value.message
