"""Families: scores that libraries give one name, whatever they compute under it."""

from __future__ import annotations

from metrics_core.formulas import Formula, get_formula
from metrics_core.presets import Preset

# Family -> title, in the order of columns.
FAMILIES: dict[str, str] = {
    "iou": "IoU / Jaccard",
    "dice": "Dice / F1",
    "fbeta": "F-beta",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
    "other": "Other",
}
_ACCURACY_KEYS = ("aAcc", "mAcc", "Acc")


def family_of(preset: Preset) -> str:
    """The family of a preset: a key of FAMILIES.

    Accuracy goes by the library's own name for it, and so holds the share of correct pixels, the mean recall, and
    (tp + tn) / all of each class. All other families go by formula.
    """
    texts = [value for _, value in preset.arguments if isinstance(value, str)]
    named = any("accuracy" in text.lower() for text in (preset.name, *texts))
    if named or any(text in _ACCURACY_KEYS for text in texts):
        return "accuracy"
    return "other" if preset.formula is None else formula_family(preset.formula)


def formula_family(formula: str | Formula) -> str:
    """The family that a formula, or its name, asks for.

    Raises:
        ValueError: no formula and no family has this name.
    """
    if isinstance(formula, str) and formula in FAMILIES:
        return formula
    key = get_formula(formula).key
    if key == "balanced_accuracy":
        return "accuracy"
    if key in ("fbeta(1)", "fbeta_from_precision_recall") or key.startswith("generalized_dice"):
        return "dice"
    if key.startswith("fbeta"):
        return "fbeta"
    return key if key in FAMILIES else "other"


def require_family(preset: Preset, formula: str | Formula) -> None:
    """Refuse a preset of another family.

    Raises:
        ValueError: the preset computes something else.
    """
    wanted, found = formula_family(formula), family_of(preset)
    if wanted != found:
        raise ValueError(
            f"{preset.key} belongs to the family {found!r}, but formula= asks for {wanted!r}; leave formula out to "
            "explain the way between two families"
        )
