"""Engines over HTTP: vLLM, and servers that speak its language."""

from functools import partial

from maze.engines.remote.engine import Remote

__all__ = ["llama_server", "modal", "openai", "sglang", "vllm"]

vllm = partial(Remote, "vllm")
modal = partial(Remote, "modal")
sglang = partial(Remote, "sglang")
llama_server = partial(Remote, "llama-server")
openai = partial(Remote, "openai")
