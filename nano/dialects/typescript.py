"""TypeScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect, scalar
from nano.family import Argument
from nano.types import Type


class TypeScript(Dialect):
    name = "typescript"
    indent = "  "

    def type(self, type_: Type, *, given: bool) -> str:
        inner = [self.type(each, given=given) for each in type_.args]
        match type_.name:
            case "list":
                return f"{inner[0]}[]"
            case "set":
                return f"Set<{inner[0]}>"
            case "dict":
                return f"Record<{inner[0]}, {inner[1]}>"
            case "optional":
                return f"{inner[0]} | undefined"
        return {"str": "string", "bool": "boolean"}.get(type_.name, "number")

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "optional":
                return "undefined" if value is None else self.value(value, type_.item, given=given)
            case "list" | "set":
                items = ", ".join(self.value(each, type_.item, given=given) for each in value)
                return f"new Set([{items}])" if type_.name == "set" else f"[{items}]"
            case "dict":
                pairs = (
                    f"{scalar(str(key))}: {self.value(value[key], type_.item, given=given)}" for key in value
                )
                return f"{{{', '.join(pairs)}}}"
        return scalar(value)

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        returned = self.type(result, given=False) if result else "void"
        return f"function {name}({self.arguments(arguments)}): {returned} {{"
