"""As much of the Modal deployment as can be seen without an account."""

import importlib.util
from pathlib import Path

import pytest

modal = pytest.importorskip("modal", reason="needs pip install modal")

FILE = Path(__file__).parents[2] / "deploy" / "modal_app.py"


@pytest.fixture(scope="module")
def deployed():
    spec = importlib.util.spec_from_file_location("modal_app", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_modal_takes_it(deployed):
    assert isinstance(deployed.serve, modal.Function)


def test_it_enforces_grammars_and_holds_no_key(deployed):
    command = deployed.command()
    assert command[command.index("--structured-outputs-config.backend") + 1] == "guidance"
    assert "--api-key" not in command
