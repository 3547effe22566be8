"""What a text must look like: grammars, schemas and regular expressions as constraints on tokens."""

from maze.grammar.constraint import Constraint, constraint_for

__all__ = ["Constraint", "constraint_for"]
