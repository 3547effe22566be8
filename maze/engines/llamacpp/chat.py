"""The chat template of a GGUF file, rendered in a sandbox.

Templates are programs that come with the model (CVE-2024-34359), so they run without access to Python.
User text never becomes control tokens: where it contains the text of one, the template's own parts
and the user's are tokenized apart.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from maze.engines.llamacpp.native import Model
from maze.errors import ModelError
from maze.prompt import Prompt


def tokens(model: Model, prompt: Prompt) -> tuple[list[int], list[int]]:
    """The prompt as the model's chat template lays it out, the prefix begun as the answer; then the tokens of
    what stands before the task.
    """
    assert model.chat_template is not None
    contents = {"system": prompt.system, "user": prompt.user}
    text = render(model.chat_template, contents, model.bos, model.eos) + prompt.prefix
    # a template writes its own BOS where the model wants one
    bos_missing = model.adds_bos and not (model.bos and text.startswith(model.bos))
    whole = model.tokenize(text.encode(), special=True, bos=bos_missing)
    if not all(_harmless(model, part) for part in (*contents.values(), prompt.prefix)):
        return _apart(model, prompt, bos_missing), []
    # templates strip messages
    before_task = max(text.find(prompt.user.strip()), 0) + len(prompt.files)
    return whole, model.tokenize(text[:before_task].encode(), special=True, bos=bos_missing)


def render(template: str, contents: dict[str, str], bos: str, eos: str) -> str:
    """``template`` filled with a system and a user message, up to where the answer begins.

    Raises ``ModelError`` when the template fails; a template that knows no system role gets both
    texts in the user's message.
    """
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    apart = [{"role": role, "content": text} for role, text in contents.items()]
    joined = [{"role": "user", "content": "\n\n".join(contents.values())}]
    error: Exception | None = None
    for messages in (apart, joined):
        try:
            return environment.from_string(template).render(
                messages=messages,
                add_generation_prompt=True,
                enable_thinking=False,
                bos_token=bos,
                eos_token=eos,
                tools=None,
            )
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as caught:
            error = error or caught
    raise ModelError(
        f"the model's chat template fails: {error}", hint="another model (maze models list)"
    ) from error


def _raise(message: str) -> Any:
    raise ValueError(message)


def _harmless(model: Model, text: str) -> bool:
    data = text.encode()
    return model.tokenize(data, special=True) == model.tokenize(data, special=False)


def _apart(model: Model, prompt: Prompt, bos_missing: bool) -> list[int]:
    # private-use characters stand for the user's texts while the template is rendered
    texts = {"\ue0f0\ue0f1": prompt.system, "\ue0f0\ue0f2": prompt.user}
    assert model.chat_template is not None
    marks = dict(zip(("system", "user"), texts, strict=True))
    rendered = render(model.chat_template, marks, model.bos, model.eos)
    result: list[int] = []
    for part in re.split("(\ue0f0[\ue0f1\ue0f2])", rendered):
        own = part not in texts  # the template's part, not the user's
        text = part if own else texts[part]
        result += model.tokenize(text.encode(), special=own, bos=bos_missing and not result)
    return result + model.tokenize(prompt.prefix.encode(), special=False)
