"""Servers that enforce nothing, and gaps, which no server can begin a grammar in: the promise still holds."""

import ast
import json

import pytest

from maze.request import Target

PYTHON = Target(language="python")


def test_the_user_is_told(server, ask, heard):
    ask(server(fields=(), replies=("[1]",)).url, engine="openai")
    assert any("replayed and completed here" in note for note in heard.notes)


def test_a_markdown_fence_is_no_part_of_the_code(server, ask, heard):
    running = server(fields=(), replies=('```json\n{"a": 1}\n```\nHope this helps!',))
    [generation] = ask(running.url, engine="openai")
    assert (generation.code, generation.finish) == ('{"a": 1}\n', "stop")
    assert heard.said.rstrip("\n") == generation.code.rstrip("\n")


@pytest.mark.parametrize("cut", range(1, 16))
def test_a_fence_is_found_however_it_is_cut(cut):
    from maze.engines.remote.transcript import Unfenced

    text = "```py\nx = `1`\n```\nbye"
    unfenced = Unfenced()
    parts = [unfenced.feed(text[at : at + cut]) for at in range(0, len(text), cut) if not unfenced.ended]
    assert "".join(parts) + unfenced.rest() == "x = `1`\n"


def test_a_text_without_a_fence_is_left_alone():
    from maze.engines.remote.transcript import Unfenced

    unfenced = Unfenced()
    assert unfenced.feed("``") + unfenced.feed("x = 1\n```") + unfenced.rest() == "``x = 1\n```"


def test_a_text_that_leaves_the_grammar_goes_on_from_there(server, ask, heard):
    running = server(fields=(), replies=('{"a": oops', "[1, 2]}"))
    [generation] = ask(running.url, engine="openai")
    assert generation.error is None
    assert json.loads(generation.code) == {"a": [1, 2]}
    assert '{"a": ' in running.log.generations[1]["messages"][-1]["content"]
    assert heard.said.rstrip("\n") == generation.code.rstrip("\n")


def test_a_model_that_never_keeps_to_the_grammar_is_asked_a_few_times_only(server, ask, heard):
    running = server(fields=(), replies=("{oops",))
    [generation] = ask(running.url, engine="openai")
    assert generation.error is None
    assert (json.loads(generation.code), generation.finish) == ({}, "closed")
    assert generation.ended == "the model left the grammar"
    assert 1 < len(running.log.generations) < 8


@pytest.mark.parametrize("budget", [4, 8, 16])
def test_any_budget_gives_complete_text(server, ask, budget):
    running = server(fields=(), replies=("def f(x):\n    if x:\n        return [x, (1, 2)]\n    return x\n",))
    [generation] = ask(running.url, PYTHON, engine="openai", max_tokens=budget)
    assert generation.error is None
    ast.parse(generation.code)


def test_what_providers_do_not_know_is_not_sent(server, ask):
    running = server(fields=(), replies=("[1]",))
    ask(running.url, engine="openai", top_k=5)
    assert not {"top_k", "min_p", "chat_template_kwargs", "structured_outputs"} & set(
        running.log.generations[0]
    )


def test_a_prefix_is_continued(server, ask, heard):
    running = server(replies=("    return a\n",))
    [generation] = ask(running.url, PYTHON, prefix="def f(a):\n")
    assert generation.error is None
    assert generation.code == "def f(a):\n    return a\n"
    assert heard.said.rstrip("\n") == generation.code.rstrip("\n")
    [sent] = running.log.generations
    assert sent["messages"][-1] == {"role": "assistant", "content": "def f(a):\n"}
    assert sent["continue_final_message"] and not sent["add_generation_prompt"]


def test_a_base_model_continues_the_text_itself(server, ask):
    running = server(template=False, replies=("    return a\n",))
    [generation] = ask(running.url, PYTHON, prefix="def f(a):\n")
    assert generation.code == "def f(a):\n    return a\n"
    assert running.log.generations[0]["prompt"].endswith("def f(a):\n")


def test_a_suffix_follows(server, ask):
    running = server(replies=("1 + 2",))
    [generation] = ask(running.url, PYTHON, prefix="x = (", suffix=")\n")
    assert generation.error is None
    assert generation.code == "x = (1 + 2)\n"


def test_a_suffix_that_cannot_follow_yet_is_made_to(server, ask):
    running = server(replies=("[1 + 2",))
    [generation] = ask(running.url, PYTHON, prefix="x = (", suffix=")\n")
    assert generation.error is None
    ast.parse(generation.code)
    assert generation.code.startswith("x = (") and generation.code.endswith(")\n")


def test_sglang_and_llama_server_are_asked_for_grammars_their_way(server, ask):
    for engine, field in (("sglang", "ebnf"), ("llama-server", "grammar")):
        running = server(fields=(field,), described=False)
        [generation] = ask(running.url, engine=engine)
        assert generation.error is None
        assert running.log.generations[0][field].startswith("%llguidance")


def test_modal_is_where_its_variable_says(server, ask, monkeypatch):
    running = server()
    monkeypatch.setenv("MODAL_ENDPOINT_URL", running.url + "/v1/")
    [generation] = ask(None, engine="modal")
    assert (generation.error, generation.engine) == (None, "modal")
