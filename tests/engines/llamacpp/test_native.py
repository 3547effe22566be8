import subprocess
import sys

import numpy as np
import pytest

from maze.engines.llamacpp.native import Cancellation, Cancelled, Context, LoadOptions, Model
from maze.errors import EngineError, ModelError
from tests.engines.llamacpp.conftest import NANO

OPTIONS = LoadOptions(n_batch=16)


@pytest.fixture
def context(nano):
    context = Context(nano, 64, OPTIONS, Cancellation())
    yield context
    context.close()


def test_tokens_and_pieces_are_inverse(nano):
    text = "def grüße(名前): return '🙂'\n".encode()
    tokens = nano.tokenize(text, special=False)
    assert b"".join(nano.piece(token) for token in tokens) == text


def test_control_tokens_are_read_only_when_asked_for(nano):
    assert len(nano.tokenize(b"<|im_end|>", special=True)) == 1
    assert len(nano.tokenize(b"<|im_end|>", special=False)) > 1


def test_reading_in_batches_gives_the_logits_of_reading_at_once(nano, context):
    tokens = nano.tokenize(b"def add(a, b):\n    return a + b\n", special=False)[:12]
    context.decode(tokens)
    at_once = context.logits().copy()
    context.rewind(0)
    for token in tokens:
        context.decode([token])
    assert context.position == len(tokens)
    np.testing.assert_allclose(context.logits(), at_once, atol=0.05)


def test_rewinding_forgets(nano, context):
    first, second = nano.tokenize(b"def a", special=False)[:2]
    context.decode([first])
    logits = context.logits().copy()
    context.decode([second])
    assert context.rewind(1)
    context.rewind(0)
    context.decode([first])
    np.testing.assert_array_equal(context.logits(), logits)


def test_a_full_context_is_an_engine_error(nano, context):
    for _ in range(4):
        context.decode([5] * 16)
    size = context.position
    with pytest.raises(EngineError, match="context is full"):
        while True:  # llama.cpp rounds the size of a context up
            context.decode([5] * 16)
            assert context.position <= size + 4096


def test_a_token_that_does_not_exist_is_an_engine_error(context):
    with pytest.raises(EngineError, match="failed to decode"):
        context.decode([1 << 30])


def test_cancelling_stops_loading_and_decoding(nano):
    cancelled = Cancellation()
    cancelled.set()
    with pytest.raises(Cancelled):
        Model(NANO, OPTIONS, cancelled)
    context = Context(nano, 64, OPTIONS, cancelled)
    with pytest.raises(Cancelled):
        context.decode([5] * 8)
    context.close()


def test_a_file_that_llama_cpp_refuses_is_a_model_error(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(NANO.read_bytes()[: 1 << 20])
    with pytest.raises(ModelError, match=r"cannot load .*broken\.gguf"):
        Model(broken, OPTIONS, Cancellation())


STARVED = """
import resource, sys
from pathlib import Path
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions, Model
from maze.errors import EngineError

cancellation = Cancellation()
model = Model(Path(sys.argv[1]), LoadOptions(), cancellation)
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20),) * 2)
try:
    Context(model, 1 << 20, LoadOptions(), cancellation)
except EngineError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory the Linux way")
def test_a_context_that_does_not_fit_into_memory_is_an_engine_error():
    done = subprocess.run([sys.executable, "-c", STARVED, NANO], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot create a context of 1,048,576 tokens" in done.stdout
