"""Curve presets: areas under curves as libraries compute them, and how far their choices take the numbers apart."""

from __future__ import annotations

import gzip
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from metrics_core.bins import Bins
from metrics_core.counting import count
from metrics_core.curves import Curve, roc_curve
from metrics_core.inputs import InputError
from metrics_core.presets.curve_areas import (
    CURVE_FUNCTIONS,
    CurveRow,
    compare_curves,
    compare_curves_from_histogram,
    curve_preset,
    curve_score_like,
    list_curve_presets,
)

Array = NDArray[Any]
RECORDED = json.loads(gzip.decompress((Path(__file__).parent / "data" / "recorded_values.json.gz").read_bytes()))
CALLS = {number: call for number, call in RECORDED["calls"].items() if call["takes"] == "scores"}
UNSTABLE = [number for number, call in CALLS.items() if call["bug"]]


def recorded(number: str, case: dict[str, Any], **options: bool) -> Array:
    """What curve_score_like returns for a recorded call on a recorded case."""
    call = CALLS[number]
    target, scores = np.array(case["target"]), np.array(case["prob"], np.float32)
    if call["function"].startswith("elektronn3"):  # was given all images as one, because it refuses more
        target, scores = target.reshape(1, -1), np.moveaxis(scores, 1, 0).reshape(1, case["C"], -1)
    label = None if call["ignore"] == "none" else case["ignore"]
    given = {"num_classes": case["C"], "ignore_label": label, **call["arguments"], **options}
    return curve_score_like(call["function"], target, scores, **given).numpy()


def as_recorded(value: Any) -> Array:
    """A recorded value as float64, null being NaN."""
    return np.array(value, np.float64)


def cases_of(number: str) -> list[dict[str, Any]]:
    return [case for case in RECORDED["cases"] if number in case["values"]]


@pytest.mark.parametrize(
    "number", [number for number in CALLS if number not in UNSTABLE], ids=lambda n: CALLS[n]["function"]
)
def test_value_is_the_recorded_one(number: str) -> None:
    compared = 0
    for case in cases_of(number):
        value = case["values"][number]
        if isinstance(value, dict):
            with pytest.raises(InputError, match=CALLS[number]["function"]):
                recorded(number, case)
        else:
            np.testing.assert_allclose(recorded(number, case), as_recorded(value), rtol=5e-6, atol=5e-6)
        compared += 1
    assert compared >= 20


def test_every_recorded_call_is_listed() -> None:
    listed = {(made.function, made.arguments) for made in list_curve_presets(num_classes=3)}
    assert listed == {(call["function"], tuple(call["arguments"].items())) for call in CALLS.values()}


def test_presets_have_unique_keys_and_know_their_data() -> None:
    presets = list_curve_presets(num_classes=3, ignore_label=1)
    assert len({made.key for made in presets}) == len(presets) == len(CALLS)
    assert all(made.num_classes == 3 and made.ignore_label == 1 and made.takes == "scores" for made in presets)
    assert {made.is_scalar for made in presets if dict(made.arguments).get("average") == "macro"} == {True}
    assert {made.is_scalar for made in presets if made.library == "sklearn"} == {False}


def test_arguments_are_kept_as_hashable_values() -> None:
    name = "torchmetrics.multiclass_auroc"
    for thresholds in ([0.25, 0.5], np.array([0.25, 0.5]), torch.tensor([0.25, 0.5])):
        made = curve_preset(name, num_classes=2, thresholds=thresholds)
        assert made.arguments == (("thresholds", (0.25, 0.5)),)
        assert hash(made.arguments)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("sklearn.auc", {}, "unknown curve function 'sklearn.auc'; those that exist: elektronn3.auroc, .*"),
        ("sklearn.roc_auc_score", {"average": "macro"}, "has no argument 'average'; it has one_vs_rest"),
        ("sklearn.roc_auc_score", {"max_fpr": 0}, r"max_fpr must be None or a number in \(0, 1\]; got 0"),
        ("monai.compute_roc_auc", {"average": None}, "average must be 'macro' or 'weighted' or 'micro' or 'none'"),
        ("torchmetrics.multiclass_auroc", {"thresholds": 1}, "thresholds must be None, an integer from 2, or numbers"),
        ("torchmetrics.multiclass_auroc", {"thresholds": [2.0]}, r"or numbers in \[0, 1\]; got \[2.0\]"),
        ("torchmetrics.multiclass_auroc", {"thresholds": True}, "thresholds must be None"),
        ("torchmetrics.multiclass_auroc", {"thresholds": "many"}, "thresholds must be None"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(function: str, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        curve_preset(function, num_classes=3, **arguments)


def test_labels_instead_of_scores_are_refused() -> None:
    labels = np.array([[0, 1, 1]])
    with pytest.raises(InputError, match="a curve needs scores"):
        curve_score_like("sklearn.roc_auc_score", labels, labels, num_classes=2)


def test_a_score_that_is_no_number_is_refused_with_its_place() -> None:
    scores = np.full((1, 3, 4), 0.5, np.float32)
    scores[0, 2, 1] = np.nan
    for name in CURVE_FUNCTIONS:
        with pytest.raises(InputError, match=r"image 0, class 2 \(pixel 1\)"):
            curve_score_like(name, np.array([[0, 1, 2, 0]]), scores, num_classes=3)


def test_bytes_are_probabilities_times_255() -> None:
    target = np.array([[0, 1, 1, 0]])
    scores = np.array([[[255, 100, 0, 200], [0, 155, 255, 55]]], np.uint8)
    for name, arguments in (
        ("torchmetrics.multiclass_auroc", {"thresholds": 4}),
        ("sklearn.average_precision_score", {}),
    ):
        of_bytes = curve_score_like(name, target, scores, num_classes=2, **arguments)
        of_numbers = curve_score_like(name, target, scores / 255, num_classes=2, **arguments)
        assert torch.equal(of_bytes, of_numbers)


# Quirks: with them the value is the library's, without them the one that it should be.

SEPARATED = np.array([[[0.9, 0.8], [0.85, 0.1]]], np.float32)  # class 0 and class 1 of two pixels


def test_one_score_above_one_makes_torchmetrics_apply_softmax_to_all() -> None:
    target, name = np.array([[0, 1]]), "torchmetrics.multiclass_auroc"
    for shift, quirks, first_class in ((0, True, 1.0), (1, True, 0.0), (1, False, 1.0)):
        values = curve_score_like(name, target, SEPARATED + shift, num_classes=2, quirks=quirks, average="none")
        assert values[0] == first_class


def test_scores_of_ignored_pixels_do_not_make_logits_of_the_others() -> None:
    target = np.array([[0, 1, 255]])
    scores = np.append(SEPARATED, np.full((1, 2, 1), 7, np.float32), axis=2)
    values = curve_score_like(
        "torchmetrics.multiclass_auroc", target, scores, num_classes=2, ignore_label=255, average="none"
    )
    assert values[0] == 1


@pytest.mark.parametrize(("quirks", "macro"), [(True, 1 / 3), (False, 1.0)])
def test_absent_classes_count_in_torchmetrics_when_all_labels_are_zero(quirks: bool, macro: float) -> None:
    scores = np.array([[[0.7, 0.2], [0.2, 0.4], [0.1, 0.4]]], np.float32)
    name = "torchmetrics.multiclass_average_precision"
    assert curve_score_like(name, np.array([[0, 0]]), scores, num_classes=3, quirks=quirks) == pytest.approx(macro)
    assert curve_score_like(name, np.array([[1, 1]]), scores, num_classes=3, quirks=quirks) == 1


@pytest.mark.parametrize(("thresholds", "quirks", "macro"), [(None, True, 1.0), (5, True, 2 / 3), (5, False, 1.0)])
def test_absent_classes_count_in_torchmetrics_once_thresholds_are_given(
    thresholds: int | None, quirks: bool, macro: float
) -> None:
    scores = np.array([[[0.9, 0.1], [0.1, 0.9], [0.0, 0.0]]], np.float32)
    name, target = "torchmetrics.multiclass_average_precision", np.array([[0, 1]])
    value = curve_score_like(name, target, scores, num_classes=3, quirks=quirks, thresholds=thresholds)
    assert value == pytest.approx(macro)


def test_elektronn3_refuses_several_images_unless_they_are_one_after_ignoring() -> None:
    target, scores = np.array([[0, 1], [1, 255]]), np.array([[[0.9, 0.2], [0.1, 0.8]], [[0.3, 0.5], [0.7, 0.5]]])
    with pytest.raises(InputError, match=r"raises RuntimeError for 2 images.*pass one image, or quirks=False"):
        curve_score_like("elektronn3.auroc", np.array([[0, 1], [1, 0]]), scores, num_classes=2)
    whole = curve_score_like("elektronn3.auroc", np.array([[0, 1], [1, 0]]), scores, num_classes=2, quirks=False)
    dropped = curve_score_like("elektronn3.auroc", target, scores, num_classes=2, ignore_label=255)
    assert whole == dropped == 100
    assert curve_score_like("elektronn3.auroc", np.array([[0], [1]]), scores[:, :, :1], num_classes=2) == 100


def _extreme_areas(curve: Curve) -> tuple[float, float]:
    """Smallest and largest ROC area when points of equal false positive rate may stand in any order."""
    rates = curve.false_positive_rate.numpy()
    recalls = [curve.recall.numpy()[rates == rate] for rate in np.unique(rates)]
    steps = list(zip(np.diff(np.unique(rates)), pairwise(recalls), strict=True))
    least = sum(step * (left.min() + right.min()) / 2 for step, (left, right) in steps)
    most = sum(step * (left.max() + right.max()) / 2 for step, (left, right) in steps)
    return least, most


@pytest.mark.parametrize("number", UNSTABLE)
def test_lightning_auroc_is_the_area_of_points_in_some_order(number: str) -> None:
    stable = next(n for n, call in CALLS.items() if call["function"] == "pytorch_lightning.roc_then_trapezoid")
    wrong = 0
    for case in cases_of(number):
        value = case["values"][number]
        if isinstance(value, dict):
            with pytest.raises(InputError, match=r"pytorch_lightning\.auroc"):
                recorded(number, case)
            continue
        right = as_recorded(case["values"][stable])
        np.testing.assert_allclose(recorded(number, case, quirks=False), right, atol=5e-6)
        curves = roc_curve(
            np.array(case["target"]),
            np.array(case["prob"], np.float32),
            num_classes=case["C"],
            ignore_label=case["ignore"],
        )
        for curve, library, preset in zip(curves, value, recorded(number, case), strict=True):
            least, most = _extreme_areas(curve)
            assert least - 5e-6 <= library <= most + 5e-6
            assert least - 5e-6 <= preset <= most + 5e-6
        wrong += bool(np.abs(as_recorded(value) - right).max() > 5e-6)
    assert wrong > 0


def _coarse_average_precision(scores: Array, positive: Array) -> float:
    """MetricsReloaded's rule, pixel by pixel: its thresholds, then trapezoids from precision 1 at recall 0."""
    thresholds, seen, last = [0.0], 0, 0.0
    for score, pixels in zip(*np.unique(scores, return_counts=True), strict=True):
        if seen < scores.size / 1500:
            seen, last = seen + int(pixels), float(score)
        else:
            thresholds.append(last)
            seen = 0
    recalls, precisions = [0.0], [1.0]
    for threshold in sorted(thresholds, reverse=True):
        tp, predicted = (positive & (scores >= threshold)).sum(), (scores >= threshold).sum()
        recalls.append(tp / positive.sum())
        precisions.append(tp / predicted)
    return float(np.diff(recalls) @ (np.array(precisions[1:]) + precisions[:-1]) / 2)


def test_metrics_reloaded_takes_at_most_1500_thresholds() -> None:
    source = np.random.default_rng(3)
    for pixels, coarse in ((1499, False), (1500, True), (5000, True)):
        target = source.integers(0, 2, (1, pixels))
        ranks = (source.random(pixels) + 0.5 * target[0]).argsort().argsort()
        foreground = (ranks[None] + 1) / (pixels + 1)
        scores = np.stack([1 - foreground, foreground], axis=1)
        name = "MetricsReloaded.average_precision"
        with_quirk = curve_score_like(name, target, scores, num_classes=2)[1]
        exact = curve_score_like(name, target, scores, num_classes=2, quirks=False)[1]
        assert (with_quirk != exact) == coarse
        if coarse:
            assert with_quirk == pytest.approx(_coarse_average_precision(scores[0, 1], target[0] == 1), abs=1e-12)


# Disagreement: the same scores under every choice.


def one_class(labels: Array, scores: Array, **options: Any) -> dict[str, float]:
    """Values of class 1 by the names of the rows, where a name occurs once."""
    target, foreground = np.atleast_2d(labels), np.atleast_2d(scores)
    rows = compare_curves(target, np.stack([1 - foreground, foreground], 1), num_classes=2, **options)
    return {row.name: row.values[1] for row in rows}


def rows_of(rows: tuple[CurveRow, ...], topic: str) -> dict[str, CurveRow]:
    chosen = {row.name: row for row in rows if topic in row.topic}
    assert chosen
    return chosen


FALLING = np.arange(10, 0, -1) / 10


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 1, 1, 0, 1, 0, 0, 1, 0, 0], [0.566667, 0.461905, 0.480244, 0.609091, 0.608911, 0.608333]),
        ([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], [0.722222, 0.677778, 0.682523, 0.727273, 0.722772, 0.722222]),
    ],
)
def test_six_average_precisions_of_the_same_ten_pixels(labels: list[int], expected: list[float]) -> None:
    values = one_class(np.array(labels), FALLING)
    names = ("steps", "trapezoids", "200 thresholds", "11 recalls", "101 recalls", "best at each recall")
    assert [values[name] for name in names] == pytest.approx([*expected[:2], values[names[2]], *expected[3:]], abs=1e-6)
    rows = compare_curves(np.array([labels]), np.stack([1 - FALLING, FALLING])[None], num_classes=2)
    keras = rows_of(rows, "How is precision averaged")["200 thresholds"]
    assert keras.values[1] == pytest.approx(expected[2], abs=1e-6)
    assert keras.libraries == ('keras.AUC(curve="PR")',)


def test_constant_score_at_one_per_cent_prevalence() -> None:
    labels = np.zeros(10000, int)
    labels[:100] = 1
    rows = compare_curves(labels[None], np.full((1, 2, 10000), 0.5), num_classes=2)
    sums = rows_of(rows, "How is precision averaged")
    assert [sums[name].values[1] for name in ("steps", "trapezoids", "200 thresholds")] == pytest.approx(
        [0.01, 0.505, 0.01]
    )
    assert rows_of(rows, "of the AUROC")["every score"].values == (0.5, 0.5)


def test_absent_class_is_worst_guessing_undefined_or_left_out() -> None:
    scores = np.array([[[0.9, 0.1], [0.1, 0.9], [0.0, 0.0]]])
    rows = compare_curves(np.array([[0, 1]]), scores, num_classes=3)
    auroc = rows_of(rows, "AUROC of a class")
    assert auroc["0"].values == (1, 1, 0)
    assert auroc["0"].mean == pytest.approx(2 / 3)
    assert auroc["0.5"].mean == pytest.approx(5 / 6)
    assert auroc["left out"].mean == 1
    assert math.isnan(auroc["undefined"].mean)
    assert math.isnan(auroc["refused"].mean)
    average_precision = rows_of(rows, "average precision of an absent class")
    assert average_precision["0"].mean == pytest.approx(2 / 3)
    assert average_precision["left out"].mean == 1
    assert math.isnan(average_precision["undefined"].mean)


def test_monai_alone_has_no_average_precision_where_all_is_one_class() -> None:
    rows = compare_curves(np.ones((1, 16), int), np.full((1, 2, 16), 0.5), num_classes=2)
    average_precision = rows_of(rows, "average precision of an absent class")
    assert average_precision["left out"].values[1] == 1
    assert math.isnan(average_precision["undefined"].values[1])


def test_ties_at_the_threshold() -> None:
    labels = np.repeat([1, 1, 0, 0], [30, 20, 10, 40])
    values = one_class(labels, np.repeat([0.9, 0.5, 0.5, 0.1], [30, 20, 10, 40]))
    assert values["no (>)"] == pytest.approx(0.75)
    assert values["yes (>=)"] == pytest.approx(0.909091, abs=1e-6)


def test_scores_taken_for_logits_move_the_threshold_to_their_logit() -> None:
    labels, scores = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.9])
    values = one_class(labels, scores)
    assert values["as given"] == 1
    assert values["guessed to be logits"] == pytest.approx(2 / 5)
    assert one_class(labels, scores, threshold=1 / (1 + math.exp(-0.25)))["guessed to be logits"] == pytest.approx(
        2 / 3
    )


def test_a_rare_class_vanishes_between_thresholds() -> None:
    scores = np.concatenate([np.linspace(0.004, 0.009, 100), np.linspace(0, 0.005, 9900)])
    labels = np.repeat([1, 0], [100, 9900])
    rows = compare_curves(labels[None], np.stack([1 - scores, scores])[None], num_classes=2)
    auroc, average_precision = rows_of(rows, "of the AUROC"), rows_of(rows, "curve of the average precision")
    assert auroc["every score"].values[1] > 0.95
    assert average_precision["every score"].values[1] > 0.5
    assert auroc["50 thresholds"].values[1] == 0.5
    assert average_precision["50 thresholds"].values[1] == pytest.approx(0.01)


def test_end_points_of_the_curves() -> None:
    rows = compare_curves(np.array([[0, 1, 0, 0]]), np.array([[[3.0, 2, 1, 0], [0, 1, 2, 3]]]), num_classes=2)
    first = rows_of(rows, "first threshold")
    assert [first[name].values[1] for name in ("infinity", "1", "largest score + 1")] == [math.inf, 1, 4]
    points = rows_of(rows, "How many points")
    assert points["all scores"].values[1] == 5
    assert points["up to full recall"].values[1] == 4


def test_rows_say_who_and_what() -> None:
    rows = compare_curves(np.array([[0, 1]]), SEPARATED, num_classes=2)
    assert all(row.topic and row.name and row.sentence.endswith(".") for row in rows)
    assert len({(row.topic, row.name) for row in rows}) == len(rows)


def _assert_same_rows(one: tuple[CurveRow, ...], other: tuple[CurveRow, ...], tolerance: float) -> None:
    for left, right in zip(one, other, strict=True):
        assert (left.topic, left.name, left.libraries) == (right.topic, right.name, right.libraries)
        if "How many points" not in left.topic or not tolerance:
            np.testing.assert_allclose((*left.values, left.mean), (*right.values, right.mean), atol=tolerance or 1e-12)


@pytest.mark.parametrize("dtype", ["uint8", "float16"])
def test_rows_from_an_exact_histogram_are_those_from_pixels(dtype: str) -> None:
    source = np.random.default_rng(5)
    target = np.where(source.random((2, 30)) < 0.2, 255, source.integers(0, 2, (2, 30)))
    scores = source.integers(0, 256, (2, 3, 30)) if dtype == "uint8" else source.random((2, 3, 30))
    scores = scores.astype(dtype)
    statistics = count(target, scores, num_classes=3, ignore_label=255, histogram="per_image")
    assert statistics.histogram is not None
    from_pixels = compare_curves(target, scores, num_classes=3, ignore_label=255)
    _assert_same_rows(compare_curves_from_histogram(statistics.histogram), from_pixels, 0)


def test_rows_from_fine_bins_are_close_and_follow_an_ignored_class() -> None:
    source = np.random.default_rng(6)
    target = source.integers(0, 3, (1, 4000))
    scores = (
        source.random((1, 3, 4000)) * 0.5 + 0.5 * (target[:, None] == np.arange(3)[None, :, None]) * source.random()
    )
    bins = Bins(kind="uniform", count=2**16)
    statistics = count(target, scores, num_classes=3, histogram="pooled", bins=bins)
    assert statistics.histogram is not None
    from_pixels = compare_curves(target, scores, num_classes=3, ignore_label=2)
    _assert_same_rows(compare_curves_from_histogram(statistics.histogram, ignored_classes=(2,)), from_pixels, 1e-3)


def test_nothing_but_void_leaves_every_area_undefined() -> None:
    rows = compare_curves(np.full((1, 4), 255), np.full((1, 2, 4), 0.5), num_classes=2, ignore_label=255)
    for name in ("steps", "trapezoids", "11 recalls", "200 thresholds"):
        assert all(math.isnan(value) for value in rows_of(rows, "How is precision averaged")[name].values)
    assert math.isnan(rows_of(rows, "AUROC of a class")["left out"].mean)
