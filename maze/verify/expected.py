"""What could stand where a text stopped parsing, asked of the matcher itself."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Callable

from maze.decoding.matcher import Matcher
from maze.grammar import Constraint

_Legal = Callable[[str], bool]

_PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
_FREE = 93  # this many printable characters legal at once: inside a string or comment
_FIRST, _LAST = ")]},;:=", "([{"
_OPERATOR = re.compile(r"[-+*/%&|^<>=!~@?.$]+")
_TAB = b"\t"
_NAME = "qzx"  # a word that no language reserves

# in the compiled text: comments and directives (skipped), literals, the literal start of a regex
_LITERAL = re.compile(
    r"""//[^\n]*|^%[^\n]*|"(?P<string>(?:\\.|[^"\\\n])+)"|/(?P<regex>(?:\\.|[^/\\\n])+)/""", re.M
)
_REGEX_START = re.compile(r"(?:\\[^\w\s]|[^\\\[\](){}.*+?|^$])+(?![*+?{])")


def expected_at(matcher: Matcher, before: bytes, constraint: Constraint) -> tuple[str, ...]:
    """What may follow ``before``, which ``matcher`` has consumed, as words for people, most telling first."""
    if matcher.stopped:
        return ("end of file",)

    def legal(text: str) -> bool:
        data = list(text.encode())
        return matcher.allowed(data) == len(data)

    if _is_free(legal):
        closing = [mark for mark in _closers(constraint.text) if legal(mark) and not _is_free(legal, mark)]
        return tuple(f"the closing {mark}" for mark in closing[:1])
    if before.endswith(b"\\") and (escapes := "".join(char for char in _PRINTABLE if legal(char))):
        return (f"an escape, one of {escapes}",)

    run = re.search(rb"[\w\x80-\xff]*\Z", before[-80:])
    inside = run[0].decode("utf-8", "replace") if run else ""
    names = legal(_NAME)
    words = literals(constraint.text)
    quotes = [quote for quote in "\"'`" if legal(quote)]
    keywords = [
        word
        for word in words
        if word[:1].isalpha()
        and word.startswith(inside)
        and (rest := word[len(inside) :])
        and legal(rest)
        and not (names and legal(rest + _NAME))  # that would be a name which begins like the keyword
    ]
    skipped = "_\"'`." if inside[-1:].isdigit() else "_\"'`"  # 1 may always go on as 1.0
    marks = [mark for mark in _marks(words) if mark[0] not in skipped and legal(mark) and _whole(mark, legal)]
    # a comment or a continued line may stand nearly anywhere
    blanks = [mark for mark in marks if mark == "\\" or _is_free(legal, mark)]
    first = sorted((mark for mark in marks if mark in _FIRST), key=_FIRST.index)
    operators = [mark for mark in marks if mark not in _FIRST and _OPERATOR.fullmatch(mark)]
    others = [mark for mark in marks if mark not in (*first, *operators, *blanks, *_LAST)]

    found = [f'"{mark}"' for mark in first]
    # right after a word or number, more of the same is always legal and says nothing
    if not inside:
        found += ["a name"] * names + ["a number"] * legal("1")
    found += ["a string"] * bool(quotes)
    found += ["a new line"] * _ends_line(legal)
    found += [f'"{word}"' for word in keywords]
    found += [f'"{mark}"' for mark in others]
    found += ["an operator"] if len(operators) > 2 else [f'"{mark}"' for mark in operators]
    found += [f'"{mark}"' for mark in _LAST if mark in marks]
    found += ["end of file"] * matcher.accepting
    if not found and names and inside:
        return (f'a name other than "{inside}"',)
    if before.endswith(b"\n") and found in ([], ["a new line"]) and (legal(" ") or legal("\t")):
        return ("an indented line",)
    return tuple(found) or tuple(f'"{mark}"' for mark in blanks)


def indentation_at(matcher: Matcher, line: bytes, done: int) -> str | None:
    """How deep ``line`` may be indented, when that is what is wrong with it, in words.

    The matcher has consumed ``done`` bytes of the line and is left where it was.
    """
    code = line.lstrip(b" \t")
    width = len(line) - len(code)
    first = re.match(rb"\w+|.", code, re.S)
    unit = line[:1] if line[:1] in (b" ", b"\t") else b" "
    matcher.rollback(done)
    start = first[0] if first else b""

    def legal(margin: bytes) -> bool:
        data = list(margin + start)
        return matcher.allowed(data) == len(data)

    widths = [columns for columns in range(width + 9) if legal(unit * columns)]
    only_tabs = unit == _TAB and legal(b" " * width)
    matcher.consume(list(line[:done]))
    if not widths or width in widths or only_tabs:  # it is not the width that is wrong
        return None
    wider = [columns for columns in widths if columns > width]
    if widths == wider and len(wider) == 8:
        return f"an indentation of more than {_columns(width, unit)}"
    shown = [columns for columns in widths if columns < width] + wider[:1]
    return f"an indentation of {' or '.join([*map(str, shown[:-1]), _columns(shown[-1], unit)])}"


def _columns(count: int, unit: bytes) -> str:
    return f"{count} {'tab' if unit == _TAB else 'column'}{'s' * (count != 1)}"


@functools.lru_cache(maxsize=8)
def literals(compiled: str) -> tuple[str, ...]:
    """The words and marks that a compiled grammar spells out, in its order."""
    found: dict[str, None] = {}
    for match in _LITERAL.finditer(compiled):
        text = match["string"]
        if text is None and match["regex"] and (start := _REGEX_START.match(match["regex"])):
            text = start[0]
        if text and (word := re.sub(r"\\(.)", _unescape, text).strip()):
            found.setdefault(word)
    return tuple(found)


def _unescape(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}.get(match[1], match[1])


def _is_free(legal: _Legal, after: str = "") -> bool:
    return sum(legal(after + char) for char in _PRINTABLE) >= _FREE


def _closers(compiled: str) -> list[str]:
    marks = [word for word in literals(compiled) if not word[0].isalnum() and len(word) <= 3]
    return list(dict.fromkeys(['"', "'", "`", '"""', "'''", "*/", *marks]))


def _marks(words: tuple[str, ...]) -> list[str]:
    """The punctuation among ``words``, and the single marks that none of them begins with."""
    spelled = [word for word in words if not re.match(r"\w|\s|[][(){}]{2}", word)]
    return spelled + [
        char for char in string.punctuation if not any(word.startswith(char) for word in spelled)
    ]


def _whole(mark: str, legal: _Legal) -> bool:
    """``mark`` is more than the beginning of a longer operator."""
    if not _OPERATOR.fullmatch(mark):
        return True
    return any(legal(mark + char) for char in [*_PRINTABLE, "\n"] if not _OPERATOR.fullmatch(char))


def _ends_line(legal: _Legal) -> bool:
    """A new line ends something here, rather than being one more blank."""
    blank = " " if legal(" ") else ""
    return legal("\n") and any(legal(blank + char) != legal("\n" + char) for char in string.punctuation)
