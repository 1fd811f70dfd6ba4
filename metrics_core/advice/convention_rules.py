"""Rules 8 to 14: which convention fits what the images hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from metrics_core.advice.facts import Facts, prevalences
from metrics_core.advice.record import Finding, Rule
from metrics_core.conventions import BALANCED_ACCURACY
from metrics_core.disagreement import words
from metrics_core.formulas import get_formula
from metrics_core.uncertainty.resampled import Resampler

_RARE, _IMBALANCED = 0.05, 20
_MUCH_VOID = 0.2
_SIZES_VARY = 10
_PREVALENCE_DIFFERS = 1.5
_WORST = 0.05
_NAMED = 3
# The three ways to one number of several images and classes.
_POOLINGS: tuple[dict[str, Any], ...] = (
    {"pooling": "dataset", "kept_classes": "target"},
    {"pooling": "image", "order": "classes_then_images", "kept_classes": "target"},
    {"pooling": "image", "order": "images_then_classes", "kept_classes": "target"},
)


def _empty_images(facts: Facts) -> Finding | None:
    images = facts.statistics.num_images
    empty = {label: int((facts.sizes[:, label] == 0).sum()) for label in facts.objects}
    if not any(empty.values()):
        return None
    label = max(empty, key=lambda each: empty[each])
    absent = facts.sizes[:, label] == 0
    predicted = (facts.image_counts.tp + facts.image_counts.fp)[:, label]
    alarms, found = int((predicted[absent] > 0).sum()), int((predicted[~absent] > 0).sum())
    values = [
        facts.of_class(label, pooling="image", kept_classes="target", zero_division=math.nan),
        facts.of_class(label, pooling="image", kept_classes="all", zero_division=0.0),
        facts.of_class(label, pooling="image", kept_classes="all", zero_division=1.0),
    ]
    dropped, as_0, as_1 = (words.shown_score(value) for value in values)
    return Finding(
        reason=f"{facts.named(label)} is absent from the target of {empty[label]} of {words.plural(images, 'image')}: "
        f"its mean {facts.formula.name} is {dropped} without these, {as_0} with 0/0 as 0, {as_1} with 0/0 as 1; say "
        f"which, and give apart that it is predicted in {found} of {images - empty[label]} images that show it and in "
        f"{alarms} of {empty[label]} that do not ({words.plural(predicted[absent].sum(), 'false pixel')})",
        options={"pooling": "image", "kept_classes": "target"},
    )


def _background(facts: Facts) -> Finding | None:
    background, rule = facts.known.background, facts.convention
    if background is None or facts.statistics.num_classes < 2:
        return None
    excluded = tuple({*rule.excluded_classes, background})
    kept = tuple(label for label in rule.ignored_classes if label != background)
    if len(excluded) == facts.statistics.num_classes:
        return None
    options: dict[str, Any] = {"excluded_classes": excluded, "ignored_classes": kept}
    named, without = facts.named(background), words.shown_score(facts.score(**options))
    if background in rule.ignored_classes and rule.ignored_pixels == "removed":
        hidden = facts.statistics.pooled.rows[0, background] - facts.statistics.pooled.diagonal[0, background]
        return Finding(
            reason=f"ignoring {named} hides {words.plural(hidden, 'false positive')} of other classes: "
            f"{facts.formula.name} is {words.shown_score(facts.score())}, and {without} where the class is excluded "
            "from the average but its pixels count",
            options=options,
            title="Background pixels ignored",
            lesson="L17",
        )
    if background in rule.excluded_classes:
        return None
    return Finding(
        reason=f"{named} holds {words.shown_share(facts.shares[background], 1)} of the target pixels and takes part in "
        f"the average: {facts.formula.name} is {words.shown_score(facts.score())} with it and {without} without",
        options=options,
    )


def _void(facts: Facts) -> Finding | None:
    pooled = facts.statistics.pooled
    void, every = float(pooled.void.sum()), float(pooled.void.sum() + pooled.rows.sum())
    if not void:
        return None
    share = (
        f"{words.shown_count(void)} of {words.plural(every, 'target pixel')} are void, {words.shown_share(void, every)}"
    )
    if facts.convention.void == "false_positive":
        alarms = words.plural(void - float(pooled.void[0, -1]), "pixel")
        reason = f"{share}, and what is predicted there counts as false positive, {alarms}: drop them from both masks"
        return Finding(reason=reason, title="Void pixels as false positives", kind="avoid", options={"void": "removed"})
    much = "; more than a fifth of the data is not scored" if void > _MUCH_VOID * every else ""
    return Finding(reason=f"{share}, and left out of target and prediction: say so beside the score{much}")


def _imbalance(facts: Facts) -> Finding | None:
    shares, labels = facts.shares, facts.objects
    if not labels:
        return None
    rare, common = min(labels, key=lambda label: shares[label]), int(shares.argmax())
    ratio = shares[common] / shares[rare]
    if shares[rare] >= _RARE and ratio <= _IMBALANCED:
        return None
    headline = facts.convention.average in ("micro", "weighted")
    options = {"average": "macro"} if headline else {}
    averages = [f"{name} {words.shown_score(facts.score(average=name))}" for name in ("micro", "weighted", "macro")]
    return Finding(
        reason=f"{facts.named(rare)} holds {words.shown_share(shares[rare], 1)} of the target pixels, "
        f"{ratio:,.0f} times fewer than {facts.named(common)}: {facts.formula.name} is {', '.join(averages)} averaged, "
        f"and {words.shown_score(facts.of_class(rare))} for that class; give scores by class, precision-recall rather "
        "than ROC, and MCC",
        options=options,
        title=f"{facts.convention.average.capitalize()} headline on imbalanced classes" if headline else None,
        kind="avoid" if headline else None,
    )


def _absent_classes(facts: Facts) -> Finding | None:
    per_image = facts.convention.pooling == "image"
    left_out = {*facts.convention.excluded_classes, *facts.convention.ignored_classes}
    labels = [label for label in range(facts.statistics.num_classes) if label not in left_out]
    shown = (facts.sizes[:, labels] > 0).sum(0)
    enough = facts.statistics.num_images if per_image else 1
    absent = [label for label, number in zip(labels, shown, strict=True) if number < enough]
    if not absent or facts.convention.average not in ("macro", "none"):
        return None
    as_0 = facts.score(kept_classes="target", absent_value=0.0)
    left = facts.score(kept_classes="target", absent_value=math.nan)
    where = "at least one image" if per_image else "every image"
    numbers = ", ".join(f"{facts.named(label)} in {_absent(facts, label)}" for label in absent[:_NAMED])
    more = f", {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
    return Finding(
        reason=f"{words.plural(len(absent), 'class', 'classes')} of the average absent from the target of {where} "
        f"({numbers}{more} of {words.plural(facts.statistics.num_images, 'image')}): {facts.formula.name} is "
        f"{words.shown_score(left)} without absent classes and {words.shown_score(as_0)} with them as 0; average those "
        "that are there, and give the number of images of each class",
        options={"kept_classes": "target", "absent_value": math.nan},
    )


def _absent(facts: Facts, label: int) -> int:
    return int((facts.sizes[:, label] == 0).sum())


def _sizes_vary(facts: Facts) -> Finding | None:
    spreads: dict[int, tuple[float, float]] = {}
    for label in facts.objects:
        low, high = np.quantile(facts.sizes[facts.sizes[:, label] > 0, label], (0.1, 0.9)).tolist()
        spreads[label] = low, high
    wide = {label: (low, high) for label, (low, high) in spreads.items() if high > _SIZES_VARY * low}
    if not wide:
        return None
    label, (low, high) = max(wide.items(), key=lambda item: item[1][1] / item[1][0])
    pooled, by_image, by_class = (words.shown_score(facts.score(average="macro", **options)) for options in _POOLINGS)
    return Finding(
        reason=f"target areas of {facts.named(label)} vary {high / low:,.0f}-fold between images (tenth and ninetieth "
        f"percentile, {words.shown_count(low)} and {words.shown_count(high)} pixels), so large ones rule the pooled "
        f"{facts.formula.name} {pooled}; by image and then class means it is {by_image}, by class first {by_class}, "
        f"and {_worst(facts)} in the worst 5 % of images",
        options=_POOLINGS[1] | {"average": "macro"},
    )


def _worst(facts: Facts) -> str:
    scores = Resampler(facts.statistics, facts.formula, facts.convention).image_scores()
    defined = np.sort(scores[~np.isnan(scores)])
    if facts.formula.best < facts.formula.worst:
        defined = defined[::-1]
    number = math.ceil(_WORST * defined.size)
    return words.shown_score(float(defined[:number].mean()) if number else math.nan)


def _other_prevalence(facts: Facts) -> Finding | None:
    other = facts.known.other
    if other is None or other.class_names != facts.statistics.class_names:
        return None
    here, there = facts.shares, prevalences(other)
    both = [label for label in facts.objects if there[label] > 0]
    differing = [
        label for label in both if max(here[label], there[label]) > _PREVALENCE_DIFFERS * _lower(here, there, label)
    ]
    if not differing:
        return None
    label = max(differing, key=lambda each: max(here[each], there[each]) / _lower(here, there, each))
    recall, specificity = (words.shown_score(facts.of_class(label, key)) for key in ("recall", "specificity"))
    balanced = {"average": BALANCED_ACCURACY.average, "kept_classes": BALANCED_ACCURACY.kept_classes}
    return Finding(
        reason=f"{facts.named(label)} holds {words.shown_share(here[label], 1)} of the target pixels here and "
        f"{words.shown_share(there[label], 1)} in the other data: precision, Dice, IoU and average precision change "
        f"with that alone; compare recall ({recall} here), specificity ({specificity}), their mean, or AUROC",
        formula=get_formula("recall"),
        options=balanced,
    )


def _lower(here: Any, there: Any, label: int) -> float:
    return float(min(here[label], there[label]))


CONVENTION_RULES = (
    Rule(
        number=8,
        title="What an empty target counts as",
        kind="declare",
        lesson="L16",
        applies=_empty_images,
    ),
    Rule(
        number=9,
        title="Background in the mean",
        kind="avoid",
        lesson="L09",
        applies=_background,
    ),
    Rule(
        number=10,
        title="The share of void pixels",
        kind="declare",
        lesson="L18",
        applies=_void,
    ),
    Rule(
        number=11,
        title="Scores by class where classes are imbalanced",
        kind="use",
        lesson="L02",
        applies=_imbalance,
    ),
    Rule(
        number=12,
        title="Which classes are absent, and that the average leaves them out",
        kind="declare",
        lesson="L05",
        applies=_absent_classes,
    ),
    Rule(
        number=13,
        title="Means over images where sizes vary widely",
        kind="use",
        lesson="L11",
        applies=_sizes_vary,
    ),
    Rule(
        number=14,
        title="Scores that change with prevalence between data sets",
        kind="avoid",
        lesson="L31",
        applies=_other_prevalence,
        needs="other",
        question="is the score compared with one of other data? then first compare how frequent the classes are",
    ),
)
