"""Damaged files of every kind: a header or a ``ModelError``, quickly, and never a dead process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from maze.errors import ModelError
from maze.models import NANO_PATH, gguf
from tests.models.files import build
from tests.models.test_gguf import head, read, refusal

GOOD = build()


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("damage") / "model.gguf"


def survives(scratch: Path, data: bytes) -> None:
    """A header or a ModelError, quickly."""
    started = time.perf_counter()
    try:
        header = read(scratch, data)
    except ModelError:
        pass
    else:
        assert header.length <= header.file_size == len(data)
    assert time.perf_counter() - started < 2


NANO_HEAD = NANO_PATH.read_bytes()[: gguf.read(NANO_PATH).length + 4096]
many = hypothesis_settings(max_examples=300)


@many
@given(st.integers(0, len(GOOD) - 1))
def test_truncated(scratch, length):
    if length < len(GOOD) - 64:  # the last tensor's padding may be missing
        refusal(scratch, GOOD[:length])
    else:
        survives(scratch, GOOD[:length])


@many
@given(st.lists(st.integers(0, len(GOOD) * 8 - 1), min_size=1, max_size=8))
def test_flipped_bits(scratch, bits):
    data = bytearray(GOOD)
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
    survives(scratch, bytes(data))


@many
@given(
    st.integers(0, len(GOOD) - 8),
    st.sampled_from([4, 8]),
    st.one_of(
        st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**60, 2**63 - 1, 2**63, 2**64 - 1]),
        st.integers(0, 2**64 - 1),
    ),
)
def test_edited_numbers(scratch, at, width, number):
    data = bytearray(GOOD)
    data[at : at + width] = (number % 2 ** (8 * width)).to_bytes(width, "little")
    survives(scratch, bytes(data))


@many
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"GGUF", head(pairs=3), head(tensors=2), head(2, 1, 1)])
)
def test_random_bytes(scratch, data, start):
    survives(scratch, start + data)


@given(st.integers(0, len(NANO_HEAD) - 8), st.binary(min_size=1, max_size=8))
def test_damage_in_a_real_header(scratch, at, junk):
    survives(scratch, NANO_HEAD[:at] + junk + NANO_HEAD[at + len(junk) :])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_is_accepted_does_not_kill_llama_cpp(scratch):
    """Damaged copies of nano that the reader accepts are loaded and run by the real thing."""
    script = Path(__file__).with_name("damage.py")
    done = subprocess.run(
        [sys.executable, script, scratch, "600"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GGML_NO_BACKTRACE": "1"},
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    accepted = int(done.stdout.split()[0])
    assert accepted > 50
