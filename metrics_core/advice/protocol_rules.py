"""Rules 15 to 20: scores and thresholds, groups, resolution, raters, and rankings."""

from __future__ import annotations

import numpy as np

from metrics_core.advice.facts import Facts
from metrics_core.advice.record import Finding, Rule
from metrics_core.calibration import best_threshold, reliability
from metrics_core.disagreement import words
from metrics_core.uncertainty import FEWEST, Interval, bootstrap, rank_models


def _threshold(facts: Facts) -> Finding | None:
    if facts.statistics.histogram is None:
        return Finding(
            reason="only labels were counted: there is no curve, no threshold to choose and no calibration to judge; "
            "count scores to have them",
            title="No threshold in labels",
            kind="note",
        )
    if facts.known.threshold_from == "other_data" or not facts.objects:
        return None
    label, ignored = facts.objects[0], facts.convention.ignored_classes
    best = best_threshold(facts.statistics, facts.formula, label, ignored_classes=ignored)
    values = (
        f"{facts.formula.name} of {facts.named(label)} is {words.shown_score(best.value_at_half)} at 0.5 and "
        f"{words.shown_score(best.value)} at {best.threshold:.3g}, the best threshold on these images"
    )
    if facts.known.threshold_from == "this_data":
        return Finding(reason=f"{values}, which is too good for new ones: choose it on other data than you report")
    return Finding(reason=f"where does the threshold come from? {values}; show the curve with the point", kind="check")


def _calibration(facts: Facts) -> Finding | None:
    if facts.known.calibration_matters == "no":
        return None
    if facts.statistics.histogram is None:
        return Finding(reason="calibration is asked for, but only labels were counted: count scores", kind="note")
    parts: list[str] = []
    for label in facts.objects[:5]:
        each = reliability(facts.statistics, label, ignored_classes=facts.convention.ignored_classes)
        parts.append(f"{facts.named(label)} ECE {words.shown_score(each.ece)}, Brier {words.shown_score(each.brier)}")
    return Finding(
        reason="overlap at one threshold does not tell whether scores are probabilities: give the reliability diagram, "
        f"ECE and Brier score of each class; {'; '.join(parts) or 'no class has a target pixel'}"
    )


def _groups(facts: Facts) -> Finding | None:
    groups, statistics = facts.known.groups, facts.statistics
    if groups is None:
        return None
    number = len({groups[name] for name in statistics.image_names if name in groups})
    if number == statistics.num_images:
        return None
    images = words.plural(statistics.num_images, "image")
    text = (
        f"the {images} come from {words.plural(number, 'group')}, and those of one resemble each other: average them "
    )
    if number < FEWEST or any(name not in groups for name in statistics.image_names):
        return Finding(reason=f"{text}first, and draw groups for intervals, of which there are too few or some unknown")
    by_image = bootstrap(statistics, facts.formula, facts.convention)
    by_group = bootstrap(statistics, facts.formula, facts.convention, groups=groups)
    return Finding(reason=f"{text}first; the 95 % interval is {_shown(by_image)} by image, {_shown(by_group)} by group")


def _shown(interval: Interval) -> str:
    return f"{words.shown_score(interval.low)} to {words.shown_score(interval.high)}"


def _resolution(facts: Facts) -> Finding:
    pixels = (facts.sizes.sum(1) + facts.statistics.per_image.void.sum(1)).tolist()
    low, high = (words.shown_count(edge) for edge in (min(pixels, default=0), max(pixels, default=0)))
    size = f"{low} pixels" if low == high else f"{low} to {high} pixels"
    return Finding(
        reason=f"masks were resized before scoring, to images of {size}: the resampler decides about thin and small "
        "parts; score at the native resolution"
    )


def _raters(facts: Facts) -> Finding:
    if not facts.objects:
        return Finding(reason="score the raters against each other, too: no model can be expected to do better")
    label = min(facts.objects, key=facts.median_side)
    side = facts.median_side(label)
    shifted = max(side - 1, 0.0) / side
    return Finding(
        reason="score the raters against each other, too: no model can be expected to do better; a shift by one pixel "
        f"already takes a square as large as the median of {facts.named(label)}, side {side:.0f}, to Dice {shifted:.3f}"
    )


def _ranking(facts: Facts) -> Finding | None:
    models = facts.known.models
    if models is None or len(models) < 2:
        return None
    try:
        ranking = rank_models(models, facts.formula, facts.convention)
    except ValueError as refusal:  # too few images, or none in common
        return Finding(reason=f"no ranking: {refusal}")
    order = np.argsort(ranking.ranks, kind="stable")
    listed = ", ".join(
        f"{ranking.names[i]} {words.shown_score(ranking.scores[i].value)} (first in "
        f"{words.shown_share(ranking.rank_one_shares[i], 1)} of resamples)"
        for i in order
    )
    return Finding(
        reason=f"{listed}; {ranking.reason}",
        kind="declare" if ranking.winner is None else "note",
        lesson="L52" if len(models) == 2 else None,
    )


PROTOCOL_RULES = (
    Rule(
        number=15,
        title="A threshold chosen on the scored data",
        kind="avoid",
        lesson="L36",
        applies=_threshold,
    ),
    Rule(
        number=16,
        title="Calibration by class",
        kind="use",
        lesson="L36",
        applies=_calibration,
        needs="calibration_matters",
        question="are scores used as probabilities? then overlap at one threshold does not judge them",
    ),
    Rule(
        number=17,
        title="Means and intervals by group of images",
        kind="use",
        lesson="L51",
        applies=_groups,
        needs="groups",
        question="do several images come from one patient or scene? then they are no independent samples",
    ),
    Rule(
        number=18,
        title="Masks resized before scoring",
        kind="avoid",
        lesson="L44",
        applies=lambda facts: _resolution(facts) if facts.known.shapes_changed == "yes" else None,
        needs="shapes_changed",
        question="were masks resized before they were scored? then the resampler is part of the score",
    ),
    Rule(
        number=19,
        title="The raters' own agreement as the ceiling",
        kind="use",
        lesson="L39",
        applies=lambda facts: _raters(facts) if facts.known.several_raters == "yes" else None,
        needs="several_raters",
        question="did several people annotate the images? their agreement is the most a model can reach",
    ),
    Rule(
        number=20,
        title="The paired interval between models",
        kind="declare",
        lesson="L54",
        applies=_ranking,
    ),
)
