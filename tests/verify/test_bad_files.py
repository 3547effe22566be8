"""Files as they come: line ends, marks and bytes of all sorts get a verdict with a place, in every language."""

from __future__ import annotations

import time

import pytest

from maze import languages
from maze.grammar import constraint_for
from maze.request import Target
from maze.verify import Report, examine_bytes

# a program of two lines in each language
PROGRAMS = {
    "go": "package p\nvar a = 1\n",
    "java": "class A {\n}\n",
    "javascript": "let a = 1;\nlet b = 2;\n",
    "json": "[1,\n2]\n",
    "python": "a = 1\nb = 2\n",
    "rust": "fn f() {\n}\n",
    "typescript": "let a = 1;\nlet b = 2;\n",
    "zig": "const a = 1;\nconst b = 2;\n",
}


@pytest.fixture(autouse=True)
def no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maze's own verdict is what matters here, and starting a compiler for each file takes minutes."""
    monkeypatch.setenv("PATH", "")


def check(name: str, data: bytes) -> Report:
    constraint = constraint_for(Target(language=name), profile="accept")
    return examine_bytes(data, constraint, path=f"x{languages.get(name).suffixes[0]}")


@pytest.mark.parametrize("name", PROGRAMS)
def test_layout_that_is_fine(name: str) -> None:
    program = PROGRAMS[name].encode()
    for data in (program, program.replace(b"\n", b"\r\n"), program.replace(b"\n", b"\r"), program.rstrip()):
        # to Go a carriage return by itself is a blank
        assert check(name, data).valid or (name == "go" and b"\n" not in data), data
    # RFC 8259, 8.1 and javac: no byte order mark; all others take one
    assert check(name, b"\xef\xbb\xbf" + program).valid == (name not in ("java", "json"))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("junk", "message"),
    [
        (b"\xff", "byte 0xff at offset {at} is not UTF-8"),
        (b"\xe9\n", "byte 0xe9 at offset {at} is not UTF-8"),
        (b"\xed\xa0\x80", "byte 0xed at offset {at} is not UTF-8"),
        (b"\x00", "unexpected NUL character"),
        (b"\x1b[31m", "unexpected character U+001B"),
        ("\N{NO-BREAK SPACE}\N{BELL}".encode(), "unexpected "),
        (b")", 'unexpected ")"'),
    ],
)
def test_what_is_wrong_and_where(name: str, junk: bytes, message: str) -> None:
    first, second = PROGRAMS[name].encode().splitlines(keepends=True)
    for before in (b"", first, first + b"\n" * 2_500):
        report = check(name, before + junk + second)
        assert report.failure is not None and report.failure.place is not None
        assert report.failure.message.startswith(message.format(at=len(before))), report.failure
        assert report.failure.place.line == before.count(b"\n") + 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_files_that_are_no_text(name: str) -> None:
    for data in (b"\x00" * 3_000, bytes(range(256)) * 20, b"\xff\xfea\x00", b"(" * 20_000, b'"' * 5_001):
        report = check(name, data)
        assert report.failure is not None, data[:10]
        assert report.failure.place is not None or "too deeply" in report.failure.message


@pytest.mark.parametrize("name", ["json", "python"])
def test_cost_grows_with_the_length_only(name: str) -> None:
    def seconds(count: int) -> float:
        text = (
            "[\n" + "[1, 2.5],\n" * count + "0]"
            if name == "json"
            else "def f(a):\n    return a + 1\n" * count
        )
        start = time.process_time()
        assert check(name, text.encode()).valid
        return time.process_time() - start

    seconds(1_000)  # builds what is kept
    assert min(seconds(10_000) for _ in range(2)) < 20 * min(seconds(1_000) for _ in range(3))
