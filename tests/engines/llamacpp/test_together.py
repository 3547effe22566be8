import ast
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from maze import pipeline, settings
from maze.engines.llamacpp import engine
from maze.engines.llamacpp.native import Cancellation, Cancelled, Context, LoadOptions
from maze.engines.llamacpp.together import Lane, Meeting, Turn
from maze.errors import EngineError
from maze.request import Target

PROMPT = [5, 6, 7, 8, 9]
TEXTS = {1: [10, 11, 12, 13], 2: [20] * 60, 3: [30, 31]}


@pytest.fixture
def context(nano):
    context = Context(nano, 128, LoadOptions(n_batch=16), Cancellation(), 4)
    context.decode(PROMPT)
    yield context
    context.close()


def alone(nano, tokens):
    context = Context(nano, 128, LoadOptions(n_batch=16), Cancellation())
    context.decode([*PROMPT, *tokens])
    logits = context.logits().copy()
    context.close()
    return logits


def test_each_lane_holds_its_own_text(nano, context):
    meeting = Meeting(context, list(TEXTS))

    def write(lane):
        model = Lane(meeting, context, lane)
        assert model.position == len(PROMPT)
        model.decode(TEXTS[lane][:1])
        model.decode(TEXTS[lane][1:])
        assert model.rewind(len(PROMPT) + 1)
        model.decode(TEXTS[lane][1:])
        found = model.logits().copy()
        meeting.leave(lane)
        return found

    with ThreadPoolExecutor(3) as threads:
        for tokens, logits in zip(TEXTS.values(), threads.map(write, TEXTS), strict=True):
            # batches of other sizes are summed in another order
            np.testing.assert_allclose(logits, alone(nano, tokens), atol=0.1)
    assert context.positions == [len(PROMPT), 0, 0, 0]


def test_an_error_is_everybody_s(context):
    meeting = Meeting(context, [1, 2])

    def write(lane):
        with pytest.raises(EngineError, match="failed to decode"):
            meeting.decode(lane, [1 << 30])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, [1, 2]))


def test_nobody_waits_for_one_that_was_cancelled(context):
    meeting = Meeting(context, [1, 2])
    threading.Timer(0.05, meeting.cancel).start()
    with pytest.raises(Cancelled):
        meeting.decode(1, [10])


def test_a_turn_is_silent_until_it_comes():
    heard = []

    class Listener:
        def text(self, piece):
            heard.append(piece)

        def drop(self, count):
            heard.append(count)

    turn = Turn(Listener())
    turn.text("abc")
    turn.drop(1)
    assert heard == []
    turn.come()
    turn.text("d")
    turn.drop(2)
    assert heard == ["ab", "d", 2]


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """A request of seven samples, of which three are written at a time."""
    monkeypatch.setattr(engine, "_TINY", 0)
    monkeypatch.setattr(engine, "_MOST_TOGETHER", 3)
    flags = {"generation.seed": 1, "generation.max_tokens": 60, "generation.temperature": 1.8}
    chosen = settings.load({"MAZE_CONFIG": str(tmp_path / "none")}, tmp_path, flags)
    request = pipeline.request("something else", Target(language="python"), chosen, samples=7)
    return pipeline.plan(request, chosen), chosen


class Heard:
    def __init__(self):
        self.texts = []

    def stage(self, what):
        if what == "writing":
            self.texts.append("")

    def text(self, piece):
        self.texts[-1] += piece

    def drop(self, count):
        self.texts[-1] = self.texts[-1][: len(self.texts[-1]) - count]

    def progress(self, done, total): ...

    def note(self, line): ...

    def detail(self, line): ...


def test_samples_come_in_order_and_complete(planned):
    heard = Heard()
    results = list(pipeline.generate(*planned, heard))
    assert [result.seed for result in results] == list(range(1, 8))
    assert len({result.code for result in results}) > 3
    for result, text in zip(results, heard.texts, strict=True):
        assert result.error is None
        assert result.code.rstrip("\n") == text.rstrip("\n")
        ast.parse(result.code)


def test_leaving_after_the_first_leaves_no_thread(planned):
    before = threading.enumerate()
    drafts = pipeline.generate(*planned, Heard())
    next(drafts)
    drafts.close()
    assert threading.enumerate() == before
