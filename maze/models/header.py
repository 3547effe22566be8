"""What a GGUF file says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from maze.models import ggml

TOKENS = "tokenizer.ggml.tokens"


@dataclass(frozen=True, slots=True)
class Array:
    """An array of the metadata; ``items`` is None where they were too many to keep, or strings."""

    type: str
    length: int
    items: tuple[int | float | bool, ...] | None = None


Value = int | float | bool | str | Array


@dataclass(frozen=True)
class Header:
    """What a GGUF file says about itself; all of it is checked against the file's size.

    ``parameters`` counts the elements of all tensors, ``length`` the bytes before their data, ``fim`` numbers
    the tokens for fill-in-the-middle (``prefix``, ``suffix``, ``middle``) where the model has them, and
    ``missing_byte`` is a byte that has no token of its own.
    """

    path: Path
    version: int
    metadata: Mapping[str, Value] = field(repr=False)
    tensors: int
    parameters: int
    length: int
    file_size: int
    tensor_type: str
    fim: Mapping[str, int]
    missing_byte: int | None

    @property
    def architecture(self) -> str:
        return self.text("general.architecture") or ""

    @property
    def name(self) -> str | None:
        return self.text("general.name")

    @property
    def quantisation(self) -> str:
        """``Q4_K_M``, ``F16`` …; the commonest tensor type where the file does not say."""
        return ggml.FILE_TYPES.get(self.number("general.file_type", -1), self.tensor_type)

    @property
    def context_length(self) -> int:
        """Tokens the model was trained on; 0 if the file does not say."""
        return self.number(f"{self.architecture}.context_length")

    @property
    def embedding_length(self) -> int:
        return self.number(f"{self.architecture}.embedding_length")

    @property
    def layers(self) -> int:
        return self.number(f"{self.architecture}.block_count")

    @property
    def vocabulary(self) -> int:
        """Tokens in the vocabulary."""
        tokens = self.metadata.get(TOKENS)
        return tokens.length if isinstance(tokens, Array) else 0

    @property
    def tokenizer(self) -> str:
        return self.text("tokenizer.ggml.model") or ""

    @property
    def pretokenizer(self) -> str:
        return self.text("tokenizer.ggml.pre") or ""

    @property
    def chat_template(self) -> str | None:
        """The Jinja source of the chat template."""
        return self.text("tokenizer.chat_template")

    @property
    def bos(self) -> int | None:
        return self._token("bos")

    @property
    def eos(self) -> int | None:
        return self._token("eos")

    @property
    def split(self) -> tuple[int, int]:
        """Which part of how many the file is, counted from 0; ``(0, 1)`` for a model in one file."""
        return self.number("split.no"), max(1, self.number("split.count", 1))

    def number(self, key: str, default: int = 0) -> int:
        """An integer of the metadata, ``default`` if there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) else default

    def largest(self, key: str) -> int:
        """An integer of the metadata that may be given once or per layer: the largest; 0 if there is none."""
        value = self.metadata.get(key)
        return (
            max((int(item) for item in value.items or ()), default=0)
            if isinstance(value, Array)
            else self.number(key)
        )

    def text(self, key: str) -> str | None:
        """A string of the metadata."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def _token(self, name: str) -> int | None:
        value = self.number(f"tokenizer.ggml.{name}_token_id", -1)
        return value if 0 <= value < self.vocabulary else None

    def pack(self) -> bytes:
        """The header as bytes, without the path."""
        facts = asdict(self)
        del facts["path"]
        return json.dumps(facts).encode()

    @classmethod
    def unpack(cls, path: Path, packed: bytes) -> Header:
        """The header of ``path`` that ``pack`` made bytes of."""
        facts = json.loads(packed)
        metadata = {
            key: _array(value) if isinstance(value, dict) else value
            for key, value in facts.pop("metadata").items()
        }
        return cls(path=path, metadata=metadata, **facts)


def _array(facts: dict[str, Any]) -> Array:
    items = facts["items"]
    return Array(facts["type"], facts["length"], None if items is None else tuple(items))
