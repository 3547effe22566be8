"""Servers to talk to, and ways to talk to them."""

import json
from contextlib import ExitStack

import pytest

from maze import pipeline
from maze.api import Silent
from maze.request import Target
from maze.settings import Settings
from maze.settings.layers import load
from tests.engines.remote.server import serving

KEYS = (
    "VLLM_API_KEY",
    "OPENAI_API_KEY",
    "LLAMA_API_KEY",
    "SGLANG_API_KEY",
    "MODAL_API_KEY",
    "MODAL_ENDPOINT_URL",
)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    """No keys and settings of whoever runs the tests; a cache that remembers no other test's servers."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAZE_CONFIG", str(tmp_path / "config.toml"))


@pytest.fixture
def server():
    """Start servers: ``server(grammars="ignored")``."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(**options))


def settings_for(url, engine="vllm", **more) -> Settings:
    section = f"engines.{engine.replace('-', '_')}"
    flags = {"generation.engine": engine, f"{section}.base_url": url}
    flags |= {
        f"{section}.{name}": value
        for name, value in more.items()
        if name in ("timeout", "endpoint", "allow_plain_http")
    }
    flags |= {
        f"generation.{name}": value
        for name, value in more.items()
        if name not in ("timeout", "endpoint", "allow_plain_http")
    }
    from pathlib import Path

    return load({}, Path("/"), flags)


class Heard(Silent):
    """A listener that remembers."""

    def __init__(self):
        self.said, self.notes = "", []

    def text(self, piece):
        self.said += piece

    def drop(self, count):
        self.said = self.said[: len(self.said) - count]

    def note(self, line):
        self.notes.append(line)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def ask(heard):
    """All generations of one request: ``ask(running.url, Target(language="json"), max_tokens=9)``."""

    def run(
        url,
        target=None,
        prompt="something",
        *,
        engine="vllm",
        prefix="",
        suffix="",
        samples=1,
        constrained=True,
        **options,
    ):
        settings = settings_for(url, engine, **({"seed": 1} | options))
        target = target or Target(language="json")
        request = pipeline.request(
            prompt, target, settings, prefix=prefix, suffix=suffix, samples=samples, constrained=constrained
        )
        return list(pipeline.generate(pipeline.plan(request, settings), settings, heard))

    return run


@pytest.fixture
def remote(run_maze):
    """``maze generate`` against a server: ``remote(running.url, "a task", "-l", "json")``."""

    def run(url, *args, engine="vllm", env=None, **options):
        variable = f"MAZE_ENGINES_{engine.upper().replace('-', '_')}_BASE_URL"
        return run_maze("generate", *args, "-e", engine, env={variable: url} | (env or {}), **options)

    return run


def parsed(generation):
    return json.loads(generation.code)
