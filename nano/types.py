"""The types in which a family says its signature: one notation for all languages.

``int long nat float bool str``, ``list[T]``, ``set[T]``, ``dict[K, V]`` and ``T?`` for a value or nothing.
``long`` does not fit 32 bits and ``nat`` counts or indexes; where a language does not care both are its int.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

SCALARS = ("int", "long", "nat", "float", "bool", "str")
ARITY = dict.fromkeys(SCALARS, 0) | {"list": 1, "set": 1, "dict": 2, "optional": 1}


@dataclass(frozen=True, slots=True)
class Type:
    name: str
    args: tuple[Type, ...] = ()

    @property
    def item(self) -> Type:
        """What a list, a set or an optional holds; of a dict, its values."""
        return self.args[-1]


def parse(text: str) -> Type:
    """The type that ``text`` writes. Raises ``ValueError`` naming what is not a type."""
    text = text.strip()
    if text.endswith("?"):
        return Type("optional", (parse(text[:-1]),))
    return _read(ast.parse(text, mode="eval").body)


def _read(node: ast.expr) -> Type:
    if isinstance(node, ast.Name):
        result = Type(node.id)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        result = Type(node.value.id, tuple(map(_read, inner)))
    else:
        raise ValueError(f"not a type: {ast.unparse(node)}")
    if ARITY.get(result.name) != len(result.args):
        raise ValueError(f"not a type: {ast.unparse(node)}; known are {', '.join(ARITY)}")
    return result
