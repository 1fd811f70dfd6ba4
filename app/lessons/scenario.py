"""Scenario: the pixels of a lesson, and every score of them that the core or a library computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

import metrics_core as mc

Counts = Sequence[Sequence[int]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Data:
    """Target and prediction of a lesson.

    target, prediction: labels [image, row, column]. scores: probabilities [image, class, row, column] or None.
    """

    target: NDArray[np.int64]
    prediction: NDArray[np.int64]
    class_names: tuple[str, ...]
    image_names: tuple[str, ...]
    scores: NDArray[np.float64] | None = None
    ignore_label: int | None = None

    @classmethod
    def from_masks(
        cls,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        class_names: Sequence[str] = ("background", "object"),
        image_names: Sequence[str] = (),
        ignore_label: int | None = None,
    ) -> Data:
        """Data of labels [image, row, column]; [row, column] is one image, [pixel] a row of pixels."""
        labels = [_images(each) for each in (target, prediction)]
        return cls(
            target=labels[0],
            prediction=labels[1],
            class_names=tuple(class_names),
            image_names=tuple(image_names) or _numbered(len(labels[0])),
            ignore_label=ignore_label,
        )

    @classmethod
    def from_counts(
        cls,
        *tables: Counts,
        class_names: Sequence[str] = ("background", "object"),
        image_names: Sequence[str] = (),
    ) -> Data:
        """Data with these confusion tables [true, predicted], one an image; all must hold equally many pixels.

        The pixels are laid out class by class, in an image as nearly square as their number allows.
        """
        pairs = [_pairs(np.asarray(table, dtype=np.int64)) for table in tables]
        sizes = {true.size for true, _ in pairs}
        if len(sizes) != 1:
            raise ValueError(f"images of a scenario must be equally large; the tables hold {sorted(sizes)} pixels")
        shape = (len(pairs), *_rectangle(sizes.pop()))
        return cls.from_masks(
            np.stack([true for true, _ in pairs]).reshape(shape),
            np.stack([predicted for _, predicted in pairs]).reshape(shape),
            class_names=class_names,
            image_names=image_names,
        )

    @classmethod
    def from_scores(
        cls,
        target: ArrayLike,
        scores: ArrayLike,
        *,
        class_names: Sequence[str] = ("negative", "positive"),
        image_names: Sequence[str] = (),
        threshold: float = 0.5,
    ) -> Data:
        """Data of two classes, from labels and the probability of class 1, both [pixel] or [image, row, column].

        The prediction holds class 1 where its probability reaches the threshold.
        """
        labels, second = _images(target), np.asarray(scores, dtype=np.float64).reshape(_images(target).shape)
        return cls(
            target=labels,
            prediction=(second >= threshold).astype(np.int64),
            class_names=tuple(class_names),
            image_names=tuple(image_names) or _numbered(len(labels)),
            scores=np.stack([1 - second, second], axis=1),
        )

    @classmethod
    def from_dataset(cls, dataset: mc.Dataset, *, model: str = "") -> Data:
        """The pictures of a data set with one model's labels, the first one's unless named."""
        prediction = dataset.predictions[model or next(iter(dataset.predictions))]
        labels = prediction.argmax(1) if prediction.ndim > dataset.target.ndim else prediction
        return cls.from_masks(
            dataset.target.numpy(),
            labels.numpy(),
            class_names=dataset.class_names,
            image_names=dataset.image_names,
            ignore_label=dataset.ignore_label,
        )

    @property
    def given_scores(self) -> NDArray[np.float64]:
        """The scores [image, class, row, column], for curves.

        Raises:
            ValueError: the data hold labels only.
        """
        if self.scores is None:
            raise ValueError("these data hold labels only; make them with Data.from_scores")
        return self.scores

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @cached_property
    def statistics(self) -> mc.Statistics:
        """Counts of the labels."""
        return mc.count(
            self.target,
            self.prediction,
            num_classes=self.num_classes,
            ignore_label=self.ignore_label,
            class_names=self.class_names,
            image_names=self.image_names,
            out_of_range="count",
        )

    def counts(self, label: int = 1, *, image: int | None = None) -> tuple[int, int, int, int]:
        """TP, FP, FN and TN of a class, in one image or in all together."""
        chosen = self.statistics if image is None else self.statistics.select([image])
        tp, fp, fn, tn = (int(part[0, label]) for part in mc.class_counts(chosen, mc.Convention()).one_vs_rest)
        return tp, fp, fn, tn

    def score(self, formula: str | mc.Formula, *, label: int | None = None, **convention: Any) -> float:
        """The score that the core gives: of one class, or averaged under a convention (default: pooled macro)."""
        return score(self.statistics, formula, label=label, **convention)

    def per_image(self, formula: str | mc.Formula, *, label: int = 1, **convention: Any) -> list[float]:
        """The score of one class in every image."""
        rule, images = mc.Convention(average="none", **convention), range(len(self.image_names))
        return [float(mc.evaluate(formula, self.statistics.select([image]), rule)[label]) for image in images]

    def like(self, function: str, **arguments: Any) -> float:
        """The one number that a library's function gives for these pixels, NaN included."""
        values = self.like_each(function, **arguments)
        if len(values) != 1:
            raise ValueError(f"{function} gives {len(values)} numbers; take them with like_each")
        return values[0]

    def like_each(self, function: str, **arguments: Any) -> list[float]:
        """All numbers that a library's function gives for these pixels, in its own order."""
        prediction: Any = self.prediction if self.scores is None else self.scores
        asked: dict[str, Any] = {"num_classes": self.num_classes, "ignore_label": self.ignore_label, **arguments}
        value = mc.score_like(function, self.target, prediction, **asked)
        return [float(each) for each in value.reshape(-1)]

    def refusal(self, function: str, **arguments: Any) -> str:
        """Why a library's function refuses these pixels; "" where it does not."""
        try:
            self.like_each(function, **arguments)
        except mc.InputError as error:
            return str(error)
        return ""

    def dataset(self, title: str) -> mc.Dataset:
        """The same pixels as a data set, for the other pages."""
        scores = None if self.scores is None else torch.from_numpy(self.scores)
        return mc.Dataset(
            key="lesson",
            title=title,
            summary=f"The pixels of the lesson “{title}”.",
            class_names=self.class_names,
            class_colours=mc.class_colours(self.num_classes),
            model_names=("lesson",),
            ignore_label=self.ignore_label,
            spacing=None,
            licence="CC0 1.0",
            attribution="none needed: computed",
            source="a lesson",
            how_made="laid out from the lesson's counts",
            look_at="",
            image_names=self.image_names,
            target=torch.from_numpy(self.target),
            predictions={"lesson": torch.from_numpy(self.prediction) if scores is None else scores},
            image=None,
        )


def score(
    statistics: mc.Statistics, formula: str | mc.Formula, *, label: int | None = None, **convention: Any
) -> float:
    """The score that the core gives for images that were counted before: of one class, or averaged."""
    if label is not None:
        convention |= {"average": "none"}
    value = mc.evaluate(formula, statistics, mc.Convention(**convention))
    return float(value if label is None else value[label])


def like(statistics: mc.Statistics, function: str, **arguments: Any) -> float:
    """The one number that a library's function gives for images that were counted before."""
    made = mc.preset(function, num_classes=statistics.num_classes, **arguments)
    return float(mc.evaluate_preset(made, statistics).value)


def _images(labels: ArrayLike) -> NDArray[np.int64]:
    found = np.asarray(labels, dtype=np.int64)
    if found.ndim == 1:
        found = found.reshape(_rectangle(found.size))
    return found[None] if found.ndim == 2 else found


def _pairs(table: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    true, predicted = (index.ravel() for index in np.indices(table.shape))
    return np.repeat(true, table.ravel()), np.repeat(predicted, table.ravel())


def _rectangle(pixels: int) -> tuple[int, int]:
    """Rows and columns of an image of so many pixels, as square as possible and not higher than wide."""
    rows = max((each for each in range(1, math.isqrt(pixels) + 1) if pixels % each == 0), default=1)
    return rows, pixels // rows if pixels else 0


def _numbered(images: int) -> tuple[str, ...]:
    return tuple(f"image {number}" for number in range(1, images + 1))
