"""Nodes of the tree as Lark text."""

from __future__ import annotations

import json
from collections.abc import Iterable

from maze.grammar.tree import Both, Choice, Literal, Name, Node, Not, Range, Regex, Repeat, Sequence, walk


def terminal_lines(terminals: dict[str, Node], roots: Iterable[Node]) -> list[str]:
    """The terminals that ``roots`` reach, in the order of ``terminals``."""
    needed: set[str] = set()
    todo = list(roots)
    while todo:
        for node in walk(todo.pop()):
            if isinstance(node, Name) and node.name in terminals and node.name not in needed:
                needed.add(node.name)
                todo.append(terminals[node.name])
    return [f"{name}: {text_of(node)}" for name, node in terminals.items() if name in needed]


def text_of(node: Node, names: dict[str, str] | None = None, *, inner: bool = False) -> str:
    """``node`` as Lark; ``inner`` puts brackets around what needs them as a part of something."""
    match node:
        case Literal(text, ignore_case):
            return quoted(text) + ("i" if ignore_case else "")
        case Regex(pattern, flags):
            return f"/{pattern}/{flags}"
        case Range(first, last):
            return f"{quoted(first)}..{quoted(last)}"
        case Name(name):
            return (names or {}).get(name, name)
        case Repeat(item, low, high):
            # `(a*)*` as `a**` and `~(a*)` as `~a*` would be something else
            count = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high), f"{{{low},{high}}}")
            return _operand(item, names) + count
        case Not(item):
            return "~" + _operand(item, names)
        case Sequence(()):
            return '""'
        case Sequence(items):
            text = " ".join(text_of(item, names, inner=True) for item in items)
        case Choice(options):
            text = " | ".join(text_of(option, names) for option in options)
        case Both(items):
            text = " & ".join(text_of(item, names, inner=True) for item in items)
        case _:
            raise AssertionError(node)
    return f"({text})" if inner else text


def _operand(node: Node, names: dict[str, str] | None) -> str:
    text = text_of(node, names, inner=True)
    return f"({text})" if isinstance(node, Repeat) else text


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)
