"""Maze beside other ways to bind llama.cpp to a JSON schema: the same model, schema, prompt and budget.

    python benchmarks/rivals.py --model random.gguf [--repeats 5] [--tokens 100] [--python venv/bin/python]

Each runs in a process of its own, one after the other in each round: seconds from the start of the process to
the first token, tokens a second after it, and peak memory. Medians go to benchmarks/RESULTS.md. The
rivals are what llama-cpp-python offers, its GBNF grammars and a logits processor, here with llguidance's masks;
and with --python, an interpreter that has guidance, outlines-core, xgrammar and llama-cpp-python, guidance, and the
masks of the other two in such a logits processor.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

SCHEMA = Path(__file__).parent / "texts" / "schema.json"
TASK = "Describe a function that reads lines of a file as JSON."


def maze(model: str, tokens: int) -> list[float]:
    from maze import pipeline, settings
    from maze.request import Target

    flags = {"generation.model": model, "generation.max_tokens": tokens, "generation.seed": 1}
    flags["engines.llamacpp.n_threads"] = 1
    chosen = settings.load({}, Path.cwd(), flags)
    watch = _Watch()
    request = pipeline.request(TASK, Target(schema=SCHEMA), chosen)
    [draft] = pipeline.generate(pipeline.plan(request, chosen), chosen, watch)
    # the text comes in pieces of one or more tokens
    share = draft.tokens.generated / len(watch.times)
    return [watch.times[0], (draft.tokens.generated - share) / (watch.times[-1] - watch.times[0])]


class _Watch:
    """A listener that notes when text came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def text(self, piece: str) -> None:
        self.times.append(time.monotonic())

    def stage(self, what: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...

    def drop(self, count: int) -> None: ...

    def note(self, line: str) -> None: ...

    def detail(self, line: str) -> None: ...


def _llama(model: str, tokens: int, options: Callable[[Any], dict[str, Any]]) -> list[float]:
    from llama_cpp import Llama

    llama = Llama(model, n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False, seed=1)
    pieces = llama.create_completion(
        TASK,
        max_tokens=tokens,
        temperature=0.2,
        min_p=0.05,
        top_k=0,
        top_p=1.0,
        stream=True,
        **options(llama),
    )
    times = [time.monotonic() for _ in pieces]
    return [times[0], (len(times) - 1) / (times[-1] - times[0])]


def gbnf(model: str, tokens: int) -> list[float]:
    from llama_cpp import LlamaGrammar

    return _llama(
        model, tokens, lambda _: {"grammar": LlamaGrammar.from_json_schema(SCHEMA.read_text(), verbose=False)}
    )


def processor(model: str, tokens: int) -> list[float]:
    import llguidance
    import llguidance.llamacpp
    import llguidance.numpy

    def options(llama: Any) -> dict[str, Any]:
        view = llguidance.llamacpp.lltokenizer_from_vocab(llama._model.vocab)
        matcher = llguidance.LLMatcher(
            view, llguidance.LLMatcher.grammar_from_json_schema(SCHEMA.read_text())
        )
        mask = llguidance.numpy.allocate_token_bitmask(1, view.vocab_size)

        def fill() -> Any:
            llguidance.numpy.fill_next_token_bitmask(matcher, mask, 0)
            return mask[0]

        return _masked(matcher.consume_token, fill)

    return _llama(model, tokens, options)


def xgrammar(model: str, tokens: int) -> list[float]:
    import xgrammar as xgr

    def options(llama: Any) -> dict[str, Any]:
        words, end = _words(llama)
        vocabulary = xgr.TokenizerInfo(
            words, vocab_type=xgr.VocabType.RAW, vocab_size=len(words), stop_token_ids=[end]
        )
        matcher = xgr.GrammarMatcher(xgr.GrammarCompiler(vocabulary).compile_json_schema(SCHEMA.read_text()))
        mask = xgr.allocate_token_bitmask(1, len(words))

        def fill() -> Any:
            matcher.fill_next_token_bitmask(mask)
            return mask[0].numpy()

        return _masked(matcher.accept_token, fill)

    return _llama(model, tokens, options)


def outlines(model: str, tokens: int) -> list[float]:
    import numpy as np
    from outlines_core import Guide, Index, Vocabulary
    from outlines_core.json_schema import build_regex_from_schema

    def options(llama: Any) -> dict[str, Any]:
        words, end = _words(llama)
        ids: dict[bytes, list[int]] = {}
        for token, word in enumerate(words):
            if word and token != end:
                ids.setdefault(word, []).append(token)
        index = Index(build_regex_from_schema(SCHEMA.read_text()), Vocabulary(end, ids))
        guide = Guide(index)
        mask = np.zeros((len(words) + 31) // 32, np.int32)

        def fill() -> Any:
            guide.write_mask_into(mask.ctypes.data, mask.size, mask.itemsize)
            return mask

        return _masked(lambda token: guide.advance(token, return_tokens=False), fill)

    return _llama(model, tokens, options)


def guidance(model: str, tokens: int) -> list[float]:
    from guidance import json as constrained
    from guidance import models

    state = models.LlamaCpp(model, n_ctx=1024, n_threads=1, echo=False, verbose=False) + TASK
    start = time.monotonic()
    state += constrained(schema=json.loads(SCHEMA.read_text()), max_tokens=tokens, temperature=0.2)
    usage = state._get_usage()
    seconds = (usage.total_latency_ms - usage.ttft_ms) / 1e3
    return [start + usage.ttft_ms / 1e3, (usage.output_tokens - 1) / seconds]


def _words(llama: Any) -> tuple[list[bytes], int]:
    """The bytes of each token, and the token that ends a text."""
    from ctypes import create_string_buffer

    from llama_cpp import llama_token_to_piece

    buffer = create_string_buffer(1024)
    words = []
    for token in range(llama.n_vocab()):
        size = llama_token_to_piece(llama._model.vocab, token, buffer, 1024, 0, True)
        words.append(buffer.raw[: max(size, 0)])
    return words, llama.token_eos()


def _masked(accept: Callable[[int], object], fill: Callable[[], Any]) -> dict[str, Any]:
    """A logits processor that follows the text by ``accept`` and masks by the bits of ``fill``."""
    import numpy as np
    from llama_cpp import LogitsProcessorList

    begun = False

    def process(ids: Any, scores: Any) -> Any:
        nonlocal begun
        if begun:
            accept(int(ids[-1]))
        begun = True
        bits = np.unpackbits(fill().view(np.uint8), bitorder="little")[: len(scores)]
        scores[bits == 0] = -np.inf
        return scores

    return {"logits_processor": LogitsProcessorList([process])}


WAYS = {
    "Maze": maze,
    "llama-cpp-python, GBNF": gbnf,
    "llama-cpp-python, logits processor with llguidance": processor,
}
ELSEWHERE = {
    "llama-cpp-python, logits processor with xgrammar": xgrammar,
    "llama-cpp-python, logits processor with outlines-core": outlines,
    "guidance": guidance,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--python", metavar="FILE", help="has the rivals that Maze does not need")
    parser.add_argument("--one", choices=WAYS | ELSEWHERE, help=argparse.SUPPRESS)
    parser.add_argument("--start", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        first, rate = (WAYS | ELSEWHERE)[options.one](options.model, options.tokens)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([first - options.start, rate, peak]))
        return

    import results

    names = [*WAYS, *(ELSEWHERE if options.python else ())]
    measured: dict[str, list[list[float]]] = {name: [] for name in names}
    for attempt in range(options.repeats + 1):
        for name, runs in measured.items():
            python = sys.executable if name in WAYS else options.python
            command = [python, __file__, "--model", options.model, "--tokens", str(options.tokens)]
            command += ["--one", name, "--start", str(time.monotonic())]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
            if attempt:  # the first round fills the caches
                runs.append(json.loads(done.stdout.splitlines()[-1]))
                print(name, runs[-1], flush=True)
    rows = []
    for name, runs in measured.items():
        first, rate, peak = (median(column) for column in zip(*runs, strict=True))
        rows.append([name, f"{first:.2f}", f"{rate:,.0f}", f"{peak:,.0f}"])
    results.write("rivals", rows)


if __name__ == "__main__":
    main()
