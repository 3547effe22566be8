"""Compiling somebody's grammar in a process of its own, which may neither take for ever nor all memory.

A few lines of a grammar can stand for 2⁴⁰ symbols, or force an endless text, which llguidance would write
for ever. The operating system sets the limits here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from maze.errors import GrammarError
from maze.grammar.compiler import Options
from maze.grammar.engine import refusal, validate
from maze.grammar.gbnf import compile_source
from maze.text import Place

_SECONDS = 10
_MEMORY = 2 << 30  # bytes of address space
_LARGEST = 4_000_000  # characters of compiled text; llguidance refuses far smaller ones


def compile_bounded(source: str, *, path: str, options: Options) -> str:
    """As ``compile_source``, and accepted by llguidance.

    A grammar that takes too long or too much is a ``GrammarError`` too.
    """
    hint = "fewer and smaller rules, no large repetition counts, nothing that forces an endless text"
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps([source, path, asdict(options)]).encode(),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"the grammar is too complex: it was not compiled in {_SECONDS} seconds"
        raise GrammarError(message, hint=hint) from None
    if done.returncode != 0:
        raise GrammarError("the grammar is too complex: compiling it ran out of memory", hint=hint)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "text" in answer:
        return str(answer["text"])
    place = Place(*answer["place"]) if answer["place"] else None
    raise GrammarError(answer["message"], hint=answer["hint"], place=place)


def _answer(source: str, path: str, options: dict[str, Any]) -> dict[str, Any]:
    try:
        text = compile_source(source, path=path, options=Options(**options))
        if len(text) > _LARGEST:
            raise GrammarError("the grammar is too complex: it is too large")
        if message := validate(text).error:
            raise refusal(message, text, source, path)
    except GrammarError as error:
        at = error.place
        place = [at.path, at.line, at.column, at.source_line] if at else None
        return {"message": error.message, "hint": error.hint, "place": place}
    except RecursionError:
        return {"message": "the grammar is nested too deeply", "hint": "give parts a rule", "place": None}
    return {"text": text}


def _main() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    json.dump(_answer(*json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    _main()
