from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grammars.recognize import check_entry, language
from tests.grammars.rust.cases import INVALID, LOOSE, VALID, in_function

# pieces of code for walks
WORDS = """
    fn pub struct enum trait impl for let mut if else match while loop return break continue use mod const static
    type where as in ref move async await unsafe dyn self Self crate super true false x y T u8 Vec Some None
"""
PIECES = (
    "fn f(", "fn f() {\n    ", ") -> ", ") {\n    ", "{\n", "\n}\n", "\n    }", "\n        ", "\n\n", ";\n    ", "; ", ", ", ": ",
    " = ", " == ", " + ", " - ", " < ", "<", ">", "::", "::<", "&", "&mut ", "*", "()", "[]", "[0]", ".x", "?", "..", "..=",
    " => ", ",\n", "x!(", "vec![", "|x| ", "||", " && ", "#[a]\n", "/// a\n", "// a\n", "/* a */", "'a", "'a'", "'a: ",
    '"a"', '"', "\\n", 'r#"', '"#', "1", "0x1f", "1.5", "0..", "1.max(", "0..=", "if let ", "while let ", "Some(x)", "A { ",
    "match x {\n", "impl A {\n", "struct A", "let x = ", " as ", "!", "-", "|", "@", "$", "#", "_", "<T>", "<'a>", "dyn ",
)  # fmt: skip
FRAGMENTS = (
    *PIECES,
    *(space + word + end for word in WORDS.split() for space in ("", " ") for end in ("", " ")),
)

ACCEPT = language("rust", "accept", version="2021")
GENERATE = language("rust", "generate", version="2021", fragments=FRAGMENTS)
RUSTC = shutil.which("rustc")


def refused(texts: list[str], folder: Path) -> list[str]:
    """What rustc's parser refuses."""
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}  # lets a stable compiler stop after parsing
    command = [
        str(RUSTC),
        "--edition=2021",
        "-Zparse-crate-root-only",
        "--cap-lints=allow",
        "--crate-type=lib",
    ]
    found = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.rs"
        path.write_bytes(text.encode())
        done = subprocess.run([*command, str(path)], capture_output=True, env=environment, check=False)
        if done.returncode:
            found.append(text)
    return found


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    assert ACCEPT.refused_at(text) is None
    assert GENERATE.refused_at(text) is None


@pytest.mark.parametrize(
    "text",
    ["fn f(&mut self {}: u8) {}", "fn f() { g(#[a] ..b); }", "fn f() { #[a] ..b }", "fn f() { x..={} > y; }"],
)
def test_what_only_the_generate_profile_refuses(text: str):
    assert text + "\n" not in GENERATE


@pytest.mark.parametrize("text", LOOSE)
def test_what_is_not_written(text: str):
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str):
    assert text not in ACCEPT
    assert text not in GENERATE


@pytest.mark.skipif(RUSTC is None, reason="needs rustc")
def test_the_cases_are_right(tmp_path: Path):
    right = [*VALID[::8], *LOOSE[::4]]
    assert refused(right, tmp_path) == []
    wrong = INVALID[::8]
    assert refused(wrong, tmp_path) == wrong


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "use a;\n\nfn f() {}\n", "let x = 1;\n"),
        ("function", "#[a]\npub fn f() {\n    g();\n}\n", "struct A;\n"),
        ("function", "async fn f<T>(x: T) -> T { x }", "fn f() {}\nfn g() {}\n"),
        ("class", "#[derive(Clone)]\npub struct A {\n    a: u8,\n}\n", "fn f() {}\n"),
        ("class", "impl A for B {\n    fn f() {}\n}\n", "const A: u8 = 1;\n"),
        ("statement", "let x = 1;", "f()"),
        ("statement", "if x {\n    f();\n}\n", "f(); g();"),
        ("expression", "f(x)[1] + 2", "let x = 1"),
        ("expression", "|x| x + 1", "fn f() {}"),
        ("type", "&'a mut Vec<Option<T>>", "1"),
        ("type", "Box<dyn Fn(u8) -> u8 + Send>", "u8 u8"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    check_entry("rust", rule, good, bad)


@pytest.mark.parametrize(
    "condition", ["let Some(x) = a && b", "a && let Some(x) = b", "let A = a && let B = b && c == d"]
)
def test_let_chains_came_with_2024(condition: str):
    text = in_function(f"if {condition} {{}}")
    for profile in ("accept", "generate"):
        assert text in language("rust", profile, version="2024")
        older = language("rust", profile, version="2021")
        assert text not in older or (profile == "accept" and "&& let" not in text)  # it may be `a & &b`
    wrong = in_function("if let Some(x) = a || b {}")
    assert wrong not in language("rust", "accept", version="2024")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("loop { break; }", "break;"),
        ("while a { if b { continue; } }", "|| continue;"),
        ("'a: loop { break 'a; }", "loop { break 'a; }"),
        ("loop { || loop { break; }; }", "loop { || break; }"),
        ("loop { fn g() { return; } }", "loop { fn g() { break; } }"),
        ("async { x.await };", "x.await;"),
        ("async move { async { x.await } };", "async { || x.await };"),
    ],
)
def test_where_an_expression_may_stand(good: str, bad: str):
    assert in_function(good) in GENERATE
    assert in_function(bad) not in GENERATE
    assert in_function(bad) in ACCEPT


@pytest.mark.parametrize(
    "head", ["if {} {{}}", "while {} {{}}", "match {} {{}}", "for x in {} {{}}", "if let x = {} {{}}"]
)
def test_struct_expressions_in_heads(head: str):
    for recognizer in (ACCEPT, GENERATE):
        for right in (
            "(A { a })",
            "f(A { a })",
            "[A { a }][0]",
            "a.b(|| A { a })",
            "a[A { a }]",
            "m!(A { a })",
        ):
            assert in_function(head.format(right)) in recognizer
        for wrong in ("A { a: 1 }", "b == A { a: 1 }", "!A { a: 1 }", "A { a: 1 }.b()"):
            assert in_function(head.format(wrong)) not in recognizer


@given(st.integers(0, 5), st.text(st.sampled_from('a"#\n'), max_size=12))
def test_raw_strings(hashes: int, content: str):
    text = in_function('r{0}"{1}"{0};'.format("#" * hashes, content))
    ends = content.find('"' + "#" * hashes)
    if ends < 0:
        assert text in ACCEPT
    elif hashes:  # the rest is no statement
        assert text not in ACCEPT


@given(st.lists(st.sampled_from(["/*", "*/", "a", "/", "*", " "]), max_size=8))
def test_nested_comments(parts: list[str]):
    content = " " + "".join(parts) + " "
    depth, deepest, at = 1, 1, 0
    while at < len(content) and depth:
        step = {"/*": 1, "*/": -1}.get(content[at : at + 2], 0)
        depth, at = depth + step, at + (2 if step else 1)
        deepest = max(deepest, depth)
    if depth == 1 and deepest <= 2:
        assert f"fn f() {{}} /*{content}*/\n" in ACCEPT
    elif depth > 1:
        assert f"fn f() {{}} /*{content}*/\n" not in ACCEPT


def test_random_walks_parse(tmp_path: Path):
    """Soundness: whatever the generate profile lets a model write, rustc parses; no walk gets stuck."""
    finished = []
    until = time.monotonic() + 60
    for seed in range(150):
        text = GENERATE.walk(seed)
        if text is not None:
            finished.append(text.decode())
        if len(finished) == 60 or time.monotonic() > until:
            break
    assert len(finished) >= 20
    if RUSTC:
        assert refused(finished, tmp_path) == []
