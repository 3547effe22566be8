"""A sequence over a real model: its logits are those of a model that read just the tokens it holds."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maze.decoding.sequence import Sequence
from maze.engines.llamacpp.native import Cancellation, Context, LoadOptions
from tests.decoding.test_loop import Recurrent
from tests.engines.llamacpp.conftest import nano  # noqa: F401

PROMPT = [5, 6, 7, 8, 9]
STEPS = st.lists(
    st.lists(st.integers(10, 2000), min_size=1, max_size=4) | st.integers(0, 12) | st.just("logits"),
    min_size=1,
    max_size=8,
)


def fresh(nano, kind=Context):  # noqa: F811
    context = kind(nano, 128, LoadOptions(n_batch=16), Cancellation())
    context.decode(PROMPT)
    return context


@pytest.mark.parametrize("kind", [Context, Recurrent])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_may_be_cut_and_continued_anywhere(nano, kind, steps):  # noqa: F811
    context, other = fresh(nano, kind), fresh(nano)
    sequence, expected = Sequence(context, PROMPT), []
    for step in [*steps, "logits"]:
        if step == "logits":
            sequence.logits()
        elif isinstance(step, int):
            sequence.truncate(step)
            expected = expected[:step]
        else:
            sequence.append(step)
            expected = expected + step
        assert sequence.tokens == expected
    if expected:
        other.decode(expected)
    # batches of other sizes are summed in another order
    np.testing.assert_allclose(sequence.logits(), other.logits(), atol=0.1)
    context.close()
    other.close()


def test_the_model_reads_only_what_is_asked_about(nano):  # noqa: F811
    context = fresh(nano)
    sequence = Sequence(context, PROMPT)
    sequence.append([10, 11, 12])
    sequence.truncate(1)
    assert context.position == len(PROMPT)
    sequence.logits()
    sequence.append([11])
    sequence.logits()
    assert context.position == len(PROMPT) + 2
    context.close()
