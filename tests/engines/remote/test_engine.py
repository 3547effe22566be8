"""What comes of a request to a server that obeys grammars, and to those that do not."""

import ast
import json
import re

import pytest

from maze.errors import NotEnforcedError
from maze.request import Target

PYTHON = Target(language="python")


def test_the_answer_is_complete_proven_and_streamed(server, ask, heard):
    running = server()
    [generation] = ask(running.url)
    assert generation.error is None
    json.loads(generation.code)
    assert generation.verified
    assert heard.said == generation.code.rstrip("\n")
    assert (generation.engine, generation.model) == ("vllm", "toy")
    assert generation.tokens.generated > 0


@pytest.mark.parametrize("budget", [1, 2, 8, 16, 64])
@pytest.mark.parametrize("target", [Target(language="json"), PYTHON], ids=["json", "python"])
def test_any_budget_gives_complete_text_within_it(server, ask, heard, target, budget):
    running = server()
    for generation in ask(running.url, target, samples=2, max_tokens=budget):
        assert generation.error is None
        (ast.parse if target is PYTHON else json.loads)(generation.code)
        [count] = {sum(1 for _ in _pieces(generation.code))}
        assert count <= budget + 1  # the line end that every file has is not the model's


def _pieces(code):
    from tests.engines.remote.server import _tokenized

    return _tokenized(code.rstrip("\n").encode())


def test_a_closed_text_says_what_was_added(server, ask, heard):
    running = server()
    [closed] = ask(running.url, Target(regex="[(][a-z ]+[)]{3}"), max_tokens=9)
    assert (closed.finish, closed.ended) == ("closed", "the token budget was reached")
    assert closed.code.endswith(closed.added) and closed.added.endswith(")))")
    assert heard.said == closed.code


def test_a_text_the_server_cuts_short_is_completed(server, ask):
    running = server(tokens=5)
    generations = ask(running.url, Target(regex="[(][a-z ]{40,99}[)]"), samples=2)
    assert all(one.error is None for one in generations)
    assert {one.ended for one in generations} == {"the server stopped in the middle"}


def test_what_is_sent_is_what_servers_of_all_ages_know(server, ask):
    running = server()
    ask(running.url, max_tokens=20, temperature=0.5, top_p=0.9, top_k=7, min_p=0.0)
    [sent] = running.log.generations
    assert {name: sent[name] for name in ("max_tokens", "temperature", "top_p", "top_k", "seed")} == {
        "max_tokens": 20,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 7,
        "seed": 1,
    }
    assert sent["structured_outputs"]["grammar"].startswith("%llguidance {}")
    assert "min_p" not in sent and "guided_decoding_backend" not in sent
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}


def test_samples_have_seeds_of_their_own(server, ask):
    running = server()
    ask(running.url, samples=3, max_tokens=8)
    assert [sent["seed"] for sent in running.log.generations] == [1, 2, 3]


def test_a_regex_and_a_schema_are_sent_as_grammars(server, ask, tmp_path):
    running = server()
    [date] = ask(running.url, Target(regex="[0-9]{4}-[0-9]{2}"))
    assert re.fullmatch("[0-9]{4}-[0-9]{2}", date.code)
    schema = tmp_path / "person.json"
    schema.write_text(
        '{"type": "object", "properties": {"x": {"enum": ["y"]}}, "required": ["x"], "additionalProperties": false}'
    )
    [person] = ask(running.url, Target(schema=schema))
    assert json.loads(person.code) == {"x": "y"}
    assert all(
        sent["structured_outputs"]["grammar"].startswith("%llguidance") for sent in running.log.generations
    )


@pytest.mark.parametrize(
    ("fields", "described", "sent"),
    [
        (("structured_outputs",), True, {"structured_outputs"}),
        (("guided_grammar",), True, {"guided_grammar"}),
        (("structured_outputs", "guided_grammar"), True, {"structured_outputs"}),
        (("guided_grammar",), False, {"structured_outputs", "guided_grammar"}),
    ],
    ids=["new", "old", "between", "undescribed"],
)
def test_the_field_is_the_one_the_server_knows(server, ask, fields, described, sent):
    running = server(fields=fields, described=described)
    [generation] = ask(running.url)
    assert generation.error is None
    assert {"structured_outputs", "guided_grammar"} & set(running.log.generations[0]) == sent


def test_a_model_without_a_chat_template_gets_a_text_to_continue(server, ask):
    running = server(template=False)
    [generation] = ask(running.url, prompt="a thing")
    assert generation.error is None
    assert running.log.bodies("/v1/completions")[-1]["prompt"].startswith("a thing")


def test_the_endpoint_can_be_chosen(server, ask):
    running = server()
    ask(running.url, endpoint="completions")
    assert not running.log.bodies("/v1/chat/completions")


@pytest.mark.parametrize(
    ("grammars", "says"),
    [
        ("ignored", "ignores grammars"),
        ("xgrammar", "xgrammar"),
        ("locked", "locked to another"),
        ("empty", "with nothing"),
        ("illegal", "did not enforce"),
    ],
)
def test_a_server_that_does_not_obey_is_never_a_success(server, ask, grammars, says):
    running = server(grammars=grammars)
    with pytest.raises(NotEnforcedError, match=says) as caught:
        ask(running.url)
    assert "--structured-outputs-config.backend guidance" in caught.value.hint


def test_what_a_disobedient_server_wrote_is_not_lost(server, ask):
    running = server(grammars="illegal", replies=("Sure! Here",))
    with pytest.raises(NotEnforcedError) as caught:
        ask(running.url)
    assert caught.value.text.startswith("S")


def test_a_probe_is_asked_once_until_it_fails(server, ask):
    running = server()
    ask(running.url)
    probes = len(running.log.requests) - 1
    ask(running.url)
    assert len(running.log.requests) == probes + 2
    running.become(version="0.33.0")
    ask(running.url)
    assert len(running.log.requests) == 2 * probes + 3


def test_bad_news_is_not_kept(server, ask):
    running = server(grammars="ignored")
    with pytest.raises(NotEnforcedError):
        ask(running.url)
    running.become(grammars="guidance")
    assert ask(running.url)[0].error is None


def test_without_the_constraint_no_grammar_is_sent(server, ask):
    running = server(replies=("[1, 2]",))
    [generation] = ask(running.url, constrained=False)
    assert generation.code.strip() == "[1, 2]"
    assert generation.error is None
    assert "structured_outputs" not in running.log.generations[0]
