"""Gathering: the states of a metric from every rank of a process group, whatever their shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.distributed as dist
from torch import Tensor

from metrics_core.inputs import InputError
from metrics_core.modular.states import Part, State, listed

_DTYPES = (
    *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
)


def is_distributed() -> bool:
    """Whether this process belongs to an initialised process group."""
    return dist.is_available() and dist.is_initialized()


def all_agree(answer: bool, group: dist.ProcessGroup | None) -> bool:
    """Whether every rank of the group says yes; all ranks must ask."""
    flag = torch.tensor([int(answer)], device=_wire_device(group))
    dist.all_reduce(flag, op=dist.ReduceOp.MIN, group=group)
    return bool(flag)


def gather(part: Part, group: dist.ProcessGroup | None) -> list[Part]:
    """The parts of all ranks in the order of ranks, bit for bit; all ranks must ask.

    Ranks may hold different numbers of tensors, of different shapes and dtypes: a header of integers describes them,
    and one row of bytes holds their values, so three collectives serve any number of states.

    Raises:
        InputError: a state of a dtype that is not sent.
    """
    wire = _wire_device(group)
    header = torch.tensor([part.updates, *_described(part.states)], dtype=torch.int64, device=wire)
    tensors = [tensor for state in part.states.values() for tensor in listed(state)]
    payload = torch.cat([torch.empty(0, dtype=torch.uint8, device=wire), *(_bytes(t).to(wire) for t in tensors)])
    sizes = torch.stack(_gather_equal(torch.tensor([header.numel(), payload.numel()], device=wire), group)).tolist()
    headers = _gather_ragged(header, [size for size, _ in sizes], group)
    payloads = _gather_ragged(payload, [size for _, size in sizes], group)
    return [_decoded(head.tolist(), body, part.states) for head, body in zip(headers, payloads, strict=True)]


def _wire_device(group: dist.ProcessGroup | None) -> torch.device:
    """Where the group's collectives take their tensors."""
    backend = dist.get_backend(group)
    return torch.device("cuda", torch.cuda.current_device()) if backend == "nccl" else torch.device("cpu")


def _described(states: Mapping[str, State]) -> list[int]:
    """For each state its number of tensors, for each tensor its dtype and shape."""
    words: list[int] = []
    for name, state in states.items():
        words.append(len(listed(state)))
        for tensor in listed(state):
            if tensor.dtype not in _DTYPES:
                raise InputError(f"state {name!r} has dtype {tensor.dtype}, which is not sent; convert it")
            words += [_DTYPES.index(tensor.dtype), tensor.ndim, *tensor.shape]
    return words


def _bytes(tensor: Tensor) -> Tensor:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def _gather_equal(values: Tensor, group: dist.ProcessGroup | None) -> list[Tensor]:
    parts = [torch.empty_like(values) for _ in range(dist.get_world_size(group))]
    dist.all_gather(parts, values, group=group)
    return parts


def _gather_ragged(values: Tensor, sizes: list[int], group: dist.ProcessGroup | None) -> list[Tensor]:
    """Rows of different lengths: padded, gathered, and cut again."""
    padded = values.new_zeros(max(sizes))
    padded[: values.numel()] = values
    return [row[:size] for row, size in zip(_gather_equal(padded, group), sizes, strict=True)]


def _decoded(words: list[int], body: Tensor, template: Mapping[str, State]) -> Part:
    """A rank's part; the template tells which states are lists."""
    position, start = 1, 0
    states: dict[str, State] = {}
    for name, mine in template.items():
        tensors: list[Tensor] = []
        number, position = words[position], position + 1
        for _ in range(number):
            dtype, rank = _DTYPES[words[position]], words[position + 1]
            shape = words[position + 2 : position + 2 + rank]
            stop = start + math.prod(shape) * dtype.itemsize
            # A copy, so that values of eight bytes begin where such values may.
            tensors.append(body[start:stop].clone().view(dtype).reshape(shape))
            position, start = position + 2 + rank, stop
        states[name] = tensors if isinstance(mine, list) else tensors[0]
    return Part(states=states, updates=words[0])
