"""Built-in metrics: whatever the batches, their value is that of evaluate, score_like and torchmetrics on all data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torchmetrics.classification as tm
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import metrics_core as mc
from metrics_core.presets.curve_areas import list_curve_presets
from tests.modular_examples import VOID, batches, drawn, same
from tests.strategies import Sample, conventions, samples, scored_samples


class Specificity(mc.ScoreMetric):
    """A metric of any formula is two lines."""

    formula_name = "specificity"


SCORES: dict[str, type[mc.ScoreMetric]] = {
    "iou": mc.IoU,
    "dice": mc.Dice,
    "f1": mc.F1,
    "fbeta": mc.FBeta,
    "precision": mc.Precision,
    "recall": mc.Recall,
    "kappa": mc.CohenKappa,
    "mcc": mc.MatthewsCorrCoef,
    "specificity": Specificity,
}
OF_FAMILY: dict[str, Any] = {**SCORES, "accuracy": mc.Accuracy}
CURVES = (mc.AUROC, mc.AveragePrecision, mc.ROC, mc.PrecisionRecallCurve)
FEWER = settings(max_examples=15)


def fed(metric: Any, target: Any, prediction: Any, cuts: list[int]) -> Any:
    """The metric after all batches, the first by a call, the others by update."""
    for number, (part, answer) in enumerate(batches(target, prediction, cuts)):
        (metric.update if number else metric)(part, answer)
    return metric


CUTS = st.lists(st.integers(1, 5), max_size=3)


class TestLikeEvaluate:
    @pytest.mark.parametrize("formula", SCORES)
    @FEWER
    @given(sample=samples(images=(1, 6)), rule=conventions(), cuts=CUTS)
    def test_scores_in_any_batches(self, formula: str, sample: Sample, rule: mc.Convention, cuts: list[int]) -> None:
        metric = SCORES[formula](rule, num_classes=sample.num_classes, ignore_label=VOID)
        fed(metric, sample.target, sample.prediction, cuts)
        assert same(metric.compute(), mc.evaluate(formula, sample.statistics, rule))

    @FEWER
    @given(sample=samples(images=(1, 6)), cuts=CUTS, beta=st.sampled_from([0.5, 1.0, 2.0]))
    def test_f_beta(self, sample: Sample, cuts: list[int], beta: float) -> None:
        metric = fed(
            mc.FBeta(num_classes=sample.num_classes, ignore_label=VOID, beta=beta),
            sample.target,
            sample.prediction,
            cuts,
        )
        assert same(metric.compute(), mc.evaluate("fbeta", sample.statistics, beta=beta))

    def test_accuracy_is_the_share_of_correct_pixels(self) -> None:
        metric = mc.Accuracy(num_classes=3, ignore_label=VOID)
        metric.update([[0, 1, 2, VOID], [0, 0, 0, 0]], [[0, 1, 1, 1], [0, 0, 0, 2]])
        assert metric.compute() == 5 / 7

    @FEWER
    @given(sample=scored_samples(dtype="float32"), rule=conventions(threshold=0.25), cuts=CUTS)
    def test_thresholds(self, sample: Sample, rule: mc.Convention, cuts: list[int]) -> None:
        bins = mc.Bins(kind="uniform", count=256)
        metric = mc.Dice(rule, num_classes=sample.num_classes, ignore_label=VOID, bins=bins)
        fed(metric, sample.target, sample.prediction, cuts)
        whole = mc.count(
            sample.target,
            sample.prediction,
            num_classes=sample.num_classes,
            ignore_label=VOID,
            histogram="per_image",
            bins=bins,
        )
        assert same(metric.compute(), mc.evaluate("dice", whole, rule))

    @FEWER
    @given(sample=samples(images=(1, 6)), cuts=CUTS)
    def test_the_confusion_matrix(self, sample: Sample, cuts: list[int]) -> None:
        metric = mc.ConfusionMatrix(num_classes=sample.num_classes, ignore_label=VOID)
        fed(metric, sample.target, sample.prediction, cuts)
        assert torch.equal(metric.compute(), sample.statistics.confusion.sum(0)[:-1, :-1])

    def test_statistics_are_those_of_count(self) -> None:
        target, scores = drawn(0)
        metric = mc.IoU(num_classes=3, ignore_label=VOID, images="per_image", class_names=("a", "b", "c"))
        fed(metric, target, scores, [2])
        whole = mc.count(target, scores, num_classes=3, ignore_label=VOID, class_names=("a", "b", "c"))
        mine = metric.statistics()
        assert torch.equal(mine.confusion, whole.confusion)
        assert (mine.image_names, mine.class_names) == (whole.image_names, whole.class_names)

    def test_predictions_that_are_no_class_are_refused_or_counted(self) -> None:
        with pytest.raises(mc.InputError, match="prediction has label 7"):
            mc.IoU(num_classes=2).update([[0, 1]], [[0, 7]])
        metric = mc.Recall(num_classes=2, out_of_range="count")
        metric.update([[0, 1]], [[0, 7]])
        assert metric.compute() == 0.5

    def test_scores_in_place_of_the_target_are_refused(self) -> None:
        target, scores = drawn(0)
        with pytest.raises(mc.InputError, match="target comes first"):
            mc.IoU(num_classes=3).update(scores, target)


class TestConfusionMatrix:
    TARGET, PREDICTION = [[0, 0, 0, 1]], [[0, 0, 1, 1]]

    @pytest.mark.parametrize(
        ("normalize", "expected"),
        [
            ("none", [[2, 1, 0], [0, 1, 0], [0, 0, 0]]),
            ("true", [[2 / 3, 1 / 3, 0], [0, 1, 0], [math.nan] * 3]),
            ("predicted", [[1, 1 / 2, math.nan], [0, 1 / 2, math.nan], [0, 0, math.nan]]),
            ("all", [[1 / 2, 1 / 4, 0], [0, 1 / 4, 0], [0, 0, 0]]),
        ],
    )
    def test_shares(self, normalize: Any, expected: list[list[float]]) -> None:
        metric = mc.ConfusionMatrix(num_classes=3, normalize=normalize)
        metric.update(self.TARGET, self.PREDICTION)
        assert metric.compute().tolist() == pytest.approx(np.array(expected), nan_ok=True)

    def test_of_each_image(self) -> None:
        metric = mc.ConfusionMatrix(mc.Convention(pooling="image"), num_classes=2)
        metric.update([[0, 1], [1, 1]], [[0, 1], [0, 1]])
        assert metric.compute().tolist() == [[[1, 0], [0, 1]], [[0, 0], [1, 1]]]

    def test_of_what_a_convention_or_preset_counts(self) -> None:
        for rule in (mc.Convention(ignored_classes=(0,)), "torchmetrics.multiclass_accuracy"):
            metric = mc.ConfusionMatrix(rule, num_classes=2, ignore_label=0)
            metric.update([[0, 1, 1]], [[1, 1, 0]])
            assert metric.compute().tolist() == [[0, 0], [1, 1]]

    def test_it_has_no_channel(self) -> None:
        with pytest.raises(mc.InputError, match="leave out channel"):
            mc.ConfusionMatrix(num_classes=2, channel=1)

    def test_an_unknown_normalization_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="'none', 'true', 'predicted', 'all'; got 'rows'"):
            mc.ConfusionMatrix(num_classes=2, normalize="rows")  # type: ignore[arg-type]


def value_or_error(compute: Any) -> Any:
    try:
        return compute()
    except mc.InputError as error:
        return error


class TestLikeLibraries:
    @pytest.mark.parametrize("ignore_label", [None, VOID, 2])
    @pytest.mark.parametrize("seed", range(2))
    def test_every_preset_of_labels(self, seed: int, ignore_label: int | None) -> None:
        target, scores = drawn(seed, ignore_label=ignore_label)
        prediction = scores.argmax(1)
        if seed == 1:
            prediction[prediction == 1] = 0
            target[target == 1] = 0
        for made in mc.list_presets(num_classes=3, ignore_label=ignore_label):
            metric = OF_FAMILY[mc.family_of(made)](made.key, num_classes=3, ignore_label=ignore_label)
            for part in batches(target, prediction, [1, 4]):
                metric.update(*part)
            mine = value_or_error(metric.compute)
            theirs = value_or_error(
                lambda made=made: mc.score_like(
                    made.function, target, prediction, num_classes=3, ignore_label=ignore_label, **dict(made.arguments)
                )
            )
            if isinstance(theirs, Tensor):
                assert same(mine, theirs), made.key
            else:
                assert isinstance(mine, mc.InputError), made.key

    @pytest.mark.parametrize("ignore_label", [None, VOID, 1])
    def test_every_preset_of_scores(self, ignore_label: int | None) -> None:
        target, scores = drawn(5, ignore_label=ignore_label)
        flat = (target.reshape(1, -1), scores.transpose(0, 1).reshape(1, 3, -1))
        for made in list_curve_presets(num_classes=3, ignore_label=ignore_label):
            kind = mc.AUROC if "auroc" in made.key or "roc" in made.name else mc.AveragePrecision
            metric = kind(made.key, num_classes=3, ignore_label=ignore_label)
            for part in batches(target, scores, [2, 3]):
                metric.update(*part)
            mine = value_or_error(metric.compute)
            theirs = value_or_error(
                lambda made=made: mc.score_like(
                    made.function, *flat, num_classes=3, ignore_label=ignore_label, **dict(made.arguments)
                )
            )
            assert isinstance(mine, mc.InputError) if isinstance(theirs, mc.InputError) else same(mine, theirs), (
                made.key
            )

    def test_known_defects_can_be_left_out(self) -> None:
        function = "torchmetrics.multiclass_average_precision"
        target, scores = torch.zeros(1, 4, dtype=torch.int64), torch.rand(1, 2, 4).softmax(1)
        for quirks in (True, False):
            metric = mc.AveragePrecision(f"{function}(average='none')", num_classes=2, quirks=quirks)
            metric.update(target, scores)
            expected = mc.score_like(function, target, scores, num_classes=2, average="none", quirks=quirks)
            assert same(metric.compute(), expected)

    @pytest.mark.parametrize(
        ("ours", "theirs", "arguments"),
        [
            (mc.IoU, tm.MulticlassJaccardIndex, {}),
            (mc.F1, tm.MulticlassF1Score, {}),
            (mc.FBeta, tm.MulticlassFBetaScore, {"beta": 2.0}),
            (mc.Precision, tm.MulticlassPrecision, {}),
            (mc.Recall, tm.MulticlassRecall, {}),
            (mc.Accuracy, tm.MulticlassAccuracy, {"average": "micro"}),
            (mc.CohenKappa, tm.MulticlassCohenKappa, {}),
            (mc.MatthewsCorrCoef, tm.MulticlassMatthewsCorrCoef, {}),
            (mc.ConfusionMatrix, tm.MulticlassConfusionMatrix, {}),
        ],
    )
    def test_torchmetrics_itself_on_labels(self, ours: Any, theirs: Any, arguments: dict[str, Any]) -> None:
        mine, its = ours(num_classes=3, ignore_label=VOID), theirs(num_classes=3, ignore_index=VOID, **arguments)
        target, scores = drawn(7)
        for part, answer in batches(target, scores.argmax(1), [2, 3]):
            assert torch.allclose(mine(part, answer).double(), its(answer, part).double(), atol=1e-6)
        assert torch.allclose(mine.compute().double(), its.compute().double(), atol=1e-6)

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [(mc.AUROC, tm.MulticlassAUROC), (mc.AveragePrecision, tm.MulticlassAveragePrecision)],
    )
    def test_torchmetrics_itself_on_scores(self, ours: Any, theirs: Any) -> None:
        mine = ours(num_classes=3, ignore_label=VOID, exact=True)
        its = theirs(num_classes=3, ignore_index=VOID, thresholds=None)
        for part, scores in batches(*drawn(8), [2, 3]):
            mine.update(part, scores)
            its.update(scores, part)
        assert torch.allclose(mine.compute(), its.compute().double(), atol=1e-6)


class TestPresets:
    def test_a_preset_brings_its_ignored_label(self) -> None:
        metric = mc.IoU("evaluate.mean_iou(key='mean_iou')", num_classes=2)
        metric.update([[0, 1, 255]], [[0, 1, 1]])
        assert metric.compute() == 1

    def test_a_preset_of_another_score_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match=r"IoU takes presets of the family iou; smp\.f1_score is of 'dice'"):
            mc.IoU("smp.f1_score", num_classes=2)

    def test_an_area_is_no_preset_of_labels_nor_the_reverse(self) -> None:
        with pytest.raises(mc.InputError, match="area under a curve"):
            mc.IoU("sklearn.roc_auc_score", num_classes=2)
        with pytest.raises(mc.InputError, match="takes presets of scores"):
            mc.AUROC("smp.iou_score", num_classes=2)
        with pytest.raises(mc.InputError, match="takes presets of scores"):
            mc.AUROC("sklearn.average_precision_score", num_classes=2)

    @pytest.mark.parametrize("ignore_label", [None, VOID])
    def test_a_preset_stands_for_its_key_and_ignored_label(self, ignore_label: int | None) -> None:
        options: dict[str, Any] = {"num_classes": 3, "ignore_label": ignore_label}
        target, scores = drawn(5, ignore_label=ignore_label)
        made = mc.preset("smp.iou_score", **options, reduction="macro-imagewise")
        area = mc.preset("sklearn.roc_auc_score", **options)
        for kind, preset, prediction in ((mc.IoU, made, scores.argmax(1)), (mc.AUROC, area, scores)):
            metric, by_key = kind(preset, num_classes=3), kind(preset.key, **options)
            metric.update(target, prediction)
            by_key.update(target, prediction)
            assert metric.settings == by_key.settings
            assert same(metric.compute(), by_key.compute())

    @pytest.mark.parametrize("options", [{"num_classes": 4}, {"num_classes": 3, "ignore_label": 255}])
    def test_a_preset_for_other_data_is_refused(self, options: Any) -> None:
        with pytest.raises(mc.InputError, match="the preset was made for num_classes=3 and ignore_label=None"):
            mc.IoU(mc.preset("smp.iou_score", num_classes=3), **options)

    @pytest.mark.parametrize(
        "key",
        [
            "smp.iou_score(",
            "smp.iou_score(reduction=print())",
            "sklearn.jaccard_score('macro')",
            "sklearn.jaccard_score(**{'average': 'macro'})",
        ],
    )
    def test_a_text_that_is_no_call_is_refused(self, key: str) -> None:
        with pytest.raises(mc.InputError, match="a preset's key is a function"):
            mc.IoU(key, num_classes=2)

    def test_an_unknown_function_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown function"):
            mc.IoU("smp.jaccard", num_classes=2)

    def test_a_preset_that_changes_labels_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="changes the target's labels"):
            mc.IoU("evaluate.mean_iou(key='mean_iou', reduce_labels=True)", num_classes=2)

    def test_strays_that_counts_do_not_tell_are_refused(self) -> None:
        metric = mc.IoU("torchmetrics.multiclass_jaccard_index", num_classes=2)
        metric.update([[0, 1]], [[0, 5]])
        with pytest.raises(mc.InputError, match="score_like"):
            metric.compute()

    def test_strays_on_pixels_of_an_ignored_class_are_refused_where_a_library_looks_at_them(self) -> None:
        metric = mc.IoU("torchmetrics.multiclass_jaccard_index", num_classes=2, ignore_label=0)
        metric.update([[0, 1]], [[5, 1]])
        with pytest.raises(mc.InputError, match="on ignored pixels"):
            metric.compute()

    def test_images_are_kept_where_a_library_loses_counts_in_each(self) -> None:
        needing = [
            made.key
            for made in mc.list_presets(num_classes=3)
            if any(quirk.counts is not None and quirk.counted == "image" for quirk in made.quirks)
        ]
        assert needing
        assert all(OF_FAMILY[key_family(key)](key, num_classes=3).needs.images == "per_image" for key in needing)

    def test_one_table_does_not_serve_a_score_of_each_image(self) -> None:
        with pytest.raises(mc.InputError, match="scores each image"):
            mc.IoU(mc.Convention(pooling="image"), num_classes=2, images="pooled")


def key_family(key: str) -> str:
    return next(mc.family_of(made) for made in mc.list_presets(num_classes=3) if made.key == key)


class TestAreas:
    BINS = mc.Bins(kind="uniform", count=256)

    @pytest.mark.parametrize("exact", [False, True])
    @FEWER
    @given(
        sample=scored_samples(dtype="float32"),
        cuts=CUTS,
        average=st.sampled_from(["none", "macro", "weighted"]),
        undefined=st.sampled_from(["skip", "propagate"]),
        value=st.sampled_from([math.nan, 0.5]),
    )
    def test_they_are_those_of_all_data(
        self, exact: bool, sample: Sample, cuts: list[int], average: Any, undefined: Any, value: float
    ) -> None:
        rule = mc.Convention(average=average, undefined=undefined, zero_division=value)
        arguments: dict[str, Any] = {"num_classes": sample.num_classes, "ignore_label": VOID}
        target, scores = torch.from_numpy(sample.target), torch.from_numpy(sample.prediction)
        for kind, function in ((mc.AUROC, mc.auroc), (mc.AveragePrecision, mc.average_precision)):
            metric = fed(kind(rule, exact=exact, bins=self.BINS, **arguments), target, scores, cuts)
            expected = function(
                target, scores, average=average, undefined=undefined, undefined_value=value, **arguments
            )
            assert torch.allclose(metric.compute(), expected, rtol=0, atol=1e-12, equal_nan=True)

    def test_ignored_classes_leave_the_others_curves(self) -> None:
        target, scores = drawn(1, ignore_label=None)
        without = target.masked_fill(target == 2, VOID)
        expected = mc.auroc(without, scores, num_classes=3, ignore_label=VOID)
        rule = mc.Convention(average="none", ignored_classes=(2,))
        exact = fed(mc.AUROC(rule, num_classes=3, exact=True), target, scores, [2])
        binned = fed(mc.AUROC(rule, num_classes=3), target, scores, [2])
        assert same(exact.compute(), expected)
        assert torch.allclose(binned.compute(), expected, atol=1e-3, equal_nan=True)
        bounds = binned.areas().auroc_bounds[:2]
        assert bool(((bounds[:, 0] <= expected[:2]) & (expected[:2] <= bounds[:, 1])).all())

    def test_of_each_image(self) -> None:
        target, scores = drawn(2)
        rule = mc.Convention(pooling="image", order="per_image")
        metric = fed(
            mc.AUROC(rule, num_classes=3, ignore_label=VOID, bins=self.BINS), target, (scores * 256).round() / 256, [4]
        )
        each = [
            mc.auroc(
                target[i : i + 1], (scores[i : i + 1] * 256).round() / 256, num_classes=3, ignore_label=VOID
            ).mean()
            for i in range(6)
        ]
        assert torch.allclose(metric.compute(), torch.stack(each))

    def test_bytes_need_their_bins(self) -> None:
        target, scores = drawn(3)
        levels = (scores * 255).round().to(torch.uint8)
        metric = fed(mc.AUROC(num_classes=3, ignore_label=VOID, bins=mc.BYTE_BINS), target, levels, [3])
        exact = fed(mc.AUROC(num_classes=3, ignore_label=VOID, exact=True), target, levels, [3])
        assert same(metric.compute(), exact.compute())
        with pytest.raises(ValueError, match="suited_bins"):
            mc.AUROC(num_classes=3, ignore_label=VOID).update(target, levels)

    def test_logits_are_ranked_exactly_or_refused(self) -> None:
        target, scores = drawn(4)
        metric = mc.AUROC(num_classes=3, ignore_label=VOID, exact=True)
        metric.update(target, scores * 10 - 5)
        assert torch.allclose(
            metric.compute(), mc.auroc(target, scores, num_classes=3, ignore_label=VOID, average="macro")
        )
        with pytest.raises(mc.InputError, match="softmax"):
            mc.AUROC(num_classes=3, ignore_label=VOID).update(target, scores * 10 - 5)

    def test_labels_and_infinite_scores_are_refused(self) -> None:
        target, scores = drawn(4)
        metric = mc.AUROC(num_classes=3, ignore_label=VOID, exact=True)
        with pytest.raises(mc.InputError, match="prediction holds labels"):
            metric.update(target, scores.argmax(1))
        with pytest.raises(mc.InputError, match="finite"):
            metric.update(target, scores / 0)
        assert metric.update_count == 0

    def test_conventions_without_meaning_for_areas_are_refused(self) -> None:
        for rule in (mc.Convention(average="micro"), mc.Convention(epsilon=1.0), mc.Convention(threshold=0.5)):
            with pytest.raises(mc.InputError, match="no micro average, no epsilon and no threshold"):
                mc.AUROC(rule, num_classes=2)
        with pytest.raises(mc.InputError, match="use bins"):
            mc.AUROC(mc.Convention(pooling="image"), num_classes=2, exact=True)

    @pytest.mark.parametrize("kind", [mc.ROC, mc.PrecisionRecallCurve])
    def test_curves_are_those_of_all_data(self, kind: Any) -> None:
        target, scores = drawn(6)
        scores = (scores * 256).round() / 256
        expected = mc.roc_curve(target, scores, num_classes=3, ignore_label=VOID)
        for exact in (True, False):
            curves = fed(
                kind(num_classes=3, ignore_label=VOID, exact=exact, bins=self.BINS), target, scores, [3]
            ).compute()
            for mine, its in zip(curves, expected, strict=True):
                assert torch.equal(mine.tp, its.tp)
                assert torch.equal(mine.fp, its.fp)
                assert torch.equal(mine.thresholds, its.thresholds)


class TestChannels:
    TARGET, PREDICTION = [[0, 0, 1, 2]], [[0, 1, 1, 1]]
    NAMES = ("sky", "road", "car")

    def test_one_class_by_index_or_name(self) -> None:
        for channel in (1, "road"):
            metric = mc.IoU(num_classes=3, class_names=self.NAMES, channel=channel)
            metric.update(self.TARGET, self.PREDICTION)
            assert metric.compute() == pytest.approx(1 / 3)

    def test_every_class_by_name(self) -> None:
        metric = mc.IoU(num_classes=3, class_names=self.NAMES)
        metric.update(self.TARGET, self.PREDICTION)
        expected = {"iou/sky": 1 / 2, "iou/road": 1 / 3, "iou/car": 0.0}
        assert {name: float(value) for name, value in metric.per_class().items()} == pytest.approx(expected)
        assert list(metric.per_class(prefix="val_")) == ["val_sky", "val_road", "val_car"]

    @given(sample=samples(images=(1, 4)), pooling=st.sampled_from(["dataset", "image"]))
    @FEWER
    def test_their_mean_is_the_macro_mean_over_classes(self, sample: Sample, pooling: Any) -> None:
        rule = mc.Convention(pooling=pooling, order="images_then_classes")
        metric = mc.Recall(rule, num_classes=sample.num_classes, ignore_label=VOID)
        metric.update(sample.target, sample.prediction)
        values = torch.stack(list(metric.per_class().values()))
        assert torch.allclose(values.nanmean(), metric.compute(), equal_nan=True)

    def test_classes_out_of_the_average_have_no_value(self) -> None:
        rule = mc.Convention(excluded_classes=(0,))
        metric = mc.IoU(rule, num_classes=3)
        metric.update(self.TARGET, self.PREDICTION)
        assert list(metric.per_class()) == ["iou/class 1", "iou/class 2"]
        with pytest.raises(mc.InputError, match="left out by the convention"):
            mc.IoU(rule, num_classes=3, channel=0)

    @pytest.mark.parametrize("channel", [3, -1, "bicycle"])
    def test_an_unknown_class_is_refused(self, channel: Any) -> None:
        with pytest.raises(mc.InputError, match="sky, road, car"):
            mc.IoU(num_classes=3, class_names=self.NAMES, channel=channel)

    def test_names_are_one_a_class(self) -> None:
        with pytest.raises(mc.InputError, match="must hold 3 names; got 1"):
            mc.IoU(num_classes=3, class_names=("sky",))
        with pytest.raises(mc.InputError, match=r"class_names must be unique, .*; 'sky' occurs 2 times"):
            mc.IoU(num_classes=3, class_names=("sky", "sky", "car"))

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"images": "x"}, "images must be one of 'pooled', 'per_image'; got 'x'"),
            ({"out_of_range": "x"}, "out_of_range must be one of 'refuse', 'count'; got 'x'"),
            ({"num_classes": 0}, "num_classes must be at least 1; got 0"),
            ({"num_classes": 2**40}, "are the limits; check num_classes"),
            ({"class_names": 2}, "class_names must be a list of 3 names; got 2"),
            ({"channel": 1.5}, "channel must be an integer; got 1.5"),
            ({"convention": 3.5}, r"must be a Convention, such as .*; got 3\.5"),
        ],
    )
    def test_options_that_cannot_be_meant_are_refused_at_once(self, options: Any, says: str) -> None:
        with pytest.raises(mc.InputError, match=says):
            mc.IoU(**{"num_classes": 3} | options)

    @pytest.mark.parametrize("names", [range(1, 3), 5])
    def test_image_names_are_text(self, names: Any) -> None:
        metric = mc.IoU(num_classes=3, images="per_image")
        with pytest.raises(mc.InputError, match="image_names must"):
            metric.update([[0, 1], [1, 2]], [[0, 1], [1, 2]], image_names=names)

    def test_of_a_preset_that_gives_a_list(self) -> None:
        metric = mc.IoU(
            "sklearn.jaccard_score(labels=[2, 0], average=None, zero_division=0.0)", num_classes=3, channel=2
        )
        metric.update(self.TARGET, [[0, 1, 1, 2]])
        assert metric.compute() == 1
        assert {name: float(value) for name, value in metric.per_class().items()} == {
            "iou/class 2": 1.0,
            "iou/class 0": 0.5,
        }

    def test_of_a_preset_that_gives_one_number_there_is_none(self) -> None:
        metric = mc.IoU("smp.iou_score", num_classes=3)
        metric.update(self.TARGET, self.PREDICTION)
        with pytest.raises(mc.InputError, match="gives no value for each class"):
            metric.per_class()

    def test_of_areas(self) -> None:
        target, scores = drawn(9)
        arguments: dict[str, Any] = {"num_classes": 3, "ignore_label": VOID}
        expected = mc.auroc(target, scores, **arguments)
        for rule in (None, "sklearn.roc_auc_score"):
            metric = mc.AUROC(rule, exact=True, channel=2, **arguments)
            metric.update(target, scores)
            assert metric.compute() == expected[2]
            assert same(torch.stack(list(metric.per_class().values())), expected)


class TestNoData:
    @pytest.mark.parametrize("kind", [*OF_FAMILY.values(), mc.AUROC, mc.AveragePrecision])
    def test_the_value_is_undefined_whatever_replaces_it(self, kind: Any) -> None:
        rules = [mc.Convention(average=average, zero_division=1.0) for average in ("macro", "none")]
        for rule, shape in zip(rules, ((), (3,)), strict=True):
            with pytest.warns(UserWarning, match="computed before any update"):
                value = kind(rule, num_classes=3).compute()
            assert value.shape == shape
            assert bool(value.isnan().all())

    def test_a_preset_that_refuses_no_pixels_is_undefined_too(self) -> None:
        with pytest.warns(UserWarning, match="computed before any update"):
            assert mc.IoU("pytorch_lightning.iou", num_classes=3).compute().isnan()

    def test_classes_are_undefined(self) -> None:
        assert all(value.isnan() for value in mc.IoU(num_classes=2).per_class().values())
        assert all(value.isnan() for value in mc.AUROC(num_classes=2).per_class().values())

    def test_a_confusion_matrix_is_empty_and_curves_have_one_point(self) -> None:
        with pytest.warns(UserWarning, match="computed before any update"):
            assert mc.ConfusionMatrix(num_classes=2).compute().tolist() == [[0, 0], [0, 0]]
        for exact in (True, False):
            with pytest.warns(UserWarning, match="computed before any update"):
                curves = mc.ROC(num_classes=2, exact=exact).compute()
            assert [curve.positives for curve in curves] == [0, 0]


class TestImageNames:
    def test_repeats_are_left_out_as_merge_leaves_them(self) -> None:
        target, scores = drawn(10)
        prediction = scores.argmax(1)
        rule = mc.Convention(pooling="image")
        names = [f"scan {i}" for i in range(6)]
        dealt = ([0, 2, 4], [1, 3, 5], [4, 0, 2])
        metric = mc.Dice(rule, num_classes=3, ignore_label=VOID)
        for part in dealt:
            metric.update(target[part], prediction[part], image_names=[names[i] for i in part])
        counted = [
            mc.count(
                target[part], prediction[part], num_classes=3, ignore_label=VOID, image_names=[names[i] for i in part]
            )
            for part in dealt
        ]
        merged = mc.merge(*counted, repeated="drop")
        assert metric.statistics().image_names == merged.image_names
        assert same(metric.compute(), mc.evaluate("dice", merged, rule))

    def test_a_pooled_score_can_leave_them_out_too(self) -> None:
        metric = mc.IoU(num_classes=2, images="per_image")
        for _ in range(2):
            metric.update([[0, 1]], [[0, 0]], image_names=["café"])
        assert metric.compute() == 0.25
        assert metric.statistics().image_names == ("café",)
        assert int(metric.statistics().confusion.sum()) == 2

    def test_histograms_of_each_image_leave_them_out(self) -> None:
        target, scores = drawn(11)
        metric = mc.AUROC(num_classes=3, ignore_label=VOID, images="per_image")
        for part in ([0, 1], [1, 2]):
            metric.update(target[part], scores[part], image_names=[str(i) for i in part])
        expected = mc.AUROC(num_classes=3, ignore_label=VOID)
        expected.update(target[:3], scores[:3])
        assert same(metric.compute(), expected.compute())

    def test_images_without_names_all_count(self) -> None:
        metric = mc.IoU(num_classes=2, images="per_image")
        for _ in range(2):
            metric.update([[0, 1]], [[0, 0]])
        assert metric.statistics().image_names == ("image 0", "image 1")

    def test_an_image_without_a_name_is_not_taken_for_one_that_is_called_so(self) -> None:
        metric = mc.IoU(num_classes=2, images="per_image")
        metric.update([[0, 1]], [[0, 1]], image_names=["image 1"])
        metric.update([[0, 1]], [[0, 0]])
        assert metric.statistics().image_names == ("image 1", "image 1 without a name")
        assert metric.compute() == (2 / 3 + 1 / 2) / 2

    def test_a_number_of_classes_of_a_narrow_type_does_not_overflow(self) -> None:
        metric = mc.IoU(num_classes=np.uint8(255), ignore_label=np.uint8(255))  # pyright: ignore[reportArgumentType]
        metric.update([[0, 254, 255]], [[0, 254, 1]])
        assert metric.compute() == 1

    @pytest.mark.parametrize("metric", [mc.IoU(num_classes=2), mc.AUROC(num_classes=2, exact=True, images="per_image")])
    def test_sums_take_no_names(self, metric: Any) -> None:
        with pytest.raises(mc.InputError, match="image_names need counts of each image"):
            metric.update([[0, 1]], [[0.5, 0.5]], image_names=["a"])

    @pytest.mark.parametrize("names", [["a"], ["a", ""], ["a", "b\0"]])
    def test_names_that_are_none_are_refused(self, names: list[str]) -> None:
        with pytest.raises(mc.InputError, match="names"):
            mc.IoU(num_classes=2, images="per_image").update([[0], [1]], [[0], [1]], image_names=names)
