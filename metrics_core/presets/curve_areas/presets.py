"""Presets of areas under curves: the calls that were recorded, and any other with legal arguments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from metrics_core.conventions import Convention
from metrics_core.presets.arguments import frozen
from metrics_core.presets.curve_areas.functions import CURVE_FUNCTIONS, curve_function
from metrics_core.presets.record import Preset, call_text

_AVERAGED = ({"average": "macro"}, {"average": "weighted"}, {"average": "none"})
_RECORDED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("elektronn3.auroc", {"mean": True}),
    ("elektronn3.auroc", {"mean": False}),
    ("elektronn3.average_precision", {"mean": True}),
    ("sklearn.roc_auc_score", {"one_vs_rest": True}),
    ("sklearn.average_precision_score", {"one_vs_rest": True}),
    *(
        (f"torchmetrics.multiclass_{area}", dict(given))
        for given in _AVERAGED
        for area in ("auroc", "average_precision")
    ),
    *(
        (f"torcheval.multiclass_{area}", {"average": average})
        for average in ("macro", None)
        for area in ("auroc", "auprc")
    ),
    *(
        (f"monai.compute_{area}", {"average": average})
        for average in ("macro", "none")
        for area in ("roc_auc", "average_precision")
    ),
    ("pytorch_lightning.average_precision", {}),
    ("pytorch_lightning.roc_then_trapezoid", {}),
    ("pytorch_lightning.auroc", {}),
    ("MetricsReloaded.auroc", {}),
    ("MetricsReloaded.average_precision", {}),
)


def list_curve_presets(
    *, num_classes: int, ignore_label: int | None = None, functions: Collection[str] = CURVE_FUNCTIONS
) -> tuple[Preset, ...]:
    """Every listed call of some functions on scores that takes this number of classes, in a stable order."""
    return tuple(
        curve_preset(function, num_classes=num_classes, ignore_label=ignore_label, **arguments)
        for function, arguments in _RECORDED
        if function in functions and num_classes >= CURVE_FUNCTIONS[function].fewest_classes
    )


def curve_preset(function: str, *, num_classes: int, ignore_label: int | None = None, **arguments: object) -> Preset:
    """The preset of a library's area under a curve called with these arguments.

    Raises:
        ValueError: unknown function, argument or value; the message lists what exists.
    """
    record = curve_function(function)
    average = record.average(record.settings(arguments, num_classes), num_classes)
    ignored = (ignore_label,) if ignore_label is not None and 0 <= ignore_label < num_classes else ()
    given = tuple((name, frozen(value)) for name, value in arguments.items())
    telling = tuple((name, value) for name, value in given if value != record.parameters[name].default)
    return Preset(
        library=record.library,
        version=record.version,
        function=function,
        arguments=given,
        key=call_text(function, telling),
        takes="scores",
        formula=None,
        convention=Convention(ignored_classes=ignored, average=average, undefined=record.undefined, scale=record.scale),
        quirks=record.quirks,
        source=record.source,
        num_classes=num_classes,
        ignore_label=ignore_label,
        ignore=record.ignore,
    )
