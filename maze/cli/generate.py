"""``maze generate``: a task in, a program that parses out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maze.cli import completion, output, terminal
from maze.cli.terminal import Environment
from maze.errors import UsageError
from maze.request import ContextFile, Target

if TYPE_CHECKING:
    from maze.pipeline import Plan
    from maze.settings import Settings

_LONGEST_STDIN = 8 << 20  # bytes; no model reads more


def generate(
    prompt: Annotated[
        str | None, typer.Argument(help="What to write. Piped text joins it.", show_default=False)
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", "-l", help="Language to write.", autocompletion=completion.complete_language),
    ] = None,
    grammar: Annotated[
        Path | None, typer.Option("--grammar", "-g", help="Your own Lark grammar to write in.")
    ] = None,
    schema: Annotated[Path | None, typer.Option(help="JSON schema that the output is valid for.")] = None,
    regex: Annotated[
        str | None, typer.Option(help="Regular expression that the whole output matches.")
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(help="Entry rule, e.g. function.", autocompletion=completion.complete_rule),
    ] = None,
    indent: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="2, 4, 8, tab or any. [default: prefix, .editorconfig, language]"),
    ] = None,
    lang_version: Annotated[
        str | None, typer.Option(metavar="V", help="Version of the language, e.g. 3.12.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", "-e", help="What runs the model.", autocompletion=completion.complete_engine
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Model name or GGUF file.", autocompletion=completion.complete_model
        ),
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="TEXT|@FILE", help="Text that the output begins with.")
    ] = None,
    suffix: Annotated[
        str | None, typer.Option(metavar="TEXT|@FILE", help="Text that follows the new code, to fill a gap.")
    ] = None,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Print without the prefix and the suffix.")
    ] = False,
    context: Annotated[
        list[Path] | None,
        typer.Option("--context", "-c", help="File to show the model; repeat for more.", show_default=False),
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Tokens to write at most.")] = None,
    temperature: Annotated[float | None, typer.Option(help="0 always takes the likeliest token.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus sampling; 1 is off.")] = None,
    top_k: Annotated[int | None, typer.Option(help="Only the k likeliest tokens; 0 is off.")] = None,
    min_p: Annotated[
        float | None, typer.Option(help="Only tokens at least this likely, next to the likeliest.")
    ] = None,
    repetition_penalty: Annotated[
        float | None, typer.Option(help="Above 1, what was written already is less likely; 1 is off.")
    ] = None,
    presence_penalty: Annotated[
        float | None, typer.Option(help="What was written already has this much less logit; 0 is off.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same output.")] = None,
    samples: Annotated[int, typer.Option("--samples", "-n", min=1, help="How many results.")] = 1,
    unconstrained: Annotated[
        bool,
        typer.Option("--unconstrained", help="Without the grammar, to compare; exit 8 if it does not parse."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the code, written once it is proven.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole result as JSON, a line per sample.")
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Say on stderr what it cost.")] = False,
    stream: Annotated[
        bool | None,
        typer.Option("--stream/--no-stream", help="On a terminal, show the code as it is written (default)."),
    ] = None,
    prompt_cache: Annotated[
        bool,
        typer.Option("--prompt-cache/--no-prompt-cache", help="Keep what the model has read of files."),
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be asked of which model, and stop.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes on stderr.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="More on stderr about what happens.")
    ] = False,
) -> None:
    """Write code for a task: complete and proven to parse, or an exit code that says why not."""
    environment = terminal.current()
    environment.quiet, environment.verbose, environment.json_errors = quiet, verbose, as_json
    environment.override(
        {
            "generation.engine": engine,
            "generation.model": model,
            "generation.max_tokens": max_tokens,
            "generation.temperature": temperature,
            "generation.top_p": top_p,
            "generation.top_k": top_k,
            "generation.min_p": min_p,
            "generation.repetition_penalty": repetition_penalty,
            "generation.presence_penalty": presence_penalty,
            "generation.seed": seed,
            "cache.prompts": None if prompt_cache else 0,
        }
    )
    settings = environment.settings
    begun = _text_or_file(prefix)
    target = _target(lang, grammar, schema, regex, out, settings)
    target = replace(target, rule=rule, version=lang_version, indent=_indent(indent, begun, out, target))
    sink = output.Sink(
        environment, out, as_json, stats, wants_stream=stream is not False, only_new=only_new, samples=samples
    )
    if stream and not sink.live:
        environment.note("not streamed: the code is printed once, when it is proven")

    from maze import pipeline

    request = pipeline.request(
        _prompt(prompt, environment),
        target,
        settings,
        prefix=begun,
        suffix=_text_or_file(suffix),
        context=[ContextFile.read(path) for path in context or []],
        samples=samples,
        constrained=not unconstrained,
    )
    planned = pipeline.plan(request, settings)
    if dry_run:
        output.show_plan(environment, planned, as_json=as_json)
        return
    _announce(planned, environment)
    failures = []
    with sink.watching(planned) as watcher:
        for generation in pipeline.generate(planned, settings, watcher):
            sink.deliver(generation)
            if generation.error is not None:
                failures.append(generation.error)
    if failures:
        raise failures[0]


def _target(
    lang: str | None,
    grammar: Path | None,
    schema: Path | None,
    regex: str | None,
    out: Path | None,
    settings: Settings,
) -> Target:
    """What to write, from the flags, else from the name of the output file, else from the settings."""
    from maze import languages

    named = {"--lang": lang, "--grammar": grammar, "--schema": schema, "--regex": regex}
    given = [flag for flag, value in named.items() if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", hint="choose one of them")
    if given and lang is None:
        return Target(grammar=grammar, schema=schema, regex=regex)
    by_name = languages.by_suffix(out) if out and not lang else None
    name = lang or (by_name.name if by_name else settings.generation.language)
    if name is None:
        raise UsageError(
            "no language given",
            hint=f"--lang with one of {', '.join(languages.names())}; or --grammar, --schema, --regex",
        )
    return Target(language=languages.get(name).name)


def _indent(asked: str | None, prefix: str, out: Path | None, target: Target) -> str | None:
    """The unit of indentation, where ``.editorconfig`` may say it for the kind of file that is written."""
    from maze import languages
    from maze.grammar.indentation import unit_for

    if target.language is None:
        return None
    suffixes = languages.get(target.language).suffixes
    return unit_for(asked, prefix, out or Path(f"maze{suffixes[0]}"))


def _prompt(prompt: str | None, environment: Environment) -> str:
    """The task: the argument, what is piped in, or both."""
    piped = terminal.read_stdin(environment, limit=_LONGEST_STDIN)
    given = None if prompt == "-" else prompt
    parts = [part for part in (given, piped) if part and part.strip()]
    if not parts:
        raise UsageError(
            "no prompt given and nothing piped in",
            hint='maze generate "a function that reverses a string" --lang python',
        )
    return "\n\n".join(parts)


def _text_or_file(value: str | None) -> str:
    if value is None:
        return ""
    return ContextFile.read(Path(value[1:])).text if value.startswith("@") else value


def _announce(planned: Plan, environment: Environment) -> None:
    from maze import models

    if planned.model.source == "embedded":
        environment.note(models.NANO_NOTICE)
    elif not environment.settings.generation.model:
        environment.note(
            f"using {planned.model.name}, the best model here that fits memory; to keep it, or another: "
            f"maze models use {planned.model.name}"
        )
    sampling = planned.request.sampling
    if planned.request.samples > 1 and sampling.temperature == 0:
        environment.note("all samples will be the same: --temperature 0 always takes the likeliest token")
    environment.detail(f"grammar {planned.constraint.name}, entry {planned.constraint.entry}")
    environment.detail(f"model {planned.model.path}, seed {sampling.seed}")
