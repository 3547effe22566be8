"""What goes wrong below Maze: faults put between it and the real llama.cpp, and interruptions anywhere."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field

import pytest

from maze import pipeline, settings
from maze.engines.llamacpp import LlamaCpp
from maze.request import Target

# replaces functions of the library, then runs the command as a user would
FAULTY = """
import ctypes, sys
import llama_cpp.llama_cpp as lib
from maze.__main__ import main

calls = 0
decode, logits = lib.llama_decode, lib.llama_get_logits_ith

def failing(status, first):
    def llama_decode(*arguments):
        global calls
        calls += 1
        return status if calls > first else decode(*arguments)
    return llama_decode

def broken_logits(value):
    def llama_get_logits_ith(*arguments):
        row = logits(*arguments)
        ctypes.memmove(row, (ctypes.c_float * 2048)(*[value] * 2048), 4 * 2048)
        return row
    return llama_get_logits_ith

{fault}
sys.argv[1:] = ["generate", "add two numbers", "--lang", "python", "--seed", "1", *sys.argv[1:]]
main()
"""

FAULTS = {
    "decode fails at the prompt": ("lib.llama_decode = failing(-1, 0)", 5, "failed to decode (status -1)"),
    "decode fails later": ("lib.llama_decode = failing(-3, 3)", 5, "failed to decode (status -3)"),
    "no room in the cache": ("lib.llama_decode = failing(1, 2)", 5, "the context is full"),
    "NaN": ("lib.llama_get_logits_ith = broken_logits(float('nan'))", 5, "no usable probabilities"),
    "infinite": ("lib.llama_get_logits_ith = broken_logits(float('inf'))", 5, "no usable probabilities"),
    "no logits": ("lib.llama_get_logits_ith = lambda *a: None", 5, "no logits after a decode"),
    "no context": ("lib.llama_init_from_model = lambda *a: None", 5, "cannot create a context"),
    "no model": ("lib.llama_model_load_from_file = lambda *a: None", 4, "cannot load"),
    "no tokens": ("lib.llama_tokenize = lambda *a: -1", 5, "cannot tokenize"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_library_is_an_error_with_its_reason(name, maze_env, tmp_path):
    fault, code, reason = FAULTS[name]
    done = subprocess.run(
        [sys.executable, "-c", FAULTY.replace("{fault}", fault), "-o", "out.py"],
        capture_output=True,
        text=True,
        env=maze_env,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@dataclass
class Interrupting:
    """A listener that is interrupted at the event ``at``, the first being 1."""

    at: int = 0
    seen: list[str] = field(default_factory=list)

    def _event(self, what):
        self.seen.append(what)
        if len(self.seen) == self.at:
            raise KeyboardInterrupt

    def stage(self, what):
        self._event(what)

    def progress(self, done, total):
        self._event("progress")

    def text(self, piece):
        self._event("text")

    def drop(self, count):
        self._event("drop")

    def note(self, line):
        self._event("note")

    def detail(self, line):
        self._event("detail")


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    chosen = settings.load({"MAZE_CONFIG": str(home / "config.toml")}, home, {"generation.seed": 1})
    return pipeline.plan(
        pipeline.request("add two numbers", Target(language="python"), chosen), chosen
    ), chosen


def run(planned, listener):
    plan, chosen = planned
    with LlamaCpp(chosen) as engine:
        return list(engine.generate(plan.request, plan.prompt, plan.constraint, listener))


def test_interrupted_anywhere_nothing_is_left(planned, monkeypatch):
    before = threading.enumerate()
    opened, closed = set(), set()
    for kind in ("Model", "Context"):
        count_handles(monkeypatch, kind, opened, closed)
    whole = Interrupting()
    run(planned, whole)
    assert whole.seen.count("text") > 10
    for at in range(1, len(whole.seen) + 1):
        with pytest.raises(KeyboardInterrupt):
            run(planned, Interrupting(at))
        assert threading.enumerate() == before
    assert len(opened) > len(whole.seen)
    assert opened == closed


def count_handles(monkeypatch, kind, opened, closed):
    from maze.engines.llamacpp import engine, native

    class Counted(getattr(native, kind)):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            opened.add(id(self))
            alive.append(self)  # so that ids stay unique

        def close(self):
            super().close()
            closed.add(id(self))

    alive = []
    monkeypatch.setattr(engine, kind, Counted)


def test_leaving_in_the_middle_of_the_samples_leaves_no_thread(planned):
    plan, chosen = planned
    before = threading.enumerate()
    with LlamaCpp(chosen) as engine:
        drafts = engine.generate(plan.request, plan.prompt, plan.constraint, Interrupting())
        next(drafts)
    assert threading.enumerate() == before
