"""llama.cpp's low-level bindings without the rest of their package, which would take 0.2 s more to import."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.metadata import version
from types import ModuleType

_PACKAGE = "llama_cpp"
VERSION = version("llama-cpp-python")


def _low_level() -> ModuleType:
    """``llama_cpp.llama_cpp``, imported while an empty package stands for the one that imports everything.

    Whoever imports ``llama_cpp`` later gets the real one.
    """
    name = f"{_PACKAGE}.{_PACKAGE}"
    spec = importlib.util.find_spec(_PACKAGE)
    if _PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
        return importlib.import_module(name)
    sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[_PACKAGE]


lib = _low_level()
