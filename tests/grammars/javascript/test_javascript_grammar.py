from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.grammars.javascript.cases import EARLY, INVALID, LENIENT, LOOSE, VALID
from tests.grammars.recognize import check_entry, language
from tests.grammars.typescript import cases as typescript
from tests.grammars.typescript.test_typescript_grammar import FRAGMENTS, official

ACCEPT = language("javascript", "accept")
GENERATE = language("javascript", "generate", fragments=FRAGMENTS)
TYPESCRIPT = language("typescript", "accept")

# As a module or as a script: Node reads each text without running it.
_JUDGE = """
const vm = require('vm');
const reads = make => { try { make(); return true } catch { return false } };
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map(text =>
  reads(() => new vm.SourceTextModule(text)) || reads(() => new vm.Script(text)))));
"""


def node(texts: list[str]) -> list[bool]:
    """What Node says, where it is installed."""
    command = shutil.which("node")
    if command is None:
        pytest.skip("Node is not installed")
    done = subprocess.run(
        [command, "--no-warnings", "--experimental-vm-modules", "-e", _JUDGE],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[bool] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str):
    for profile in (ACCEPT, GENERATE):
        assert profile.refused_at(text) is None
        assert profile.refused_at(text + "\n") is None


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
    verdicts = node(texts)
    wrong = [text for text, verdict in zip(texts, verdicts, strict=True) if verdict != (text in right)]
    assert wrong == []


def test_accept_agrees_with_node():
    texts = [*typescript.VALID, *typescript.LOOSE, *typescript.INVALID]
    verdicts = node(texts)
    wrong = {text for text, verdict in zip(texts, verdicts, strict=True) if verdict != (text in ACCEPT)}
    assert wrong == EARLY


@pytest.mark.parametrize("text", VALID)
def test_javascript_is_typescript(text: str):
    assert TYPESCRIPT.refused_at(text) is None


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("file", "import a from 'a'\nexport const b = a\n", "a b"),
        ("function", "export async function f() { await a; }", "function f(a: B) {}"),
        ("class", "export class A { b = 1 }", "abstract class A {}"),
        ("statement", "if (a) { b } else { c }", "let a: B"),
        ("expression", "(a) => a.b(c)[1]", "a as B"),
    ],
)
def test_entry_rules(rule: str, good: str, bad: str):
    check_entry("javascript", rule, good, bad)


def test_random_walks():
    """Soundness: what the generate profile lets a model write parses."""
    walks = [text.decode() for seed in range(24) if (text := GENERATE.walk(seed)) is not None]
    assert len(walks) >= 12
    assert [text for text in walks if text not in ACCEPT] == []
    verdicts = official(walks)
    assert [text for text, verdict in zip(walks, verdicts, strict=True) if not verdict] == []
