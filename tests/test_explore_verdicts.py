"""Intervals, calibration, slices, advice and code on the pages, without a browser."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import metrics_core as mc
from app.lessons.course import lessons
from app.panels.code import same_number
from app.reporting import archive, link_of
from app.results import Report, statistics
from app.scenes import example_scene
from app.settings import KNOWN, SETTINGS
from app.views.advice import ANSWERS, KINDS, QUESTIONS
from app.views.intervals import IntervalBar, interval_bars_data, interval_words, short_ends
from app.views.paired import pair_words, ranking_table, ranking_words
from tests.resampling_examples import FIRST, LESION, SECOND, THIRD, of_dice
from tests.test_explore_page import opened, turn, widget

RULE = mc.Convention()


def counted(data: str = "landcover", model: str = "") -> mc.Statistics:
    scene = example_scene(data)
    return statistics(scene, model or next(iter(scene.dataset.predictions)))


def captions(page: AppTest) -> str:
    return "\n".join(str(each.value) for kind in ("caption", "markdown", "info", "success") for each in page.get(kind))


def component(page: AppTest, key: str) -> dict[str, Any]:
    """Data of an element drawn in the browser."""
    (found,) = [each for each in page.get("bidi_component") if str(each.proto.id).endswith(key)]
    return json.loads(found.proto.json)


def figure(chart: Any) -> dict[str, Any]:
    """What a chart draws."""
    return json.loads(chart.proto.spec)


@pytest.mark.parametrize("tab", ["Calibration", "Slices", "Formula"])
def test_the_box_that_chooses_a_class_is_named_by_where_it_stands(tab: str) -> None:
    told = captions(opened(tab=tab))
    assert "in the box above the map" in told
    assert "Colour by" not in told


class TestHeadline:
    def test_the_interval_stands_beside_the_score(self) -> None:
        wanted = mc.bootstrap(counted(), "iou", RULE)
        told = captions(opened())
        ends = f"95 % interval **{wanted.low:.3f} to {wanted.high:.3f}**"
        assert f"{ends} · bootstrap over 16 images, 2,000 resamples, seed 0" in told

    def test_a_single_image_has_none_and_says_why(self) -> None:
        assert "No interval: an interval needs at least 5 images" in captions(opened(data="lesion"))

    def test_it_follows_every_rule(self) -> None:
        page = opened()
        before = captions(page)
        wanted = mc.bootstrap(counted(), "iou", mc.Convention(average="micro"))
        after = captions(turn(page, "average", "micro"))
        assert f"**{wanted.low:.3f} to {wanted.high:.3f}**" in after
        assert f"**{wanted.low:.3f} to {wanted.high:.3f}**" not in before

    def test_a_list_has_the_intervals_of_its_classes(self) -> None:
        page = opened(average="none")
        assert "bootstrap over" not in captions(page)
        wanted = mc.bootstrap_classes(counted(), "iou", RULE)
        (table,) = page.dataframe
        assert list(table.value["95 % interval"]) == [f"{each.low:.3f} to {each.high:.3f}" for each in wanted]
        assert table.value["note"][1] == "all resamples alike"
        assert "all resamples alike" not in captions(page), "a short note has room in the table"

    def test_long_notes_stand_below_the_table_where_they_wrap(self) -> None:
        told = captions(opened(ignore="4")).replace("\\", "")
        assert "**forest** · ignored: its pixels are taken out; all resamples alike." in told
        assert "**agriculture**, **sediment** · all resamples alike." in told


class TestImages:
    def test_a_click_on_a_worst_image_shows_it(self) -> None:
        page = opened(tab="Images")
        worst = mc.worst_images(counted(), "iou", RULE)[0]
        assert worst.reason in captions(page).replace("\\", "")
        page.button(key=f"worst{worst.index}").click().run()
        assert (page.session_state["image"], page.session_state["focus"]) == (worst.index, worst.label)


class TestCalibration:
    def test_every_class_has_its_errors(self) -> None:
        (table,) = opened(tab="Calibration").dataframe
        found = mc.reliability(counted(), 4)
        assert table.value["ECE, width"][4].startswith(f"{found.ece:.3f}")
        assert table.value["Brier"][4].startswith(f"{found.brier:.3f}")

    def test_the_best_threshold_is_taken_with_a_warning(self) -> None:
        page = opened(tab="Calibration", focus="4")
        best = mc.best_threshold(counted(), "iou", 4)
        assert f"score ≥ **{best.threshold:.3f}**" in captions(page)
        assert "was chosen on the 16 images it is scored on" in page.warning[0].value
        page.button(key="use_threshold").click().run()
        assert page.session_state["decide"] == "threshold"
        assert page.session_state["threshold"] == pytest.approx(best.threshold, abs=1 / 255)

    def test_half_is_printed_as_the_sidebar_prints_it(self) -> None:
        page = opened(tab="Calibration", decide="threshold")
        assert f"{widget(page, 'threshold').value:.3f}" == "0.502"
        assert "at 0.502" in page.dataframe[0].value.columns
        assert "0.502 is 128/255" in captions(page)

    def test_labels_alone_have_none(self) -> None:
        assert "Calibration needs a score for every class" in captions(opened(data="blog", tab="Calibration"))


class TestSlices:
    def test_quarters_by_size_of_the_class_in_focus(self) -> None:
        page = opened(tab="Slices", focus="4")
        wanted = mc.score_slices(counted(), "iou", RULE, labels=mc.size_labels(counted(), 4, number=3))
        rows = component(page, "slice_bars")["rows"]
        assert [row["text"] for row in rows] == [f"{each.score.value:.3f}" for each in wanted]
        assert rows[0]["label"].endswith(f" · {len(wanted[0].image_names)}")

    def test_by_a_column_of_a_table(self) -> None:
        page = opened(tab="Slices", slices="site")
        names = counted().image_names
        content = "image,site\n" + "\n".join(f"{name},{'even' if i % 2 else 'odd'}" for i, name in enumerate(names))
        page.get("file_uploader")[0].upload("images.csv", content.encode(), "text/csv").run()  # pyright: ignore
        assert not page.exception
        assert "The table names 16 of 16 images" in captions(page)
        assert [row["label"] for row in component(page, "slice_bars")["rows"]] == ["even · 8", "odd · 8"]

    def test_a_new_table_is_sliced_by_its_first_column_and_the_link_says_so(self) -> None:
        page = opened(tab="Slices")
        names = counted().image_names
        content = "image,site,day\n" + "\n".join(f"{name},{i % 2},{i}" for i, name in enumerate(names))
        page.get("file_uploader")[0].upload("images.csv", content.encode(), "text/csv").run()  # pyright: ignore
        assert not page.exception
        assert widget(page, "slices").value == "site"
        assert len(component(page, "slice_bars")["rows"]) == 2
        assert "".join(page.query_params["slices"]) == "site"

    def test_a_table_of_other_images_is_refused(self) -> None:
        page = opened(tab="Slices")
        page.get("file_uploader")[0].upload("images.csv", b"image,site\nnone,1\n", "text/csv").run()  # pyright: ignore
        assert "expected rows of the images scored" in page.error[0].value.replace("\\", "")


class TestCurves:
    @pytest.mark.parametrize("data", ["lesion", "nuclei"])
    def test_bounds_of_areas_are_explained_where_there_are_any(self, data: str) -> None:
        page = opened(tab="Curves", data=data)
        drawn = any("[" in each.get("name", "") for chart in page.get("plotly_chart") for each in figure(chart)["data"])
        assert ("In brackets: bounds of an area" in captions(page)) == drawn == (data == "lesion")


class TestAdvice:
    def test_every_rule_that_speaks_is_a_card_with_its_reason_and_lesson(self) -> None:
        page = opened(tab="Advice")
        told = captions(page).replace("\\", "")
        links = [each.proto.label for each in page.get("page_link")]
        numbers = {lesson.number: lesson.title for lesson in lessons().values()}
        for each in mc.advise(counted(), "iou", RULE):
            assert each.reason[1:] in told
            if int(each.lesson[1:]) in numbers:
                assert numbers[int(each.lesson[1:])] in links

    def test_apply_sets_the_rules(self) -> None:
        page = opened(tab="Advice")
        (declared,) = [each for each in mc.advise(counted(), "iou", RULE) if each.title == "Background in the mean"]
        page.button(key=f"apply{declared.rule}").click().run()
        assert page.session_state["background"] is False
        assert f"apply{declared.rule}" not in [button.key for button in page.button]

    def test_an_answer_lets_a_rule_speak_and_is_kept_in_the_address(self) -> None:
        page = opened(tab="Advice", known_costlier_error="misses")
        assert widget(page, "known_costlier_error").value == "misses"
        known = mc.Known(costlier_error="misses")
        spoken = {each.title for each in mc.advise(counted(), "iou", RULE, known=known) if each.kind != "check"}
        silent = {each.title for each in mc.advise(counted(), "iou", RULE) if each.kind != "check"}
        (new,) = spoken - silent
        assert f"**{new}**" in captions(page).replace("\\", "")

    def test_questions_answers_and_kinds_are_those_of_the_core(self) -> None:
        assert set(QUESTIONS) == set(KNOWN) == set(mc.Known.__dataclass_fields__) - {"groups", "other", "models"}
        for name, answers in ANSWERS.items():
            for answer in answers:
                assert SETTINGS[f"known_{name}"].read(answer) == answer
        assert set(KINDS) == {"use", "avoid", "declare", "note", "check"}


def namespace(data: str = "landcover") -> dict[str, Any]:
    dataset = example_scene(data).dataset
    given = next(iter(dataset.predictions.values())).numpy()
    # Who has scores has no labels: the code makes them.
    return {"target": dataset.target.numpy(), "scores" if given.ndim > dataset.target.ndim else "prediction": given}


def worst_of(found: Any) -> list[object]:
    return [(each.index, each.score) for each in found]


def calibration_of(found: Any) -> list[object]:
    return [(each.even.ece, each.massed.ece, each.even.brier, each.best.threshold) for each in found]


def slices_of(found: Any) -> list[object]:
    return [(each.label, each.score) for each in found]


def ratio_of(found: Any) -> list[float]:
    return found.reshape(-1).tolist()


# Page and tab, the button, what its code must give, and what of it is compared.
CODE: dict[str, tuple[dict[str, str], str, Callable[[], Any], Callable[[Any], Any]]] = {
    "score and interval": ({"tab": "Formula"}, "headline", lambda: mc.bootstrap(counted(), "iou", RULE), repr),
    "a score without interval": (
        {"data": "lesion"},
        "headline",
        lambda: mc.evaluate("iou", counted("lesion"), RULE),
        ratio_of,
    ),
    "classes": ({"tab": "Classes"}, "classes", lambda: mc.bootstrap_classes(counted(), "iou", RULE), list),
    "classes without intervals": (
        {"data": "screening", "pooling": "image"},
        "classes",
        lambda: mc.evaluate(
            "iou", counted("screening"), mc.Convention(average="none", pooling="image", order="per_class")
        ),
        ratio_of,
    ),
    "images": (
        {"tab": "Images"},
        "image_scores",
        lambda: mc.evaluate("iou", counted(), mc.Convention(pooling="image", order="per_image")),
        ratio_of,
    ),
    "worst images": ({"tab": "Images"}, "images", lambda: mc.worst_images(counted(), "iou", RULE), worst_of),
    "calibration": ({"tab": "Calibration"}, "calibration", lambda: mc.calibrations(counted(), "iou"), calibration_of),
    "slices": (
        {"tab": "Slices", "focus": "4"},
        "slices",
        lambda: mc.score_slices(counted(), "iou", RULE, labels=mc.slice_by_size(counted(), 4).labels),
        slices_of,
    ),
    "curves": (
        {"tab": "Curves", "ignore": "1"},
        "curves",
        lambda: mc.areas_from_histogram(histogram_of(counted()), ignored_classes=(1,)),
        lambda found: [ratio_of(found.auroc), ratio_of(found.average_precision)],
    ),
}


def histogram_of(statistics: mc.Statistics) -> mc.Histogram:
    assert statistics.histogram is not None
    return statistics.histogram


class TestCode:
    @pytest.mark.parametrize("name", CODE)
    def test_the_code_beside_the_numbers_gives_them(self, name: str) -> None:
        query, key, wanted, of = CODE[name]
        page = opened(**query)
        page.session_state[f"code_{key}"] = True
        page.run()
        (source,) = [each.value for each in page.get("code") if "import metrics_core" in each.value]
        names = namespace(query.get("data", "landcover"))
        exec(source, names)
        assert repr(of(names["value"])) == repr(of(wanted()))

    @pytest.mark.parametrize(
        ("tab", "key", "library"),
        [
            ("Classes", "classes", "sklearn"),
            ("Images", "image_scores", "torchmetrics"),
            ("Calibration", "calibration", "sklearn"),
            ("Calibration", "calibration", "torchmetrics"),
        ],
    )
    def test_libraries_that_give_the_same_stand_beside(self, tab: str, key: str, library: str) -> None:
        page = opened(data="nuclei", tab=tab)
        page.session_state[f"code_{key}"] = True
        page.run()
        names = page.selectbox(key=f"library_{key}")
        names.set_value(next(each for each in names.options if each.startswith(f"{library}: "))).run()
        own, call = [each.value for each in page.get("code") if "import" in each.value]
        given = namespace("nuclei")
        exec(call, given)
        found = np.asarray(given["value"], np.float64)
        exec(own, given)
        if tab == "Calibration":
            wanted = [each.even.brier if library == "sklearn" else each.even.ece for each in given["value"]]
        else:
            wanted = [float(getattr(each, "value", each)) for each in given["value"]]
        assert found == pytest.approx(wanted, abs=5e-6)

    def test_the_headline_and_each_library_that_gives_it(self) -> None:
        page = opened(data="nuclei", tab="Formula")
        page.session_state["same_number"] = True
        page.run()
        value = float(page.metric[0].value)
        library = page.selectbox(key="same_library")
        assert {name.partition(":")[0] for name in library.options} >= {"sklearn", "smp", "elektronn3", "keras"}
        library.set_value(next(key for key in rows_of("nuclei") if key.startswith("sklearn."))).run()
        score, interval, call = [each.value for each in page.get("code") if "import" in each.value]
        for source in (score, call):
            names = namespace("nuclei")
            exec(source, names)
            assert float(np.mean(np.asarray(names["value"]))) == pytest.approx(value, abs=5e-4)
        exec(interval, names)
        assert names["value"] == mc.bootstrap(counted("nuclei"), "iou", RULE)

    def test_library_calls_give_the_number_the_closest_convention_first(self) -> None:
        rows = rows_of("nuclei")
        value = float(mc.evaluate("iou", counted("nuclei")))
        assert [row.fraction for row in rows.values()] == pytest.approx([value] * len(rows), abs=1e-6)
        differences = [len(row.convention.differences(RULE)) for row in rows.values()]
        assert differences == sorted(differences)


def rows_of(data: str) -> dict[str, mc.Row]:
    """Library calls that give the headline score of Explore as it opens, by key."""
    selection = SimpleNamespace(model=next(iter(example_scene(data).dataset.predictions)), convention=RULE)
    report = SimpleNamespace(score=mc.score("iou", counted(data), RULE), selection=selection)
    return {row.preset.key: row for row in same_number(example_scene(data), cast("Report", report))}


class TestWords:
    def test_an_interval_tells_how_it_was_found(self) -> None:
        assert interval_words(mc.bootstrap(FIRST, "dice", LESION)).startswith("95 % interval **0.7")
        assert interval_words("too few") == "No interval: too few."

    def test_bars_reach_from_low_to_high_and_marks_stand_for_none(self) -> None:
        with_ends = mc.bootstrap(FIRST, "dice", LESION)
        (lone,) = mc.score_slices(of_dice([50]), "dice", LESION, labels={})
        rows = [
            IntervalBar(label="all", score=with_ends, note=""),
            IntervalBar(label="one", score=lone.score, note=lone.score.note),
        ]
        drawn = interval_bars_data(rows, title="Dice")["rows"]
        assert (drawn[0]["left"], drawn[0]["right"]) == pytest.approx(
            (100 * with_ends.low, 100 * with_ends.high), abs=0.01
        )
        assert drawn[1]["right"] - drawn[1]["left"] == pytest.approx(0.8)
        assert "at least 5" in drawn[1]["tip"]
        assert short_ends(lone.score) == ""

    def test_a_winner_is_named_by_the_core_alone(self) -> None:
        sure = mc.paired_difference(FIRST, SECOND, "dice", LESION, names=("old", "new"))
        unsure = mc.paired_difference(FIRST, THIRD, "dice", LESION, names=("old", "new"))
        assert (sure.winner, unsure.winner) == ("new", None)
        assert "new minus old: +0.018" in pair_words(sure)
        assert "better on 20, equal on 0, worse on 0" in pair_words(sure)
        assert "p (Wilcoxon, Holm) < 0.001" in pair_words(sure)

    def test_a_ranking_lists_every_model_the_best_first(self) -> None:
        found = mc.rank_models({"a": FIRST, "b": SECOND, "c": THIRD}, "dice", LESION)
        table = ranking_table(found)
        assert list(table["model"]) == ["b", "c", "a"]
        assert list(table["rank"]) == ["1", "2", "3"]

    def test_a_ranking_says_whether_ranks_of_images_agree(self) -> None:
        agreeing = mc.rank_models({"a": FIRST, "b": SECOND, "c": THIRD}, "dice", LESION)
        assert ranking_words(agreeing).endswith("averaging the ranks, gives the same order.")
        often, once = of_dice([70] * 9 + [10]), of_dice([69] * 9 + [90])
        assert ranking_words(mc.rank_models({"often": often, "once": once}, "dice", LESION)).endswith("another order.")


class TestReports:
    def test_the_archive_holds_every_form_and_scores_again(self) -> None:
        report = mc.make_report(FIRST, "dice", LESION, resamples=200)
        with zipfile.ZipFile(BytesIO(archive(report, FIRST, name="run"))) as files:
            assert files.namelist() == ["run.html", "run.md", "run.csv", "run.json", "run.stats"]
            again = mc.read_statistics(files.read("run.stats"), name="run.stats")
            assert all(each.equal for each in mc.rescore(files.read("run.json"), again))

    @pytest.fixture
    def saved(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
        """What each button of the last run saves, once it is clicked: outside of a run."""
        kept: dict[str, Callable[[], bytes]] = {}
        monkeypatch.setattr("streamlit.download_button", lambda label, data, **_: kept.update({label: data}))
        return kept

    def test_it_has_the_slices_that_the_page_shows(self, saved: dict[str, Callable[[], bytes]]) -> None:
        page = opened(tab="Slices", average="micro")
        shown = [(row["label"].rpartition(" · ")[0], row["text"]) for row in component(page, "slice_bars")["rows"]]
        content = report_of(saved)
        slices = [each for each in content["numbers"] if each["part"] == "slice"]
        assert [(each["name"], f"{each['value']:.3f}") for each in slices] == shown
        assert content["slices_by"] == "target pixels of shrubland"

    def test_it_has_those_by_a_table(self, saved: dict[str, Callable[[], bytes]]) -> None:
        page = opened(tab="Slices")
        rows = "\n".join(f"{name},{'even' if i % 2 else 'odd'}" for i, name in enumerate(counted().image_names))
        page.get("file_uploader")[0].upload("images.csv", f"image,site\n{rows}".encode(), "text/csv").run()  # pyright: ignore
        turn(page, "slices", "site")
        content = report_of(saved)
        assert content["slices_by"] == "site of images.csv"
        assert [each["name"] for each in content["numbers"] if each["part"] == "slice"] == ["even", "odd"]

    def test_its_link_restores_the_page_and_its_numbers_are_found_again(
        self, saved: dict[str, Callable[[], bytes]]
    ) -> None:
        first = opened(data="nuclei", model="U-Net", formula="fbeta", beta="0.5", pooling="image", tab="Formula")
        content = report_of(saved)
        query = dict(parse_qsl(urlsplit(content["link"]).query))
        again = opened(**query)
        assert captions(again) == captions(first)
        assert report_of(saved) == content
        assert content["models"]["winner"] is None
        assert first.metric[0].value == f"{content['numbers'][0]['value']:.3f}"
        rescored = mc.rescore(json.dumps(content), counted("nuclei", "U-Net"))
        assert [each for each in rescored if not each.equal] == []
        assert {each.part for each in rescored if not math.isnan(each.recorded[1])} == {"score", "class", "slice"}

    def test_the_page_offers_both(self) -> None:
        labels = [each.proto.label for each in opened().get("download_button")]
        assert labels[:2] == ["Report", "All forms"]

    def test_the_link_holds_the_settings(self) -> None:
        assert link_of({"data": "nuclei", "tab": "Images"}).endswith("/?data=nuclei&tab=Images")


VIEW = {
    "formula": "fbeta",
    "beta": "0.5",
    "average": "micro",
    "pooling": "image",
    "zero": "1",
    "background": "no",
    "decide": "threshold",
    "threshold": "0.25",
    "matrix": "count",
    "scope": "yes",
    "tab": "Images",
    "compare_tab": "Rules",
    "known_costlier_error": "misses",
}


class TestView:
    """Settings and what is shown come back from an address and from a session file."""

    def test_an_address_restores_all(self) -> None:
        page = opened(data="nuclei", image="3", ignore="2", cell="1.2", focus="1", **VIEW)
        address = {name: "".join(values) for name, values in page.query_params.items()}
        # Of bytes, the threshold is the next one that can occur.
        assert float(address.pop("threshold")) == pytest.approx(0.25, abs=1 / 255)
        wanted = {"data": "nuclei", "image": "3", "ignore": "2", "cell": "1.2", "focus": "1"} | VIEW
        assert address == {name: text for name, text in wanted.items() if name != "threshold"}
        assert widget(page, "tab").value == "Images"
        assert widget(page, "average").value == "micro"

    def test_a_session_file_restores_all_for_files_that_are_given_again(self) -> None:
        page = opened(source="files")
        (uploader,) = [each for each in page.get("file_uploader") if each.label == "Open a session"]
        content = mc.session_bytes(mc.Session(settings=VIEW | {"source": "files"}, declared={}))
        uploader.upload("session.json", content, "application/json").run()  # pyright: ignore
        assert {name: "".join(page.query_params[name]) for name in VIEW} == VIEW


def report_of(saved: dict[str, Callable[[], bytes]]) -> dict[str, Any]:
    """The JSON of the report that the page saves."""
    with zipfile.ZipFile(BytesIO(saved["All forms"]())) as files:
        (name,) = [each for each in files.namelist() if each.endswith(".json")]
        return json.loads(files.read(name))


def test_scores_counted_for_all_images_together_leave_the_threshold_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics_core.bins.PER_IMAGE_CELLS", 0)
    st.cache_resource.clear()
    try:
        page = opened(decide="threshold", tab="Calibration")
        assert page.session_state["decide"] == "argmax"
        assert page.button(key="use_threshold").disabled
    finally:
        st.cache_resource.clear()
