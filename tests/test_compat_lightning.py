"""Drop-in Lightning 0.9: its documented and recorded values, weights by scikit-learn, and its defects gone."""

from __future__ import annotations

import copy
import inspect
import math
import multiprocessing
import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
import torch
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from metrics_core import InputError
from metrics_core.compat import lightning as pl
from tests.recorded import as_array, recorded

CASES = recorded()["cases"]
CALLS = {k: call for k, call in recorded()["calls"].items() if call["function"].startswith("pytorch_lightning.")}
CLASSES = {
    "precision": pl.Precision,
    "recall": pl.Recall,
    "f1_score": pl.F1,
    "fbeta_score": pl.FBeta,
    "accuracy": pl.Accuracy,
    "iou": pl.IoU,
}
PRED, TARGET = torch.tensor([0, 1, 2, 3]), torch.tensor([0, 1, 2, 2])
PROBABILITIES, SHUFFLED = torch.full((4, 4), 0.05) + 0.8 * torch.eye(4), torch.tensor([0, 1, 3, 2])


def close(values: Any, expected: Any) -> bool:
    if isinstance(values, tuple):
        return len(values) == len(expected) and all(map(close, values, expected))
    return np.allclose(values, expected, rtol=0, atol=5e-5, equal_nan=True) and np.shape(values) == np.shape(expected)


# Documented values

SCORES = [
    (pl.Accuracy(), 0.75),
    (pl.Precision(num_classes=4), 0.75),
    (pl.Recall(), 0.625),
    (pl.F1(), 0.6667),
    (pl.FBeta(0.25), 0.7361),
    (pl.AUROC(), 0.3333),
    (pl.AveragePrecision(), 0.3333),
    (pl.PrecisionRecall(), ([0.3333, 0, 0, 1], [1, 0, 0, 0], [1, 2, 3])),
    (pl.ROC(), ([0, 0.3333, 0.6667, 0.6667, 1], [0, 0, 0, 1, 1], [4, 3, 2, 1, 0])),
]


@pytest.mark.parametrize(("metric", "documented"), SCORES, ids=lambda value: getattr(value, "name", ""))
def test_documented_values_of_four_labels(metric: nn.Module, documented: Any) -> None:
    assert close(metric(PRED, TARGET), documented)


def test_documented_confusion_matrix() -> None:
    labels = torch.tensor([0, 1, 2, 2])
    assert pl.ConfusionMatrix()(labels, labels).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 2]]


def test_documented_iou_of_two_stripes() -> None:
    pred, target = torch.zeros(3, 8, dtype=torch.int64), torch.zeros(3, 8, dtype=torch.int64)
    pred[1, 2:5], target[1, 3:6] = 1, 1
    assert close(pl.IoU()(pred, target), 0.7045)
    assert close(pl.IoU(remove_bg=True)(pred, target), 0.5)
    assert close(pl.IoU(reduction="none")(pred, target), [20 / 22, 0.5])


def test_documented_dice_coefficient() -> None:
    assert close(pl.DiceCoefficient()(PROBABILITIES, SHUFFLED), 0.3333)


@pytest.mark.parametrize("num_classes", [None, 4])
def test_documented_multiclass_curves(num_classes: int | None) -> None:
    right, wrong = ([0, 0, 1], [0, 1, 1], [1.85, 0.85, 0.05]), ([0, 0.3333, 1], [0, 0, 1], [1.85, 0.85, 0.05])
    assert close(pl.MulticlassROC(num_classes)(PROBABILITIES, SHUFFLED), (right, right, wrong, wrong))
    right, wrong = ([1, 1], [1, 0], [0.85]), ([0.25, 0, 1], [1, 0, 0], [0.05, 0.85])
    assert close(pl.MulticlassPrecisionRecall(num_classes)(PROBABILITIES, SHUFFLED), (right, right, wrong, wrong))


# Recorded values


def counted_pixels(case: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """Prediction, target and probabilities [pixel, class], the ignored pixels dropped as in the recording."""
    target, pred = torch.tensor(case["target"]), torch.tensor(case["pred"])
    kept = torch.ones_like(target, dtype=torch.bool) if case["ignore"] is None else target != case["ignore"]
    return pred[kept], target[kept], torch.tensor(case["prob"]).movedim(1, -1)[kept]


def metric_of(call: dict[str, Any], num_classes: int) -> nn.Module:
    name = call["function"].split(".")[1]
    arguments = dict(call["arguments"])
    inferred = arguments.pop("infer_num_classes", False)
    if name == "dice_score":
        return pl.DiceCoefficient(include_background=arguments.pop("bg"), **arguments)
    if name != "iou":
        arguments["num_classes"] = None if inferred else num_classes
    return CLASSES[name](**arguments)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_recorded_value_of_labels(case: dict[str, Any]) -> None:
    pred, target, _ = counted_pixels(case)
    for key, call in CALLS.items():
        if call["takes"] != "labels" or key not in case["values"]:
            continue
        if call["function"].endswith(".iou") and not call["arguments"].get("infer_num_classes"):
            continue  # the class has no num_classes
        metric, value = metric_of(call, case["C"]), case["values"][key]
        data = (pred, target)
        if call["function"].endswith("dice_score"):
            labels = torch.tensor(case["pred"])
            data = ((labels[:, None] == torch.arange(case["C"])[:, None, None]).float(), torch.tensor(case["target"]))
        if isinstance(value, dict):
            with pytest.raises(InputError):
                metric(*data)
            continue
        np.testing.assert_allclose(metric(*data), as_array(value), rtol=0, atol=5e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_recorded_area(case: dict[str, Any]) -> None:
    _, target, scores = counted_pixels(case)
    metrics = {"average_precision": pl.AveragePrecision, "roc_then_trapezoid": pl.AUROC}
    for key, call in CALLS.items():
        kind = metrics.get(call["function"].split(".")[1])
        if kind is None or key not in case["values"] or not len(target):
            continue
        values = [float(kind(pos_label=label)(scores[:, label], target)) for label in range(case["C"])]
        if isinstance(case["values"][key], dict):
            assert any(math.isnan(value) for value in values)  # a class is absent: Lightning failed
        else:
            np.testing.assert_allclose(values, as_array(case["values"][key]), rtol=0, atol=5e-6)


# Curves beside scikit-learn


@st.composite
def weighted_scores(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Scores with ties, labels of both kinds and weights, some of them 0."""
    size = draw(st.integers(2, 30))
    source = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    target = torch.from_numpy(source.permutation(np.r_[0, 1, source.integers(0, 3, size - 2)]))
    weights = torch.from_numpy(source.integers(0, 5, size) / 4)
    weights[target < 2] += 0.25
    return torch.from_numpy(source.integers(0, 8, size) / 8), target, weights


@given(data=weighted_scores())
def test_weighted_curves_are_those_of_scikit_learn(data: tuple[Tensor, Tensor, Tensor]) -> None:
    scores, target, weights = data
    positive, options = target == 1, {"sample_weight": weights.numpy()}
    roc = sklearn.metrics.roc_curve(positive, scores, drop_intermediate=False, **options)
    roc[2][0] = roc[2][1] + 1
    assert close(pl.ROC()(scores, target, weights), roc)
    precision, recall, thresholds = pl.PrecisionRecall()(scores, target, weights)
    wanted = sklearn.metrics.precision_recall_curve(positive, scores, **options)
    full = len(wanted[2]) - len(thresholds)  # points below the first full recall
    assert close((precision, recall, thresholds), tuple(part[full:] for part in wanted))
    assert close(pl.AUROC()(scores, target, weights), sklearn.metrics.roc_auc_score(positive, scores, **options))
    average = sklearn.metrics.average_precision_score(positive, scores, **options)
    assert close(pl.AveragePrecision()(scores, target, weights), average)


@given(data=weighted_scores())
def test_equal_weights_change_no_curve(data: tuple[Tensor, Tensor, Tensor]) -> None:
    scores, target, _ = data
    ones = [1] * len(target)
    for metric in (pl.ROC(), pl.PrecisionRecall(), pl.AUROC(), pl.AveragePrecision()):
        assert close(metric(scores, target, ones), metric(scores, target))


def test_weights_of_multiclass_curves() -> None:
    weights = [1.0, 2.0, 0.0, 1.0]
    for kind, single in ((pl.MulticlassROC, pl.ROC), (pl.MulticlassPrecisionRecall, pl.PrecisionRecall)):
        curves = kind()(PROBABILITIES, SHUFFLED, weights)
        expected = [single(pos_label=c)(PROBABILITIES[:, c], SHUFFLED, weights) for c in range(4)]
        assert close(curves, tuple(expected))


def test_images_are_one_list_of_pixels() -> None:
    chance = torch.Generator().manual_seed(0)
    scores, target = torch.rand(2, 3, 4, 5, generator=chance), torch.randint(3, (2, 4, 5), generator=chance)
    flat, labels = scores.movedim(1, -1).reshape(-1, 3), target.reshape(-1)
    for metric in (pl.MulticlassROC(), pl.MulticlassPrecisionRecall(), pl.AUROC(pos_label=2), pl.Recall(), pl.F1()):
        assert close(metric(scores, target), metric(flat, labels))
    for metric in (pl.Accuracy(), pl.Precision(num_classes=3), pl.ConfusionMatrix(), pl.IoU()):
        assert close(metric(scores, target), metric(scores.argmax(1), target))


# Defects of the original


def test_rows_of_a_normalized_matrix_sum_to_1() -> None:
    matrix = pl.ConfusionMatrix(normalize=True)(torch.tensor([0, 1, 1, 1, 3]), torch.tensor([0, 0, 0, 1, 3]))
    assert close(matrix, [[1 / 3, 2 / 3, 0, 0], [0, 1, 0, 0], [math.nan] * 4, [0, 0, 0, 1]])


def test_a_matrix_of_one_class_is_a_matrix() -> None:
    assert pl.ConfusionMatrix()(torch.tensor([0, 0]), torch.tensor([0, 0])).tolist() == [[2]]


def test_points_of_equal_rate_stay_in_order() -> None:
    target = torch.tensor([1, 1, 0, 1, 0, 0, 1, 0])
    scores = torch.linspace(1, 0, 8)
    assert close(pl.AUROC()(scores, target), sklearn.metrics.roc_auc_score(target, scores))


def test_counts_do_not_stop_at_2_to_the_24() -> None:
    pred = torch.zeros(2**24 + 1000, dtype=torch.uint8)
    target = pred.clone()
    pred[:1000] = 1
    assert pl.Recall(num_classes=2, reduction="none").double()(pred, target)[0] == 2**24 / (2**24 + 1000)
    assert pl.ConfusionMatrix().double()(pred, target)[0].tolist() == [2**24, 1000]


def test_a_target_of_background_has_an_accuracy() -> None:
    background = torch.zeros(4, dtype=torch.int64)
    assert pl.Accuracy()(background, background) == 1


def test_classes_of_scores_are_those_of_their_axis() -> None:
    scores = torch.eye(4)[[0, 1]]
    assert pl.Recall(reduction="none")(scores, torch.tensor([0, 1])).tolist() == [1, 1, 0, 0]
    assert pl.AUROC(pos_label=1)(scores, torch.tensor([0, 1])) == 1
    assert pl.AUROC(pos_label=1)(scores[:, 1:2], torch.tensor([0, 1])) == 1


def test_curves_of_an_absent_class_are_undefined() -> None:
    scores, target = torch.tensor([0.2, 0.8]), torch.tensor([0, 0])
    false_rate, true_rate, _ = pl.ROC()(scores, target)
    assert close((false_rate, true_rate), ([0, 0.5, 1], [math.nan] * 3))
    assert pl.AUROC()(scores, target).isnan()
    assert pl.AUROC(pos_label=0)(scores, target).isnan()
    assert pl.AveragePrecision()(scores, target).isnan()


def test_iou_heeds_its_weights() -> None:
    pred, target = torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]])
    assert close(pl.IoU()(pred, target), (1 / 2 + 1 / 2) / 2)
    weights = torch.tensor([[0.3, 0.1, 0.4]])
    assert close(pl.IoU(reduction="none")(pred, target, weights), [0.3 / 0.4, 0.4 / 0.5])
    assert close(pl.IoU(reduction="none")(pred[0], target[0], [0.3, 0.1, 0.4]), [0.3 / 0.4, 0.4 / 0.5])


def test_labels_beyond_num_classes_are_misses() -> None:
    pred, target = torch.tensor([0, 1, 9, 1, 9]), torch.tensor([0, 1, 1, 7, 7])
    assert close(pl.Recall(2, reduction="none")(pred, target), [1, 0.5])
    assert close(pl.Precision(2, reduction="none")(pred, target), [1, 0.5])
    assert close(pl.Accuracy(2)(pred, target), 2 / 3)


def test_dice_of_a_class_that_the_target_lacks() -> None:
    target = torch.tensor([0, 1, 1, 0])
    scores = PROBABILITIES[:, :3][[0, 1, 2, 0]]
    assert close(pl.DiceCoefficient(no_fg_score=0.25, reduction="none")(scores, target), [2 / 3, 0.25])
    assert close(pl.DiceCoefficient(True, no_fg_score=1.0, reduction="sum")(scores, target), 1 + 2 / 3 + 1)


# Modules


def every_metric() -> list[nn.Module]:
    return [pl.FBeta(0.5) if name == "FBeta" else getattr(pl, name)() for name in pl.__all__]


@pytest.mark.parametrize("metric", every_metric(), ids=lambda metric: metric.name)
def test_metrics_are_modules_without_parameters(metric: nn.Module) -> None:
    data = (PROBABILITIES, SHUFFLED)
    value = metric(*data)
    assert metric.state_dict() == {}
    assert close(copy.deepcopy(metric)(*data), value)
    assert close(pickle.loads(pickle.dumps(metric))(*data), value)
    assert nn.ModuleList([metric])[0] is metric


def test_results_have_the_dtype_of_the_module() -> None:
    assert pl.F1()(PRED, TARGET).dtype == torch.get_default_dtype()
    assert pl.F1().double()(PRED, TARGET).item() == pytest.approx(2 / 3, abs=1e-15)
    assert pl.ROC().to(torch.float16)(PRED, TARGET)[0].dtype == torch.float16
    assert pl.Recall().double().dtype == torch.float64


def test_metrics_have_no_state() -> None:
    metric = pl.Accuracy()
    assert [metric(PRED, TARGET).item() for _ in range(2)] == [0.75, 0.75]
    target = TARGET.clone()
    target[3] = 3
    assert metric(PRED, target) == 1


SIGNATURES = {
    **dict.fromkeys(["Accuracy", "Precision", "Recall", "F1"], "num_classes=None reduction=elementwise_mean"),
    "FBeta": "beta num_classes=None reduction=elementwise_mean",
    **dict.fromkeys(["ROC", "PrecisionRecall", "AUROC", "AveragePrecision"], "pos_label=1"),
    **dict.fromkeys(["MulticlassROC", "MulticlassPrecisionRecall"], "num_classes=None"),
    "ConfusionMatrix": "normalize=False",
    "DiceCoefficient": "include_background=False nan_score=0.0 no_fg_score=0.0 reduction=elementwise_mean",
    "IoU": "remove_bg=False reduction=elementwise_mean",
}
WEIGHTED = ("ROC", "PrecisionRecall", "AUROC", "AveragePrecision", "MulticlassROC", "MulticlassPrecisionRecall")


def words(function: Any) -> str:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return " ".join(p.name if p.default is p.empty else f"{p.name}={p.default}" for p in parameters)


def test_signatures_are_those_of_version_0_9() -> None:
    assert sorted(SIGNATURES) == sorted(pl.__all__)
    for name, expected in SIGNATURES.items():
        kind = getattr(pl, name)
        assert words(kind.__init__) == f"{expected} reduce_group=None reduce_op=None"
        order = "y_pred y_true" if name == "IoU" else "pred target"
        assert words(kind.forward) == order + (" sample_weight=None" if name in (*WEIGHTED, "IoU") else "")


def test_names_are_those_of_version_0_9() -> None:
    assert {metric.name for metric in every_metric()} == {
        *("AP", "accuracy", "auroc", "confusion_matrix", "dice", "f1", "fbeta", "iou", "multiclass_roc", "precision"),
        *("multiclass_precision_recall_curve", "precision_recall_curve", "recall", "roc"),
    }


@pytest.mark.parametrize("num_classes", [3, 5])
def test_scores_that_are_nan_are_refused(num_classes: int) -> None:
    with pytest.raises(InputError, match=r"expected numbers|must hold numbers as scores; got NaN"):
        pl.F1(num_classes)(torch.full((1, 3, 4), math.nan), torch.zeros((1, 4), dtype=torch.int64))


def test_errors_say_what_to_do() -> None:
    with pytest.raises(InputError, match=r"target has the label -1.*leave pixels without a class out"):
        pl.Recall()(PRED, TARGET - 1)
    with pytest.raises(InputError, match=r"pred must hold integer labels; got torch.float32"):
        pl.Recall()(PRED.float(), TARGET)
    with pytest.raises(InputError, match=r"pred must hold scores \[image, class, \*spatial\]"):
        pl.DiceCoefficient()(PRED, TARGET)
    with pytest.raises(InputError, match="one weight a pixel"):
        pl.ROC()(PRED, TARGET, [1, 2])
    with pytest.raises(InputError, match="not below 0"):
        pl.ROC()(PRED, TARGET, [1, 1, 1, -1])
    with pytest.raises(InputError, match="all are 0"):
        pl.ROC()(PRED, TARGET, [0, 0, 0, 0])
    with pytest.raises(InputError, match="channel for class 4"):
        pl.MulticlassROC(5)(PROBABILITIES, SHUFFLED)
    with pytest.raises(ValueError, match="elementwise_mean"):
        pl.Recall(reduction="mean")
    with pytest.raises(ValueError, match="reduce_op must be sum, avg, mean"):
        pl.Recall(reduce_op="max")


# Several processes

PARTS = [
    (torch.tensor([0, 1, 1]), torch.tensor([0, 1, 0]), torch.tensor([0.5, 1.0, 2.0])),
    (torch.tensor([2, 3, 1, 0]), torch.tensor([2, 2, 1, 1]), torch.tensor([1.0, 1.0, 0.0, 3.0])),
]


def write_scores(rank: int, folder: Path) -> None:
    """Score this process's part of the pixels beside the other process, and write what came of it to a file."""
    store = dist.FileStore(str(folder / "store"), len(PARTS))
    dist.init_process_group("gloo", store=store, rank=rank, world_size=len(PARTS), timeout=timedelta(minutes=2))
    try:
        (folder / f"scores {rank}").write_bytes(pickle.dumps(scores_of(*PARTS[rank])))
    finally:
        dist.destroy_process_group()


def scores_of(pred: Tensor, target: Tensor, weights: Tensor) -> dict[str, Any]:
    values = {
        "recall": pl.Recall(reduction="none")(pred, target),
        "accuracy": pl.Accuracy()(pred, target),
        "matrix": pl.ConfusionMatrix(normalize=True)(pred, target),
        "iou": pl.IoU()(pred, target, weights),
        "roc": pl.ROC()(pred, target),
        "ap": pl.AveragePrecision()(pred, target, weights),
        "sum": pl.Accuracy(reduce_op="sum")(pred, target),
        "avg": pl.Accuracy(reduce_op="avg")(pred, target),
        "max": pl.Recall(reduction="none", reduce_op=dist.ReduceOp.MAX)(pred, target),
    }
    try:
        pl.ROC(reduce_op="avg")(pred, target)
    except ValueError as error:
        values["refused"] = str(error)
    return values


def test_processes_score_their_pixels_together(tmp_path: Path) -> None:
    other = multiprocessing.get_context("spawn").Process(target=write_scores, args=(1, tmp_path))
    other.start()
    write_scores(0, tmp_path)
    other.join()
    scored = [pickle.loads((tmp_path / f"scores {rank}").read_bytes()) for rank in (0, 1)]
    pred, target, weights = (torch.cat(part) for part in zip(*PARTS, strict=True))
    expected = {
        "recall": pl.Recall(reduction="none")(pred, target),
        "accuracy": 4 / 7,
        "matrix": pl.ConfusionMatrix(normalize=True)(pred, target),
        "iou": pl.IoU()(pred, target, weights),
        "roc": pl.ROC()(pred, target),
        "ap": pl.AveragePrecision()(pred, target, weights),
        "sum": 2 / 3 + 2 / 4,
        "avg": (2 / 3 + 2 / 4) / 2,
        "max": [0.5, 1, 0.5, 0],
    }
    for values in scored:
        assert "leave reduce_op out" in values.pop("refused")
        assert values.keys() == expected.keys()
        assert [name for name, value in values.items() if not close(value, expected[name])] == []
