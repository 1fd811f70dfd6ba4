"""Exact curves and areas, curves from histograms, and the bounds on what binning leaves unknown."""

import math
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from metrics_core.bins import BYTE_BINS, HALF_BINS, Bins, Histogram, Images, Tie, threshold_counts
from metrics_core.curves import (
    Curve,
    CurveAreas,
    Interpolation,
    area_under_precision_recall,
    area_under_roc,
    areas_from_histogram,
    auroc,
    average_precision,
    curve_areas,
    curves_from_histogram,
    formula_against_threshold,
    operating_point,
    precision_recall_curve,
    roc_curve,
    thin,
)
from metrics_core.curves.thinning import Shape
from metrics_core.inputs import InputError
from metrics_core.kernels.curves import Ranker
from metrics_core.kernels.histogram import score_histogram

NAN = math.nan
VOID = 255
FALLING = np.arange(10, 0, -1) / 10


def binary_area(labels: list[int], scores: Any, interpolation: Interpolation = "step") -> float:
    target = np.array(labels)
    return float(average_precision(target, np.asarray(scores), num_classes=2, interpolation=interpolation))


def binary_auroc(labels: list[int], scores: Any) -> float:
    return float(auroc(np.array(labels), np.asarray(scores), num_classes=2))


# By hand


def test_two_pairs_of_four_in_order() -> None:
    # positives .9 .3, negatives .5 .3: above, above, below, tied
    areas = curve_areas(np.array([1, 0, 1, 0]), np.array([0.9, 0.5, 0.3, 0.3]), num_classes=2)
    assert areas.auroc.tolist() == [(1 + 1 + 0 + 0.5) / 4]
    assert areas.average_precision.tolist() == [(1 / 1 + 2 / 4) / 2]
    assert (areas.positives.tolist(), areas.negatives.tolist(), areas.class_indices) == ([2], [2], (1,))
    assert areas.auroc.dtype == torch.float64


def test_points_of_a_roc_curve() -> None:
    (curve,) = roc_curve(np.array([1, 0, 1, 0]), np.array([0.9, 0.5, 0.3, 0.3]), num_classes=2)
    assert curve.thresholds.tolist() == [math.inf, 0.9, 0.5, 0.3]
    assert curve.tp.tolist() == [0, 1, 1, 2]
    assert curve.fp.tolist() == [0, 0, 1, 2]
    assert curve.fn.tolist() == [2, 1, 1, 0]
    assert curve.tn.tolist() == [2, 2, 1, 0]
    assert curve.true_positive_rate.tolist() == [0, 0.5, 0.5, 1]
    assert curve.false_positive_rate.tolist() == [0, 0, 0.5, 1]
    assert curve.precision.tolist() == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize(
    ("interpolation", "first", "second"),
    [
        ("step", 0.566667, 0.722222),
        ("trapezoid", 0.461905, 0.677778),
        ("davis_goadrich", 0.480244, 0.682523),
        ("eleven_point", 0.609091, 0.727273),
        ("hundred_one_point", 0.608911, 0.722772),
        ("all_point", 0.608333, 0.722222),
    ],
)
def test_one_ranking_has_six_average_precisions(interpolation: Interpolation, first: float, second: float) -> None:
    assert binary_area([0, 1, 1, 0, 1, 0, 0, 1, 0, 0], FALLING, interpolation) == pytest.approx(first, abs=5e-7)
    assert binary_area([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], FALLING, interpolation) == pytest.approx(second, abs=5e-7)


def test_that_ranking_has_one_area_under_the_roc_curve() -> None:
    assert binary_auroc([0, 1, 1, 0, 1, 0, 0, 1, 0, 0], FALLING) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("interpolation", "area"),
    [
        ("step", 0.01),
        ("davis_goadrich", 0.01),
        ("trapezoid", 0.505),
        ("eleven_point", 0.01),
        ("eleven_point_anchored", 0.1),
    ],
)
def test_a_constant_score_at_one_per_cent_prevalence(interpolation: Interpolation, area: float) -> None:
    labels = [1] * 100 + [0] * 9900
    assert binary_area(labels, np.full(10_000, 0.5), interpolation) == pytest.approx(area, abs=1e-12)
    assert binary_auroc(labels, np.full(10_000, 0.5)) == 0.5


@pytest.mark.parametrize(("ratio", "area"), [(1, 0.959606), (10, 0.812368), (100, 0.597197)])
def test_more_negatives_lower_average_precision_but_not_auroc(ratio: int, area: float) -> None:
    scores = [0.9, 0.7, 0.5, 0.3, 0.1]
    positives = np.repeat(scores, [500, 300, 100, 100, 0])
    negatives = np.repeat(scores, np.array([0, 20, 80, 200, 700]) * ratio)
    labels = [1] * len(positives) + [0] * len(negatives)
    both = np.concatenate([positives, negatives])
    assert binary_area(labels, both) == pytest.approx(area, abs=5e-7)
    assert binary_auroc(labels, both) == pytest.approx(0.971)


def test_sigmoid_makes_ties_and_lowers_the_area() -> None:
    labels = [1] * 100 + [0] * 100
    logits = np.concatenate([np.linspace(17, 30, 100), np.linspace(10, 17, 100)]).astype(np.float32)
    saturated = 1 / (1 + np.exp(-logits))
    assert binary_auroc(labels, logits) == pytest.approx(0.99995)
    assert binary_auroc(labels, saturated) == pytest.approx(0.97)
    assert binary_auroc(labels, saturated.astype(np.float16)) == 0.5


@pytest.mark.parametrize(("first", "threshold"), [("inf", math.inf), ("one", 1.0), ("max_plus_one", 4.0)])
def test_first_threshold(first: Any, threshold: float) -> None:
    target, scores = np.array([0, 1, 0, 0]), np.array([0.0, 1.0, 2.0, 3.0])
    (curve,) = roc_curve(target, scores, num_classes=2, first_threshold=first)
    assert curve.thresholds.tolist() == [threshold, 3, 2, 1, 0]
    assert binary_auroc([0, 1, 0, 0], scores) == pytest.approx(1 / 3)


def test_precision_recall_curve_can_stop_at_full_recall() -> None:
    target, scores = np.array([0, 1, 0, 0]), np.array([0.0, 1.0, 2.0, 3.0])
    (whole,) = precision_recall_curve(target, scores, num_classes=2)
    (cut,) = precision_recall_curve(target, scores, num_classes=2, end="full_recall")
    assert whole.precision.tolist() == [1, 0, 0, 1 / 3, 1 / 4]
    assert cut.precision.tolist() == [1, 0, 0, 1 / 3]
    assert area_under_roc(cut) == area_under_roc(whole) == 1 / 3
    assert area_under_precision_recall(cut) == area_under_precision_recall(whole) == 1 / 3


# Undefined areas


def test_only_negatives() -> None:
    areas = curve_areas(np.zeros(16, np.int64), FALLING[:1].repeat(16), num_classes=2)
    assert areas.auroc.isnan().all()
    assert areas.average_precision.isnan().all()
    (curve,) = roc_curve(np.zeros(16, np.int64), FALLING[:1].repeat(16), num_classes=2)
    assert curve.undefined == "no positive pixel"
    assert curve.true_positive_rate.isnan().all()
    assert curve.false_positive_rate.tolist() == [0, 1]


def test_only_positives() -> None:
    target, scores = np.ones(16, np.int64), np.linspace(0, 1, 16)
    assert auroc(target, scores, num_classes=2).isnan().all()
    assert average_precision(target, scores, num_classes=2).tolist() == [1.0]
    assert average_precision(target, scores, num_classes=2, without_negatives=NAN).isnan().all()
    assert roc_curve(target, scores, num_classes=2)[0].undefined == "no negative pixel"


def test_no_pixel_at_all() -> None:
    target, scores = np.full(4, VOID), np.linspace(0, 1, 4)
    areas = curve_areas(target, scores, num_classes=2, ignore_label=VOID)
    (curve,) = roc_curve(target, scores, num_classes=2, ignore_label=VOID)
    assert areas.auroc.isnan().all()
    assert areas.average_precision.isnan().all()
    assert (curve.undefined, curve.thresholds.tolist()) == ("no pixel", [math.inf])


@pytest.mark.parametrize("value", [NAN, 0.0, 0.5])
def test_an_undefined_area_gets_the_value_asked_for(value: float) -> None:
    target, scores = np.zeros(4, np.int64), np.linspace(0, 1, 4)
    got = auroc(target, scores, num_classes=2, undefined_value=value)
    assert np.array_equal(got.numpy(), [value], equal_nan=True)


def absent_third_class() -> tuple[NDArray[Any], NDArray[Any]]:
    return np.array([0, 0, 1, 1]), np.array([[0.8, 0.7, 0.2, 0.1], [0.1, 0.2, 0.7, 0.8], [0.1, 0.1, 0.1, 0.1]])


def test_an_absent_class_leaves_the_mean_or_decides_it() -> None:
    target, scores = absent_third_class()
    assert auroc(target, scores, num_classes=3).isnan().tolist() == [False, False, True]
    assert auroc(target, scores, num_classes=3, average="macro") == 1.0
    assert auroc(target, scores, num_classes=3, average="macro", undefined="propagate").isnan()
    assert float(auroc(target, scores, num_classes=3, average="macro", undefined_value=0.0)) == pytest.approx(2 / 3)
    assert average_precision(target, scores, num_classes=3, average="macro") == 1.0


def test_weighted_average_weighs_by_positives() -> None:
    target = np.array([0, 0, 0, 1, 0, 1])
    scores = np.array([[0.9, 0.8, 0.7, 0.75, 0.1, 0.2], [0.5, 0.4, 0.3, 0.6, 0.2, 0.1]])
    values = auroc(target, scores, num_classes=2)
    weighted = auroc(target, scores, num_classes=2, average="weighted")
    assert float(weighted) == pytest.approx(float((4 * values[0] + 2 * values[1]) / 6))


def test_the_average_of_nothing_is_undefined() -> None:
    target, scores = np.full(4, VOID), np.zeros((2, 4))
    for average in ("macro", "weighted"):
        assert auroc(target, scores, num_classes=2, ignore_label=VOID, average=average).isnan()


# Agreement with scikit-learn

DTYPES = ["uint8", "float16", "float32", "float64"]


def scores_of(kind: str, shape: tuple[int, ...], dtype: str, seed: int = 0) -> NDArray[Any]:
    """Scores of a kind in the range of the dtype."""
    normal = np.random.default_rng(seed).standard_normal(shape)
    values = {
        "probabilities": 1 / (1 + np.exp(-normal)),
        "saturated": 1 / (1 + np.exp(-40 * normal)),
        "logits": 10 * normal,
        "ties": np.round(normal),
        "one_bucket": 0.75 + 1e-4 * normal,
    }[kind]
    return np.clip(values * 255, 0, 255).astype(dtype) if dtype == "uint8" else values.astype(dtype)


def agree(target: NDArray[Any], scores: NDArray[Any], num_classes: int, ignore_label: int | None) -> None:
    """Curves and areas of every class equal scikit-learn's to 1e-12 wherever it defines them."""
    arguments: dict[str, Any] = {"num_classes": num_classes, "ignore_label": ignore_label}
    areas = curve_areas(target, scores, **arguments)
    rocs, curves = roc_curve(target, scores, **arguments), precision_recall_curve(target, scores, **arguments)
    valid = target != VOID
    for c in range(num_classes):
        labels = (target == c)[valid]
        values = scores[:, c][valid] / 255 if scores.dtype == np.uint8 else scores[:, c][valid].astype(np.float64)
        if not labels.any():
            assert areas.average_precision[c].isnan()
            continue
        assert float(areas.average_precision[c]) == pytest.approx(
            sklearn.average_precision_score(labels, values), abs=1e-12
        )
        precision, recall, thresholds = sklearn.precision_recall_curve(labels, values)
        assert np.array_equal(curves[c].thresholds.numpy()[:0:-1], thresholds)
        np.testing.assert_allclose(curves[c].precision.numpy()[::-1], precision, rtol=0, atol=1e-12)
        np.testing.assert_allclose(curves[c].recall.numpy()[::-1], recall, rtol=0, atol=1e-12)
        if labels.all():
            assert areas.auroc[c].isnan()
            continue
        assert float(areas.auroc[c]) == pytest.approx(sklearn.roc_auc_score(labels, values), abs=1e-12)
        fpr, tpr, thresholds = sklearn.roc_curve(labels, values, drop_intermediate=False)
        assert np.array_equal(rocs[c].thresholds.numpy(), thresholds)
        np.testing.assert_allclose(rocs[c].false_positive_rate.numpy(), fpr, rtol=0, atol=1e-12)
        np.testing.assert_allclose(rocs[c].true_positive_rate.numpy(), tpr, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["probabilities", "saturated", "logits", "ties", "one_bucket"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_agreement_with_scikit_learn(kind: str, dtype: str) -> None:
    target = np.random.default_rng(1).choice([0, 0, 1, 2, VOID], (3, 700))
    scores = scores_of(kind, (3, 4, 700), dtype)  # class 3 is absent
    agree(target, scores, 4, VOID)


@pytest.mark.parametrize("kind", ["probabilities", "logits", "ties", "one_bucket"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_agreement_with_scikit_learn_on_many_pixels(kind: str, dtype: str) -> None:
    target = np.random.default_rng(1).choice([0, 0, 0, 1, VOID], (2, 170_000))
    agree(target, scores_of(kind, (2, 2, 170_000), dtype), 2, VOID)


@given(
    labels=st.lists(st.integers(0, 1), min_size=1, max_size=40),
    data=st.data(),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
)
def test_agreement_with_scikit_learn_on_any_floats(labels: list[int], data: st.DataObject, dtype: str) -> None:
    width: Any = {"float16": 16, "float32": 32, "float64": 64}[dtype]
    floats = st.floats(width=width, allow_nan=False, allow_infinity=False)
    values = data.draw(st.lists(st.sampled_from([0.0, -0.0, 1.0]) | floats, min_size=len(labels), max_size=len(labels)))
    target, scores = np.array([labels]), np.array([[values, values]], dtype)
    with warnings.catch_warnings():
        # scikit-learn's own arithmetic on thresholds overflows at the ends of float64.
        warnings.simplefilter("ignore", RuntimeWarning)
        agree(target, scores, 2, None)


def test_threads_change_nothing() -> None:
    target = np.random.default_rng(1).integers(0, 3, (5, 3000))
    scores = scores_of("probabilities", (5, 3, 3000), "float32")
    one, many = (Ranker(target, scores, num_classes=3, ignore_label=None, workers=workers) for workers in (1, 7))
    for c, (alone, shared) in enumerate(zip(one.areas(range(3)), many.areas(range(3)), strict=True)):
        assert alone == pytest.approx(shared, rel=1e-14)
        assert all(np.array_equal(a, b) for a, b in zip(one.points(c, c), many.points(c, c), strict=True))


def test_a_bucket_of_more_pixels_than_values_is_counted() -> None:
    random = np.random.default_rng(0)
    scores = (0.75 + random.integers(0, 2**18, (1, 1, 300_000)) / 2**24).astype(np.float32)
    target = random.integers(0, 2, (1, 300_000))
    value = float(auroc(target, scores, num_classes=2))
    assert value == pytest.approx(sklearn.roc_auc_score(target[0], scores[0, 0]), abs=1e-12)


def test_areas_take_at_most_six_bytes_a_pixel() -> None:
    pixels = 1_000_000
    target = np.random.default_rng(0).integers(0, 2, (1, pixels))
    scores = np.random.default_rng(1).random((1, 2, pixels), np.float32)
    curve_areas(target[:, :1000], scores[:, :, :1000], num_classes=2)
    tracemalloc.start()
    curve_areas(target, scores, num_classes=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * pixels + 4_000_000  # the tables of buckets do not grow


# What may be passed


def test_binary_scores_rank_class_1() -> None:
    target = np.random.default_rng(0).integers(0, 2, (2, 4, 5))
    scores = np.random.default_rng(1).random((2, 4, 5)).astype(np.float32)
    both = auroc(target, np.stack([1 - scores, scores], 1), num_classes=2)
    assert auroc(target, scores, num_classes=2).tolist() == [both[1].item()]
    assert auroc(target, scores[:, None], num_classes=2).tolist() == [both[1].item()]
    assert [curve.class_index for curve in roc_curve(target, scores, num_classes=2)] == [1]


def test_torch_and_numpy_lists_and_bfloat16() -> None:
    target, scores = [1, 0, 1, 0], [0.75, 0.5, 0.25, 0.125]
    wanted = auroc(np.array(target), np.array(scores), num_classes=2)
    assert torch.equal(auroc(target, scores, num_classes=2), wanted)
    tensor = torch.tensor(scores, requires_grad=True)
    assert torch.equal(auroc(torch.tensor(target), tensor, num_classes=2), wanted)
    assert torch.equal(auroc(torch.tensor(target), tensor.to(torch.bfloat16), num_classes=2), wanted)


def test_channels_last_in_memory_changes_nothing() -> None:
    target = np.random.default_rng(0).integers(0, 3, (2, 8, 9))
    scores = torch.rand((2, 8, 9, 3), generator=torch.Generator().manual_seed(0)).permute(0, 3, 1, 2)
    assert torch.equal(
        auroc(target, scores.numpy(), num_classes=3), auroc(target, scores.contiguous().numpy(), num_classes=3)
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_scores_that_are_not_finite_are_refused(value: float, dtype: str) -> None:
    scores = np.full((2, 3, 4, 5), 0.5, dtype)
    scores[1, 2, 3, 4] = value
    with pytest.raises(
        ValueError, match=r"at image 1, class 2 \(row 3, column 4\); expected (numbers|finite scores), on void"
    ):
        auroc(np.zeros((2, 4, 5), np.int64), scores, num_classes=3)


def test_a_bad_score_of_a_binary_problem_belongs_to_class_1() -> None:
    with pytest.raises(InputError, match=r"image 0, class 1 \(pixel 1\)"):
        auroc(np.array([0, 1]), np.array([0.5, math.nan]), num_classes=2)


def test_a_void_pixel_needs_a_score_too() -> None:
    for value, wanted in ((math.nan, "numbers, on void pixels too; replace NaN"), (math.inf, "finite scores, on void")):
        with pytest.raises(InputError, match=wanted):
            auroc(np.array([0, 1, VOID]), np.array([0.5, 0.7, value]), num_classes=2, ignore_label=VOID)


def test_a_label_outside_the_classes_is_refused() -> None:
    with pytest.raises(InputError, match="target has label 7 at image 0"):
        auroc(np.array([0, 7]), np.array([0.5, 0.25]), num_classes=2)


def test_a_void_label_of_any_integer_type_and_none_of_another() -> None:
    target, scores = [[0, 1, 255]], [[0.2, 0.7, 0.4]]
    for label in (np.uint8(255), torch.tensor(255)):
        assert auroc(target, scores, num_classes=2, ignore_label=label).tolist() == [1]  # pyright: ignore
    with pytest.raises(InputError, match=r"ignore_label must be an integer; got 255\.0"):
        auroc(target, scores, num_classes=2, ignore_label=255.0)  # pyright: ignore


def test_labels_in_place_of_scores_are_refused() -> None:
    with pytest.raises(InputError, match="before argmax"):
        roc_curve(np.array([0, 1, 2]), np.array([0, 1, 2]), num_classes=3)


# Laws

rankings = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=2, max_size=60)


def columns(ranking: list[tuple[int, int]]) -> tuple[NDArray[Any], NDArray[Any]]:
    labels, values = np.array(ranking).T
    return labels, values / 16


@given(ranking=rankings)
def test_areas_follow_the_order_of_scores_only(ranking: list[tuple[int, int]]) -> None:
    target, scores = columns(ranking)
    plain = curve_areas(target, scores, num_classes=2)
    for moved in (scores * 8 - 3, np.exp(3 * scores), scores**3, scores.astype(np.float32), scores.astype(np.float16)):
        other = curve_areas(target, moved, num_classes=2)
        assert torch.allclose(plain.auroc, other.auroc, rtol=0, atol=0, equal_nan=True)
        assert torch.allclose(plain.average_precision, other.average_precision, rtol=0, atol=1e-15, equal_nan=True)


@given(ranking=rankings)
def test_negated_scores_turn_the_roc_curve_over(ranking: list[tuple[int, int]]) -> None:
    target, scores = columns(ranking)
    mirrored = 1 - auroc(target, -scores, num_classes=2)
    assert torch.allclose(auroc(target, scores, num_classes=2), mirrored, rtol=0, atol=1e-15, equal_nan=True)


@given(ranking=rankings)
def test_swapping_the_classes_of_a_softmax_changes_no_auroc(ranking: list[tuple[int, int]]) -> None:
    target, scores = columns(ranking)
    both = auroc(target, np.stack([1 - scores, scores]), num_classes=2)
    assert np.array_equal(both[:1].numpy(), both[1:].numpy(), equal_nan=True)


@given(labels=st.lists(st.integers(0, 1), min_size=1, max_size=60), value=st.floats(-5, 5))
def test_a_constant_score_has_its_prevalence_as_average_precision(labels: list[int], value: float) -> None:
    area = binary_area(labels, np.full(len(labels), value))
    assert area == pytest.approx(np.mean(labels)) or (not any(labels) and math.isnan(area))


@given(ranking=rankings, seed=st.integers(0, 9))
def test_order_of_pixels_and_void_pixels_change_nothing(ranking: list[tuple[int, int]], seed: int) -> None:
    target, scores = columns(ranking)
    order = np.random.default_rng(seed).permutation(len(target) + 3)
    shuffled = np.append(target, [VOID] * 3)[order], np.append(scores, [0.0, 0.5, 9.0])[order]
    plain, moved = (curve_areas(*pixels, num_classes=2, ignore_label=VOID) for pixels in ((target, scores), shuffled))
    assert torch.equal(plain.auroc.nan_to_num(-1), moved.auroc.nan_to_num(-1))
    assert torch.equal(plain.average_precision.nan_to_num(-1), moved.average_precision.nan_to_num(-1))


@given(ranking=rankings)
def test_areas_of_a_curve_equal_areas_of_the_pixels(ranking: list[tuple[int, int]]) -> None:
    target, scores = columns(ranking)
    areas = curve_areas(target, scores, num_classes=2)
    (curve,) = roc_curve(target, scores, num_classes=2)
    assert np.array_equal([area_under_roc(curve)], areas.auroc.numpy(), equal_nan=True)
    step = [area_under_precision_recall(curve)]
    np.testing.assert_allclose(step, areas.average_precision.numpy(), rtol=0, atol=1e-15, equal_nan=True)


@given(ranking=rankings)
def test_interpolations_keep_their_order(ranking: list[tuple[int, int]]) -> None:
    target, scores = columns(ranking)
    (curve,) = precision_recall_curve(target, scores, num_classes=2)
    if not curve.positives:
        return
    step, all_point = (area_under_precision_recall(curve, kind) for kind in ("step", "all_point"))
    plain, anchored = (area_under_precision_recall(curve, k) for k in ("eleven_point", "eleven_point_anchored"))
    between, straight = (area_under_precision_recall(curve, kind) for kind in ("davis_goadrich", "trapezoid"))
    assert step <= between + 1e-12 or (curve.precision[1:].diff() > 0).any()
    assert step <= all_point + 1e-12
    assert plain <= anchored + 1e-12
    assert all(0 <= area <= 1 + 1e-12 for area in (step, all_point, plain, anchored, between, straight))


# From histograms


def histogram_of(target: NDArray[Any], scores: NDArray[Any], bins: Bins, images: Images = "pooled") -> Histogram:
    return score_histogram(target, scores, num_classes=scores.shape[1], ignore_label=VOID, bins=bins, images=images)


def same_curve(one: Curve, other: Curve) -> bool:
    pairs = ((one.thresholds, other.thresholds), (one.tp, other.tp), (one.fp, other.fp))
    return one.class_index == other.class_index and all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize(("dtype", "bins"), [("uint8", BYTE_BINS), ("float16", HALF_BINS)])
def test_exact_bins_give_the_exact_curves(dtype: str, bins: Bins) -> None:
    target = np.random.default_rng(1).choice([0, 1, 2, VOID], (3, 700))
    scores = scores_of("probabilities", (3, 3, 700), dtype)
    exact = roc_curve(target, scores, num_classes=3, ignore_label=VOID)
    binned = curves_from_histogram(histogram_of(target, scores, bins))
    assert all(same_curve(a, b) for a, b in zip(exact, binned, strict=True))
    areas = areas_from_histogram(histogram_of(target, scores, bins))
    pixels = curve_areas(target, scores, num_classes=3, ignore_label=VOID)
    for name in ("auroc", "average_precision", "auroc_bounds", "average_precision_bounds", "positives", "negatives"):
        assert torch.equal(getattr(areas, name), getattr(pixels, name)), name


@pytest.mark.parametrize("ignored", [(), (1,), (0, 2)])
@pytest.mark.parametrize("images", [None, [2, 0]])
def test_ignored_classes_and_chosen_images_equal_filtered_pixels(
    ignored: tuple[int, ...], images: list[int] | None
) -> None:
    target = np.random.default_rng(1).choice([0, 1, 2, VOID], (3, 300))
    scores = scores_of("probabilities", (3, 3, 300), "uint8")
    histogram = histogram_of(target, scores, BYTE_BINS, "per_image")
    chosen = [0, 1, 2] if images is None else images
    filtered = np.where(np.isin(target, ignored), VOID, target)[chosen]
    exact = roc_curve(filtered, scores[chosen], num_classes=3, ignore_label=VOID)
    binned = curves_from_histogram(histogram, ignored_classes=ignored, images=images)
    assert all(same_curve(a, b) for a, b in zip(exact, binned, strict=True))


def inside(exact: CurveAreas, binned: CurveAreas) -> bool:
    """Whether the exact areas, and the binned ones, lie within the bounds; equality within rounding."""
    pairs = ((exact.auroc, binned.auroc, binned.auroc_bounds),)
    pairs += ((exact.average_precision, binned.average_precision, binned.average_precision_bounds),)
    return all(
        bool(((low - 1e-14 <= value) & (value <= high + 1e-14) | value.isnan() & low.isnan()).all())
        for wanted, got, bounds in pairs
        for value in (wanted, got)
        for low, high in [bounds.unbind(1)]
    )


@given(
    ranking=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2**12)), min_size=2, max_size=60),
    count=st.sampled_from([1, 2, 8, 64]),
)
def test_bounds_hold_the_exact_areas(ranking: list[tuple[int, int]], count: int) -> None:
    labels, values = np.array(ranking).T
    target, scores = labels[None], np.stack([2**12 - values, values])[None] / 2**12
    binned = areas_from_histogram(histogram_of(target, scores, Bins(kind="uniform", count=count)))
    assert inside(curve_areas(target, scores, num_classes=2), binned)


@pytest.mark.parametrize("kind", ["uniform", "mirrored_log"])
@pytest.mark.parametrize("scores", ["probabilities", "saturated", "ties"])
def test_bounds_hold_on_many_pixels(kind: Any, scores: str) -> None:
    random = np.random.default_rng(1)
    target = random.integers(0, 3, (2, 20_000))
    values = np.clip(scores_of(scores, (2, 3, 20_000), "float32"), 0, 1)
    binned = areas_from_histogram(histogram_of(target, values, Bins(kind=kind, count=256)))
    assert inside(curve_areas(target, values, num_classes=3), binned)


@pytest.mark.parametrize(
    ("labels", "scores"),
    [
        # the bin [0.5, 1] after one negative in [0, 0.5) is not reached first: every extreme order inside one bin
        ([1, 1, 0, 0], [0.9, 0.8, 0.7, 0.6]),
        ([0, 0, 1, 1], [0.9, 0.8, 0.7, 0.6]),
        ([0, 1, 1], [0.9, 0.8, 0.8]),
        ([0, 1, 1], [0.9, 0.2, 0.2]),
        ([0, 1, 1, 0], [0.9, 0.3, 0.2, 0.1]),
        ([0, 1, 1, 0], [0.9, 0.2, 0.2, 0.1]),
    ],
)
def test_bounds_hold_for_the_extreme_orders(labels: list[int], scores: list[float]) -> None:
    target, both = np.array([labels]), np.array([[np.zeros(len(labels)), scores]])
    binned = areas_from_histogram(histogram_of(target, both, Bins(kind="uniform", count=2)))
    assert inside(curve_areas(target, both, num_classes=2), binned)


def test_bounds_by_hand() -> None:
    target, scores = np.array([[1, 0, 1]]), np.array([[[0, 0, 0], [0.9, 0.8, 0.1]]])
    areas = areas_from_histogram(histogram_of(target, scores, Bins(kind="uniform", count=2)))
    # one mixed bin with a pair, then a positive below the negative
    assert areas.auroc_bounds[1].tolist() == pytest.approx([0.0, 0.5])
    assert areas.auroc[1] == 0.25
    assert areas.average_precision_bounds[1].tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2, (1 + 2 / 3) / 2])


def test_a_bin_of_tied_scores_is_exact() -> None:
    target, scores = np.array([[1, 0, 1, 0]]), np.array([[[0.5, 0.5, 0.5, 0.25], [0.5, 0.5, 0.5, 0.25]]])
    areas = areas_from_histogram(histogram_of(target, scores, Bins(kind="uniform", count=64)))
    assert torch.equal(areas.auroc_bounds[:, 0], areas.auroc_bounds[:, 1])
    assert torch.equal(areas.average_precision, curve_areas(target, scores, num_classes=2).average_precision)


def test_counts_too_large_for_int64_pairs() -> None:
    counts = torch.zeros((1, 3, 2, 2), dtype=torch.int64)
    counts[0, 1, 1] = torch.tensor([2**31, 3 * 2**31])
    counts[0, 0, 1] = torch.tensor([3 * 2**31, 2**31])
    score = torch.tensor([[0.25, 0.75]] * 2, dtype=torch.float64)
    histogram = Histogram(counts=counts, low=score, high=score, bins=Bins(kind="uniform", count=2), images="pooled")
    assert areas_from_histogram(histogram).auroc[1] == (3 * 3 + (3 + 3) / 2) / 16


def test_binned_curves_hide_a_rare_class_and_the_bounds_say_so() -> None:
    first = np.arange(10_000) < 100
    scores = np.where(first, np.linspace(0.004, 0.009, 10_000), np.linspace(0, 0.005, 10_000))[None, None]
    target = np.where(first, 0, 1)[None]
    both = np.concatenate([scores, scores], 1)
    coarse = areas_from_histogram(histogram_of(target, both, Bins(kind="uniform", count=64)))
    assert coarse.auroc[0] == 0.5
    assert coarse.auroc_bounds[0].tolist() == [0, 1]
    exact = curve_areas(target, both, num_classes=2)
    assert float(exact.auroc[0]) == pytest.approx(0.80298, abs=5e-6)
    assert float(exact.average_precision[0]) == pytest.approx(0.024842, abs=5e-7)


def test_pooled_and_per_image_areas_differ() -> None:
    target = np.repeat([[1, 0]], 50, axis=1).repeat(2, axis=0)
    scores = np.array([[0.9] * 50 + [0.8] * 50, [0.2] * 50 + [0.1] * 50])
    histogram = histogram_of(target, np.stack([1 - scores, scores], 1), Bins(kind="uniform", count=64), "per_image")
    assert [float(areas_from_histogram(histogram, images=[i]).auroc[1]) for i in (0, 1)] == [1.0, 1.0]
    assert areas_from_histogram(histogram).auroc[1] == 0.75


# Reading a curve


@given(ranking=rankings, threshold=st.integers(-1, 13), tie=st.sampled_from([">=", ">"]))
def test_operating_point_predicts_what_the_threshold_predicts(
    ranking: list[tuple[int, int]], threshold: int, tie: Tie
) -> None:
    target, scores = columns(ranking)
    (curve,) = roc_curve(target, scores, num_classes=2)
    positive = scores >= threshold / 16 if tie == ">=" else scores > threshold / 16
    point = operating_point(curve, threshold / 16, tie=tie)
    assert (curve.tp[point], curve.fp[point]) == ((positive & (target == 1)).sum(), (positive & (target == 0)).sum())


def test_the_operating_point_of_nan_is_refused() -> None:
    (curve,) = roc_curve(np.array([0, 1]), np.array([0.1, 0.9]), num_classes=2)
    with pytest.raises(ValueError, match="got NaN"):
        operating_point(curve, math.nan)


def line_of(curve: Curve, shape: Shape) -> tuple[NDArray[Any], NDArray[Any]]:
    pair = (curve.false_positive_rate, curve.recall) if shape == "roc" else (curve.recall, curve.precision)
    return pair[0].numpy(), pair[1].numpy()


SHAPES: tuple[Shape, ...] = ("roc", "precision_recall")


def long_curve(kind: str, prevalence: float, pixels: int = 200_000) -> Curve:
    target = (np.random.default_rng(1).random((1, pixels)) < prevalence).astype(np.int64)
    scores = scores_of(kind, (1, pixels), "float32") + target.astype(np.float32)
    return roc_curve(target, scores, num_classes=2)[0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["probabilities", "saturated", "logits"])
@pytest.mark.parametrize("points", [10, 101, 1000])
def test_thinning_keeps_ends_and_true_points(kind: str, points: int, shape: Shape) -> None:
    curve = long_curve(kind, 0.02, 30_000)
    thinned = thin(curve, points, shape=shape, keep=[17, -20])
    assert points / 5 < len(thinned.thresholds) <= points
    places = np.searchsorted(-curve.thresholds.numpy(), -thinned.thresholds.numpy())
    assert {0, 17, len(curve.thresholds) - 20, len(curve.thresholds) - 1} <= set(places.tolist())
    assert torch.equal(curve.tp[places], thinned.tp)
    assert torch.equal(curve.fp[places], thinned.fp)
    steps = np.hypot(*(np.diff(each, prepend=each[0]) for each in line_of(curve, shape)))
    along = steps.cumsum()
    following = along[places[np.searchsorted(places, np.arange(len(along)))]]
    assert (following - along).max() <= 16 * along[-1] / (points - 3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["probabilities", "saturated", "logits", "ties"])
@pytest.mark.parametrize("prevalence", [0.0005, 0.02, 0.5])
def test_a_thousand_points_keep_the_area(kind: str, prevalence: float, shape: Shape) -> None:
    curve = long_curve(kind, prevalence)
    thinned = thin(curve, 1000, shape=shape)
    areas = [np.trapezoid(y, x) for x, y in (line_of(curve, shape), line_of(thinned, shape))]
    assert areas[1] == pytest.approx(areas[0], abs=1e-6)


def test_a_smooth_curve_without_noise_keeps_its_area() -> None:
    rate = np.linspace(0, 1, 400_001)
    tp, fp = (np.round(part * 1e9).astype(np.int64) for part in (np.sqrt(1 - (1 - rate) ** 2), rate))
    curve = Curve(
        class_index=0,
        thresholds=torch.from_numpy(1 - rate),
        tp=torch.from_numpy(tp),
        fp=torch.from_numpy(fp),
        positives=10**9,
        negatives=10**9,
    )
    x, y = line_of(thin(curve, 1000), "roc")
    assert np.trapezoid(y, x) == pytest.approx(math.pi / 4, abs=1e-6)


def test_a_short_curve_is_not_thinned() -> None:
    (curve,) = roc_curve(np.array([0, 1]), np.array([0.1, 0.9]), num_classes=2)
    assert thin(curve, 4) is curve
    with pytest.raises(ValueError, match="got 3"):
        thin(curve, 3)
    with pytest.raises(ValueError, match="points must be at least 5"):
        thin(long_curve("ties", 0.5, 1000), 4, keep=[1, 2, 3])


def test_a_formula_at_every_threshold() -> None:
    target, scores = np.array([[1, 0, 1, 0]]), np.array([[[0.1, 0.2, 0.3, 0.7], [0.9, 0.6, 0.4, 0.3]]])
    counts = threshold_counts(histogram_of(target, scores, Bins(kind="uniform", count=4)))
    assert formula_against_threshold("iou", counts)[0, 1].tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 3, 1 / 2, 0])
    precision = formula_against_threshold("precision", counts)[0, 1].tolist()
    assert precision[:4] == pytest.approx([1 / 2, 1 / 2, 1 / 2, 1])
    assert math.isnan(precision[4])


def test_a_formula_along_a_curve() -> None:
    (curve,) = roc_curve(np.array([1, 0, 1, 0]), np.array([0.9, 0.5, 0.3, 0.3]), num_classes=2)
    assert torch.equal(formula_against_threshold("recall", curve), curve.recall)
    assert torch.equal(formula_against_threshold("false_positive_rate", curve), curve.false_positive_rate)
