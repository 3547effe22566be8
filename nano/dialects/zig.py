"""Zig: what is made needs an allocator and may fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect, scalar
from nano.family import Argument
from nano.types import Type


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
