"""Reports: self-contained pages, escaped names, and a JSON whose every number can be computed again."""

from __future__ import annotations

import csv
import html
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import metrics_core as mc
from tests.confusion_tables import HUNDRED, STREET
from tests.resampling_examples import FIRST, LESION, SECOND, THIRD

FEW = 300  # resamples: what is tested does not depend on their number
BINS = mc.suited_bins(torch.float64, count=64)
HOSTILE = "<img src=x onerror=alert(1)> | =1+1 `[a](javascript:b)`"
TURNED = "\u202e"  # turns the direction of what follows


def scored(**options: Any) -> mc.Statistics:
    """Sixteen small images of three classes with their scores."""
    generator = np.random.default_rng(5)
    target = generator.integers(0, 3, (16, 6, 6))
    scores = generator.dirichlet([1.0, 1.0, 1.0], (16, 6, 6)).transpose(0, 3, 1, 2)
    return mc.count(
        target, scores, num_classes=3, histogram="per_image", bins=mc.suited_bins(torch.float64, count=64), **options
    )


SCORED = scored()


def report_of(statistics: mc.Statistics = FIRST, rule: mc.Convention | None = None, **options: Any) -> mc.ScoreReport:
    return mc.make_report(statistics, options.pop("formula", "dice"), rule, resamples=FEW, **options)


class TestNumbers:
    def test_the_headline_is_the_score_with_its_bootstrap_interval(self) -> None:
        number = mc.make_report(FIRST, "dice", LESION, seed=3).headline
        wanted = mc.bootstrap(FIRST, "dice", LESION, resamples=mc.RESAMPLES_FOR_EXPORT, seed=3)
        assert number.value == float(mc.evaluate("dice", FIRST, LESION)) == pytest.approx(0.7985)
        assert number.interval == wanted
        assert wanted.resamples == 10_000

    def test_classes_images_rules_and_libraries_have_theirs(self) -> None:
        report = report_of()
        assert [each.value for each in report.part("image")] == pytest.approx(
            mc.evaluate("dice", FIRST, mc.Convention(pooling="image", order="per_image")).tolist()
        )
        assert [each.interval for each in report.part("class")] == list(
            mc.bootstrap_classes(FIRST, "dice", resamples=FEW)
        )
        assert {each.value for each in report.part("rule")} >= {
            each.value for each in mc.rules_range(FIRST, "dice").values
        }
        assert len(report.part("library")) == len(mc.compare(FIRST, lists="kept"))

    def test_a_single_image_has_no_interval_and_says_why(self) -> None:
        number = mc.make_report(HUNDRED).headline
        assert number.interval is None
        assert "at least 5 images" in number.note
        assert "at least 5 images" in mc.report_html(mc.make_report(HUNDRED))

    def test_slices_name_their_images(self) -> None:
        report = report_of(STREET, slicing=mc.slice_by_size(STREET, 1))
        parts = report.part("slice")
        assert sum(len(each.images) for each in parts) == STREET.num_images
        assert f"Slices by target pixels of {STREET.class_names[1]}" in mc.report_html(report)

    def test_scores_are_fractions_whatever_the_scale(self) -> None:
        assert report_of(rule=mc.Convention(scale=100.0, digits=1)).headline.value == report_of().headline.value

    def test_the_code_gives_the_number(self) -> None:
        target, prediction = np.array([[0, 1, 1, 2]]), np.array([[0, 1, 2, 2]])
        statistics = mc.count(target, prediction, num_classes=3, ignore_label=255)
        report = mc.make_report(statistics, "fbeta", mc.Convention(zero_division=0.0), parameters={"beta": 0.5})
        names: dict[str, Any] = {"target": target, "prediction": prediction}
        exec(report.snippets[0].source, names)
        assert float(names["value"]) == report.headline.value


CASES: list[tuple[str, mc.Convention]] = [
    ("iou", mc.Convention()),
    ("kappa", mc.Convention(average="micro", zero_division=0.0)),
    ("dice", mc.Convention(pooling="image", kept_classes="target", excluded_classes=(0,))),
    ("iou", mc.Convention(average="none")),
    ("fbeta", mc.Convention(average="weighted", ignored_classes=(1,), excluded_classes=(1,))),
    ("recall", mc.Convention(pooling="image", order="images_then_classes", undefined="propagate")),
    ("fbeta", mc.Convention(threshold=0.25, threshold_tie=">")),
]


MODELS = {"old": FIRST, "new": SECOND, "other": THIRD}


class TestModels:
    REPORT = report_of(rule=LESION, known=mc.Known(models=MODELS))

    def test_scores_and_differences_are_those_of_the_ranking(self) -> None:
        wanted = mc.rank_models(MODELS, "dice", LESION, resamples=FEW)
        models = self.REPORT.models
        assert models is not None
        assert [(each.part, each.interval) for each in models.numbers] == [
            *(("model", score) for score in wanted.scores),
            *(("pair", pair.difference) for pair in wanted.pairs),
        ]
        assert [each.name for each in models.numbers[3:]] == ["new minus old", "other minus old", "other minus new"]

    def test_every_form_holds_them_and_names_no_winner_that_is_unsure(self) -> None:
        page, text = mc.report_html(self.REPORT), mc.report_markdown(self.REPORT)
        models = self.REPORT.models
        assert models is not None
        for pair in models.ranking.pairs:
            assert pair.reason in html.unescape(page)
        assert "<h2>Models</h2>" in page
        assert "## Differences of models" in text
        rows = list(csv.DictReader(StringIO(mc.report_csv(self.REPORT))))
        assert [row["part"] for row in rows[-6:]] == ["model"] * 3 + ["pair"] * 3
        content = json.loads(mc.report_json(self.REPORT))["models"]
        assert content["winner"] == models.ranking.winner
        assert set(content["statistics"]) == set(MODELS)

    def test_they_score_again_where_their_statistics_are_given(self) -> None:
        text = mc.report_json(self.REPORT)
        found = mc.rescore(text, FIRST, models=MODELS)
        assert len(found) == len(self.REPORT.numbers) + 6
        assert [each for each in found if not each.equal] == []
        assert len(mc.rescore(text, FIRST)) == len(self.REPORT.numbers)
        with pytest.raises(mc.FileError, match="expected numbers"):
            mc.rescore(text, FIRST, models=MODELS | {"other": SECOND})

    def test_one_model_or_models_of_too_few_images_have_none(self) -> None:
        few = {name: each.select(range(3)) for name, each in MODELS.items()}
        assert report_of(known=mc.Known(models={"old": FIRST})).models is None
        assert report_of(few["old"], known=mc.Known(models=few)).models is None


class TestRescoring:
    @pytest.mark.parametrize(("formula", "rule"), CASES)
    def test_every_number_is_the_same_again(self, formula: str, rule: mc.Convention) -> None:
        parameters = {"beta": 1 / 3} if formula == "fbeta" else {}
        halves = mc.slice_by_size(SCORED, 1, number=2)
        report = report_of(SCORED, rule, formula=formula, parameters=parameters, slicing=halves)
        found = mc.rescore(mc.report_json(report), SCORED)
        assert len(found) == len(report.numbers)
        assert [each for each in found if not each.equal] == []
        assert {each.part for each in found if not math.isnan(each.recorded[1])} == {"score", "class", "slice"}

    @settings(max_examples=5, deadline=None)
    @given(st.lists(st.lists(st.integers(0, 40), min_size=9, max_size=9), min_size=1, max_size=7))
    def test_whatever_the_counts(self, tables: list[list[int]]) -> None:
        confusion = torch.zeros((len(tables), 4, 4), dtype=torch.int64)
        confusion[:, :3, :3] = torch.tensor(tables).reshape(-1, 3, 3)
        statistics = replace(STREET, confusion=confusion, image_names=tuple(f"image {i}" for i in range(len(tables))))
        report = report_of(statistics, mc.Convention(pooling="image"))
        assert all(each.equal for each in mc.rescore(mc.report_json(report), statistics))

    def test_a_changed_number_is_found(self) -> None:
        content = json.loads(mc.report_json(report_of()))
        content["numbers"][0]["value"] += 1e-9
        found = mc.rescore(json.dumps(content), FIRST)
        assert [(each.part, each.equal) for each in found if not each.equal] == [("score", False)]

    def test_a_changed_interval_is_found(self) -> None:
        content = json.loads(mc.report_json(report_of()))
        content["numbers"][0]["interval"]["low"] = 0.0
        assert not mc.rescore(json.dumps(content), FIRST)[0].equal

    def test_other_statistics_are_refused(self) -> None:
        with pytest.raises(mc.FileError, match="expected a report of the statistics"):
            mc.rescore(mc.report_json(report_of()), STREET)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda content: content.update(format="other"), "expected a report of metric-explorer"),
            (lambda content: content.update(version=2), "expected version 1"),
            (lambda content: content.pop("numbers"), "numbers with formula and convention"),
            (lambda content: content["numbers"][0].update(formula="none such"), "unknown formula"),
            (lambda content: content["numbers"][0].update(index=99), "expected numbers"),
            (lambda content: content["conventions"]["c0"].update(average="mode"), "average"),
            (lambda content: content["conventions"].update(c0=[]), "expected numbers"),
        ],
    )
    def test_what_is_no_report_is_refused(self, change: Callable[[Any], Any], message: str) -> None:
        content = json.loads(mc.report_json(report_of()))
        change(content)
        with pytest.raises(mc.FileError, match=message):
            mc.rescore(json.dumps(content), FIRST)

    def test_undefined_is_null_and_options_are_texts(self) -> None:
        content = json.loads(mc.report_json(report_of(STREET, mc.Convention(undefined="propagate"), formula="recall")))
        assert content["conventions"]["c0"]["zero_division"] == "nan"
        images = [each["value"] for each in content["numbers"] if each["part"] == "image"]
        assert None in images


@pytest.mark.parametrize("write", [mc.report_html, mc.report_markdown])
def test_the_convention_is_whole(write: Callable[[mc.ScoreReport], str]) -> None:
    """Whatever the dashboard's badges say, the report says too."""
    rule = mc.Convention(threshold=0.25, threshold_tie=">", epsilon=0.5)
    report = report_of(scored(ignore_label=255), rule)
    text = html.unescape(write(report)).replace("\\", "")
    badges = mc.rule_words(rule, report.class_names, has_void=True)
    assert badges == ("macro", "pooled", "0/0 dropped", "score > 0.250", "void ignored")
    assert f"Convention: {'; '.join(badges)}; epsilon: 0.5." in text
    assert "; argmax; epsilon" in html.unescape(write(report_of(SCORED, mc.Convention(epsilon=0.5))))


def test_every_choice_of_the_menus_has_words() -> None:
    rule = mc.Convention(
        pooling="image",
        order="all_cells",
        void="false_positive",
        ignored_classes=(1,),
        excluded_classes=(0, 1),
        kept_classes="union",
        zero_division=1.0,
    )
    assert mc.rule_words(rule, ["a", "b"], has_void=True) == (
        "macro",
        "per image",
        "0/0 → 1",
        "argmax",
        "void counts against",
        "ignoring b",
        "mean without a",
        "classes seen in target or prediction",
        "all image-class pairs at once",
    )


def test_equal_statistics_have_one_digest_and_others_another() -> None:
    assert mc.statistics_digest(scored()) == mc.statistics_digest(SCORED)
    renamed = replace(FIRST, class_names=("background", "tumour"))
    assert len({mc.statistics_digest(each) for each in (FIRST, renamed, STREET, SCORED)}) == 4


class _Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile() -> mc.ScoreReport:
    names = tuple(f"{HOSTILE} {i}" for i in range(FIRST.num_images))
    statistics = replace(FIRST, image_names=names, class_names=("background", HOSTILE))
    return report_of(
        statistics,
        title=HOSTILE + TURNED,
        link="javascript:alert(1)",
        slicing=mc.Slicing(by=HOSTILE + TURNED, labels=dict.fromkeys(names, HOSTILE), source=repr(HOSTILE + TURNED)),
    )


class TestPage:
    def test_it_needs_nothing_else(self) -> None:
        page = _Page(mc.report_html(report_of(SCORED, link="https://host.example/?data=a&tab=Images")))
        assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
        addresses = [value for _, given in page.tags for name, value in given.items() if name in ("href", "src")]
        assert addresses == ["https://host.example/?data=a&tab=Images"]
        assert "url(" not in mc.report_html(report_of())
        assert "@import" not in mc.report_html(report_of())

    def test_it_is_light_dark_and_printable(self) -> None:
        text = mc.report_html(report_of())
        assert "prefers-color-scheme: dark" in text
        assert "@media print" in text

    def test_names_cannot_act(self) -> None:
        page = _Page(mc.report_html(hostile()))
        assert not {tag for tag, _ in page.tags} & {"img", "script", "a"}
        assert not any(name.startswith("on") for _, given in page.tags for name in given)
        assert "<img src=x onerror=alert(1)>" in page.text
        assert TURNED not in page.text

    def test_every_number_has_its_convention(self) -> None:
        report = report_of(rule=LESION)
        page = _Page(mc.report_html(report)).text
        assert "Convention: macro; per image; 0/0" in page
        assert "95% interval" in page.replace("\u202f", "") or "95 % interval" in page
        assert report.digest in page

    def test_many_images_make_no_large_page(self) -> None:
        tables = torch.randint(0, 50, (6000, 3, 3), generator=torch.Generator().manual_seed(1))
        many = mc.Statistics(
            confusion=tables,
            image_names=tuple(f"a rather long name of an image {i}" for i in range(6000)),
            class_names=("background", "lesion"),
            ignore_label=None,
            histogram=None,
        )
        text = mc.report_html(mc.make_report(many, resamples=20))
        assert len(text.encode()) < 3 * 10**6
        assert "6,000 images are in the CSV and JSON files" in text

    def test_calibration_is_drawn_where_there_are_scores(self) -> None:
        assert "Calibration" in mc.report_html(report_of(SCORED))
        assert "<h2>Calibration</h2>" not in mc.report_html(report_of())


class TestPlainForms:
    def test_csv_has_a_row_a_number_with_all_digits(self) -> None:
        report = report_of(SCORED)
        rows = list(csv.DictReader(StringIO(mc.report_csv(report))))
        assert len(rows) == len(report.numbers)
        assert float(rows[0]["value"]) == report.headline.value
        assert report.headline.interval is not None
        assert float(rows[0]["high"]) == report.headline.interval.high
        assert json.loads(rows[0]["convention"]) == {}

    def test_csv_cells_are_no_formulas(self) -> None:
        names = tuple(f"=1+{i}" for i in range(FIRST.num_images))
        text = mc.report_csv(report_of(replace(FIRST, image_names=names)))
        assert not [row for row in csv.reader(StringIO(text)) for cell in row if cell.startswith("=")]

    def test_markdown_names_cannot_act(self) -> None:
        text = re.sub(r"(?ms)^(```+)python$.*?^\1$", "", mc.report_markdown(hostile()))
        assert "```" not in text
        assert "<img" not in text.replace("\\<img", "")
        assert "](javascript" not in text.replace("\\]", "")
        table = [line for line in text.splitlines() if line.startswith("| ") and "onerror" in line]
        columns = {len(re.split(r"(?<!\\)\|", line)) for line in table}
        assert columns == {5, 7, 9}  # cells and two ends: worst images, slices, classes

    def test_markdown_holds_score_interval_and_convention(self) -> None:
        report = report_of(rule=LESION)
        text = mc.report_markdown(report)
        assert "**Dice 0.798**" in text or "**Dice 0.799**" in text
        assert "macro; per image; 0/0" in text
        assert report.digest in text
