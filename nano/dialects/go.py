"""Go."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect, scalar
from nano.family import Argument
from nano.naming import styled
from nano.types import Type


class Go(Dialect):
    name = "go"
    indent = "\t"
    packages = "bufio container/heap errors fmt maps math os regexp slices sort strconv strings sync time unicode".split()

    def type(self, type_: Type, *, given: bool) -> str:
        inner = [self.type(each, given=given) for each in type_.args]
        match type_.name:
            case "list":
                return f"[]{inner[0]}"
            case "set":
                return f"map[{inner[0]}]bool"
            case "dict":
                return f"map[{inner[0]}]{inner[1]}"
            case "optional":
                return f"({inner[0]}, bool)"
        return {"str": "string", "float": "float64", "bool": "bool"}.get(type_.name, "int")

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "optional":
                # only the harness asks for it; the zero value stands for nothing
                return self.value(value, type_.item, given=given) if value is not None else ""
            case "list":
                items = ", ".join(self.value(each, type_.item, given=given) for each in value)
                return f"{self.type(type_, given=given)}{{{items}}}"
            case "set":
                items = ", ".join(f"{self.value(each, type_.item, given=given)}: true" for each in value)
                return f"{self.type(type_, given=given)}{{{items}}}"
            case "dict":
                pairs = (
                    f"{self.value(key, type_.args[0], given=given)}: {self.value(value[key], type_.item, given=given)}"
                    for key in value
                )
                return f"{self.type(type_, given=given)}{{{', '.join(pairs)}}}"
            case "float":
                return f"float64({value})"
        return scalar(value)

    def arguments(self, arguments: Sequence[Argument]) -> str:
        written: list[str] = []
        for each, following in itertools.zip_longest(arguments, arguments[1:]):
            same = following is not None and each.type == following.type
            name = styled(each.name, "go")
            written.append(name if same else f"{name} {self.type(each.type, given=True)}")
        return ", ".join(written)

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        returned = f" {self.type(result, given=False)}" if result else ""
        return f"func {name}({self.arguments(arguments)}){returned} {{"

    def file(self, code: str) -> str:
        used = [
            path for path in self.packages if re.search(rf"(?<![\w.]){path.rpartition('/')[2]}\.[A-Z]", code)
        ]
        lines = [f'import "{used[0]}"\n'] if len(used) == 1 else []
        if len(used) > 1:
            lines = ["import (\n", *(f'\t"{path}"\n' for path in used), ")\n"]
        return "\n".join(["package main\n", *(["".join(lines)] if lines else []), code])
