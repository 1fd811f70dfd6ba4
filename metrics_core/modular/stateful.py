"""A module with states: named tensors that restart from a default, follow the module and reduce by name."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from metrics_core.inputs import InputError
from metrics_core.modular.states import NAMED, Part, Reduction, State, applied, fresh, plain_tensors, reduced

_COUNT = "update_count"


class Stateful(nn.Module):
    """States and the number of updates that made them.

    States are no buffers: DistributedDataParallel would overwrite every rank's buffers with those of rank 0. They keep
    their dtype whatever half() or float() do to the module around, and follow it to its device.
    """

    def __init__(self) -> None:
        super().__init__()
        self._defaults: dict[str, State] = {}
        self._reductions: dict[str, Reduction] = {}
        self._persistent: dict[str, bool] = {}
        self._updates = 0
        self._device = torch.get_default_device()

    def add_state(
        self, name: str, default: Tensor | Sequence[Any], dist_reduce_fx: Reduction, *, persistent: bool = False
    ) -> None:
        """Add a state, an attribute that starts and restarts as default: a tensor, or [] for a list of tensors.

        dist_reduce_fx makes one state of those of batches or ranks: sum, mean (weighted by updates), max, min and cat
        leave out those without an update; a callable gets their tensors stacked [part, ...], or, for a list, all of
        them, and returns a tensor, or a list. A list takes cat or a callable. persistent: whether state_dict holds it.

        Raises:
            InputError: a taken name, a default that is neither, or a reduction that does not fit it.
        """
        if not name.isidentifier() or hasattr(self, name):
            raise InputError(f"a state needs a free name that is an identifier; got {name!r}")
        if not isinstance(default, Tensor) and list(default):
            raise InputError(f"default of state {name!r} must be a tensor or []; got {default!r}")
        if not callable(dist_reduce_fx) and dist_reduce_fx not in NAMED:
            raise InputError(f"dist_reduce_fx must be one of {', '.join(NAMED)}, or callable; got {dist_reduce_fx!r}")
        if not isinstance(default, Tensor) and dist_reduce_fx in NAMED and dist_reduce_fx != "cat":
            raise InputError(f"state {name!r} is a list, which {dist_reduce_fx} cannot reduce; use cat or a tensor")
        if isinstance(default, Tensor) and dist_reduce_fx == "mean" and not default.is_floating_point():
            raise InputError(f"state {name!r} is to be a mean and must hold floats; got {default.dtype}")
        start = default.detach().clone().to(self._device) if isinstance(default, Tensor) else []
        self._defaults[name], self._reductions[name], self._persistent[name] = start, dist_reduce_fx, persistent
        setattr(self, name, fresh(start))

    @property
    def device(self) -> torch.device:
        """Where the states are; to() and the module around move them."""
        return self._device

    @property
    def update_count(self) -> int:
        """Updates since the start or the last reset; of all ranks while synced."""
        return self._updates

    def reset(self) -> None:
        """Back to the defaults."""
        with plain_tensors():
            self._put(Part(states={name: fresh(default) for name, default in self._defaults.items()}, updates=0))

    def persistent(self, mode: bool = True) -> None:
        """Whether state_dict holds the states from now on, or not."""
        self._persistent = dict.fromkeys(self._persistent, mode)

    def _part(self) -> Part:
        return Part(states={name: getattr(self, name) for name in self._defaults}, updates=self._updates)

    def _here(self, part: Part) -> Part:
        return applied(part, lambda tensor: tensor.to(self._device))

    def _put(self, part: Part) -> None:
        for name, state in part.states.items():
            setattr(self, name, state)
        self._updates = part.updates

    def _take(self, parts: list[Part]) -> None:
        """Reduce parts, in order, to the states; those without an update say nothing and are left out."""
        told = [part for part in parts if part.updates]
        updates = [part.updates for part in told]
        with plain_tensors():
            states = {
                name: reduced(name, self._reductions[name], [part.states[name] for part in told], updates)
                if told
                else fresh(default)
                for name, default in self._defaults.items()
            }
        self._put(Part(states=states, updates=sum(updates)))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)
        self._device = fn(torch.empty(0, device=self._device)).device
        self._defaults = dict(applied(Part(states=self._defaults, updates=0), fn).states)
        self._put(applied(self._part(), fn))
        return self

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name in (saved := [name for name, kept in self._persistent.items() if kept]):
            destination[prefix + name] = copy.deepcopy(getattr(self, name))
        if saved:
            destination[prefix + _COUNT] = torch.tensor(self._updates)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Mapping[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        expected = [prefix + name for name, kept in self._persistent.items() if kept]
        expected += [prefix + _COUNT] if expected else []
        missing_keys += [key for key in expected if strict and key not in state_dict]
        found = {name: state_dict.pop(prefix + name) for name in self._defaults if prefix + name in state_dict}
        updates = int(state_dict.pop(prefix + _COUNT, self._updates))
        error_msgs += [f"{prefix + name}: {words}" for name in found if (words := self._misfit(name, found[name]))]
        if not error_msgs:
            self._put(self._here(Part(states=copy.deepcopy(found), updates=updates)))
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _misfit(self, name: str, state: State) -> str:
        """Why a loaded state is none of this metric's; "" if it may be."""
        default = self._defaults[name]
        if isinstance(default, Tensor) != isinstance(state, Tensor):
            return "expected a tensor" if isinstance(default, Tensor) else "expected a list of tensors"
        if isinstance(state, Tensor) and self._reductions[name] in ("sum", "mean", "max", "min"):
            shapes = tuple(getattr(default, "shape", ())), tuple(state.shape)
            return "" if shapes[0] == shapes[1] else f"expected shape {shapes[0]}; got {shapes[1]}"
        return ""
