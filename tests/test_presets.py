"""Presets: each reproduces the recorded values of its library, and no listed one goes without."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from metrics_core import InputError, Statistics, count
from metrics_core.presets import Preset, evaluate_preset, evaluate_presets, list_presets, preset, score_like
from metrics_core.presets.find import label_functions
from tests.recorded import arguments_for, as_array, ignored_label, recorded

CASES = {case["name"]: case for case in recorded()["cases"]}
CALLS = {key: call for key, call in recorded()["calls"].items() if call["takes"] == "labels"}
OLD = recorded("recorded_torchmetrics_0_9")
# One case for each way to ignore: none, outside the classes, inside, everything.
SHAPE_CASES = (
    "special-two-images-one-empty",
    "pub001-absent_both-C3-N4-ign255",
    "pub004-empty_image-C6-N2-ignin",
    "special-all-ignored",
)


def tolerance(function: str) -> float:
    # elektronn3 counts in per cent and adds 1e-4 to float32 denominators.
    return 5e-4 if function.startswith("elektronn3") else 5e-6


def counted(case: dict[str, Any], label: int | None) -> Statistics:
    inside = label is not None and 0 <= label < case["C"]
    return count(case["target"], case["pred"], num_classes=case["C"], ignore_label=None if inside else label)


def outcome(made: Preset, statistics: Statistics) -> Any:
    try:
        return evaluate_preset(made, statistics).value.numpy()
    except InputError:
        return "refused"


def agrees(got: Any, value: Any, function: str) -> bool:
    if isinstance(value, dict) or isinstance(got, str):
        return isinstance(value, dict) and isinstance(got, str)
    want = as_array(value)
    return got.size == want.size and np.allclose(
        got.reshape(want.shape), want, rtol=0, atol=tolerance(function), equal_nan=True
    )


@pytest.mark.parametrize("name", CASES)
def test_every_recorded_value_is_reproduced_from_statistics(name: str) -> None:
    case, wrong = CASES[name], []
    statistics = {label: counted(case, label) for label in {case["ignore"], None} if label or not _has_void(case)}
    for key, value in case["values"].items():
        if key not in CALLS:
            continue
        call = CALLS[key]
        label = ignored_label(call, case)
        made = preset(call["function"], num_classes=case["C"], ignore_label=label, **arguments_for(call, case["C"]))
        got = outcome(made, statistics[label])
        if not agrees(got, value, call["function"]):
            wrong.append((made.title, value, got))
    assert wrong == []


def _has_void(case: dict[str, Any]) -> bool:
    return case["ignore"] is not None and not 0 <= case["ignore"] < case["C"]


@pytest.mark.parametrize("name", SHAPE_CASES)
def test_every_recorded_value_is_reproduced_from_pixels_in_its_shape(name: str) -> None:
    case, wrong = CASES[name], []
    for key, value in case["values"].items():
        if key not in CALLS:
            continue
        call = CALLS[key]
        try:
            got = score_like(
                call["function"],
                case["target"],
                case["pred"],
                num_classes=case["C"],
                ignore_label=ignored_label(call, case),
                **arguments_for(call, case["C"]),
            ).numpy()
        except InputError:
            got = "refused"
        right_shape = isinstance(got, str) or got.shape == as_array(value).shape
        if not (agrees(got, value, call["function"]) and right_shape):
            wrong.append((call["function"], call["arguments"], value, got))
    assert wrong == []


@pytest.mark.parametrize("name", OLD["values"])
def test_every_recorded_value_of_torchmetrics_0_9_is_reproduced(name: str) -> None:
    case, wrong = CASES[name], []
    for call, value in zip(OLD["calls"], OLD["values"][name], strict=True):
        try:
            got = score_like(
                call["function"],
                case["target"],
                case["pred"],
                num_classes=case["C"],
                ignore_label=case["ignore"],
                **call["arguments"],
            ).numpy()
        except ValueError:
            got = "refused"
        if not agrees(got, value, call["function"]):
            wrong.append((call, value, got))
    assert wrong == []


def test_no_listed_preset_is_without_a_recorded_value() -> None:
    calls = [*CALLS.values(), *OLD["calls"]]
    checked = {preset(call["function"], num_classes=4, **arguments_for(call, 4)).key for call in calls}
    assert [made.key for made in list_presets(num_classes=4) if made.key not in checked] == []


def test_every_recorded_call_is_listed() -> None:
    listed = {made.key for made in list_presets(num_classes=4)}
    calls = {preset(call["function"], num_classes=4, **arguments_for(call, 4)).key for call in CALLS.values()}
    assert calls - listed == set()


def test_every_function_is_checked_or_computed_by_hand() -> None:
    checked = {call["function"] for call in [*CALLS.values(), *OLD["calls"]]}
    assert set(label_functions()) - checked == {
        "torchmetrics.segmentation.GeneralizedDiceScore",
        "keras.OneHotIoU",
        "keras.BinaryIoU",
        "smp.sensitivity",
        "smp.positive_predictive_value",
        "smp.negative_predictive_value",
        "smp.false_negative_rate",
        "smp.false_positive_rate",
        "smp.balanced_accuracy",
        "smp.false_discovery_rate",
        "smp.false_omission_rate",
        "smp.positive_likelihood_ratio",
        "smp.negative_likelihood_ratio",
    }


def test_listed_presets_have_keys_of_their_own() -> None:
    for num_classes, ignore_label in ((2, None), (5, 255), (5, 3)):
        keys = [made.key for made in list_presets(num_classes=num_classes, ignore_label=ignore_label)]
        assert len(set(keys)) == len(keys)


def test_list_can_be_narrowed_to_functions() -> None:
    listed = list_presets(num_classes=3, functions=["nnunetv2.mean", "elektronn3.iou"])
    assert [made.title for made in listed] == [
        "iou(mean=True)",
        "iou(mean=False)",
        "mean(metric='Dice')",
        "mean(metric='IoU')",
    ]


def test_presets_on_one_number_of_classes_are_evaluated_together_or_alone_alike() -> None:
    case = CASES["pub002-absent_target-C4-N2-ignNone"]
    statistics, listed = counted(case, None), list_presets(num_classes=4)
    for made, score in zip(listed, evaluate_presets(listed, statistics), strict=True):
        assert isinstance(score, InputError) or torch.equal(
            score.value.nan_to_num(-9), evaluate_preset(made, statistics).value.nan_to_num(-9)
        )


def test_library_that_refuses_the_data_leaves_its_error_in_place() -> None:
    statistics = count([[0, 0]], [[0, 0]], num_classes=3)
    alone, failing = (
        preset("torcheval.multiclass_recall", num_classes=3, average=average) for average in (None, "macro")
    )
    fine, error = evaluate_presets([alone, failing], count([[0, 1]], [[0, 1]], num_classes=3))
    assert fine.value.tolist() == [1, 1, 0]
    assert isinstance(error, InputError)
    assert "torcheval 0.0.7" in str(error)
    assert evaluate_preset(failing, statistics).value == pytest.approx(math.inf)


def test_void_label_inside_the_classes_may_be_counted_as_void_or_as_a_class() -> None:
    case = CASES["pub010-plain-C6-N4-ignin"]
    as_void = count(case["target"], case["pred"], num_classes=6, ignore_label=case["ignore"])
    as_class = count(case["target"], case["pred"], num_classes=6)
    for made in list_presets(num_classes=6, ignore_label=case["ignore"]):
        values = [evaluate_preset(made, statistics).value for statistics in (as_void, as_class)]
        torch.testing.assert_close(*values, rtol=0, atol=0, equal_nan=True)


def test_presets_of_one_number_know_it() -> None:
    statistics = count([[0, 1, 2], [0, 0, 1]], [[0, 1, 1], [0, 0, 2]], num_classes=3)
    listed = list_presets(num_classes=3)
    for made, score in zip(listed, evaluate_presets(listed, statistics), strict=True):
        assert isinstance(score, InputError) or made.is_scalar == (score.value.ndim == 0)
