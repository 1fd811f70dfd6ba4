"""Metrics and data that several tests of stateful metrics share; light to import, since every rank imports them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

import metrics_core as mc

VOID = 255


class RMSE(mc.Metric):
    """Root mean square error: the example of a custom metric."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("sse", torch.zeros((), dtype=torch.float64), "sum")
        self.add_state("n", torch.tensor(0), "sum")

    def update(self, target: Tensor, prediction: Tensor) -> None:
        self.sse += (prediction.double() - target).square().sum()
        self.n += target.numel()

    def compute(self) -> Tensor:
        return (self.sse / self.n).sqrt()


def product(stacked: Tensor) -> Tensor:
    return stacked.prod(0)


def sorted_tensors(tensors: list[Tensor]) -> list[Tensor]:
    return [torch.cat(tensors).sort().values]


class EveryReduction(mc.Metric):
    """One state of every reduction; compute returns them all."""

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("average", torch.zeros(2, dtype=torch.float64), dist_reduce_fx="mean")
        self.add_state("highest", torch.tensor(-torch.inf), dist_reduce_fx="max")
        self.add_state("lowest", torch.tensor(torch.inf), dist_reduce_fx="min")
        self.add_state("values", [], dist_reduce_fx="cat")
        self.add_state("factor", torch.tensor(1), dist_reduce_fx=product)
        self.add_state("ordered", [], dist_reduce_fx=sorted_tensors)

    def update(self, values: Tensor) -> None:
        self.total += values.long().sum()
        number = self.update_count
        self.average = (self.average * number + torch.stack([values.min(), values.max()])) / (number + 1)
        self.highest = torch.maximum(self.highest, values.max())
        self.lowest = torch.minimum(self.lowest, values.min())
        self.values.append(values)
        self.factor = self.factor * len(values)
        self.ordered.append(values)

    def compute(self) -> dict[str, Any]:
        return {
            "total": int(self.total),
            "average": self.average.tolist(),
            "highest": float(self.highest),
            "lowest": float(self.lowest),
            "values": torch.cat(self.values).tolist() if self.values else [],
            "factor": int(self.factor),
            "ordered": torch.cat(self.ordered).sort().values.tolist() if self.ordered else [],
        }


BATCHES = [torch.tensor([3.0, 1.0]), torch.tensor([2.0]), torch.tensor([5.0, 4.0, 9.0])]


def filled(metric: Any, batches: list[Tensor] = BATCHES) -> Any:
    """The metric after these batches, each compared with zeros where it takes two arguments."""
    for batch in batches:
        metric.update(*([torch.zeros_like(batch)] if isinstance(metric, RMSE) else []), batch)
    return metric


def drawn(seed: int, *, num_classes: int = 3, ignore_label: int | None = VOID) -> tuple[Tensor, Tensor]:
    """Target and scores of six small images in which every class occurs."""
    source = torch.Generator().manual_seed(seed)
    target = torch.randint(0, num_classes, (6, 5, 7), generator=source)
    scores = (torch.rand(6, num_classes, 5, 7, generator=source) * 4).softmax(1)
    if ignore_label is not None:
        target[torch.rand(target.shape, generator=source) < 0.2] = ignore_label
    return target, scores


def same(one: Tensor, other: Tensor) -> bool:
    """Whether both hold the same numbers, bit for bit; NaN equals NaN."""
    return one.shape == other.shape and torch.equal(one.nan_to_num(nan=-9), other.nan_to_num(nan=-9))


def batches(target: Any, prediction: Any, cuts: list[int]) -> Iterator[tuple[Any, Any]]:
    """The images in consecutive parts."""
    for start, stop in itertools.pairwise(sorted({0, *(cut for cut in cuts if cut < len(target)), len(target)})):
        yield target[start:stop], prediction[start:stop]
