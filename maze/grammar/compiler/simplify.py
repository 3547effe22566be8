"""The same language with fewer rules and rows: what a parser does per character depends on their number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from maze.grammar.compiler.rows import Call, Lexeme, NewLine, Row, calls


def productive(rules: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Without the rows that no finite text matches."""
    good: set[str] = set()
    growing = True
    while growing:
        new = {
            name
            for name, rows in rules.items()
            if name not in good and any(all(call in good for call in calls(row)) for row in rows)
        }
        good |= new
        growing = bool(new)
    return {
        name: [row for row in rows if all(call in good for call in calls(row))]
        for name, rows in rules.items()
        if name in good
    }


def reachable(rules: dict[str, list[Row]], entry: str) -> dict[str, list[Row]]:
    seen, todo = {entry}, [entry]
    while todo:
        for row in rules[todo.pop()]:
            for call in calls(row):
                if call not in seen:
                    seen.add(call)
                    todo.append(call)
    return {name: rows for name, rows in rules.items() if name in seen}


def inline(rules: dict[str, list[Row]], entry: str) -> dict[str, list[Row]]:
    """Puts rules where they are called if that costs no text: each rule less is an item less per row.

    A rule of one row goes wherever it is called; one that is an alternative by itself in one place
    only brings its alternatives there.
    """
    rules = dict(rules)
    users: dict[str, set[str]] = {name: set() for name in rules}  # at least those that call a rule
    for name, rows in rules.items():
        for called in {call for row in rows for call in calls(row)}:
            users[called].add(name)
    for name in list(rules):
        rows = rules[name]
        if name == entry or any(name in calls(row) for row in rows):
            continue
        if any(isinstance(item, NewLine) for row in rows for item in row.items):
            continue
        uses = [
            (row, item)
            for user in users[name]
            for row in rules.get(user, ())
            for item in row.items
            if (isinstance(item, Call) and item.name == name)
            or (isinstance(item, NewLine) and item.block == name)
        ]
        if any(item != Call(name) for _, item in uses):
            continue
        single = len(rows) == 1 and not rows[0].conditions
        alone = len(uses) == 1 and len(uses[0][0].items) == 1
        if single or alone:
            del rules[name]
            for user in users[name] & rules.keys():
                rules[user] = [new for row in rules[user] for new in _substitute(row, name, rows)]
            for called in {call for row in rows for call in calls(row)}:
                users[called] |= users[name]
    return rules


def _substitute(row: Row, name: str, rows: list[Row]) -> Iterator[Row]:
    if Call(name) not in row.items:
        yield row
        return
    for one in rows:
        items = tuple(part for item in row.items for part in (one.items if item == Call(name) else (item,)))
        yield Row(items, row.conditions + one.conditions)


def factor(rules: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows that begin alike become one: predicting a rule costs a parser an item for each of its rows.

    Line ends stay: they have to stand in the rule that goes on after them (``emit`` says why).
    """
    todo, done = dict(rules), dict[str, list[Row]]()
    while todo:
        name = next(iter(todo))
        rows, rests = _factored(name, todo.pop(name), rules.keys() | todo.keys() | done.keys())
        done[name] = rows
        todo |= rests
    return done


def _factored(name: str, rows: list[Row], taken: set[str]) -> tuple[list[Row], dict[str, list[Row]]]:
    groups: dict[object, list[Row]] = {}
    for number, row in enumerate(rows):
        alone = len(row.items) < 2 or any(isinstance(item, NewLine) for item in row.items)
        groups.setdefault(number if alone else (row.items[0], row.conditions), []).append(row)
    found: list[Row] = []
    rests: dict[str, list[Row]] = {}
    for group in groups.values():
        if len(group) == 1:
            found += group
            continue
        length = _common(group)
        rest = next(new for n in count(1) if (new := f"{name}_rest_{n}") not in taken | rests.keys())
        tails = [Row(row.items[length:]) for row in group]
        rests[rest] = [tail for tail in tails if tail.items]
        if len(rests[rest]) < len(tails):
            found.append(Row(group[0].items[:length], group[0].conditions))
        found.append(Row((*group[0].items[:length], Call(rest)), group[0].conditions))
    return found, rests


def _common(rows: list[Row]) -> int:
    """How many items all rows begin with."""
    columns = list(zip(*(row.items for row in rows), strict=False))  # as many as the shortest row has
    return next((n for n, column in enumerate(columns) if len(set(column)) > 1), len(columns))


def merge(rows: list[Row]) -> list[Row]:
    """Rows that differ in one token only become one row with the union of the tokens.

    It is the same language with a fraction of the parser's items: all binary operators are one row.
    """
    for position in range(max((len(row.items) for row in rows), default=0)):
        groups: dict[object, list[Row]] = {}
        for number, row in enumerate(rows):
            item = row.items[position] if position < len(row.items) else None
            rest = (row.items[:position], row.items[position + 1 :], row.conditions)
            groups.setdefault((rest) if isinstance(item, Lexeme) else number, []).append(row)
        rows = [_union(group, position) for group in groups.values()]
    return rows


def _union(rows: list[Row], position: int) -> Row:
    if len(rows) == 1:
        return rows[0]
    parts: list[Lexeme] = []
    for row in rows:
        item = row.items[position]
        assert isinstance(item, Lexeme)
        parts += item.union or (item,)
    items = list(rows[0].items)
    items[position] = Lexeme("", union=tuple(dict.fromkeys(parts)))
    return Row(tuple(items), rows[0].conditions)
