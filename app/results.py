"""Results: the cached bridge to metrics_core; arguments are digests, names and numbers, never hashed arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import metrics_core as mc
from app.lessons.course import lessons, live
from app.selection import ALL_CLASSES, Selection
from app.views.error_map import EncodedImages, encode_images

# Histogram cells (int64) a scene may take in memory when every image has its own: 128 MB.
_PER_IMAGE_CELLS = 16_000_000
_FLOAT_BINS = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """The data on the page: a data set, the digest that names its pixels exactly, and remarks about how it was read.

    counted: by model, what was counted before; the data set has no pixels then.
    """

    digest: str
    dataset: mc.Dataset
    notices: tuple[str, ...] = ()
    counted: Mapping[str, mc.Statistics] | None = None

    @property
    def has_pixels(self) -> bool:
        """Whether there are images to show, not just counts."""
        return self.counted is None

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.dataset.class_names)

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.dataset.image_names)

    @property
    def depth(self) -> int:
        """Number of slices of a volume; 0 for pictures."""
        return self.dataset.target.shape[1] if self.dataset.target.ndim == 4 else 0

    def has_scores(self, model: str) -> bool:
        """Whether the model gives a score for every class, not just labels."""
        if self.counted is not None:
            return self.counted[model].histogram is not None
        prediction = self.dataset.predictions[model]
        return prediction.ndim == self.dataset.target.ndim + 1


@cache
def example_titles() -> dict[str, str]:
    """Titles of the example data sets by key."""
    return {info.key: info.title for info in mc.list_datasets()}


@st.cache_resource(max_entries=8, show_spinner="Loading the data set …")
def example_scene(key: str) -> Scene:
    """An example data set."""
    return Scene(digest=f"example:{key}", dataset=mc.load_dataset(key))


@st.cache_resource(max_entries=8, show_spinner="Drawing images, targets and predictions …")
def synthetic_scene(recipe: mc.Recipe) -> Scene:
    """The data of a recipe."""
    return Scene(digest=f"recipe:{recipe!r}", dataset=mc.synthetic_dataset(recipe))


@st.cache_resource(max_entries=8, show_spinner=False)
def lesson_scene(key: str, knobs: tuple[str, ...]) -> Scene | None:
    """The pixels of a lesson with its knobs at the values of an address; None where there are none."""
    lesson = lessons().get(key)
    if lesson is None:
        return None
    chosen = {knob.key: knob.read(text) for knob, text in zip(lesson.knobs, knobs, strict=False)}
    data = live(lesson, chosen).data
    if data is None:
        return None
    return Scene(digest=f"lesson:{key}:{','.join(map(str, chosen.values()))}", dataset=data.dataset(lesson.title))


def user_scene(data: mc.UserModels) -> Scene:
    """A user's own data."""
    colours = enumerate(mc.class_colours(data.num_classes))
    kinds = ", ".join(sorted(set(data.kinds.values())))
    info = mc.Dataset(
        key="files",
        title="Your files",
        summary=f"{len(data.image_names)} images, {data.num_classes} classes, predictions as {kinds}.",
        class_names=data.class_names,
        class_colours=tuple(data.class_colours.get(label, colour) for label, colour in colours),
        model_names=tuple(data.predictions),
        ignore_label=data.ignore_label,
        spacing=data.spacing,
        licence="yours",
        attribution="yours",
        source="files of this session",
        how_made="; ".join(f"{note.field}: {note.value} ({note.why})" for _, note in data.inferred),
        look_at="",
        image_names=data.image_names,
        target=data.target,
        predictions=dict(data.predictions),
        image=data.image,
    )
    return Scene(digest=f"files:{data.digest}", dataset=info, notices=data.notices)


def recipe_of(selection: Selection) -> mc.Recipe:
    """The recipe that the knobs describe.

    Raises:
        ValueError: a knob or a combination of knobs that cannot be drawn.
    """
    base, knobs = mc.RECIPES[selection.recipe], dict(selection.knobs)
    names = tuple(part.strip() for part in knobs["classes"].split(",") if part.strip())
    thin = base.thin_classes or (len(names) - 1,)
    return replace(
        base,
        **{name: value for name, value in knobs.items() if hasattr(base, name) and name != "auroc"},
        auroc=knobs["auroc"] or None,
        height=knobs["side"],
        width=knobs["side"] * base.width // base.height,
        class_names=names,
        class_shares=_shares(knobs, len(names)),
        thin_classes=tuple(label for label in thin if label < len(names)) if knobs["thin"] else (),
    )


def _shares(knobs: Mapping[str, Any], classes: int) -> tuple[float, ...]:
    """Class shares: falling evenly on a log scale for a chosen imbalance, else those written down."""
    if knobs["imbalance"]:
        steps = np.linspace(0, 1, classes)
        return tuple(float(share) for share in knobs["imbalance"] ** -steps)
    try:
        return tuple(float(part) for part in knobs["shares"].split(",") if part.strip())
    except ValueError as error:
        expected = "class shares must be numbers, one a class, such as 0.9, 0.1"
        raise ValueError(f"{expected}; got {knobs['shares']!r}") from error


def statistics(scene: Scene, model: str) -> mc.Statistics:
    """Counts of one model's prediction: made once, kept under the digest."""
    if scene.counted is not None:
        return scene.counted[model]
    if scene.digest.startswith("files:"):
        return _own_statistics(scene.digest, model, scene)
    return _shared_statistics(scene.digest, model, scene)


@st.cache_resource(max_entries=16, show_spinner="Counting pixels …")
def _shared_statistics(digest: str, model: str, _scene: Scene) -> mc.Statistics:
    return _count(_scene, model)


@st.cache_resource(max_entries=4, show_spinner="Counting pixels …", scope="session")
def _own_statistics(digest: str, model: str, _scene: Scene) -> mc.Statistics:
    return _count(_scene, model)


def _count(scene: Scene, model: str) -> mc.Statistics:
    dataset, prediction = scene.dataset, scene.dataset.predictions[model]
    histogram: Literal["none", "pooled", "per_image"] = "none"
    bins = None
    if scene.has_scores(model):
        bins = mc.suited_bins(prediction.dtype, count=_FLOAT_BINS)
        cells = scene.num_images * (scene.num_classes + 1) * scene.num_classes * bins.count
        histogram = "per_image" if cells <= _PER_IMAGE_CELLS else "pooled"
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

    def python(self, then: str = "") -> str:
        """Python that gives the headline score, or an expression of the same, from the user's own arrays."""
        selection = self.selection
        parameters = {"beta": selection.beta} if selection.formula == "fbeta" else {}
        return mc.score_source(
            self.statistics, selection.formula, selection.convention, parameters=parameters, then=then
        )


def focus_class(selection: Selection, statistics: mc.Statistics) -> int:
    """The class in focus; the rarest class that is present where none is chosen."""
    if selection.focus != ALL_CLASSES:
        return selection.focus
    support = statistics.support.sum(0).tolist()
    present = [label for label, pixels in enumerate(support) if pixels and label not in selection.ignore]
    return min(present, key=lambda label: support[label]) if present else 0


def forget_own() -> None:
    """Free what is kept of this session's own data."""
    _own_statistics.clear()
    _own_encoded.clear()


def encoded_image(scene: Scene, model: str, image: int, depth: int) -> EncodedImages:
    """One image, or one slice of a volume, packed for the browser."""
    if scene.digest.startswith("files:"):
        return _own_encoded(scene.digest, model, image, depth, scene)
    return _shared_encoded(scene.digest, model, image, depth, scene)


@st.cache_data(max_entries=256, show_spinner=False)
def _shared_encoded(digest: str, model: str, image: int, depth: int, _scene: Scene) -> EncodedImages:
    return _encode(_scene, model, image, depth)


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def _own_encoded(digest: str, model: str, image: int, depth: int, _scene: Scene) -> EncodedImages:
    return _encode(_scene, model, image, depth)


def _encode(scene: Scene, model: str, image: int, depth: int) -> EncodedImages:
    dataset, prediction = scene.dataset, scene.dataset.predictions[model][image]
    scores = prediction.numpy() if scene.has_scores(model) else None
    target = dataset.target[image].numpy()
    labels = prediction.numpy() if scores is None else scores.argmax(0)
    picture = None if dataset.image is None else dataset.image[image].numpy()
    if scene.depth:
        target, labels = target[depth], labels[depth]
        picture = None if picture is None else picture[depth]
        scores = None if scores is None else scores[:, depth]
    elif target.ndim == 1:
        target, labels = target[None], labels[None]
        scores = None if scores is None else scores[:, None]
    return encode_images(target, labels, num_classes=scene.num_classes, picture=picture, probabilities=scores)
