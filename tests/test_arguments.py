"""Arguments: closed choices, whole numbers and names that cannot be meant are refused in one sentence, at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import torch

import metrics_core as mc
from metrics_core.arguments import refuse_unless_one_of

TARGET = torch.tensor([[[0, 1], [2, 1]], [[2, 2], [0, 1]]])
SCORES = torch.eye(3)[TARGET.roll(1, -1)].movedim(-1, 1)
LABELS = SCORES.argmax(1)
STATISTICS = mc.count(TARGET, SCORES, num_classes=3, histogram="per_image")
DATA: dict[str, Any] = {"num_classes": 3}
CURVE = mc.roc_curve(TARGET, SCORES, **DATA)[0]
BOUNDARIES = mc.boundary_distances(TARGET, LABELS, **DATA)
SIX = mc.merge(*(STATISTICS.renamed([f"{part} a", f"{part} b"]) for part in range(3)))
CELLS = torch.zeros(2, 3)
PRESET = mc.preset("sklearn.accuracy_score", num_classes=3)

# Every public function with a closed choice, called with one of them changed.
CALLS: dict[str, Callable[..., object]] = {
    "auroc": lambda **given: mc.auroc(TARGET, SCORES, **DATA, **given),
    "average_precision": lambda **given: mc.average_precision(TARGET, SCORES, **DATA, **given),
    "average_surface_distance": lambda **given: mc.average_surface_distance(BOUNDARIES, **given),
    "bootstrap": lambda **given: mc.bootstrap(SIX, "iou", **given),
    "bootstrap_classes": lambda **given: mc.bootstrap_classes(SIX, "iou", **given),
    "boundary_distances": lambda **given: mc.boundary_distances(TARGET, LABELS, **DATA, **given),
    "boundary_iou": lambda **given: mc.boundary_iou(BOUNDARIES, **given),
    "call_source": lambda **given: mc.call_source(PRESET, **given),
    "compare": lambda **given: mc.compare(STATISTICS, **given),
    "count": lambda **given: mc.count(TARGET, SCORES, **DATA, **given),
    "evaluate_folders": lambda **given: mc.evaluate_folders(
        mc.FolderTask(targets=Path("a"), predictions=Path("b"), num_classes=2), Path("c"), **given
    ),
    "hausdorff": lambda **given: mc.hausdorff(BOUNDARIES, **given),
    "mean_of_cells": lambda **given: mc.mean_of_cells(CELLS, **{"order": "all_cells"} | given),
    "merge": lambda **given: mc.merge(STATISTICS, **given),
    "normalized_surface_distance": lambda **given: mc.normalized_surface_distance(BOUNDARIES, tolerance=1, **given),
    "operating_point": lambda **given: mc.operating_point(CURVE, 0.5, **given),
    "paired_difference": lambda **given: mc.paired_difference(SIX, SIX, "iou", **given),
    "precision_recall_curve": lambda **given: mc.precision_recall_curve(TARGET, SCORES, **DATA, **given),
    "rank_models": lambda **given: mc.rank_models({"A": SIX, "B": SIX}, "iou", **given),
    "reliability": lambda **given: mc.reliability(STATISTICS, 1, **given),
    "roc_curve": lambda **given: mc.roc_curve(TARGET, SCORES, **DATA, **given),
    "score_slices": lambda **given: mc.score_slices(STATISTICS, "iou", labels={}, **given),
    "split_models": lambda **given: mc.split_models([], target=[], **given),
    "suited_bins": lambda **given: mc.suited_bins(torch.uint8, **given),
    "thin": lambda **given: mc.thin(CURVE, **given),
    "threshold_counts": lambda **given: mc.threshold_counts(mc.Histogram.pooled(_histogram()), **given),
}
# Every public function of statistics; rescore's come from a statistics file.
SCORING = [
    name
    for name in mc.__all__
    if inspect.isfunction(function := getattr(mc, name))
    and name != "rescore"
    and any(
        "Statistics" in str(p.annotation).split("Boundary")[0] for p in inspect.signature(function).parameters.values()
    )
]
# Every public dataclass that is made by hand.
RECORDS: dict[str, Callable[..., object]] = {
    "Bins": lambda **given: mc.Bins(count=256, **given),
    "Choices": mc.Choices,
    "CodeOptions": mc.CodeOptions,
    "Convention": mc.Convention,
    "FolderTask": lambda **given: mc.FolderTask(targets=Path("a"), predictions=Path("b"), num_classes=2, **given),
    "Known": mc.Known,
    "Recipe": mc.Recipe,
}


def _histogram() -> mc.Histogram:
    assert STATISTICS.histogram is not None
    return STATISTICS.histogram


def _is_closed(hint: Any) -> bool:
    """Whether a type is a Literal, or a union of one with None."""
    parts = [hint] if get_origin(hint) is Literal else get_args(hint)
    return any(get_origin(part) is Literal for part in parts) and all(
        part is type(None) or get_origin(part) is Literal for part in parts
    )


def _closed_arguments(name: str) -> list[tuple[str, str]]:
    hints = get_type_hints(getattr(mc, name))
    return [(name, argument) for argument, hint in hints.items() if argument != "return" and _is_closed(hint)]


FUNCTIONS = [name for name in mc.__all__ if inspect.isfunction(getattr(mc, name))]


class TestClosedChoices:
    def test_every_public_function_that_has_some_is_called_here(self) -> None:
        assert {name for name in FUNCTIONS if _closed_arguments(name)} == set(CALLS)

    @pytest.mark.parametrize(("name", "argument"), [pair for name in CALLS for pair in _closed_arguments(name)])
    @pytest.mark.parametrize("value", ["?", 7, np.array(["a", "b"])], ids=["text", "number", "array"])
    def test_an_unknown_choice_is_refused(self, name: str, argument: str, value: object) -> None:
        with pytest.raises(ValueError, match=f"^{argument} must be one of '.*; got "):
            CALLS[name](**{argument: value})

    @pytest.mark.parametrize(("name", "field"), [pair for name in RECORDS for pair in _closed_arguments(name)])
    def test_an_unknown_choice_of_a_record_is_refused(self, name: str, field: str) -> None:
        with pytest.raises(ValueError, match=f"{field} must be one of .*; got '[?]'"):
            RECORDS[name](**{field: "?"})

    @pytest.mark.parametrize("area", [mc.auroc, mc.average_precision])
    def test_none_as_an_average_is_answered_with_the_word_for_it(self, area: Callable[..., object]) -> None:
        with pytest.raises(mc.InputError, match="got None; pass 'none' for one value a class"):
            area(TARGET, SCORES, **DATA, average=None)

    def test_true_is_not_taken_for_one(self) -> None:
        with pytest.raises(mc.InputError, match="first must be one of 0, 1; got True"):
            refuse_unless_one_of(True, Literal[0, 1], "first")

    def test_text_of_numpy_is_text(self) -> None:
        refuse_unless_one_of(np.str_("macro"), Literal["macro"], "average")


class TestNumbers:
    @pytest.mark.parametrize(
        ("call", "says"),
        [
            (lambda: mc.preset("smp.iou_score", num_classes=2.5), "num_classes must be an integer; got 2.5"),
            (lambda: mc.preset("sklearn.roc_auc_score", num_classes="3"), "num_classes must be an integer; got '3'"),
            (lambda: mc.list_presets(num_classes=0), "num_classes must be at least 1; got 0"),
            (lambda: mc.score_like("smp.iou_score", TARGET, LABELS, num_classes="3"), "num_classes must be an integer"),
            (lambda: mc.score_like("smp.iou_score", TARGET, LABELS, **DATA, ignore_label=1.0), "got 1.0"),
            (lambda: mc.score_like("monai.compute_roc_auc", TARGET, SCORES, **DATA, ignore_label="255"), "got '255'"),
            (lambda: mc.bootstrap(SIX, "iou", resamples=10.5), "resamples must be an integer; got 10.5"),
            (lambda: mc.best_threshold(STATISTICS, "iou", 1.0), "label must be an integer; got 1.0"),
            (lambda: mc.size_labels(STATISTICS, 1.0), "label must be an integer; got 1.0"),
            (lambda: mc.worst_images(STATISTICS, "iou", number=1.5), "number must be an integer; got 1.5"),
            (lambda: mc.threshold_counts(_histogram(), images=[99]), r"images must be indices 0\.\.1; got 99"),
            (lambda: mc.count(TARGET, SCORES, **DATA, bins=10), "bins must be Bins, such as .*; got 10"),
            (lambda: mc.AUROC(**DATA, bins=10), "bins must be Bins, such as .*; got 10"),
        ],
    )
    def test_a_number_that_cannot_be_meant_is_refused(self, call: Any, says: str) -> None:
        with pytest.raises(mc.InputError, match=says):
            call()


class TestNames:
    @pytest.mark.parametrize(
        ("names", "says"),
        [
            ({"image_names": range(2)}, "image_names must hold strings; got 0, of type int"),
            ({"image_names": [Path("a"), Path("b")]}, "image_names must hold strings; got .*Path"),
            ({"class_names": range(3)}, "class_names must hold strings; got 0"),
            ({"class_names": 2}, "class_names must be a list of 3 names; got 2"),
            ({"class_names": "abc"}, "class_names must be a list of 3 names; got 'abc'"),
            ({"class_names": ["a", "a", "b"]}, "class_names must be unique, .*; 'a' occurs 2 times"),
        ],
    )
    def test_names_that_cannot_be_kept_are_refused(self, names: Any, says: str) -> None:
        with pytest.raises(mc.InputError, match=says):
            mc.count(TARGET, LABELS, **DATA, **names)

    def test_names_go_with_their_batch(self) -> None:
        with pytest.raises(mc.InputError, match="image_names belong to their batches"):
            mc.count_batches([(TARGET, LABELS)], **DATA, image_names=["a", "b"])


class TestOtherThings:
    def test_a_word_is_no_convention(self) -> None:
        average: Any = "macro"
        for call in (mc.evaluate, mc.trivial_score):
            with pytest.raises(mc.InputError, match=r"must be a Convention, such as .*average='macro'.*; got 'macro'"):
                call("iou", STATISTICS, average)

    @pytest.mark.parametrize("name", SCORING)
    def test_other_things_are_no_statistics(self, name: str) -> None:
        function = getattr(mc, name)
        needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        by_place = ["iou" for p in needed if p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]
        by_name = {p.name: "iou" for p in needed if p.kind is p.KEYWORD_ONLY}
        with pytest.raises(
            mc.InputError, match=rf"statistics must be .*in the order of (?:evaluate|{name})\(.*; got 'iou'"
        ):
            function(*by_place, **by_name)


class TestListedFunctions:
    def test_areas_are_listed_where_they_are_named(self) -> None:
        names = ["sklearn.roc_auc_score", "sklearn.jaccard_score"]
        listed = mc.list_presets(num_classes=3, functions=names)
        assert {made.function for made in listed} == set(names)
        assert not any(made.takes == "scores" for made in mc.list_presets(num_classes=3))

    def test_areas_that_a_library_refuses_are_left_out(self) -> None:
        assert mc.list_presets(num_classes=1, functions=["torchmetrics.multiclass_auroc"]) == ()

    def test_one_name_is_no_list(self) -> None:
        with pytest.raises(mc.InputError, match=r"functions must be a list of names, such as \['smp\.iou_score'\]"):
            mc.list_presets(num_classes=3, functions="smp.iou_score")
