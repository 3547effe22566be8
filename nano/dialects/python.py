"""Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect
from nano.family import Argument
from nano.types import Type


class Python(Dialect):
    name = "python"
    end = ""
    imports = [
        (rf"{module}\.", f"import {module}")
        for module in "bisect heapq itertools json math random re statistics string sys time".split()
    ] + [
        ("Counter\\b", "from collections import Counter"),
        ("defaultdict\\b", "from collections import defaultdict"),
        ("deque\\b", "from collections import deque"),
        ("OrderedDict\\b", "from collections import OrderedDict"),
        ("@dataclass", "from dataclasses import dataclass"),
        ("Iterator\\b", "from collections.abc import Iterator"),
        ("Callable\\b", "from collections.abc import Callable"),
    ]

    def type(self, type_: Type, *, given: bool) -> str:
        inner = [self.type(each, given=given) for each in type_.args]
        if type_.name == "optional":
            return f"{inner[0]} | None"
        return (
            f"{type_.name}[{', '.join(inner)}]"
            if inner
            else {"long": "int", "nat": "int"}.get(type_.name, type_.name)
        )

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        return repr(value)

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        returned = self.type(result, given=False) if result else "None"
        return f"def {name}({self.arguments(arguments)}) -> {returned}:"

    def file(self, code: str) -> str:
        # two empty lines below imports, as the style guide has it
        lines = sorted(self.used(code), key=lambda line: (line.startswith("from"), line))
        above = "\n".join(lines) + "\n\n\n" if lines else ""
        return (
            above + re.sub(r"\n+(?=def |class |@|if __name__)", "\n\n\n", code)
            if above or "\n\n" in code
            else code
        )
