"""llama.cpp in this process: load, read the prompt, decode under the grammar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from maze import models
from maze.engines import Draft, Listener
from maze.engines.llamacpp import vocabulary
from maze.engines.llamacpp.layout import Layout, lay_out
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions, Model
from maze.engines.llamacpp.reading import PromptCache, Reading, read
from maze.engines.llamacpp.samples import Samples
from maze.engines.llamacpp.writing import Closing, Gap
from maze.errors import EngineError
from maze.models import memory
from maze.request import Request, Timings

if TYPE_CHECKING:
    from maze.grammar import Constraint
    from maze.prompt import Prompt
    from maze.settings import Settings

_Closable = TypeVar("_Closable", Model, Reading)

_MOST_TOGETHER = 8  # samples in one batch
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

        layout = self._laid_out(model, prompt, found.header.fim, listener)
        tokens = layout.tokens
        # writing the tail again is no part of what was asked for
        room = request.max_tokens + (1 if layout.tail else 0)
        room = min(room, self._limit(model) - len(tokens))
        width = self._width(request, found.header.file_size, len(tokens), room)
        listener.stage("reading the prompt")
        prompts = self._prompts(found.signature, options)
        size, lanes = len(tokens) + width * room, width if width == 1 else width + 1
        reading = self._start(self._read, model, size, lanes, options, layout, prompts, listener)
        loaded = perf_counter()
        words = vocabulary.read(model, found.header_bytes())
        view = vocabulary.tokenizer(model, words) if constraint else None
        timings.tokenizer = perf_counter() - loaded
        gap = Gap(layout, prompt.suffix, words)
        matcher = gap.matcher(view, constraint) if view and constraint else None
        closing = Closing(gap, view, constraint) if view and constraint else None
        if closing:
            self._resources.callback(closing.close)
        guards = [closing.guard(room) if closing else None for _ in range(request.samples)]
        timings.compile = perf_counter() - loaded - timings.tokenizer
        context, cached, kept = reading.result()
        timings.prefill = perf_counter() - loaded
        if kept:
            self._worker.submit(prompts.store, tokens[: layout.shared], kept)

        samples = Samples(request, gap, matcher, guards, room, cached, timings, start, self._resources)
        yield from samples.drafts(context, width, listener)

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

    def _laid_out(self, model: Model, prompt: Prompt, fim: Mapping[str, int], listener: Listener) -> Layout:
        # every token is at most a few bytes long: a text this long cannot fit, and tokenizing it takes long
        size, limit = len(prompt.user.encode()), self._limit(model)
        if size > limit * 64:
            raise _too_long(f"{size:,} bytes", limit, model)
        layout = lay_out(model, prompt, fim, listener)
        if len(layout.tokens) >= limit:
            raise _too_long(f"{len(layout.tokens):,} tokens", limit, model)
        return layout

    def _limit(self, model: Model) -> int:
        return memory.context(model.n_ctx_train, self._settings)

    def _width(self, request: Request, file_size: int, prompt: int, room: int) -> int:
        """How many samples to write together: as many as a context of the usual size has room for.

        Of a tiny model the arithmetic takes less time than what each sample does alone.
        """
        if file_size < _TINY:
            return 1
        size = self._settings.engines.llamacpp.n_ctx or memory.LARGEST_DEFAULT_CONTEXT
        return max(1, min(request.samples, _MOST_TOGETHER, (size - prompt) // room))

    def _prompts(self, signature: object, options: LoadOptions) -> PromptCache:
        megabytes = self._settings.cache.prompts
        return PromptCache(repr((signature, options)).encode(), megabytes << 20)

    def _read(
        self,
        model: Model,
        size: int,
        lanes: int,
        options: LoadOptions,
        layout: Layout,
        prompts: PromptCache,
        listener: Listener,
    ) -> Reading:
        context = Context(model, size, options, self._cancellation, lanes)
        try:
            return read(context, layout, prompts, listener)
        except BaseException:
            context.close()
            raise


def _close(future: Future[_Closable]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()


def _too_long(size: str, limit: int, model: Model) -> EngineError:
    larger = f"maze config set engines.llamacpp.n_ctx {model.n_ctx_train}"
    return EngineError(
        f"the prompt is {size} long, the context holds {limit:,} tokens",
        hint=larger if limit < model.n_ctx_train else "a shorter prompt, fewer -c files, or a larger model",
    )
