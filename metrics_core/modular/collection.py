"""Collections: several metrics that read one tally, so that every pixel is counted once for all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from torch import Tensor, nn

from metrics_core.inputs import ArrayLike, InputError
from metrics_core.modular.counted import CountedMetric
from metrics_core.modular.metric import Metric
from metrics_core.modular.tally import Tally

Kind = TypeVar("Kind", bound=Metric)


class MetricCollection(nn.Module):
    """Metrics by name, updated and computed together: update(target, prediction), target FIRST.

        metrics = MetricCollection({"iou": IoU(num_classes=3), "dice": Dice(num_classes=3)}, prefix="val/")
        metrics.update(target, prediction)
        metrics.compute()  # {"val/iou": ..., "val/dice": ...}

    metrics: by name, or a sequence, named by their classes. Built-in ones that count the same classes and the same void
    label share one pass over the pixels; metrics of other kinds are updated one by one. A collection takes over what
    its members are, not what they have seen: it starts empty. All ranks must call compute and per_class equally often.

    Raises:
        InputError: no metric, what is none, or two of one name.
    """

    def __init__(self, metrics: Mapping[str, Metric] | Sequence[Metric], *, prefix: str = "") -> None:
        super().__init__()
        named = _named(metrics)
        self.names = tuple(name for name, _ in named)
        if not named or len(set(self.names)) != len(named):
            raise InputError(f"a collection needs metrics of different names; got {', '.join(self.names) or 'none'}")
        self.prefix = prefix
        # What was counted stands in the tallies alone; the readers, which are no submodules, only read it.
        self._readers = {name: _empty(metric) for name, metric in named if isinstance(metric, CountedMetric)}
        tallies, self._tally_of = _shared(self._readers)
        self._tallies = nn.ModuleList(tallies)
        self._other_names = tuple(name for name in self.names if name not in self._readers)
        self._others = nn.ModuleList([_empty(metric) for name, metric in named if name not in self._readers])

    def update(self, target: ArrayLike, prediction: ArrayLike, *, image_names: Sequence[str] | None = None) -> None:
        """Add a batch to every member; image_names as for the built-in metrics, which alone take them."""
        for metric in self._members():
            metric.update(target, prediction, **({"image_names": image_names} if isinstance(metric, Tally) else {}))

    def compute(self) -> dict[str, Any]:
        """Value of every member, by prefix and name."""
        return self._values(lambda metric: metric.compute())

    def forward(
        self, target: ArrayLike, prediction: ArrayLike, *, image_names: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Values of this batch alone, on this rank alone; the batch is added to every member, and counted once."""
        names = {"image_names": image_names}
        return self._values(lambda metric: metric(target, prediction, **(names if isinstance(metric, Tally) else {})))

    def per_class(self) -> dict[str, Tensor]:
        """Values of each class, as {"val/iou/road": value}, of the built-in members that have a value a class."""
        counted = [tally.compute() for tally in self._members()[: len(self._tallies)]]
        return {
            key: value
            for name, reader in self._readers.items()
            if reader.has_classes
            for key, value in reader.read_per_class(counted[self._tally_of[name]], f"{self.prefix}{name}/").items()
        }

    def reset(self) -> None:
        """Back to the start."""
        for metric in self._members():
            metric.reset()

    def merge_state(self, *others: MetricCollection) -> None:
        """Take in what other collections of the same members have seen.

        Raises:
            InputError: members that differ.
        """
        for other in others:
            if other.names != self.names or other._settings() != self._settings():
                raise InputError(f"merge_state needs the same members {self._settings()}; got {other._settings()}")
        for place, metric in enumerate(self._members()):
            metric.merge_state(*(other._members()[place] for other in others))

    def persistent(self, mode: bool = True) -> None:
        """Whether state_dict holds the states from now on, or not."""
        for metric in self._members():
            metric.persistent(mode)

    def _settings(self) -> dict[str, tuple[object, ...]]:
        return {name: reader.settings for name, reader in self._readers.items()}

    def _members(self) -> list[Metric]:
        return cast(list[Metric], [*self._tallies, *self._others])

    def _values(self, value_of: Callable[[Any], Any]) -> dict[str, Any]:
        """Values in the order of names; value_of gives what a tally has counted, or the value of another metric."""
        counted = [value_of(tally) for tally in self._tallies]
        values = dict(zip(self._other_names, (value_of(metric) for metric in self._others), strict=True))
        values |= {name: reader.read(counted[self._tally_of[name]]) for name, reader in self._readers.items()}
        return {self.prefix + name: values[name] for name in self.names}


def _named(metrics: Any) -> list[tuple[str, Metric]]:
    """Names and metrics of what a collection was given."""
    if isinstance(metrics, Metric | str) or not isinstance(metrics, Iterable):
        raise InputError(f"a collection needs a mapping of names to metrics, or a list of metrics; got {metrics!r}")
    given: Any = metrics
    named = list(given.items()) if isinstance(given, Mapping) else [(type(m).__name__, m) for m in given]
    if other := [(name, metric) for name, metric in named if not isinstance(metric, Metric)]:
        name, metric = other[0]
        raise InputError(
            f"a collection holds metrics that were made, such as IoU(num_classes=3); got {metric!r} as {name!r}"
        )
    return named


def _empty(metric: Kind) -> Kind:
    """A copy that has seen nothing."""
    made = copy.deepcopy(metric)
    made.reset()
    return made


def _shared(readers: Mapping[str, CountedMetric]) -> tuple[list[Tally], dict[str, int]]:
    """As few tallies as serve all readers, and the place of each reader's tally."""
    leaders: list[CountedMetric] = []
    needs: list[Any] = []
    places: dict[str, int] = {}
    for name, reader in readers.items():
        for place, leader in enumerate(leaders):
            joined = needs[place].joined(reader.needs)
            if joined is not None and _same_ranks(leader, reader):
                needs[place], places[name] = joined, place
                break
        else:
            places[name] = len(leaders)
            leaders.append(reader)
            needs.append(reader.needs)
    tallies = [
        Tally(need, sync_on_compute=leader.sync_on_compute, process_group=leader.process_group).to(leader.device)
        for need, leader in zip(needs, leaders, strict=True)
    ]
    return tallies, places


def _same_ranks(one: Metric, other: Metric) -> bool:
    return one.sync_on_compute == other.sync_on_compute and one.process_group is other.process_group
