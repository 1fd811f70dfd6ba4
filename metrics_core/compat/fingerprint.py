"""Fingerprints of tensors: a few bytes that change with any change of the values, whoever made it.

Reading all bytes is the only way to notice every edit: torch's version counter misses edits through numpy arrays or
`.data` that share the memory. Reading is cheap next to counting when it runs at the speed of memory, which a
cryptographic digest does not: SHA-256 takes longer than counting labels afresh.
"""

from __future__ import annotations

import hashlib
import secrets

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.kernels.compiled import compiled
from metrics_core.kernels.threads import in_threads, threads_for

LANES = 32  # words mixed side by side, enough for the widest vector units
_RANDOM = np.frombuffer(secrets.token_bytes(24 * LANES), np.uint64).reshape(3, LANES)
_START, _FACTORS = _RANDOM[0], _RANDOM[1:] | np.uint64(1)


@compiled()
def _mix(words, factors, state):  # pyright: ignore  # numba infers the types
    """Take words [row, lane] into the state of each lane; a step is a bijection of the state, and one of the word."""
    for row in range(words.shape[0]):
        for lane in range(words.shape[1]):
            value = (state[lane] ^ words[row, lane]) * factors[0, lane]
            # One factor alone leaves a change of the highest bit, a float's sign, where the next word could undo it.
            state[lane] = (value ^ (value >> np.uint64(32))) * factors[1, lane]


def fingerprint(tensor: Tensor) -> bytes:
    """Sixteen bytes that tell whether dtype, shape and all values of a tensor in main memory are the same.

    Of two tensors that differ, the chance to be taken for one is about 2^-64 (the factors are drawn anew in every
    process). Nothing of the tensor is kept.
    """
    dense = tensor.detach().contiguous()
    # A lone value is contiguous whatever its stride, which a view as bytes does not take.
    flat = dense.as_strided((dense.numel(),), (1,)).view(torch.uint8)
    data = flat.numpy() if flat.data_ptr() % 8 == 0 else flat.clone().numpy()
    whole = data.size - data.size % (8 * LANES)
    words = data[:whole].view(np.uint64).reshape(-1, LANES)
    digest = hashlib.blake2b(repr((tensor.dtype, tuple(tensor.shape))).encode(), digest_size=16)
    digest.update(data[whole:].tobytes())
    threads = threads_for(data.size // 8)
    for state in in_threads(_mixed, np.array_split(words, threads), threads):
        digest.update(state.tobytes())
    return digest.digest()


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = _START.copy()
    _mix(words, _FACTORS, state)
    return state
