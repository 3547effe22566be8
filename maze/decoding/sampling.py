"""Drawing a token from logits with llama.cpp's native sampler chain."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

from maze.errors import EngineError
from maze.request import Sampling

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data

Logits = NDArray[np.float32]


class Sampler:
    """top-k, top-p, min-p, temperature and a seeded draw, in llama.cpp's own order.

    Works on its own array of candidates, so that the logits row stays as the model wrote it and only
    the tokens the grammar allows are ever looked at.
    """

    def __init__(self, vocab_size: int, sampling: Sampling, seed: int) -> None:
        self._candidates = np.zeros(vocab_size, _CANDIDATE)
        self._array = lib.llama_token_data_array()
        address: Any = ctypes.cast(self._candidates.ctypes.data, lib.llama_token_data_p)
        self._array.data = address
        self._all = np.arange(vocab_size, dtype=np.int32)
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for sampler in _samplers(sampling, seed):
            lib.llama_sampler_chain_add(self._chain, sampler)

    def draw(self, logits: Logits, allowed: NDArray[np.bool_] | None) -> int:
        """A token drawn from the ``allowed`` ones (None: from all). Raises ``EngineError`` on NaN logits."""
        tokens = self._all if allowed is None else np.flatnonzero(allowed)
        if len(tokens) == 1:
            return int(tokens[0])
        candidates = self._candidates[: len(tokens)]
        candidates["id"] = tokens
        candidates["logit"] = logits[tokens]
        array = self._array
        array.size, array.selected, array.sorted = len(tokens), -1, False
        lib.llama_sampler_apply(self._chain, ctypes.byref(array))
        token = int(array.data[array.selected].id) if array.selected >= 0 else -1
        if token < 0 or not np.isfinite(logits[token]):
            raise EngineError(
                "the model computed no usable probabilities (NaN or infinite logits)",
                hint="maze config set engines.llamacpp.flash_attn off, or another model file",
            )
        return token

    def close(self) -> None:
        if self._chain:
            lib.llama_sampler_free(self._chain)
            self._chain = None


def _samplers(sampling: Sampling, seed: int) -> list[Any]:
    if sampling.temperature == 0:
        return [lib.llama_sampler_init_greedy()]
    chain = []
    if sampling.top_k > 0:
        chain.append(lib.llama_sampler_init_top_k(sampling.top_k))
    if sampling.top_p < 1:
        chain.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        chain.append(lib.llama_sampler_init_min_p(sampling.min_p, 1))
    chain.append(lib.llama_sampler_init_temp(sampling.temperature))
    chain.append(lib.llama_sampler_init_dist(seed))
    return chain
