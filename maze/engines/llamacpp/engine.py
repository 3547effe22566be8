"""llama.cpp in this process: load, read the prompt, decode under the grammar."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Tokens
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from maze import languages, models
from maze.decoding import loop
from maze.decoding.closing import Closers, ClosingGuard, Runaway
from maze.decoding.matcher import Matcher
from maze.decoding.sampling import Sampler
from maze.decoding.sequence import Sequence
from maze.engines import Draft, Listener
from maze.engines.llamacpp import chat, vocabulary
from maze.engines.llamacpp.native import Cancellation, Cancelled, Context, LoadOptions, Model
from maze.engines.llamacpp.vocabulary import Vocabulary
from maze.errors import EngineError
from maze.request import Request, Timings
from maze.request import Tokens as TokenCounts

if TYPE_CHECKING:
    from llguidance import LLTokenizer

    from maze.grammar import Constraint
    from maze.prompt import Prompt
    from maze.settings import Settings

_Closable = TypeVar("_Closable", Model, Context)

_LARGEST_DEFAULT_CONTEXT = 8192  # tokens; a model trained for 128k would ask for gigabytes of KV cache
_TINY = 64 << 20  # bytes; below, one thread is faster than any number that has to be kept in step


class LlamaCpp:
    """The engine ``llamacpp``.

    Loading and reading the prompt run in a worker thread: native code that leaves Python free to build
    tokenizer and matcher meanwhile, and to see Ctrl-C at once.
    """

    name = "llamacpp"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cancellation = Cancellation()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="llama.cpp")
        self._resources = ExitStack()

    def __enter__(self) -> LlamaCpp:
        return self

    def __exit__(self, *exception: object) -> None:
        self._cancellation.set()
        self._worker.shutdown()
        self._resources.close()

    def generate(
        self, request: Request, prompt: Prompt, constraint: Constraint | None, listener: Listener
    ) -> Iterator[Draft]:
        """See ``Engine.generate``. The prompt is read once for all samples."""
        start = perf_counter()
        timings = Timings()
        found = models.resolve(request.model, self._settings)
        options = self._options(found.header.file_size)

        listener.stage(f"loading {found.name}")
        model = self._start(Model, found.path, options, self._cancellation).result()
        timings.load = perf_counter() - start

        tokens = self._prompt_tokens(model, prompt, listener)
        size = self._context_size(model, len(tokens), request.max_tokens)
        listener.stage("reading the prompt")
        reading = self._start(self._read, model, size, options, tokens, listener)
        loaded = perf_counter()
        words = vocabulary.read(model, found.header_bytes())
        view = vocabulary.tokenizer(model, words) if constraint else None
        timings.tokenizer = perf_counter() - loaded
        matcher = _matcher(view, constraint, prompt.prefix) if view and constraint else None
        timings.compile = perf_counter() - loaded - timings.tokenizer
        context = reading.result()
        timings.prefill = perf_counter() - loaded

        sequence = Sequence(context, tokens)
        closing = _Closing(constraint, prompt.prefix, words, view) if view and constraint else None
        room = min(request.max_tokens, size - len(tokens))
        for index in range(request.samples):
            begun = start if index == 0 else perf_counter()
            listener.stage("writing")
            sequence.truncate(0)
            seed = request.sampling.seed + index
            follower = matcher.copy() if matcher else None
            pieces = _Pieces(words, prompt.prefix, listener)
            guard = closing.guard(room) if closing else None
            try:
                run = loop.run(
                    sequence,
                    Sampler(request.sampling, seed),
                    follower,
                    eog=frozenset(words.eog),
                    max_tokens=room,
                    output=pieces,
                    guard=guard,
                )
            except Cancelled:
                raise KeyboardInterrupt from None
            yield _draft(run, follower, words, pieces, guard, seed, room, len(tokens), timings, begun)

    def _start(self, work: Callable[..., _Closable], *arguments: object) -> Future[_Closable]:
        """Let the worker make something that is closed with the engine, also when nobody waits for it."""
        future = self._worker.submit(work, *arguments)
        self._resources.callback(_close, future)
        return future

    def _options(self, file_size: int) -> LoadOptions:
        chosen = self._settings.engines.llamacpp
        threads = chosen.n_threads or (1 if file_size < _TINY else max(1, (os.cpu_count() or 2) - 1))
        return LoadOptions(
            n_gpu_layers=chosen.n_gpu_layers,
            use_mmap=chosen.use_mmap,
            use_mlock=chosen.use_mlock,
            n_batch=chosen.n_batch,
            n_threads=threads,
            flash_attn=chosen.flash_attn,
        )

    def _prompt_tokens(self, model: Model, prompt: Prompt, listener: Listener) -> list[int]:
        # every token is at most a few bytes long: a text this long cannot fit, and tokenizing it takes long
        size, limit = len(prompt.user.encode()), self._limit(model)
        if size > limit * 64:
            raise _too_long(f"{size:,} bytes", limit, model)
        if model.chat_template is None:
            listener.detail("the model has no chat template: it continues the task as plain text")
            text = prompt.completion + prompt.prefix
            return model.tokenize(text.encode(), special=False, bos=model.adds_bos)
        return chat.tokens(model, prompt)

    def _limit(self, model: Model) -> int:
        return self._settings.engines.llamacpp.n_ctx or min(model.n_ctx_train, _LARGEST_DEFAULT_CONTEXT)

    def _context_size(self, model: Model, prompt: int, max_tokens: int) -> int:
        """The context this job needs, which is never more than the model or the settings allow."""
        limit = self._limit(model)
        if prompt >= limit:
            raise _too_long(f"{prompt:,} tokens", limit, model)
        return min(limit, prompt + max_tokens)

    def _read(
        self, model: Model, size: int, options: LoadOptions, tokens: list[int], listener: Listener
    ) -> Context:
        context = Context(model, size, options, self._cancellation)
        try:
            self._decode_all(context, tokens, listener)
        except BaseException:
            context.close()
            raise
        return context

    def _decode_all(self, context: Context, tokens: list[int], listener: Listener) -> None:
        context.watch_cancellation(True)
        for begin in range(0, len(tokens), context.batch_size):
            context.decode(tokens[begin : begin + context.batch_size])
            listener.progress(context.position, len(tokens))
        context.watch_cancellation(False)


def _close(future: Future[_Closable]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()


def _matcher(view: LLTokenizer, constraint: Constraint, prefix: str) -> Matcher:
    matcher = Matcher(view, constraint)
    begun = view.tokenize_bytes(prefix.encode())
    if matcher.consume(begun) < len(begun):
        raise EngineError("the model's tokenizer cannot follow the prefix", hint="leave --prefix out")
    return matcher


class _Closing:
    """What the guards of all samples share."""

    def __init__(self, constraint: Constraint, prefix: str, words: Vocabulary, view: LLTokenizer) -> None:
        language = languages.get(constraint.language) if constraint.language else None
        self._closers = Closers(constraint, fillers=language.fillers if language else ())
        self._comment = language.line_comment if language else None
        self._begun = prefix.encode()
        self._words, self._view = words, view

    def guard(self, budget: int) -> ClosingGuard:
        return ClosingGuard(
            self._closers.fresh,
            Runaway(self._comment),
            head=self._begun,
            begun=self._begun,
            budget=budget,
            data=self._words.data,
            tokenize=self._view.tokenize_bytes,
        )


class _Pieces:
    """Tokens become text; a character split over several tokens waits until it is whole."""

    def __init__(self, words: Vocabulary, prefix: str, listener: Listener) -> None:
        self._words = words
        self._prefix = prefix
        self._listener = listener
        self._tokens: list[int] = []
        self._decoder = _decoder("replace")
        if prefix:
            listener.text(prefix)

    def write(self, tokens: Tokens[int]) -> None:
        self._tokens += tokens
        if text := self._decoder.decode(self._words.data(tokens)):
            self._listener.text(text)

    def drop(self, count: int) -> None:
        before = len(self._shown())
        del self._tokens[len(self._tokens) - count :]
        after = len(self._shown())
        if before > after:
            self._listener.drop(before - after)

    def whole(self) -> str:
        return self._prefix + self._words.text(self._tokens)

    def _shown(self) -> str:
        """What the listener has heard of the tokens."""
        self._decoder = _decoder("replace")
        return self._decoder.decode(self._words.data(self._tokens))


_decoder = codecs.getincrementaldecoder("utf-8")


def _draft(
    run: loop.Run,
    matcher: Matcher | None,
    words: Vocabulary,
    pieces: _Pieces,
    guard: ClosingGuard | None,
    seed: int,
    budget: int,
    prompt: int,
    timings: Timings,
    start: float,
) -> Draft:
    end = perf_counter()
    ending = run.ending
    added, dropped = words.text(ending.tokens) if ending else "", words.text(run.dropped)
    again = _shared(added, dropped)  # of a token that was cut
    masks = np.array(run.mask_seconds or [0.0]) * 1e6
    return Draft(
        text=pieces.whole(),
        finish=run.finish,
        complete=run.finish == "stop" if matcher is None else matcher.accepting,
        seed=seed,
        budget=budget,
        tokens=TokenCounts(
            prompt=prompt,
            generated=len(run.tokens),
            forced=run.forced,
            closing=len(ending.tokens) if ending else 0,
            refused=run.refused,
        ),
        timings=replace(
            timings,
            first_token=(run.first_token_at or end) - start,
            total=end - start,
            mask_p50=float(np.percentile(masks, 50)),
            mask_p99=float(np.percentile(masks, 99)),
            closing=guard.seconds if guard else 0.0,
        ),
        ended=ending.reason if ending else "",
        added=added[again:],
        dropped=dropped[again:],
        needed=guard.needed if guard else None,
    )


def _shared(a: str, b: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _too_long(size: str, limit: int, model: Model) -> EngineError:
    larger = f"maze config set engines.llamacpp.n_ctx {model.n_ctx_train}"
    return EngineError(
        f"the prompt is {size} long, the context holds {limit:,} tokens",
        hint=larger if limit < model.n_ctx_train else "a shorter prompt, fewer -c files, or a larger model",
    )
