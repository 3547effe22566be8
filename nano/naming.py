"""Identifiers: each language's style, and renaming them inside a template's code."""

from __future__ import annotations

import re
from collections.abc import Mapping

SNAKE = ("python", "rust")


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def styled(name: str, language: str) -> str:
    """A function's or an argument's name as the language's users write it."""
    return name if language in SNAKE else camel(name)


WORD = r"[A-Za-z_]\w*"
# what a word cannot be in: a string or a comment. In Rust, Go, Zig and Java '…' holds one character
_LONG = r"'(?:\\.|[^'\\\n])*'"
_CHARACTER = r"'(?:\\[^\n']+|\\'|[^'\\\n])'"
_STRING = r'"(?:\\.|[^"\\\n])*"'
_SKIPPED = {
    "python": rf'[rb]*"""[\s\S]*?"""|\w*{_STRING}|\w*{_LONG}|\#.*',
    "typescript": rf"{_STRING}|{_LONG}|`(?:\\.|[^`\\])*`|//.*",
    **dict.fromkeys(("rust", "go", "zig", "java"), rf"{_STRING}|{_CHARACTER}|//.*"),
}
# what of a string is code again
_INSIDE = {
    "python": re.compile(r"\{[^{}]*\}"),
    "typescript": re.compile(r"\$\{[^{}]*\}"),
    "rust": re.compile(r"\{\w+|\w+\$"),
}


def rename(code: str, names: Mapping[str, str], language: str) -> str:
    """``code`` with identifiers renamed: not members (``.name``), not what strings and comments say."""
    if all(old == new for old, new in names.items()):
        return code
    token = re.compile(rf"(?P<skipped>{_SKIPPED[language]})|(?<!(?<!\.)\.)\b(?P<word>{WORD})")

    def replace(found: re.Match[str]) -> str:
        if found["word"] is not None:
            return names.get(found["word"], found["word"])
        return _inside(found["skipped"], names, language)

    return token.sub(replace, code)


def _inside(text: str, names: Mapping[str, str], language: str) -> str:
    formats = {
        "python": re.match(r"\w*f", text),
        "typescript": text.startswith("`"),
        "rust": text.startswith('"'),
    }
    if not formats.get(language):
        return text
    word = re.compile(rf"(?<!(?<!\.)\.)\b{WORD}")
    return _INSIDE[language].sub(
        lambda code: word.sub(lambda found: names.get(found[0], found[0]), code[0]), text
    )


def words(code: str) -> set[str]:
    """Every word of the code: a new name must be none of them."""
    return set(re.findall(WORD, code))
