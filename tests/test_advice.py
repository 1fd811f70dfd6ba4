"""Advice: each of the twenty rules where it applies, with its numbers, and where it has nothing to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings

import metrics_core as mc
from metrics_core.advice import Kind
from tests.confusion_tables import HUNDRED, STREET, binary, statistics_of
from tests.resampling_examples import FIRST, LESION, POOLED_LESION, SECOND, THIRD, TWO, of_dice
from tests.strategies import Sample, conventions, samples

# One image: 10 x 10 pixels of a lesion in 100 x 100, and a prediction of nothing.
NOTHING = statistics_of(binary(0, 0, 100, 9900), class_names=TWO)
# Large squares, well found, everywhere: most rules have nothing to say.
LARGE = statistics_of(*[binary(4000, 100, 100, 4000)] * 6, class_names=TWO)
EAGER = statistics_of(*[binary(17, 3, 3, 77)] * 5, *[binary(0, 1, 0, 99)] * 5, class_names=TWO)
PATIENTS = {name: str(i // 4) for i, name in enumerate(FIRST.image_names)}
# A lesion of 10 pixels that is found, and 40 false positives.
FOUND = statistics_of(binary(10, 40, 0, 50), class_names=TWO)


def scored(probabilities: Any, target: Any) -> mc.Statistics:
    """Statistics of probabilities of class 1 [image, pixel]."""
    scores = np.asarray(probabilities, np.float32)
    return mc.count(target, np.stack([1 - scores, scores], 1), num_classes=2, histogram="per_image")


# F1 is 0 at a threshold of 0.5 and 0.889 at 0.35.
RARE = scored(np.repeat([0.4, 0.1, 0.3, 0.05], [80, 20, 100, 9800])[None], (np.arange(10_000) < 100).astype(int)[None])


def said(
    number: int, statistics: mc.Statistics, formula: str = "iou", rule: mc.Convention | None = None, **known: Any
) -> mc.Advice | None:
    """What one rule says; None where it is silent."""
    found = [each for each in mc.advise(statistics, formula, rule, known=mc.Known(**known)) if each.rule == number]
    return found[0] if found else None


def reason(number: int, statistics: mc.Statistics, *arguments: Any, **known: Any) -> str:
    """The reason of a rule that applies."""
    advice = said(number, statistics, *arguments, **known)
    assert advice is not None
    return advice.reason


class TestRecords:
    def test_there_are_twenty_rules(self) -> None:
        assert [rule.number for rule in mc.ADVICE_RULES] == list(range(1, 21))

    def test_each_is_complete(self) -> None:
        for rule in mc.ADVICE_RULES:
            assert rule.title
            assert rule.kind in get_args(Kind)
            assert rule.lesson[0] == "L"
            assert rule.lesson[1:].isdigit()
            assert bool(rule.needs) == bool(rule.question)
            assert not rule.needs or hasattr(mc.Known(), rule.needs)

    def test_a_kind_and_its_title_read_as_one_advice(self) -> None:
        """What is to be used or avoided is named itself: no title orders or denies."""
        for rule in mc.ADVICE_RULES:
            first = rule.title.split()[0].lower()
            assert first not in {"no", "not", "avoid", "use", "declare", "say", "exclude", "count", "only"}, rule.title

    def test_each_has_its_tests(self) -> None:
        """Every rule has a class below that shows it applying and silent."""
        names = {name for name in globals() if name.startswith("TestRule")}
        assert names == {f"TestRule{rule.number:02}" for rule in mc.ADVICE_RULES}

    def test_what_is_unknown_is_asked(self) -> None:
        asked = {each.rule: each for each in mc.advise(LARGE) if each.kind == "check"}
        assert set(asked) == {rule.number for rule in mc.ADVICE_RULES if rule.needs}
        assert all(each.reason.count("?") == 1 for each in asked.values())
        assert all(each.formula is None and each.convention is None for each in asked.values())

    def test_thresholds_without_scores_of_every_image_are_judged_by_labels(self) -> None:
        assert mc.advise(FIRST, "iou", mc.Convention(threshold=0.3)) == mc.advise(FIRST, "iou", mc.Convention())

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match=r"background must be a class 0\.\.1 or None; got 2"):
            mc.advise(LARGE, known=mc.Known(background=2))
        with pytest.raises(ValueError, match="unknown formula"):
            mc.advise(LARGE, "iuo")

    @settings(max_examples=60)
    @given(sample=samples(), rule=conventions())
    def test_no_data_and_no_convention_are_too_odd(self, sample: Sample, rule: mc.Convention) -> None:
        questions = ("objects_matter", "boundary_matters", "tubular", "volume_matters", "calibration_matters")
        yes: dict[str, Any] = dict.fromkeys((*questions, "shapes_changed", "several_raters"), "yes")
        statistics = sample.statistics
        known = mc.Known(**yes, costlier_error="misses", other=statistics, models={"a": statistics, "b": statistics})
        for advice in mc.advise(statistics, "iou", rule, known=known):
            assert "nan" not in advice.reason
            if advice.convention is not None:
                mc.evaluate(advice.formula or "iou", statistics, advice.convention)


class TestRule01:
    def test_objects_that_matter(self) -> None:
        advice = said(1, NOTHING, objects_matter="yes")
        assert advice is not None
        assert (advice.kind, advice.lesson) == ("avoid", "L11")
        assert "in 1 of 1 (image, class) cell with an object, no pixel of it is found" in advice.reason

    def test_objects_that_do_not(self) -> None:
        assert said(1, NOTHING, objects_matter="no") is None


class TestRule02:
    def test_accuracy(self) -> None:
        advice = said(2, NOTHING, "accuracy", mc.Convention(average="micro"))
        assert advice is not None
        assert (advice.kind, advice.lesson, advice.formula) == ("use", "L01", mc.get_formula("dice"))
        assert (
            "Accuracy as asked for is 0.990, and always answering the commonest class would give 0.990" in advice.reason
        )
        assert advice.convention == mc.Convention(pooling="image")

    def test_pooled_overlap(self) -> None:
        means = [f"{float(mc.evaluate(key, FIRST, LESION)):.3f}" for key in ("dice", "iou")]
        assert f"is Dice {means[0]} and IoU {means[1]}: show both" in reason(2, FIRST, "dice", POOLED_LESION)

    def test_overlap_of_each_image(self) -> None:
        assert said(2, FIRST, "dice", LESION) is None
        assert said(2, FIRST, "iou", LESION) is None


class TestRule03:
    @pytest.mark.parametrize(
        ("error", "key", "value"), [("misses", "fbeta", "0.556"), ("false_alarms", "fbeta(0.5)", "0.238")]
    )
    def test_one_error_costs_more(self, error: str, key: str, value: str) -> None:
        advice = said(3, FOUND, costlier_error=error)
        assert advice is not None
        assert advice.formula is not None
        assert advice.formula.key == key
        assert "recall is 1.000 and precision 0.200; Dice weighs both alike, 0.333" in advice.reason
        assert value in advice.reason

    def test_both_cost_the_same(self) -> None:
        assert said(3, FOUND, costlier_error="neither") is None


class TestRule04:
    @pytest.mark.parametrize(("side", "dice"), [(4, "0.400"), (8, "0.720"), (16, "0.867")])
    def test_small_squares(self, side: int, dice: str) -> None:
        text = reason(4, statistics_of(binary(side**2, 0, 0, 128**2 - side**2), class_names=TWO))
        assert f"a square of side {side}: losing one pixel all around alone takes its Dice to {dice}" in text

    def test_large_squares(self) -> None:
        assert said(4, LARGE) is None
        assert said(4, statistics_of(binary(64**2, 0, 0, 128**2 - 64**2), class_names=TWO)) is None


class TestRule05:
    def test_boundary(self) -> None:
        assert "how many pixels are wrong, here 50 pixels, not where" in reason(5, HUNDRED_LIKE, boundary_matters="yes")

    @pytest.mark.parametrize(
        ("outliers", "distance"), [("yes", "Hausdorff distance"), ("no", "average surface distance")]
    )
    def test_outliers(self, outliers: str, distance: str) -> None:
        text = reason(5, FOUND, boundary_matters="yes", outliers_matter=outliers)
        assert f"and the {distance}" in text

    def test_no_boundary(self) -> None:
        assert said(5, FOUND, boundary_matters="no") is None


HUNDRED_LIKE = statistics_of(binary(10, 30, 20, 40), class_names=TWO)


class TestRule06:
    def test_tubes(self) -> None:
        text = reason(6, FOUND, tubular="yes")
        assert "Dice 0.333" in text
        assert "clDice" in text

    def test_no_tubes(self) -> None:
        assert said(6, FOUND, tubular="no") is None


class TestRule07:
    def test_volume(self) -> None:
        assert "class 1 (lesion) +400.0 %" in reason(7, FOUND, volume_matters="yes")

    def test_no_volume(self) -> None:
        assert said(7, FOUND, volume_matters="no") is None


class TestRule08:
    def test_empty_images(self) -> None:
        advice = said(8, EAGER, "dice", LESION)
        assert advice is not None
        assert (advice.kind, advice.lesson) == ("declare", "L16")
        assert (
            "class 1 (lesion) is absent from the target of 5 of 10 images: its mean Dice is 0.850 without these, 0.425 "
            "with 0/0 as 0, 0.425 with 0/0 as 1" in advice.reason
        )
        assert "in 5 of 5 images that show it and in 5 of 5 that do not (5 false pixels)" in advice.reason
        assert float(mc.evaluate("dice", EAGER, advice.convention)) == pytest.approx(0.85)

    def test_no_empty_image(self) -> None:
        assert said(8, FIRST, "dice", LESION) is None


class TestRule09:
    def test_background_in_the_mean(self) -> None:
        advice = said(9, NOTHING)
        assert advice is not None
        assert (advice.kind, advice.title, advice.lesson) == ("avoid", "Background in the mean", "L09")
        assert "99.0 % of the target pixels" in advice.reason
        assert "IoU is 0.495 with it and 0.000 without" in advice.reason
        assert advice.convention == mc.Convention(excluded_classes=(0,))

    def test_ignored_background(self) -> None:
        advice = said(9, FOUND, "iou", mc.Convention(ignored_classes=(0,), class_set="seen"))
        assert advice is not None
        assert (advice.kind, advice.title, advice.lesson) == ("avoid", "Background pixels ignored", "L17")
        assert "hides 40 false positives of other classes: IoU is 1.000, and 0.200 where" in advice.reason
        assert advice.convention is not None
        assert (advice.convention.ignored_classes, advice.convention.excluded_classes) == ((), (0,))

    def test_excluded_background(self) -> None:
        assert said(9, FOUND, "iou", POOLED_LESION) is None

    def test_no_class_is_background(self) -> None:
        assert said(9, FOUND, background=None) is None


class TestRule10:
    def test_void_pixels(self) -> None:
        text = reason(10, STREET)
        assert text == (
            "12 of 147 target pixels are void, 8.2 %, and left out of target and prediction: say so beside the score"
        )

    def test_much_void(self) -> None:
        statistics = statistics_of([[60, 0, 0], [0, 20, 0], [0, 25, 0]], class_names=TWO)
        assert reason(10, statistics).endswith("more than a fifth of the data is not scored")

    def test_void_pixels_as_false_positives(self) -> None:
        advice = said(10, STREET, "iou", mc.Convention(void="false_positive"))
        assert advice is not None
        assert (advice.kind, advice.title) == ("avoid", "Void pixels as false positives")
        assert "false positive, 8 pixels" in advice.reason
        assert advice.convention == mc.Convention()

    def test_no_void_pixel(self) -> None:
        assert said(10, LARGE) is None


class TestRule11:
    def test_rare_class(self) -> None:
        advice = said(11, NOTHING, "iou", mc.Convention(average="micro"))
        assert advice is not None
        assert (advice.kind, advice.lesson, advice.convention) == ("avoid", "L02", mc.Convention())
        assert advice.title == "Micro headline on imbalanced classes"
        assert "class 1 (lesion) holds 1.0 % of the target pixels, 99 times fewer" in advice.reason
        assert "micro 0.980, weighted 0.980, macro 0.495 averaged, and 0.000 for that class" in advice.reason

    def test_macro_headline(self) -> None:
        advice = said(11, NOTHING)
        assert advice is not None
        assert (advice.kind, advice.convention) == ("use", None)
        assert advice.title == "Scores by class where classes are imbalanced"

    def test_balanced_classes(self) -> None:
        assert said(11, LARGE) is None
        # 5 per cent, and 16 times fewer.
        assert said(11, HUNDRED) is None


class TestRule12:
    ABSENT = mc.count([0, 1], [0, 1], num_classes=10)

    def test_absent_from_the_data(self) -> None:
        text = reason(12, self.ABSENT)
        assert "8 classes of the average absent from the target of every image" in text
        assert "IoU is 1.000 without absent classes and 0.200 with them as 0" in text
        assert "5 more of 1 image)" in text

    def test_absent_from_an_image(self) -> None:
        advice = said(12, EAGER, "dice", LESION)
        assert advice is not None
        assert "class 1 (lesion) in 5 of 10 images" in advice.reason
        assert advice.convention == replace(LESION, kept_classes="target")

    def test_present_everywhere(self) -> None:
        assert said(12, LARGE, "iou", LESION) is None
        assert said(12, EAGER, "iou", POOLED_LESION) is None

    def test_micro_average_has_no_absent_class(self) -> None:
        assert said(12, self.ABSENT, "iou", mc.Convention(average="micro")) is None


class TestRule13:
    def test_one_large_object_hides_nine_misses(self) -> None:
        tables = [binary(10_000, 0, 0, 6384), *[binary(0, 0, 100, 16_284)] * 9]
        advice = said(13, statistics_of(*tables, class_names=TWO), "iou", POOLED_LESION)
        # The tenth and ninetieth percentile of ten areas.
        assert advice is not None
        assert "vary 11-fold between images" in advice.reason
        assert "pooled IoU 0.917; by image and then class means it is 0.100, by class first 0.100" in advice.reason
        assert "0.000 in the worst 5 % of images" in advice.reason
        assert advice.convention == replace(LESION, kept_classes="target")

    def test_objects_of_one_size(self) -> None:
        assert said(13, FIRST, "iou", LESION) is None


class TestRule14:
    def test_rarer_elsewhere(self) -> None:
        advice = said(14, NOTHING, other=FOUND)
        assert advice is not None
        assert (advice.kind, advice.lesson, advice.formula) == ("avoid", "L31", mc.get_formula("recall"))
        assert "1.0 % of the target pixels here and 10.0 % in the other data" in advice.reason
        assert advice.convention == mc.BALANCED_ACCURACY

    def test_as_frequent_elsewhere(self) -> None:
        assert said(14, NOTHING, other=NOTHING) is None


class TestRule15:
    def test_labels_only(self) -> None:
        advice = said(15, LARGE)
        assert advice is not None
        assert (advice.kind, advice.title) == ("note", "No threshold in labels")
        assert "only labels were counted" in advice.reason

    def test_threshold_from_these_data(self) -> None:
        advice = said(15, RARE, "dice", threshold_from="this_data")
        assert advice is not None
        assert (advice.kind, advice.lesson) == ("avoid", "L36")
        assert "Dice of class 1 is 0.000 at 0.5 and 0.889 at 0.35, the best threshold on these images" in advice.reason

    def test_threshold_from_somewhere(self) -> None:
        advice = said(15, RARE, "dice")
        assert advice is not None
        assert advice.kind == "check"

    def test_threshold_from_other_data(self) -> None:
        assert said(15, RARE, "dice", threshold_from="other_data") is None


class TestRule16:
    def test_calibration(self) -> None:
        statistics = scored(np.full((1, 100), 0.25), (np.arange(100) < 25).astype(int)[None])
        assert "class 1 ECE 0.000, Brier 0.188" in reason(16, statistics, calibration_matters="yes")

    def test_labels_only(self) -> None:
        assert "only labels were counted" in reason(16, LARGE, calibration_matters="yes")

    def test_no_calibration(self) -> None:
        assert said(16, RARE, calibration_matters="no") is None


class TestRule17:
    def test_patients(self) -> None:
        text = reason(17, FIRST, "dice", LESION, groups=PATIENTS)
        images, patients = (mc.bootstrap(FIRST, "dice", LESION, groups=groups) for groups in (None, PATIENTS))
        assert "the 20 images come from 5 groups" in text
        assert (
            f"is {images.low:.3f} to {images.high:.3f} by image, {patients.low:.3f} to {patients.high:.3f} by group"
            in text
        )

    def test_few_patients(self) -> None:
        few = {name: str(i // 10) for i, name in enumerate(FIRST.image_names)}
        assert "too few" in reason(17, FIRST, "dice", LESION, groups=few)

    def test_one_image_a_patient(self) -> None:
        assert said(17, FIRST, groups={name: name for name in FIRST.image_names}) is None


class TestRule18:
    def test_resized(self) -> None:
        assert "images of 65,536 pixels" in reason(18, FIRST, shapes_changed="yes")

    def test_native(self) -> None:
        assert said(18, FIRST, shapes_changed="no") is None


class TestRule19:
    def test_several_raters(self) -> None:
        text = reason(19, statistics_of(binary(16, 0, 0, 1000), class_names=TWO), several_raters="yes")
        assert text.endswith("the median of class 1 (lesion), side 4, to Dice 0.750")

    def test_one_rater(self) -> None:
        assert said(19, FIRST, several_raters="no") is None


class TestRule20:
    def test_no_winner(self) -> None:
        advice = said(20, FIRST, "dice", LESION, models={"first": FIRST, "second": SECOND, "third": THIRD})
        assert advice is not None
        assert (advice.kind, advice.lesson) == ("declare", "L54")
        places = [advice.reason.index(each) for each in ("second 0.81", "third 0.80", "first 0.79")]
        assert places == sorted(places)
        assert "no winner: the 95 % interval of the difference" in advice.reason

    def test_a_winner_of_two(self) -> None:
        advice = said(20, FIRST, "dice", LESION, models={"first": FIRST, "second": SECOND})
        assert advice is not None
        assert (advice.kind, advice.lesson) == ("note", "L52")
        assert "second is better than 1 other model" in advice.reason

    def test_too_few_images_to_rank(self) -> None:
        few = of_dice([80, 90])
        assert "at least 5 images to draw from; got 2" in reason(20, few, models={"a": few, "b": few})

    def test_models_without_a_common_image(self) -> None:
        others = replace(FIRST, image_names=tuple(f"other {name}" for name in FIRST.image_names))
        assert "no ranking: " in reason(20, FIRST, models={"a": FIRST, "b": others})

    def test_one_model(self) -> None:
        assert said(20, FIRST, "dice", LESION) is None
