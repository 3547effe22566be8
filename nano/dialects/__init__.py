"""The six languages: how each writes types, values, signatures and files."""

from nano.dialects.base import Dialect
from nano.dialects.go import Go
from nano.dialects.java import Java
from nano.dialects.python import Python
from nano.dialects.rust import Rust
from nano.dialects.typescript import TypeScript
from nano.dialects.zig import Zig

DIALECTS: dict[str, Dialect] = {
    each.name: each for each in (Python(), TypeScript(), Rust(), Go(), Zig(), Java())
}

__all__ = ["DIALECTS", "Dialect"]
