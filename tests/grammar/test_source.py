"""Reading grammar sources: the tree, and errors that point at the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze.errors import GrammarError
from maze.grammar.source import parse
from maze.grammar.tree import Choice, Condition, Literal, Name, Not, Range, Regex, Repeat, Sequence, walk


def body(text: str):
    """The tree of the only alternative of a rule, without places."""
    (alternative,) = parse(f"r: {text}", path="g").rules["r"].alternatives
    return alternative.body


def test_a_rule_with_everything():
    rule = parse(
        '?r{x, y}: x+ "a"i? [y] ("b"..."c")? -> c | %if generate & !fast\n'.replace("...", ".."), path="g"
    )
    found = rule.rules["r"]
    assert found.params == ("x", "y")
    assert len(found.alternatives) == 2
    kinds = [type(node) for node in walk(found.alternatives[0].body)]
    assert kinds == [Sequence, Repeat, Name, Repeat, Literal, Repeat, Name, Repeat, Range]
    assert [(one.name, one.negated) for one in found.alternatives[1].conditions] == [
        ("generate", False),
        ("fast", True),
    ]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ('"a"?', 0, 1),
        ('["a"]', 0, 1),
        ('"a"*', 0, None),
        ('"a"+', 1, None),
        ('"a"~3', 3, 3),
        ('"a" ~ 2..4', 2, 4),
    ],
)
def test_repetitions(text: str, low: int, high: int | None):
    found = body(text)
    assert isinstance(found, Repeat)
    assert (found.low, found.high) == (low, high)


def test_terminals_may_intersect_and_negate():
    grammar = parse('A: /a+/i & ~("b" | B)\nB: "c"', path="g")
    kinds = [type(node) for node in walk(grammar.rules["A"].alternatives[0].body)]
    assert kinds[1:] == [Regex, Not, Choice, Literal, Name]


@pytest.mark.parametrize(
    ("quoted", "text"),
    [
        (r'"a\nb"', "a\nb"),
        (r'"\""', '"'),
        (r'"\\"', "\\"),
        (r'"\x41é"', "Aé"),
        (r'"\u20ac"', "€"),
        (r'"a\/b"', "a/b"),
    ],
)
def test_escapes(quoted: str, text: str):
    found = body(quoted)
    assert isinstance(found, Literal)
    assert found.text == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_can_be_quoted(text: str):
    quoted = "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)
    found = body(f'"{quoted}"')
    assert isinstance(found, Literal)
    assert found.text == text


def test_layout_does_not_matter():
    spread = 'start:\n  // a comment\n\n    a (b\n  | c) // another\n    | "d"\na: "a"\n\nb:\n  "b"'
    assert list(parse(spread, path="g").rules) == ["start", "a", "b"]
    assert len(parse(spread, path="g").rules["start"].alternatives) == 2


def test_directives():
    grammar = parse(
        '%import common.INT -> NUMBER\n%import common (WS, WORD)\n%ignore WS | "x"\n%declare _INDENT _DEDENT\n'
        "%entry file expression\n%versions 1.0 2\n%words NAME\n"
        '%soft "a" "b"\n%reserve "c"\n%join JOIN %if accept\n%flags loop try_ %if version >= 2\n'
        '%mode inside: WS between "(" ")", A B\n%mode bare: between C D\n',
        path="g",
    )
    assert [(one.library, one.name, one.alias) for one in grammar.imports] == [
        ("common", "INT", "NUMBER"),
        ("common", "WS", "WS"),
        ("common", "WORD", "WORD"),
    ]
    assert len(grammar.ignored) == 1
    assert [name.name for name in grammar.declared] == ["_INDENT", "_DEDENT"]
    assert [name.name for name in grammar.entries] == ["file", "expression"]
    assert grammar.versions == ["1.0", "2"]
    assert grammar.words is not None
    assert grammar.words.name == "NAME"
    assert [one.text for one in grammar.soft + grammar.reserved] == ["a", "b", "c"]
    assert grammar.joins is not None
    assert (grammar.joins.name, [one.name for one in grammar.joins_if]) == ("JOIN", ["accept"])
    assert grammar.flags[0].names == ("loop", "try_")
    assert isinstance(grammar.flags[0].conditions[0], Condition)
    assert (grammar.flags[0].conditions[0].operator, grammar.flags[0].conditions[0].value) == (">=", "2")
    assert [(mode.name, mode.blanks, len(mode.pairs)) for mode in grammar.modes] == [
        ("inside", "WS", 2),
        ("bare", None, 1),
    ]


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"),
    [
        ('start: "a', (1, 8), "unexpected '\"'", "does not end on its line"),
        ("start: /a", (1, 8), "unexpected '/'", "does not end on its line"),
        ("start: 'a'", (1, 8), 'unexpected "\'"', "double quotes"),
        ("# x\nstart: a", (1, 1), "unexpected '#'", "//"),
        ("start = a", (1, 1), "unexpected 'start'", "a rule"),
        ("start: a;", (1, 9), "unexpected ';'", "without a semicolon"),
        ("start: (a", (1, 10), "unexpected the end of the file", "')'"),
        ("start: a\n  | b)", (2, 6), "unexpected ')'", "'|'"),
        ("start: a\nstart: b", (2, 1), "'start' is defined twice", "|"),
        ("start: a\nb.2: c", (2, 2), "no priorities such as b.2 here", "~B"),
        ("A.1: /c/", (1, 2), "no priorities such as A.1 here", "~B"),
        ("%override start: a", (1, 1), "%override is not supported", "once"),
        ("%extend start: a", (1, 1), "%extend is not supported", "in one rule"),
        ("%inore WS", (1, 1), "unexpected '%'", "%ignore"),
        (r'start: "\xz"', (1, 8), "bad escape", None),
        ('start: "b".."a"', (1, 8), "from one character up to another", '"a".."z"'),
        ("start: a{b", (1, 11), "unexpected the end of the file", "'}'"),
    ],
)
def test_errors_point_at_the_place(source: str, place: tuple[int, int], message: str, hint: str | None):
    with pytest.raises(GrammarError) as caught:
        parse(source, path="my.lark")
    error = caught.value
    assert error.place is not None
    assert (error.place.path, error.place.line, error.place.column) == ("my.lark", *place)
    assert message in error.message
    assert hint is None or hint in (error.hint or "")


@given(st.text(alphabet='ab:|()[]{}"/~*+?.,%<>&! \n\\AB1-', max_size=40))
def test_any_text_is_read_or_refused(source: str):
    try:
        parse(source, path="g")
    except GrammarError as error:
        assert error.place is not None
        assert error.place.line <= source.count("\n") + 1
