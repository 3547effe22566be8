"""Rust: borrowed arguments, owned results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nano.dialects.base import Dialect, scalar
from nano.family import Argument
from nano.types import Type


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
