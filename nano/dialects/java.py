"""Java: functions are static methods of a class Main."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect, scalar
from nano.family import Argument
from nano.naming import styled
from nano.types import Type


class Java(Dialect):
    name = "java"
    imports = [
        *(
            (rf"{name}\b", f"import java.util.{name};")
            for name in (
                "ArrayDeque ArrayList Arrays Collections Comparator Deque HashMap HashSet Iterator LinkedHashMap "
                "LinkedHashSet List Map Objects Optional PriorityQueue Queue Random Scanner Set TreeMap TreeSet"
            ).split()
        ),
        *(
            (rf"{name}\b", f"import java.util.function.{name};")
            for name in "Function Supplier Predicate".split()
        ),
        *(
            (rf"{name}\b", f"import java.util.stream.{name};")
            for name in "Collectors IntStream Stream".split()
        ),
    ]
    boxed = {
        "int": "Integer",
        "nat": "Integer",
        "long": "Long",
        "float": "Double",
        "bool": "Boolean",
        "str": "String",
    }
    plain = {
        "int": "int",
        "nat": "int",
        "long": "long",
        "float": "double",
        "bool": "boolean",
        "str": "String",
    }

    def type(self, type_: Type, *, given: bool) -> str:
        if type_.name == "list" and self._array(type_):
            return f"{self.type(type_.item, given=given)}[]"
        return self.plain[type_.name] if type_.name in self.plain else self._box(type_)

    def _array(self, type_: Type) -> bool:
        """Lists of numbers are arrays, lists of anything else are lists."""
        item = type_.item
        return item.name in ("int", "nat", "long", "float") or (item.name == "list" and self._array(item))

    def _box(self, type_: Type) -> str:
        match type_.name:
            case "optional":
                return self._box(type_.item)
            case "list" if self._array(type_):
                return self.type(type_, given=True)
            case "list" | "set":
                return f"{type_.name.title()}<{self._box(type_.item)}>"
            case "dict":
                return f"Map<{self._box(type_.args[0])}, {self._box(type_.item)}>"
        return self.boxed[type_.name]

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "optional":
                return "null" if value is None else self.value(value, type_.item, given=given)
            case "list" | "set":
                items = ", ".join(self.value(each, type_.item, given=given) for each in value)
                if type_.name == "list" and self._array(type_):
                    return f"new {self.type(type_, given=given)}{{{items}}}"
                return f"{type_.name.title()}.of({items})"
            case "dict":
                pairs = (
                    f"{self.value(key, type_.args[0], given=given)}, {self.value(value[key], type_.item, given=given)}"
                    for key in value
                )
                return f"Map.of({', '.join(pairs)})"
            case "long":
                return f"{value}L"
            case "float":
                return repr(float(value))
        return scalar(value)

    def arguments(self, arguments: Sequence[Argument]) -> str:
        return ", ".join(
            f"{self.type(each.type, given=True)} {styled(each.name, 'java')}" for each in arguments
        )

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        returned = self.type(result, given=False) if result else "void"
        return f"static {returned} {name}({self.arguments(arguments)}) {{"

    def file(self, code: str) -> str:
        if not re.search(
            r"^(public |final |abstract |sealed )*(class|record|interface|enum) ", code, re.MULTILINE
        ):
            code = "class Main {\n" + self.indented(code, 1) + "}\n"
        return super().file(code)
