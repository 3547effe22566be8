"""Circles are noticed; what merely looks a little alike is not."""

from maze.decoding.closing import Runaway


def seen(pieces, comment=None):
    """(reason, how many tokens had come), or None."""
    numbers = {}
    runaway = Runaway(comment)
    for index, piece in enumerate(pieces, 1):
        token = numbers.setdefault(piece, len(numbers))
        if found := runaway.see([token], [piece]):
            return found[0], index
    return None


def test_the_same_line_again_and_again():
    line = [b"print", b"(", b"x", b")", b"\n"]
    reason, when = seen(line * 100)
    assert reason == "it repeated itself"
    assert when <= 150


def test_a_long_period_needs_several_turns():
    lines = [str(number).encode() for number in range(40)]
    reason, when = seen(lines * 20)
    assert reason == "it repeated itself"
    assert when >= 40 * 8


def test_blanks():
    assert seen([b"x", *[b" ", b"\n", b"    "] * 40])[0] == "it wrote nothing but blanks"


def test_comments_that_all_differ():
    lines = [piece for n in range(100) for piece in (b"#", str(n).encode(), str(n + 7).encode(), b"\n")]
    assert seen(lines, "#")[0] == "it wrote nothing but comments"
    assert seen(lines, "//") is None
    assert seen([*lines[:100], b"x = 1\n", *lines[100:200], b"y\n", *lines[200:280]], "#") is None


def test_tables_are_no_circles():
    row = [b"[", b"0", b",", b"0", b",", b"0", b"]", b","]
    assert seen(row * 8) is None
    assert seen([f"{n}".encode() if n % 2 else b"," for n in range(2000)]) is None


def test_what_is_part_of_the_circle_is_told():
    runaway = Runaway(None)
    found = None
    tokens = [9, 8, 7] + [1, 2] * 200
    come = 0
    while found is None:
        found = runaway.see([tokens[come]], [b"x"])
        come += 1
    assert tokens[: come - found[1]] == [9, 8, 7, 1, 2]  # once is kept
