"""Modules: what the metrics share, their dtype and how the processes of a distributed run come to one value."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from metrics_core.inputs import InputError
from metrics_core.modular.gathering import is_distributed

Gathered = TypeVar("Gathered")
_OPERATIONS = ("sum", "avg", "mean")


class MetricModule(nn.Module):
    """A metric as a module without state: each call scores its own pixels.

    reduce_group: the processes that score together, all of them for None. reduce_op: None scores their pixels together;
    "sum", "avg" ("mean") or a torch.distributed.ReduceOp reduces the scores of the processes.
    """

    _unit: Tensor

    def __init__(self, name: str, reduce_group: Any, reduce_op: Any) -> None:
        super().__init__()
        if isinstance(reduce_op, str) and reduce_op.lower() not in _OPERATIONS:
            raise ValueError(f"reduce_op must be {', '.join(_OPERATIONS)}, a ReduceOp or None; got {reduce_op!r}")
        self.name = name
        self.reduce_group = reduce_group
        self.reduce_op = reduce_op
        # Follows the module from dtype to dtype.
        self.register_buffer("_unit", torch.zeros((), dtype=torch.get_default_dtype()), persistent=False)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of results."""
        return self._unit.dtype

    @property
    def pools(self) -> bool:
        """Whether the pixels of several processes are scored together."""
        return self.reduce_op is None and is_distributed()

    def largest(self, number: int, device: torch.device) -> int:
        """The largest of the numbers that the processes have."""
        if not is_distributed():
            return number
        numbers = torch.tensor(number, device=device)
        dist.all_reduce(numbers, op=dist.ReduceOp.MAX, group=self.reduce_group)
        return int(numbers)

    def summed(self, table: Tensor) -> Tensor:
        """The sum of the tables of the processes whose pixels are scored together."""
        if self.pools:
            dist.all_reduce(table, op=dist.ReduceOp.SUM, group=self.reduce_group)
        return table

    def gathered(self, mine: Gathered) -> list[Gathered]:
        """What the processes have whose pixels are scored together, in their order."""
        if not self.pools:
            return [mine]
        parts: list[Any] = [None] * dist.get_world_size(self.reduce_group)
        dist.all_gather_object(parts, mine, group=self.reduce_group)
        return parts

    def finished(self, value: Tensor, device: torch.device) -> Tensor:
        """The value as it is returned, reduced over processes where a reduce_op asks for it."""
        result = value.to(device=device, dtype=self.dtype)
        if self.reduce_op is None or not is_distributed():
            return result
        named = self.reduce_op.lower() if isinstance(self.reduce_op, str) else ""
        averages = named in ("avg", "mean") or self.reduce_op == dist.ReduceOp.AVG
        # Not every backend averages.
        operation: Any = dist.ReduceOp.SUM if averages or named == "sum" else self.reduce_op
        result = result.clone()
        dist.all_reduce(result, op=operation, group=self.reduce_group)
        return result / dist.get_world_size(self.reduce_group) if averages else result


def refuse_unless_scores(pred: Tensor, target: Tensor) -> None:
    """Raise unless pred has a class axis that target lacks.

    Raises:
        InputError: it has other axes.
    """
    if pred.ndim != target.ndim + 1:
        raise InputError(
            f"pred must hold scores [image, class, *spatial] of a target [image, *spatial]; got shapes "
            f"{tuple(pred.shape)} and {tuple(target.shape)}"
        )
