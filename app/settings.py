"""Settings: every setting of the dashboard, how it is read from the address, and what it is without one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import metrics_core as mc

Source = Literal["example", "synthesize", "files", "statistics", "lesson"]
ALL_CLASSES = -1
NAMES_LENGTH = 600  # characters of class names that a link carries
NO_CELL = ""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a setting is read from the address and what it is without one; default may depend on the others."""

    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _choice(*allowed: str) -> Setting:
    return Setting(default=allowed[0], read=lambda text: _one_of(text, allowed))


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(text)
    return text


def _whole(default: int, low: int, high: int) -> Setting:
    return Setting(default=default, read=lambda text: min(max(int(text), low), high))


def _real(default: float, low: float, high: float) -> Setting:
    def read(text: str) -> float:
        value = float(text)
        if math.isnan(value):
            raise ValueError(text)
        return min(max(value, low), high)

    return Setting(default=default, read=read, write=lambda value: f"{value:.8g}")


def _flag(default: bool) -> Setting:
    return Setting(
        default=default, read=lambda text: _one_of(text, ("yes", "no")) == "yes", write=lambda on: "yes" if on else "no"
    )


def _classes() -> Setting:
    return Setting(
        default=[],
        read=lambda text: sorted({int(part) for part in text.split(".") if part})[:256],
        write=lambda labels: ".".join(str(label) for label in labels),
    )


def _names() -> Setting:
    """Names, none of which holds a comma."""
    return Setting(default=[], read=lambda text: [part for part in text[:1000].split(",") if part], write=",".join)


def _answers() -> Setting:
    """Indices of chosen answers, in the order of the questions."""
    return Setting(
        default=[],
        read=lambda text: [min(max(int(part), 0), 9) for part in text.split(".") if part][:100],
        write=lambda answers: ".".join(map(str, answers)),
    )


def _text(default: str, limit: int = 300) -> Setting:
    return Setting(default=default, read=lambda text: text[:limit])


SETTINGS: dict[str, Setting] = {
    "names": _text("", NAMES_LENGTH),
    "source": _choice("example", "synthesize", "files", "statistics", "lesson"),
    "data": _choice("landcover", *(info.key for info in mc.list_datasets() if info.key != "landcover")),
    "recipe": _choice("one rare class", *(name for name in mc.RECIPES if name != "one rare class")),
    "model": _text("", 80),
    "image": _whole(0, 0, 10**6),
    "slice": _whole(ALL_CLASSES, ALL_CLASSES, 10**6),
    "formula": _choice("iou", *(key for key in mc.FORMULAS if key not in ("iou", "fbeta_from_precision_recall"))),
    "beta": _real(2.0, 0.05, 20.0),
    "average": _choice("macro", "micro", "weighted", "none"),
    "pooling": _choice("dataset", "image"),
    "zero": _choice("drop", "0", "1"),
    "background": _flag(True),
    "void": _flag(True),
    "ignore": _classes(),
    "decide": _choice("argmax", "threshold"),
    "threshold": _real(0.5, 0.0, 1.0),
    "tie": _choice(">=", ">"),
    "kept": _choice("all", "union", "target"),
    "order": _choice("classes_then_images", "images_then_classes", "all_cells"),
    "focus": _whole(ALL_CLASSES, ALL_CLASSES, 10**5),
    "cell": Setting(default=NO_CELL, read=lambda text: ".".join(str(int(part)) for part in text.split(".", 1))),
    "matrix": _choice("true", "predicted", "all", "count"),
    "scope": _flag(False),
    "tab": _choice("Classes", "Images", "Curves", "Calibration", "Slices", "Advice", "Formula"),
    "slices": _text("", 80),
    "reference": _text("", 200),
    "rare": _whole(ALL_CLASSES, ALL_CLASSES, 10**5),
    "versus": _text("", 80),
    "show": _choice("value", "deviation"),
    "intervals": _flag(False),
    "libraries": _names(),
    "compare_tab": _choice("Libraries", "Rules", "Models", "Imbalance", "Curves"),
    "rows": _choice("library", "convention"),
    "start": _text("", 2000),
    "end": _text("", 2000),
    "sweep": _choice("average", "class"),
    "lesson": _text("", 80),
    "answer": Setting(default=None, read=lambda text: min(max(int(text), 0), 9)),
    "knob1": _text("", 60),
    "knob2": _text("", 60),
    "pixels": _flag(False),
    "presenter": _flag(False),
    "tour": _flag(False),
    "progress": _text("", 1500),
    "find": _text("", 80),
    "about": _text("", 60),
    "quiz": _whole(0, 0, 100),
    "quiz_seed": _whole(0, 0, 10**6),
    "quiz_answers": _answers(),
}

# What only the user knows, for the rules of advice; empty is unknown.
KNOWN: dict[str, Setting] = {
    "background": _choice("0", "none"),
    "objects_matter": _choice("", "yes", "no"),
    "costlier_error": _choice("", "misses", "false_alarms", "neither"),
    "boundary_matters": _choice("", "yes", "no"),
    "outliers_matter": _choice("", "yes", "no"),
    "tubular": _choice("", "yes", "no"),
    "volume_matters": _choice("", "yes", "no"),
    "threshold_from": _choice("", "other_data", "this_data"),
    "calibration_matters": _choice("", "yes", "no"),
    "shapes_changed": _choice("", "yes", "no"),
    "several_raters": _choice("", "yes", "no"),
}
SETTINGS.update({f"known_{name}": setting for name, setting in KNOWN.items()})

# Knobs of the synthetic data; without a value of their own they are as the recipe has them.
KNOBS: dict[str, Setting] = {
    "images": _whole(0, 1, 200),
    "side": _whole(0, 16, 512),
    "imbalance": _whole(0, 0, 1000),
    "classes": _text("", 400),
    "shares": _text("", 400),
    "object_size_px": _real(0, 1, 256),
    "objects_per_image": _whole(0, 0, 200),
    "thin": _flag(False),
    "boundary_error_px": _whole(0, -20, 20),
    "boundary_jitter_px": _real(0, 0, 20),
    "missed_objects": _real(0, 0, 1),
    "false_positive_blobs": _whole(0, 0, 50),
    "label_noise": _real(0, 0, 0.5),
    "void_share": _real(0, 0, 0.8),
    "images_without_rare_class": _real(0, 0, 1),
    "auroc": _real(0, 0, 0.999),
    "temperature": _real(0, 0.05, 20),
    "seed": _whole(0, 0, 10**9),
}


def knob_defaults(recipe: str) -> dict[str, Any]:
    """The value of every knob as the recipe of this name has it."""
    made = mc.RECIPES[recipe if recipe in mc.RECIPES else SETTINGS["recipe"].default]
    own: dict[str, Any] = {
        "side": made.height,
        "imbalance": 0,
        "classes": ", ".join(made.class_names),
        "shares": ", ".join(f"{share:g}" for share in made.class_shares),
        "thin": bool(made.thin_classes),
        "auroc": made.auroc or 0.0,
    }
    return {name: own[name] if name in own else getattr(made, name) for name in KNOBS}
