"""Explaining: the way from one score to another on the same data, one option after the other."""

import math

import pytest
import torch

import metrics_core as mc
from metrics_core.presets import evaluate_preset, preset
from tests.confusion_tables import HUNDRED, STREET, statistics_of

Convention = mc.Convention


@pytest.fixture(scope="module")
def blog() -> mc.Statistics:
    data = mc.load_dataset("blog")
    return mc.count(data.target, data.predictions["random guess"], num_classes=4, class_names=data.class_names)


def test_gap_of_the_blog_is_the_rule_for_0_over_0(blog: mc.Statistics) -> None:
    way = mc.explain(
        blog,
        formula="dice",
        start=Convention(pooling="image", zero_division=0.0),
        end=Convention(pooling="image", zero_division=1.0),
    )

    (step,) = way.steps
    assert step.options == ("zero_division",)
    assert (step.before, step.after) == pytest.approx((0.249785, 0.474785), abs=5e-7)
    assert step.delta == pytest.approx(0.30 * 0.75, abs=1e-12)
    assert step.attribution == pytest.approx(0.225, abs=1e-12)
    assert step.sentence == (
        "0/0 counts as 1 instead of 0: neither target nor predicted pixels in 90 of 400 (image, class) cells, "
        "in the 30 of 100 images whose target holds nothing but class 0 (background)"
    )


def test_gap_between_two_versions_of_torchmetrics_is_the_rule_for_absent_classes(blog: mc.Statistics) -> None:
    way = mc.explain(
        blog,
        start=preset("torchmetrics_0_9.f1_score", num_classes=4, average="macro", mdmc_average="samplewise"),
        end=preset("torchmetrics.multiclass_f1_score", num_classes=4, multidim_average="samplewise"),
    )

    assert (way.start_value, way.end_value) == pytest.approx((0.249785, 0.474785), abs=5e-7)
    assert [step.options for step in way.steps] == [("kept_classes",)]
    assert "90 of 400 (image, class) cells" in way.steps[0].sentence
    assert [options.options for options in way.unchanged] == [("order",)]


def test_path_and_order_free_shares_by_hand() -> None:
    way = mc.explain(HUNDRED, start=("iou", Convention(average="micro")), end=("dice", Convention(average="macro")))

    iou_micro, dice_micro, iou_macro, dice_macro = 83 / 117, 83 / 100, 0.481257, 0.611268
    formula, average = way.steps
    assert [formula.options, average.options] == [("formula",), ("average",)]
    assert [formula.before, formula.after, average.after] == pytest.approx(
        [iou_micro, dice_micro, dice_macro], abs=5e-7
    )
    in_the_mean = ((dice_micro - iou_micro) + (dice_macro - iou_macro)) / 2
    assert formula.attribution == pytest.approx(in_the_mean, abs=1e-6)
    assert formula.attribution + average.attribution == pytest.approx(way.total, abs=1e-14)
    assert way.attribution == "exact"
    assert way.order_matters


def test_ignoring_the_background_forgives_false_positives() -> None:
    fifty = statistics_of([[50, 40, 0], [0, 10, 0], [0, 0, 0]], class_names=("background", "lesion"))
    way = mc.explain(
        fifty,
        formula="iou",
        start=Convention(excluded_classes=(0,)),
        end=Convention(excluded_classes=(0,), ignored_classes=(0,)),
    )

    assert (way.start_value, way.end_value) == pytest.approx((0.2, 1.0))
    assert way.steps[0].sentence == (
        "the target pixels of class 0 (background) leave the counts, 90 pixels (90.0 %), "
        "and with them 40 false positives of other classes"
    )


def test_order_of_means_moves_with_pooling() -> None:
    way = mc.explain(STREET, formula="iou", start=Convention(), end=Convention(pooling="image", order="all_cells"))

    assert [step.options for step in way.steps] == [("pooling", "order")]


def test_order_of_means_is_its_own_step_between_two_per_image_scores() -> None:
    way = mc.explain(
        STREET,
        formula="iou",
        start=Convention(pooling="image"),
        end=Convention(pooling="image", order="all_cells"),
    )

    assert [step.options for step in way.steps] == [("order",)]


def test_option_without_effect_is_listed_as_such() -> None:
    way = mc.explain(HUNDRED, formula="iou", start=Convention(), end=Convention(zero_division=1.0))

    assert way.steps == ()
    assert [other.sentence for other in way.unchanged] == ["0/0: 1 instead of dropped changes nothing on these data"]


def test_option_that_means_nothing_at_either_end_is_not_told() -> None:
    way = mc.explain(HUNDRED, formula="iou", start=Convention(), end=Convention(weights=(1.0, 2.0, 3.0)))

    assert (way.steps, way.unchanged) == ((), ())


def test_same_ends() -> None:
    way = mc.explain(HUNDRED, formula="iou", start=Convention(), end=Convention())

    assert (way.steps, way.unchanged, way.total) == ((), (), 0.0)
    assert not way.order_matters


def test_path_goes_round_undefined_scores() -> None:
    # Precision of the walkers is 0/0: dropping it before undefined cells are skipped would undo the mean.
    way = mc.explain(
        STREET,
        formula="precision",
        start=Convention(zero_division=0.0, undefined="propagate"),
        end=Convention(zero_division=math.nan, undefined="skip"),
    )

    assert [step.options for step in way.steps] == [("undefined",), ("zero_division",)]
    assert [step.attribution for step in way.steps] == pytest.approx([0.0, way.total])
    assert "orders without them" in way.note


def test_undefined_end() -> None:
    way = mc.explain(STREET, formula="precision", start=Convention(), end=Convention(undefined="propagate"))

    assert math.isnan(way.end_value)
    assert way.attribution == "none"
    assert math.isnan(way.steps[0].attribution)
    assert way.steps[0].sentence.endswith(": class 2 (walker); the score becomes undefined")
    assert way.note.startswith("the end is undefined: 0/0 in 1 of 3 cells")


def test_per_cent_is_compared_as_a_fraction() -> None:
    way = mc.explain(
        HUNDRED,
        start=preset("elektronn3.iou", num_classes=3),
        end=preset("torchmetrics.multiclass_jaccard_index", num_classes=3),
    )

    assert (way.start_value, way.end_value) == pytest.approx((0.481257, 0.481257), abs=1e-5)
    assert [step.options for step in way.steps] == [("epsilon",)]
    assert ("scale",) in [other.options for other in way.unchanged]


def test_known_defect_is_named_where_it_acts() -> None:
    weights = (1.0, 2.0, 3.0)
    start, end = (
        preset("smp.iou_score", num_classes=3, reduction=reduction, class_weights=weights)
        for reduction in ("weighted", "weighted-imagewise")
    )
    with_defect = mc.explain(HUNDRED, start=start, end=end)
    without = mc.explain(HUNDRED, start=start, end=end, quirks=False)

    assert with_defect.end_value == pytest.approx(with_defect.start_value / 3)
    assert with_defect.steps[0].sentence.endswith(
        "; a known defect of smp: The weighted mean is divided by the number of classes once more"
    )
    assert without.steps == ()


def test_what_no_option_expresses_is_a_step_of_its_own() -> None:
    # float32 counters stop at 2^24: the 1,000 missed pixels are gone.
    large = statistics_of([[10, 0, 0], [1000, 2**24, 0], [0, 0, 0]], class_names=("background", "lesion"))
    end = preset("smp.recall", num_classes=2, reduction="macro")
    way = mc.explain(large, start=("recall", end.convention), end=end)

    assert [step.options for step in way.steps] == [("library",)]
    assert way.end_value == 1.0
    assert way.total == pytest.approx(500 / (2**24 + 1000))
    assert "smp's recall" in way.steps[0].sentence
    assert "Counting stops at 16 777 216" in way.steps[0].sentence


def test_infinite_end() -> None:
    absent = statistics_of([[5, 0, 0, 0], *[[0] * 4] * 3])
    end = preset("torcheval.multiclass_recall", num_classes=3, average="macro")
    way = mc.explain(absent, start=("recall", end.convention), end=end)

    assert (way.end_value, way.attribution, way.note) == (math.inf, "none", "the end is infinite")


def test_void_label_inside_the_classes_is_ignored_as_each_library_does() -> None:
    target = torch.tensor([[0, 0, 1, 1, 2, 2, 2, 0]])
    prediction = torch.tensor([[0, 1, 1, 2, 2, 0, 0, 2]])
    statistics = mc.count(target, prediction, num_classes=3, ignore_label=2)
    calls = [
        preset(name, num_classes=3, ignore_label=2, **arguments)
        for name, arguments in (("monai.MeanIoU", {}), ("elektronn3.iou", {}))
    ]
    way = mc.explain(statistics, start=calls[0], end=calls[1])
    plain = mc.explain(statistics, formula="iou", start=calls[0], end=Convention(kept_classes="target"))

    scales = (1.0, 100.0)
    values = [float(evaluate_preset(call, statistics).value) / s for call, s in zip(calls, scales, strict=True)]
    assert [way.start_value, way.end_value] == values
    assert any("stay as false positives" in step.sentence or "leave every count" in step.sentence for step in way.steps)
    folded = mc.evaluate("iou", statistics, Convention(kept_classes="target"))
    assert plain.end_value == pytest.approx(float(folded))


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (Convention(), "needs formula="),
        (preset("sklearn.f1_score", num_classes=4, average="macro"), "num_classes=4"),
    ],
)
def test_end_that_cannot_be_read(side: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mc.explain(HUNDRED, start=("iou", Convention()), end=side)  # pyright: ignore[reportArgumentType]


def test_preset_of_another_family() -> None:
    start = preset("sklearn.f1_score", num_classes=3, average="macro")
    with pytest.raises(ValueError, match="belongs to the family 'dice'"):
        mc.explain(HUNDRED, formula="iou", start=start, end=Convention())
