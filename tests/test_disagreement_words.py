"""Words: what each option is said to do to given data, and that the counts bear it out."""

import math
from typing import Any

import pytest

import metrics_core as mc
from metrics_core.disagreement import words
from tests.confusion_tables import EMPTY, HUNDRED, STREET, statistics_of

Options = dict[str, Any]
IMAGE: Options = {"pooling": "image"}


def only_sentence(start: tuple[str, Options], end: tuple[str, Options], statistics: mc.Statistics = STREET) -> str:
    """The sentence of the one step between two conventions."""
    ends = [(formula, mc.Convention(**options)) for formula, options in (start, end)]
    (step,) = mc.explain(statistics, start=ends[0], end=ends[1]).steps
    return step.sentence


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            {},
            {"ignored_classes": (0,)},
            "the target pixels of class 0 (background) leave the counts, 116 pixels (85.9 %), "
            "and with them 4 false positives of other classes",
        ),
        (
            {"ignored_classes": (1,)},
            {"ignored_classes": (2,)},
            "the target pixels of class 2 (walker) leave the counts, 5 pixels (3.7 %), "
            "and with them 5 false positives of other classes; "
            "the target pixels of class 1 (car) enter the counts, 14 pixels (10.4 %), "
            "and with them 3 false positives of other classes",
        ),
        (
            {"ignored_classes": (1,)},
            {"ignored_classes": (1,), "ignored_pixels": "kept_as_false_positives"},
            "ignored pixels stay as false positives of the class predicted there: 3 pixels",
        ),
        (
            {"ignored_classes": (1,), "ignored_pixels": "kept_as_false_positives"},
            {"ignored_classes": (1,)},
            "ignored pixels leave every count, also as false positives of the class predicted there: 3 pixels",
        ),
        (
            {},
            {"void": "false_positive"},
            "void pixels count as false positives where a class is predicted: 8 of 12 pixels",
        ),
        ({"void": "false_positive"}, {}, "void pixels leave every count: 12 pixels"),
        ({}, {"out_of_range": "pixel_removed"}, "pixels predicted as no class leave every count: 3 pixels"),
        ({"out_of_range": "pixel_removed"}, {}, "pixels predicted as no class count as false negatives: 3 pixels"),
        ({"scale": 1.0}, {"scale": 100.0, "digits": 2}, "the same score is given in per cent, rounded to 2 digits"),
        ({"digits": 1}, {}, "the same score is given as a fraction, without rounding"),
        ({}, {"epsilon": 1.0}, "1 is added to every denominator instead of 0; the smallest here is 5"),
        ({}, {"mean_epsilon": 0.5}, "0.5 is added to the number of averaged classes instead of 0"),
    ],
)
def test_counting_and_numbers(start: Options, end: Options, expected: str) -> None:
    assert only_sentence(("iou", start), ("iou", end)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            {},
            IMAGE,
            "each of the 2 images is scored and the scores are averaged, instead of pooling all pixels: "
            "images score from 0.435 to 1.000",
        ),
        (IMAGE, {}, "the pixels of 2 images are pooled before dividing, instead of averaging by image"),
        (
            IMAGE,
            {**IMAGE, "order": "images_then_classes"},
            "each class is averaged over the 2 images and then the classes are averaged; "
            "before, each of the 2 images is scored and the scores are averaged",
        ),
        (
            {},
            {"average": "micro"},
            "one ratio of the counts summed over classes (micro) instead of a plain mean over classes (macro): "
            "class 0 (background) holds 85.9 % of the target pixels",
        ),
        (
            {},
            {"average": "weighted", "weights": (1.0, 2.0, 3.0), "weighted_mean_divisor": "weights_and_classes"},
            "a mean over classes weighted by 1, 2, 3 instead of a plain mean over classes (macro); "
            "this weighted mean is also divided by the number of classes, 3: "
            "class 0 (background) holds 85.9 % of the target pixels",
        ),
        (
            {"average": "weighted"},
            {"average": "weighted", "weights": (1.0, 2.0, 3.0)},
            "classes are weighted by 1, 2, 3 instead of target pixels",
        ),
        ({}, {"excluded_classes": (0,)}, "class 0 (background), 0.924 on its own, leaves the mean"),
        ({"excluded_classes": (0,)}, {}, "class 0 (background), 0.924 on its own, joins the mean"),
        (
            {"average": "micro"},
            {"average": "micro", "excluded_classes": (0, 1)},
            "classes 0 (background) and 1 (car) leave the sums",
        ),
    ],
)
def test_averaging(start: Options, end: Options, expected: str) -> None:
    assert only_sentence(("iou", start), ("iou", end)) == expected


TWO_CELLS = "2 of 6 (image, class) cells, in the 1 of 2 images whose target holds nothing but class 0 (background)"


@pytest.mark.parametrize(
    ("formula", "start", "end", "expected"),
    [
        (
            "iou",
            {**IMAGE, "zero_division": 0.0},
            {**IMAGE, "zero_division": 0.0, "kept_classes": "target"},
            f"only classes that the target holds take part; dropped now: {TWO_CELLS}",
        ),
        (
            "iou",
            {**IMAGE, "kept_classes": "target"},
            {**IMAGE, "kept_classes": "all", "zero_division": 0.0},
            f"every class takes part; taking part now: {TWO_CELLS}",
        ),
        (
            "iou",
            {**IMAGE, "kept_classes": "target"},
            {**IMAGE, "kept_classes": "target", "absent_value": 0.0},
            f"an absent class counts as 0 instead of being dropped: {TWO_CELLS}",
        ),
        (
            "recall",
            IMAGE,
            {**IMAGE, "zero_division": 0.0},
            f"0/0 counts as 0 instead of being dropped: neither target nor predicted pixels in {TWO_CELLS}",
        ),
        (
            "precision",
            {**IMAGE, "kept_classes": "target"},
            {**IMAGE, "kept_classes": "target", "zero_division": 0.0},
            "0/0 counts as 0 instead of being dropped: no predicted pixel in 1 of 6 (image, class) cells, "
            "in 1 of 2 images",
        ),
        (
            "precision",
            {},
            {"zero_division": 0.0},
            "0/0 counts as 0 instead of being dropped: no predicted pixel in class 2 (walker)",
        ),
        (
            "precision",
            {"zero_division": 1.0},
            {"zero_division": math.nan},
            "0/0 is dropped instead of counting as 1: no predicted pixel in class 2 (walker)",
        ),
        (
            "precision",
            {},
            {"undefined": "propagate"},
            "an undefined cell makes the mean undefined instead of being skipped: class 2 (walker); "
            "the score becomes undefined",
        ),
        (
            "precision",
            {"undefined": "propagate"},
            {},
            "an undefined cell is skipped instead of making the mean undefined: class 2 (walker); "
            "the score becomes defined",
        ),
    ],
)
def test_undefined_cells(formula: str, start: Options, end: Options, expected: str) -> None:
    sentences = [
        step.sentence
        for step in mc.explain(STREET, formula=formula, start=mc.Convention(**start), end=mc.Convention(**end)).steps
    ]

    assert expected in sentences


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("iou", "dice", "Dice is computed instead of IoU, from the same counts"),
        (
            "recall",
            "accuracy",
            "Accuracy is computed instead of Recall: true negatives, 63.7 % of all one-vs-rest decisions, now count",
        ),
        (
            "dice",
            "fbeta_from_precision_recall",
            "F1 from precision and recall is computed instead of Dice: "
            "without a true positive that is 0/0, where counts give 0; class 2 (walker)",
        ),
    ],
)
def test_formula(start: str, end: str, expected: str) -> None:
    assert only_sentence((start, {}), (end, {})) == expected


def test_classes_that_are_never_seen() -> None:
    statistics = statistics_of([[5, 1, 0, 0], [2, 6, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    sentence = only_sentence(
        ("iou", {"zero_division": 0.0}), ("iou", {"zero_division": 0.0, "class_set": "seen"}), statistics
    )

    assert sentence == "classes seen in neither target nor prediction do not count: class 2 (walker)"


def test_images_with_other_classes_are_not_called_empty() -> None:
    no_car, no_walker = [[5, 0, 0, 0], [0] * 4, [0, 0, 3, 0], [0] * 4], [[5, 0, 0, 0], [0, 4, 0, 0], [0] * 4, [0] * 4]
    sentence = only_sentence(("iou", IMAGE), ("iou", {**IMAGE, "zero_division": 0.0}), statistics_of(no_car, no_walker))

    assert sentence.endswith("neither target nor predicted pixels in 2 of 6 (image, class) cells, in 2 of 2 images")


def test_nothing_left_to_average() -> None:
    sentence = only_sentence(
        ("iou", {"excluded_classes": (0,)}),
        ("iou", {"excluded_classes": (0,), "nothing_left": 0.0}),
        statistics_of(EMPTY),
    )

    assert sentence == "with nothing left to average, the score is 0 instead of undefined; the score becomes defined"


def test_threshold() -> None:
    target = [[0, 0, 1, 1]]
    scores = [[[0.8, 0.7, 0.6, 0.1], [0.2, 0.3, 0.4, 0.9]]]
    statistics = mc.count(target, scores, num_classes=2, histogram="per_image")

    assert only_sentence(("iou", {}), ("iou", {"threshold": 0.35}), statistics) == (
        "a class is predicted where its score is >= 0.35, not where it is highest: 5 positive decisions instead of 4"
    )


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (1, 3, "33.3 %"),
        (1, 10**6, "less than 0.1 %"),
        (10**6 - 1, 10**6, "more than 99.9 %"),
        (0, 0, "0 %"),
    ],
)
def test_share_is_never_rounded_to_none_or_all(part: int, whole: int, expected: str) -> None:
    assert words.shown_share(part, whole) == expected


def test_names_of_classes() -> None:
    names = ("background", "class 1", "2", "car", "walker")

    assert [words.one_class(label, names) for label in range(3)] == ["class 0 (background)", "class 1", "class 2"]
    assert words.classes((0, 3), names) == "classes 0 (background) and 3 (car)"
    assert words.classes((0, 1, 3, 4), names) == "4 of 5 classes"


def test_every_option_has_a_label() -> None:
    assert set(mc.Convention.__dataclass_fields__) | {"formula", "library"} == set(words.LABELS)


def test_sentence_tells_what_changes_on_other_data_too() -> None:
    assert only_sentence(("iou", {}), ("iou", {"excluded_classes": (2,)}), HUNDRED) == (
        "class 2 (walker), 0.200 on its own, leaves the mean"
    )
