"""What a run looks like while it runs: a spinner and a progress bar on stderr, code on stdout as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maze.cli.terminal import Environment
from maze.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress

_LONG_PROMPT = 512  # tokens; below, a progress bar would only flicker
_WINDOW = 120  # lines that are highlighted together: enough for any string or comment people write


class Watcher:
    """The listener of a run in a terminal or a script; animation only where somebody looks."""

    def __init__(self, environment: Environment, code: CodeStream | None, samples: int) -> None:
        self._environment = environment
        self._code = code
        self._samples = samples
        self._begun = 0
        self._progress: Progress | None = None

    def stage(self, what: str) -> None:
        if what == "writing":
            self.stop()
            self._begun += 1
            if self._samples > 1:
                self._environment.note(f"sample {self._begun} of {self._samples}")
        elif self._environment.stderr_tty and not self._environment.quiet:
            self._show(what, total=None, completed=0)

    def progress(self, done: int, total: int) -> None:
        if self._progress is not None and total > _LONG_PROMPT:
            self._show("reading the prompt", total=total, completed=done)

    def text(self, piece: str) -> None:
        if self._code is not None:
            self._code.write(piece)

    def drop(self, count: int) -> None:
        if self._code is not None:
            self._code.drop(count)

    def note(self, line: str) -> None:
        self._environment.note(line)

    def detail(self, line: str) -> None:
        self._environment.detail(line)

    def stop(self) -> None:
        """Remove the animation."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _show(self, what: str, total: int | None, completed: int) -> None:
        if self._progress is None:
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30))
            self._progress = Progress(*columns, console=self._environment.err_console, transient=True)
            self._progress.add_task(what, total=None)
            self._progress.start()
        self._progress.update(self._progress.task_ids[0], description=what, total=total, completed=completed)


class CodeStream:
    """Code on a terminal as it comes: each line plain while it grows, highlighted once it is whole."""

    def __init__(self, environment: Environment, lexer: str) -> None:
        self._environment = environment
        self._lexer = lexer
        self._text = ""
        self._lines: list[str] = []
        self._partial = ""
        self._color = environment.color(environment.stdout)

    def write(self, piece: str) -> None:
        out = self._environment.out
        self._text += piece
        # a model may write any character into a string or comment, and none may drive the terminal
        piece = "\n".join(printable(line) for line in piece.split("\n"))
        if not self._color:
            self._partial = (self._partial + piece).rsplit("\n", 1)[-1]
            out(piece)
        else:
            self._erase([self._partial])
            *whole, self._partial = (self._partial + piece).split("\n")
            for line in whole:
                self._lines.append(line)
                out(self._highlighted() + "\n")
            out(self._partial)

    def drop(self, count: int) -> None:
        """Take back the last ``count`` characters; what cannot be erased is written anew below."""
        kept = self._text[: len(self._text) - count]
        lines = self._text.count("\n", len(kept))
        if not self._color or lines > min(len(self._lines), self._environment.console.height - 2):
            self.finish()
            self.write(kept)
            return
        split = len(self._lines) - lines
        self._erase([*self._lines[split:], self._partial])
        del self._lines[split:]
        *before, last = kept.split("\n")
        self._text = "\n".join([*before, ""]) if before else ""
        self._partial = ""
        self.write(last)

    def finish(self) -> None:
        """End the last line, so that the prompt of the shell begins on its own."""
        if self._partial:
            self.write("\n")
        self._text, self._lines, self._partial = "", [], ""

    def _erase(self, lines: list[str]) -> None:
        """Take back the last ``lines``, of which the cursor is at the end, over all the rows they fill."""
        from rich.cells import cell_len

        width = self._environment.console.width
        rows = sum(1 + max(cell_len(line.expandtabs()) - 1, 0) // width for line in lines) - 1
        if rows or lines[-1]:
            self._environment.out("\r" + (f"\x1b[{rows}A" if rows else "") + "\x1b[J")

    def _highlighted(self) -> str:
        """The newest line, coloured as the lines above it demand."""
        from rich.syntax import Syntax

        self._lines = self._lines[-_WINDOW:]
        if not self._lines[-1].strip():
            return self._lines[-1]
        syntax = Syntax("", self._lexer, theme="ansi_dark", background_color="default")
        text = syntax.highlight("\n".join(self._lines)).split("\n")[len(self._lines) - 1]
        console = self._environment.console
        with console.capture() as capture:
            console.print(text, end="", soft_wrap=True)
        return capture.get()
