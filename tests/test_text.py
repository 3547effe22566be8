from hypothesis import given
from hypothesis import strategies as st

from maze.text import Place, printable


@given(st.text(), st.data())
def test_place_points_at_the_character(text, data):
    offset = data.draw(st.integers(0, len(text)))
    place = Place.at("f", text, offset)
    before = text[:offset].split("\n")
    assert (place.line, place.column) == (len(before), len(before[-1]) + 1)


@given(st.binary(), st.data())
def test_place_of_a_byte_survives_any_bytes(blob, data):
    offset = data.draw(st.integers(0, len(blob)))
    place = Place.at_byte("f", blob, offset)
    assert place.line == blob[:offset].count(b"\n") + 1
    assert place.column >= 1


def test_excerpt_puts_the_caret_below_the_character():
    place = Place.at("f.py", "x = 1\n\tif y ::\n", 13)
    assert str(place) == "f.py:2:8"
    line, caret = place.excerpt().split("\n")
    assert line == "    \tif y ::"
    assert caret == "    \t      ^"


def test_excerpt_cuts_long_lines_around_the_place():
    place = Place.at("f", "a" * 5000 + "!" + "b" * 5000, 5000)
    line, caret = place.excerpt().split("\n")
    assert len(line) < 120
    assert line[caret.index("^")] == "!"


@given(st.text())
def test_printable_text_cannot_drive_a_terminal(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert all(character.isprintable() or character == "\t" for character in shown)
