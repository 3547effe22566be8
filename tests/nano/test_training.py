"""Tokenizer, model, training and export, where torch is installed: ``pip install 'maze[nano]'``."""

from dataclasses import replace
from itertools import islice

import pytest

torch = pytest.importorskip("torch")
tokenizers = pytest.importorskip("tokenizers")
gguf = pytest.importorskip("gguf")

from nano import dataset, export, family, model, tokenizer, train  # noqa: E402

TINY = model.Config(vocabulary=600, width=64, layers=2, heads=2, hidden=96, context=512)
FAMILIES = family.load()


@pytest.fixture(scope="module")
def words():
    examples = islice(dataset.stream(FAMILIES, 1), 300)
    return tokenizer.train((text for each in examples for text in (each.prompt, each.code)), TINY.vocabulary)


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return model.Model(TINY).eval()


@pytest.fixture(scope="module")
def prompt(words):
    return words.encode(tokenizer.chat("python", "reverse a list called xs")).ids


def test_any_text_comes_back_from_the_tokenizer(words):
    for text in ("def f(x):\n\treturn 'é🙂'\n", "a1234 ", "<|x|>"):
        assert words.decode(words.encode(text).ids) == text
    assert words.encode("12").ids == words.encode("1").ids + words.encode("2").ids


def test_loss_is_on_the_answer_alone(words):
    tokens, asked = tokenizer.encode(words, "python", "add", "a + b\n")
    inputs, places, targets = train.collate([(tokens, asked)], "cpu")
    assert targets.tolist() == tokens[asked:] and targets[-1] == tokenizer.END_ID
    assert inputs[0][places].tolist() == tokens[asked - 1 : -1]


def test_gguf_has_the_logits_of_torch(tmp_path, words, tiny, prompt):
    llama_cpp = pytest.importorskip("llama_cpp")
    path = tmp_path / "tiny.gguf"
    export.to_gguf(tiny, words, path, "f32")
    loaded = llama_cpp.Llama(str(path), n_ctx=512, logits_all=True, verbose=False)
    text = tokenizer.chat("python", "reverse a list called xs")
    assert loaded.tokenize(text.encode(), add_bos=False, special=True) == prompt
    loaded.eval(prompt)
    with torch.no_grad():
        wanted = tiny(torch.tensor([prompt]))
    got = torch.tensor(loaded.scores[: len(prompt)])
    assert torch.allclose(got, wanted, atol=2e-3), (got - wanted).abs().max()


def test_the_hugging_face_folder_has_the_logits_of_torch(tmp_path, words, tiny, prompt):
    transformers = pytest.importorskip("transformers")
    export.to_hugging_face(tiny, words, tmp_path)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.allclose(
            loaded(torch.tensor([prompt])).logits[0], tiny(torch.tensor([prompt])), atol=1e-4
        )
    assert (
        transformers.AutoTokenizer.from_pretrained(tmp_path)(
            tokenizer.chat("python", "reverse a list called xs")
        ).input_ids
        == prompt
    )


def test_training_learns_and_goes_on_where_it_was_interrupted(tmp_path, words, monkeypatch):
    monkeypatch.setitem(train.SIZES, "tiny", TINY)
    recipe = train.Recipe(size="tiny", steps=6, batch=4, every=3, pool=4)
    said = []
    whole = train.train(FAMILIES, words, recipe, tmp_path / "whole.pt", said.append)
    assert [line.split(",")[0] for line in said] == ["step 3 of 6", "step 6 of 6"]

    class Interrupted(Exception):
        pass

    def interrupt(line):
        raise Interrupted

    with pytest.raises(Interrupted):
        train.train(FAMILIES, words, recipe, tmp_path / "half.pt", interrupt)
    half = train.train(FAMILIES, words, recipe, tmp_path / "half.pt", said.append)
    assert said[-1].startswith("step 6 of 6")
    for name, tensor in whole.state_dict().items():
        assert torch.allclose(tensor, half.state_dict()[name], atol=1e-3), name


def test_another_recipe_does_not_go_on_from_a_checkpoint(tmp_path, words, monkeypatch):
    monkeypatch.setitem(train.SIZES, "tiny", TINY)
    recipe = train.Recipe(size="tiny", steps=2, batch=2, every=2, pool=2)
    said = []
    train.train(FAMILIES, words, recipe, tmp_path / "one.pt", said.append)
    train.train(FAMILIES, words, replace(recipe, seed=2), tmp_path / "one.pt", said.append)
    assert len(said) == 2
