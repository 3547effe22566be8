from pathlib import Path

import pytest

import maze.models
from maze.engines.llamacpp.native import Cancellation, LoadOptions, Model

NANO = Path(maze.models.__file__).with_name("nano.gguf")


@pytest.fixture(scope="session")
def nano():
    """The embedded model, loaded by the real llama.cpp."""
    model = Model(NANO, LoadOptions(n_gpu_layers=0), Cancellation())
    yield model
    model.close()
