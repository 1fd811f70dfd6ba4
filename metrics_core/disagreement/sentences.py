"""Sentences: what a change of options does to given data, in words that the counts bear out."""

from __future__ import annotations

from collections.abc import Callable

from metrics_core.disagreement import averaging_sentences, counting_sentences, words
from metrics_core.disagreement.change import Change

_WRITERS: dict[str, Callable[[Change], str]] = {
    "formula": counting_sentences.formula,
    "library": counting_sentences.library,
    "ignored_classes": counting_sentences.ignored_classes,
    "ignored_pixels": counting_sentences.ignored_pixels,
    "void": counting_sentences.void,
    "out_of_range": counting_sentences.out_of_range,
    "class_set": counting_sentences.class_set,
    "threshold": counting_sentences.threshold,
    "threshold_tie": counting_sentences.threshold,
    "pooling": averaging_sentences.pooling,
    "order": averaging_sentences.order,
    "average": averaging_sentences.average,
    "weights": averaging_sentences.weights,
    "weighted_mean_divisor": averaging_sentences.weighted_mean_divisor,
    "excluded_classes": averaging_sentences.excluded_classes,
    "kept_classes": averaging_sentences.kept_classes,
    "absent_value": averaging_sentences.absent_value,
    "zero_division": averaging_sentences.zero_division,
    "micro_zero_division": averaging_sentences.zero_division,
    "undefined": averaging_sentences.undefined,
    "nothing_left": averaging_sentences.nothing_left,
    "epsilon": averaging_sentences.epsilon,
    "mean_epsilon": averaging_sentences.mean_epsilon,
    "scale": averaging_sentences.printing,
    "digits": averaging_sentences.printing,
}


def sentence(change: Change) -> str:
    """One sentence about a change, true of these data."""
    if change.options[0] in _WRITERS:
        return _WRITERS[change.options[0]](change)
    before, after = change.in_words()
    return f"{words.LABELS[change.options[0]]}: {after} instead of {before}"
