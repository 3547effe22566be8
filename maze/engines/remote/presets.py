"""What is known about each kind of server: where a grammar goes in a request, and who keeps to it.

Of vLLM this was measured (0.32.0), of the others it was not yet. The probe asks each server anyway, and each
answer is replayed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of server.

    ``fields`` are the request's fields that take a grammar, tried together. Where ``promises``, a server
    that does not enforce the grammar is an error; else its text is replayed and goes on from the last
    point that the grammar allows. ``samples`` are the sampling options known besides those of OpenAI.
    ``prefills``: a chat may end with the beginning of the answer; ``continues``: a field has to say so.
    """

    name: str
    section: str  # of the settings, below ``engines``
    fields: tuple[str, ...]
    promises: bool
    start: str  # how to start one
    samples: tuple[str, ...] = ()
    url_variable: str | None = None  # says where it is, when the settings do not
    prefills: bool = True
    continues: bool = False
    templates: bool = True  # takes ``chat_template_kwargs``


_MORE = ("top_k", "min_p", "repetition_penalty")
_VLLM = ("structured_outputs", "guided_grammar")
_SERVE = "vllm serve MODEL --host 127.0.0.1 --structured-outputs-config.backend guidance"

PRESETS = {
    preset.name: preset
    for preset in (
        Preset("vllm", "vllm", _VLLM, True, _SERVE, _MORE, continues=True),
        Preset(
            "modal",
            "modal",
            _VLLM,
            True,
            "modal deploy deploy/modal_app.py",
            _MORE,
            url_variable="MODAL_ENDPOINT_URL",
            continues=True,
        ),
        # its llguidance backend takes Lark where the others take EBNF
        Preset(
            "sglang",
            "sglang",
            ("ebnf",),
            False,
            "python -m sglang.launch_server --model-path MODEL --grammar-backend llguidance",
            _MORE,
            continues=True,
        ),
        # built with LLAMA_LLGUIDANCE it takes Lark where others take GBNF
        Preset(
            "llama-server",
            "llama_server",
            ("grammar",),
            False,
            "llama-server -m FILE.gguf --port 8080",
            ("top_k", "min_p"),
        ),
        Preset("openai", "openai", (), False, "see the provider", prefills=False, templates=False),
    )
}
