"""A real OpenAI-compatible server that takes no Lark grammars: llama-cpp-python's own, with the built-in model."""

import ast
import json
import socket
import subprocess
import sys
import time

import httpx
import pytest

from maze.models import NANO_PATH
from maze.request import Target

pytest.importorskip("fastapi", reason="needs pip install 'llama-cpp-python[server]'")


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--model": NANO_PATH,
        "--model_alias": "nano",
        "--port": port,
        "--n_ctx": 512,
        "--n_threads": 1,
    }
    words = [str(word) for pair in options.items() for word in pair]
    log = (tmp_path_factory.mktemp("server") / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "llama_cpp.server", *words], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/v1/models", trust_env=False)
                break
            except httpx.ConnectError:
                assert process.poll() is None, "the server died"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.mark.parametrize("endpoint", ["chat", "completions"])
@pytest.mark.parametrize("budget", [4, 40])
def test_whatever_it_writes_comes_out_complete(url, ask, heard, endpoint, budget):
    python = ask(
        url,
        Target(language="python"),
        "add two numbers",
        engine="openai",
        max_tokens=budget,
        endpoint=endpoint,
    )
    assert python[0].error is None
    ast.parse(python[0].code)
    assert python[0].model == "nano"
    assert heard.said.rstrip("\n") == python[0].code.rstrip("\n")
    [document] = ask(
        url, Target(language="json"), "add", engine="openai", max_tokens=budget, endpoint=endpoint
    )
    assert document.error is None
    json.loads(document.code)
