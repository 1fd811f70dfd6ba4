"""Evaluation: scores of hand-computed examples, of every option, and of scikit-learn."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from itertools import product
from typing import Any, Literal

import numpy as np
import pytest
import sklearn.metrics as sk
import torch
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core import BALANCED_ACCURACY, FORMULAS, Convention, evaluate
from tests.confusion_tables import HUNDRED, binary, statistics_of

NAN = math.nan
PER_CLASS, MICRO, MACRO = Convention(average="none"), Convention(average="micro"), Convention()
WEIGHTED = Convention(average="weighted")
PER_IMAGE = Convention(pooling="image")
# The class beside the background: the one of interest.
FOREGROUND = Convention(excluded_classes=(0,))
FOREGROUND_PER_IMAGE = replace(FOREGROUND, pooling="image")
TWO = ("background", "lesion")


def close(value: float) -> Any:
    """The number up to the six digits that examples are written with."""
    return pytest.approx(value, abs=6e-7, nan_ok=True)


def of(key: str, statistics: mc.Statistics, convention: Convention | None = None, **parameters: float) -> Any:
    """The score as a number or as a list of numbers."""
    return evaluate(key, statistics, convention, **parameters).tolist()


class TestExamplesByHand:
    def test_five_missed_patients_among_five_thousand(self) -> None:
        statistics = statistics_of(binary(2, 0, 5, 4993), class_names=TWO)
        scores = {"precision": 1, "recall": 2 / 7, "dice": 0.444444, "iou": 2 / 7, "specificity": 1, "mcc": 0.534255}
        assert {key: of(key, statistics, PER_CLASS)[1] for key in scores} == {k: close(v) for k, v in scores.items()}
        assert of("recall", statistics, MICRO) == close(0.999)
        assert of("recall", statistics, BALANCED_ACCURACY) == close(0.642857)
        # Calling everybody healthy is nearly as accurate.
        assert float(mc.trivial_score("recall", statistics, MICRO).value) == close(0.9986)

    def test_predicting_nothing_but_background(self) -> None:
        statistics = statistics_of(binary(0, 0, 100, 9900), class_names=TWO)
        assert of("iou", statistics, PER_CLASS) == [close(0.99), 0]
        assert of("iou", statistics) == close(0.495)
        assert of("iou", statistics, MICRO) == close(0.980198)
        assert of("dice", statistics, WEIGHTED) == close(0.985025)
        assert of("recall", statistics, BALANCED_ACCURACY) == 0.5
        assert of("mcc", statistics, replace(MICRO, zero_division=0)) == 0

    def test_micro_macro_and_weighted(self) -> None:
        assert of("iou", HUNDRED, PER_CLASS) == [close(0.808989), close(0.434783), close(0.2)]
        assert of("dice", HUNDRED, PER_CLASS) == [close(0.89441), close(0.606061), close(0.333333)]
        expected = {"iou": (0.709402, 0.481257, 0.722408), "dice": (0.83, 0.611268, 0.823104)}
        for key, values in expected.items():
            averages = [of(key, HUNDRED, each) for each in (MICRO, MACRO, WEIGHTED)]
            assert averages == [close(value) for value in values]
        assert of("mcc", HUNDRED, MICRO) == close(0.478351)
        assert of("recall", HUNDRED, BALANCED_ACCURACY) == close(0.588889)

    def test_weighted_f1_outside_precision_and_recall(self) -> None:
        precision, recall, f1 = (of(key, HUNDRED, WEIGHTED) for key in ("precision", "recall", "dice"))
        assert (precision, recall, f1) == (close(0.844444), close(0.83), close(0.823104))
        assert f1 < min(precision, recall)

    def test_micro_f1_is_the_accuracy_only_with_all_classes(self) -> None:
        assert of("dice", HUNDRED, MICRO) == close(0.83)
        assert of("dice", HUNDRED, replace(MICRO, excluded_classes=(0,))) == close(0.564103)
        assert of("dice", HUNDRED, replace(MACRO, excluded_classes=(0,))) == close(0.469697)

    def test_background_in_the_mean(self) -> None:
        statistics = statistics_of(binary(128, 0, 128, 256**2 - 256), class_names=TWO)
        assert (of("iou", statistics, FOREGROUND), of("dice", statistics, FOREGROUND)) == (0.5, close(0.666667))
        assert (of("iou", statistics), of("dice", statistics)) == (close(0.749022), close(0.832844))
        assert (of("recall", statistics, MICRO), of("iou", statistics, WEIGHTED)) == (close(0.998047), close(0.996098))
        nothing = statistics_of(binary(0, 0, 256, 256**2 - 256), class_names=TWO)
        assert of("iou", nothing) == close(0.498047)

    def test_the_mean_of_batch_means_depends_on_the_batch_size(self) -> None:
        tables = [binary(45, 5, 5, 45)] * 4 + [binary(0, 4, 4, 92)]
        whole = statistics_of(*tables, class_names=TWO)
        means = {1: 0.654545, 2: 0.545455, 3: 0.766234, 4: 0.409091, 5: 0.789474}
        for size, expected in means.items():
            batches = [whole.select(range(i, min(i + size, 5))) for i in range(0, 5, size)]
            assert np.mean([of("iou", batch, FOREGROUND) for batch in batches]) == close(expected)
            assert of("iou", mc.merge(*batches), FOREGROUND) == close(0.789474)
            assert of("iou", mc.merge(*batches), FOREGROUND_PER_IMAGE) == close(0.654545)

    def test_a_big_object_hides_nine_misses(self) -> None:
        tables = [binary(10_000, 0, 0, 6384)] + [binary(0, 0, 100, 16_284)] * 9
        statistics = statistics_of(*tables, class_names=TWO)
        assert of("iou", statistics, FOREGROUND) == close(0.917431)
        assert of("iou", statistics, FOREGROUND_PER_IMAGE) == close(0.1)
        per_image = of("iou", statistics, replace(FOREGROUND_PER_IMAGE, order="per_image"))
        assert (np.median(per_image), min(per_image)) == (0, 0)

    def test_three_ways_to_average_images_and_classes(self) -> None:
        # IoU 1 of class 0 in two images; .2, .4 and .6 of the classes in a third.
        single = [[5, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
        third = [[1, 0, 0, 4], [0, 2, 0, 3], [0, 0, 3, 2], [0, 0, 0, 0]]
        statistics = statistics_of(single, single, third)
        cells = of("iou", statistics, replace(PER_IMAGE, average="none"))
        assert cells == [close_list([1, NAN, NAN]), close_list([1, NAN, NAN]), close_list([0.2, 0.4, 0.6])]
        assert of("iou", statistics, PER_IMAGE) == close(0.8)
        assert of("iou", statistics, replace(PER_IMAGE, order="images_then_classes")) == close(0.577778)
        assert of("iou", statistics, replace(PER_IMAGE, order="all_cells")) == close(0.64)

    def test_two_macro_f1(self) -> None:
        statistics = statistics_of([[9, 81, 0], [0, 10, 0], [0, 0, 0]], class_names=TWO)
        assert of("precision", statistics, PER_CLASS) == [1, close(0.10989)]
        assert of("recall", statistics, PER_CLASS) == [close(0.1), 1]
        assert of("dice", statistics, PER_CLASS) == [close(0.181818), close(0.19802)]
        assert of("dice", statistics) == close(0.189919)
        precision, recall = of("precision", statistics), of("recall", statistics)
        assert 2 * precision * recall / (precision + recall) == close(0.552461)

    def test_dice_and_iou_rank_two_models_differently(self) -> None:
        one = statistics_of(binary(100, 0, 0), binary(4, 96, 96), class_names=TWO)
        other = statistics_of(binary(50, 25, 25), binary(50, 25, 25), class_names=TWO)
        iou, dice = ([of(key, each, FOREGROUND_PER_IMAGE) for each in (one, other)] for key in ("iou", "dice"))
        assert iou == [close(0.510204), close(0.5)]
        assert dice == [close(0.52), close(0.666667)]

    def test_the_rule_for_empty_images_decides_who_wins(self) -> None:
        # Five images with a lesion, five without: one model touches all of the latter with a single pixel.
        one = statistics_of(*[binary(17, 3, 3, 77)] * 5, *[binary(0, 1, 0, 99)] * 5, class_names=TWO)
        other = statistics_of(*[binary(16, 4, 4, 76)] * 5, *[binary(0, 0, 0, 100)] * 5, class_names=TWO)
        rules = {
            "images with a lesion only": (replace(FOREGROUND_PER_IMAGE, kept_classes="target"), 0.85, 0.8),
            "0/0 is 1": (replace(FOREGROUND_PER_IMAGE, zero_division=1), 0.425, 0.9),
            "0/0 is 0": (replace(FOREGROUND_PER_IMAGE, zero_division=0), 0.425, 0.4),
            "0/0 is left out": (FOREGROUND_PER_IMAGE, 0.425, 0.8),
            "pooled": (FOREGROUND, 0.829268, 0.8),
        }
        for name, (rule, of_one, of_other) in rules.items():
            assert (of("dice", one, rule), of("dice", other, rule)) == (close(of_one), close(of_other)), name

    def test_ignoring_the_background_is_not_excluding_it(self) -> None:
        statistics = statistics_of(binary(10, 40, 0, 50), class_names=TWO)
        assert of("iou", statistics, FOREGROUND) == close(0.2)
        # The false positives vanish with the background's pixels, and IoU becomes recall.
        assert of("iou", statistics, replace(FOREGROUND, ignored_classes=(0,))) == 1

    def test_void_pixels(self) -> None:
        # 60 background, 20 found, 20 void pixels that are predicted to be lesion.
        statistics = statistics_of([[60, 0, 0], [0, 20, 0], [0, 20, 0]], class_names=TWO)
        assert of("iou", statistics) == 1
        assert of("iou", statistics, Convention(void="false_positive")) == close(0.75)

    def test_predictions_of_no_class(self) -> None:
        statistics = mc.count([[0, 0, 1, 1]], [[0, 5, 1, 1]], num_classes=2, out_of_range="count")
        assert of("iou", statistics) == close(0.75)
        assert of("iou", statistics, Convention(out_of_range="pixel_removed")) == 1

    def test_f1_is_blind_to_true_negatives(self) -> None:
        statistics = statistics_of(binary(90, 4, 5, 1), class_names=TWO)
        assert of("dice", statistics, PER_CLASS) == [close(0.181818), close(0.952381)]
        assert of("dice", statistics) == close(0.56710)
        assert of("recall", statistics, MICRO) == close(0.91)
        assert of("recall", statistics, BALANCED_ACCURACY) == close(0.573684)
        for key, value in {"mcc": 0.135242, "kappa": 0.134615}.items():
            # Either class may be the positive one.
            assert of(key, statistics, PER_CLASS) == [close(value), close(value)]
            assert of(key, statistics, MICRO) == close(value)

    def test_scores_at_the_threshold(self) -> None:
        probability = np.repeat([0.9, 0.5, 0.5, 0.1], [30, 20, 10, 40])
        target = np.repeat([1, 1, 0, 0], [30, 20, 10, 40])
        statistics = mc.count([target], [probability], num_classes=2, histogram="pooled")
        for tie, iou, f1 in ((">", 0.6, 0.75), (">=", 0.833333, 0.909091)):
            rule = replace(FOREGROUND, threshold=0.5, threshold_tie=tie)
            assert (of("iou", statistics, rule), of("dice", statistics, rule)) == (close(iou), close(f1))

    def test_smoothing(self) -> None:
        statistics = statistics_of(binary(0, 0, 4, 12), class_names=TWO)
        assert of("dice", statistics, replace(FOREGROUND, epsilon=1)) == 0
        perfect = statistics_of(binary(1, 0, 0, 15), class_names=TWO)
        assert of("iou", perfect, replace(FOREGROUND, epsilon=1e-4, scale=100)) == pytest.approx(99.99000099990001)


def options(value: object) -> str | None:
    """What a convention changes of the defaults, as the name of a test."""
    if not isinstance(value, Convention):
        return None
    return ", ".join(f"{name}={getattr(value, name)}" for name in value.differences(Convention())) or "defaults"


def close_list(values: list[float]) -> Any:
    return pytest.approx(values, nan_ok=True)


# Two images of three classes: class 1 is absent from the second, where it is predicted, class 2 from both.
FIRST = [[6, 2, 0, 0], [1, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
SECOND = [[8, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
PAIR = statistics_of(FIRST, SECOND)
IOU = [[6 / 9, 3 / 6, NAN], [8 / 10, 0, NAN]]


class TestOptions:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            ("per_cell", IOU),
            ("classes_then_images", IOU),
            ("per_class", [(6 / 9 + 8 / 10) / 2, 1 / 4, NAN]),
        ],
    )
    def test_scores_that_are_not_averaged_over_classes(self, order: Any, expected: list[Any]) -> None:
        value = evaluate("iou", PAIR, replace(PER_IMAGE, average="none", order=order))
        assert torch.allclose(value, torch.tensor(expected, dtype=torch.float64), equal_nan=True)

    @pytest.mark.parametrize(
        ("convention", "expected"),
        [
            (replace(PER_IMAGE, order="per_image"), [(6 / 9 + 1 / 2) / 2, 4 / 10]),
            (replace(MICRO, pooling="image", order="per_image"), [9 / 15, 8 / 12]),
            (replace(MICRO, pooling="image"), (9 / 15 + 8 / 12) / 2),
            (replace(PER_IMAGE, average="sum"), 6 / 9 + 1 / 2 + 8 / 10),
            (replace(PER_IMAGE, average="sum", order="per_class"), [6 / 9 + 8 / 10, 1 / 2, NAN]),
            (Convention(average="sum"), 14 / 19 + 3 / 8),
            (WEIGHTED, (18 * 14 / 19 + 4 * 3 / 8) / 22),
            (replace(WEIGHTED, weights=(1, 3, 5)), (14 / 19 + 3 * 3 / 8) / 4),
            (
                replace(WEIGHTED, weights=(1, 1, 0), weighted_mean_divisor="weights_and_classes"),
                (14 / 19 + 3 / 8) / 2 / 3,
            ),
            (replace(WEIGHTED, weights=(0, 0, 5)), NAN),
            (replace(WEIGHTED, weights=(0, 0, 5), zero_weight=0.25), 0.25),
            (replace(WEIGHTED, weights=(0, 0, 5), zero_weight="unweighted"), (14 / 19 + 3 / 8) / 2),
            (replace(WEIGHTED, weights=(0, 0, 5), nothing_left=0.5), 0.5),
            (Convention(excluded_classes=(0, 2)), 3 / 8),
            (replace(PER_CLASS, excluded_classes=(0,)), [3 / 8, NAN]),
            (replace(PER_CLASS, class_set="up_to_largest"), [14 / 19, 3 / 8]),
            (replace(PER_CLASS, class_set="seen"), [14 / 19, 3 / 8]),
            (Convention(class_set="seen", zero_division=0), (14 / 19 + 3 / 8) / 2),
            (Convention(zero_division=0), (14 / 19 + 3 / 8) / 3),
            (Convention(undefined="propagate"), NAN),
            (Convention(undefined="propagate", excluded_classes=(2,)), (14 / 19 + 3 / 8) / 2),
            (replace(FOREGROUND, excluded_classes=(0, 1)), NAN),
            (replace(FOREGROUND, excluded_classes=(0, 1), nothing_left=0), 0),
            (replace(PER_IMAGE, kept_classes="target"), ((6 / 9 + 1 / 2) / 2 + 8 / 10) / 2),
            (
                replace(PER_IMAGE, kept_classes="target", absent_value=1),
                ((6 / 9 + 1 / 2 + 1) / 3 + (8 / 10 + 2) / 3) / 2,
            ),
            (Convention(scale=100, digits=1), 55.6),
            (Convention(mean_epsilon=1), (14 / 19 + 3 / 8) / 3),
            (Convention(epsilon=1), (14 / 20 + 3 / 9 + 0) / 3),
            (replace(FOREGROUND, excluded_classes=(0, 1), nothing_left=1, scale=100), 100),
            (Convention(scale=100, zero_division=1), 100 * (14 / 19 + 3 / 8 + 1) / 3),
            (Convention(scale=100, absent_value=1, kept_classes="union"), 100 * (14 / 19 + 3 / 8 + 1) / 3),
        ],
        ids=options,
    )
    def test_iou_of_two_images_by_hand(self, convention: Convention, expected: float | list[float]) -> None:
        assert of("iou", PAIR, convention) == pytest.approx(expected, nan_ok=True, abs=1e-12)

    def test_one_undefined_image(self) -> None:
        empty = [[0] * 4] * 4
        statistics = statistics_of(FIRST, empty)
        mean = (6 / 9 + 1 / 2) / 2
        assert of("iou", statistics, PER_IMAGE) == pytest.approx(mean)
        assert math.isnan(of("iou", statistics, replace(PER_IMAGE, undefined_images="propagate")))
        # The number for a score of which nothing is left stands for the score, not for one of its images.
        assert of("iou", statistics, replace(PER_IMAGE, nothing_left=0)) == pytest.approx(mean)
        assert of("iou", statistics_of(empty, empty), replace(PER_IMAGE, nothing_left=0)) == 0
        assert of("iou", statistics, replace(PER_IMAGE, order="images_then_classes")) == pytest.approx(mean)
        undefined_class = replace(PER_IMAGE, order="images_then_classes", undefined_images="propagate")
        assert math.isnan(of("iou", statistics, undefined_class))
        assert of("iou", statistics, replace(undefined_class, excluded_classes=(2,))) == pytest.approx(mean)

    def test_zero_over_zero_of_the_micro_average(self) -> None:
        nothing = statistics_of([[0, 0, 0], [0, 0, 0], [9, 0, 0]], class_names=TWO)
        assert math.isnan(of("iou", nothing, MICRO))
        assert of("iou", nothing, replace(MICRO, zero_division=1)) == 1
        assert of("iou", nothing, replace(MICRO, zero_division=1, micro_zero_division=0)) == 0
        assert of("iou", nothing, Convention(zero_division=1, micro_zero_division=0)) == 1

    def test_ignored_pixels_that_stay_false_positives(self) -> None:
        rule = replace(PER_CLASS, ignored_classes=(0,))
        assert of("iou", PAIR, rule) == close_list([0, 3 / 4, NAN])
        kept = replace(rule, ignored_pixels="kept_as_false_positives")
        assert of("iou", PAIR, kept) == close_list([NAN, 3 / 8, NAN])

    def test_predictions_of_no_class_in_every_count(self) -> None:
        statistics = statistics_of([[5, 1, 2], [2, 3, 4], [0, 0, 0]], class_names=TWO)
        miss = mc.class_counts(statistics, Convention())
        assert [part[0].tolist() for part in miss.one_vs_rest] == [[5, 3], [2, 1], [3, 6], [7, 7]]
        removed = mc.class_counts(statistics, Convention(out_of_range="pixel_removed"))
        assert [part[0].tolist() for part in removed.one_vs_rest] == [[5, 3], [2, 1], [1, 2], [3, 5]]

    def test_void_pixels_in_every_count(self) -> None:
        statistics = statistics_of([[5, 1, 0], [2, 3, 0], [4, 0, 2]], class_names=TWO)
        kept = mc.class_counts(statistics, Convention(void="false_positive"))
        assert [part[0].tolist() for part in kept.one_vs_rest] == [[5, 3], [6, 1], [1, 2], [5, 11]]
        also_removed = mc.class_counts(statistics, Convention(void="false_positive", out_of_range="pixel_removed"))
        assert also_removed.tn[0].tolist() == [3, 9]

    def test_weights_that_do_not_fit_the_classes_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"one number a class \(3\); got 2"):
            evaluate("iou", PAIR, replace(WEIGHTED, weights=(1, 2)))

    def test_a_threshold_needs_scores(self) -> None:
        with pytest.raises(ValueError, match="threshold needs scores: count with scores and histogram='per_image'"):
            evaluate("iou", PAIR, Convention(threshold=0.5))

    def test_a_threshold_per_image_needs_a_histogram_per_image(self) -> None:
        statistics = mc.count([[0, 1]], [[0.2, 0.7]], num_classes=2, histogram="pooled")
        assert evaluate("iou", statistics, Convention(threshold=0.5)) == 1
        with pytest.raises(ValueError, match="per-image thresholds need per-image histograms"):
            evaluate("iou", statistics, Convention(threshold=0.5, pooling="image"))

    def test_parameters_of_a_formula(self) -> None:
        assert of("fbeta", HUNDRED, PER_CLASS, beta=0.5)[2] == pytest.approx(1.25 / (1.25 + 0.25 * 4))
        with pytest.raises(ValueError, match="takes no parameters"):
            evaluate("iou", HUNDRED, beta=0.5)


class TestWhatAScoreIsMadeOf:
    def test_cells_and_what_became_of_them(self) -> None:
        score = mc.score("iou", PAIR, PER_IMAGE)
        assert score.cells.tolist() == [close_list(row) for row in IOU]
        assert score.numerators.tolist() == [[6, 3, 0], [8, 0, 0]]
        assert score.denominators.tolist() == [[9, 6, 0], [10, 2, 0]]
        assert (score.defined, score.dropped, score.replaced) == (4, 2, 0)
        assert (score.formula.key, score.convention, score.reason) == ("iou", PER_IMAGE, "")

    @pytest.mark.parametrize(
        ("convention", "expected"),
        [
            (replace(PER_IMAGE, zero_division=0), (6, 0, 2)),
            (replace(PER_IMAGE, kept_classes="target"), (3, 3, 0)),
            (replace(PER_IMAGE, kept_classes="target", absent_value=0), (6, 0, 3)),
            (replace(PER_IMAGE, zero_division=0, excluded_classes=(2,)), (4, 0, 0)),
            (replace(MICRO, excluded_classes=(2,)), (1, 0, 0)),
        ],
        ids=options,
    )
    def test_cells_that_were_left_out_or_replaced(self, convention: Convention, expected: tuple[int, ...]) -> None:
        score = mc.score("iou", PAIR, convention)
        assert (score.defined, score.dropped, score.replaced) == expected

    @pytest.mark.parametrize(
        ("convention", "reason"),
        [
            (MACRO, ""),
            (Convention(excluded_classes=(0, 1, 2)), "every class is excluded from the average"),
            (Convention(excluded_classes=(0, 1)), "0/0 in every class that takes part"),
            (
                Convention(undefined="propagate"),
                "0/0 in 1 of 3 cells, and this convention lets one undefined cell undo",
            ),
            (PER_CLASS, "0/0 in 1 of 3 cells"),
        ],
        ids=options,
    )
    def test_why_a_score_is_undefined(self, convention: Convention, reason: str) -> None:
        assert mc.score("iou", PAIR, convention).reason.startswith(reason)

    @pytest.mark.parametrize("shape", ["scalar", "class", "image", "cell"])
    def test_values_are_float64_tensors(self, shape: str) -> None:
        rules = {"scalar": MACRO, "class": PER_CLASS, "image": replace(PER_IMAGE, order="per_image")}
        rule = rules.get(shape, replace(PER_IMAGE, average="none"))
        value = evaluate("iou", PAIR, rule)
        assert value.dtype == torch.float64
        assert value.shape == {"scalar": (), "class": (3,), "image": (2,), "cell": (2, 3)}[shape]

    def test_evaluating_changes_no_count(self) -> None:
        before = PAIR.confusion.clone()
        for average in ("none", "micro", "macro"):
            evaluate("mcc", PAIR, Convention(average=average, ignored_classes=(0,), out_of_range="pixel_removed"))
        assert torch.equal(PAIR.confusion, before)


class TestTrivialScore:
    def test_it_answers_the_commonest_class(self) -> None:
        score = mc.trivial_score("iou", HUNDRED, PER_CLASS)
        assert score.value.tolist() == [close(0.8), 0, 0]

    def test_an_ignored_class_is_no_answer(self) -> None:
        score = mc.trivial_score("recall", HUNDRED, Convention(average="none", ignored_classes=(0,)))
        assert score.value.tolist() == close_list([NAN, 1, 0])

    def test_void_pixels_stay_void(self) -> None:
        statistics = statistics_of([[3, 0, 0], [0, 1, 0], [5, 5, 5]], class_names=TWO)
        assert float(mc.trivial_score("recall", statistics, MICRO).value) == 0.75

    def test_each_image_gets_the_same_answer(self) -> None:
        statistics = statistics_of(
            [[9, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 0, 0], [0, 4, 0], [0, 0, 0]], class_names=TWO
        )
        rule = Convention(pooling="image", average="micro", order="per_image")
        assert mc.trivial_score("recall", statistics, rule).value.tolist() == [0.9, 0.2]

    def test_a_threshold_does_not_concern_it(self) -> None:
        assert mc.trivial_score("iou", HUNDRED, Convention(threshold=0.5)).convention.threshold is None


Labels = NDArray[np.int64]


def labelled(num_classes: int, pixels: int, seed: int, *, absent: tuple[int, ...] = ()) -> tuple[Labels, Labels]:
    """Target and a prediction right in half of the pixels, without some classes in the target."""
    random = np.random.default_rng(seed)
    target = random.choice([c for c in range(num_classes) if c not in absent], pixels)
    prediction = np.where(random.random(pixels) < 0.5, target, random.integers(0, num_classes, pixels))
    return target, prediction


DATA = {
    "two classes": (2, *labelled(2, 40, 0)),
    "five classes": (5, *labelled(5, 60, 1)),
    "an absent class that is predicted": (4, *labelled(4, 60, 2, absent=(2,))),
    "a class that is neither there nor predicted": (4, *(each % 3 for each in labelled(4, 60, 3))),
    "a class that is never predicted": (3, np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0])),
    "nothing right": (3, np.array([0, 1, 2]), np.array([1, 2, 0])),
    "everything right": (3, np.array([0, 1, 2]), np.array([0, 1, 2])),
    "a single class": (3, np.array([1, 1]), np.array([1, 1])),
    "one pixel": (3, np.array([1]), np.array([2])),
}
ON_ALL_DATA = pytest.mark.parametrize(("num_classes", "target", "prediction"), DATA.values(), ids=DATA)


def theirs(function: Any, target: Labels, prediction: Labels, **options: Any) -> Any:
    """What a function of scikit-learn returns; that it warns of undefined scores is its affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(function(target, prediction, **options), np.float64)


def assert_same(ours: torch.Tensor, value: Any) -> None:
    assert ours.shape == value.shape
    np.testing.assert_allclose(ours.numpy(), value, rtol=0, atol=1e-12)


class TestAgreementWithScikitLearn:
    @pytest.mark.parametrize("labels", [None, [0, 1, 2], [1, 2], [0]], ids=lambda labels: f"labels {labels}")
    @pytest.mark.parametrize("average", ["none", "micro", "macro", "weighted"])
    @ON_ALL_DATA
    def test_precision_recall_f_and_jaccard(
        self,
        num_classes: int,
        target: Labels,
        prediction: Labels,
        average: Literal["none", "micro", "macro", "weighted"],
        labels: list[int] | None,
    ) -> None:
        known = [label for label in labels or () if label < num_classes] if labels else None
        statistics = mc.count(target, prediction, num_classes=num_classes)
        rule = Convention(
            average=average,
            class_set="seen" if known is None else "fixed",
            excluded_classes=() if known is None else tuple(c for c in range(num_classes) if c not in known),
            zero_weight="unweighted",
        )
        functions = {
            "precision": (sk.precision_score, {}),
            "recall": (sk.recall_score, {}),
            "dice": (sk.f1_score, {}),
            "fbeta": (sk.fbeta_score, {"beta": 2}),
            "iou": (sk.jaccard_score, {}),
        }
        for (key, (function, more)), zero in product(functions.items(), (0.0, 1.0, NAN)):
            if key == "iou" and math.isnan(zero):
                continue
            options = {"average": None if average == "none" else average, "labels": known, "zero_division": zero}
            value = theirs(function, target, prediction, **options, **more)
            assert_same(evaluate(key, statistics, replace(rule, zero_division=zero)), value)

    @ON_ALL_DATA
    def test_accuracies_and_agreement_beyond_chance(self, num_classes: int, target: Labels, prediction: Labels) -> None:
        statistics = mc.count(target, prediction, num_classes=num_classes)
        assert_same(evaluate("recall", statistics, MICRO), theirs(sk.accuracy_score, target, prediction))
        balanced = evaluate("recall", statistics, BALANCED_ACCURACY)
        assert_same(balanced, theirs(sk.balanced_accuracy_score, target, prediction))
        mcc = evaluate("mcc", statistics, replace(MICRO, zero_division=0))
        assert_same(mcc, theirs(sk.matthews_corrcoef, target, prediction))
        assert_same(evaluate("kappa", statistics, MICRO), theirs(sk.cohen_kappa_score, target, prediction))

    @ON_ALL_DATA
    def test_one_class_against_the_rest(self, num_classes: int, target: Labels, prediction: Labels) -> None:
        statistics = mc.count(target, prediction, num_classes=num_classes)
        for label in range(num_classes):
            true, predicted = target == label, prediction == label
            against = {
                "specificity": theirs(sk.recall_score, ~true, ~predicted, zero_division=NAN),
                "npv": theirs(sk.precision_score, ~true, ~predicted, zero_division=NAN),
                "accuracy": theirs(sk.accuracy_score, true, predicted),
                "mcc": theirs(sk.matthews_corrcoef, true, predicted),
                "kappa": theirs(sk.cohen_kappa_score, true, predicted),
            }
            for key, value in against.items():
                zero = 0.0 if key == "mcc" else NAN
                assert_same(evaluate(key, statistics, replace(PER_CLASS, zero_division=zero))[label], value)

    @ON_ALL_DATA
    def test_confusion_matrix(self, num_classes: int, target: Labels, prediction: Labels) -> None:
        statistics = mc.count(target, prediction, num_classes=num_classes)
        expected = sk.confusion_matrix(target, prediction, labels=list(range(num_classes)))
        assert np.array_equal(statistics.confusion[0, :-1, :-1].numpy(), expected)

    @ON_ALL_DATA
    def test_counts_of_each_class(self, num_classes: int, target: Labels, prediction: Labels) -> None:
        cells = mc.class_counts(mc.count(target, prediction, num_classes=num_classes), Convention())
        tables = sk.multilabel_confusion_matrix(target, prediction, labels=list(range(num_classes)))
        for name, (row, column) in {"tn": (0, 0), "fp": (0, 1), "fn": (1, 0), "tp": (1, 1)}.items():
            assert np.array_equal(getattr(cells, name)[0], tables[:, row, column])


def test_every_formula_evaluates_under_every_average_and_order() -> None:
    averages, orders = ("none", "micro", "macro", "weighted", "sum"), (
        "classes_then_images", "images_then_classes", "all_cells", "per_image", "per_class", "per_cell",
    )  # fmt: skip
    for key, average, order, pooling in product(FORMULAS, averages, orders, ("dataset", "image")):
        value = evaluate(key, PAIR, Convention(average=average, order=order, pooling=pooling))  # pyright: ignore[reportArgumentType]
        assert value.dtype == torch.float64
        assert value.ndim <= 2
