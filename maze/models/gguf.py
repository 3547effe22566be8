"""Read the header of a GGUF file, believing nothing it says.

Native code aborts the process on much of what a damaged or hostile file can contain, so Maze reads the
header first: every count, length, dimension and offset is held against the bytes that are really there
before it is used. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3,
little endian.
"""

from __future__ import annotations

import mmap
import stat
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from maze.errors import ModelError
from maze.models import ggml, native
from maze.models.header import TOKENS, Array, Header, Value
from maze.text import printable

__all__ = ["Array", "Header", "Value", "read"]

# Wider than any real model, narrow enough that no file can keep the reader busy.
MAX_HEADER = 64 << 20  # bytes; the largest vocabularies take 16 MiB
MAX_PAIRS = 1 << 16  # real files: below 100
MAX_TENSORS = 1 << 17  # real files: below 10,000
MAX_TOKENS = 1 << 20  # real files: up to 262,144
MAX_STRING = 16 << 20  # bytes of one value; chat templates take up to 100 kB
KEPT_ITEMS = 1024  # longest array of numbers whose items are kept: one number per layer, per expert …

_SCALARS = {
    0: ("u8", struct.Struct("<B")),
    1: ("i8", struct.Struct("<b")),
    2: ("u16", struct.Struct("<H")),
    3: ("i16", struct.Struct("<h")),
    4: ("u32", struct.Struct("<I")),
    5: ("i32", struct.Struct("<i")),
    6: ("f32", struct.Struct("<f")),
    7: ("bool", struct.Struct("<?")),
    10: ("u64", struct.Struct("<Q")),
    11: ("i64", struct.Struct("<q")),
    12: ("f64", struct.Struct("<d")),
}
_STRING, _ARRAY = 8, 9
_U32, _U64 = _SCALARS[4][1], _SCALARS[10][1]
_DAMAGED = "download or copy the file again"


def read(path: Path) -> Header:
    """The header of the GGUF file at ``path``.

    Raises ``ModelError`` when there is no such file, when it is no GGUF file, is cut off, contradicts
    itself, or would make llama.cpp abort. The work is bounded whatever the file says.
    """
    with _mapped(path) as (data, size):
        header = _Parser(path, data, size).header()
    if reason := native.abort_reason(header):
        raise ModelError(f"{path} cannot be used: {reason}", hint="get another conversion of the model")
    return header


@contextmanager
def _mapped(path: Path) -> Iterator[tuple[mmap.mmap, int]]:
    """The bytes of a regular file and their number."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ModelError(f"{path} is a directory, not a model", hint=f"maze models use {path}/FILE.gguf")
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{path} is not a regular file")
        with path.open("rb") as file:
            if not (size := file.seek(0, 2)):
                raise ModelError(f"{path} is empty", hint=_DAMAGED)
            with mmap.mmap(file.fileno(), min(size, MAX_HEADER), access=mmap.ACCESS_READ) as data:
                yield data, size
    except FileNotFoundError:
        raise ModelError(f"no such file: {path}", hint="maze models list") from None
    except PermissionError:
        raise ModelError(f"{path} may not be read: permission denied", hint=f"chmod u+r {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"{path} cannot be read: {reason}") from None


class _Parser:
    """Walks the header once, from its first byte to its last."""

    def __init__(self, path: Path, data: mmap.mmap, size: int) -> None:
        self.path, self.data, self.size = path, data, size
        self.position = 0
        self.fim: dict[str, int] = {}
        self.missing_byte: int | None = None

    def header(self) -> Header:
        version, tensors, pairs = self.preamble()
        metadata: dict[str, Value] = {}
        for _ in range(pairs):
            key = self.string("a key")
            if not key or key in metadata:
                raise self.bad(f"the key {_shown(key)} is {'there twice' if key else 'empty'}")
            metadata[key] = self.value(key)
        for part in ggml.FIM_WORDS:
            for key in (f"tokenizer.ggml.fim_{part[:3]}_token_id", f"tokenizer.ggml.{part}_token_id"):
                if isinstance(number := metadata.get(key), int):
                    self.fim[part] = number
        parameters, kinds = self.tensors(tensors, self.alignment(metadata))
        return Header(
            path=self.path,
            version=version,
            metadata=metadata,
            tensors=tensors,
            parameters=parameters,
            length=self.position,
            file_size=self.size,
            tensor_type=kinds.most_common(1)[0][0] if kinds else "",
            fim=self.fim,
            missing_byte=self.missing_byte,
        )

    def preamble(self) -> tuple[int, int, int]:
        """Version, number of tensors and number of metadata pairs."""
        if self.data[:4] != b"GGUF":
            raise _mistaken(self.path, self.data[:64])
        self.position = 4
        version = self.number(_U32)
        if version and not version & 0xFFFF:
            raise self.bad("it is big-endian", hint="convert it on a little-endian machine")
        if version not in (2, 3):
            raise self.bad(
                f"its GGUF version is {version}, Maze reads 2 and 3", hint="get a newer conversion"
            )
        tensors, pairs = self.number(_U64), self.number(_U64)
        # a tensor takes at least 24 bytes (empty name, no dimension), a pair 13 (empty key, one byte)
        self.expect(tensors, 24, MAX_TENSORS, "tensors")
        self.expect(pairs, 13, MAX_PAIRS, "metadata pairs")
        return version, tensors, pairs

    def value(self, key: str) -> Value:
        kind = self.number(_U32)
        if kind != native.TYPES.get(key, kind):
            raise self.bad(f"{_shown(key)} has the type {kind}, not {native.TYPES[key]}")
        if kind == _STRING:
            return self.string(_shown(key))
        if kind == _ARRAY:
            return self.array(key)
        if kind not in _SCALARS:
            raise self.bad(f"{_shown(key)} has the unknown type {kind}")
        return self.number(_SCALARS[kind][1])

    def array(self, key: str) -> Array:
        kind, length = self.number(_U32), self.number(_U64)
        if kind == _STRING:
            self.strings(key, length)
            return Array("str", length)
        if kind not in _SCALARS:
            nested = kind == _ARRAY
            raise self.bad(
                f"{_shown(key)} is an array of {'arrays' if nested else f'the unknown type {kind}'}"
            )
        name, layout = _SCALARS[kind]
        self.expect(length, layout.size, self.size, f"items of {_shown(key)}")
        start = self.position
        self.position += length * layout.size
        if length > KEPT_ITEMS:
            return Array(name, length)
        return Array(name, length, struct.unpack_from(f"<{length}{layout.format[1:]}", self.data, start))

    def strings(self, key: str, length: int) -> None:
        """Pass over an array of strings; the vocabulary's are looked at."""
        self.expect(length, 8, MAX_TOKENS if key == TOKENS else self.size, f"items of {_shown(key)}")
        data, position, unpack = self.data, self.position, _U64.unpack_from
        words: list[bytes] = []
        try:
            if key == TOKENS:
                for _ in range(length):
                    start = position + 8
                    position = start + unpack(data, position)[0]
                    words.append(data[start:position])
            else:
                for _ in range(length):
                    position += 8 + unpack(data, position)[0]
        except (struct.error, OverflowError):
            position = self.size + 1
        if position > len(data):
            raise self.short(f"the strings of {_shown(key)} do not fit into")
        self.position = position
        if words:
            self.vocabulary(words)

    def vocabulary(self, words: list[bytes]) -> None:
        """Look for certain tokens, and refuse one that is there twice: llama.cpp aborts on it."""
        distinct = set(words)
        if len(distinct) < len(words) or b"" in distinct or any(b"\0" in word for word in words):
            # llama.cpp sees words up to their first NUL and names the empty ones itself
            seen = [word.partition(b"\0")[0] or b"[EMPTY_%d]" % i for i, word in enumerate(words)]
            twice, count = Counter(seen).most_common(1)[0]
            if count > 1:
                raise self.bad(
                    f"the token {_shown(twice.decode('utf-8', 'replace'))} is {count} times in its vocabulary"
                )
        self.missing_byte = native.missing_byte(distinct)
        for part, spellings in ggml.FIM_WORDS.items():
            for spelling in spellings:
                if (word := spelling.encode()) in distinct:
                    self.fim.setdefault(part, words.index(word))

    def alignment(self, metadata: Mapping[str, Value]) -> int:
        value = metadata.get("general.alignment", 32)
        if not isinstance(value, int) or value < 8 or value & (value - 1):
            raise self.bad(f"its alignment {value!r} is not a power of two from 8 upwards")
        return value

    def tensors(self, count: int, alignment: int) -> tuple[int, Counter[str]]:
        """Check ``count`` tensors; their elements in all, and how many there are of each type."""
        names: set[str] = set()
        kinds: Counter[str] = Counter()
        elements = offset = end = 0
        for _ in range(count):
            name = self.string("a tensor's name", ggml.MAX_NAME)
            if name in names:
                raise self.bad(f"the tensor {_shown(name)} is there twice")
            names.add(name)
            number, kind, length = self.shape(name)
            if (start := self.number(_U64)) != offset:
                raise self.bad(
                    f"the tensor {_shown(name)} begins at {start}, not at {offset} where the one before ends"
                )
            end = offset + length
            offset = _padded(end, alignment)
            elements += number
            kinds[kind] += 1
        begin = _padded(self.position, alignment)
        if count and begin + end > self.size:
            raise ModelError(
                f"{self.path} is cut off: its tensors need {begin + end:,} bytes, the file has {self.size:,}",
                hint=_DAMAGED,
            )
        return elements, kinds

    def shape(self, name: str) -> tuple[int, str, int]:
        """Elements, type and bytes of a tensor."""
        if (rank := self.number(_U32)) > ggml.MAX_DIMENSIONS:
            raise self.bad(
                f"the tensor {_shown(name)} has {rank} dimensions, at most {ggml.MAX_DIMENSIONS} are possible"
            )
        dimensions = [self.number(_U64) for _ in range(rank)]
        elements = 1
        for dimension in dimensions:
            elements *= dimension
        # the bounds of a signed 64-bit number, in which llama.cpp counts
        if not 0 < elements < 1 << 63:
            raise self.bad(f"the tensor {_shown(name)} has the impossible shape {dimensions}")
        if (code := self.number(_U32)) not in ggml.TENSOR_TYPES:
            raise self.bad(f"the tensor {_shown(name)} has the unknown type {code}")
        kind, block, length = ggml.TENSOR_TYPES[code]
        if not native.computes(name, kind, rank):
            raise self.bad(
                f"the tensor {_shown(name)} of {rank} dimensions is {kind}, llama.cpp cannot compute with it"
            )
        row = dimensions[0] if dimensions else 1
        if row % block:
            raise self.bad(
                f"the tensor {_shown(name)} has rows of {row}, which {kind} cannot hold in blocks of {block}"
            )
        return elements, kind, elements // block * length

    def number(self, layout: struct.Struct) -> int:
        try:
            (value,) = layout.unpack_from(self.data, self.position)
        except struct.error:
            raise self.short("its header goes on after") from None
        self.position += layout.size
        return value  # type: ignore[no-any-return]

    def string(self, what: str, longest: int = MAX_STRING) -> str:
        length = self.number(_U64)
        if length > longest or self.position + length > len(self.data):
            raise self.bad(
                f"{what} claims {length:,} bytes, {self.size - self.position:,} are left in the file"
            )
        start = self.position
        self.position += length
        try:
            return self.data[start : self.position].decode()
        except UnicodeDecodeError:
            raise self.bad(f"{what} is not UTF-8") from None

    def expect(self, count: int, each: int, most: int, what: str) -> None:
        """``count`` things of at least ``each`` bytes must be possible."""
        if count > most or count * each > len(self.data) - self.position:
            raise self.bad(
                f"it claims {count:,} {what}, {self.size - self.position:,} bytes are left in the file"
            )

    def short(self, what: str) -> ModelError:
        if self.size > len(self.data):
            return self.bad(f"{what} the first {len(self.data) >> 20} MiB")
        return ModelError(f"{self.path} is cut off: {what} its {self.size:,} bytes", hint=_DAMAGED)

    def bad(self, reason: str, hint: str = _DAMAGED) -> ModelError:
        return ModelError(f"{self.path} is a damaged GGUF file: {reason}", hint=hint)


def _padded(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) // alignment * alignment


def _shown(name: str) -> str:
    return repr(printable(name if len(name) <= 64 else name[:63] + "…"))


_CONVERT = "get the model's GGUF file, or convert it with llama.cpp's convert_hf_to_gguf.py"
_MISTAKEN = (
    (b"version https://git-lfs", "a Git LFS pointer", "git lfs pull"),
    (b"ggml", "a GGML file", "get a newer conversion: a GGUF file"),
    (b"lmgg", "a GGML file", "get a newer conversion: a GGUF file"),
    (b"tjgg", "a GGML file", "get a newer conversion: a GGUF file"),
    (b"PK\x03\x04", "a PyTorch checkpoint or a zip archive", _CONVERT),
    (b"\x1f\x8b", "gzip-compressed", "gunzip FILE"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unzstd FILE"),
)


def _mistaken(path: Path, head: bytes) -> ModelError:
    """The error for a file without GGUF's magic, saying what it looks like."""
    looks, hint = "", "get the model's GGUF file"
    for magic, kind, what_to_do in _MISTAKEN:
        if head.startswith(magic):
            looks, hint = kind, what_to_do
    if head[8:10] == b'{"':
        looks, hint = "a safetensors file", _CONVERT
    elif head.lstrip().startswith(b"<"):
        looks = "a web page"
    guess = f" and looks like {looks}" if looks else ""
    return ModelError(f"{path} is not a GGUF file: it begins with {head[:12]!r}{guess}", hint=hint)
