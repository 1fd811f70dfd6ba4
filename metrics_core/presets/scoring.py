"""Scoring: presets on statistics, and library calls on pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.cells import Cells, cells_of, margins_of
from metrics_core.conventions import COUNTING_OPTIONS, Convention
from metrics_core.counting import count
from metrics_core.evaluation import Score, score_cells
from metrics_core.inputs import ArrayLike, InputError, as_tensor, check
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS, curve_score_like
from metrics_core.presets.find import checked_data
from metrics_core.presets.find import preset as find_preset
from metrics_core.presets.float32 import LIMIT
from metrics_core.presets.record import Array, Preset, corrected
from metrics_core.presets.strays import CHECKED, COUNTED, VOID, counts_ignored, settle
from metrics_core.statistics import Statistics, refuse_unless_statistics


class _Counts:
    """Statistics of which presets share the cells: conventions that count alike are counted once."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = unfolded(statistics)
        # float32 counters are exact up to here, and most data sets' images stay below.
        self.large = int(statistics.pooled.tables.block(0, 1).sum()) > LIMIT
        self._cells: dict[tuple[object, ...], Cells] = {}

    def cells(self, rule: Convention) -> Cells:
        key = rule.key(COUNTING_OPTIONS)
        if key not in self._cells:
            self._cells[key] = cells_of(margins_of(self.statistics, rule), rule)
        return self._cells[key]

    def strays(self, rule: Convention) -> int:
        """Predictions outside 0..C-1 on pixels that count."""
        outside = self.statistics.pooled.outside.sum(0)
        return int(outside.sum() - outside[list(rule.ignored_classes)].sum())

    def all_strays(self) -> int:
        """Predictions outside 0..C-1, those on ignored pixels included."""
        pooled = self.statistics.pooled
        return int(pooled.outside.sum() + pooled.void[:, -1].sum())


def evaluate_preset(preset: Preset, statistics: Statistics, *, quirks: bool = True) -> Score:
    """Score of a preset from statistics alone; quirks=False gives the value without the library's known defects.

    The statistics may hold the preset's ignored label as void, or as a class if it is one.

    Raises:
        InputError: other classes than the preset's, counts that the library refuses, or predictions outside the classes
            of which it makes something that statistics do not tell.
    """
    refuse_unless_statistics(statistics, usage="evaluate_preset(preset, statistics)")
    return _score(preset, _Counts(statistics), quirks=quirks)


def evaluate_presets(
    presets: Iterable[Preset], statistics: Statistics, *, quirks: bool = True
) -> tuple[Score | InputError, ...]:
    """Score of each preset in order, or the error where the library refuses the data; faster than one by one."""
    counts = _Counts(statistics)
    return tuple(_score_or_error(preset, counts, quirks=quirks) for preset in presets)


def unfolded(statistics: Statistics) -> Statistics:
    """Statistics in which a void label inside 0..C-1 is a class again: each library ignores it in its own way."""
    label = statistics.ignore_label
    if label is None or not 0 <= label < statistics.num_classes:
        return statistics
    confusion = statistics.confusion.clone()
    confusion[:, label], confusion[:, -1] = confusion[:, -1], 0
    return replace(statistics, confusion=confusion, ignore_label=None)


def score_like(
    function: str,
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    quirks: bool = True,
    **arguments: object,
) -> torch.Tensor:
    """What a library's function returns for these arguments: float64, a number or a list over classes or images.

    function, arguments: the library's own, e.g. "smp.iou_score", reduction="macro". target: labels [image, *spatial];
    prediction: such labels, or scores [image, class, *spatial], which areas under curves need. ignore_label is removed
    by the library's own argument, or, where it has none, by dropping those pixels first, which flattens the images.

    Raises:
        ValueError: unknown function, argument or value; the message lists what exists.
        InputError: data that cannot be scored, or that the library refuses.
    """
    num_classes, ignore_label = checked_data(num_classes, ignore_label)
    more: dict[str, Any] = {"num_classes": num_classes, "ignore_label": ignore_label, **arguments}
    if function in CURVE_FUNCTIONS:
        return curve_score_like(function, target, prediction, quirks=quirks, **more)
    made = find_preset(function, **more)
    if made.target_map is not None:
        target, made = _mapped(made, target), replace(made, target_map=None)
    made, counts = _counted(made, target, prediction, arguments, quirks=quirks)
    return returned(made, _score(made, counts, quirks=quirks).value)


def _counted(
    made: Preset, target: ArrayLike, prediction: ArrayLike, arguments: dict[str, Any], *, quirks: bool
) -> tuple[Preset, _Counts]:
    """Preset and counts of labels; predictions outside the classes are settled first if there are any."""
    label = None if _in_range(made) else made.ignore_label
    statistics = count(target, prediction, num_classes=made.num_classes, ignore_label=label, out_of_range="count")
    counts = _Counts(statistics)
    strays = counts.all_strays() if made.strays in CHECKED else counts.strays(made.convention)
    if strays and _strays_matter(made, quirks=quirks):
        return _settled(made, target, prediction, arguments)
    return made, counts


def _strays_matter(preset: Preset, *, quirks: bool) -> bool:
    """Whether the library makes more of predictions outside the classes than misses or dropped pixels."""
    if preset.strays in COUNTED:
        return False
    return quirks or "neighbour_cell" not in preset.strays


def returned(made: Preset, value: torch.Tensor) -> torch.Tensor:
    """The value in the shape the library gives it."""
    if made.returns == "squeezed" and value.numel() == 1:
        return value.reshape(())
    return value.reshape(1) if made.returns == "listed" else value


def _settled(
    made: Preset, target: ArrayLike, prediction: ArrayLike, arguments: dict[str, Any]
) -> tuple[Preset, _Counts]:
    """Preset and counts once every stray prediction is what the library makes of it."""
    checked = check(target, prediction, num_classes=made.num_classes)
    if checked.labels is None:
        raise InputError("prediction scores cannot hold a label outside the classes; this is a defect")
    pixels = settle(made, checked.target.cpu().numpy(), checked.labels.cpu().numpy())
    if pixels.num_classes != made.num_classes:
        made = find_preset(made.function, num_classes=pixels.num_classes, ignore_label=VOID, **arguments)
    rule = made.convention if counts_ignored(made) else replace(made.convention, ignored_classes=())
    statistics = count(
        pixels.target,
        pixels.prediction,
        num_classes=pixels.num_classes,
        ignore_label=VOID,
        out_of_range="count",
    )
    return replace(made, convention=rule, strays="false_negative"), _Counts(statistics)


def _mapped(made: Preset, target: ArrayLike) -> NDArray[Any]:
    """Target labels after the preset's map, its last class standing for the ignored label."""
    labels = as_tensor(target, "target").cpu().numpy().astype(np.int64)
    table = np.asarray(made.target_map)
    known = (labels >= 0) & (labels < len(table))
    mapped = np.where(known, table[np.where(known, labels, 0)], labels)
    ignored = VOID if made.ignore_label is None else made.ignore_label
    return np.where(known & (mapped == made.num_classes), ignored, mapped)


def _in_range(made: Preset) -> bool:
    return made.ignore_label is not None and 0 <= made.ignore_label < made.num_classes


def _score_or_error(preset: Preset, counts: _Counts, *, quirks: bool) -> Score | InputError:
    try:
        return _score(preset, counts, quirks=quirks)
    except InputError as error:
        return error


def _score(preset: Preset, counts: _Counts, *, quirks: bool) -> Score:
    _check(preset, counts, quirks=quirks)
    preset = preset if quirks else corrected(preset)
    formula, rule = preset.formula, preset.convention
    if formula is None:
        raise InputError(f"{preset.title} needs scores; statistics of labels do not hold them")
    if preset.target_map is not None:
        counts = _Counts(_remapped(counts.statistics, preset.target_map))
    cells = counts.cells(rule)
    if counts.large:
        cells = _distorted(preset, counts, rule, cells)
    if preset.refusal is not None and (reason := preset.refusal(cells)):
        raise InputError(f"{preset.function} {preset.version} refuses this data: {reason}")
    result = score_cells(formula, cells, rule, margins_of(counts.statistics, rule))
    return _finished(preset, result, cells)


def _check(preset: Preset, counts: _Counts, *, quirks: bool) -> None:
    """Refuse statistics of other classes, and strays that the library does not count like statistics do."""
    if counts.statistics.num_classes != preset.num_classes:
        raise InputError(
            f"statistics have {counts.statistics.num_classes} classes, but the preset was made for {preset.num_classes}"
        )
    if not _strays_matter(preset, quirks=quirks):
        return
    if number := counts.strays(preset.convention):
        raise InputError(
            f"{number} predictions lie outside 0..{preset.num_classes - 1}, and {preset.function} does not count them "
            "like other misses; score_like scores or refuses them from the pixels, as the library does"
        )


def _distorted(preset: Preset, counts: _Counts, rule: Convention, cells: Cells) -> Cells:
    """Cells as the library's own counters hold them."""
    for quirk in preset.quirks:
        if quirk.counts is None:
            continue
        if quirk.counted == rule.pooling:
            cells = quirk.counts(cells)
        elif rule.pooling == "dataset":
            cells = _summed(quirk.counts(counts.cells(replace(rule, pooling="image"))))
    return cells


def _summed(cells: Cells) -> Cells:
    """Cells of all images together."""
    parts = {name: getattr(cells, name).sum(0, keepdims=True) for name in ("tp", "fp", "fn", "tn", "raw_support")}
    return replace(cells, **parts)


def _remapped(statistics: Statistics, target_map: tuple[int, ...]) -> Statistics:
    """Statistics whose target classes are turned into others; C stands for void."""
    given = statistics.confusion
    confusion = torch.zeros_like(given)
    confusion[:, -1] = given[:, -1]
    for label in range(statistics.num_classes):
        confusion[:, target_map[label]] += given[:, label]
    return replace(statistics, confusion=confusion)


def _finished(preset: Preset, result: Score, cells: Cells) -> Score:
    """The score once the quirks' own values, the library's last step and its order of classes are taken in."""
    value: Array | None = None
    for quirk in preset.quirks:
        if quirk.value is not None:
            value = quirk.value(cells, result.convention)
    if preset.finish is not None:
        value = preset.finish(result.value.numpy() if value is None else value, cells)
    if preset.class_order is not None:
        place = {label: position for position, label in enumerate(sorted(preset.class_order))}
        value = result.value.numpy()[[place[label] for label in preset.class_order]]
    return result if value is None else replace(result, value=torch.from_numpy(np.array(value, np.float64)))
