"""Calls: source text that reproduces a preset's number with the library itself."""

from __future__ import annotations

from collections.abc import Callable

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.presets.calls import label_calls, score_calls
from metrics_core.presets.calls.code import Code
from metrics_core.presets.record import Preset, Takes

_ON_LABELS: dict[str, Callable[[Preset], Code]] = {
    "elektronn3": label_calls.elektronn3,
    "pytorch_lightning": label_calls.pytorch_lightning,
    "torchmetrics": label_calls.torchmetrics,
    "torchmetrics.segmentation": label_calls.torchmetrics_segmentation,
    "torchmetrics_0_9": label_calls.torchmetrics_0_9,
    "keras": label_calls.keras,
    "smp": label_calls.smp,
    "sklearn": label_calls.sklearn,
    "monai": label_calls.monai,
    "mmseg": label_calls.mmseg,
    "evaluate": label_calls.evaluate,
    "nnunetv2": label_calls.nnunetv2,
    "torcheval": label_calls.torcheval,
    "MetricsReloaded": label_calls.metrics_reloaded,
}
_ON_SCORES: dict[str, Callable[[Preset], Code]] = {
    "elektronn3": score_calls.elektronn3,
    "pytorch_lightning": score_calls.pytorch_lightning,
    "torchmetrics": score_calls.torchmetrics,
    "sklearn": score_calls.sklearn,
    "monai": score_calls.monai,
    "torcheval": score_calls.torcheval,
    "MetricsReloaded": score_calls.metrics_reloaded,
}


def call_source(preset: Preset, *, given: Takes = "labels") -> str:
    """Python source that assigns value, what the library itself returns for the preset's call.

    It expects target and prediction, integer NumPy arrays [image, *spatial], and sets num_classes and ignore_label to
    those of the preset. Where given is "scores", and for presets that take scores, it expects scores, an array
    [image, class, *spatial], in place of prediction; a call on labels gets the class of the highest score.

    Raises:
        ValueError: a preset of a library that has no calls here.
        InputError: another word for what is given.
    """
    refuse_unless_one_of(given, Takes, "given")
    writers = _ON_SCORES if preset.takes == "scores" else _ON_LABELS
    module = preset.function.rsplit(".", 1)[0]
    if module not in writers:
        raise ValueError(f"no call is known for {preset.function}; libraries with calls: {', '.join(writers)}")
    return writers[module](preset).text(preset, given=preset.takes if given == "labels" else "scores")


__all__ = ["call_source"]
