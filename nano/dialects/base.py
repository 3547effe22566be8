"""What every language makes of a signature: types, values and the shape of a whole file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from nano.family import Argument
from nano.naming import styled
from nano.types import Type


class Dialect:
    """One language. A subclass says how types and values are written and how a function begins and ends."""

    name = ""
    indent = "    "
    end = "}\n"
    # (a word the code uses, the line that brings it)
    imports: Sequence[tuple[str, str]] = ()

    def type(self, type_: Type, *, given: bool) -> str:
        """The type of an argument (``given``) or of a result."""
        raise NotImplementedError

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        raise NotImplementedError

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        raise NotImplementedError

    def arguments(self, arguments: Sequence[Argument]) -> str:
        return ", ".join(
            f"{styled(each.name, self.name)}: {self.type(each.type, given=True)}" for each in arguments
        )

    def function(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        """A whole function of which a family says the body."""
        opening = self.opening(styled(name, self.name), arguments, result, body)
        return opening + "\n" + self.indented(body, 1) + self.end

    def indented(self, text: str, depth: int) -> str:
        """The text, written with four blanks a level, at a depth and in the language's own indentation."""

        def line(row: str) -> str:
            blanks = len(row) - len(row.lstrip(" "))
            return self.indent * (depth + blanks // 4) + " " * (blanks % 4) + row.lstrip(" ")

        return "".join(line(row) + "\n" if row.strip() else "\n" for row in text.splitlines())

    def used(self, code: str) -> list[str]:
        """The imports that the code needs and does not have; what it defines itself it does not import."""
        defined = r"\b(?:class|struct|record|interface|enum) "
        lines = [
            line
            for word, line in self.imports
            if re.search(rf"(?<![\w.]){word}", code) and not re.search(defined + word, code)
        ]
        return [line for line in dict.fromkeys(lines) if line not in code]

    def file(self, code: str) -> str:
        """The whole file around functions: what stands above them."""
        lines = self.used(code)
        return "\n".join(lines) + "\n\n" + code if lines else code


def scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
