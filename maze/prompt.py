"""Task, context files and piped text become what a model reads: a chat, or a text to continue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maze.request import ContextFile, Request

if TYPE_CHECKING:
    from maze.languages import Language


@dataclass(frozen=True, slots=True)
class Prompt:
    """Both forms of one prompt; the engine takes the one its model was made for.

    ``system`` and ``user`` are the messages of a chat, ``completion`` the text a base model goes on
    writing. ``prefix`` is the beginning of the answer in either form, ``suffix`` what follows it. ``files``
    are what ``user`` begins with, ``completion_files`` what ``completion`` does: the same for other tasks.
    """

    system: str
    user: str
    completion: str
    prefix: str
    suffix: str = ""
    files: str = ""
    completion_files: str = ""


def build(request: Request, language: Language | None, schema: str | None, *, bare_system: bool) -> Prompt:
    """The prompt for ``request``.

    ``bare_system`` is the form the embedded model was trained on: the language's name and nothing else.
    """
    title = language.title if language else None
    if bare_system:
        system = language.name if language else ""
    elif title:
        system = (
            f"You write {title}. Answer with {title} code only: no explanation, no Markdown fence, "
            "the shortest complete program that does what is asked."
        )
    elif schema is not None:
        system = f"Answer with one JSON document that is valid for this JSON schema:\n{schema}"
    else:
        system = "Answer with exactly the text that is asked for: no explanation, no Markdown fence."
    files = "".join(_fenced(file) for file in request.context)
    comment = language.line_comment if language else None
    lead = f"{comment} " if comment else ""
    completion_files = "".join(f"{lead}{file.path}\n{file.text.rstrip()}\n\n" for file in request.context)
    return Prompt(
        system=system,
        user=f"{files}{request.prompt}{_gap(request)}",
        completion=completion_files + _task(request, lead, schema),
        prefix=request.prefix,
        suffix=request.suffix,
        files=files,
        completion_files=completion_files,
    )


def _fenced(file: ContextFile) -> str:
    return f"{file.path}:\n```\n{file.text.rstrip()}\n```\n\n"


def _gap(request: Request) -> str:
    """What a model that knows no gaps has to be told about one; it sees the prefix as its own words."""
    if not request.suffix:
        return ""
    return f"\n\nYour answer ends right before this, which must not be repeated:\n```\n{request.suffix}\n```"


def _task(request: Request, lead: str, schema: str | None) -> str:
    """The task as a text whose natural continuation is the answer."""
    task = request.prompt if schema is None else f"{schema.strip()}\n\n{request.prompt}"
    task = "\n".join(f"{lead}{line}".rstrip() for line in task.splitlines())
    # below a comment comes the code; plain text needs an empty line to end the task
    return task + ("\n" if lead else "\n\n")
