"""Rules that no text ends, such as ``a: "x" a``: llguidance would write on them for ever."""

from __future__ import annotations

from collections.abc import Mapping

from maze.grammar.tree import Choice, Name, Node, Repeat, Sequence


def endless(rules: Mapping[str, Node]) -> set[str]:
    """The rules without a text that ends; names that are not in ``rules`` are terminals."""
    left = set(rules)
    while ending := {name for name in left if _ends(rules[name], left)}:
        left -= ending
    return left


def _ends(node: Node, left: set[str]) -> bool:
    match node:
        case Name(name):
            return name not in left
        case Sequence(items):
            return all(_ends(item, left) for item in items)
        case Choice(options):
            return any(_ends(option, left) for option in options)
        case Repeat(item, low):
            return low == 0 or _ends(item, left)
    return True


def pruned(node: Node, never: set[str]) -> Node | None:
    """``node`` without the alternatives that need a rule of ``never``; None if nothing is left."""
    match node:
        case Name(name):
            return None if name in never else node
        case Sequence(items):
            parts = [pruned(item, never) for item in items]
            some = tuple(part for part in parts if part is not None)
            return Sequence(some) if len(some) == len(items) else None
        case Choice(options):
            some = tuple(one for option in options if (one := pruned(option, never)) is not None)
            return Choice(some) if len(some) > 1 else some[0] if some else None
        case Repeat(item, low, high):
            part = pruned(item, never)
            return Repeat(part, low, high) if part is not None else None if low else Sequence(())
    return node
