"""The ``maze`` command: the commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

import maze
from maze.cli import check, completion, config, doctor, generate, grammars, models, serve, terminal
from maze.errors import ExitCode, MazeError, UsageError, did_you_mean
from maze.request import JSON_VERSION, error_as_json

app = typer.Typer(
    name="maze",
    help="Make language models write code that parses, whatever the model, whatever the token budget.",
    epilog="Exit codes: " + ", ".join(f"{code.value} {code.name.lower()}" for code in ExitCode) + ".",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("generate")(generate.generate)
app.command("check")(check.check)
app.add_typer(grammars.app, name="grammars")
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)


def _version(wanted: bool) -> None:
    if wanted:
        terminal.current().out(f"maze {maze.__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the ``maze`` command and exit with its documented code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code, having shown any error on stderr."""
    environment = terminal.current()
    if instruction := environment.environ.get("_MAZE_COMPLETE"):
        environment.out(completion.answer(app, instruction, arguments))
        return ExitCode.OK
    try:
        return _invoke(arguments)
    except MazeError as error:
        if environment.json_errors:
            environment.json_line({"version": JSON_VERSION, "error": error_as_json(error)})
        environment.error(error)
        return error.exit_code
    except terminal.ClosedPipe:
        return ExitCode.CLOSED_PIPE
    except KeyboardInterrupt:
        environment.stderr.write("\n" if environment.stderr_tty else "")
        return ExitCode.INTERRUPTED
    except Exception as error:
        if environment.verbose:
            raise
        environment.error(
            MazeError(
                f"this is a bug in Maze: {type(error).__name__}: {error}",
                hint="run again with -v and report the traceback",
            )
        )
        return ExitCode.BUG


# the class click's parser raises, wherever the installed typer keeps its click
_ClickUsageError: Any = typer.BadParameter.__mro__[1]


def _invoke(arguments: list[str]) -> int:
    try:
        status = app(arguments, prog_name="maze", standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _ClickUsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            terminal.current().stderr.write(error.format_message() + "\n")
            return ExitCode.USAGE
        raise _usage_error(error) from None
    return status if isinstance(status, int) else ExitCode.OK


def _usage_error(error: Any) -> MazeError:
    """click's error as ours, with the nearest option or command when there is one."""
    context = error.ctx
    path = context.command_path if context else "maze"
    message = error.format_message().strip().rstrip(".")
    near = None
    if option := getattr(error, "option_name", None):
        known = [name for parameter in context.command.params for name in parameter.opts]
        near, message = did_you_mean(option, known), f"no such option {option}"
    elif message.startswith("No such command") and context:
        name = message.split("'")[1]
        near, message = (
            did_you_mean(name, context.command.list_commands(context)),
            f"no such command {name!r}",
        )
    message = message[:1].lower() + message[1:]
    return UsageError(message, hint=f"{near} ({path} --help)" if near else f"{path} --help")
