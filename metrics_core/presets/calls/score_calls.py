"""Calls on scores: areas under curves, most of them of one class against the rest."""

from __future__ import annotations

from metrics_core.presets.calls.code import Code, call, flat_scores, for_each_class, keywords
from metrics_core.presets.record import Preset

NUMPY, TORCH = "import numpy as np", "import torch"
LABELS = "true = torch.as_tensor(target).long()"
TENSORS = ("true, by_pixel = torch.as_tensor(true).long(), torch.as_tensor(by_pixel)",)


def elektronn3(preset: Preset) -> Code:
    """Whole images, of which the library takes one only; with an ignored label, the other pixels as one image."""
    imports = (TORCH, "from elektronn3.training import metrics")
    if preset.ignore_label is None:
        lines = (LABELS, "probabilities = torch.as_tensor(scores)")
    else:
        imports = (NUMPY, *imports)
        lines = (
            *flat_scores(preset),
            "true = torch.as_tensor(true).long()[None]",
            "probabilities = torch.as_tensor(by_pixel.T)[None]",
        )
    return Code(
        imports=imports,
        lines=(*lines, call(f"metrics.{preset.name}", "true", "probabilities", *keywords(preset.arguments))),
    )


def sklearn(preset: Preset) -> Code:
    """One row of pixels, one class against the rest."""
    given = keywords(preset.arguments, without=("one_vs_rest",))
    each = f"{preset.name}({', '.join(['true == c', 'by_pixel[:, c]', *given])})"
    return Code(
        imports=(NUMPY, f"from sklearn.metrics import {preset.name}"),
        lines=(*flat_scores(preset), for_each_class(each)),
    )


def torchmetrics(preset: Preset) -> Code:
    """Whole images."""
    ignored = ["ignore_index=ignore_label"] if preset.ignore_label is not None else []
    parts = ["torch.as_tensor(scores)", "true", "num_classes=num_classes", *keywords(preset.arguments), *ignored]
    return Code(
        imports=(TORCH, f"from torchmetrics.functional.classification import {preset.name}"),
        lines=(LABELS, call(preset.name, *parts)),
    )


def torcheval(preset: Preset) -> Code:
    """One row of pixels."""
    parts = ["by_pixel", "true", "num_classes=num_classes", *keywords(preset.arguments)]
    return Code(
        imports=(NUMPY, TORCH, f"from torcheval.metrics.functional import {preset.name}"),
        lines=(*flat_scores(preset), *TENSORS, call(preset.name, *parts)),
    )


def monai(preset: Preset) -> Code:
    """One row of pixels, their labels one-hot."""
    return Code(
        imports=(NUMPY, TORCH, f"from monai.metrics import {preset.name}"),
        lines=(
            *flat_scores(preset),
            *TENSORS,
            "one_hot = torch.nn.functional.one_hot(true, num_classes)",
            call(preset.name, "by_pixel", "one_hot", *keywords(preset.arguments)),
        ),
    )


def pytorch_lightning(preset: Preset) -> Code:
    """One row of pixels, one class against the rest; the first two results of roc are the rates that trapz takes."""
    name = "roc" if preset.name == "roc_then_trapezoid" else preset.name
    each = f"{name}(by_pixel[:, c], true, pos_label=c)"
    if name == "roc":
        each = f"torch.trapz(*{each}[1::-1])"
    return Code(
        imports=(NUMPY, TORCH, f"from pytorch_lightning.metrics.functional.classification import {name}"),
        lines=(*flat_scores(preset), *TENSORS, for_each_class(f"float({each})")),
    )


def metrics_reloaded(preset: Preset) -> Code:
    """One row of pixels, one class against the rest."""
    each = f"ProbabilityPairwiseMeasures(by_pixel[:, c], (true == c) * 1).{preset.name}()"
    return Code(
        imports=(NUMPY, "from MetricsReloaded.metrics.prob_pairwise_measures import ProbabilityPairwiseMeasures"),
        lines=(*flat_scores(preset), for_each_class(each)),
    )
