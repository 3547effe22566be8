"""The compile step: from a readable grammar to the text llguidance runs.

    source ──parse──▶ tree ──resolve──▶ rules ──normalize──▶ productions ──lower──▶ rows ──emit──▶ text

The notation is described in ``grammars/README.md``.
"""

from __future__ import annotations

from maze.errors import GrammarError
from maze.grammar.compiler import dialects, emit, lower, normal, resolve
from maze.grammar.compiler.options import Options

__all__ = ["Options", "compile_grammar", "entry_rules"]

_INDENTS = ("2", "4", "8", "tab", "any")


def compile_grammar(source: str, *, path: str, options: Options = Options()) -> str:  # noqa: B008
    """llguidance's Lark text for a grammar; text that already is such passes through unchanged.

    Raises ``GrammarError`` with the place in ``source`` and what to write instead.
    """
    if source.lstrip().startswith("%llguidance"):
        return source
    if options.indent not in _INDENTS:
        raise GrammarError(f"unknown indentation {options.indent!r}", hint=f"one of: {', '.join(_INDENTS)}")
    grammar = dialects.read(source, path=path)
    resolved = resolve.resolve(grammar, options)
    if resolved.plain:
        return emit.emit_plain(resolved)
    productions = normal.Normalizer(resolved)
    lowered = lower.lower(resolved, productions)
    return emit.emit(resolved, productions, lowered, options.indent)


def entry_rules(source: str, *, path: str) -> tuple[str, ...]:
    """The rules a text may begin with, the default one first; none for text that is already compiled."""
    if source.lstrip().startswith("%llguidance"):
        return ()
    return resolve.entry_names(dialects.read(source, path=path))
