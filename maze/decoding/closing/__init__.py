"""Completing texts without the model."""

from maze.decoding.closing.closer import Closer, Point

__all__ = ["Closer", "Point"]
