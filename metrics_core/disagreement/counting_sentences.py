"""Counting sentences: what a formula and the options that decide which pixels count do to given data."""

from __future__ import annotations

import numpy as np

from metrics_core.disagreement import words
from metrics_core.disagreement.change import Change
from metrics_core.presets import Preset


def formula(change: Change) -> str:
    """Another ratio of the counts."""
    before, after = change.before.formula, change.after.formula
    text = f"{after.name} is computed instead of {before.name}"
    for record, verb in ((after, "is"), (before, "was")):
        if record.key.startswith("fbeta_from_precision_recall"):
            return f"{text}: without a true positive that {verb} 0/0, where counts give 0; {_wrong_cells(change)}"
    if before.uses_true_negatives == after.uses_true_negatives:
        return f"{text}, from the same counts"
    tp, fp, fn, tn = change.counts()[0].one_vs_rest
    share = words.shown_share(tn.sum(), (tp + fp + fn + tn).sum())
    verb = "now count" if after.uses_true_negatives else "no longer count"
    return f"{text}: true negatives, {share} of all one-vs-rest decisions, {verb}"


def _wrong_cells(change: Change) -> str:
    score, counts = change.scores()[0], change.counts()[0]
    wrong = (counts.tp == 0) & (counts.fp + counts.fn > 0)
    return change.where(wrong, score) if wrong.shape == score.included.shape else "one ratio of sums here"


def library(change: Change) -> str:
    """Ways of a library that are no option."""
    texts = (
        f"{_own_ways(state.library)} {verb}"
        for state, verb in ((change.before, "no longer acts"), (change.after, "acts"))
        if state.library is not None
    )
    return "; ".join(texts)


def _own_ways(preset: Preset) -> str:
    acting = [quirk.title for quirk in preset.quirks if quirk.counts is not None or quirk.value is not None]
    defects = f" ({'; '.join(acting)})" if acting else ""
    return f"what {preset.library}'s {preset.name} does that is no option here{defects}"


def ignored_classes(change: Change) -> str:
    """Target pixels of some classes leave every count, or count again."""
    before, after = set(change.before.convention.ignored_classes), set(change.after.convention.ignored_classes)
    support = change.statistics.pooled.rows[0]
    parts: list[str] = []
    for labels, verb in ((sorted(after - before), "leave"), (sorted(before - after), "enter")):
        if labels:
            pixels = support[labels].sum()
            share = words.shown_share(pixels, support.sum())
            named = words.classes(labels, change.class_names)
            false_positives = words.plural(_mistaken(change, labels), "false positive")
            parts.append(
                f"the target pixels of {named} {verb} the counts, {words.shown_count(pixels)} pixels ({share}), "
                f"and with them {false_positives} of other classes"
            )
    return "; ".join(parts)


def ignored_pixels(change: Change) -> str:
    """Ignored pixels that stay as false positives."""
    pixels = words.plural(_mistaken(change, list(change.after.convention.ignored_classes)), "pixel")
    if change.after.convention.ignored_pixels == "removed":
        return f"ignored pixels leave every count, also as false positives of the class predicted there: {pixels}"
    return f"ignored pixels stay as false positives of the class predicted there: {pixels}"


def _mistaken(change: Change, labels: list[int]) -> int:
    """Target pixels of some classes that are predicted as another class."""
    pooled = change.statistics.pooled
    return int((pooled.rows - pooled.outside - pooled.diagonal)[0, labels].sum())


def void(change: Change) -> str:
    """Void target pixels that count or not."""
    row = change.statistics.pooled.void[0]
    if change.after.convention.void == "removed":
        return f"void pixels leave every count: {words.plural(row.sum(), 'pixel')}"
    predicted = words.shown_count(row[:-1].sum())
    return f"void pixels count as false positives where a class is predicted: {predicted} of {row.sum():,} pixels"


def out_of_range(change: Change) -> str:
    """Predictions that are no class."""
    pixels = words.plural(change.statistics.pooled.outside.sum(), "pixel")
    if change.after.convention.out_of_range == "pixel_removed":
        return f"pixels predicted as no class leave every count: {pixels}"
    return f"pixels predicted as no class count as false negatives: {pixels}"


def class_set(change: Change) -> str:
    """Which classes there are."""
    text = {
        "fixed": "every class counts, seen or not",
        "up_to_largest": "classes above the largest label seen do not count",
        "seen": "classes seen in neither target nor prediction do not count",
    }[change.after.convention.class_set]
    # Macro, because a micro average keeps no classes apart.
    macro = (state.with_options(average="macro") for state in (change.before, change.after))
    before, after = (change.scorer.score(state).included[0] for state in macro)
    moved = np.flatnonzero(before != after).tolist()
    return f"{text}: {words.classes(moved, change.class_names) if moved else 'no class here'}"


def threshold(change: Change) -> str:
    """One threshold a class, or the highest score."""
    before, after = change.before.convention, change.after.convention
    pixels = _predicted(change)
    if after.threshold is None:
        return f"each pixel goes to its highest score, not to every class above a threshold: {pixels}"
    rule = f"a class is predicted where its score is {after.threshold_tie} {words.number(after.threshold)}"
    instead = "highest" if before.threshold is None else f"{before.threshold_tie} {words.number(before.threshold)}"
    return f"{rule}, not where it is {instead}: {pixels}"


def _predicted(change: Change) -> str:
    before, after = (words.shown_count(np.sum(counts.tp + counts.fp)) for counts in change.counts())
    return f"{after} positive decisions instead of {before}"
