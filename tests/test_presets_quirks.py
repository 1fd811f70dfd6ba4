"""Quirks: known defects of libraries, reproduced by default and left out on demand."""

from __future__ import annotations

import dataclasses
import math
import re
import string
from typing import Any

import pytest
import torch

from metrics_core import InputError, Statistics, count
from metrics_core.presets import corrected, evaluate_preset, list_presets, preset, score_like
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS
from metrics_core.presets.find import label_functions


def image_of(*rows: list[int]) -> Statistics:
    """Statistics of one image from its confusion matrix, so that no image of 20 million pixels is needed."""
    confusion = torch.zeros((1, len(rows) + 1, len(rows) + 1), dtype=torch.int64)
    confusion[0, :-1, :-1] = torch.tensor(rows)
    return Statistics(
        confusion=confusion, image_names=("image",), class_names=tuple(f"class {i}" for i in range(len(rows)))
    )


def both_ways(function: str, statistics: Statistics, **arguments: Any) -> tuple[list[float], list[float]]:
    """Values with the library's known defects and without, as lists."""
    made = preset(function, num_classes=statistics.num_classes, **arguments)
    values = (evaluate_preset(made, statistics, quirks=quirks).value for quirks in (True, False))
    return tuple(value.reshape(-1).tolist() for value in values)  # pyright: ignore[reportReturnType]


def test_float32_counters_lose_what_comes_after_16777216() -> None:
    # 1000 wrong pixels of 16.8 million: the target's counter stands still, as if all were hit.
    statistics = image_of([2**24 + 100_000, 1000], [0, 5000])
    wrong, right = both_ways("smp.recall", statistics, reduction="none")
    assert wrong == [1, 1]
    assert right == pytest.approx([1 - 1000 / (2**24 + 101_000), 1])
    assert both_ways("mmseg.IoUMetric", statistics, key="Recall", per_class=True)[0] == [1, 1]
    assert both_ways("torcheval.multiclass_f1_score", statistics, average=None)[0][1] == pytest.approx(10 / 11)
    assert both_ways("pytorch_lightning.recall", statistics, reduction="none")[0][0] == 2**24 / (2**24 + 1000)


def test_float32_counters_of_each_image_are_summed_afterwards() -> None:
    first = image_of([2**24 + 2**20, 2**20], [0, 1])
    second = dataclasses.replace(first, image_names=("second",))
    both = Statistics(
        confusion=torch.cat([first.confusion, second.confusion]),
        image_names=("first", "second"),
        class_names=first.class_names,
    )
    assert both_ways("smp.recall", both, reduction="macro")[0] == [1]
    assert both_ways("mmseg.IoUMetric", both, key="Recall", per_class=True)[0] == [1, 1]


def test_float32_sums_round_counts_but_do_not_stop() -> None:
    wrong, right = both_ways("elektronn3.iou", image_of([20_000_001, 0], [0, 20_000_001]))
    assert wrong == pytest.approx(right, abs=1e-9)


def test_small_data_is_counted_alike_with_and_without_quirks_of_counting() -> None:
    statistics = image_of([5, 1], [2, 3])
    for function in ("smp.recall", "elektronn3.recall"):
        wrong, right = both_ways(function, statistics, **({"reduction": "macro"} if function[0] == "s" else {}))
        assert wrong == right


def test_micro_average_of_smp_ignores_zero_division() -> None:
    empty = image_of([5, 0], [0, 0])
    none = dataclasses.replace(empty, confusion=torch.zeros_like(empty.confusion))
    wrong, right = both_ways("smp.iou_score", none, reduction="micro", zero_division=0.0)
    assert math.isnan(wrong[0])
    assert right == [0]


def test_recall_of_torcheval_fails_or_is_infinite_when_a_class_is_absent() -> None:
    made = preset("torcheval.multiclass_recall", num_classes=3, average="macro")
    two_of_three = count([[0, 1, 1]], [[0, 1, 0]], num_classes=3)
    with pytest.raises(InputError, match="pass quirks=False"):
        evaluate_preset(made, two_of_three)
    assert evaluate_preset(made, two_of_three, quirks=False).value == 0.75
    assert evaluate_preset(made, count([[2, 2]], [[2, 2]], num_classes=3)).value == math.inf


def test_ignored_class_of_monai_stays_and_its_pixels_too() -> None:
    # Class 1 is ignored: its pixel, predicted as 2, remains a false positive of 2, and class 1 itself scores 1.
    target, prediction = [[0, 1, 2]], [[0, 2, 2]]
    more = {"num_classes": 3, "ignore_label": 1, "ignore_empty": False, "reduction": "mean_batch"}
    assert score_like("monai.MeanIoU", target, prediction, **more).tolist() == [1, 1, 0.5]
    assert score_like("monai.MeanIoU", target, prediction, quirks=False, **more).tolist() == [1, 1, 1]
    assert score_like("monai.DiceMetric", target, prediction, **more).tolist() == [1, 1, 1]


# Generalised Dice of two images of 4 and 6 pixels: in the first class 2 is absent but predicted once.
GENERALIZED_TARGET = [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]]
GENERALIZED_PREDICTION = [[0, 0, 2, 1, 1, 1], [0, 0, 1, 1, 2, 0]]


def test_generalized_dice_of_torchmetrics_takes_the_absent_weight_from_another_class() -> None:
    target, prediction = GENERALIZED_TARGET, GENERALIZED_PREDICTION
    # Weights of the first image: 1/9, 1/9, and for class 2 the entry (image 0, class 2) of the table laid out by class,
    # which is class 1's largest, 1/4; its own largest is 1/4 too, so classes 0 and 1 of the second image are made rare.
    target = [[0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 2, 2]]
    prediction = [[0, 0, 2, 1, 1, 1], [0, 1, 1, 1, 2, 0]]
    hits, sizes = (2 / 9 + 3 / 9), (5 / 9 + 6 / 9)
    with_quirk = 2 * hits / (sizes + 1 / 9 * 1)  # table by class: 1, 1, 1/9, 1/9, 1/4, 1/4; the third entry is 1/9
    without = 2 * hits / (sizes + 1 / 4 * 1)
    more = {"num_classes": 3}
    function = "torchmetrics.segmentation.generalized_dice_score"
    assert score_like(function, target, prediction, **more)[0] == pytest.approx(with_quirk)
    assert score_like(function, target, prediction, quirks=False, **more)[0] == pytest.approx(without)
    monai = score_like("monai.GeneralizedDiceScore", target, prediction, reduction="mean_channel", **more)
    assert monai[0] == pytest.approx(2 * hits / (sizes + 1 / 9))


def test_generalized_dice_class_of_torchmetrics_is_the_mean_of_its_images() -> None:
    arguments = {"num_classes": 3, "weight_type": "simple"}
    per_image = score_like(
        "torchmetrics.segmentation.generalized_dice_score", GENERALIZED_TARGET, GENERALIZED_PREDICTION, **arguments
    )
    mean = score_like(
        "torchmetrics.segmentation.GeneralizedDiceScore", GENERALIZED_TARGET, GENERALIZED_PREDICTION, **arguments
    )
    assert mean == pytest.approx(float(per_image.mean()))


def test_quirks_are_written_for_readers() -> None:
    quirks = {quirk.key: quirk for made in list_presets(num_classes=3) for quirk in made.quirks}
    quirks |= {quirk.key: quirk for made in list_presets(num_classes=3, ignore_label=1) for quirk in made.quirks}
    of_areas = {quirk.key: quirk for function in CURVE_FUNCTIONS.values() for quirk in function.quirks}
    assert set(quirks) == {
        "elektronn3_stale_cache",
        "float32_rounding",
        "float32_saturation",
        "monai_ignored_class_stays",
        "smp_divided_by_classes",
        "smp_micro_zero_division",
        "torcheval_half_masked_recall",
        "torchmetrics_0_9_single_pixels",
        "torchmetrics_generalized_dice_index",
        "torchmetrics_neighbour_cell",
    }
    for quirk in (quirks | of_areas).values():
        assert quirk.title[0] in string.ascii_uppercase
        assert not quirk.title.endswith(".")
        assert quirk.description.endswith(".")
        assert re.search(r"\.py:\d", quirk.source)


def test_every_function_names_its_source_file() -> None:
    functions = [*label_functions().values(), *CURVE_FUNCTIONS.values()]
    assert len({function.library for function in functions}) == 12
    for function in functions:
        assert re.match(r"[\w/]+\.py($|:\d)", function.source), function
        assert function.version


def test_a_preset_without_its_defects_is_a_preset_of_its_own() -> None:
    made = preset("smp.iou_score", num_classes=2, reduction="macro", class_weights=[1, 3])
    mended = corrected(made)
    assert (mended.quirks, mended.convention.weighted_mean_divisor) == ((), "weights")
    assert corrected(mended) is mended
    statistics = image_of([3, 1], [0, 4])
    assert evaluate_preset(mended, statistics).value == evaluate_preset(made, statistics, quirks=False).value
