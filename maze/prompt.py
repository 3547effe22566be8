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
    writing. ``prefix`` is the beginning of the answer in either form, ``suffix`` what follows it.
    """

    system: str
    user: str
    completion: str
    prefix: str
    suffix: str = ""


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
    return Prompt(
        system=system,
        user=f"{files}{request.prompt}{_gap(request)}",
        completion=_completion(request, comment, schema),
        prefix=request.prefix,
        suffix=request.suffix,
    )


def _fenced(file: ContextFile) -> str:
    return f"{file.path}:\n```\n{file.text.rstrip()}\n```\n\n"


def _gap(request: Request) -> str:
    """What a model that knows no gaps has to be told about one; it sees the prefix as its own words."""
    if not request.suffix:
        return ""
    return f"\n\nYour answer ends right before this, which must not be repeated:\n```\n{request.suffix}\n```"


def _completion(request: Request, comment: str | None, schema: str | None) -> str:
    """Context files, then the task, as a text whose natural continuation is the answer."""
    task = request.prompt if schema is None else f"{schema.strip()}\n\n{request.prompt}"
    lead = f"{comment} " if comment else ""
    files = [f"{lead}{file.path}\n{file.text.rstrip()}" for file in request.context]
    task = "\n".join(f"{lead}{line}".rstrip() for line in task.splitlines())
    # below a comment comes the code; plain text needs an empty line to end the task
    return "\n\n".join([*files, task]) + ("\n" if comment else "\n\n")
