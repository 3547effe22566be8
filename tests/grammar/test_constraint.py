"""From a target to a constraint: dispatch, files and their errors."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from maze.errors import GrammarError, UsageError
from maze.grammar import constraint_for
from maze.request import Target
from maze.verify import replay

CALC = 'start: sum\nsum: sum "+" NUMBER | NUMBER\nNUMBER: /[0-9]+/\n%ignore " "\n'


@pytest.fixture
def calc(tmp_path: Path) -> Path:
    file = tmp_path / "calc.lark"
    file.write_text(CALC)
    return file


def test_a_language() -> None:
    constraint = constraint_for(Target(language="json"))
    assert (constraint.name, constraint.language, constraint.entry) == ("json", "json", "file")
    assert constraint.text.startswith("%llguidance {}")
    assert constraint.sha256 == hashlib.sha256(constraint.text.encode()).hexdigest()


def test_the_profiles_differ() -> None:
    tight, loose = (constraint_for(Target(language="json"), profile=p) for p in ("generate", "accept"))
    assert replay('{"a":\n\n\n1}', loose) is None
    assert replay('{"a":\n\n\n1}', tight) is not None


def test_a_file(calc: Path) -> None:
    constraint = constraint_for(Target(grammar=calc))
    assert (constraint.name, constraint.language, constraint.kind) == ("file:calc.lark", None, "lark")
    assert replay("1 + 2", constraint) is None
    assert str(replay("1 + + 2", constraint)) == 'unexpected "+"; expected a number'


def test_a_rule_of_a_file(calc: Path) -> None:
    constraint = constraint_for(Target(grammar=calc, rule="sum"))
    assert constraint.entry == "sum"
    assert replay("1 + 2", constraint) is None


@pytest.mark.parametrize("rule", ["sun", "NUMBER", ""])
def test_an_unknown_rule_of_a_file(calc: Path, rule: str) -> None:
    with pytest.raises(UsageError, match=f"unknown rule '{rule}'") as caught:
        constraint_for(Target(grammar=calc, rule=rule))
    assert caught.value.hint


def test_unknown_names() -> None:
    with pytest.raises(UsageError, match="unknown language 'jsom'") as caught:
        constraint_for(Target(language="jsom"))
    assert "did you mean 'json'?" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="unknown rule 'fil'") as caught:
        constraint_for(Target(language="json", rule="fil"))
    assert "did you mean 'file'?" in (caught.value.hint or "")


def test_no_target() -> None:
    with pytest.raises(UsageError, match="nothing says"):
        constraint_for(Target())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b'start: "\xff"', "not UTF-8: byte 0xff at offset 8"),
        (b"\x00\x01\x02", ""),
        (b"start: a\n", "'a'"),
        (b'start: "a" %%', ""),
        (b"start: /(/\n", ""),
        (b'other: "a"\n', "start"),
        (b"start: start\n", "no text fits"),
        (b"%llguidance {}\nstart: nope\n", "nope"),
        (b"%llguidance {}\nstart: /(/\n", "unclosed group"),
        (b"#" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_grammar_that_cannot_be_used(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "g.lark"
    file.write_bytes(data)
    with pytest.raises(GrammarError) as caught:
        constraint_for(Target(grammar=file))
    assert message in caught.value.message
    assert len(str(caught.value)) < 300
    assert caught.value.exit_code == 6


def test_a_grammar_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such grammar file"):
        constraint_for(Target(grammar=tmp_path / "none.lark"))
    with pytest.raises(GrammarError, match="is a directory"):
        constraint_for(Target(grammar=tmp_path))


def test_the_place_of_an_error_in_compiled_text_is_in_that_text(tmp_path: Path) -> None:
    file = tmp_path / "g.lark"
    file.write_text('%llguidance {}\nstart: "a" | nope\n')
    with pytest.raises(GrammarError, match="nope") as caught:
        constraint_for(Target(grammar=file))
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (2, 14)
    assert caught.value.place.source_line == 'start: "a" | nope'


EXPLODING = {
    "doubling rules": "start: a0\n" + "".join(f"a{i}: a{i + 1} a{i + 1}\n" for i in range(40)) + 'a40: "x"\n',
    "large counts": 'start: x~1..100000\nx: "a" "b"\n',
    "nested counts": 'start: x~1..1000\nx: y~1..1000\ny: z~1..1000\nz: "a"\n',
    "large regex": "start: /" + "(a{100}){100}" * 50 + "/\n",
    "many words": "start: " + " | ".join(f'"k{i}"' for i in range(3000)) + "\n",
    "deep nesting": "start: " + "(" * 3000 + '"a"' + ")" * 3000 + "\n",
}


@pytest.mark.parametrize("name", EXPLODING)
def test_an_exploding_grammar_ends(tmp_path: Path, name: str) -> None:
    file = tmp_path / "g.lark"
    file.write_text(EXPLODING[name])
    try:
        constraint = constraint_for(Target(grammar=file))
    except GrammarError as error:
        assert error.message
    else:
        replay("a" * 50, constraint)


@pytest.mark.parametrize(
    "grammar",
    [
        "start: A0\n" + "".join(f"A{i}: A{i + 1} A{i + 1}\n" for i in range(40)) + 'A40: "x"\n',
        # A swallows all that B begins with, so the text can only go on: llguidance would never stop forcing it
        "start: A B\nA: /a+/\nB: /a[0-9]/\n",
    ],
    ids=["doubling", "endless"],
)
def test_a_grammar_that_takes_for_ever_is_too_complex(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grammar: str
) -> None:
    monkeypatch.setattr("maze.grammar.bounded._SECONDS", 3)
    file = tmp_path / "g.lark"
    file.write_text(grammar)
    with pytest.raises(GrammarError, match="too complex"):
        constraint_for(Target(grammar=file))
