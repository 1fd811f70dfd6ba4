"""Resampling laws: under every convention, weighting images is the same as repeating them in the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core.uncertainty.resampled import Resampler
from tests.resampling_examples import repeated
from tests.strategies import Draw, Sample, conventions, samples, scored_samples

NAN = float("nan")
FORMULAS = st.sampled_from(sorted(mc.FORMULAS))


@st.composite
def full_conventions(draw: Draw, num_classes: int) -> mc.Convention:
    """Conventions with every option that acts after counting, and some that act on it."""
    label = st.integers(0, num_classes - 1)
    weights = st.just("support") | st.tuples(*[st.sampled_from([0.0, 0.5, 2.0])] * num_classes)
    return replace(
        draw(conventions()),
        class_set=draw(st.sampled_from(["fixed", "up_to_largest", "seen"])),
        excluded_classes=tuple(draw(st.sets(label))),
        ignored_classes=tuple(draw(st.sets(label, max_size=1))),
        ignored_pixels=draw(st.sampled_from(["removed", "kept_as_false_positives"])),
        void=draw(st.sampled_from(["removed", "false_positive"])),
        out_of_range=draw(st.sampled_from(["false_negative", "pixel_removed"])),
        weights=draw(weights),
        weighted_mean_divisor=draw(st.sampled_from(["weights", "weights_and_classes"])),
        micro_zero_division=draw(st.sampled_from([None, 0.0, 1.0])),
        nothing_left=draw(st.sampled_from([NAN, 0.0, 1.0])),
        zero_weight=draw(st.sampled_from([None, 0.0, "unweighted"])),
        epsilon=draw(st.sampled_from([0.0, 1.0])),
        mean_epsilon=draw(st.sampled_from([0.0, 0.5])),
        scale=draw(st.sampled_from([1.0, 100.0])),
    )


@st.composite
def problems(draw: Draw) -> tuple[mc.Statistics, mc.Convention, NDArray[Any]]:
    """Statistics with stray predictions, a convention, and how often three resamples hold each image."""
    sample: Sample = draw(samples(images=(2, 5)))
    prediction = sample.prediction.copy()
    if draw(st.booleans()):
        prediction[0, 0] = sample.num_classes
    statistics = mc.count(
        sample.target, prediction, num_classes=sample.num_classes, ignore_label=255, out_of_range="count"
    )
    return statistics, draw(full_conventions(sample.num_classes)), draw(weightings(statistics.num_images))


@st.composite
def weightings(draw: Draw, images: int) -> NDArray[Any]:
    """Three rows of how often each image occurs, more than one image in each."""
    row = st.lists(st.integers(0, 3), min_size=images, max_size=images).filter(lambda times: sum(times) > 1)
    return np.array([draw(row) for _ in range(3)], np.float64)


def number(value: torch.Tensor, rule: mc.Convention) -> float:
    """A score as one number and a fraction, lists as their mean."""
    return float(value.mean()) / rule.scale


@settings(max_examples=300)
@given(problem=problems(), formula=FORMULAS)
def test_weights_are_repetitions(problem: tuple[mc.Statistics, mc.Convention, NDArray[Any]], formula: str) -> None:
    statistics, rule, weights = problem
    found = Resampler(statistics, formula, rule).scores(weights)
    expected = [number(mc.evaluate(formula, repeated(statistics, times), rule), rule) for times in weights]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=100)
@given(problem=problems(), formula=FORMULAS)
def test_weights_are_repetitions_for_every_class(
    problem: tuple[mc.Statistics, mc.Convention, NDArray[Any]], formula: str
) -> None:
    statistics, rule, weights = problem
    found = Resampler(statistics, formula, rule).class_scores(weights)
    order = "per_class" if rule.pooling == "image" else "classes_then_images"
    listed = replace(rule, average="none", order=order, class_set="fixed", excluded_classes=())
    for values, times in zip(found, weights, strict=True):
        expected = mc.evaluate(formula, repeated(statistics, times), listed) / rule.scale
        assert values.tolist() == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=100)
@given(problem=problems(), formula=FORMULAS)
def test_image_scores_are_those_of_single_images(
    problem: tuple[mc.Statistics, mc.Convention, NDArray[Any]], formula: str
) -> None:
    statistics, rule, _ = problem
    alone = replace(rule, pooling="dataset")
    found = Resampler(statistics, formula, rule).image_scores()
    expected = [number(mc.evaluate(formula, statistics.select([i]), alone), rule) for i in range(len(found))]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=100)
@given(sample=scored_samples(dtype="float32"), data=st.data(), threshold=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_thresholds(sample: Sample, data: st.DataObject, threshold: float) -> None:
    bins = mc.Bins(kind="uniform", count=256)
    statistics = mc.count(
        sample.target,
        sample.prediction,
        num_classes=sample.num_classes,
        ignore_label=255,
        histogram="per_image",
        bins=bins,
    )
    rule = replace(data.draw(full_conventions(sample.num_classes)), threshold=threshold)
    if statistics.num_images < 2:
        return
    weights = data.draw(weightings(statistics.num_images))
    found = Resampler(statistics, "iou", rule).scores(weights)
    expected = [number(mc.evaluate("iou", repeated(statistics, times), rule), rule) for times in weights]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("order", ["classes_then_images", "images_then_classes", "all_cells", "per_image"])
def test_infinite_cells_stay_infinite(order: Any) -> None:
    ratio = mc.Formula(key="odds", name="odds", latex="", ratio=lambda tp, fp, fn, tn: (tp, fp))
    statistics = mc.count([[0, 1, 1], [0, 0, 1]], [[0, 1, 1], [0, 1, 1]], num_classes=2)
    rule = mc.Convention(pooling="image", order=order, excluded_classes=(0,))
    weights = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert Resampler(statistics, ratio, rule).scores(weights).tolist() == [np.inf, 1.0, np.inf]


def test_packed_tables_of_many_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large tables are unpacked some images at a time."""
    generator = np.random.default_rng(4)
    target, prediction = generator.integers(0, 5, (2, 30, 40))
    statistics = mc.count(target, prediction, num_classes=5)
    rule, weights = mc.Convention(average="micro"), generator.integers(0, 3, (7, 30)).astype(np.float64)
    expected = Resampler(statistics, "kappa", rule).scores(weights)
    for module in ("packing", "uncertainty.resampled"):
        monkeypatch.setattr(f"metrics_core.{module}.BLOCK_CELLS", 36 * 4)
    assert Resampler(statistics, "kappa", rule).scores(weights).tolist() == pytest.approx(expected.tolist())
