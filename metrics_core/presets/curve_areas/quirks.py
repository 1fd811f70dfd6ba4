"""Quirks: known defects of areas under curves, reproduced unless asked otherwise."""

from __future__ import annotations

from metrics_core.presets.record import Quirk

GUESSED_LOGITS = Quirk(
    key="guessed_logits",
    title="One score outside [0, 1] turns all into logits",
    description=(
        "If any score of the call lies outside [0, 1], softmax is applied to every pixel, so the value depends on "
        "which pixels share a call."
    ),
    source="torchmetrics/utilities/compute.py:233",
)
ALL_LABELS_ZERO = Quirk(
    key="all_labels_zero",
    title="Absent classes count as 0 when every label is 0",
    description=(
        "Average precision of an absent class is NaN and leaves the mean. Where all target pixels are of class 0, "
        "a test looks at label 0 instead of the class, and every absent class scores 0 and counts."
    ),
    source="torchmetrics/functional/classification/precision_recall_curve.py:279",
)
BINNED_ABSENT = Quirk(
    key="binned_absent_class",
    title="Absent classes count as 0 once thresholds are given",
    description=(
        "With thresholds=None the average precision of an absent class is NaN and leaves the mean; with thresholds "
        "it is 0 and counts."
    ),
    source="torchmetrics/functional/classification/average_precision.py:51",
)
ONE_IMAGE_ONLY = Quirk(
    key="one_image_only",
    title="More than one image is an error",
    description="Scores of several images are viewed in a shape that torch refuses, so that only one image works.",
    source="elektronn3/training/metrics.py:185 and :212",
)
UNSTABLE_SORT = Quirk(
    key="unstable_sort",
    title="Points of equal false positive rate change places",
    description=(
        "The curve is sorted once more by false positive rate with a sort that does not keep the order of equal "
        "rates, so the area comes out too small or too large."
    ),
    source="pytorch_lightning/metrics/functional/classification.py:798",
)
CAPPED_THRESHOLDS = Quirk(
    key="capped_thresholds",
    title="At most about 1500 thresholds",
    description=(
        "From 1500 distinct scores on, thresholds are taken every so many pixels, and the area is that of the coarser "
        "curve."
    ),
    source="MetricsReloaded/metrics/prob_pairwise_measures.py:102",
)
