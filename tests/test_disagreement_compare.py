"""Comparing: one data set under the conventions of many libraries."""

import math

import pytest

import metrics_core as mc
from metrics_core.disagreement import FAMILIES, family_of
from metrics_core.presets import evaluate_preset, list_presets, preset
from tests.confusion_tables import HUNDRED, statistics_of


@pytest.fixture(scope="module")
def blog() -> mc.Statistics:
    data = mc.load_dataset("blog")
    return mc.count(data.target, data.predictions["random guess"], num_classes=4, class_names=data.class_names)


def test_one_row_a_scalar_preset_in_order() -> None:
    rows = mc.compare(HUNDRED)

    assert [row.preset for row in rows] == [made for made in list_presets(num_classes=3) if made.is_scalar]
    assert {row.family for row in rows} <= set(FAMILIES)
    for row in rows:
        assert row.value == pytest.approx(float(evaluate_preset(row.preset, HUNDRED).value), nan_ok=True)
        assert math.isnan(row.value) == (row.reason != "")


def test_dice_includes_f1_under_every_name() -> None:
    names = {row.preset.name for row in mc.compare(HUNDRED, formula="f1", lists="kept")}

    assert {
        "dice_coefficient",
        "multiclass_f1_score",
        "f1_score",
        "DiceMetric",
        "segmentation.generalized_dice_score",
    } <= names
    assert family_of(preset("mmseg.IoUMetric", num_classes=3, key="mFscore")) == "dice"
    assert family_of(preset("sklearn.fbeta_score", num_classes=3, average="macro", beta=2.0)) == "fbeta"


def test_three_scores_that_libraries_call_accuracy() -> None:
    rows = {row.preset.key: row.fraction for row in mc.compare(HUNDRED, formula="accuracy")}

    assert rows["torchmetrics.multiclass_accuracy()"] == pytest.approx(0.588889, abs=5e-7)
    assert rows["sklearn.accuracy_score()"] == pytest.approx(0.83)
    assert rows["elektronn3.accuracy()"] == pytest.approx((0.83 + 0.87 + 0.96) / 3, abs=1e-5)


def test_numbers_of_the_blog(blog: mc.Statistics) -> None:
    rows = {row.preset.key: row.fraction for row in mc.compare(blog, lists="kept")}
    expected = {
        "torchmetrics.multiclass_f1_score(multidim_average='samplewise')": 0.474785,
        "torchmetrics.multiclass_f1_score(average='none', multidim_average='samplewise')": 0.249785,
        "monai.DiceMetric()": 0.474785,
        "keras.MeanIoU()": 0.355431,
        "elektronn3.dice_coefficient()": 0.451721,
        "smp.f1_score(reduction='micro')": 0.645318,
        "torchmetrics.segmentation.MeanIoU()": 0.250198,
    }

    assert {key: rows[key] for key in expected} == pytest.approx(expected, abs=1e-6)


def test_per_cent_is_a_fraction_too() -> None:
    (row,) = mc.compare(HUNDRED, presets=[preset("mmseg.IoUMetric", num_classes=3, key="mIoU")])

    assert (row.value, row.fraction) == pytest.approx((48.13, 0.4813))
    assert (row.library, row.call, row.quirks) == ("mmseg", "IoUMetric(key='mIoU')", row.preset.quirks)


def test_list_keeps_its_values_and_counts_as_their_mean() -> None:
    call = preset("sklearn.jaccard_score", num_classes=3, average=None, labels=[0, 1, 2])

    assert mc.compare(HUNDRED, presets=[call]) == ()
    (row,) = mc.compare(HUNDRED, presets=[call], lists="kept")
    assert row.values.tolist() == pytest.approx([0.808989, 0.434783, 0.2], abs=5e-7)
    assert row.value == pytest.approx(0.481257, abs=5e-7)


def test_refusal_is_a_row_with_its_reason() -> None:
    nothing = statistics_of([[0] * 4] * 4)
    (row,) = mc.compare(nothing, presets=[preset("sklearn.accuracy_score", num_classes=3)])

    assert math.isnan(row.value)
    assert "refuses" in row.reason


def test_defects_are_left_out_on_request() -> None:
    call = preset("smp.iou_score", num_classes=3, reduction="weighted-imagewise", class_weights=(1.0, 1.0, 1.0))
    (with_defect,), (without,) = (mc.compare(HUNDRED, presets=[call], quirks=quirks) for quirks in (True, False))

    assert with_defect.value == pytest.approx(without.value / 3)


def test_family_of_every_listed_preset_has_a_title() -> None:
    families = {family_of(made) for made in list_presets(num_classes=3)}

    assert families == set(FAMILIES) - {"other"}


def test_unknown_formula() -> None:
    with pytest.raises(ValueError, match="unknown formula 'beauty'"):
        mc.compare(HUNDRED, formula="beauty")
