import pytest

from maze import cache
from maze.engines.llamacpp import vocabulary


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path))


def test_a_vocabulary_from_the_cache_is_the_model_s_own(nano, monkeypatch):
    asked = vocabulary.read(nano, b"header")
    monkeypatch.setattr(nano, "piece", None)  # nobody may ask the model again
    assert vocabulary.read(nano, b"header") == asked
    assert len(asked.pieces) == nano.vocab_size


def test_another_header_is_another_vocabulary(nano):
    vocabulary.read(nano, b"header")
    with pytest.raises(TypeError):
        cache.cached("vocabulary", cache.digest(b"other"), None)


def test_control_tokens_are_marked_and_end_tokens_known(nano):
    words = vocabulary.read(nano, b"header")
    [end] = nano.tokenize(b"<|im_end|>", special=True)
    assert words.pieces[end] == b"\xff<|im_end|>"
    assert end in words.eog


def test_llguidance_tokenizes_like_the_model(nano):
    view = vocabulary.tokenizer(nano, vocabulary.read(nano, b"header"))
    text = b"for index in range(10):\n    print(index)\n"
    assert view.tokenize_bytes(text) == nano.tokenize(text, special=False)
