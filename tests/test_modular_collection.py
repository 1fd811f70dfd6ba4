"""Collections: what their members give alone, from one pass over the pixels."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor

import metrics_core as mc
from metrics_core.modular import tally
from tests.modular_examples import RMSE, VOID, batches, drawn, same

DATA: dict[str, Any] = {"num_classes": 3, "ignore_label": VOID}
CUTS = [2, 3]


def members() -> dict[str, mc.Metric]:
    """Metrics of many needs on the same classes and the same void label."""
    return {
        "confusion": mc.ConfusionMatrix(**DATA),
        "accuracy": mc.Accuracy(**DATA),
        "iou": mc.IoU(**DATA),
        "dice per image": mc.Dice(mc.Convention(pooling="image"), **DATA),
        "recall of car": mc.Recall(class_names=("sky", "road", "car"), channel="car", **DATA),
        "smp": mc.F1("smp.f1_score(reduction='macro-imagewise')", **DATA),
        "torchmetrics": mc.IoU("torchmetrics.multiclass_jaccard_index(average='none')", **DATA),
        "kappa": mc.CohenKappa(out_of_range="count", **DATA),
        "dice above 0.5": mc.Dice(mc.Convention(threshold=0.5), **DATA),
        "auroc": mc.AUROC(**DATA),
        "auroc per image": mc.AUROC(mc.Convention(pooling="image"), **DATA),
        "exact": mc.AveragePrecision(exact=True, **DATA),
        "sklearn": mc.AUROC("sklearn.roc_auc_score", **DATA),
    }


def values_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return list(one) == list(other) and all(same(one[name].double(), other[name].double()) for name in one)


@pytest.fixture
def counting_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry a call of count, the number of its images."""
    calls: list[int] = []
    count = tally.count

    def counted(target: Any, prediction: Any, **options: Any) -> mc.Statistics:
        calls.append(len(target))
        return count(target, prediction, **options)

    monkeypatch.setattr(tally, "count", counted)
    return calls


def test_values_are_those_of_the_members_alone_from_one_count_a_batch(counting_calls: list[int]) -> None:
    alone, together = members(), mc.MetricCollection(members(), prefix="val/")
    for part in batches(*drawn(0), CUTS):
        together.update(*part)
    assert counting_calls == [2, 1, 3]
    for part in batches(*drawn(0), CUTS):
        for metric in alone.values():
            metric.update(*part)
    assert values_equal(together.compute(), {f"val/{name}": metric.compute() for name, metric in alone.items()})


def test_a_call_gives_the_batchs_values_and_adds_it_from_one_count(counting_calls: list[int]) -> None:
    called, updated = mc.MetricCollection(members()), mc.MetricCollection(members())
    for part in batches(*drawn(1), CUTS):
        of_batch = mc.MetricCollection(members())
        of_batch.update(*part)
        counting_calls.clear()
        assert values_equal(called(*part), of_batch.compute())
        assert len(counting_calls) == 1
        updated.update(*part)
    assert values_equal(called.compute(), updated.compute())


def test_only_what_is_counted_differently_is_counted_twice(counting_calls: list[int]) -> None:
    collection = mc.MetricCollection(
        {
            "void": mc.IoU(**DATA),
            "all": mc.IoU(num_classes=3, ignore_label=0),
            "bins": mc.AUROC(bins=mc.Bins(kind="uniform", count=64), **DATA),
            "other bins": mc.AUROC(**DATA),
        }
    )
    target, scores = drawn(2)
    target[target == VOID] = 1
    collection.update(target, scores)
    assert len(counting_calls) == 3


def test_a_sequence_is_named_by_its_classes() -> None:
    collection = mc.MetricCollection([mc.IoU(num_classes=2), mc.Dice(num_classes=2)])
    collection.update([[0, 1]], [[0, 0]])
    assert {name: float(value) for name, value in collection.compute().items()} == {"IoU": 0.25, "Dice": 1 / 3}


def test_classes_by_prefix_name_and_class() -> None:
    metrics = {
        "iou": mc.IoU(num_classes=2, class_names=("sky", "road")),
        "matrix": mc.ConfusionMatrix(num_classes=2),
        "smp": mc.IoU("smp.iou_score", num_classes=2),
    }
    collection = mc.MetricCollection(metrics, prefix="val/")
    collection.update([[0, 1]], [[0, 0]])
    assert {name: float(value) for name, value in collection.per_class().items()} == {
        "val/iou/sky": 0.5,
        "val/iou/road": 0.0,
    }


def test_metrics_of_other_kinds_are_updated_one_by_one() -> None:
    collection = mc.MetricCollection({"rmse": RMSE(), "iou": mc.IoU(num_classes=3)})
    target = torch.tensor([[0, 1, 2]])
    assert float(collection(target, target)["rmse"]) == 0
    collection.update(target, target.flip(1))
    values = collection.compute()
    assert list(values) == ["rmse", "iou"]
    assert float(values["rmse"]) == pytest.approx((8 / 6) ** 0.5)


def test_it_starts_empty_and_leaves_the_given_metrics_alone() -> None:
    metric = mc.IoU(num_classes=2)
    metric.update([[0, 1]], [[0, 1]])
    collection = mc.MetricCollection([metric])
    collection.update([[0, 1]], [[1, 0]])
    assert collection.compute()["IoU"] == 0
    assert metric.compute() == 1


def test_reset_starts_anew() -> None:
    collection = mc.MetricCollection({"iou": mc.IoU(**DATA), "auroc": mc.AUROC(**DATA)})
    collection.update(*drawn(3))
    collection.reset()
    collection.update(*drawn(4))
    fresh = mc.MetricCollection({"iou": mc.IoU(**DATA), "auroc": mc.AUROC(**DATA)})
    fresh.update(*drawn(4))
    assert values_equal(collection.compute(), fresh.compute())


def test_merging_adds_what_others_have_seen() -> None:
    whole, parts = mc.MetricCollection(members()), [mc.MetricCollection(members()) for _ in range(3)]
    for part, collection in zip(batches(*drawn(5), CUTS), parts, strict=True):
        whole.update(*part)
        collection.update(*part)
    parts[0].merge_state(*parts[1:])
    assert values_equal(parts[0].compute(), whole.compute())


def test_merging_needs_the_same_members() -> None:
    one = mc.MetricCollection([mc.IoU(**DATA)])
    for other in ([mc.Dice(**DATA)], [mc.IoU(mc.Convention(average="micro"), **DATA)], [mc.IoU(num_classes=3)]):
        with pytest.raises(mc.InputError, match="needs the same members"):
            one.merge_state(mc.MetricCollection(other))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda metrics: pickle.loads(pickle.dumps(metrics))])
def test_copies_go_on_by_themselves(copied: Any) -> None:
    collection = mc.MetricCollection(members())
    collection.update(*drawn(6))
    expected, twin = collection.compute(), copied(collection)
    assert values_equal(twin.compute(), expected)
    twin.update(*drawn(7))
    assert values_equal(collection.compute(), expected)
    assert not values_equal(twin.compute(), expected)


def test_state_dict_holds_what_was_counted_once() -> None:
    collection, restored = mc.MetricCollection(members()), mc.MetricCollection(members())
    collection.update(*drawn(8))
    assert collection.state_dict() == {}
    for each in (collection, restored):
        each.persistent()
    saved = collection.state_dict()
    assert len([name for name in saved if name.endswith("confusion")]) == 1
    restored.load_state_dict(saved)
    assert values_equal(restored.compute(), collection.compute())


def test_half_leaves_counts_exact() -> None:
    collection = mc.MetricCollection(members())
    collection.update(*drawn(9))
    expected = collection.compute()
    assert values_equal(collection.half().compute(), expected)


def test_repeats_are_left_out_by_name() -> None:
    rules = {"iou": mc.IoU(images="per_image", **DATA), "dice": mc.Dice(**DATA), "rmse": RMSE()}
    collection, expected = mc.MetricCollection(rules), mc.MetricCollection(rules)
    target, scores = drawn(10)
    prediction = scores.argmax(1)
    for part in ([0, 1], [1, 2]):
        collection.update(target[part], prediction[part], image_names=[f"scan {i}" for i in part])
    expected.update(target[:3], prediction[:3])
    values, wanted = collection.compute(), expected.compute()
    assert (values["iou"], values["dice"]) == (wanted["iou"], wanted["dice"])


def test_without_data_everything_is_undefined() -> None:
    with pytest.warns(UserWarning, match="computed before any update"):
        values = mc.MetricCollection({"iou": mc.IoU(**DATA), "auroc": mc.AUROC(**DATA)}).compute()
    assert all(value.isnan() for value in values.values())


@pytest.mark.parametrize("metrics", [{}, [mc.IoU(num_classes=2), mc.IoU(num_classes=2)]])
def test_no_metric_or_two_of_one_name_are_refused(metrics: Any) -> None:
    with pytest.raises(mc.InputError, match="metrics of different names"):
        mc.MetricCollection(metrics)


@pytest.mark.parametrize(
    ("metrics", "says"),
    [
        (mc.IoU(num_classes=2), "a mapping of names to metrics, or a list of metrics; got IoU"),
        ({"a": mc.IoU}, "metrics that were made, such as .*; got <class .*IoU'> as 'a'"),
        ([3], "got 3 as 'int'"),
    ],
)
def test_what_is_no_metric_is_refused(metrics: Any, says: str) -> None:
    with pytest.raises(mc.InputError, match=says):
        mc.MetricCollection(metrics)
