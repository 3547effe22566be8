"""``maze models``: which models there are, what is in them, and which one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from maze.cli import pull, terminal
from maze.cli.pull import JsonOption, NameArgument
from maze.errors import ModelError
from maze.text import printable, size

if TYPE_CHECKING:
    from maze.models import Model
    from maze.settings import Settings

app = typer.Typer(
    help="List, inspect and choose models.", rich_markup_mode=None, no_args_is_help=True, add_completion=False
)

for command in (pull.pull, pull.verify, pull.rm):
    app.command()(command)


@app.command("list")
def list_models(
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print names only.")] = False,
) -> None:
    """List the models on this machine; * marks the one that is used."""
    from maze import models

    env = terminal.current()
    known = models.available(env.settings)
    current = models.default(env.settings)
    try:
        used = models.locate(current, env.settings)
    except ModelError as error:
        used = None
        if not quiet:
            env.note(f"generation.model cannot be used: {error}")
    if used and not any(model.path == used.path for model in known):
        known.append(used)
    if quiet:
        env.out("".join(f"{printable(model.name)}\n" for model in known))
        return
    facts = [
        {**_facts(model, env.settings), "current": bool(used and model.path == used.path)} for model in known
    ]
    if as_json:
        env.json(facts)
        return
    headers = ["", "name", "type", "params", "size", "quant", "context", "fits", "where"]
    env.table([_row(fact) for fact in facts], headers)


@app.command()
def show(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what is in a model's file."""
    from maze import models

    env = terminal.current()
    model = models.resolve(name, env.settings)
    facts = _facts(model, env.settings)
    if model.source == "embedded":
        facts["sha256"] = models.verify_nano()
    if as_json:
        env.json(facts)
        return
    fim = ", ".join(f"{part} {token}" for part, token in facts["fim"].items())
    special = [f"{word} {facts[word]}" for word in ("bos", "eos") if facts[word] is not None]
    lines = {
        "name": facts["name"],
        "path": facts["path"],
        "title": facts["title"] or "-",
        "architecture": facts["architecture"],
        "parameters": f"{_count(facts['parameters'])}, in {facts['tensors']:,} tensors",
        "quantisation": facts["quantisation"],
        "size": f"{size(facts['size'])} ({facts['size']:,} bytes)",
        "memory": f"about {size(facts['memory'])}" + _FITS[facts["fits"]],
        "context": f"{facts['context']:,} tokens",
        "shape": f"{facts['layers']} layers, embedding of {facts['embedding']:,}",
        "tokenizer": f"{facts['tokenizer']}, {facts['vocabulary']:,} tokens",
        "special tokens": ", ".join(special) or "-",
        "chat template": "yes" if facts["chat_template"] else "no: prompts are completed as plain text",
        "fill in middle": fim or "no",
    }
    if "sha256" in facts:
        lines["sha256"] = facts["sha256"]
    env.out("".join(f"{key:<15} {value}\n" for key, value in lines.items()))


@app.command()
def use(name: NameArgument) -> None:
    """Make a model the one that is used when --model is not given."""
    from maze import models, settings

    env = terminal.current()
    model = models.resolve(name, env.settings)
    # a path is kept in full, so that it means the same file in every folder
    value = str(model.path.absolute()) if model.source == "file" else model.name
    path = settings.user_path(env.environ, env.cwd)
    settings.set_value(path, "generation.model", value)
    env.note(f"generation.model = {value} in {path}")
    origin = settings.load(env.environ, env.cwd).origin("generation.model")
    if origin.source != str(path):
        env.note(f"{origin} names another model and comes first")


def _facts(model: Model, settings: Settings) -> dict[str, Any]:
    """What ``--json`` says about a model; ``error`` is the reason why it cannot be used, else null."""
    from maze.models import memory

    facts: dict[str, Any] = {
        "name": model.name,
        "path": str(model.path),
        "source": model.source,
        "error": None,
    }
    try:
        header = model.header
        facts |= {
            "title": header.name,
            "architecture": header.architecture,
            "parameters": header.parameters,
            "tensors": header.tensors,
            "size": header.file_size,
            "memory": memory.needed(header, settings),
            "fits": memory.fits(header, settings),
            "quantisation": header.quantisation,
            "context": header.context_length,
            "embedding": header.embedding_length,
            "layers": header.layers,
            "vocabulary": header.vocabulary,
            "tokenizer": "/".join(filter(None, (header.tokenizer, header.pretokenizer))),
            "chat_template": header.chat_template is not None,
            "fim": dict(header.fim),
            "bos": header.bos,
            "eos": header.eos,
            "parts": header.split[1],
        }
    except ModelError as error:
        facts["error"] = str(error)
    # file names and headers may hold anything, undecodable bytes and control characters too
    return {key: printable(value) if isinstance(value, str) else value for key, value in facts.items()}


def _row(facts: dict[str, Any]) -> list[str]:
    mark = "*" if facts["current"] else ""
    if facts["error"]:
        return [mark, facts["name"], "broken", "", "", "", "", "", facts["error"]]
    return [
        mark,
        facts["name"],
        facts["architecture"],
        _count(facts["parameters"]),
        size(facts["size"]),
        facts["quantisation"],
        f"{facts['context']:,}",
        {True: "yes", False: "no", None: "?"}[facts["fits"]],
        _where(facts),
    ]


def _where(facts: dict[str, Any]) -> str:
    if facts["source"] == "embedded":
        return "built in"
    # the files of stores have names that nobody types
    return str(facts["path"] if facts["source"] in ("dir", "file") else facts["source"])


def _count(number: int) -> str:
    """A number of parameters as people write it: 3.5M, 7.6B."""
    return next((f"{number / unit:.1f}{name}" for unit, name in _UNITS if number >= unit), str(number))


_FITS = {True: "; it fits", False: ", more than this machine has to spare", None: ""}
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
