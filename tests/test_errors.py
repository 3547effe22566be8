import pytest

from maze import errors
from maze.errors import ExitCode, MazeError
from maze.text import Place


def subclasses(cls):
    return [cls, *(deeper for sub in cls.__subclasses__() for deeper in subclasses(sub))]


def test_every_error_class_has_its_documented_exit_code():
    tree = {}
    for line in errors.__doc__.splitlines():
        words = line.replace("├──", " ").replace("└──", " ").split()
        if len(words) > 2 and words[0].endswith("Error") and words[1].isdigit():
            tree[words[0]] = int(words[1])
    assert len(tree) == 8
    for name, code in tree.items():
        assert getattr(errors, name).exit_code == code
    assert {cls.__name__ for cls in subclasses(MazeError)} == {"MazeError", *tree}


def test_an_error_names_its_place():
    assert str(MazeError("bad", place=Place("f.py", 3, 4))) == "f.py:3:4: bad"
    assert str(MazeError("bad")) == "bad"


@pytest.mark.parametrize(
    ("word", "near"),
    [("pyton", "python"), ("Python", "python"), ("typscript", "typescript"), ("xyzzy", None)],
)
def test_did_you_mean(word, near):
    found = errors.did_you_mean(word, ["python", "typescript", "rust"])
    assert found == (near and f"did you mean {near!r}?")


def test_exit_codes_are_the_documented_numbers():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "BUG": 1,
        "USAGE": 2,
        "SETTINGS": 3,
        "MODEL": 4,
        "ENGINE": 5,
        "GRAMMAR": 6,
        "INCOMPLETE": 7,
        "CHECK": 8,
        "NOT_ENFORCED": 9,
        "INTERRUPTED": 130,
        "CLOSED_PIPE": 141,
    }
