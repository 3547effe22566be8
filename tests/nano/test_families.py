"""Family files: what reads, what is refused, and that admission runs what it admits."""

import os
import random
import re

import pytest

from nano import admission, copying, family, harness, samples
from nano.family import FamilyError
from nano.harness import Sample
from nano.naming import rename
from nano.samples import Names

ADD = """add(a: int, b: int) -> int
also: plus

add two numbers
~ the total of {a} and {b}

[tests]
add(2, 3) == 5

[python]
return a + b
"""
FAMILIES = family.load()


@pytest.fixture
def write(tmp_path):
    def written(text, name="some"):
        path = tmp_path / f"{name}.family"
        path.write_text(text)
        return path

    return written


def sample(one, language="python", names=None):
    return Sample(one, language, samples.code(one, language, names), names or harness.named(one, language))


def test_a_family_is_read_as_it_is_written(write):
    add = family.read(write(ADD))
    assert [argument.name for argument in add.arguments] == ["a", "b"]
    assert (add.phrases, add.held_out) == (["add two numbers"], ["the total of {a} and {b}"])
    assert samples.code(add, "python") == "def add(a: int, b: int) -> int:\n    return a + b\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("add(a: int, b: int) -> int", "add(a: integer, b: int)", "1: not a type: integer"),
        ("add(a: int, b: int) -> int", "adds two", "1: expected name"),
        ("[python]", "[python: body]", ":10: no section"),
        ("add(2, 3) == 5", "add(2) == 5", "expected add"),
        ("~ the total of {a} and {b}", "", "no held-out phrasing"),
        ("add two numbers", "", "no phrasing"),
        ("[tests]\nadd(2, 3) == 5", "", "no test"),
    ],
)
def test_a_fault_in_a_family_file_is_named(write, old, new, message):
    path = write(ADD.replace(old, new, 1))
    with pytest.raises(FamilyError, match=rf"{re.escape(str(path))}.*{re.escape(message)}"):
        family.read(path)


def test_two_families_cannot_have_one_name(write, tmp_path):
    write(ADD), write(ADD, "other")
    with pytest.raises(FamilyError, match="two families have the name add"):
        family.load(tmp_path)


@pytest.mark.parametrize(
    ("language", "code", "renamed"),
    [
        ("python", 'return f"{a} a" + "a" + x.a  # a', 'return f"{bb} a" + "a" + x.a  # a'),
        ("typescript", "`a ${a}` + [...a] + 'a'", "`a ${bb}` + [...bb] + 'a'"),
        (
            "rust",
            "for i in 0..a { println!(\"{a} a\"); 'a' }",
            "for i in 0..bb { println!(\"{bb} a\"); 'a' }",
        ),
        ("go", "x.a[a] + 'a' + \"a\"", "x.a[bb] + 'a' + \"a\""),
    ],
)
def test_renaming_spares_members_strings_and_comments(language, code, renamed):
    assert rename(code, {"a": "bb"}, language) == renamed


def test_admission_refuses_what_is_wrong_and_says_what(write):
    right = family.read(write(ADD))
    wrong = family.read(write(ADD.replace("a + b", "a - b"), "wrong"))
    broken = family.read(write(ADD.replace("a + b", "a + undefined"), "broken"))
    endless = family.read(write(ADD.replace("return a + b", "while True:\n    pass"), "endless"))
    faults = admission.run([sample(each) for each in (right, wrong, broken, endless)])
    assert faults[0] is None
    assert "add(2, 3) is -1" in faults[1]
    assert "NameError" in faults[2]
    assert "it does not end" in faults[3]


def test_admission_refuses_what_the_grammar_would_not_let_the_model_write(write):
    [fault] = admission.run([sample(family.read(write(ADD.replace("a + b", "a ]"))))])
    assert fault == "grammar: refused after 'def add(a: int, b: int) -> int:\\n    return a '"


@pytest.mark.parametrize("language", [each for each in family.LANGUAGES if each != "python"])
def test_admission_finds_faults_in_each_language_that_has_a_compiler_here(write, language):
    if not admission.available(language) or (language == "typescript" and "TYPESCRIPT" not in os.environ):
        pytest.skip(f"no compiler of {language}")
    semicolon = "" if language in ("go", "rust") else ";"
    lead = "" if language == "rust" else "return "
    text = ADD + f"\n[{language}]\n{lead}a + b{semicolon}\n"
    right = family.read(write(text))
    wrong = family.read(
        write(text.replace(f"{lead}a + b{semicolon}\n", f"{lead}a * b{semicolon}\n"), "wrong")
    )
    broken = family.read(
        write(text.replace(f"{lead}a + b{semicolon}\n", f"{lead}a + nothing{semicolon}\n"), "broken")
    )
    wrong.code[language] = family.Code(f"{lead}a * b{semicolon}\n", whole=False)
    broken.code[language] = family.Code(f"{lead}a + nothing{semicolon}\n", whole=False)
    faults = admission.run([sample(each, language) for each in (right, wrong, broken)])
    assert faults[0] is None
    assert faults[1] is not None and faults[2] is not None


def test_a_sample_that_stops_the_program_does_not_hide_the_others(write):
    if not admission.available("rust"):
        pytest.skip("no compiler of rust")
    bodies = ["a + b", "std::process::exit(a as i32)", "a * b", "a + b"]
    made = [family.read(write(f"{ADD}\n[rust]\n{body}\n", f"f{i}")) for i, body in enumerate(bodies)]
    faults = admission.run([sample(each, "rust") for each in made])
    assert [fault is None for fault in faults] == [True, False, False, True]
    assert "stopped the program" in faults[1] and "add(2, 3) is 6" in faults[2]


def test_some_families_pass_their_tests_in_python_with_given_names():
    some = random.Random(1).sample([each for each in FAMILIES if each.kind == "function"], 25)
    given = [
        sample(
            each,
            names=Names(
                "zorblat", tuple(f"q{letter}q" for letter, _ in zip("abcdef", each.arguments, strict=False))
            ),
        )
        for each in some
    ]
    assert [fault for fault in admission.run(given + [sample(each) for each in some]) if fault] == []


def test_every_family_is_asked_for_in_words_and_its_placeholders_are_arguments():
    for each in FAMILIES:
        known = {argument.name for argument in each.arguments}
        for phrase in each.phrases + each.held_out:
            assert set(re.findall(r"\{(\w+)\}", phrase)) <= known, (each.name, phrase)


def test_copying_tasks_are_right_in_python():
    chance = random.Random(3)
    made = [copying.task(chance, "python")[1] for _ in range(20)]
    assert [fault for fault in admission.run(made) if fault] == []
