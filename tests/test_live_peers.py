"""Live peers: on drawn data, presets return what the installed libraries return, absent classes and void included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics_core.presets.curve_areas import CURVE_FUNCTIONS
from tests.library_calls import any_preset, difference, every_preset, is_installed

Array = NDArray[Any]
Drawn = tuple[Array, Array, Array, int, int | None]
MOST_CALLS = 10  # of one function on one drawing
LISTED = sorted(
    {made.function for made in every_preset(num_classes=3, ignore_label=None) if is_installed(made.function)}
)
# Presets that are not listed, because one call of them says little beside the listed ones.
UNLISTED: tuple[tuple[str, dict[str, object]], ...] = (
    ("torchmetrics.multiclass_auroc", {"thresholds": 5}),
    ("torchmetrics.multiclass_average_precision", {"thresholds": 5}),
    ("torchmetrics.multiclass_average_precision", {"thresholds": 5, "average": "weighted"}),
    ("torchmetrics.segmentation.GeneralizedDiceScore", {}),
    ("monai.compute_average_precision", {"average": "weighted"}),
    ("monai.compute_roc_auc", {"average": "micro"}),
    ("sklearn.roc_auc_score", {"max_fpr": 0.5}),
)
repeatable = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def drawings(draw: st.DrawFn, *, logits: bool = False) -> Drawn:
    """Target, prediction, scores, number of classes and ignored label: small images, often without some classes.

    The ignored label lies outside the classes, or is one of them; an image, or all of them, may hold nothing else.
    """
    num_classes = draw(st.integers(2, 4))
    shape = draw(st.sampled_from([(1, 1, 1), (3, 1), (1, 2, 3), (2, 2, 2), (3, 1, 4), (3, 3, 3), (2, 2, 1, 2)]))
    ignore_label = draw(st.sampled_from([None, None, 255, -1, num_classes - 1]))
    highest = draw(st.integers(0, num_classes - 1))
    source = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    target, prediction = source.integers(0, highest + 1, shape), source.integers(0, num_classes, shape)
    if ignore_label is not None:
        target[source.random(shape) < draw(st.sampled_from([0.0, 0.2, 0.7]))] = ignore_label
        target[: draw(st.sampled_from([0, 0, 1, len(target)]))] = ignore_label
    if draw(st.booleans()):
        prediction = np.where((target >= 0) & (target < num_classes), target, prediction)
    coarse = source.integers(0, 9, (shape[0], num_classes, *shape[1:])) / 8  # some scores are equal
    scores = coarse if draw(st.booleans()) else source.random(coarse.shape)
    return target, prediction, (scores * 6 - 3 if logits else scores).astype(np.float32), num_classes, ignore_label


def _check(drawn: Drawn, function: str, calls: list[dict[str, object]]) -> None:
    target, prediction, scores, num_classes, ignore_label = drawn
    for arguments in calls:
        made = any_preset(function, num_classes=num_classes, ignore_label=ignore_label, **arguments)
        assert difference(made, target, prediction, scores) == ""


@pytest.mark.parametrize("function", LISTED)
def test_listed_calls_return_what_the_library_returns(function: str) -> None:
    @repeatable
    @given(drawn=drawings(), start=st.integers(0, 100))
    def compare(drawn: Drawn, start: int) -> None:
        listed = [
            dict(made.arguments)
            for made in every_preset(num_classes=drawn[3], ignore_label=drawn[4])
            if made.function == function
        ]
        # Functions with many calls take turns, so that each call meets some of the drawings.
        turns = -(-len(listed) // MOST_CALLS)
        _check(drawn, function, listed[start % turns :: turns])

    compare()


@pytest.mark.parametrize(("function", "arguments"), UNLISTED)
def test_other_calls_return_what_the_library_returns(function: str, arguments: dict[str, object]) -> None:
    @repeatable
    @given(drawn=drawings())
    def compare(drawn: Drawn) -> None:
        _check(drawn, function, [arguments])

    compare()


@pytest.mark.parametrize("function", [name for name in LISTED if name in CURVE_FUNCTIONS])
def test_areas_under_curves_of_logits_return_what_the_library_returns(function: str) -> None:
    @repeatable
    @given(drawn=drawings(logits=True))
    def compare(drawn: Drawn) -> None:
        _check(drawn, function, [{}])

    compare()
