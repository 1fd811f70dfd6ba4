"""Rules 1 to 7: which score fits what matters."""

from __future__ import annotations

from metrics_core.advice.facts import Facts
from metrics_core.advice.record import Finding, Rule
from metrics_core.disagreement import words
from metrics_core.evaluation import trivial_score
from metrics_core.formulas import fbeta, get_formula

# A boundary that is wrong by one pixel may cost this much Dice before a structure counts as small.
_BRITTLE = 0.05


def _objects(facts: Facts) -> Finding:
    counts, labels = facts.image_counts, facts.objects
    shown = (counts.tp + counts.fn)[:, labels] > 0
    missed = shown & (counts.tp[:, labels] == 0)
    return Finding(
        reason="objects that matter one by one make this instance segmentation, and pixel counts do not hold objects: "
        f"a large one that is found hides small ones that are missed; here, in {words.shown_count(missed.sum())} of "
        f"{words.plural(shown.sum(), '(image, class) cell')} with an object, no pixel of it is found; count found and "
        "missed objects beside the pixels"
    )


def _overlap(facts: Facts) -> Finding | None:
    rule = facts.convention
    if facts.formula.key in ("iou", "dice") and rule.pooling == "image" and rule.average != "micro":
        return None
    options = {"pooling": "image", "average": "macro", "order": "classes_then_images"}
    dice, iou, own = facts.score("dice", **options), facts.score("iou", **options), facts.score()
    trivial = trivial_score(facts.formula, facts.statistics, rule).value.mean() / rule.scale
    return Finding(
        reason=f"overlap of each class in each image, then the mean, is Dice {words.shown_score(dice)} and IoU "
        f"{words.shown_score(iou)}: show both, since their means can rank models differently; {facts.formula.name} as "
        f"asked for is {words.shown_score(own)}, and always answering the commonest class would give "
        f"{words.shown_score(float(trivial))}",
        formula=get_formula("dice"),
        options=options,
        lesson="L01" if facts.formula.uses_true_negatives or rule.average == "micro" else None,
    )


def _unequal_errors(facts: Facts) -> Finding | None:
    if facts.known.costlier_error == "neither":
        return None
    misses = facts.known.costlier_error == "misses"
    formula = fbeta(2.0 if misses else 0.5)
    recall, precision, dice = (words.shown_score(facts.of_objects(key)) for key in ("recall", "precision", "dice"))
    return Finding(
        reason=f"{'missed pixels cost more than false alarms' if misses else 'false alarms cost more than misses'}: "
        f"recall is {recall} and precision {precision}; Dice weighs both alike, {dice}, {formula.name} does not, "
        f"{words.shown_score(facts.of_objects(formula))}; say which beta",
        formula=formula,
    )


def _small(facts: Facts) -> Finding | None:
    small = [label for label in facts.objects if _eroded(facts.median_side(label)) < 1 - _BRITTLE]
    if not small:
        return None
    smallest = min(small, key=facts.median_side)
    side = facts.median_side(smallest)
    return Finding(
        reason=f"{facts.named(smallest)} has a median of {words.shown_count(side**2)} pixels in images that show it, a "
        f"square of side {side:.0f}: losing one pixel all around alone takes its Dice to {_eroded(side):.3f}; prefer a "
        "boundary score with a stated tolerance and the share of objects found"
    )


def _eroded(side: float) -> float:
    """Dice of a square and itself without its outermost pixels."""
    inner = max(side - 2, 0.0) ** 2
    return 2 * inner / (inner + side**2)


def _boundary(facts: Facts) -> Finding:
    outliers = {
        "yes": "the Hausdorff distance at its 95th percentile, since outliers matter",
        "no": "the average surface distance, since outliers do not matter",
        "unknown": "the Hausdorff distance at its 95th percentile if outliers matter, or the average surface distance",
    }[facts.known.outliers_matter]
    return Finding(
        reason=f"overlap says how many pixels are wrong, here {_wrong_pixels(facts)}, not where: add the normalised "
        f"surface distance with the raters' own disagreement as its tolerance, and {outliers}"
    )


def _tubular(facts: Facts) -> Finding:
    return Finding(
        reason=f"Dice {words.shown_score(facts.of_objects('dice'))} follows the width of a tube, not whether it stays "
        f"whole: the {_wrong_pixels(facts)} that are wrong may or may not cut it; use clDice on the centre line"
    )


def _volume(facts: Facts) -> Finding:
    counts = facts.image_counts
    parts: list[str] = []
    for label in facts.objects:
        target = float((counts.tp + counts.fn)[:, label].sum())
        change = 100 * (float((counts.tp + counts.fp)[:, label].sum()) - target) / target if target else 0.0
        parts.append(f"{facts.named(label)} {round(change, 1) + 0.0:+.1f} %")
    return Finding(
        reason="two predictions of equal Dice can differ in volume: report the difference beside it, predicted less "
        f"target pixels, here {', '.join(parts[:5]) or 'no object'}"
    )


def _wrong_pixels(facts: Facts) -> str:
    counts = facts.image_counts
    return words.plural((counts.fp + counts.fn)[:, facts.objects].sum(), "pixel")


CHOICE_RULES = (
    Rule(
        number=1,
        title="Pixel scores alone where each object matters",
        kind="avoid",
        lesson="L11",
        applies=lambda facts: _objects(facts) if facts.known.objects_matter == "yes" else None,
        needs="objects_matter",
        question="does each separate object of a class matter? then pixel overlap alone can hide missed ones",
    ),
    Rule(
        number=2,
        title="Overlap of each class in each image, then the mean",
        kind="use",
        lesson="L14",
        applies=_overlap,
    ),
    Rule(
        number=3,
        title="F-beta where errors cost unequally",
        kind="use",
        lesson="L40",
        applies=_unequal_errors,
        needs="costlier_error",
        question="does a missed pixel cost more than a false alarm, or less? Dice and IoU weigh both alike",
    ),
    Rule(
        number=4,
        title="Overlap alone on small structures",
        kind="avoid",
        lesson="L39",
        applies=_small,
    ),
    Rule(
        number=5,
        title="A boundary score where the boundary matters",
        kind="use",
        lesson="L41",
        applies=lambda facts: _boundary(facts) if facts.known.boundary_matters == "yes" else None,
        needs="boundary_matters",
        question="does the boundary matter, beyond the area? counts cannot tell where wrong pixels lie",
    ),
    Rule(
        number=6,
        title="clDice on tubes",
        kind="use",
        lesson="L41",
        applies=lambda facts: _tubular(facts) if facts.known.tubular == "yes" else None,
        needs="tubular",
        question="are the objects tubes, such as vessels or roads? then their centre line matters more than their area",
    ),
    Rule(
        number=7,
        title="Volume beside overlap where volume matters",
        kind="use",
        lesson="L40",
        applies=lambda facts: _volume(facts) if facts.known.volume_matters == "yes" else None,
        needs="volume_matters",
        question="is the volume itself used? overlap does not say whether it is too large or too small",
    ),
)
