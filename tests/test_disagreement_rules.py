"""Other rules: what single options do to a score, its range over common rules, and who wins under which."""

import math

import numpy as np
import pytest

import metrics_core as mc
from metrics_core.disagreement import Rule, common_rules
from tests.confusion_tables import HUNDRED, STREET, binary, statistics_of

Convention = mc.Convention
LESION = ("background", "lesion")
LESION_ONLY = Convention(excluded_classes=(0,), pooling="image")
# Ten images of 100 pixels: a lesion of 20 pixels in five, none in the others, where A marks one pixel all the same.
A = statistics_of(*[binary(17, 3, 3, 77)] * 5, *[binary(0, 1, 0, 99)] * 5, class_names=LESION)
B = statistics_of(*[binary(16, 4, 4, 76)] * 5, *[binary(0, 0, 0, 100)] * 5, class_names=LESION)

# Two models on the same two images, where no single option makes the second one win.
PAIR = (
    statistics_of([[1, 0, 0, 0], [0, 5, 1, 0], [0, 0, 1, 0], [0] * 4], [[0] * 4, [2, 1, 0, 0], [0, 1, 1, 0], [0] * 4]),
    statistics_of([[0, 0, 1, 0], [0, 4, 2, 0], [0, 1, 0, 0], [0] * 4], [[0] * 4, [1, 2, 0, 0], [0, 0, 2, 0], [0] * 4]),
)


def lesion_rule(**options: object) -> Convention:
    return Convention(**{"excluded_classes": (0,), "pooling": "image", **options})  # pyright: ignore[reportArgumentType]


def test_scores_pooled_when_counted_are_not_thresholded_image_by_image() -> None:
    scores = np.array([[[0.9, 0.2], [0.1, 0.8]], [[0.6, 0.7], [0.4, 0.3]]])
    at_half = Convention(threshold=0.5)
    for histogram, poolings in (("pooled", {"dataset"}), ("per_image", {"dataset", "image"})):
        statistics = mc.count([[0, 1], [1, 0]], scores, num_classes=2, histogram=histogram)
        assert {rule.convention.pooling for rule in common_rules(statistics, at_half)} == poolings
        assert mc.rules_range(statistics, "iou", at_half).values


class TestSingleOptionEffects:
    def test_largest_effect_comes_first(self) -> None:
        effects = mc.single_option_effects(HUNDRED, "iou")

        assert (effects[0].option, effects[0].end) == ("average", "weighted mean over classes")
        assert (effects[0].value, effects[0].delta) == pytest.approx((0.722408, 0.722408 - 0.481257), abs=1e-6)
        sizes = [abs(effect.delta) for effect in effects]
        assert sizes == sorted(sizes, reverse=True)

    def test_each_effect_is_the_score_of_its_convention(self) -> None:
        base = Convention(pooling="image", zero_division=0.0)
        before = float(mc.evaluate("dice", STREET, base))
        effects = mc.single_option_effects(STREET, "dice", base)

        assert effects
        for effect in effects:
            assert effect.convention.differences(base) == (effect.option,)
            assert effect.value == pytest.approx(float(mc.evaluate("dice", STREET, effect.convention)), nan_ok=True)
            assert math.isnan(effect.delta) or effect.delta == pytest.approx(effect.value - before)
            assert effect.sentence

    def test_options_without_effect_are_left_out(self) -> None:
        options = {effect.option for effect in mc.single_option_effects(HUNDRED, "iou")}

        assert options == {"average", "excluded_classes", "ignored_classes", "epsilon", "mean_epsilon"}

    def test_what_becomes_undefined_comes_last(self) -> None:
        effects = mc.single_option_effects(STREET, "precision")

        assert effects[-1].option == "undefined"
        assert math.isnan(effects[-1].value)
        assert not any(math.isnan(effect.value) for effect in effects[:-1])

    def test_threshold_is_tried_where_there_are_scores(self) -> None:
        scores = [[[0.8, 0.45, 0.3, 0.1], [0.1, 0.4, 0.3, 0.9], [0.1, 0.15, 0.4, 0.0]]]
        statistics = mc.count([[0, 0, 2, 1]], scores, num_classes=3, histogram="per_image")
        effects = {effect.option: effect for effect in mc.single_option_effects(statistics, "iou")}

        assert effects["threshold"].value == pytest.approx(0.5)


class TestRulesRange:
    def test_every_common_rule_is_in_it_once(self) -> None:
        found = mc.rules_range(STREET, "iou")
        labels = [label for entry in found.values for label in entry.labels]

        assert sorted(labels) == sorted(rule.label for rule in common_rules(STREET))
        assert len(set(labels)) == len(labels) == 48

    def test_values_are_those_of_their_conventions_in_ascending_order(self) -> None:
        found = mc.rules_range(STREET, "precision")

        for entry in found.values:
            score = float(mc.evaluate("precision", STREET, entry.convention))
            assert entry.value == pytest.approx(score, nan_ok=True)
        defined = [entry.value for entry in found.values if not math.isnan(entry.value)]
        assert defined == sorted(set(defined))
        assert (found.low, found.high) == (defined[0], defined[-1])

    def test_label_names_only_the_choices_that_matter(self) -> None:
        values = {entry.label: entry.value for entry in mc.rules_range(HUNDRED, "iou").values}

        assert values == pytest.approx(
            {
                "macro": 0.481257,
                "micro": 0.709402,
                "weighted": 0.722408,
                "macro · without class 0 (background)": (10 / 23 + 0.2) / 2,
                "micro · without class 0 (background)": 11 / 28,
                "weighted · without class 0 (background)": (15 * 10 / 23 + 5 * 0.2) / 20,
            },
            abs=5e-7,
        )

    def test_undefined_value_comes_last(self) -> None:
        nothing = statistics_of(binary(0, 0, 0, 9), class_names=LESION)
        found = mc.rules_range(nothing, "iou")

        assert math.isnan(found.values[-1].value)
        assert "without class 0 (background)" in found.values[-1].label
        assert (found.low, found.high) == (0.0, 1.0)

    def test_ignored_and_excluded_classes_of_the_convention_stay(self) -> None:
        base = Convention(ignored_classes=(1,), excluded_classes=(2,), scale=100.0, digits=0)
        rules = common_rules(HUNDRED, base)

        assert {rule.convention.ignored_classes for rule in rules} == {(1,)}
        assert {rule.convention.excluded_classes for rule in rules} == {(2,), (0, 2)}
        assert {(rule.convention.scale, rule.convention.digits) for rule in rules} == {(1.0, None)}

    def test_a_single_class_is_never_left_out(self) -> None:
        one = statistics_of([[5, 0], [0, 0]], class_names=("thing",))

        assert {rule.convention.excluded_classes for rule in common_rules(one)} == {()}


class TestVerdict:
    def test_rule_for_empty_images_flips_the_winner(self) -> None:
        rules = [
            Rule(label="empty images left out", convention=lesion_rule(kept_classes="target")),
            Rule(label="empty images count as 1", convention=lesion_rule(zero_division=1.0)),
            Rule(label="empty images count as 0", convention=lesion_rule(zero_division=0.0)),
            Rule(label="0/0 left out", convention=lesion_rule()),
            Rule(label="pooled", convention=lesion_rule(pooling="dataset")),
        ]
        found = mc.verdict(A, B, "dice", LESION_ONLY, rules=rules)

        assert [(row.label, row.winner) for row in found.rows] == list(
            zip((rule.label for rule in rules), "ababa", strict=True)
        )
        expected = [(0.85, 0.80), (0.425, 0.90), (0.425, 0.40), (0.425, 0.80), (0.829268, 0.80)]
        for row, scores in zip(found.rows, expected, strict=True):
            assert (row.a, row.b) == pytest.approx(scores, abs=5e-7)
        assert (found.number("a"), found.number("b"), found.number("tie")) == (3, 2, 0)

    def test_smallest_change_that_flips_the_winner(self) -> None:
        found = mc.verdict(A, B, "dice", lesion_rule(kept_classes="target"))

        assert found.current.winner == "a"
        assert found.flip is not None
        assert (found.flip.options, found.flip.description) == (
            ("kept_classes",),
            "absent classes: kept instead of dropped",
        )
        assert (found.flip.a, found.flip.b) == pytest.approx((0.425, 0.80))

    def test_winner_that_0_over_0_decides(self) -> None:
        found = mc.verdict(A, B, "dice", lesion_rule(zero_division=1.0))

        assert found.current.winner == "b"
        assert found.flip is not None
        assert found.flip.description == "0/0: 0 instead of 1"

    def test_dice_and_iou_can_rank_differently_once_averaged(self) -> None:
        first = statistics_of(binary(100, 0, 0), binary(4, 96, 96), class_names=LESION)
        second = statistics_of(binary(50, 25, 25), binary(50, 25, 25), class_names=LESION)
        by_iou, by_dice = (mc.verdict(first, second, formula, LESION_ONLY) for formula in ("iou", "dice"))

        assert (by_iou.current.winner, by_dice.current.winner) == ("a", "b")
        assert (by_iou.current.a, by_iou.current.b) == pytest.approx((0.510204, 0.5), abs=5e-7)
        assert (by_dice.current.a, by_dice.current.b) == pytest.approx((0.52, 0.666667), abs=5e-7)
        assert by_iou.different_targets == ("image 0", "image 1")

    def test_two_options_where_no_single_one_flips(self) -> None:
        first, second = PAIR
        found = mc.verdict(first, second, "iou")

        assert found.flip is not None
        assert len(found.flip.options) == 2
        scores = [float(mc.evaluate("iou", statistics, found.flip.convention)) for statistics in PAIR]
        assert [found.flip.a, found.flip.b] == pytest.approx(scores)
        assert (found.current.a > found.current.b) != (found.flip.a > found.flip.b)

    def test_better_under_every_rule(self) -> None:
        perfect = statistics_of([[80, 0, 0, 0], [0, 15, 0, 0], [0, 0, 5, 0], [0] * 4])
        found = mc.verdict(perfect, HUNDRED, "iou")

        assert found.number("a") == len(found.rows)
        assert found.flip is None

    def test_same_model_twice(self) -> None:
        found = mc.verdict(HUNDRED, HUNDRED, "iou")

        assert {row.winner for row in found.rows} == {"tie"}
        assert found.flip is None

    def test_undefined_has_no_winner(self) -> None:
        found = mc.verdict(STREET, STREET, "precision", Convention(undefined="propagate"))

        assert (found.current.winner, found.flip) == ("undefined", None)

    def test_lower_is_better_for_error_rates(self) -> None:
        careful, careless = (statistics_of(binary(5, fp, 5, 90), class_names=LESION) for fp in (1, 9))
        found = mc.verdict(careful, careless, "false_positive_rate", Convention(excluded_classes=(0,)))

        assert found.current.winner == "a"

    def test_only_images_of_both_models_are_paired(self) -> None:
        found = mc.verdict(A.select([0, 1, 2, 9]), B.select([9, 8, 1]), "dice", LESION_ONLY)

        assert found.images == 2
        assert found.dropped == ("image 0", "image 2", "image 8")
        assert found.current.a == pytest.approx(0.85 / 2)
        assert found.current.b == pytest.approx(0.80)

    def test_models_of_different_classes(self) -> None:
        with pytest.raises(ValueError, match="same classes"):
            mc.verdict(HUNDRED, A, "iou")

    def test_models_without_a_common_image(self) -> None:
        with pytest.raises(ValueError, match="no image name in common"):
            mc.verdict(A.select([0]), B.select([1]), "iou")


def test_an_ignored_background_enters_no_rule() -> None:
    rules = common_rules(HUNDRED, Convention(ignored_classes=(0,), excluded_classes=(0,)))
    assert {rule.convention.excluded_classes for rule in rules} == {(0,)}
