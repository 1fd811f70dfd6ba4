"""Scenes: the data on the page, from an example, a recipe, a lesson or the user's own files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

import metrics_core as mc
from app.kept import OWN
from app.lessons.course import lessons, live
from app.selection import Selection

# Knobs by what the core calls them in its refusals, and what the sidebar calls them.
KNOB_LABELS = {
    "class_names": "Classes",
    "class_shares": "Class shares",
    "object_size_px": "Object size, px",
    "objects_per_image": "Objects an image",
    "false_positive_blobs": "False-positive blobs an image",
    "label_noise": "Label noise",
    "images_without_rare_class": "Images without the rare class",
    "auroc": "Target AUROC",
}


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
    return Scene(digest=f"{OWN}{data.digest}", dataset=info, notices=data.notices)


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


def recipe_refusal(selection: Selection) -> str:
    """Why the knobs cannot be drawn, in the words of their labels; "" where they can."""
    try:
        synthetic_scene(recipe_of(selection))
    except ValueError as error:
        return re.sub("|".join(KNOB_LABELS), lambda match: f"“{KNOB_LABELS[match.group()]}”", str(error))
    return ""


def _shares(knobs: Mapping[str, Any], classes: int) -> tuple[float, ...]:
    """Class shares: falling evenly on a log scale for a chosen imbalance, else those written down."""
    if knobs["imbalance"]:
        steps = np.linspace(0, 1, classes)
        return tuple(float(share) for share in knobs["imbalance"] ** -steps)
    try:
        return tuple(float(part) for part in knobs["shares"].split(",") if part.strip())
    except ValueError as error:
        expected = "class_shares must be numbers, one a class, such as 0.9, 0.1"
        raise ValueError(f"{expected}; got {knobs['shares']!r}") from error
