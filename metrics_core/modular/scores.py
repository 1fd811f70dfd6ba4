"""Metrics of labels: scores of a formula, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal, Unpack

import numpy as np
import torch
from torch import Tensor

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.cells import margins_of, matrices_of
from metrics_core.conventions import Convention
from metrics_core.disagreement import family_of, formula_family
from metrics_core.evaluation import Score, score
from metrics_core.formulas import Formula, fbeta, get_formula
from metrics_core.inputs import InputError
from metrics_core.modular.counted import CountedMetric, Options, read_preset
from metrics_core.modular.tally import Counted, Needs
from metrics_core.presets import Preset, evaluate_preset, returned, unfolded
from metrics_core.presets.strays import CHECKED


class ScoreMetric(CountedMetric):
    """Score of a formula; name one of metrics_core.FORMULAS in a subclass to make a metric of it.

        class Specificity(ScoreMetric):
            formula_name = "specificity"

    Returns float64: a number, or a list where the convention does not average. Arguments as for CountedMetric.
    """

    formula_name: ClassVar[str]

    @property
    def formula(self) -> Formula:
        """The formula under a convention; a preset brings its own."""
        return get_formula(self.formula_name)

    @property
    def families(self) -> tuple[str, ...]:
        """The families of presets that compute this score, as in metrics_core.FAMILIES."""
        return (formula_family(self.formula),)

    def score(self) -> Score:
        """The value with its convention, its cells and the reason why it is undefined; all ranks must call it."""
        return self._score(self.counted(), self.convention)

    def _accepted(self, key: str, num_classes: int, ignore_label: int | None) -> Preset:
        made = read_preset(key, num_classes, ignore_label)
        found = "area under a curve" if made.takes == "scores" else family_of(made)
        if found not in self.families:
            listed = " or ".join(self.families)
            raise InputError(f"{type(self).__name__} takes presets of the family {listed}; {key} is of {found!r}")
        return made

    def _with_scores(self, needs: Needs) -> Needs:
        return needs if self.convention.threshold is None else replace(needs, histogram=needs.images)

    def _score(self, counted: Counted, rule: Convention) -> Score:
        made = self.preset
        if made is None:
            return score(self.formula, counted.statistics, rule)
        _refuse_strays(made, counted, quirks=self.quirks)
        return evaluate_preset(made, counted.statistics, quirks=self.quirks)

    def _value(self, counted: Counted) -> Tensor:
        if not counted.updates:
            return self._undefined()
        value = self._score(counted, self.convention).value
        return value if self.preset is None else returned(self.preset, value)

    def _classes(self, counted: Counted) -> Mapping[int, Tensor]:
        rule, made = self.convention, self.preset
        if made is None:
            order = "per_class" if rule.pooling == "image" else rule.order
            rule = replace(rule, average="none", order=order)
        labels = [label for label in range(self.needs.num_classes) if label not in rule.excluded_classes]
        if not counted.updates:
            return {label: torch.tensor(torch.nan, dtype=torch.float64) for label in labels}
        result = self._score(counted, rule)
        labels = np.flatnonzero(result.included[0]).tolist() if result.included.size else labels
        if made is not None and made.class_order is not None:
            labels = list(made.class_order)
        if rule.average != "none" or result.value.shape != (len(labels),):
            raise InputError(
                f"{self.preset_key} gives no value for each class, but shape {tuple(result.value.shape)}; choose "
                "arguments that leave classes unaveraged, or a Convention"
            )
        return dict(zip(labels, result.value, strict=True))


def _refuse_strays(made: Preset, counted: Counted, *, quirks: bool) -> None:
    """Refuse predictions that are no class on pixels of an ignored class, where the library looks at those, too."""
    label = made.ignore_label
    if not quirks or made.strays not in CHECKED or label is None or not 0 <= label < made.num_classes:
        return
    if int(unfolded(counted.statistics).pooled.outside[0, label]):
        raise InputError(
            f"some predictions on ignored pixels lie outside 0..{made.num_classes - 1}, of which {made.function} makes "
            "more than statistics tell; score_like scores or refuses them from the pixels"
        )


class IoU(ScoreMetric):
    """Intersection over union, TP / (TP + FP + FN), in [0, 1]; by default the mean over classes, images pooled."""

    formula_name = "iou"


class Dice(ScoreMetric):
    """Dice, 2 TP / (2 TP + FP + FN), in [0, 1]; by default the mean over classes, images pooled."""

    formula_name = "dice"


class F1(Dice):
    """F1, the Dice score by its other name."""


class FBeta(ScoreMetric):
    """F-beta, (1 + b²) TP / ((1 + b²) TP + b² FN + FP), in [0, 1]; a preset brings its own beta."""

    formula_name = "fbeta"

    def __init__(
        self,
        convention: Convention | Preset | str | None = None,
        *,
        num_classes: int,
        beta: float = 2.0,
        **options: Unpack[Options],
    ) -> None:
        self.beta = fbeta(beta) and beta
        super().__init__(convention, num_classes=num_classes, **options)

    @property
    def formula(self) -> Formula:
        """F-beta with this beta."""
        return fbeta(self.beta)

    @property
    def families(self) -> tuple[str, ...]:
        """F-beta, and F1 for beta=1."""
        return ("fbeta", "dice")

    @property
    def settings(self) -> tuple[object, ...]:
        """How pixels are counted and read."""
        return (*super().settings, self.beta)


class Precision(ScoreMetric):
    """Precision, TP / (TP + FP), in [0, 1]; by default the mean over classes, images pooled."""

    formula_name = "precision"


class Recall(ScoreMetric):
    """Recall, TP / (TP + FN), in [0, 1]; by default the mean over classes, images pooled."""

    formula_name = "recall"


class Accuracy(ScoreMetric):
    """Share of correct pixels, in [0, 1]: the micro recall. average="macro" makes it the balanced accuracy.

    (TP + TN) / all of each class, which some libraries call accuracy, is the formula "accuracy".
    """

    formula_name = "recall"
    default_convention = Convention(average="micro")

    @property
    def families(self) -> tuple[str, ...]:
        """What libraries call accuracy."""
        return ("accuracy",)


class CohenKappa(ScoreMetric):
    """Cohen's kappa, agreement beyond chance, in [-1, 1]: of the whole matrix, or, unaveraged, of each class."""

    formula_name = "kappa"
    default_convention = Convention(average="micro")


class MatthewsCorrCoef(ScoreMetric):
    """Matthews correlation, in [-1, 1]: of the whole matrix, or, unaveraged, of each class."""

    formula_name = "mcc"
    default_convention = Convention(average="micro")


Normalize = Literal["none", "true", "predicted", "all"]


class ConfusionMatrix(CountedMetric):
    """Pixels of true class i that were predicted as class j: int64 [true, predicted], or [image, ...] of each image.

    Void pixels and predictions that are no class are in none; which pixels count is the convention's, or that of any
    preset. normalize: shares of the row, of the column or of all, float64 with NaN for 0/0.
    """

    def __init__(
        self,
        convention: Convention | Preset | str | None = None,
        *,
        num_classes: int,
        normalize: Normalize = "none",
        **options: Unpack[Options],
    ) -> None:
        refuse_unless_one_of(normalize, Normalize, "normalize")
        self.normalize: Normalize = normalize
        super().__init__(convention, num_classes=num_classes, **options)
        if self.channel is not None or self.convention.threshold is not None:
            raise InputError("a confusion matrix is of all classes and of labels: leave out channel and threshold")

    @property
    def settings(self) -> tuple[object, ...]:
        """How pixels are counted and read."""
        return (*super().settings, self.normalize)

    @property
    def has_classes(self) -> bool:
        """Rows are no values to log."""
        return False

    def _accepted(self, key: str, num_classes: int, ignore_label: int | None) -> Preset:
        return read_preset(key, num_classes, ignore_label)

    def _value(self, counted: Counted) -> Tensor:
        statistics = counted.statistics if self.preset is None else unfolded(counted.statistics)
        matrices = matrices_of(margins_of(statistics, self.convention), self.convention)
        table = np.concatenate(list(matrices))[:, :-1, :-1]
        if self.convention.pooling == "dataset":
            table = table[0]
        if self.normalize == "none":
            return torch.from_numpy(table.astype(np.int64))
        with np.errstate(invalid="ignore"):
            return torch.from_numpy(table / table.sum(axis=_AXES[self.normalize], keepdims=True))

    def _classes(self, counted: Counted) -> Mapping[int, Tensor]:
        return dict(enumerate(self._value(counted).unbind(-2)))


_AXES: dict[str, tuple[int, ...]] = {"none": (), "true": (-1,), "predicted": (-2,), "all": (-2, -1)}
