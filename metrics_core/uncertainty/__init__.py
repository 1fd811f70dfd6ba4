"""Uncertainty: intervals, paired differences and rankings by resampling images; no pixel is touched."""

from metrics_core.uncertainty.draws import FEWEST, RESAMPLES, RESAMPLES_FOR_EXPORT
from metrics_core.uncertainty.intervals import bootstrap, bootstrap_classes, images_needed, naive_pixel_interval
from metrics_core.uncertainty.pairs import PairedDifference, paired_difference
from metrics_core.uncertainty.ranking import Ranking, rank_models
from metrics_core.uncertainty.sampling import Interval, unseen_share
from metrics_core.uncertainty.slices import NO_ENTRY, Slice, score_slices, size_labels
from metrics_core.uncertainty.worst import WorstImage, worst_images

__all__ = [
    "FEWEST",
    "NO_ENTRY",
    "RESAMPLES",
    "RESAMPLES_FOR_EXPORT",
    "Interval",
    "PairedDifference",
    "Ranking",
    "Slice",
    "WorstImage",
    "bootstrap",
    "bootstrap_classes",
    "images_needed",
    "naive_pixel_interval",
    "paired_difference",
    "rank_models",
    "score_slices",
    "size_labels",
    "unseen_share",
    "worst_images",
]
