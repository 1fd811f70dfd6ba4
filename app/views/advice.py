"""Advice in words: kinds of it, and the questions that only the user can answer."""

from __future__ import annotations

# Colour and words of a badge, in the order of cards.
KINDS: dict[str, tuple[str, str]] = {
    "avoid": ("red", "avoid"),
    "use": ("green", "use"),
    "declare": ("orange", "declare"),
    "note": ("blue", "note"),
    "check": ("gray", "check"),
}

QUESTIONS: dict[str, str] = {
    "background": "Which class is background?",
    "objects_matter": "Does each single object count?",
    "costlier_error": "Which error costs more?",
    "boundary_matters": "Do boundaries matter?",
    "outliers_matter": "Do far-off errors matter?",
    "tubular": "Are objects thin, like vessels?",
    "volume_matters": "Is the volume itself used?",
    "threshold_from": "Where is the threshold from?",
    "calibration_matters": "Are scores used as probabilities?",
    "shapes_changed": "Were masks resized first?",
    "several_raters": "Did several people annotate?",
}
_YES_NO = {"": "not said", "yes": "yes", "no": "no"}
ANSWERS: dict[str, dict[str, str]] = dict.fromkeys(QUESTIONS, _YES_NO) | {
    "background": {"0": "class 0", "none": "none: every class is an object"},
    "costlier_error": {"": "not said", "misses": "misses", "false_alarms": "false alarms", "neither": "both alike"},
    "threshold_from": {"": "not said", "other_data": "other data", "this_data": "these data"},
}
