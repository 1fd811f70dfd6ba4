"""Drop-in elektronn3: its recorded values, and an edited tensor always gets its new score."""

from __future__ import annotations

import gc
import inspect
import math
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from metrics_core import InputError
from metrics_core.compat import elektronn3 as e3
from metrics_core.compat.elektronn3 import sharing
from tests.recorded import arguments_for, as_array, ignored_label, recorded

CASES = recorded()["cases"]
CALLS = {key: call for key, call in recorded()["calls"].items() if call["function"].startswith("elektronn3.")}
ON_LABELS = (e3.precision, e3.recall, e3.accuracy, e3.dice_coefficient, e3.iou)
EVALUATORS = (e3.Precision, e3.Recall, e3.Accuracy, e3.DSC, e3.IoU)
FLOAT32 = 5e-4  # elektronn3 adds 1e-4 to float32 denominators, in per cent


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    sharing._shared.clear()


def drawn(*, images: int = 2, num_classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Target, prediction and raw outputs."""
    chance = torch.Generator().manual_seed(seed)
    shape = (images, 9, 7)
    target = torch.randint(num_classes, shape, generator=chance)
    out = torch.randn(images, num_classes, *shape[1:], generator=chance)
    out.scatter_add_(1, target[:, None], torch.full((images, 1, *shape[1:]), 1.5))
    return target, out.argmax(1), out


# Values


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_recorded_value_of_labels(case: dict[str, Any]) -> None:
    target, prediction = torch.tensor(case["target"]), torch.tensor(case["pred"])
    for key, call in CALLS.items():
        if call["takes"] != "labels" or key not in case["values"]:
            continue
        function = getattr(e3, call["function"].split(".")[1])
        value = function(target, prediction, case["C"], ignore=ignored_label(call, case), **call["arguments"])
        np.testing.assert_allclose(value, as_array(case["values"][key]), rtol=0, atol=FLOAT32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_recorded_value_of_probabilities(case: dict[str, Any]) -> None:
    target, probs = torch.tensor(case["target"]), torch.tensor(case["prob"])
    for key, call in CALLS.items():
        if call["takes"] != "scores" or key not in case["values"]:
            continue
        function = getattr(e3, call["function"].split(".")[1])
        value = function(target, probs, **arguments_for(call, case["C"]))
        np.testing.assert_allclose(value, as_array(case["values"][key]), rtol=0, atol=1e-4)


def test_order_of_the_confusion_matrix() -> None:
    matrix = e3.confusion_matrix(torch.tensor([0, 0, 0, 1, 1, 2]), torch.tensor([0, 0, 1, 1, 2, 2]), 3)
    assert matrix.tolist() == [[2, 3, 0, 1], [1, 3, 1, 1], [1, 4, 1, 0]]  # tp, tn, fp, fn
    assert matrix.dtype == torch.float32


def test_a_class_that_the_target_lacks() -> None:
    target, prediction = torch.tensor([0, 0]), torch.tensor([0, 1])
    assert e3.confusion_matrix(target, prediction)[1].isnan().all()
    counts = e3.confusion_matrix(target, prediction, dtype=torch.int64, nan_when_empty=False)
    assert counts.tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]
    assert math.isnan(e3.iou(target, prediction))
    assert e3.iou(target, prediction, mean=False).isnan().tolist() == [False, True]
    with pytest.raises(InputError, match=r"cannot hold the NaN of class 1.*nan_when_empty=False"):
        e3.confusion_matrix(target, prediction, dtype=torch.int64)


def test_a_perfect_pixel_scores_a_little_below_100() -> None:
    one = torch.tensor([1])
    assert e3.recall(one, one, mean=False)[1].item() == pytest.approx(100 / 1.0001)


def test_ignored_inside_the_classes_keeps_its_row() -> None:
    target, prediction = torch.tensor([0, 1, 2, 2]), torch.tensor([0, 1, 1, 2])
    scores = e3.iou(target, prediction, 3, mean=False, ignore=0)
    np.testing.assert_allclose(scores, [0, 100 / 2.0001, 100 / 2.0001], rtol=1e-6)


def masked_counts(target: Tensor, prediction: Tensor, num_classes: int, ignore: int | None) -> list[list[int]]:
    kept = torch.ones_like(target, dtype=torch.bool) if ignore is None else target != ignore
    rows: list[list[int]] = []
    for label in range(num_classes):
        true, predicted = target == label, prediction == label
        sides = (predicted & true, ~predicted & ~true, predicted & ~true, ~predicted & true)
        rows.append([int((side & kept).sum()) for side in sides])
    return rows


LABEL = st.sampled_from([-1, 0, 1, 2, 3, 255])


@given(
    pairs=st.lists(st.tuples(LABEL, LABEL), min_size=1, max_size=30),
    num_classes=st.integers(1, 4),
    ignore=st.none() | LABEL,
)
def test_labels_outside_the_classes_count_as_masks_would(
    pairs: list[tuple[int, int]], num_classes: int, ignore: int | None
) -> None:
    target, prediction = torch.tensor(pairs).T
    options = {"dtype": torch.int64, "nan_when_empty": False, "ignore": ignore}
    matrix = e3.confusion_matrix(target, prediction, num_classes, **options)
    assert matrix.tolist() == masked_counts(target, prediction, num_classes, ignore)


@pytest.mark.parametrize("ignore", [None, -1, 2, 255, 300])
def test_bytes_with_any_ignored_label(ignore: int | None) -> None:
    target = torch.tensor([0, 1, 44, 255, 2], dtype=torch.uint8)
    prediction = torch.tensor([0, 1, 1, 0, 1], dtype=torch.uint8)
    matrix = e3.confusion_matrix(target, prediction, 2, ignore=ignore)
    wide = e3.confusion_matrix(target.long(), prediction.long(), 2, ignore=ignore)
    assert matrix.tolist() == wide.tolist() == masked_counts(target.long(), prediction, 2, ignore)


@pytest.mark.parametrize("ignore", [None, 1, 255])
def test_raw_outputs_count_like_their_highest_channel(ignore: int | None) -> None:
    target, prediction, out = drawn()
    target[0, 0, :3], target[1, 2, 2:5] = 255, 77
    of_labels, of_outputs = (e3.confusion_matrix(target, given, 4, ignore=ignore) for given in (prediction, out))
    assert torch.equal(of_labels, of_outputs)


def test_counts_above_what_float32_holds() -> None:
    size = 2**24 + 5
    target, prediction = torch.zeros(size, dtype=torch.uint8), torch.zeros(size, dtype=torch.uint8)
    target[-1], prediction[-4:] = 1, 1
    assert e3.confusion_matrix(target, prediction, dtype=torch.float64)[0].tolist() == [2**24 + 1, 1, 0, 3]
    assert e3.recall(target, prediction, mean=False)[0] < 100


# Sharing


def edit_in_place(tensor: Tensor) -> None:
    tensor[0, 0, 0] = 1 - tensor[0, 0, 0]


def edit_through_numpy(tensor: Tensor) -> None:
    tensor.numpy()[0, 0, 0] ^= 1


def edit_data(tensor: Tensor) -> None:
    tensor.data[0, 0, 0] = 1 - tensor[0, 0, 0]


def edit_a_view(tensor: Tensor) -> None:
    tensor.view(-1)[:1].mul_(-1).add_(1)


EDITS = (edit_in_place, edit_through_numpy, edit_data, edit_a_view)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("edited", ["target", "prediction"])
@pytest.mark.parametrize("function", ON_LABELS)
def test_an_edited_tensor_gets_its_new_score(
    function: Callable[..., float], edited: str, edit: Callable[[Tensor], None]
) -> None:
    target, prediction, _ = drawn(num_classes=2)
    before = function(target, prediction)
    edit(target if edited == "target" else prediction)
    after = function(target, prediction)
    assert after == function(target.clone(), prediction.clone()) != before
    edit(target if edited == "target" else prediction)
    assert function(target, prediction) == before


def test_an_edited_buffer_of_numpy() -> None:
    buffer = np.zeros((1, 4, 4), np.int64)
    prediction = torch.from_numpy(buffer)
    target = torch.tensor([0, 1]).repeat(8).reshape(1, 4, 4)
    before = e3.recall(target, prediction, mean=False)[1]
    buffer[:] = 1
    assert e3.recall(target, prediction, mean=False)[1] > before == 0


@pytest.mark.parametrize("evaluator", [kind() for kind in EVALUATORS])
def test_edited_raw_outputs_get_their_new_score(evaluator: e3.Evaluator) -> None:
    target, _, out = drawn()
    before = evaluator(target, out)
    out[0, 3] += 9
    assert evaluator(target, out) == evaluator(target, out.clone()) != before


def test_the_stale_score_that_elektronn3_returned() -> None:
    chance = torch.Generator().manual_seed(0)
    target = torch.randint(2, (1, 64, 64), generator=chance)
    prediction = torch.randint(2, target.shape, generator=chance)
    assert e3.iou(target, prediction) < 40
    prediction[:] = target
    assert e3.iou(target, prediction) == pytest.approx(100, abs=0.01)


def test_many_metrics_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    count = sharing.pooled_confusion

    def counting(*data: Any, **options: Any) -> Tensor:
        counted.append(1)
        return count(*data, **options)

    monkeypatch.setattr(sharing, "pooled_confusion", counting)
    target, prediction, out = drawn()
    for function in ON_LABELS:
        function(target, prediction, 4)
        function(target.clone(), prediction.clone(), 4, mean=False)
    e3.confusion_matrix(target, prediction, 4)
    assert len(counted) == 1
    for kind in EVALUATORS:
        kind()(target, out)
        e3.channel_metric(e3.iou, 2, 4)(target, out)
    assert len(counted) == 2


def test_no_tensor_is_kept_alive() -> None:
    target, prediction, out = drawn()
    e3.iou(target, prediction, 4)
    e3.auroc(target, out)
    e3.IoU()(target, out)
    e3.bin_iou(target, out[:, :2])
    watched = [weakref.ref(part) for each in (target, prediction, out) for part in (each, each.untyped_storage())]
    del target, prediction, out
    gc.collect()
    assert [reference() for reference in watched] == [None] * 6


def test_tensors_of_other_devices_are_counted_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    target, prediction, _ = drawn()
    expected = e3.iou(target, prediction, 4)
    sharing._shared.clear()
    monkeypatch.setattr(sharing, "in_main_memory", lambda tensor: False)
    assert e3.iou(target, prediction, 4) == expected
    assert not sharing._shared


def test_what_is_shared_is_limited() -> None:
    prediction = torch.tensor([0, 1] * 8)
    for number in range(sharing.MOST_SHARED + 20):
        target = torch.tensor([int(bit) for bit in f"{number:016b}"])
        e3.iou(target, prediction)
    assert len(sharing._shared) == sharing.MOST_SHARED


def test_a_changed_matrix_changes_no_later_one() -> None:
    target, prediction, _ = drawn()
    first = e3.confusion_matrix(target, prediction, 4, dtype=torch.float64)
    expected = first.clone()
    first.zero_()
    assert torch.equal(e3.confusion_matrix(target, prediction, 4, dtype=torch.float64), expected)


# Probabilities


@pytest.mark.parametrize("images", [1, 3])
def test_areas_of_any_batch_size_are_those_of_scikit_learn(images: int) -> None:
    target, _, out = drawn(images=images)
    probs = out.softmax(1)
    for function, peer in (
        (e3.auroc, sklearn.metrics.roc_auc_score),
        (e3.average_precision, sklearn.metrics.average_precision_score),
    ):
        expected = [100 * peer((target == c).flatten(), probs[:, c].flatten()) for c in range(4)]
        np.testing.assert_allclose(function(target, probs, mean=False), expected, rtol=1e-6)
        assert function(target, probs) == pytest.approx(np.mean(expected))


def test_areas_of_a_class_that_the_target_lacks() -> None:
    target, probs = torch.tensor([[0, 1]]), torch.tensor([[[0.8, 0.2], [0.2, 0.7], [0.0, 0.1]]])
    np.testing.assert_array_equal(e3.auroc(target, probs, mean=False), [100, 100, math.nan])
    assert math.isnan(e3.auroc(target, probs))
    assert e3.average_precision(target, probs, mean=False).tolist() == [100, 100, 0]
    assert e3.average_precision(target, probs) == pytest.approx(200 / 3)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
def test_areas_of_integers_are_those_of_their_order(dtype: torch.dtype) -> None:
    target, probs = torch.tensor([[0, 1, 1]]), torch.tensor([[[9, 3, 3], [1, 7, 0]]])
    assert e3.auroc(target, probs.to(dtype), mean=False).tolist() == [100, 50]
    assert e3.auroc(target, probs.to(dtype)) == e3.auroc(target, probs.double())


def test_binary_shortcuts_are_the_scores_of_class_1() -> None:
    target, prediction, out = drawn(images=3, num_classes=2)
    for name in ("precision", "recall", "accuracy", "dice_coefficient", "iou"):
        expected = getattr(e3, name)(target, prediction, mean=False)[1]
        assert torch.equal(getattr(e3, f"bin_{name}")(target, out), expected)
    for name in ("auroc", "average_precision"):
        expected = getattr(e3, name)(target, out.double().softmax(1), mean=False)[1]
        torch.testing.assert_close(getattr(e3, f"bin_{name}")(target, out), expected)
    assert float(e3.bin_accuracy(target, out)) == pytest.approx(100 * float((target == prediction).double().mean()))


def test_outputs_so_high_that_their_softmax_is_1_are_still_ranked() -> None:
    target = torch.tensor([[0, 1]])
    out = torch.tensor([[[0.0, 0.0], [40.0, 50.0]]])
    assert e3.bin_auroc(target, out) == 100


# Evaluators


@pytest.mark.parametrize(("kind", "function"), list(zip(EVALUATORS, ON_LABELS, strict=True)))
def test_evaluators_score_raw_outputs(kind: type[e3.Evaluator], function: Callable[..., Any]) -> None:
    target, prediction, out = drawn()
    scores = function(target, prediction, 4, mean=False, ignore=2)
    evaluator = kind(ignore=2)
    assert isinstance(evaluator(target, out), float)
    assert evaluator(target, out) == pytest.approx(float(scores.double().mean()))
    assert kind(index=1, ignore=2)(target, out) == scores[1].item()
    assert evaluator.num_classes == 4


def test_names_of_evaluators() -> None:
    names = [kind.name for kind in (e3.Evaluator, *EVALUATORS)]
    assert names == ["generic", "precision", "recall", "accuracy", "DSC", "IoU"]


def test_an_evaluator_of_any_function_gets_labels() -> None:
    target, prediction, out = drawn()
    seen: list[Any] = []

    def metric(target: Tensor, pred: Tensor, num_classes: int, mean: bool, ignore: int | None) -> Tensor:
        seen.append((pred, num_classes, mean, ignore))
        return torch.arange(4.0)

    assert e3.Evaluator(metric, ignore=3)(target, out) == 1.5
    assert e3.Evaluator(metric, index=2)(target, out) == 2.0
    assert torch.equal(seen[0][0], prediction)
    assert seen[0][1:] == (4, False, 3)


def test_an_evaluator_may_meet_other_outputs_later() -> None:
    evaluator = e3.IoU()
    for num_classes in (3, 5):
        target, prediction, out = drawn(num_classes=num_classes)
        assert evaluator(target, out) == pytest.approx(e3.iou(target, prediction, num_classes), rel=1e-6)


def test_channel_metrics_are_the_entries_of_the_list() -> None:
    target, prediction, out = drawn(num_classes=5)
    listed = e3.dice_coefficient(target, prediction, 5, mean=False)
    evaluators = [e3.channel_metric(e3.dice_coefficient, c, 5) for c in range(5)]
    assert [evaluator(target, out).item() for evaluator in evaluators] == listed.tolist()
    of_labels = e3.channel_metric(e3.dice_coefficient, c=3, num_classes=5, argmax=False)
    assert of_labels(target, prediction) == listed[3]


def test_outputs_of_any_number_type() -> None:
    target, prediction, out = drawn()
    expected = e3.iou(target, prediction, 4)
    whole = (out * 1000).long()
    assert e3.IoU()(target, whole) == pytest.approx(e3.iou(target, whole.argmax(1), 4), rel=1e-6)
    assert e3.IoU()(target.to(torch.int16), out.double()) == pytest.approx(expected, rel=1e-6)
    assert e3.IoU()(target, out.requires_grad_()) == pytest.approx(expected, rel=1e-6)


def test_evaluators_can_be_pickled() -> None:
    target, _, out = drawn()
    assert pickle.loads(pickle.dumps(e3.DSC(index=1)))(target, out) == e3.DSC(index=1)(target, out)


# Interface


SIGNATURES = {
    "confusion_matrix": "target pred num_classes=2 dtype=torch.float32 device=cpu nan_when_empty=True ignore=None",
    **dict.fromkeys([f.__name__ for f in ON_LABELS], "target pred num_classes=2 mean=True ignore=None"),
    **dict.fromkeys(["auroc", "average_precision"], "target probs mean=True"),
    **dict.fromkeys([name for name in e3.__all__ if name.startswith("bin_")], "target out"),
    "channel_metric": "metric c num_classes argmax=True",
    "Evaluator": "metric_fn index=None ignore=None",
    **dict.fromkeys([kind.__name__ for kind in EVALUATORS], "index=None ignore=None"),
}


def test_signatures_are_those_of_elektronn3() -> None:
    assert sorted(SIGNATURES) == sorted(e3.__all__)
    for name, expected in SIGNATURES.items():
        parameters = inspect.signature(getattr(e3, name)).parameters.values()
        given = [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in parameters]
        assert " ".join(given) == expected


def test_errors_say_what_to_do() -> None:
    target, prediction, out = drawn()
    with pytest.raises(InputError, match=r"pred.* integer labels; got torch.float32"):
        e3.iou(target, prediction.float(), 4)
    with pytest.raises(InputError, match="prediction must have the target's shape"):
        e3.iou(target + 2, prediction[:, 1:], 4, ignore=5)
    with pytest.raises(InputError, match=r"score nan at image 0, class 1"):
        e3.IoU()(target, torch.where(torch.arange(4)[:, None, None] == 1, math.nan, out))
    with pytest.raises(InputError, match="out must hold numbers as scores; got NaN"):
        e3.channel_metric(e3.iou, 1, 5)(target, torch.full_like(out, math.nan))
    with pytest.raises(InputError, match=r"raw outputs \[image, 2, \*spatial\].*use an Evaluator"):
        e3.bin_iou(target, out)
    with pytest.raises(InputError, match=r"probs must be \[image, class, \*spatial\]"):
        e3.auroc(target, out.movedim(1, -1))
    with pytest.raises(InputError, match="finite"):
        e3.auroc(target, out / 0)
