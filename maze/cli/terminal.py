"""The world a command runs in: streams, terminal, colour, settings. Nothing else touches ``sys`` or ``os``.

Product goes to stdout, everything else to stderr. Colour follows NO_COLOR, CLICOLOR_FORCE and
TERM=dumb, for each stream on its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from maze.errors import MazeError, UsageError
from maze.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from maze.settings import Settings


class ClosedPipe(Exception):
    """The reader of stdout went away. (click turns a ``BrokenPipeError`` into exit code 1.)"""


@dataclass
class Environment:
    """Streams, variables and settings of one run; tests make their own."""

    stdin: IO[str] = field(default_factory=lambda: sys.stdin)
    stdout: IO[str] = field(default_factory=lambda: sys.stdout)
    stderr: IO[str] = field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    cwd: Path = field(default_factory=Path.cwd)
    quiet: bool = False
    verbose: bool = False
    json_errors: bool = False  # errors go to stdout as JSON too: set by --json

    @property
    def stdin_tty(self) -> bool:
        return _is_tty(self.stdin)

    @property
    def stdout_tty(self) -> bool:
        return _is_tty(self.stdout)

    @property
    def stderr_tty(self) -> bool:
        return _is_tty(self.stderr)

    @cached_property
    def settings(self) -> Settings:
        from maze import settings

        return settings.load(self.environ, self.cwd)

    def override(self, flags: Mapping[str, object]) -> None:
        """Let ``flags`` (by setting key, None: not given) beat the settings. Raises ``UsageError``."""
        from maze import settings

        self.settings = settings.load(self.environ, self.cwd, flags)

    @cached_property
    def console(self) -> Console:
        return self._console(self.stdout)

    @cached_property
    def err_console(self) -> Console:
        return self._console(self.stderr)

    def color(self, stream: IO[str]) -> bool:
        """Whether ``stream`` gets colour."""
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("CLICOLOR_FORCE", "0") != "0":
            return True
        return _is_tty(stream) and self.environ.get("TERM") != "dumb"

    def out(self, text: str) -> None:
        """Write ``text`` to stdout as it is, in UTF-8.

        Raises ``ClosedPipe`` when the reader is gone, ``UsageError`` with the text when it cannot be written.
        """
        try:
            if hasattr(self.stdout, "buffer"):
                self.stdout.buffer.write(text.encode())
            else:
                self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            self.silence_stdout()
            raise ClosedPipe from None
        except OSError as error:
            self.silence_stdout()
            failed = UsageError(f"cannot write to standard output: {error.strerror}", hint="-o FILE")
            failed.text = text
            raise failed from None

    def silence_stdout(self) -> None:
        """Send what Python still holds for stdout nowhere, so that its flush at exit cannot fail again."""
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), self.stdout.fileno())

    def json(self, value: Any) -> None:
        """Write ``value`` to stdout as JSON: indented on a terminal, one line in a pipe."""
        indent = 2 if self.stdout_tty else None
        self.out(json.dumps(value, indent=indent, ensure_ascii=False) + "\n")

    def json_line(self, value: Any) -> None:
        """Write ``value`` to stdout as one line of JSON."""
        self.out(json.dumps(value, ensure_ascii=False) + "\n")

    def say(self, text: str, style: str, *, clean: bool = True) -> None:
        """Lines on stderr in an SGR ``style``; ``clean`` makes control characters visible."""
        shown = "\n".join(printable(line) for line in text.splitlines()) if clean else text
        if style and self.color(self.stderr):
            shown = f"\x1b[{style}m{shown}\x1b[0m"
        self.stderr.write(shown + "\n")
        self.stderr.flush()

    def note(self, text: str) -> None:
        """A line about the run on stderr, unless ``--quiet``."""
        if not self.quiet:
            self.say(self._wrapped(text), "2")

    def detail(self, text: str) -> None:
        """A line on stderr that only ``--verbose`` shows."""
        if self.verbose:
            self.say(text, "2")

    def error(self, error: MazeError) -> None:
        """Show ``error`` on stderr: the message, the line with a caret, what to try next."""
        self.say(f"maze: {error}", "1;31")
        if error.place and error.place.source_line:
            self.say(error.place.excerpt(), "", clean=False)
        if error.hint:
            self.say(f"try: {error.hint}", "36")
        if error.text:
            self.say("what was written so far:", "2")
            self.say(error.text, "")

    def table(self, rows: Sequence[Sequence[str]], headers: Sequence[str]) -> None:
        """Rows for people on a terminal, tab-separated without headers in a pipe."""
        if not self.stdout_tty:
            self.out("".join("\t".join(row) + "\n" for row in rows))
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for header in headers:
            table.add_column(header, overflow="fold")
        for row in rows:
            table.add_row(*(Text.from_ansi(printable(cell)) for cell in row))
        self.console.print(table)

    def _wrapped(self, text: str) -> str:
        """``text`` in whole words per line on a terminal; a pipe gets it as one line."""
        if not self.stderr_tty:
            return text
        import shutil
        import textwrap

        return textwrap.fill(text, shutil.get_terminal_size().columns, break_on_hyphens=False)

    def _console(self, stream: IO[str]) -> Console:
        from rich.console import Console

        color = self.color(stream)
        return Console(
            file=stream,
            force_terminal=color,
            no_color=not color,
            highlight=False,
            width=None if _is_tty(stream) else 100,
        )


def _is_tty(stream: IO[str] | None) -> bool:
    # a closed or missing stream (nohup, daemons, pythonw) is no terminal
    return stream is not None and not stream.closed and stream.isatty()


_current: Environment | None = None


def current() -> Environment:
    """The environment of this run."""
    global _current
    if _current is None:
        _current = Environment()
    return _current


def use(environment: Environment | None) -> None:
    """Make ``environment`` the current one; None starts a fresh one."""
    global _current
    _current = environment


def read_stdin(environment: Environment, *, limit: int) -> str | None:
    """The text piped into the command, None when stdin is a terminal or closed.

    Raises ``UsageError`` when it is not UTF-8 or longer than ``limit`` bytes.
    """
    stream = environment.stdin
    if stream is None or stream.closed or environment.stdin_tty:
        return None
    data = stream.buffer.read(limit + 1) if hasattr(stream, "buffer") else stream.read(limit + 1).encode()
    if len(data) > limit:
        raise UsageError(
            f"standard input is longer than {limit:,} bytes",
            hint="pass only what the task needs, e.g. the one function with -c FILE",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"standard input is not UTF-8: byte {data[error.start]:#04x} at offset {error.start}",
            hint="iconv -f latin1 -t utf-8 FILE | maze generate …",
        ) from None
