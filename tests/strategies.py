"""Hypothesis strategies: data, counts and conventions small enough to be searched thoroughly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

import metrics_core as mc

VOID = 255
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A target [image, pixel], and a prediction: labels of that shape or scores [image, class, pixel]."""

    target: NDArray[Any]
    prediction: NDArray[Any]
    num_classes: int

    @property
    def statistics(self) -> mc.Statistics:
        """What is counted of the labels, or of the highest scores."""
        return mc.count(self.target, self.prediction, num_classes=self.num_classes, ignore_label=VOID)


@st.composite
def samples(
    draw: Draw,
    *,
    classes: tuple[int, int] = (1, 4),
    images: tuple[int, int] = (1, 4),
    pixels: tuple[int, int] = (1, 10),
    void: bool = True,
) -> Sample:
    """Labels of a few small images, in which classes may be absent and target pixels void."""
    num_classes = draw(st.integers(*classes))
    shape = (draw(st.integers(*images)), draw(st.integers(*pixels)))
    label = st.integers(0, num_classes - 1)
    target = draw(arrays(np.int64, shape, elements=label | st.just(VOID) if void else label))
    return Sample(target=target, prediction=draw(arrays(np.int64, shape, elements=label)), num_classes=num_classes)


@st.composite
def scored_samples(draw: Draw, *, dtype: Literal["uint8", "float32"]) -> Sample:
    """Labels of a few small images, and scores that lie on a grid of 256 bins: bytes, or multiples of 1/256."""
    labels = draw(samples(classes=(2, 3)))
    shape = (labels.target.shape[0], labels.num_classes, labels.target.shape[1])
    if dtype == "uint8":
        scores = draw(arrays(np.uint8, shape))
    else:
        scores = draw(arrays(np.int64, shape, elements=st.integers(0, 256))).astype(np.float32) / 256
    return Sample(target=labels.target, prediction=scores, num_classes=labels.num_classes)


def counts(largest: int = 50) -> st.SearchStrategy[tuple[int, int, int, int]]:
    """True positives, false positives, false negatives and true negatives of a class."""
    return st.tuples(*[st.integers(0, largest)] * 4)


def conventions(**fixed: Any) -> st.SearchStrategy[mc.Convention]:
    """Conventions of every average, order and rule for undefined cells; the fixed options stay as they are."""
    free: dict[str, st.SearchStrategy[Any]] = {
        "pooling": st.sampled_from(["dataset", "image"]),
        "average": st.sampled_from(["none", "micro", "macro", "weighted", "sum"]),
        "order": st.sampled_from(
            ["classes_then_images", "images_then_classes", "all_cells", "per_image", "per_class", "per_cell"]
        ),
        "kept_classes": st.sampled_from(["all", "union", "target"]),
        "absent_value": st.sampled_from([float("nan"), 0.0, 1.0]),
        "zero_division": st.sampled_from([float("nan"), 0.0, 1.0]),
        "undefined": st.sampled_from(["skip", "propagate"]),
        "undefined_images": st.sampled_from([None, "skip", "propagate"]),
    }
    chosen = {name: strategy for name, strategy in free.items() if name not in fixed}
    return st.builds(mc.Convention, **chosen, **{name: st.just(value) for name, value in fixed.items()})
