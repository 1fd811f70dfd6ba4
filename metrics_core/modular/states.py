"""States: the tensors that metrics accumulate, how parts of them reduce to one, and how they are copied and moved."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import torch
from torch import Tensor

from metrics_core.inputs import InputError

State = Tensor | list[Tensor]
Reduction = Literal["sum", "mean", "max", "min", "cat"] | Callable[[Any], State]
NAMED = ("sum", "mean", "max", "min", "cat")


@dataclass(frozen=True, kw_only=True)
class Part:
    """States by name, and how many updates made them: those of a batch, of a metric, or of a rank."""

    states: Mapping[str, State]
    updates: int


def reduced(name: str, reduction: Reduction, parts: list[State], updates: list[int]) -> State:
    """One state of several parts; a mean weighs each part by its updates.

    Raises:
        InputError: tensors of different shapes that cannot be stacked, or a list that a callable made no list.
    """
    if all(isinstance(part, list) for part in parts):
        joined = [tensor for part in parts for tensor in part]
        result = joined if isinstance(reduction, str) or not joined else reduction(joined)
        if not isinstance(result, list):
            raise InputError(f"dist_reduce_fx of the list {name!r} must return a list; got {type(result).__name__}")
        return result
    tensors = [part for part in parts if isinstance(part, Tensor)]
    if reduction == "cat":
        return torch.cat(tensors)
    if len({tensor.shape for tensor in tensors}) > 1:
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in tensors)
        raise InputError(f"state {name!r} must have one shape to be reduced; got {shapes}; keep a list for ragged ones")
    stacked = torch.stack(tensors)
    if reduction == "sum":
        return stacked.sum(0, dtype=stacked.dtype)
    if reduction == "mean":
        weights = torch.tensor(updates, dtype=torch.float64, device=stacked.device)
        return (torch.tensordot(weights, stacked.double(), 1) / weights.sum()).to(stacked.dtype)
    if reduction == "max":
        return stacked.amax(0)
    return stacked.amin(0) if reduction == "min" else reduction(stacked)


def listed(state: State) -> list[Tensor]:
    """The tensors of a state."""
    return state if isinstance(state, list) else [state]


def fresh(default: State) -> State:
    """A copy of a default, so that no update in place can change it."""
    return default.clone() if isinstance(default, Tensor) else []


def applied(part: Part, fn: Callable[[Tensor], Tensor]) -> Part:
    """A part after what a module does to its tensors, but with the dtypes it had: counts and sums stay exact."""

    def moved(tensor: Tensor) -> Tensor:
        result = fn(tensor)
        return result if result.dtype == tensor.dtype else tensor.to(result.device)

    states = {
        name: moved(state) if isinstance(state, Tensor) else [moved(each) for each in state]
        for name, state in part.states.items()
    }
    return replace(part, states=states)


def copied(value: Any) -> Any:
    """A value whose tensors can be changed in place without harm to the original."""
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: copied(each) for key, each in cast(dict[Any, Any], value).items()}
    if type(value) in (list, tuple):
        return type(value)(copied(each) for each in value)
    return value


@contextmanager
def plain_tensors() -> Generator[None]:
    """Without gradients, and outside inference mode, whose tensors could not be updated in place later on."""
    with torch.inference_mode(False), torch.no_grad():
        yield
