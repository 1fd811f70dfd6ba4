"""Curve presets: areas under curves as libraries compute them, defects included unless asked otherwise."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from metrics_core.curves import Curve, roc_curve
from metrics_core.inputs import InputError
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS, curve_preset, curve_score_like, list_curve_presets
from tests.recorded import as_array, ignored_label, recorded

Array = NDArray[Any]
RECORDED = recorded()
CALLS = {number: call for number, call in RECORDED["calls"].items() if call["takes"] == "scores"}
UNSTABLE = [number for number, call in CALLS.items() if call["bug"]]


def returned(number: str, case: dict[str, Any], **options: bool) -> Array:
    """What curve_score_like returns for a recorded call on a recorded case."""
    call = CALLS[number]
    target, scores = np.array(case["target"]), np.array(case["prob"], np.float32)
    if call["function"].startswith("elektronn3"):  # was given all images as one, because it refuses more
        target, scores = target.reshape(1, -1), np.moveaxis(scores, 1, 0).reshape(1, case["C"], -1)
    given = {"num_classes": case["C"], "ignore_label": ignored_label(call, case), **call["arguments"], **options}
    return curve_score_like(call["function"], target, scores, **given).numpy()


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
                returned(number, case)
        else:
            np.testing.assert_allclose(returned(number, case), as_array(value), rtol=5e-6, atol=5e-6)
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


@pytest.mark.parametrize("library", ["torchmetrics", "torcheval"])
def test_libraries_that_want_two_classes_are_not_given_one(library: str) -> None:
    with pytest.raises(ValueError, match=rf"{library}.multiclass_auroc takes num_classes of at least 2; got 1"):
        curve_preset(f"{library}.multiclass_auroc", num_classes=1)


def test_monai_gives_the_area_of_one_class_as_a_number() -> None:
    assert curve_preset("monai.compute_roc_auc", num_classes=1, average="none").is_scalar
    target, scores = np.zeros((1, 4), int), np.full((1, 1, 4), 0.5)
    assert curve_score_like("monai.compute_roc_auc", target, scores, num_classes=1, average="none").isnan()


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
                returned(number, case)
            continue
        right = as_array(case["values"][stable])
        np.testing.assert_allclose(returned(number, case, quirks=False), right, atol=5e-6)
        curves = roc_curve(
            np.array(case["target"]),
            np.array(case["prob"], np.float32),
            num_classes=case["C"],
            ignore_label=case["ignore"],
        )
        for curve, library, preset in zip(curves, value, returned(number, case), strict=True):
            least, most = _extreme_areas(curve)
            assert least - 5e-6 <= library <= most + 5e-6
            assert least - 5e-6 <= preset <= most + 5e-6
        wrong += bool(np.abs(as_array(value) - right).max() > 5e-6)
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
