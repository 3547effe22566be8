"""Evaluation asks nothing that training asked, and judges by running."""

from itertools import islice
from pathlib import Path

from maze import models
from nano import dataset, evaluate, family

FAMILIES = family.load()


def test_what_training_asked_is_not_asked_again():
    examples = list(islice(dataset.stream(FAMILIES, 1), 50))
    first = examples[0].prompt
    left = list(evaluate.unseen(examples, {evaluate.plain(f" {first.upper()}. ")}))
    assert first not in [each.prompt for each in left]
    assert len(left) == len({evaluate.plain(each.prompt) for each in examples}) - 1


def test_an_answer_is_run_and_not_compared(monkeypatch):
    reverse = [each for each in FAMILIES if each.name == "reverse_list"]

    def answer(example, model, temperature):
        name = example.sample.names.name
        [argument] = example.sample.names.arguments
        return f"def {name}({argument}):\n    return list(reversed({argument}))", 10, 0.1

    monkeypatch.setattr(evaluate, "ask", answer)
    monkeypatch.setattr(dataset.copying, "task", None)
    monkeypatch.setattr(dataset, "COPYING", 0.0)
    score = evaluate.evaluate(reverse, Path("none"), "names", "python", 3, 0.0, set())
    assert (score.asked, score.right, score.named, score.share) == (3, 3, 3, 1.0)
    monkeypatch.setattr(evaluate, "ask", lambda *_: ("def f(x):\n    return x", 10, 0.1))
    score = evaluate.evaluate(reverse, Path("none"), "names", "python", 3, 0.0, set())
    assert (score.asked, score.right, score.named, len(score.wrong)) == (3, 0, 0, 3)


def test_a_request_goes_the_way_of_a_user(monkeypatch):
    monkeypatch.setattr(models, "NANO_PATH", models.NANO_PATH)
    [example] = islice(dataset.stream(FAMILIES, 1, languages=["python"]), 1)
    text, tokens, seconds = evaluate.ask(example, models.NANO_PATH, 0.0)
    assert text.strip() and tokens > 0 and seconds > 0
