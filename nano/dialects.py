"""What the six languages make of a signature: types, values and the shape of a whole file."""

from __future__ import annotations

import itertools
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


class Rust(Dialect):
    name = "rust"
    imports = [
        ("HashMap\\b", "use std::collections::HashMap;"),
        ("HashSet\\b", "use std::collections::HashSet;"),
        ("BTreeMap\\b", "use std::collections::BTreeMap;"),
        ("BTreeSet\\b", "use std::collections::BTreeSet;"),
        ("VecDeque\\b", "use std::collections::VecDeque;"),
        ("BinaryHeap\\b", "use std::collections::BinaryHeap;"),
        ("Reverse\\b", "use std::cmp::Reverse;"),
        ("fmt::", "use std::fmt;"),
    ]

    def type(self, type_: Type, *, given: bool) -> str:
        owned = [self.type(each, given=False) for each in type_.args]
        match type_.name:
            case "list" if given:
                return "&[&str]" if type_.item.name == "str" else f"&[{owned[0]}]"
            case "list":
                return f"Vec<{owned[0]}>"
            case "set" | "dict":
                return (
                    f"{'&' if given else ''}Hash{'Set' if type_.name == 'set' else 'Map'}<{', '.join(owned)}>"
                )
            case "optional":
                return f"Option<{owned[0]}>"
            case "str":
                return "&str" if given else "String"
        return {"int": "i64", "long": "u64", "nat": "usize", "float": "f64", "bool": "bool"}[type_.name]

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "optional":
                return "None" if value is None else f"Some({self.value(value, type_.item, given=False)})"
            case "list":
                borrowed = given and type_.item.name == "str"
                items = ", ".join(self.value(each, type_.item, given=borrowed) for each in value)
                return f"&[{items}]" if given else f"vec![{items}]"
            case "set":
                items = ", ".join(self.value(each, type_.item, given=False) for each in value)
                return f"{'&' if given else ''}std::collections::HashSet::from([{items}])"
            case "dict":
                key = type_.args[0]
                pairs = (
                    f"({self.value(each, key, given=False)}, {self.value(value[each], type_.item, given=False)})"
                    for each in value
                )
                return f"{'&' if given else ''}std::collections::HashMap::from([{', '.join(pairs)}])"
            case "str":
                return scalar(value) + ("" if given else ".to_string()")
            case "float":
                return repr(float(value))
        return scalar(value)

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        returned = f" -> {self.type(result, given=False)}" if result else ""
        return f"fn {name}({self.arguments(arguments)}){returned} {{"


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


class Zig(Dialect):
    name = "zig"
    imports = [("std\\.", 'const std = @import("std");')]

    def type(self, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "list":
                # items of a list are slices of constants
                return f"[]{'const ' if given else ''}{self.type(type_.item, given=True)}"
            case "optional":
                return f"?{self.type(type_.item, given=True)}"
            case "str":
                return "[]const u8" if given else "[]u8"
        kinds = {"int": "i64", "long": "u64", "nat": "usize", "float": "f64", "bool": "bool"}
        if type_.name not in kinds:
            raise ValueError(f"zig has no plain {type_.name}: write the section as [zig: whole]")
        return kinds[type_.name]

    def value(self, value: Any, type_: Type, *, given: bool) -> str:
        match type_.name:
            case "optional":
                return "null" if value is None else self.value(value, type_.item, given=given)
            case "list":
                items = ", ".join(self.value(each, type_.item, given=given) for each in value)
                return f"&[_]{self.type(type_.item, given=True)}{{ {items} }}"
            case "float":
                return f"@as(f64, {value})"
            case "int" | "long" | "nat":
                return f"@as({self.type(type_, given=given)}, {value})"
        return scalar(value)

    def opening(self, name: str, arguments: Sequence[Argument], result: Type | None, body: str) -> str:
        allocates = "allocator" in body
        returned = "void"
        if result:
            fresh = allocates and result.name in ("list", "str")
            returned = self.type(result, given=not fresh)
        if allocates:
            returned = "!" + returned
        memory = "allocator: std.mem.Allocator" + (", " if arguments else "") if allocates else ""
        return f"fn {name}({memory}{self.arguments(arguments)}) {returned} {{"


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


DIALECTS: dict[str, Dialect] = {
    each.name: each for each in (Python(), TypeScript(), Rust(), Go(), Zig(), Java())
}
