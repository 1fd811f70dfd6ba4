"""The base of stateful metrics: updates accumulate, and batches, metrics and ranks reduce to one value."""

from __future__ import annotations

import copy
import functools
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Self

import torch.distributed as dist
from torch import Tensor

from metrics_core.inputs import InputError
from metrics_core.modular.gathering import all_agree, gather, is_distributed
from metrics_core.modular.stateful import Stateful
from metrics_core.modular.states import Part, applied, copied, plain_tensors


class Metric(Stateful, ABC):
    """A number, or several, of all data seen so far: subclass it, add states, write update and compute.

        class RMSE(Metric):
            def __init__(self):
                super().__init__()
                self.add_state("sse", torch.zeros((), dtype=torch.float64), "sum")
                self.add_state("n", torch.tensor(0), "sum")

            def update(self, target, prediction):
                self.sse += (prediction.double() - target).square().sum()
                self.n += target.numel()

            def compute(self):
                return (self.sse / self.n).sqrt()

    update adds a batch, compute returns the value of all batches (kept until the next update), forward, that is calling
    the metric, does both for one batch: it returns the batch's value and adds the batch. States must be such that the
    states of two batches reduce to the state of both; then any batches and any ranks give the same value.

    Under torch.distributed, compute takes in the states of all ranks of process_group, then puts the rank's own back,
    unless sync_on_compute is off. All ranks must call compute equally often, those without data too. States keep their
    dtype whatever half() or float() do to the model around, and follow it to its device. Neither states nor values
    carry a gradient. Before any update, compute warns.
    """

    def __init__(self, *, sync_on_compute: bool = True, process_group: dist.ProcessGroup | None = None) -> None:
        super().__init__()
        self.sync_on_compute = sync_on_compute
        self.process_group = process_group
        self._computed: tuple[Any] | None = None
        self._own: Part | None = None
        self._inside = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name, wrap in (("update", cls._accumulating), ("compute", cls._finishing)):
            method = getattr(cls, name)
            if not hasattr(method, "by_metric"):
                wrapped = wrap(method)
                wrapped.__dict__["by_metric"] = True
                setattr(cls, name, wrapped)

    @abstractmethod
    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch to the states; target comes first, then prediction."""

    @abstractmethod
    def compute(self) -> Any:
        """Value of the states."""

    @property
    def is_synced(self) -> bool:
        """Whether the states are those of all ranks, between sync and unsync."""
        return self._own is not None

    def reset(self) -> None:
        """Back to the defaults."""
        super().reset()
        self._own = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Value of this batch alone, on this rank alone; the batch is added to the states, and counted once."""
        self._refuse_synced("forward")
        before = self._part()
        self.reset()
        try:
            self.update(*args, **kwargs)
            with self._guarded():
                value = self.compute()
            self._take([before, self._part()])
        except BaseException:
            self._put(before)
            raise
        return value

    def merge_state(self, *others: Metric) -> None:
        """Take in what other metrics of the same kind have seen, as if this one had seen it after its own.

        Raises:
            InputError: another kind of metric, or one made with other settings.
        """
        self._refuse_synced("merge_state")
        for other in others:
            if type(other) is not type(self) or other.settings != self.settings:
                mine, its = (f"{type(metric).__name__}{metric.settings}" for metric in (self, other))
                raise InputError(f"merge_state needs metrics of one kind and with the same settings: {mine}; got {its}")
        self._take([self._part(), *(self._here(other._part()) for other in others)])

    @property
    def settings(self) -> tuple[object, ...]:
        """What two metrics must have in common to be merged; () unless a subclass says otherwise."""
        return ()

    def sync(self, process_group: dist.ProcessGroup | None = None) -> None:
        """Replace the states by those of all ranks; all ranks must call it. Without a process group, of this one.

        Raises:
            RuntimeError: the metric is synced already.
        """
        self._refuse_synced("sync")
        own = self._part()
        parts = gather(own, process_group or self.process_group) if is_distributed() else [own]
        self._take([self._here(part) for part in parts])
        self._own = own

    def unsync(self) -> None:
        """Put the rank's own states back.

        Raises:
            RuntimeError: the metric is not synced.
        """
        if self._own is None:
            raise RuntimeError(f"{type(self).__name__} is not synced; call sync first")
        self._put(self._own)
        self._own = None

    @contextmanager
    def synced(self) -> Generator[None]:
        """Hold the states of all ranks for a while: what compute does, for anything else that reads the states."""
        if self.is_synced or not self.sync_on_compute or not is_distributed():
            yield
            return
        self.sync()
        try:
            yield
        finally:
            self.unsync()

    def _refuse_synced(self, action: str) -> None:
        if self.is_synced:
            raise RuntimeError(f"{action} needs the rank's own states, but {type(self).__name__} is synced; unsync it")

    def _kept(self) -> bool:
        """Whether the value is still at hand: on all ranks, since one rank alone would wait for the others."""
        kept = self._computed is not None
        if self.is_synced or not self.sync_on_compute or not is_distributed():
            return kept
        return all_agree(kept, self.process_group)

    @contextmanager
    def _guarded(self) -> Generator[None]:
        """Within, update and compute are the plain methods, so that one may call its parent's."""
        before, self._inside = self._inside, True
        try:
            with plain_tensors():
                yield
        finally:
            self._inside = before

    def _put(self, part: Part) -> None:
        super()._put(part)
        self._computed = None

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self._own = None if self._own is None else applied(self._own, fn)
        return super()._apply(fn, recurse)

    def __getstate__(self) -> dict[str, Any]:
        # A process group means nothing in another process.
        return {**self.__dict__, "process_group": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = type(self).__new__(type(self))
        memo[id(self)], memo[id(self.process_group)] = made, self.process_group
        vars(made).update(copy.deepcopy(self.__dict__, memo))
        return made

    @staticmethod
    def _accumulating(update: Callable[..., None]) -> Callable[..., None]:
        """An update that drops the kept value and is counted."""

        @functools.wraps(update)
        def accumulate(self: Metric, *args: Any, **kwargs: Any) -> None:
            if self._inside:
                update(self, *args, **kwargs)
                return
            self._refuse_synced("update")
            self._computed = None
            with self._guarded():
                update(self, *args, **kwargs)
            self._updates += 1

        return accumulate

    @staticmethod
    def _finishing(compute: Callable[..., Any]) -> Callable[..., Any]:
        """A compute over all ranks whose value is kept."""

        @functools.wraps(compute)
        def finish(self: Metric) -> Any:
            if self._inside:
                return compute(self)
            if not self._kept():
                with self.synced(), self._guarded():
                    if not self._updates:
                        warnings.warn(f"{type(self).__name__} is computed before any update", stacklevel=2)
                    value = compute(self)
                self._computed = (value,)
            assert self._computed is not None
            return copied(self._computed[0])

        return finish
