import subprocess
import sys

SEPARATE = """
import sys
from maze.engines.llamacpp.bindings import VERSION, lib
assert "llama_cpp" not in sys.modules
import llama_cpp
assert llama_cpp.Llama and llama_cpp.llama_cpp is lib and llama_cpp.__version__ == VERSION
"""
PACKAGE_FIRST = """
import llama_cpp
from maze.engines.llamacpp.bindings import lib
assert llama_cpp.llama_cpp is lib
"""


def test_the_package_can_be_imported_before_and_after():
    for program in (SEPARATE, PACKAGE_FIRST):
        subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
