from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grammars.go.cases import INVALID, LOOSE, VALID, expression, statement
from tests.grammars.recognize import check_entry, language

# pieces of code for walks
WORDS = """
    package import func return var const type struct interface map chan if else for range switch case default
    select go defer break continue fallthrough goto a b x T err nil int string error p any
"""
PIECES = (
    "package p\n\n", "func f(", "func (t *T) f(", ") {\n\t", "{\n", "\n}", "\n\t}", "\n\t\t", "\n\n", "; ", ", ", ": ",
    " := ", " = ", " == ", " + ", " - ", " < ", " <- ", "<-", "&", "*", "...", "++\n", "()", "[]", "[x]", ".x", ".(T)",
    ".(type) {\n", "T{", "{x: 1}", "[]int{", "[T any]", "map[string]", "chan<- ", "struct{}", "interface{}", "func() {",
    "// c\n", "0x1f", "1.5", "'a'", '"a"', "`a`", "\\n", "~int | ", "case x:\n", "default:\n", "for ;; {", "if x := 1; ",
    "import (\n", 'import "a"\n', "const (\n\ta = 1\n", "\tb\n", "type T ", "/", "&^", " /", "&&", "||", "<<", "!", "-", "+",
)  # fmt: skip
FRAGMENTS = (
    *PIECES,
    *(space + word + end for word in WORDS.split() for space in ("", " ") for end in ("", " ")),
)

ACCEPT = language("go", "accept")
GENERATE = language("go", "generate", fragments=FRAGMENTS)


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    assert ACCEPT.refused_at(text) is None
    assert GENERATE.refused_at(text) is None


@pytest.mark.parametrize("text", LOOSE)
def test_what_is_not_written(text: str):
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str):
    assert text not in ACCEPT
    assert text not in GENERATE


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "package p\n\nvar x int\n", "var x int\n"),
        ("function", "func f() {\n\tg()\n}\n", "var x int\n"),
        ("function", "func (t T) f() int { return 1 }", "func f() {}\nfunc g() {}\n"),
        ("statement", "if x {\n\tf()\n}\n", "f()\ng()\n"),
        ("statement", "x := 1", "package p"),
        ("expression", "f(x)[1] + 2", "x := 1"),
        ("expression", "func() { return }", "return"),
        ("type", "map[string][]int", "1"),
        ("type", "func(a int) error\n", "int int"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    check_entry("go", rule, good, bad)


@pytest.mark.parametrize("length", [1, 39, 40, 41, 79, 80, 81, 200])
def test_words_stand_apart_however_long_they_are(length: int):
    name = "a" * length
    for text in (
        f"var {name} int",
        f"type {name} struct {{\n\tb int\n}}",
        f"func (t T) {name}({name} int) {{\n}}",
    ):
        assert f"package p\n\n{text}\n" in ACCEPT
        assert f"package p\n\n{text}\n" in GENERATE
    for text in (f"var {name}int", f"type {name}struct {{\n\tb int\n}}"):
        assert f"package p\n\n{text}\n" not in ACCEPT
        assert f"package p\n\n{text}\n" not in GENERATE


# A line end is a semicolon after a token that may end a statement, and a blank after all others.
_ENDS = ["x", "1", "'a'", '"a"', "`a`", "f()", "a[1]", "T{}"]
_GOES_ON = ["x +", "f(", "a[", "[]int{", "x.", "x ||", "!", "f(a,"]


@pytest.mark.parametrize("text", _ENDS)
@pytest.mark.parametrize("end", ["\n", "\r\n", " // c\n", " /* c\n */ ", " /* c */ \n", ";"])
def test_where_a_line_end_is_a_semicolon(text: str, end: str):
    assert statement(f"a = {text}{end}b = 1") in ACCEPT
    assert statement(f"a = ({text}{end})") not in ACCEPT


@pytest.mark.parametrize("text", _GOES_ON)
@pytest.mark.parametrize("end", ["\n", "\r\n", " // c\n", " /* c\n */ ", " /* c */ \n"])
def test_where_a_line_end_is_a_blank(text: str, end: str):
    rest = {"f(": "b)", "a[": "b]", "[]int{": "b}", "f(a,": "b)"}.get(text, "b")
    assert statement(f"a = {text}{end}{rest}") in ACCEPT
    assert statement(f"a = {text};{rest}") not in ACCEPT


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_strings(text: str):
    """Raw strings and comments hold anything but what ends them, NUL and byte order marks."""
    fine = not {"\0", "\ufeff"} & set(text)
    assert (expression(f"`{text}`") in ACCEPT) == (fine and "`" not in text)
    line, block = text.replace("\n", ""), text.replace("*/", "")
    assert (f"package p\n//{line}\nvar x int\n" in ACCEPT) == fine
    assert (f"package p\n/*{block}*/\nvar x int\n" in ACCEPT) == fine


@given(
    st.integers(0),
    st.sampled_from(["{}", "0b{:b}", "0o{:o}", "0{:o}", "0x{:x}", "{:_}", "{}i", "{}.", "{}e3"]),
)
def test_numbers(value: int, form: str):
    text = expression(form.format(value))
    assert text in ACCEPT
    assert text in GENERATE


@given(st.lists(st.sampled_from("+-*/%&|^<>=!()[]{}.,;:~ \n1xT"), max_size=8).map("".join))
def test_any_text_is_judged(text: str):
    """Whatever a text is, the two profiles agree: generate takes a part of what accept takes."""
    for program in (expression("a" + text), statement("a" + text)):
        assert program not in GENERATE or program in ACCEPT


def _walks(count: int, seconds: float) -> list[bytes]:
    until, found = time.monotonic() + seconds, []
    for seed in range(count):
        text = GENERATE.walk(seed)
        if text is not None:
            found.append(text)
        if len(found) >= 30 and time.monotonic() > until:
            break
    assert len(found) >= 30
    return found


def test_random_walks_parse(tmp_path: Path):
    """Soundness: whatever the generate profile lets a model write, Go parses."""
    tree_sitter = pytest.importorskip("tree_sitter")
    tree_sitter_go = pytest.importorskip("tree_sitter_go")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))
    texts = _walks(120, 6)
    for number, text in enumerate(texts):
        assert text in ACCEPT
        (tmp_path / f"{number}.go").write_bytes(text)
    # tree-sitter's grammar takes `T[]P` for an index, and a file for ended by a line end only
    refused = [text for text in texts if parser.parse(text + b"\n").root_node.has_error]
    assert len(refused) <= len(texts) // 20, refused
    if shutil.which("gofmt"):
        done = subprocess.run(
            ["gofmt", "-e", "-l", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("gofmt"), reason="gofmt is not installed")
def test_gofmt_agrees(tmp_path: Path):
    """The valid cases are valid, and what gofmt makes of them is what the generate profile writes."""
    for number, text in enumerate(VALID + LOOSE):
        (tmp_path / f"{number:04}.go").write_text(text, encoding="utf-8", newline="")
    done = subprocess.run(["gofmt", "-w", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for number, text in enumerate(VALID):
        formatted = (tmp_path / f"{number:04}.go").read_text(encoding="utf-8")
        assert GENERATE.refused_at(formatted) is None, (text, formatted)
