"""Errors as servers word them: recorded from vLLM 0.32.0 and llama-cpp-python 0.3.36."""

import json

import pytest

from maze.engines.remote.refusals import in_stream, message_of, refusal
from maze.engines.remote.server import Server
from maze.errors import EngineError, GrammarError, NotEnforcedError

SERVER = Server("http://gpu:8000", "engines.vllm", 60.0, "vllm serve", "sk-secret")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"error": {"message": "no", "code": 400}}, "no"),
        ({"object": "error", "message": "no"}, "no"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body"], "msg": "missing"}]}, '[{"loc": ["body"], "msg": "missing"}]'),
        ({}, "{}"),
    ],
)
def test_all_shapes_of_a_message(body, message):
    assert message_of(body) == message
    assert message_of(json.dumps(body).encode()) == message


def test_a_page_of_a_proxy_is_shortened():
    assert len(message_of(b"<html>" + b"bad gateway " * 900)) < 400
    assert message_of(b"\xff\x00 ") == "\ufffd\x00"
    assert message_of(b"") == "it says nothing"


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 2048 tokens. However, your request has 2100 input tokens.",
        "This model's maximum context length is 2048 tokens, however you requested 2100 tokens "
        "(2096 in your prompt; 4 for the completion).",
        "This model's maximum context length is 2048 tokens. However, your messages resulted in 2100 tokens.",
    ],
)
def test_a_context_error_has_both_numbers(message):
    error = refusal(SERVER, 400, {"error": {"message": message}})
    assert "2,100 tokens" in str(error) and "2,048 tokens" in str(error)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Grammar error: at 3(1): unknown name", GrammarError),
        (400, "Invalid grammar specification.", NotEnforcedError),
        (401, "Unauthorized", EngineError),
        (429, "slow down", EngineError),
        (500, "EngineCore encountered an issue. See stack trace (above) for the root cause.", EngineError),
        (418, "teapot", EngineError),
    ],
)
def test_each_is_the_error_it_means_and_says_what_to_do(status, message, kind):
    error = refusal(SERVER, status, {"error": {"message": message}})
    assert isinstance(error, kind)
    assert error.hint


def test_a_key_that_a_server_repeats_is_not_shown():
    error = refusal(SERVER, 400, {"error": {"message": "Incorrect API key provided: sk-secret."}})
    assert "sk-secret" not in str(error)
    assert "sk-secret" not in repr(SERVER)


def test_an_error_within_a_stream():
    assert isinstance(
        in_stream(SERVER, {"message": "Invalid grammar specification.", "code": 400}), NotEnforcedError
    )
    assert "broken" in str(in_stream(SERVER, "broken"))
