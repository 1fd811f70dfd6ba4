"""Results: the cached bridge to metrics_core; arguments are digests, names and numbers, never hashed arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import metrics_core as mc
from app.kept import kept_by_digest
from app.scenes import Scene
from app.selection import Selection
from app.settings import ALL_CLASSES
from app.views.error_map import EncodedImages, encode_images


def statistics(scene: Scene, model: str) -> mc.Statistics:
    """Counts of one model's prediction: made once, kept under the digest."""
    if scene.counted is not None:
        return scene.counted[model]
    return _statistics(scene.digest, model, scene)


@kept_by_digest(st.cache_resource, shared=16, own=4, spinner="Counting pixels …")
def _statistics(digest: str, model: str, _scene: Scene) -> mc.Statistics:
    return _count(_scene, model)


def _count(scene: Scene, model: str) -> mc.Statistics:
    dataset, prediction = scene.dataset, scene.dataset.predictions[model]
    histogram: Literal["none", "pooled", "per_image"] = "none"
    bins = None
    if scene.has_scores(model):
        bins, histogram = mc.suited_histogram(
            prediction.dtype, num_images=scene.num_images, num_classes=scene.num_classes
        )
    return mc.count(
        dataset.target,
        prediction,
        num_classes=scene.num_classes,
        ignore_label=dataset.ignore_label,
        class_names=dataset.class_names,
        image_names=dataset.image_names,
        out_of_range="count",
        histogram=histogram,
        bins=bins,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """All numbers of the Explore page, computed from statistics when they are asked for.

    key: digest and model, which name the statistics.
    """

    key: tuple[str, str]
    selection: Selection
    statistics: mc.Statistics

    @cached_property
    def score(self) -> mc.Score:
        """The headline score under the chosen rules."""
        return mc.score(self.selection.formula_record, self.statistics, self.selection.convention)

    @cached_property
    def per_class(self) -> mc.Score:
        """The chosen formula of every class, under the chosen rules but for the average."""
        order = "per_class" if self.selection.pooling == "image" else self.selection.order
        rule = replace(self.selection.convention, average="none", order=order, excluded_classes=())
        return mc.score(self.selection.formula_record, self.statistics, rule)

    @cached_property
    def per_image(self) -> mc.Score:
        """The chosen formula of every image, classes averaged as chosen (macro where they are not)."""
        average = "macro" if self.selection.average == "none" else self.selection.average
        rule = replace(self.selection.convention, pooling="image", average=average, order="per_image")
        return mc.score(self.selection.formula_record, self.statistics, rule)

    @cached_property
    def cells(self) -> mc.Cells:
        """Counts of every class, images pooled, under the chosen rules."""
        return mc.class_counts(self.statistics, replace(self.selection.convention, pooling="dataset"))

    @cached_property
    def other_rules(self) -> mc.RulesRange:
        """The score under the other usual rules."""
        return mc.rules_range(self.statistics, self.selection.formula_record, self.selection.convention)

    def inexact_classes(self) -> int:
        """Number of classes whose scores tie with the threshold inside a bin, so that their counts are approximate."""
        histogram, selection = self.statistics.histogram, self.selection
        if histogram is None or selection.decide == "argmax":
            return 0
        return int((~histogram.exact_at(selection.threshold, tie=selection.tie)).sum())

    def confusion(self) -> NDArray[np.int64]:
        """Confusion of all images or the shown one, ignored rows removed: int64 [true+1, predicted+1]."""
        image = self.selection.shown_image
        tables = self.statistics.pooled.tables if image is None else self.statistics.tables
        counts = tables.block(image or 0, (image or 0) + 1)[0].copy()
        counts[list(self.selection.ignore)] = 0
        if self.selection.void:
            counts[-1] = 0
        return counts

    def curves(self) -> tuple[mc.Curve, ...]:
        """ROC and precision-recall points of every class, ignored classes left out."""
        histogram = self.statistics.histogram
        return () if histogram is None else mc.curves_from_histogram(histogram, ignored_classes=self.selection.ignore)

    def areas(self) -> mc.CurveAreas | None:
        """Areas under the curves with their bounds."""
        histogram = self.statistics.histogram
        return None if histogram is None else mc.areas_from_histogram(histogram, ignored_classes=self.selection.ignore)

    def against_threshold(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Thresholds [point] and the chosen formula of every class there [class, point], images pooled."""
        histogram = self.statistics.histogram
        if histogram is None:
            return np.zeros(0), np.zeros((self.statistics.num_classes, 0))
        counts = mc.threshold_counts(histogram.pooled(), ignored_classes=self.selection.ignore)
        values = mc.formula_against_threshold(self.selection.formula_record, counts)
        return histogram.bins.edges.numpy(), values[0].numpy()

    @cached_property
    def baseline(self) -> mc.Score:
        """Score of always answering the commonest class, under the same rules."""
        return mc.trivial_score(self.selection.formula_record, self.statistics, self.selection.convention)

    def class_note(self, label: int) -> str:
        """Why a class's score is undefined, a stand-in, or not in the average; "" where it is none of these."""
        selection, counts = self.selection, self.cells
        tp, fp, fn, _ = (part[0, label] for part in counts.one_vs_rest)
        notes: list[str] = []
        if label in selection.ignore:
            return "ignored: its pixels are taken out"
        if label == 0 and not selection.background:
            notes.append("not in the mean")
        if tp + fn == 0:
            notes.append("absent: no target pixel" + ("" if fp else ", and never predicted"))
        if bool(self.per_class.value[label].isnan()):
            notes.append(f"{self.score.formula.name} is 0/0")
        return "; ".join(notes)

    def python(self, options: mc.CodeOptions | None = None, *, rule: mc.Convention | None = None) -> str:
        """Python that gives the headline score, or other numbers, from the user's arrays; rule: default the chosen."""
        selection = self.selection
        given = replace(options or mc.CodeOptions(), parameters=selection.parameters)
        return mc.score_source(self.statistics, selection.formula, rule or selection.convention, options=given)

    def library_python(self, row: mc.Row) -> str:
        """Python with which the library itself gives a row's value from the user's arrays."""
        return mc.call_source(row.preset, given=mc.arrays_of(self.statistics))


def focus_class(selection: Selection, statistics: mc.Statistics) -> int:
    """The class in focus; the rarest class that is present where none is chosen."""
    if selection.focus != ALL_CLASSES:
        return selection.focus
    support = statistics.support.sum(0).tolist()
    present = [label for label, pixels in enumerate(support) if pixels and label not in selection.ignore]
    return min(present, key=lambda label: support[label]) if present else 0


def sized_class(selection: Selection, statistics: mc.Statistics) -> int:
    """The class in focus; where none is, that which most images show, of equals the rarest."""
    if selection.focus != ALL_CLASSES:
        return selection.focus
    images, pixels = (statistics.support > 0).sum(0).tolist(), statistics.support.sum(0).tolist()
    counted = [label for label in range(len(pixels)) if label not in selection.ignore]
    return max(counted, key=lambda label: (images[label], -pixels[label]), default=0)


def encoded_image(scene: Scene, model: str, image: int, depth: int) -> EncodedImages:
    """One image, or one slice of a volume, packed for the browser."""
    return _encoded_image(scene.digest, model, image, depth, scene)


@kept_by_digest(st.cache_data, shared=256, own=64)
def _encoded_image(digest: str, model: str, image: int, depth: int, _scene: Scene) -> EncodedImages:
    dataset, prediction = _scene.dataset, _scene.dataset.predictions[model][image]
    scores = prediction.numpy() if _scene.has_scores(model) else None
    target = dataset.target[image].numpy()
    labels = prediction.numpy() if scores is None else scores.argmax(0)
    picture = None if dataset.image is None else dataset.image[image].numpy()
    if _scene.depth:
        target, labels = target[depth], labels[depth]
        picture = None if picture is None else picture[depth]
        scores = None if scores is None else scores[:, depth]
    elif target.ndim == 1:
        target, labels = target[None], labels[None]
        picture = None if picture is None else picture[None]
        scores = None if scores is None else scores[:, None]
    return encode_images(target, labels, num_classes=_scene.num_classes, picture=picture, probabilities=scores)
