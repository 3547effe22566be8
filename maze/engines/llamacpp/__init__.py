"""The engine `llamacpp`: llama.cpp in this process."""

from maze.engines.llamacpp.engine import LlamaCpp

__all__ = ["LlamaCpp"]
