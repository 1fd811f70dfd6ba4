"""Drop-in Keras IoU: all values of its documentation, and those of Keras itself on drawn data."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import subprocess
import sys
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from metrics_core import InputError
from metrics_core.compat import keras as ours
from tests.recorded import arguments_for, as_array, ignored_label, recorded

CASES = recorded()["cases"]
CALLS = {key: call for key, call in recorded()["calls"].items() if call["function"].startswith("keras.")}
# Keras works in float32 and adds 1e-7 here and there.
PRINTED = 1e-7
FLOAT32 = 2e-6
EACH = {
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "BinaryIoU": {},
    "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "OneHotMeanIoU": {"num_classes": 3},
}


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    return pytest.importorskip("keras.metrics")


# Documented values

FOUR = ([0, 0, 1, 1], [0, 1, 0, 1])
ONE_HOT = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]])
SCORES = np.array([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]])
DOCUMENTED = [
    (ours.IoU(2, [0]), FOUR, None, 0.33333334),
    (ours.IoU(2, [0]), FOUR, [0.3, 0.3, 0.3, 0.1], 0.33333334),
    (ours.MeanIoU(2), FOUR, None, 0.33333334),
    (ours.MeanIoU(2), FOUR, [0.3, 0.3, 0.3, 0.1], 0.23809525),
    (ours.BinaryIoU([0, 1], 0.3), ([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]), None, 0.33333334),
    (ours.BinaryIoU([0, 1], 0.3), ([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]), [0.2, 0.3, 0.4, 0.1], 0.17361112),
]


@pytest.mark.parametrize(("metric", "data", "weights", "documented"), DOCUMENTED)
def test_documented_values_of_labels(metric: ours.IoU, data: Any, weights: Any, documented: float) -> None:
    metric.reset_state()
    metric.update_state(*data, sample_weight=weights)
    assert float(metric.result()) == pytest.approx(documented, abs=PRINTED)


def test_documented_values_of_one_hot_labels() -> None:
    weights = [0.1, 0.2, 0.3, 0.4]
    assert float(ours.OneHotIoU(3, [0, 2])(ONE_HOT, SCORES, weights)) == pytest.approx(0.071, abs=5e-4)
    assert float(ours.OneHotMeanIoU(3)(ONE_HOT, SCORES, weights)) == pytest.approx(0.048, abs=5e-4)
    assert float(ours.OneHotIoU(3, [0, 2])(ONE_HOT, SCORES, weights)) == pytest.approx(0.1 / 0.7 / 2, abs=PRINTED)
    assert float(ours.OneHotMeanIoU(3)(ONE_HOT, SCORES, weights)) == pytest.approx(0.1 / 0.7 / 3, abs=PRINTED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_recorded_value(case: dict[str, Any]) -> None:
    for key, call in CALLS.items():
        if key not in case["values"]:
            continue
        name, options = call["function"].split(".")[1], arguments_for(call, case["C"])
        data = [np.array(case["target"]), np.array(case["pred"])]
        if name.startswith("OneHot"):
            data = [np.eye(case["C"])[labels] for labels in data]
        else:
            options["ignore_class"] = ignored_label(call, case)
        value = getattr(ours, name)(num_classes=case["C"], **options)(*data)
        np.testing.assert_allclose(value, as_array(case["values"][key]), rtol=0, atol=FLOAT32)


# Beside Keras itself


@st.composite
def drawn_labels(draw: st.DrawFn) -> tuple[int, int | None, list[tuple[Any, ...]]]:
    """Number of classes, ignored label, and batches of labels (some no class) and weights or None."""
    num_classes = draw(st.integers(1, 4))
    ignore = draw(st.sampled_from([None, 0, num_classes - 1, -1, 255]))
    batches: list[tuple[Any, ...]] = []
    for _ in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from([(1,), (5,), (2, 3), (1, 2, 4)]))
        source = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        labels = [source.integers(0, num_classes, shape) for _ in range(2)]
        for each in labels:
            each[source.random(shape) < draw(st.sampled_from([0, 0.2]))] = draw(st.sampled_from([-1, num_classes, 255]))
        weights = [None, source.random(shape).astype(np.float32), source.integers(0, 3, shape), 0.25]
        batches.append((*labels, draw(st.sampled_from(weights))))
    return num_classes, ignore, batches


def results(mine: ours.IoU, theirs: Any, batches: list[tuple[Any, ...]]) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of its own dtypes
        for y_true, y_pred, weights in batches:
            theirs.update_state(y_true, y_pred, sample_weight=weights)
            mine.update_state(y_true, y_pred, sample_weight=weights)
        return float(mine.result()), float(theirs.result())


@given(drawn=drawn_labels())
def test_labels_score_as_in_keras(keras: ModuleType, drawn: Any) -> None:
    num_classes, ignore, batches = drawn
    calls = [("MeanIoU", {}), *(("IoU", {"target_class_ids": [label]}) for label in range(num_classes))]
    for name, options in calls:
        options = {"num_classes": num_classes, "ignore_class": ignore, **options}
        mine, theirs = getattr(ours, name)(**options), getattr(keras, name)(dtype="float32", **options)
        value, expected = results(mine, theirs, batches)
        assert value == pytest.approx(expected, abs=FLOAT32)
        np.testing.assert_allclose(mine.total_cm, theirs.total_cm.value.detach(), rtol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), axis=st.sampled_from([-1, 2]), weighted=st.booleans())
def test_scores_score_as_in_keras(keras: ModuleType, seed: int, axis: int, weighted: bool) -> None:
    source = np.random.default_rng(seed)
    y_true, y_pred = source.integers(0, 3, (2, 5, 3)) / 2, source.random((2, 5, 3))
    weights = source.random(10).astype(np.float32) if weighted else None
    for name, options in (
        ("OneHotMeanIoU", {}),
        ("OneHotIoU", {"target_class_ids": [1, 2], "ignore_class": 0}),
        ("MeanIoU", {"sparse_y_true": False, "sparse_y_pred": False}),
    ):
        # Any other axis than -1 ends Keras's own result() with an error; there it names the last one, too.
        mine = getattr(ours, name)(num_classes=3, axis=axis, **options)
        theirs = getattr(keras, name)(num_classes=3, dtype="float32", **options)
        value, expected = results(mine, theirs, [(y_true, y_pred, weights)])
        assert value == pytest.approx(expected, abs=FLOAT32)


@given(seed=st.integers(0, 2**32 - 1), threshold=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0, 2.0]))
def test_thresholds_score_as_in_keras(keras: ModuleType, seed: int, threshold: float) -> None:
    source = np.random.default_rng(seed)
    y_pred = np.where(source.random(12) < 0.3, threshold, source.integers(0, 11, 12) / 10)
    for scores in (y_pred, y_pred.astype(np.float32)):
        batch = (source.integers(0, 2, 12), scores, source.random(12).astype(np.float32))
        for ids in ([0], [1], [0, 1]):
            mine, theirs = ours.BinaryIoU(ids, threshold), keras.BinaryIoU(ids, threshold, dtype="float32")
            value, expected = results(mine, theirs, [batch])
            assert value == pytest.approx(expected, abs=FLOAT32)


@pytest.mark.parametrize("name", EACH)
def test_signatures_are_those_of_keras(keras: ModuleType, name: str) -> None:
    for method in ("__init__", "update_state", "result", "reset_state", "get_config", "from_config"):
        mine, theirs = (inspect.signature(getattr(getattr(module, name), method)) for module in (ours, keras))
        assert [(p.name, p.default) for p in mine.parameters.values()] == [
            (p.name, p.default) for p in theirs.parameters.values()
        ]


@pytest.mark.parametrize("name", EACH)
def test_configurations_are_those_of_keras(keras: ModuleType, name: str) -> None:
    mine, theirs = (getattr(module, name)(dtype="float32", **EACH[name]) for module in (ours, keras))
    config = theirs.get_config()
    assert mine.get_config() == {**config, "name": mine.name}
    assert config["name"].startswith(mine.name)  # Keras numbers them
    again = getattr(ours, name).from_config(config)
    assert again.get_config() == config


@pytest.mark.parametrize("name", EACH)
def test_classes_inherit_as_in_keras(keras: ModuleType, name: str) -> None:
    mine, theirs = ({n for n in EACH if issubclass(getattr(m, name), getattr(m, n))} for m in (ours, keras))
    assert mine == theirs


# Defects of the original


def test_weights_are_never_cut_whatever_the_dtype() -> None:
    for dtype in (None, "int", "int32", "float32", "float64"):
        value = ours.MeanIoU(2, dtype=dtype)(*FOUR, sample_weight=[0.3, 0.3, 0.3, 0.1])
        assert float(value) == pytest.approx(0.23809525, abs=PRINTED)


def test_keras_still_cuts_weights_by_default(keras: ModuleType) -> None:
    assert float(keras.MeanIoU(2)(*FOUR, sample_weight=[0.3, 0.3, 0.3, 0.1])) == 0


def test_counts_do_not_stop_at_2_to_the_24() -> None:
    metric = ours.MeanIoU(2, dtype="float32")
    for _ in range(3):
        metric.update_state([0], [0], sample_weight=2**24)
        metric.update_state([0, 1], [0, 0])
    assert metric.total_cm.tolist() == [[3 * 2**24 + 3, 0], [3, 0]]
    pixels = torch.zeros(2**24 + 1, dtype=torch.uint8)
    metric.reset_state()
    metric.update_state(pixels, pixels)
    assert metric.total_cm[0, 0] == 2**24 + 1


def test_many_small_weights_add_up() -> None:
    metric = ours.IoU(2, [0])
    metric.update_state([0], [0], sample_weight=2**30)
    for _ in range(100):
        metric.update_state([0], [0], sample_weight=0.01)
    assert float(metric.total_cm[0, 0]) == pytest.approx(2**30 + 1, abs=1e-6)


def test_scores_may_have_their_class_axis_anywhere(keras: ModuleType) -> None:
    source = np.random.default_rng(0)
    scores, y_true = source.random((2, 3, 4, 5)), source.integers(0, 3, (2, 4, 5))
    last = ours.MeanIoU(3, sparse_y_pred=False)(y_true, np.moveaxis(scores, 1, -1))
    assert ours.MeanIoU(3, sparse_y_pred=False, axis=1)(y_true, scores) == last
    theirs = keras.MeanIoU(3, sparse_y_pred=False, axis=1, dtype="float32")
    theirs.update_state(y_true, scores)
    with pytest.raises(IndexError):
        theirs.result()


@pytest.mark.parametrize(
    "weights", [2.0, [2.0], [[0.5], [2.0]], [[1, 0, 3]], [[1, 2, 3], [4, 5, 6]], [1, 2, 3, 4, 5, 6]]
)
def test_weights_broadcast_to_the_target(weights: Any) -> None:
    y_true, y_pred = np.array([[0, 1, 1], [1, 0, 0]]), np.array([[0, 0, 1], [1, 1, 0]])
    given = np.asarray(weights, np.float64)
    every = given.reshape(2, 3) if given.size == 6 else np.broadcast_to(given, (2, 3))
    metric, expected = ours.MeanIoU(2), np.zeros((2, 2))
    metric.update_state(y_true, y_pred, sample_weight=weights)
    np.add.at(expected, (y_true.ravel(), y_pred.ravel()), every.ravel())
    np.testing.assert_allclose(metric.total_cm, expected)


# State


def test_updates_add_up_until_reset() -> None:
    metric, whole = ours.MeanIoU(3), ours.MeanIoU(3)
    metric.update_state([0, 1], [0, 2])
    metric.update_state([[2], [1]], [[2], [1]])
    assert metric.result() == whole([0, 1, 2, 1], [0, 2, 2, 1])
    metric.reset_state()
    assert metric.result() == 0
    assert metric([0, 1, 2], [0, 1, 2]) == pytest.approx(1, abs=FLOAT32)


def test_no_pixel_changes_nothing() -> None:
    metric = ours.MeanIoU(2)
    metric.update_state([], [])
    assert metric.result() == 0


def test_dtype_is_that_of_the_result() -> None:
    for dtype, expected in ((None, torch.float64), ("float32", torch.float32), ("int32", torch.float64)):
        assert ours.MeanIoU(2, dtype=dtype)(*FOUR).dtype == expected
    with pytest.raises(ValueError, match="dtype must be float16"):
        ours.MeanIoU(2, dtype="complex64")


@pytest.mark.parametrize("name", EACH)
def test_metrics_can_be_copied_and_pickled(name: str) -> None:
    metric = getattr(ours, name)(**EACH[name])
    data = (ONE_HOT, SCORES) if name.startswith("OneHot") else ([0, 1, 0], [0, 1, 1])
    value = metric(*data)
    assert copy.deepcopy(metric).result() == pickle.loads(pickle.dumps(metric)).result() == value
    assert repr(metric) == f"<{name} name={metric.name}>"


def test_names() -> None:
    names = {name: getattr(ours, name)(**EACH[name]).name for name in EACH}
    assert list(names.values()) == ["io_u", "binary_io_u", "mean_io_u", "one_hot_io_u", "one_hot_mean_io_u"]
    assert ours.MeanIoU(2, name="mine").name == "mine"


def test_keras_is_not_imported() -> None:
    code = "import sys; from metrics_core.compat import keras; assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_say_what_to_do() -> None:
    with pytest.raises(InputError, match=r"each of target_class_ids must be an integer; got 1\.7"):
        ours.IoU(3, target_class_ids=[1.7])  # pyright: ignore[reportArgumentType]
    metric = ours.MeanIoU(2)
    with pytest.raises(InputError, match=r"y_true and y_pred must hold as many labels"):
        metric.update_state([0, 1], [0])
    with pytest.raises(InputError, match=r"y_true must hold whole numbers as labels; got 1\.7"):
        metric.update_state([0.0, 1.7], [0, 1])
    with pytest.raises(InputError, match=r"y_true must hold whole numbers as labels; got nan"):
        metric.update_state([0.0, math.nan], [0, 1])
    with pytest.raises(InputError, match=r"sample_weight must be a number, hold one weight a pixel, or broadcast"):
        metric.update_state([0, 1], [0, 1], sample_weight=[1, 2, 3])
    with pytest.raises(InputError, match="finite and not below 0"):
        metric.update_state([0, 1], [0, 1], sample_weight=[1, -2])
    with pytest.raises(InputError, match="scores must be numbers; got NaN"):
        ours.BinaryIoU().update_state([0, 1], [0.5, math.nan])
    with pytest.raises(InputError, match=r"class along axis 3; got shape \(4, 3\)"):
        ours.OneHotMeanIoU(3, axis=3).update_state(ONE_HOT, SCORES)
    with pytest.raises(ValueError, match="target_class_ids"):
        ours.IoU(2, [2])
    assert metric.total_cm.sum() == 0
