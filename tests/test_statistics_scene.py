"""Statistics files in the dashboard: like data, pixel views aside, and only files that the command line named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import metrics_core as mc
from tests.test_compare_page import opened as compared
from tests.test_explore_page import headline, opened, turn, widget

TREES = "random forest"


def written(folder: Path, name: str, *, key: str = "landcover", model: str = TREES) -> Path:
    """The counts of an example data set, scored per image."""
    data = mc.load_dataset(key)
    statistics = mc.count(
        data.target,
        data.predictions[model],
        num_classes=len(data.class_names),
        ignore_label=data.ignore_label,
        class_names=data.class_names,
        image_names=data.image_names,
        histogram="per_image" if data.predictions[model].ndim > data.target.ndim else "none",
    )
    mc.save_statistics(statistics, folder / f"{name}.stats", provenance={"model": model})
    return folder / f"{name}.stats"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file that the command line named."""
    path = written(tmp_path, TREES)
    name_files(monkeypatch, path)
    return path


def name_files(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setenv("METRIC_EXPLORER_STATISTICS", json.dumps([str(path) for path in paths]))


@pytest.mark.usefixtures("named")
class TestNamed:
    def test_it_is_what_the_dashboard_opens_with(self) -> None:
        page = opened()
        assert widget(page, "source").value == "statistics"
        assert any(each.value.startswith(TREES) for each in page.caption)

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"average": "micro", "zero": "1"},
            {"pooling": "image", "formula": "dice"},
            {"decide": "threshold", "threshold": "0.25"},
            {"ignore": "4", "void": "no", "background": "no"},
        ],
    )
    def test_scores_are_those_of_the_pixels(self, query: dict[str, str]) -> None:
        assert headline(opened(**query)) == headline(opened(**query, source="example", data="landcover"))

    def test_there_is_no_picture_and_the_page_says_so(self) -> None:
        page = opened()
        assert any("Counts only, no pixels" in each.value for each in page.info)
        assert len(page.get("bidi_component")) < len(opened(source="example").get("bidi_component"))

    @pytest.mark.parametrize("tab", ["Classes", "Images", "Curves", "Calibration", "Slices", "Advice", "Formula"])
    def test_every_tab_is_as_with_pixels(self, tab: str) -> None:
        page, pixels = opened(tab=tab), opened(tab=tab, source="example")
        assert [each.value.to_csv() for each in page.dataframe] == [each.value.to_csv() for each in pixels.dataframe]
        assert len(page.get("plotly_chart")) == len(pixels.get("plotly_chart"))
        assert [each.value for each in page.latex] == [each.value for each in pixels.latex]

    @pytest.mark.parametrize("tab", ["Libraries", "Rules", "Models", "Imbalance", "Curves"])
    def test_every_comparison_is_as_with_pixels(self, tab: str) -> None:
        page, pixels = compared(compare_tab=tab), compared(compare_tab=tab, source="example")
        assert [each.value for each in page.markdown] == [each.value for each in pixels.markdown]
        assert len(page.get("plotly_chart")) == len(pixels.get("plotly_chart"))
        assert [each.value.to_csv() for each in page.dataframe] == [each.value.to_csv() for each in pixels.dataframe]

    def test_another_source_and_back(self) -> None:
        page = turn(opened(), "source", "example")
        assert not any("Counts only" in each.value for each in page.info)
        assert any("Counts only" in each.value for each in turn(page, "source", "statistics").info)

    def test_an_image_is_chosen_by_name(self) -> None:
        page = turn(opened(scope="yes"), "image", 3)
        assert page.query_params["image"] == "3"


def test_two_files_are_two_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = mc.load_dataset("nuclei").predictions
    assert len(models) > 1
    files = [written(tmp_path, f"m{i}", key="nuclei", model=model) for i, model in enumerate(models)]
    name_files(monkeypatch, *files)
    page = opened()
    assert list(widget(page, "model").options) == ["m0", "m1", "m2"][: len(models)]
    first = headline(page)
    assert headline(turn(page, "model", "m1")) != first


def test_files_of_other_images_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name_files(monkeypatch, written(tmp_path, "a"), written(tmp_path, "b", key="nuclei", model="U-Net"))
    assert any("expected the classes and void label of the first file" in each.value for each in opened().error)


def test_an_address_names_no_file(monkeypatch: pytest.MonkeyPatch, named: Path) -> None:
    monkeypatch.setenv("METRIC_EXPLORER_STATISTICS", "")
    page = opened(source="statistics", files=str(named))
    assert not page.metric
    assert any("No statistics file was named" in each.value for each in page.caption)


def test_a_file_that_is_damaged_later_says_so(named: Path) -> None:
    named.write_bytes(named.read_bytes()[:-40])
    assert any("whole zip archive" in each.value for each in opened().error)


def test_a_file_without_scores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    statistics = mc.count([[0, 1, 1]], [[0, 1, 0]], num_classes=2)
    mc.save_statistics(statistics, tmp_path / "a.stats")
    name_files(monkeypatch, tmp_path / "a.stats")
    page = opened(tab="Curves")
    assert any("labels only" in each.value for each in page.info)


def test_many_images_are_chosen_by_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    statistics = mc.count([[0, 1]] * 2500, [[0, 1]] * 2500, num_classes=2)
    mc.save_statistics(statistics, tmp_path / "a.stats")
    name_files(monkeypatch, tmp_path / "a.stats")
    page = opened(image="2400")
    assert widget(page, "image").value == 2400
    assert any("image 2400" in each.value for each in page.caption)


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    """The page after a statistics file was uploaded."""
    (uploader,) = [each for each in page.file_uploader if each.label == "Counts without pixels"]
    uploader.set_value((name, content, "application/zip"))
    page.run()
    assert not page.exception, page.exception
    return page


class TestOwn:
    def test_an_upload_is_like_data(self, tmp_path: Path) -> None:
        page = upload(opened(source="files"), "mine.stats", written(tmp_path, "mine").read_bytes())
        assert headline(page) == headline(opened(source="example", data="landcover"))
        (forget,) = [each for each in page.button if each.label == "Forget the statistics file"]
        forget.click()
        page.run()
        assert not page.metric

    def test_an_upload_that_is_no_statistics_file(self) -> None:
        page = upload(opened(source="files"), "mine.stats", b"mine")
        assert any("expected a statistics file" in each.value for each in page.error)

    def test_an_upload_that_would_fill_the_memory(self) -> None:
        wide = mc.count([[0]], [[0]], num_classes=5000)
        page = upload(opened(source="files"), "mine.stats", mc.statistics_bytes(wide))
        assert any("tables of at most 16,777,216 numbers" in each.value for each in page.error)


def test_what_is_saved_is_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Any] = []
    monkeypatch.setattr(st, "download_button", lambda label, data, **options: saved.append((label, data, options)))
    page = opened(source="example", data="landcover", model=TREES)
    ((content, options),) = [rest for label, *rest in saved if label == "Save statistics"]
    assert options["file_name"] == "landcover.stats"
    statistics = mc.read_statistics(content(), name="landcover.stats")
    assert headline(page) == f"{float(mc.evaluate('iou', statistics, mc.Convention())):.3f}"
    assert statistics.class_names == mc.load_dataset("landcover").class_names
