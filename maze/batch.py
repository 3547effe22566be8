"""Many requests from JSON lines: answered in order, each with an exit code of its own.

A line is an object with the arguments of ``maze.generate`` and an optional ``id``::

    {"id": "a7", "prompt": "a stack", "lang": "python", "max_tokens": 200}
"""

from __future__ import annotations

import inspect
import itertools
import json
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from maze import api, engines, pipeline
from maze.engines import Engine
from maze.errors import MazeError, UsageError, unknown
from maze.request import JSON_VERSION, Generation, error_as_json
from maze.settings import Settings

_ARGUMENTS = frozenset(inspect.signature(api.generate).parameters)
_TARGETS = ("lang", "grammar", "schema", "regex")
_TEXTS = frozenset({"prompt", *_TARGETS, "rule", "version", "indent", "prefix", "suffix"})
_AHEAD = 4  # requests begun for each that runs, so that a slow one does not hold up the others


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a batch: its ``number`` from 1, its ``id``, and its arguments or what is wrong with it."""

    number: int
    id: object
    arguments: Mapping[str, Any]
    error: MazeError | None = None


def read(lines: Iterable[str], defaults: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a batch, empty ones left out; what a line does not say comes from ``defaults``."""
    for number, text in enumerate(lines, 1):
        if text.strip():
            yield _line(number, text, defaults)


def _line(number: int, text: str, defaults: Mapping[str, Any]) -> Line:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(
            number, number, {}, UsageError(f"line {number} is no JSON: {error}", hint="mend the line")
        )
    if not isinstance(given, dict):
        hint = 'write {"prompt": "…", "lang": "python"}'
        return Line(number, number, {}, UsageError(f"line {number} is no JSON object", hint=hint))
    name = given.pop("id", number)
    if "language" in given:
        given["lang"] = given.pop("language")
    if any(target in given for target in _TARGETS):
        defaults = {key: value for key, value in defaults.items() if key not in _TARGETS}
    arguments = {**defaults, **given}
    try:
        _check(arguments)
    except UsageError as error:
        return Line(number, name, {}, error)
    return Line(number, name, arguments)


def _check(arguments: Mapping[str, Any]) -> None:
    for key, value in arguments.items():
        if key not in _ARGUMENTS:
            message, hint = unknown("option", key, _ARGUMENTS, more=", ".join(sorted(_ARGUMENTS)))
            raise UsageError(message, hint=hint)
        if key in _TEXTS and not isinstance(value, str):
            raise UsageError(f"{key} = {value!r:.60}: expected a text", hint="mend the line")
    files = arguments.get("context", [])
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        raise UsageError(f"context = {files!r:.60}: expected a list of files", hint="mend the line")
    if not arguments.get("prompt", "").strip():
        raise UsageError("no prompt", hint='"prompt": "…"')


def run(lines: Iterable[Line], jobs: int) -> Generator[tuple[Line, dict[str, Any], MazeError | None]]:
    """(line, result as JSON, error) of each of ``lines``, in order; ``jobs`` at a time on servers."""
    with ExitStack() as resources:
        opened = _Engines()
        pool = ThreadPoolExecutor(jobs, "batch")
        # last in, first out: connections are closed before anybody waits for the threads that use them
        resources.push(lambda *_: pool.shutdown(cancel_futures=True))
        resources.callback(opened.close)
        lines = iter(lines)
        waiting: deque[tuple[Line, Future[Generation]]] = deque()
        while True:
            for line in itertools.islice(lines, max(0, _AHEAD * jobs - len(waiting))):
                waiting.append((line, pool.submit(_answer, line, opened)))
            if not waiting:
                return
            line, future = waiting.popleft()
            yield (line, *_result(line, future))


def _result(line: Line, future: Future[Generation]) -> tuple[dict[str, Any], MazeError | None]:
    head = {"id": line.id, "line": line.number}
    try:
        generation = future.result()
    except MazeError as error:
        shown = {"version": JSON_VERSION, "code": error.text, "error": error_as_json(error)}
        return head | {"exit_code": int(error.exit_code)} | shown, error
    failed = generation.error
    code = int(failed.exit_code) if failed else 0
    return head | {"exit_code": code} | generation.as_json(), failed


def _answer(line: Line, opened: _Engines) -> Generation:
    if line.error:
        raise line.error
    request, settings = api.prepared(**line.arguments)
    planned = pipeline.plan(request, settings)
    with opened.lent(request.engine, settings) as engine:
        [generation] = pipeline.generate(planned, settings, api.Silent(), engine)
    return generation


class _Engines:
    """Engines that talk to servers, shared by all lines; a local model is loaded by one line at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._local = Lock()
        self._remote: dict[str, Engine] = {}

    @contextmanager
    def lent(self, name: str, settings: Settings) -> Iterator[Engine | None]:
        """The shared engine ``name``; None where each line makes its own."""
        if not engines.is_remote(name):
            with self._local:
                yield None
            return
        with self._lock:
            if name not in self._remote:
                self._remote[name] = engines.create(name, settings)
        yield self._remote[name]

    def close(self) -> None:
        for engine in self._remote.values():
            engine.__exit__()
