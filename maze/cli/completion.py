"""Completion: what may stand at the cursor of a ``maze`` command line.

The scripts of ``maze.cli.shells`` run ``_MAZE_COMPLETE=complete maze WORD…``, the words up to the cursor,
and get a line for each candidate, ``value<TAB>help``, and ``:files`` where names of files fit too.
``_MAZE_COMPLETE=source_bash maze`` prints the script of a shell.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from maze.cli import terminal
from maze.text import printable

FILES = ":files"


def answer(app: typer.Typer, instruction: str, words: list[str]) -> str:
    """What ``_MAZE_COMPLETE=instruction maze WORD…`` prints; nothing where anything goes wrong."""
    if instruction.startswith("source_"):
        from maze.cli.shells import SCRIPTS

        return SCRIPTS.get(instruction.removeprefix("source_"), "")
    # an error here would land in the middle of somebody's prompt
    with contextlib.suppress(Exception):
        found = _candidates(typer.main.get_command(app), words or [""])
        return "".join(f"{line}\n" for line in found)
    return ""


def complete_language() -> list[tuple[str, str]]:
    """Names of languages."""
    from maze import languages

    return [(name, languages.get(name).title) for name in languages.names()]


def complete_rule(ctx: typer.Context) -> list[str]:
    """Entry rules of the language given, of all when there is none."""
    from maze import languages

    given = ctx.params.get("lang") or ctx.params.get("name")
    names = [given] if given else languages.names()
    return list(dict.fromkeys(rule for name in names for rule in languages.get(name).entries))


def complete_engine() -> list[str]:
    """Names of engines."""
    from maze import engines

    return list(engines.names())


def complete_model() -> list[tuple[str, str]]:
    """Names of the models that are here."""
    from maze import models

    return [(model.name, model.source) for model in models.available(terminal.current().settings)]


def complete_pull() -> list[tuple[str, str]]:
    """Names of the catalogue."""
    from maze.models import catalog

    return [(known.name, f"{known.repository}, {known.licence}") for known in catalog.models()]


def complete_setting() -> list[tuple[str, str]]:
    """Keys of settings."""
    from maze.settings import SETTINGS

    return [(key, setting.help) for key, setting in SETTINGS.items()]


def complete_setting_value(ctx: typer.Context) -> list[str] | list[tuple[str, str]]:
    """Values of the setting named before, where they can be listed."""
    from maze import settings

    setting = settings.find(ctx.params["key"])
    if setting.key == "generation.language":
        return complete_language()
    if setting.key == "generation.model":
        return complete_model()
    return ["true", "false"] if setting.kind == "bool" else list(setting.choices() if setting.choices else ())


def _candidates(command: Any, words: Sequence[str]) -> Iterator[str]:
    *before, word = _joined(words)
    name = "maze"  # of the command, to make its context
    while hasattr(command, "commands"):
        at = next((i for i, each in enumerate(before) if not each.startswith("-")), None)
        if at is None:
            yield from _matching(word, _options(command) if word.startswith("-") else _commands(command))
            return
        name, before, command = before[at], before[at + 1 :], command.commands[before[at]]
    yield from _of_command(command, name, before, word)


def _of_command(command: Any, name: str, before: list[str], word: str) -> Iterator[str]:
    pending, positional, ended = _read_so_far(command, before)
    lead = ""
    if pending:
        before = before[:-1]
    elif word.startswith("-") and not ended:
        option, equals, value = word.partition("=")
        pending = _value_options(command).get(option)
        if not equals or not pending:
            yield from _matching(word, _options(command))
            return
        lead, word = f"{option}=", value
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    if arguments and arguments[-1].nargs == -1:
        positional = min(positional, len(arguments) - 1)
    parameter = pending or next(iter(arguments[positional:]), None)
    if parameter is None:
        return
    context = command.make_context(name, before, resilient_parsing=True)
    items = parameter.shell_complete(context, word)
    yield from _matching(word, [(item.value, item.help or "") for item in items], lead)
    takes_files = parameter.type.name == "path" or str(parameter.metavar).startswith("FILE")
    if takes_files or (not items and word.startswith(("/", ".", "~"))):
        yield FILES


def _read_so_far(command: Any, before: Sequence[str]) -> tuple[Any, int, bool]:
    """The option that waits for its value, the number of arguments given, and whether ``--`` was."""
    takers = _value_options(command)
    pending, positional, ended = None, 0, False
    for word in before:
        if pending:
            pending = None
        elif word == "--" and not ended:
            ended = True
        elif word.startswith("-") and len(word) > 1 and not ended:
            pending = takers.get(word)
        else:
            positional += 1
    return pending, positional, ended


def _value_options(command: Any) -> dict[str, Any]:
    options = [p for p in command.params if p.param_type_name == "option" and not p.is_flag]
    return {name: option for option in options for name in option.opts}


def _joined(words: Sequence[str]) -> list[str]:
    """``words`` with ``--option = value``, as bash splits it, without the ``=``."""
    kept: list[str] = []
    for at, word in enumerate(words):
        if word == "=" and at and words[at - 1].startswith("--"):
            if at == len(words) - 1:
                kept.append("")
            continue
        kept.append(word)
    return kept


def _commands(group: Any) -> list[tuple[str, str]]:
    return [(name, sub.get_short_help_str(80)) for name, sub in group.commands.items() if not sub.hidden]


def _options(command: Any) -> list[tuple[str, str]]:
    visible = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    found = [
        (opt, p.help or "") for p in visible for opt in (*p.opts, *p.secondary_opts) if opt.startswith("--")
    ]
    return [*found, ("--help", "Show this message and exit.")]


def _matching(word: str, found: Sequence[tuple[str, str]], lead: str = "") -> Iterator[str]:
    for value, help in found:
        if value.startswith(word):
            yield f"{lead}{value}\t{printable(' '.join(help.split()))}"
