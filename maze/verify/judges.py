"""The official parsers and validators that judge a text after its grammar did."""

from __future__ import annotations

import json
import platform
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial

from maze.grammar import Constraint
from maze.request import Verdict
from maze.text import Place
from maze.verify.report import Failure
from maze.verify.tools import run, tools

Judge = Callable[[str, str, Constraint], Verdict | Failure | None]  # None: it cannot tell


def judges(constraint: Constraint, *, slow: bool = False) -> Iterator[Judge]:
    """The judges of ``constraint``: its language's parser first, then the validator of its schema.

    Parsers that are programs of their own are asked if they are installed; ``slow`` ones only if wanted.
    """
    if constraint.language in _PARSERS:
        yield _PARSERS[constraint.language]
    else:
        for tool in tools(constraint, slow=slow):
            yield partial(run, tool)
    if constraint.schema is not None:
        yield _by_jsonschema


def _by_python(text: str, path: str, _: Constraint) -> Verdict | Failure:
    import ast

    by = f"CPython {platform.python_version()}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a plain string is legal, if deprecated
            ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(1, error.offset or 1)
        source = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
        return Failure(f"{by}: {error.msg}", Place(path, line, column, source))
    except (RecursionError, MemoryError):
        return Failure(f"{by}: nested too deeply to parse")
    except ValueError as error:  # a NUL, a lone surrogate
        return Failure(f"{by}: {error}")
    return Verdict("parses", by)


def _by_json(text: str, path: str, _: Constraint) -> Verdict | Failure:
    by = f"json of CPython {platform.python_version()}"
    try:
        # numbers stay text: their size is no matter of syntax
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Failure(f"{by}: {error.msg[:1].lower()}{error.msg[1:]}", Place.at(path, text, error.pos))
    except RecursionError:
        return Failure(f"{by}: nested too deeply to parse")
    except ValueError as error:
        return Failure(f"{by}: {error}")
    return Verdict("parses", by)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _by_jsonschema(text: str, path: str, constraint: Constraint) -> Verdict | Failure:
    from importlib.metadata import version

    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    from maze.grammar.pointer import pointer, value_offset
    from maze.grammar.schema import parse_json, validator

    by = f"jsonschema {version('jsonschema')}"
    try:
        error = best_match(validator(constraint.schema or "true").iter_errors(parse_json(text)))
    except (ValueError, ArithmeticError, RecursionError, Unresolvable, re.error) as reason:
        return Failure(f"{by}: cannot be judged: {reason}")
    if error is None:
        return Verdict("satisfies the schema", by)
    at = list(error.absolute_path)
    message = re.sub(r"Decimal\('([^']*)'\)", r"\1", error.message)
    if len(message) > 200:
        message = f"{message[:100]} … {message[-100:]}"
    return Failure(
        f"at {pointer(at)}: {message}",
        Place.at(path, text, value_offset(text, at)),
        note=f"the schema asks for it at {pointer(list(error.absolute_schema_path))}",
    )


_PARSERS: dict[str | None, Judge] = {"python": _by_python, "json": _by_json}
