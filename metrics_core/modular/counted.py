"""Counted metrics: each built-in metric is a reading of a tally under a convention or a library's preset."""

from __future__ import annotations

import ast
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar, TypedDict

import torch
import torch.distributed as dist
from torch import Tensor

from metrics_core.arguments import names_of, number_of_classes
from metrics_core.bins import Bins, Images
from metrics_core.conventions import Convention
from metrics_core.counting import Strays
from metrics_core.evaluation import rule_of
from metrics_core.inputs import InputError, whole_number
from metrics_core.modular.tally import DEFAULT_BINS, Counted, Needs, Tally
from metrics_core.presets import Preset, preset
from metrics_core.statistics import Statistics


class Options(TypedDict, total=False):
    """The keyword arguments of CountedMetric, beside num_classes."""

    ignore_label: int | None
    class_names: Sequence[str] | None
    channel: int | str | None
    out_of_range: Strays
    images: Images | None
    bins: Bins
    quirks: bool
    sync_on_compute: bool
    process_group: dist.ProcessGroup | None


class CountedMetric(Tally):
    """A reading of counted data: update(target, prediction), target FIRST; merge, forward and the rest as for Metric.

    convention: a Convention, or a library's Preset or its key, "smp.iou_score" or "smp.iou_score(reduction='macro')",
    whose value on all data is then what score_like returns for them; predictions that are no class are refused where
    that library makes more of them than misses. ignore_label: void target pixels, as for count. class_names: the names
    in per_class. channel: a class; compute gives its value alone, before any average. out_of_range: predictions that
    are no class are refused, or counted as misses. images: keep a table of each image, so that repeats can be left out
    by name, or one of all; by default what the convention needs. bins: of scores, where they are counted. quirks=False
    leaves out the library's known defects. sync_on_compute, process_group: as for Metric.

    Raises:
        InputError, ValueError: a convention, preset or class that does not exist, or a preset of another score.
    """

    default_convention: ClassVar[Convention] = Convention()

    def __init__(
        self,
        convention: Convention | Preset | str | None = None,
        *,
        num_classes: int,
        ignore_label: int | None = None,
        class_names: Sequence[str] | None = None,
        channel: int | str | None = None,
        out_of_range: Strays = "refuse",
        images: Images | None = None,
        bins: Bins = DEFAULT_BINS,
        quirks: bool = True,
        sync_on_compute: bool = True,
        process_group: dist.ProcessGroup | None = None,
    ) -> None:
        num_classes = number_of_classes(num_classes)
        ignore_label = None if ignore_label is None else whole_number(ignore_label, "ignore_label")
        if isinstance(convention, Preset):
            convention, ignore_label = _key_and_void(convention, num_classes, ignore_label)
        self.preset_key = convention if isinstance(convention, str) else None
        made = None if self.preset_key is None else self._accepted(self.preset_key, num_classes, ignore_label)
        given = None if isinstance(convention, str) else convention
        self.convention = made.convention if made else self.default_convention if given is None else rule_of(given)
        needs = Needs(
            num_classes=num_classes,
            ignore_label=ignore_label if made is None else made.ignore_label,
            out_of_range=out_of_range if made is None else "count",
            images=_images(self.convention, made, images),
            bins=bins,
        )
        super().__init__(self._with_scores(needs), sync_on_compute=sync_on_compute, process_group=process_group)
        self.quirks = quirks
        self.class_names = names_of(class_names, num_classes, "class")
        self.channel = None if channel is None else self._class(channel)

    @property
    def preset(self) -> Preset | None:
        """The preset that compute follows, if it follows one."""
        if self.preset_key is None:
            return None
        return read_preset(self.preset_key, self.needs.num_classes, self.needs.ignore_label)

    @property
    def settings(self) -> tuple[object, ...]:
        """How pixels are counted and read."""
        return (self.needs, self.preset_key, self.convention.key(), self.channel, self.quirks)

    def compute(self) -> Any:
        """Value of all batches, of all ranks; NaN, with a warning, before any."""
        return self.read(super().compute())

    def read(self, counted: Counted) -> Any:
        """Value of what was counted, by this metric or by a collection."""
        if self.channel is None:
            return self._value(counted)
        return self._classes(counted).get(self.channel, torch.tensor(math.nan, dtype=torch.float64))

    def per_class(self, prefix: str | None = None) -> dict[str, Tensor]:
        """Value of each class that the average takes in, as {"iou/road": value}; all ranks must call it.

        prefix: what stands before the class names; by default the metric's name and a slash.
        """
        return self.read_per_class(self.counted(), f"{type(self).__name__.lower()}/" if prefix is None else prefix)

    def read_per_class(self, counted: Counted, prefix: str) -> dict[str, Tensor]:
        """Values of the classes in what was counted, by this metric or by a collection."""
        return {prefix + self.class_names[label]: value for label, value in self._classes(counted).items()}

    def counted(self) -> Counted:
        """What was counted, of all ranks; all must call it."""
        with self.synced(), self._guarded():
            return super().compute()

    def statistics(self) -> Statistics:
        """What was counted, for evaluate, compare and the rest; all ranks must call it."""
        return replace(self.counted().statistics, class_names=self.class_names)

    @property
    def has_classes(self) -> bool:
        """Whether each class has a number of its own, which a preset may not give."""
        return self.preset_key is None or (self.convention.average == "none" and self.convention.order != "per_cell")

    @abstractmethod
    def _accepted(self, key: str, num_classes: int, ignore_label: int | None) -> Preset:
        """The preset of a key, if it is one of this metric's score."""

    def _with_scores(self, needs: Needs) -> Needs:
        """Whether scores are to be counted, too."""
        return needs

    @abstractmethod
    def _value(self, counted: Counted) -> Any:
        """Value of what was counted, of all classes."""

    @abstractmethod
    def _classes(self, counted: Counted) -> Mapping[int, Tensor]:
        """Value of each class alone, of those that the average takes in."""

    def _class(self, channel: int | str) -> int:
        """Index of a class by index or name."""
        if isinstance(channel, str) and channel in self.class_names:
            channel = self.class_names.index(channel)
        if isinstance(channel, str) or not 0 <= whole_number(channel, "channel") < self.needs.num_classes:
            listed = ", ".join(self.class_names)
            raise InputError(f"channel must be 0..{self.needs.num_classes - 1} or one of {listed}; got {channel!r}")
        if channel in self.convention.excluded_classes:
            raise InputError(f"channel {channel} is left out by the convention (excluded_classes), so it has no value")
        return channel

    def _undefined(self) -> Tensor:
        """NaN for the average, or for each class."""
        rule = self.convention
        shape = () if rule.average != "none" else (self.needs.num_classes - len(rule.excluded_classes),)
        return torch.full(shape, math.nan, dtype=torch.float64)


def _key_and_void(made: Preset, num_classes: int, ignore_label: int | None) -> tuple[str, int | None]:
    """A preset's key and the label it ignores, if it was made for the same classes and void label."""
    if made.num_classes != num_classes or (ignore_label is not None and made.ignore_label != ignore_label):
        raise InputError(
            f"the preset was made for num_classes={made.num_classes} and ignore_label={made.ignore_label}, the metric "
            f"for {num_classes} and {ignore_label}; make both for the same, or pass the key {made.key!r} alone"
        )
    return made.key, made.ignore_label


@lru_cache(maxsize=256)
def read_preset(key: str, num_classes: int, ignore_label: int | None) -> Preset:
    """The preset of a key: a function's name, or a call with its arguments, as Preset.key has it.

    Raises:
        InputError: a text that is no call with named arguments. ValueError: unknown function, argument or value.
    """
    try:
        call = ast.parse(key, mode="eval").body
        name, given = (ast.unparse(call.func), call.keywords) if isinstance(call, ast.Call) else (key, [])
        if isinstance(call, ast.Call) and (call.args or any(keyword.arg is None for keyword in given)):
            raise ValueError("arguments without a name")
        arguments = {str(keyword.arg): _literal(keyword.value) for keyword in given}
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"a preset's key is a function, or a call with keyword arguments such as smp.iou_score(reduction='macro'); "
            f"got {key!r}"
        ) from error
    made = preset(name, num_classes=num_classes, ignore_label=ignore_label, **arguments)
    if made.target_map is not None:
        raise InputError(f"{key} changes the target's labels before it counts; change them yourself and leave that out")
    return made


def _literal(value: ast.expr) -> Any:
    if isinstance(value, ast.Name) and value.id in ("nan", "inf"):
        return float(value.id)
    return ast.literal_eval(value)


def _images(rule: Convention, made: Preset | None, asked: Images | None) -> Images:
    """What has to be kept: libraries may lose counts in each image, although they sum them."""
    quirks = () if made is None else made.quirks
    losing = any(quirk.counts is not None and quirk.counted == "image" for quirk in quirks)
    needed: Images = "per_image" if rule.pooling == "image" or losing else "pooled"
    if asked == "pooled" and needed == "per_image":
        raise InputError("this convention or preset scores each image; leave images out, or pass images='per_image'")
    return asked or needed
