"""Laws that hold for all data: of counting, of the formulas, and of the conventions."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

import metrics_core as mc
from metrics_core import FORMULAS, Convention, Formula
from metrics_core.bins import Images, Tie
from metrics_core.conventions import IgnoredPixels, Pooling, Void
from metrics_core.presets.ratios import RATIOS
from tests.strategies import VOID, Sample, conventions, counts, samples, scored_samples

PER_CLASS = Convention(average="none")
MICRO = Convention(average="micro")
# Tversky's false positives and false negatives trade places with the masks.
EXCHANGED = {
    "precision": "recall",
    "recall": "precision",
    "specificity": "npv",
    "npv": "specificity",
    "false_discovery_rate": "false_negative_rate",
    "false_negative_rate": "false_discovery_rate",
    "false_omission_rate": "false_positive_rate",
    "false_positive_rate": "false_omission_rate",
    "informedness": "markedness",
    "markedness": "informedness",
}
EVERY_FORMULA = pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
RECORDS = FORMULAS | RATIOS  # those of the menus, and what libraries offer beside them
EVERY_RECORD = pytest.mark.parametrize("formula", RECORDS.values(), ids=RECORDS)
FEWER = settings(max_examples=20)  # for each formula, or where an example takes long


def equal(one: mc.Statistics, other: mc.Statistics) -> bool:
    """Whether both hold the same counts, bit for bit."""
    same = one.image_names == other.image_names and torch.equal(one.confusion, other.confusion)
    if one.histogram is None or other.histogram is None:
        return same and one.histogram is other.histogram
    pairs = ((getattr(one.histogram, name), getattr(other.histogram, name)) for name in ("counts", "low", "high"))
    return same and all(torch.equal(mine, its) for mine, its in pairs)


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether both hold the same numbers; NaN equals NaN."""
    return one.shape == other.shape and torch.equal(one.nan_to_num(nan=-9), other.nan_to_num(nan=-9))


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether both hold the same numbers but for the order in which a mean adds them."""
    return one.shape == other.shape and torch.allclose(one, other, rtol=0, atol=1e-12, equal_nan=True)


def ratio(formula: Formula, *cell: float) -> float:
    """The formula's value for tp, fp, fn, tn; NaN for 0/0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        numerator, denominator = formula.ratio(*(np.array([count], np.float64) for count in cell))
        return float((numerator / denominator)[0])


def exchanged(statistics: mc.Statistics) -> mc.Statistics:
    """Statistics of target and prediction in each other's place."""
    return replace(statistics, confusion=statistics.confusion.mT.contiguous())


class TestCounting:
    @given(sample=samples())
    def test_every_pixel_is_counted_once(self, sample: Sample) -> None:
        assert sample.statistics.confusion.sum((1, 2)).tolist() == [sample.target.shape[1]] * sample.target.shape[0]

    @given(sample=samples())
    def test_support_and_void_are_the_targets_pixels(self, sample: Sample) -> None:
        support, void = sample.statistics.support, sample.statistics.void_pixels
        assert void.tolist() == (sample.target == VOID).sum(1).tolist()
        for label in range(sample.num_classes):
            assert support[:, label].tolist() == (sample.target == label).sum(1).tolist()

    @given(sample=samples(), seed=st.integers(0, 99))
    def test_the_order_of_pixels_changes_nothing(self, sample: Sample, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(sample.target.shape[1])
        moved = replace(sample, target=sample.target[:, order], prediction=sample.prediction[:, order])
        assert equal(moved.statistics, sample.statistics)

    @given(sample=samples(), seed=st.integers(0, 99))
    def test_the_order_of_images_orders_their_counts(self, sample: Sample, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(sample.target.shape[0])
        moved = replace(sample, target=sample.target[order], prediction=sample.prediction[order])
        assert torch.equal(moved.statistics.confusion, sample.statistics.confusion[torch.from_numpy(order)])

    @given(sample=samples(), data=st.data())
    def test_new_labels_for_the_classes_reorder_rows_and_columns(self, sample: Sample, data: st.DataObject) -> None:
        renamed, order = relabelled(sample, data)
        index = torch.tensor([*order, sample.num_classes])
        assert torch.equal(renamed.statistics.confusion[:, index][:, :, index], sample.statistics.confusion)

    @given(sample=samples(images=(1, 6)), data=st.data())
    def test_any_batches_merge_to_the_whole(self, sample: Sample, data: st.DataObject) -> None:
        parts = data.draw(batches(sample.target.shape[0]))
        assert equal(mc.merge(*(counted(sample, part) for part in parts)), counted(sample, range(len(sample.target))))

    @pytest.mark.parametrize("histogram", ["pooled", "per_image"])
    @given(sample=scored_samples(dtype="float32"), data=st.data())
    def test_any_batches_merge_to_the_whole_with_their_histograms(
        self, histogram: Literal["pooled", "per_image"], sample: Sample, data: st.DataObject
    ) -> None:
        parts = data.draw(batches(sample.target.shape[0]))
        merged = mc.merge(*(counted(sample, part, histogram) for part in parts))
        assert equal(merged, counted(sample, range(len(sample.target)), histogram))

    @given(sample=samples(images=(2, 6)), data=st.data())
    def test_merging_follows_the_order_of_the_parts(self, sample: Sample, data: st.DataObject) -> None:
        order = data.draw(st.permutations(range(sample.target.shape[0])))
        merged = mc.merge(*(counted(sample, [image]) for image in order))
        assert equal(merged, counted(sample, range(len(order))).select(order))

    @given(sample=samples(images=(1, 4)), ranks=st.integers(1, 4))
    def test_a_samplers_padding_is_dropped_by_name(self, sample: Sample, ranks: int) -> None:
        images = sample.target.shape[0]
        each = -(-images // ranks)
        dealt = [[rank + step * ranks for step in range(each)] for rank in range(ranks)]
        parts = [counted(sample, [image % images for image in own][:1]) for own in dealt]
        merged = mc.merge(*parts, repeated="drop")
        assert equal(merged, counted(sample, range(images)).select(sorted({own[0] % images for own in dealt})))


def counted(
    sample: Sample, images: range | list[int], histogram: Literal["none", "pooled", "per_image"] = "none"
) -> mc.Statistics:
    """Statistics of some images, named after their place among all."""
    index = list(images)
    return mc.count(
        sample.target[index],
        sample.prediction[index],
        num_classes=sample.num_classes,
        ignore_label=VOID,
        image_names=[f"image {i}" for i in index],
        histogram=histogram,
    )


def batches(images: int) -> st.SearchStrategy[list[range]]:
    """Ways to cut a number of images into consecutive batches."""
    cuts = st.sets(st.integers(1, max(1, images - 1))).map(
        lambda inner: sorted({0, images} | {i for i in inner if i < images})
    )
    return cuts.map(lambda bounds: [range(*pair) for pair in pairwise(bounds)])


def relabelled(sample: Sample, data: st.DataObject) -> tuple[Sample, list[int]]:
    """The sample with other labels for its classes, and the new label of each."""
    order = data.draw(st.permutations(range(sample.num_classes)))
    table = np.arange(VOID + 1)
    table[: len(order)] = order
    return replace(sample, target=table[sample.target], prediction=table[sample.prediction]), list(order)


class TestFormulas:
    @EVERY_FORMULA
    @FEWER
    @given(cell=counts())
    def test_values_lie_between_worst_and_best(self, formula: Formula, cell: tuple[int, ...]) -> None:
        value = ratio(formula, *cell)
        low, high = sorted((formula.worst, formula.best))
        assert math.isnan(value) or low - 1e-12 <= value <= high + 1e-12

    @EVERY_FORMULA
    @FEWER
    @given(found=st.integers(1, 10**6), left=st.integers(1, 10**6))
    def test_a_perfect_prediction_scores_best(self, formula: Formula, found: int, left: int) -> None:
        assert ratio(formula, found, 0, 0, left) == pytest.approx(formula.best, abs=1e-12)

    @EVERY_FORMULA
    @FEWER
    @given(wrong=st.integers(1, 10**6))
    def test_a_wholly_wrong_prediction_scores_worst(self, formula: Formula, wrong: int) -> None:
        value = ratio(formula, 0, wrong, wrong, 0)
        undefined_where_precision_and_recall_are_0 = formula.key == "fbeta_from_precision_recall"
        assert math.isnan(value) == undefined_where_precision_and_recall_are_0
        assert undefined_where_precision_and_recall_are_0 or value == pytest.approx(formula.worst, abs=1e-12)

    @EVERY_RECORD
    @FEWER
    @given(cell=counts(), more=st.integers(1, 50))
    def test_true_negatives_matter_where_the_record_says_so(
        self, formula: Formula, cell: tuple[int, ...], more: int
    ) -> None:
        before, after = ratio(formula, *cell), ratio(formula, *cell[:3], cell[3] + more)
        if not formula.uses_true_negatives:
            assert before == after or (math.isnan(before) and math.isnan(after))
        elif min(cell) > 0:
            gained = after - before if formula.best > formula.worst else before - after
            assert gained > 0 or math.isnan(gained)

    @EVERY_RECORD
    @FEWER
    @given(cell=counts())
    def test_symmetric_formulas_do_not_tell_target_from_prediction(
        self, formula: Formula, cell: tuple[int, ...]
    ) -> None:
        tp, fp, fn, tn = cell
        one, other = ratio(formula, tp, fp, fn, tn), ratio(formula, tp, fn, fp, tn)
        if formula.symmetric:
            assert one == pytest.approx(other, abs=1e-12, nan_ok=True)

    @EVERY_RECORD
    def test_others_do(self, formula: Formula) -> None:
        assert formula.symmetric or ratio(formula, 3, 2, 1, 4) != ratio(formula, 3, 1, 2, 4)

    @EVERY_FORMULA
    @FEWER
    @given(cell=counts(), factor=st.integers(2, 1000))
    def test_a_larger_image_of_the_same_shares_scores_the_same(
        self, formula: Formula, cell: tuple[int, ...], factor: int
    ) -> None:
        larger = [factor * count for count in cell]
        assert ratio(formula, *larger) == pytest.approx(ratio(formula, *cell), abs=1e-12, nan_ok=True)

    @EVERY_FORMULA
    @FEWER
    @given(cell=counts())
    def test_finding_a_missed_pixel_is_never_worse(self, formula: Formula, cell: tuple[int, ...]) -> None:
        tp, fp, fn, tn = cell
        before, after = ratio(formula, tp, fp, fn + 1, tn), ratio(formula, tp + 1, fp, fn, tn)
        if not (math.isnan(before) or math.isnan(after)):
            assert abs(after - formula.best) <= abs(before - formula.best) + 1e-12

    @given(cell=counts())
    def test_iou_is_dice_over_two_minus_dice(self, cell: tuple[int, ...]) -> None:
        dice = ratio(FORMULAS["dice"], *cell)
        assert ratio(FORMULAS["iou"], *cell) == pytest.approx(dice / (2 - dice), abs=1e-15, nan_ok=True)

    @given(cell=counts())
    def test_rates_and_their_opposites_add_to_one(self, cell: tuple[int, ...]) -> None:
        for rate, opposite in (("false_positive_rate", "specificity"), ("false_negative_rate", "recall")):
            total = ratio(FORMULAS[rate], *cell) + ratio(FORMULAS[opposite], *cell)
            assert math.isnan(total) or total == pytest.approx(1)

    @given(cell=counts(), beta=st.floats(0.1, 10))
    def test_fbeta_is_the_weighted_harmonic_mean_of_precision_and_recall(
        self, cell: tuple[int, ...], beta: float
    ) -> None:
        value = ratio(mc.get_formula("fbeta", beta=beta), *cell)
        other = ratio(mc.get_formula("fbeta_from_precision_recall", beta=beta), *cell)
        assert math.isnan(other) or value == pytest.approx(other, abs=1e-12)

    @given(cell=counts())
    def test_tversky_is_iou_at_one_and_dice_at_one_half(self, cell: tuple[int, ...]) -> None:
        for weight, key in ((1.0, "iou"), (0.5, "dice")):
            tversky = mc.get_formula("tversky", alpha=weight, beta=weight)
            assert ratio(tversky, *cell) == pytest.approx(ratio(FORMULAS[key], *cell), abs=1e-15, nan_ok=True)


class TestScores:
    @EVERY_FORMULA
    @FEWER
    @given(sample=samples(), data=st.data())
    def test_new_labels_for_the_classes_reorder_their_scores(
        self, formula: Formula, sample: Sample, data: st.DataObject
    ) -> None:
        renamed, order = relabelled(sample, data)
        ours = mc.evaluate(formula, renamed.statistics, PER_CLASS)
        assert same(ours[order], mc.evaluate(formula, sample.statistics, PER_CLASS))

    @given(sample=samples(), data=st.data(), convention=conventions(), key=st.sampled_from(list(FORMULAS)))
    def test_new_labels_for_the_classes_leave_averages_alone(
        self, sample: Sample, data: st.DataObject, convention: Convention, key: str
    ) -> None:
        if convention.average == "none":
            return
        renamed, order = relabelled(sample, data)
        ours, theirs = (mc.evaluate(key, each.statistics, convention) for each in (renamed, sample))
        per_class = convention.average == "sum" and convention.order == "per_class"
        assert close(ours[order] if per_class else ours, theirs)

    @given(sample=samples(images=(2, 4)), data=st.data(), convention=conventions())
    def test_the_order_of_images_leaves_averages_alone(
        self, sample: Sample, data: st.DataObject, convention: Convention
    ) -> None:
        order = data.draw(st.permutations(range(sample.target.shape[0])))
        one, other = (
            mc.evaluate("dice", each, convention) for each in (sample.statistics, sample.statistics.select(order))
        )
        assert close(one[order] if one.ndim and leaves_images(convention) else one, other)

    @given(
        sample=samples(void=False),
        convention=conventions(),
        key=st.sampled_from(list(FORMULAS)),
        more=st.integers(1, 9),
    )
    def test_void_pixels_change_nothing(self, sample: Sample, convention: Convention, key: str, more: int) -> None:
        images = sample.target.shape[0]
        padded = Sample(
            target=np.concatenate([np.full((images, more), VOID), sample.target], 1),
            prediction=np.concatenate([np.zeros((images, more), np.int64), sample.prediction], 1),
            num_classes=sample.num_classes,
        )
        assert same(mc.evaluate(key, padded.statistics, convention), mc.evaluate(key, sample.statistics, convention))

    @EVERY_RECORD
    @FEWER
    @given(sample=samples(void=False))
    def test_exchanging_target_and_prediction(self, formula: Formula, sample: Sample) -> None:
        there, back = sample.statistics, exchanged(sample.statistics)
        twin = formula if formula.symmetric else RECORDS.get(EXCHANGED.get(formula.key, ""))
        for convention in (PER_CLASS, MICRO):
            if twin is not None:
                assert close(mc.evaluate(twin, back, convention), mc.evaluate(formula, there, convention))

    @given(sample=samples())
    def test_micro_f1_is_the_accuracy_when_all_classes_take_part(self, sample: Sample) -> None:
        valid = sample.target != VOID
        right = (sample.target == sample.prediction)[valid]
        expected = right.mean() if valid.any() else math.nan
        for key in ("dice", "precision", "recall", "fbeta"):
            assert float(mc.evaluate(key, sample.statistics, MICRO)) == pytest.approx(expected, nan_ok=True)

    @given(
        sample=samples(classes=(2, 4)),
        convention=conventions(),
        key=st.sampled_from(list(FORMULAS)),
        ignored=st.sets(st.integers(0, 1), min_size=1),
    )
    def test_ignoring_classes_equals_voiding_their_pixels(
        self, sample: Sample, convention: Convention, key: str, ignored: set[int]
    ) -> None:
        voided = np.where(np.isin(sample.target, list(ignored)), VOID, sample.target)
        dropped = mc.evaluate(key, replace(sample, target=voided).statistics, convention)
        toggled = replace(convention, ignored_classes=tuple(ignored))
        assert same(mc.evaluate(key, sample.statistics, toggled), dropped)

    @given(sample=samples(classes=(2, 4), void=False), convention=conventions(), key=st.sampled_from(list(FORMULAS)))
    def test_an_ignored_label_among_the_classes_equals_ignoring_that_class(
        self, sample: Sample, convention: Convention, key: str
    ) -> None:
        without = mc.count(sample.target, sample.prediction, num_classes=sample.num_classes, ignore_label=1)
        toggled = replace(convention, ignored_classes=(1,))
        assert same(mc.evaluate(key, without, convention), mc.evaluate(key, sample.statistics, toggled))

    @pytest.mark.parametrize("average", ["none", "micro", "macro", "weighted"])
    @FEWER
    @given(sample=samples(classes=(2, 4), void=False))
    def test_excluding_the_background_equals_naming_the_other_labels_to_scikit_learn(
        self, average: Literal["none", "micro", "macro", "weighted"], sample: Sample
    ) -> None:
        convention = Convention(average=average, excluded_classes=(0,), zero_division=0, zero_weight=0.0)
        others = {"labels": list(range(1, sample.num_classes)), "zero_division": 0}
        options: dict[str, Any] = {"average": None if average == "none" else average} | others
        functions = {"precision": precision_score, "recall": recall_score, "dice": f1_score, "iou": jaccard_score}
        for key, function in functions.items():
            theirs = np.asarray(function(sample.target.ravel(), sample.prediction.ravel(), **options), np.float64)
            assert close(mc.evaluate(key, sample.statistics, convention), torch.from_numpy(theirs))

    @given(sample=samples(images=(1, 1)), convention=conventions(), key=st.sampled_from(list(FORMULAS)))
    def test_a_single_image_scores_the_same_pooled_or_not(
        self, sample: Sample, convention: Convention, key: str
    ) -> None:
        pooled, single = (
            mc.evaluate(key, sample.statistics, replace(convention, pooling=pooling))
            for pooling in ("dataset", "image")
        )
        assert close(pooled.reshape(-1), single.reshape(-1))

    @given(sample=samples(), key=st.sampled_from(list(FORMULAS)))
    def test_a_score_is_the_mean_of_its_cells(self, sample: Sample, key: str) -> None:
        score = mc.score(key, sample.statistics, Convention(pooling="image", order="all_cells"))
        assert score.defined + score.dropped == score.cells.size
        assert score.replaced == 0
        defined = score.cells[~np.isnan(score.cells)]
        expected = defined.mean() if defined.size else math.nan
        assert float(score.value) == pytest.approx(expected, nan_ok=True)
        assert bool(score.reason) == math.isnan(expected)


def leaves_images(convention: Convention) -> bool:
    """Whether the score has an image axis, its first."""
    if convention.pooling == "dataset":
        return False
    if convention.average == "none":
        return convention.order != "per_class"
    return convention.order == "per_image"


THRESHOLDS = st.sampled_from([0.0, 1 / 256, 0.25, 0.5, 128 / 255, 0.2, 255 / 256, 1.0]) | st.floats(0, 1)


class TestThresholds:
    """A threshold read from the histogram equals thresholding the pixels and counting again."""

    @pytest.mark.parametrize("tie", [">=", ">"])
    @given(sample=scored_samples(dtype="uint8"), threshold=THRESHOLDS)
    def test_byte_scores_at_any_threshold(self, tie: Tie, sample: Sample, threshold: float) -> None:
        check_threshold(sample, threshold, tie, sample.prediction / 255)

    @pytest.mark.parametrize("tie", [">=", ">"])
    @given(sample=scored_samples(dtype="float32"), threshold=st.integers(0, 256).map(lambda step: step / 256))
    def test_float_scores_and_threshold_on_the_grid(self, tie: Tie, sample: Sample, threshold: float) -> None:
        check_threshold(sample, threshold, tie, sample.prediction.astype(np.float64))

    @FEWER
    @given(sample=scored_samples(dtype="uint8"), threshold=THRESHOLDS, ignored=st.sets(st.integers(0, 1)))
    def test_ignored_classes_are_left_out_there_too(self, sample: Sample, threshold: float, ignored: set[int]) -> None:
        convention = Convention(threshold=threshold, average="none", ignored_classes=tuple(ignored))
        voided = replace(sample, target=np.where(np.isin(sample.target, list(ignored)), VOID, sample.target))
        for key in FORMULAS:
            toggled = mc.evaluate(key, with_histogram(sample), convention)
            recounted = mc.evaluate(key, with_histogram(voided), replace(convention, ignored_classes=()))
            assert same(toggled, recounted)

    @pytest.mark.parametrize("ignored_pixels", ["removed", "kept_as_false_positives"])
    @pytest.mark.parametrize("void", ["removed", "false_positive"])
    @given(sample=samples(classes=(2, 3)), ignored=st.sets(st.integers(0, 1)))
    def test_scores_of_a_sure_model_count_like_its_labels(
        self, void: Void, ignored_pixels: IgnoredPixels, sample: Sample, ignored: set[int]
    ) -> None:
        sure = (sample.prediction[:, None] == np.arange(sample.num_classes)[:, None]).astype(np.uint8) * 255
        by_label = Convention(void=void, ignored_pixels=ignored_pixels, ignored_classes=tuple(ignored), pooling="image")
        by_score = replace(by_label, threshold=0.5)
        for one, other in zip(
            mc.class_counts(sample.statistics, by_label).one_vs_rest,
            mc.class_counts(with_histogram(replace(sample, prediction=sure)), by_score).one_vs_rest,
            strict=True,
        ):
            assert np.array_equal(one, other)


def with_histogram(sample: Sample, histogram: Literal["pooled", "per_image"] = "per_image") -> mc.Statistics:
    return mc.count(
        sample.target, sample.prediction, num_classes=sample.num_classes, ignore_label=VOID, histogram=histogram
    )


def check_threshold(sample: Sample, threshold: float, tie: Tie, scores: NDArray[np.float64]) -> None:
    """Compare counts and scores from the histogram with those of thresholded pixels, per image and pooled."""
    positive = scores >= threshold if tie == ">=" else scores > threshold
    mine = sample.target[:, None] == np.arange(sample.num_classes)[:, None]
    valid = (sample.target != VOID)[:, None]
    parts = (mine & positive, ~mine & valid & positive, mine & ~positive, ~mine & valid & ~positive)
    per_image = [part.sum(2).astype(np.float64) for part in parts]
    ways: list[tuple[Pooling, Images]] = [("image", "per_image"), ("dataset", "per_image"), ("dataset", "pooled")]
    for pooling, histogram in ways:
        statistics = with_histogram(sample, histogram)
        convention = Convention(threshold=threshold, threshold_tie=tie, average="none", pooling=pooling)
        expected = per_image if pooling == "image" else [part.sum(0, keepdims=True) for part in per_image]
        for ours, pixels in zip(mc.class_counts(statistics, convention).one_vs_rest, expected, strict=True):
            assert np.array_equal(ours, pixels)
        numerator, denominator = FORMULAS["iou"].ratio(*expected)
        with np.errstate(invalid="ignore"):
            iou = torch.from_numpy(numerator / denominator)
        assert same(mc.evaluate("iou", statistics, convention), iou if pooling == "image" else iou[0])
