"""llama.cpp's low-level API with Python lifetimes, cancellation and errors.

The high-level ``llama_cpp.Llama`` keeps all scores, runs one sequence and hides the batch; the token loop
needs none of that, so it drives ``llama_decode`` itself.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maze.errors import EngineError, ModelError

# idle OpenMP threads that spin make every other process on a small machine slow, and this one too
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from maze.engines.llamacpp.bindings import lib

_C = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
_LARGEST_PIECE = 1 << 14  # bytes; the longest token of any vocabulary known is below 1 kB


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model and its context are set up; see the settings ``engines.llamacpp``."""

    n_gpu_layers: int = -1
    use_mmap: bool = True
    use_mlock: bool = False
    n_batch: int = 512
    n_threads: int = 1
    flash_attn: str = "auto"  # or "on", "off"
    vocab_only: bool = False  # no weights: enough to tokenize


class Cancelled(Exception):
    """``Cancellation.set`` was called while native code ran."""


class Cancellation:
    """A flag that native code looks at: loading and decoding stop soon after ``set``.

    llama.cpp asks at each node of its graph while decoding. The answer must not wait for the interpreter,
    which builds the tokenizer meanwhile: so it is the length of a C string, told by C's own ``strlen``.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._text = ctypes.create_string_buffer(2)
        self.on_load = lib.llama_progress_callback(lambda progress, data: not self._event.is_set())
        self.on_decode = ctypes.cast(_C.strlen, lib.ggml_abort_callback)
        self.decode_data = ctypes.cast(self._text, ctypes.c_void_p)

    def set(self) -> None:
        self._event.set()
        self._text[0] = b"x"

    def is_set(self) -> bool:
        return self._event.is_set()


class Model:
    """A loaded GGUF file. Raises ``ModelError`` when llama.cpp cannot load it."""

    def __init__(self, path: Path, options: LoadOptions, cancellation: Cancellation) -> None:
        _start()
        parameters = lib.llama_model_default_params()
        parameters.n_gpu_layers = options.n_gpu_layers
        parameters.load_mode = {
            (False, False): lib.LLAMA_LOAD_MODE_NONE,
            (True, False): lib.LLAMA_LOAD_MODE_MMAP,
            (False, True): lib.LLAMA_LOAD_MODE_MLOCK,
            (True, True): lib.LLAMA_LOAD_MODE_MMAP_MLOCK,
        }[options.use_mmap, options.use_mlock]
        parameters.vocab_only = options.vocab_only
        parameters.progress_callback = cancellation.on_load
        _errors.clear()
        self.handle: Any = lib.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self.handle:
            if cancellation.is_set():
                raise Cancelled
            raise ModelError(
                f"llama.cpp cannot load {path}: {_reason()}",
                hint="download the file again, or another model (maze models list)",
            )
        self.vocab: Any = lib.llama_model_get_vocab(self.handle)
        self.vocab_size: int = lib.llama_vocab_n_tokens(self.vocab)
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(self.handle)
        self.adds_bos: bool = lib.llama_vocab_get_add_bos(self.vocab)
        self.bos: str = self._control_text(lib.llama_vocab_bos(self.vocab))
        self.eos: str = self._control_text(lib.llama_vocab_eos(self.vocab))
        template = lib.llama_model_chat_template(self.handle, None)
        self.chat_template: str | None = template.decode("utf-8", "replace") if template else None
        if lib.llama_model_has_encoder(self.handle) or not lib.llama_model_has_decoder(self.handle):
            self.close()
            raise ModelError(f"{path} is not a decoder model: it cannot write text", hint="maze models list")

    def tokenize(self, text: bytes, *, special: bool, bos: bool = False) -> list[int]:
        """Tokens of ``text``; ``special`` reads control tokens such as ``<|im_end|>`` as such."""
        room = len(text) + 8
        tokens = (lib.llama_token * room)()
        count = lib.llama_tokenize(self.vocab, text, len(text), tokens, room, bos, special)
        if count < 0:
            raise EngineError(f"llama.cpp cannot tokenize a text of {len(text):,} bytes")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of ``token``, control tokens included."""
        buffer = ctypes.create_string_buffer(_LARGEST_PIECE)
        size = lib.llama_token_to_piece(self.vocab, token, buffer, _LARGEST_PIECE, 0, True)
        return buffer.raw[: max(size, 0)]

    def _control_text(self, token: int) -> str:
        # -1 is llama.cpp's "this vocabulary has none"
        return self.piece(token).decode("utf-8", "replace") if token >= 0 else ""

    def close(self) -> None:
        if self.handle:
            lib.llama_model_free(self.handle)
            self.handle = None


class Context:
    """A KV cache of ``size`` tokens in all, in one or more lanes that each hold a sequence of tokens.

    Raises ``EngineError`` when it cannot be created or a decode fails.
    """

    def __init__(
        self, model: Model, size: int, options: LoadOptions, cancellation: Cancellation, lanes: int = 1
    ) -> None:
        parameters = lib.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_seq_max = lanes
        parameters.kv_unified = True  # the lanes share what they begin with
        parameters.n_batch = parameters.n_ubatch = min(options.n_batch, size)
        parameters.n_threads = parameters.n_threads_batch = options.n_threads
        parameters.flash_attn_type = {
            "auto": lib.LLAMA_FLASH_ATTN_TYPE_AUTO,
            "on": lib.LLAMA_FLASH_ATTN_TYPE_ENABLED,
            "off": lib.LLAMA_FLASH_ATTN_TYPE_DISABLED,
        }[options.flash_attn]
        parameters.no_perf = True
        self._cancellation = cancellation
        _errors.clear()
        self.handle: Any = lib.llama_init_from_model(model.handle, parameters)
        if not self.handle:
            raise EngineError(
                f"llama.cpp cannot create a context of {size:,} tokens: {_reason()}",
                hint="maze config set engines.llamacpp.n_ctx 2048",
            )
        lib.llama_set_abort_callback(self.handle, cancellation.on_decode, cancellation.decode_data)
        self.positions = [0] * lanes
        self._rows = [-1] * lanes  # of the logits of each lane
        self._vocab_size = model.vocab_size
        self._memory = lib.llama_get_memory(self.handle)
        self.batch_size: int = parameters.n_batch
        self._batch = lib.llama_batch_init(self.batch_size, 0, 1)
        shape = (self.batch_size,)
        self._tokens = np.ctypeslib.as_array(self._batch.token, shape)
        self._positions = np.ctypeslib.as_array(self._batch.pos, shape)
        self._wanted = np.ctypeslib.as_array(self._batch.logits, shape)
        np.ctypeslib.as_array(self._batch.n_seq_id, shape)[:] = 1
        for index in range(self.batch_size):
            self._batch.seq_id[index][0] = 0

    @property
    def position(self) -> int:
        """How many tokens the first lane holds."""
        return self.positions[0]

    def decode(self, tokens: Sequence[int], lane: int = 0) -> None:
        """Append ``tokens``; the logits after the last one become available."""
        for start in range(0, len(tokens), self.batch_size):
            self.decode_batch([(lane, tokens[start : start + self.batch_size])])

    def decode_batch(self, parts: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Append tokens to lanes, all of them in one batch; the logits after each part become available."""
        end = 0
        for lane, tokens in parts:
            begin, end = end, end + len(tokens)
            position = self.positions[lane]
            self._tokens[begin:end] = tokens
            self._positions[begin:end] = np.arange(position, position + len(tokens))
            self._wanted[begin:end] = 0
            self._wanted[end - 1] = 1
            self._rows[lane] = end - 1
            if len(self.positions) > 1:
                for index in range(begin, end):
                    self._batch.seq_id[index][0] = lane
        self._batch.n_tokens = end
        _errors.clear()
        status = lib.llama_decode(self.handle, self._batch)
        if status == 2 or self._cancellation.is_set():
            raise Cancelled
        if status != 0:
            why = "the context is full" if status == 1 else _reason()
            raise EngineError(f"llama.cpp failed to decode (status {status}): {why}")
        for lane, tokens in parts:
            self.positions[lane] += len(tokens)

    def logits(self, lane: int = 0) -> NDArray[np.float32]:
        """Logits after the lane's last token, one per vocabulary entry; the next decode overwrites them."""
        # the buffer may move between decodes, so its address is asked for each time
        row = lib.llama_get_logits_ith(self.handle, self._rows[lane])
        if not row:
            raise EngineError(f"llama.cpp has no logits after a decode: {_reason()}")
        return np.ctypeslib.as_array(row, (self._vocab_size,))

    def rewind(self, position: int, lane: int = 0) -> bool:
        """Forget the lane's tokens from ``position`` on; False, and all of them, when the model cannot."""
        rewound = bool(lib.llama_memory_seq_rm(self._memory, lane, position, -1))
        if not rewound:
            lib.llama_memory_seq_rm(self._memory, lane, -1, -1)
        self.positions[lane] = position if rewound else 0
        return rewound

    def fork(self, lane: int) -> None:
        """Let ``lane``, which is empty, begin with what the first one holds."""
        lib.llama_memory_seq_cp(self._memory, 0, lane, -1, -1)
        self.positions[lane], self._rows[lane] = self.positions[0], self._rows[0]

    def state(self) -> bytes:
        """What the first lane holds, for ``restore``."""
        size = lib.llama_state_seq_get_size(self.handle, 0)
        buffer = (ctypes.c_uint8 * size)()
        return bytes(memoryview(buffer)[: lib.llama_state_seq_get_data(self.handle, buffer, size, 0)])

    def restore(self, state: bytes, position: int) -> bool:
        """Fill the empty cache with a ``state`` of ``position`` tokens; False when it is of another setup."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if not lib.llama_state_seq_set_data(self.handle, buffer, len(state), 0):
            lib.llama_memory_clear(self._memory, True)
            return False
        self.positions[0] = position
        return True

    def close(self) -> None:
        if self.handle:
            lib.llama_batch_free(self._batch)
            lib.llama_free(self.handle)
            self.handle = None


_errors: deque[str] = deque(maxlen=20)


@lib.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, data: object) -> None:
    if level >= 3:  # GGML_LOG_LEVEL_WARN; errors are 4
        _errors.append(text.decode("utf-8", "replace").strip())


def _reason() -> str:
    return _errors[-1] if _errors else "no reason given"


_started = False


def _start() -> None:
    global _started
    if not _started:
        lib.llama_log_set(_log, ctypes.c_void_p(0))
        lib.llama_backend_init()
        _started = True
