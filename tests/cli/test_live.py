"""What a terminal shows of a text that grows and is taken back."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from maze.cli.live import CodeStream
from maze.cli.terminal import Environment

WIDTH, HEIGHT = 20, 30
PIECES = st.text("ab(:= \n", min_size=1, max_size=30)


def screen(output):
    """The lines a terminal of ``WIDTH`` columns shows, as long as it need not scroll."""
    rows, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Za-z]|\x1b\[[\d;]*m|.|\n", output):
        if part == "\n":
            row, column = row + 1, 0
        elif part == "\r":
            column = 0
        elif up := re.fullmatch(r"\x1b\[(\d+)A", part):
            row -= int(up[1])
        elif part == "\x1b[J":
            rows = [*rows[:row], rows[row][:column]]
        elif not part.startswith("\x1b"):
            if column == WIDTH:  # a full row wraps when more comes
                row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
            rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + 1 :]
            column += 1
        rows += [""] * (row + 1 - len(rows))
    return [line.rstrip() for line in rows]


def wrapped(text):
    lines = text.split("\n")
    return [line[i : i + WIDTH].rstrip() for line in lines for i in range(0, max(len(line), 1), WIDTH)]


def stream(color):
    environ = {"COLUMNS": str(WIDTH), "LINES": str(HEIGHT)} | (
        {"CLICOLOR_FORCE": "1"} if color else {"NO_COLOR": "1"}
    )
    environment = Environment(stdout=io.StringIO(), environ=environ)
    environment.console.width, environment.console.height = WIDTH, HEIGHT
    return CodeStream(environment, "text"), environment.stdout


@given(st.lists(PIECES | st.integers(1, 40), max_size=6))
def test_the_screen_shows_what_was_kept(steps):
    code, out = stream(color=True)
    text = ""
    for step in steps:
        if isinstance(step, str):
            text += step
            code.write(step)
        else:
            count = min(step, len(text))
            text = text[: len(text) - count]
            code.drop(count)
        if text.count("\n") > HEIGHT - 3:
            return
    assert screen(out.getvalue()) == wrapped(text)


def test_without_cursor_control_the_text_begins_anew():
    code, out = stream(color=False)
    code.write("one\ntwo")
    code.drop(5)
    code.write("!")
    assert out.getvalue() == "one\ntwo\non!"


def test_what_is_too_long_to_erase_is_written_anew():
    code, out = stream(color=True)
    code.write("line\n" * 100)
    code.drop(5 * 60)
    assert screen(out.getvalue())[-41:] == ["line"] * 40 + [""]
