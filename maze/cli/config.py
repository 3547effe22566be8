"""``maze config``: the settings, where each comes from, and changing them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maze.cli import completion, terminal
from maze.errors import SettingsError, UsageError
from maze.text import printable

if TYPE_CHECKING:
    from maze.settings import Value

app = typer.Typer(help="Show and change settings.", no_args_is_help=True, rich_markup_mode=None)

Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="e.g. generation.max_tokens", autocompletion=completion.complete_setting
    ),
]


@app.command("list")
def list_settings(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: value, layer and source of each.")
    ] = False,
) -> None:
    """Show each setting, its value, and the layer it comes from."""
    from maze import settings

    env = terminal.current()
    current = env.settings
    for stray in current.unknown:
        env.note(str(stray))
    if as_json:
        env.json(
            {
                key: {
                    "value": settings.plain(current.get(key)),
                    "layer": current.origin(key).layer,
                    "source": current.origin(key).source or None,
                    "help": setting.help,
                }
                for key, setting in settings.SETTINGS.items()
            }
        )
        return
    rows = [[key, _toml(current.get(key)), str(current.origin(key))] for key in settings.SETTINGS]
    env.table(rows, ["setting", "value", "from"])


app.command("ls", hidden=True)(list_settings)


@app.command("get")
def get(key: Key) -> None:
    """Print the value in force; an empty line when there is none. Folders come one a line."""
    env = terminal.current()
    value = env.settings.get(key)
    if isinstance(value, tuple):
        text = "".join(f"{folder}\n" for folder in value)
    elif isinstance(value, bool):
        text = f"{str(value).lower()}\n"
    else:
        text = f"{'' if value is None else value}\n"
    # a file that came with a repository must not drive the terminal
    env.out("\n".join(map(printable, text.split("\n"))) if env.stdout_tty else text)


# an unknown option is a value that begins with a dash: `set engines.llamacpp.n_gpu_layers -1`
@app.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    key: Key,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE",
            help="The value; an API key is asked for, hidden.",
            autocompletion=completion.complete_setting_value,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set KEY in your settings file; everything else in it stays as it is."""
    from maze import settings
    from maze.settings import secrets
    from maze.settings.files import wrong

    env = terminal.current()
    if section := secrets.section_of(key):
        if value is not None:
            raise UsageError(
                "an API key on the command line is seen by others and kept in the shell's history",
                hint=f"maze config set {key}",
            )
        file = secrets.store(env.environ, env.cwd, section, _asked(key))
        env.note(f"the API key of {section} is in {file}, which only you can read")
        return
    if value is None:
        raise UsageError("missing argument 'VALUE'", hint=f"maze config set {key} VALUE")
    setting = settings.find(key)
    path = settings.user_path(env.environ, env.cwd)
    try:
        raw = setting.parse(value)
    except ValueError:
        raise wrong(setting, value) from None
    settings.set_value(path, key, raw)
    env.note(f"{setting.key} is set in {path}")
    # other values may be wrong and that is not this command's business
    with contextlib.suppress(SettingsError):
        origin = env.settings.origin(key)
        if origin.layer != "user":
            env.note(f"but {origin} sets it too, and wins")


@app.command("unset")
def unset(key: Key) -> None:
    """Remove KEY from your settings file, so that the next layer decides."""
    from maze import settings
    from maze.settings import secrets

    env = terminal.current()
    if section := secrets.section_of(key):
        secrets.store(env.environ, env.cwd, section, None)
        return
    path = settings.user_path(env.environ, env.cwd)
    if not settings.unset_value(path, key):
        env.note(f"{settings.find(key).key} is not set in {path}")


@app.command("path")
def path() -> None:
    """Print the path of your settings file."""
    from maze import settings

    env = terminal.current()
    env.out(f"{settings.user_path(env.environ, env.cwd)}\n")


@app.command("edit")
def edit() -> None:
    """Open your settings file in $VISUAL or $EDITOR, and check it afterwards."""
    from maze import settings

    env = terminal.current()
    path = settings.user_path(env.environ, env.cwd)
    settings.write_new(path, _template())
    _run_editor(env.environ.get("VISUAL") or env.environ.get("EDITOR") or "vi", path)
    try:
        strays = settings.check_file(path)
    except SettingsError as error:
        raise SettingsError(
            error.message, place=error.place, hint=f"maze config edit (your changes are in {path})"
        ) from None
    for stray in strays:
        env.note(str(stray))


def _asked(key: str) -> str:
    """A secret, typed by somebody without being shown, or piped in."""
    env = terminal.current()
    if not env.stdin_tty:
        return (terminal.read_stdin(env, limit=4096) or "").strip()
    import getpass

    try:
        return getpass.getpass(f"{key}: ").strip()
    except EOFError:
        raise KeyboardInterrupt from None


def _run_editor(command: str, path: Path) -> None:
    import shlex
    import subprocess

    try:
        status = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"cannot run the editor {command!r}: {reason}", hint="export EDITOR=nano"
        ) from None
    if status:
        raise SettingsError(f"the editor {command!r} ended with status {status}", hint=f"look at {path}")


def _template() -> str:
    """A settings file that sets nothing and says everything."""
    from maze import settings

    lines = ["# Settings of Maze. Remove the # before a line to set it."]
    for section, meaning in settings.section_help():
        lines += ["", f"[{section}]  # {meaning}"]
        for key, setting in settings.SETTINGS.items():
            if key.rpartition(".")[0] == section:
                name = key.rpartition(".")[2]
                lines += [
                    f"# {setting.help} ({setting.expects})",
                    f"# {name} = {_toml(setting.default)}".rstrip(),
                ]
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    """``value`` as it stands in a settings file, on one line; nothing for an unset one."""
    import tomli_w

    if value is None:
        return ""
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(str(folder)) for folder in value) + "]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")
