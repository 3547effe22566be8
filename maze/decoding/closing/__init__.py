"""Completing texts without the model, so that no output is ever cut off."""

from maze.decoding.closing.closer import Closer, Closers, Point
from maze.decoding.closing.guard import ClosingGuard
from maze.decoding.closing.runaway import Runaway

__all__ = ["Closer", "Closers", "ClosingGuard", "Point", "Runaway"]
