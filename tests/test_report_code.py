"""The code in a report: every snippet is run on the arrays that were counted and gives the numbers beside it."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core.report.code import Numbers
from tests.library_calls import as_array

FEW = 60  # resamples: what is tested does not depend on their number
# Libraries that the tests install; torchmetrics 0.9.3 cannot stand beside the present one.
INSTALLED = ("sklearn", "torchmetrics 1", "torchmetrics", "keras", "monai", "torcheval")
NAMES = tuple(f"image {i}.png" for i in range(12))


def arrays(num_classes: int = 3, *, void: bool = False) -> dict[str, NDArray[Any]]:
    """Twelve small images of some classes: target, scores that know a little of it, and the class they choose."""
    generator = np.random.default_rng(num_classes)
    target = generator.integers(0, num_classes, (12, 6, 6))
    target[:4] = np.minimum(target[:4], 1)
    scores = generator.dirichlet(np.ones(num_classes), (12, 6, 6)) + 0.3 * np.eye(num_classes)[target]
    if void:
        target[:, 0] = 255
    scores = (scores / 1.3).transpose(0, 3, 1, 2).astype(np.float32)
    return {"target": target, "scores": scores, "prediction": scores.argmax(1)}


def counted(given: dict[str, NDArray[Any]], *, num_classes: int = 3, ignore_label: int | None = None) -> mc.Statistics:
    return mc.count(
        given["target"],
        given["scores"],
        num_classes=num_classes,
        ignore_label=ignore_label,
        image_names=NAMES,
        histogram="per_image",
        bins=mc.Bins(kind="uniform", count=1024),
    )


def is_installed(library: str) -> bool:
    return library == "metrics_core" or (library.startswith(INSTALLED) and " 0.9.3" not in library)


def value_of(snippet: mc.Snippet, given: dict[str, Any]) -> Any:
    """What a snippet assigns to value."""
    names: dict[str, Any] = dict(given)
    with warnings.catch_warnings():
        # The libraries warn of absent classes, of 0/0 and of their own imports.
        warnings.simplefilter("ignore")
        exec(compile(snippet.source, snippet.gives, "exec"), names)
    return names["value"]


def interval_ends(each: mc.Interval | None) -> tuple[float, float] | None:
    return None if each is None or math.isnan(each.low) else (each.low, each.high)


def expected(report: mc.ScoreReport, snippet: mc.Snippet) -> Callable[[Any], bool]:
    """Whether what a snippet of metrics_core gives is what the report holds."""
    numbers = report.part(snippet.part) or (report.headline,)
    values = [each.value for each in numbers]
    ends = [interval_ends(each.interval) for each in numbers]

    def same(found: Any) -> bool:
        numbers = np.asarray(found, np.float64)
        # An interval's own value is rounded to 12 digits.
        return numbers.shape == (len(values),) and np.allclose(numbers, values, rtol=0, atol=1e-12, equal_nan=True)

    def score_or_interval(found: Any) -> bool:
        if isinstance(found, mc.Interval):
            return same([found.value]) and [interval_ends(found)] == ends
        if isinstance(found, tuple):
            return same([each.value for each in found]) and [interval_ends(each) for each in found] == ends
        return same(found.reshape(-1)) or same([float(found.mean())])

    checks: dict[str, Callable[[Any], bool]] = {
        "score": score_or_interval,
        "class": score_or_interval,
        "image": score_or_interval,
        "slice": lambda found: (
            same([each.score.value for each in found])
            and [interval_ends(each.score) for each in found] == ends
            and [each.label for each in found] == [each.name for each in numbers]
        ),
        "rule": lambda found: (
            same([each.value for each in found.values])
            and [each.label for each in found.values] == [each.name for each in numbers]
        ),
        "worst": lambda found: (
            [(each.index, each.score, each.reason) for each in found]
            == [(each.index, each.score, each.reason) for each in report.worst]
        ),
        "calibration": lambda found: (
            [(each.even.ece, each.massed.ece, each.even.brier, each.best.threshold) for each in found]
            == [(each.even.ece, each.massed.ece, each.even.brier, each.best.threshold) for each in report.calibration]
        ),
        "library": lambda found: same([each.value for each in found]),
    }
    return checks[snippet.part]


def library_gives(report: mc.ScoreReport, snippet: mc.Snippet, found: Any) -> bool:
    """Whether a library gives what the report holds, as far as float32 and the bins of scores allow."""
    if snippet.part == "calibration":
        brier = snippet.library == "sklearn"
        wanted = [each.even.brier if brier else each.even.ece for each in report.calibration]
        errors = [each.even.brier_error if brier else each.even.ece_error for each in report.calibration]
        return all(abs(a - b) <= error + 5e-6 for a, b, error in zip(found, wanted, errors, strict=True))
    values: Sequence[float] = [each.value for each in report.part(snippet.part)]
    return np.allclose(as_array(found).reshape(-1), values, rtol=0, atol=5e-6, equal_nan=True)


CASES: dict[str, tuple[str, mc.Convention, dict[str, float]]] = {
    "macro IoU": ("iou", mc.Convention(), {}),
    "images first, absent classes": (
        "dice",
        mc.Convention(pooling="image", kept_classes="target", excluded_classes=(0,)),
        {},
    ),
    "a list": ("recall", mc.Convention(average="none"), {}),
    "micro": ("precision", mc.Convention(average="micro", pooling="image", order="images_then_classes"), {}),
    "F-beta, 0/0 counts": (
        "fbeta",
        mc.Convention(zero_division=1.0, ignored_classes=(1,), excluded_classes=(1,)),
        {"beta": 0.5},
    ),
    "threshold": ("iou", mc.Convention(threshold=0.25, threshold_tie=">"), {}),
    "of the matrix": ("kappa", mc.Convention(average="micro"), {}),
}


@pytest.mark.parametrize("void", [False, True], ids=["no void", "void"])
@pytest.mark.parametrize("name", CASES)
def test_every_snippet_gives_the_numbers_beside_it(name: str, void: bool) -> None:
    formula, rule, parameters = CASES[name]
    given = arrays(void=void)
    statistics = counted(given, ignore_label=255 if void else None)
    del given["prediction"]  # who has scores has no labels
    slicing = mc.slice_by_size(statistics, 2, number=2)
    report = mc.make_report(statistics, formula, rule, parameters=parameters, slicing=slicing, resamples=FEW, seed=3)
    assert {each.part for each in report.snippets} == {
        "score",
        "class",
        "slice",
        "image",
        "worst",
        "rule",
        "calibration",
        "library",
    }
    for snippet in report.snippets:
        ast.parse(snippet.source)
        if snippet.library == "metrics_core":
            assert expected(report, snippet)(value_of(snippet, given)), snippet.source
        elif is_installed(snippet.library):
            assert library_gives(report, snippet, value_of(snippet, given)), snippet.source


def test_libraries_stand_beside_score_classes_images_and_calibration() -> None:
    report = mc.make_report(counted(arrays()), "iou", resamples=FEW)
    by_part = {
        part: {each.library.partition(" ")[0] for each in report.code(part)} for part in ("score", "class", "image")
    }
    assert by_part["score"] >= {"metrics_core", "sklearn", "torchmetrics", "keras"}
    assert by_part["class"] >= {"metrics_core", "sklearn", "torchmetrics", "monai"}
    assert by_part["image"] == {"metrics_core", "torchmetrics", "monai"}
    assert [each.library for each in report.code("calibration")] == ["metrics_core", "sklearn", "torchmetrics"]


def test_labels_are_called_prediction_and_nothing_is_made_of_scores() -> None:
    given = arrays()
    statistics = mc.count(given["target"], given["prediction"], num_classes=3, image_names=NAMES)
    report = mc.make_report(statistics, "iou", resamples=FEW)
    assert all("scores" not in each.source for each in report.snippets if each.part != "slice")
    del given["scores"]
    for snippet in report.code("class"):
        if snippet.library != "metrics_core" and is_installed(snippet.library):
            assert library_gives(report, snippet, value_of(snippet, given)), snippet.source


def test_code_assigns_nothing_that_it_does_not_use() -> None:
    for numbers in get_args(Numbers):
        options = mc.CodeOptions(numbers=numbers)
        tree = ast.parse(mc.score_source(counted(arrays()), "iou", mc.Convention(), options=options))
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        assert assigned - {node.id for node in names if isinstance(node.ctx, ast.Load)} == {"value"}, numbers


def test_bytes_on_the_edges_of_groups_fall_into_the_same_group_everywhere() -> None:
    """A byte of 17, 34, ... is a score on the edge of one of 15 groups."""
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, (6, 9, 9))
    ones = 17 * generator.integers(0, 16, (6, 9, 9))
    given = {"target": target, "scores": np.stack([255 - ones, ones], 1).astype(np.uint8)}
    statistics = mc.count(given["target"], given["scores"], num_classes=2, histogram="per_image")
    report = mc.make_report(statistics, resamples=FEW)
    for snippet in report.code("calibration")[1:]:
        assert library_gives(report, snippet, value_of(snippet, given)), snippet.source


def test_a_library_whose_number_differs_is_not_named() -> None:
    report = mc.make_report(counted(arrays()), "iou", mc.Convention(threshold=0.25), resamples=FEW)
    assert [each.library for each in report.code("score")] == ["metrics_core"] * 2


def test_slices_by_a_table_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = arrays()
    (tmp_path / "my 'sites'.csv").write_text("image;site\n" + "".join(f"image {i};{'ab'[i % 2]}\n" for i in range(12)))
    monkeypatch.chdir(tmp_path)
    table = mc.read_metadata("my 'sites'.csv", Path("my 'sites'.csv").read_bytes(), NAMES)
    slicing = mc.slice_by_column(table, "site", file="my 'sites'.csv")
    report = mc.make_report(counted(given), "iou", slicing=slicing, resamples=FEW)
    (snippet,) = report.code("slice")
    assert expected(report, snippet)(value_of(snippet, {**given, "image_names": NAMES}))
    assert [each.name for each in report.part("slice")] == ["a", "b"]


def test_a_paired_difference_counts_the_other_model() -> None:
    given = arrays()
    given["other_scores"] = np.moveaxis(np.eye(3)[given["target"]], -1, 1)
    source = mc.score_source(
        counted(given), "dice", mc.Convention(), options=mc.CodeOptions(numbers="models", names=("old", "it's new"))
    )
    names: dict[str, Any] = dict(given)
    exec(source, names)
    other = mc.count(given["target"], given["other_scores"], num_classes=3)
    one = mc.count(given["target"], given["prediction"], num_classes=3)
    assert names["value"] == mc.paired_difference(one, other, "dice", names=("old", "it's new"))
    assert names["value"].winner == "it's new"


def test_a_paired_difference_can_subtract_the_other_model() -> None:
    given = arrays()
    given["other_scores"] = np.roll(given["scores"], 1, axis=-1)
    options = mc.CodeOptions(numbers="models", names=("other", "own"), subtracted="other")
    source = mc.score_source(counted(given), "dice", mc.Convention(), options=options)
    names: dict[str, Any] = dict(given)
    exec(source, names)
    own, other = (mc.count(given["target"], given[name], num_classes=3) for name in ("scores", "other_scores"))
    difference = names["value"].difference.value
    assert difference == pytest.approx(float(mc.evaluate("dice", own) - mc.evaluate("dice", other)))
    assert difference != 0


def test_the_differences_of_models_in_a_report() -> None:
    given = arrays()
    other = np.roll(given["prediction"], 1, axis=-1)
    one, two = (
        mc.count(given["target"], each, num_classes=3, image_names=NAMES) for each in (given["prediction"], other)
    )
    known = mc.Known(models={"old": one, "new": two})
    report = mc.make_report(one, "dice", mc.Convention(pooling="image"), known=known, resamples=FEW, seed=3)
    (snippet,) = report.code("pair")
    found = value_of(snippet, {**given, "other_prediction": other})
    assert report.models is not None
    (pair,) = report.models.ranking.pairs
    assert (found.difference, found.winner, found.reason) == (pair.difference, pair.winner, pair.reason)


class _Sources(HTMLParser):
    """The texts of all pre elements, and whether each is folded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.depth, self.inside = 0, False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == "details"
        if tag == "pre":
            assert self.depth > 0, "code that is not folded"
            self.inside = True
            self.sources.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "details"
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.sources[-1] += data


class TestForms:
    REPORT = mc.make_report(counted(arrays()), "iou", slicing=mc.slice_by_size(counted(arrays()), 2), resamples=FEW)

    def test_the_page_holds_all_code_and_that_of_each_library_call(self) -> None:
        wanted = [each.source for each in self.REPORT.snippets]
        calls = [each.source for each in self.REPORT.part("library")]
        assert all(calls)
        found = [source + "\n" for source in _Sources(mc.report_html(self.REPORT)).sources]
        assert sorted(found) == sorted(wanted + calls)

    def test_markdown_holds_all_code(self) -> None:
        found = re.findall(r"(?ms)^```python\n(.*?)^```$", mc.report_markdown(self.REPORT))
        assert sorted(found) == sorted(each.source for each in self.REPORT.snippets)

    def test_json_holds_all_code(self) -> None:
        content = json.loads(mc.report_json(self.REPORT))
        assert [(each["part"], each["source"]) for each in content["code"]] == [
            (each.part, each.source) for each in self.REPORT.snippets
        ]
        calls = [each for each in content["numbers"] if each["part"] == "library"]
        assert all("value = " in each["code"] for each in calls)
