from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grammars.recognize import Recognizer, check_entry, language
from tests.grammars.typescript.cases import INVALID, LENIENT, LOOSE, VALID

# pieces of code for walks
WORDS = """
    abstract as async await boolean break case catch class const continue declare default do else enum export
    extends false finally for from function get if implements import in infer instanceof interface is keyof let
    namespace new null number of private public readonly return satisfies set static string super switch this
    throw true try type typeof unique var void while with yield a b x T any undefined
"""
PIECES = (
    "() {\n  ", "() => ", "(a: T) => {\n", "{\n", "\n}", "};\n", ";\n", "\n", "\n  ", "\n\n", ", ", ": ", "?: ", " = ",
    " === ", " + ", "++", "--", "=>", "()", "[]", "{}", "[x]", ".x", "?.", "!", "...", "<T>", ">>", ">", "<", "`a${",
    "}b`", "`", "// c\n", "/* c */", "/a/g", "'a'", '"a"', "1.5", "0x1f", " | ", " & ", " ? ", " : ", " ?? ", "#x",
    "@a ", "@a()\n", "export default ", "import type { ", " } from 'a'", "case x:\n", "for (const x of ", "async (",
    "if (x) ", " else ", "do ", "while (x) ", "try {\n", "} catch (x) {\n", "} finally {\n", "**", ">>>=", "??=", "-",
)  # fmt: skip
FRAGMENTS = (
    *PIECES,
    *(space + word + end for word in WORDS.split() for space in ("", " ") for end in ("", " ")),
)

ACCEPT = language("typescript", "accept")
GENERATE = language("typescript", "generate", fragments=FRAGMENTS)

_JUDGE = """
const ts = require(process.argv[1]);
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const parses = text => ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest).parseDiagnostics.length === 0;
console.log(JSON.stringify(texts.map(parses)));
"""


def official(texts: list[str]) -> list[bool]:
    """What the compiler's own parser says, where it is installed: a global one, or the one in MAZE_TYPESCRIPT."""
    node = shutil.which("node")
    tsc = shutil.which("tsc")
    home = os.environ.get("MAZE_TYPESCRIPT") or (tsc and str(Path(tsc).resolve().parents[1]))
    if node is None or not home:
        pytest.skip("the TypeScript compiler is not installed")
    command = [node, "-e", _JUDGE, home]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    found: list[bool] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    for profile in (ACCEPT, GENERATE):
        assert profile.refused_at(text) is None
        assert profile.refused_at(text + "\n") is None
        assert profile.refused_at("// a\n" + text + " // b\n") is None


@pytest.mark.parametrize("text", LOOSE)
def test_what_is_not_written(text: str):
    assert ACCEPT.refused_at(text) is None
    assert text not in GENERATE


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str):
    assert text not in ACCEPT
    assert text not in GENERATE


@pytest.mark.parametrize("text", LENIENT)
def test_what_is_not_written_either(text: str):
    assert text not in GENERATE


def test_the_cases_are_right():
    right, texts = [*VALID, *LOOSE], [*VALID, *LOOSE, *INVALID, *LENIENT]
    verdicts = official(texts)
    wrong = [text for text, verdict in zip(texts, verdicts, strict=True) if verdict != (text in right)]
    assert wrong == []


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "import a from 'a'\nexport const b = a\n", "a b"),
        ("function", "export async function f() { await a; }", "let a = 1;"),
        ("function", "function f() {\n  return a\n}", "function f() {}\nfunction g() {}"),
        ("class", "@a export abstract class A { b = 1 }", "function f() {}"),
        ("statement", "if (a) { b } else { c }", "a; b;"),
        ("statement", "return_", "return }"),
        ("expression", "(a: A) => a.b(c)[1]", "let a"),
        ("expression", "{ a: 1, b }", "a; b"),
        ("type", "A<B[]> | { a: C } & (() => void)", "1 + 2"),
        ("type", "A extends B ? C : D", "type A = B"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    check_entry("typescript", rule, good, bad)


_LINES = [
    "a",
    "b()",
    "c = d",
    "let e",
    "const f = 1",
    "import g from 'g'",
    "type H = I",
    "h = () => {}",
    "`i`.j",
]


@given(
    st.lists(st.sampled_from(_LINES), min_size=1, max_size=6),
    st.sampled_from(["\n", ";\n", "\n\n", " // k\n"]),
)
def test_a_line_ends_a_statement(lines: list[str], end: str):
    text = end.join(lines)
    assert text in ACCEPT
    assert text in GENERATE


@pytest.mark.parametrize("first", ["a", "b()", "c = d", "[e]", "(f)"])
@pytest.mark.parametrize("second", ["(g)", "[h]", ".i", "+ j", "/ k", "? l : m", "`n`", "&& o", ", p"])
def test_a_line_that_goes_on(first: str, second: str):
    assert f"{first}\n{second}" in ACCEPT
    assert f"({first}\n{second})" in ACCEPT


@pytest.mark.parametrize("first", ["a", "b()", "c = d"])
@pytest.mark.parametrize("second", ["(g)", "(g, h)"])
def test_the_next_line_is_no_arrow_function(first: str, second: str):
    assert f"{first}\n{second} => q" not in ACCEPT
    assert f"{first};\n{second} => q" in ACCEPT


@given(st.text(alphabet="ab'\"`${}\\/*\n<>()=;", max_size=12))
def test_what_is_generated_is_accepted(text: str):
    if text in GENERATE:
        assert text in ACCEPT


def _walks(recognizer: Recognizer, count: int) -> list[str]:
    return [text.decode() for seed in range(count) if (text := recognizer.walk(seed)) is not None]


def test_random_walks():
    """Soundness: what the generate profile lets a model write parses."""
    walks = _walks(GENERATE, 24)
    assert len(walks) >= 12
    assert [text for text in walks if text not in ACCEPT] == []
    verdicts = official(walks)
    assert [text for text, verdict in zip(walks, verdicts, strict=True) if not verdict] == []
