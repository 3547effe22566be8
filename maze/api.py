"""``maze.generate``: the main job as one function call."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from maze import pipeline, settings
from maze.request import ContextFile, Generation, Request, Target


class Silent:
    """A listener that does not listen."""

    def stage(self, what: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...

    def text(self, piece: str) -> None: ...

    def drop(self, count: int) -> None: ...

    def note(self, line: str) -> None: ...

    def detail(self, line: str) -> None: ...


def generate(
    prompt: str,
    *,
    lang: str | None = None,
    grammar: str | Path | None = None,
    schema: str | Path | None = None,
    regex: str | None = None,
    rule: str | None = None,
    version: str | None = None,
    indent: str | None = None,
    prefix: str = "",
    suffix: str = "",
    context: Sequence[str | Path] = (),
    engine: str | None = None,
    model: str | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
    repetition_penalty: float | None = None,
    presence_penalty: float | None = None,
    seed: int | None = None,
) -> Generation:
    """Write what ``prompt`` asks for, in one of a language, a grammar file, a JSON schema file or a regex.

    What is None comes from the user's settings. Returns a complete and verified generation; raises the
    ``MazeError`` that says why there is none, with what had been written in its ``text``.
    """
    given = dict(locals())
    request, chosen = prepared(**given)
    [generation] = pipeline.generate(pipeline.plan(request, chosen), chosen, Silent())
    if generation.error is not None:
        generation.error.text = generation.code
        raise generation.error
    return generation


def prepared(
    *,
    prompt: str,
    lang: str | None = None,
    grammar: str | Path | None = None,
    schema: str | Path | None = None,
    regex: str | None = None,
    rule: str | None = None,
    version: str | None = None,
    indent: str | None = None,
    prefix: str = "",
    suffix: str = "",
    context: Sequence[str | Path] = (),
    **generation: object,
) -> tuple[Request, settings.Settings]:
    """The request that the arguments of ``generate`` make, and the settings it is to run with."""
    overrides = {f"generation.{name}": value for name, value in generation.items()}
    chosen = settings.load(os.environ, Path.cwd(), overrides)
    target = Target(lang, _path(grammar), _path(schema), regex, rule, version, indent)
    files = [ContextFile.read(Path(path)) for path in context]
    return pipeline.request(prompt, target, chosen, prefix=prefix, suffix=suffix, context=files), chosen


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
