"""``maze grammars``: what Maze can speak, and whether a grammar of your own works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maze.cli import completion, terminal

if TYPE_CHECKING:
    from maze.grammar.lint import GrammarWarning

app = typer.Typer(
    help="List and show grammars, and check your own.", rich_markup_mode=None, no_args_is_help=True
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RuleOption = Annotated[
    str | None,
    typer.Option(
        "--rule", metavar="NAME", help="Compile for this entry rule.", autocompletion=completion.complete_rule
    ),
]
ProfileOption = Annotated[
    Literal["generate", "accept"],
    typer.Option("--profile", help="What a model may write, or what the official parser takes."),
]


@app.command("list")
def list_(
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print names only.")] = False,
) -> None:
    """List the languages Maze has grammars for."""
    from maze import languages

    environment = terminal.current()
    known = [languages.get(name) for name in languages.names()]
    if as_json:
        environment.json(
            [
                {
                    "name": language.name,
                    "title": language.title,
                    "aliases": list(language.aliases),
                    "suffixes": list(language.suffixes),
                    "rules": list(language.entries),
                    "versions": list(language.versions),
                }
                for language in known
            ]
        )
    elif quiet:
        environment.out("".join(f"{language.name}\n" for language in known))
    else:
        rows = [
            [
                language.name,
                language.title,
                " ".join(language.suffixes),
                " ".join(language.entries),
                " ".join(language.versions),
            ]
            for language in known
        ]
        environment.table(rows, ["name", "language", "suffixes", "entry rules", "versions"])


app.command("ls", hidden=True)(list_)


@app.command("show")
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A language.", autocompletion=completion.complete_language)
    ],
    compiled: Annotated[
        bool, typer.Option("--compiled", help="The text that llguidance gets instead of the source.")
    ] = False,
    rule: RuleOption = None,
    profile: ProfileOption = "generate",
) -> None:
    """Print a grammar's source, or what it compiles to."""
    from maze import languages
    from maze.grammar.library import language_constraint

    if compiled or rule is not None:
        text = language_constraint(name, rule=rule, profile=profile).text
    else:
        text = languages.get(name).grammar.read_text(encoding="utf-8")
    terminal.current().out(text if text.endswith("\n") else text + "\n")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Lark or GBNF grammar.")],
    rule: RuleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compile a grammar of your own and say what is wrong with it, what could be better and what is in it."""
    from maze.grammar.constraint import read_source
    from maze.grammar.gbnf import entry_rules
    from maze.grammar.library import file_constraint
    from maze.grammar.lint import lint

    environment = terminal.current()
    environment.json_errors = as_json
    constraint = file_constraint(file, rule=rule)
    source = read_source(file, "grammar")
    warnings = lint(source, path=str(file), compiled=constraint.text, rule=rule)
    rules, terminals = _defined(constraint.text)
    entries = entry_rules(source, path=str(file))
    if as_json:
        environment.json(
            {
                "path": str(file),
                "entry": rule or (entries[0] if entries else None),
                "entry_rules": list(entries),
                "rules": rules,
                "terminals": terminals,
                "bytes": len(constraint.text.encode()),
                "sha256": constraint.sha256,
                "warnings": [
                    {
                        "message": warning.message,
                        "line": warning.place.line if warning.place else None,
                        "column": warning.place.column if warning.place else None,
                        "hint": warning.hint,
                    }
                    for warning in warnings
                ],
            }
        )
        return
    for warning in warnings:
        _warn(environment, warning)
    environment.out(
        f"{file}: {_count(rules, 'rule')} and {_count(terminals, 'terminal')}, "
        f"{len(constraint.text.encode()):,} bytes compiled; entry rules: {', '.join(entries)}\n"
    )


def _warn(environment: terminal.Environment, warning: GrammarWarning) -> None:
    if environment.quiet:
        return
    environment.say(f"warning: {warning}", "33")
    if warning.place:
        environment.say(warning.place.excerpt(), "", clean=False)
    if warning.hint:
        environment.say(f"try: {warning.hint}", "36")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _defined(compiled: str) -> tuple[int, int]:
    """How many rules and terminals a compiled grammar defines."""
    names = re.findall(r"^[?!]?([A-Za-z_]\w*)[^\n:]*:", compiled, re.M)
    terminals = sum(name.lstrip("_")[:1].isupper() for name in names)
    return len(names) - terminals, terminals
