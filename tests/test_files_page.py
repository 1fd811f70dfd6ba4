"""Own files on the page: models, checklist, legend, session, cancelling, forgetting, folders on the server."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import app.own_files
import app.reading
import app.results
import metrics_core as mc
from app.own_declared import in_words
from app.own_legend import as_text, parse_names
from app.reading import Readers
from tests.reading_jobs import crash
from tests.test_explore_page import headline, opened, saved, shown, widget
from tests.test_files import npy, picture

TARGET = np.zeros((3, 12, 14), np.uint8)
TARGET[:, 3:9, 2:11] = 1
TARGET[:, 9:, :] = 2
NEAR, FAR = np.roll(TARGET, 1, axis=2), np.roll(TARGET, 3, axis=2)
Files = list[tuple[str, bytes, str]]


def file(name: str, content: bytes | np.ndarray[Any, Any]) -> tuple[str, bytes, str]:
    return (name, content if isinstance(content, bytes) else saved(content), "application/octet-stream")


def given(page: AppTest, **sides: Files) -> AppTest:
    """The page after files were dropped on uploaders, which are named by the start of their labels."""
    for label, files in sides.items():
        uploader = next(each for each in page.get("file_uploader") if each.label.lower().startswith(label))
        uploader.set_value(files)
    page.run()
    assert not page.exception, page.exception
    return page


def loaded(*predictions: tuple[str, bytes, str], target: Any = TARGET, **query: str) -> AppTest:
    files = list(predictions) or [file("near.npy", NEAR)]
    return given(opened(source="files", **query), target=[file("target.npy", target)], predictions=files)


def iou(prediction: np.ndarray[Any, Any], **options: Any) -> str:
    return f"{float(mc.evaluate('iou', mc.count(TARGET, prediction, num_classes=3, **options))):.3f}"


def address(page: AppTest) -> dict[str, str]:
    return {name: "".join(values) for name, values in page.query_params.items()}


def open_checklist(page: AppTest) -> None:
    page.session_state["own_checklist"] = True
    page.run()


def texts(elements: Any) -> str:
    """What elements say, without the signs that keep it from being markup."""
    return "\n".join(each.value.replace("\\", "") for each in elements)


def uploader(page: AppTest, label: str) -> Any:
    return next(each for each in page.get("file_uploader") if each.label == label)


def click(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception, page.exception
    return page


def test_several_models_are_chosen_from() -> None:
    page = loaded(file("near.npy", NEAR), file("far.npy", FAR))
    assert headline(page) == iou(NEAR)
    model = page.selectbox(key="model")
    assert model.options == ["near", "far"]
    model.set_value("far").run()
    assert headline(page) == iou(FAR)


def test_what_is_still_missing_is_said() -> None:
    page = given(opened(source="files"), predictions=[file("near.npy", NEAR)])
    assert "Add the target masks" in texts(page.caption)
    page = given(opened(source="files"), target=[file("target.npy", TARGET)])
    assert "Add the predictions" in texts(page.caption)


def test_a_file_of_another_type_is_refused_in_words() -> None:
    page = given(opened(source="files"), target=[file("notes.txt", b"notes")], predictions=[file("near.npy", NEAR)])
    assert "'notes.txt': expected a name that ends in .npy" in texts(page.error)
    types = [list(each.proto.type) for each in page.get("file_uploader")[:2]]
    assert types == [[], []], "the widget itself would refuse without a word"


def test_images_are_shown_underneath() -> None:
    page = loaded()
    before = shown(page)
    given(page, images=[file("i.npy", np.arange(TARGET.size, dtype=np.uint8).reshape(TARGET.shape))])
    assert headline(page) == iou(NEAR)
    assert shown(page) != before


def test_the_checklist_shows_evidence_and_can_be_overruled() -> None:
    page = loaded()
    open_checklist(page)
    assert "3 different labels occur" in texts(page.caption)
    page.text_input(key="declare_num_classes").set_value("5").run()
    assert "1 declared" in texts(page.caption)
    assert "class 4" in shown(page)
    assert page.text_input(key="declare_num_classes").value == "5", "an answer leaves the checklist open"
    click(page, "Find everything out again")
    assert "class 4" not in shown(page)


def test_a_declared_void_label_leaves_the_counts() -> None:
    page = loaded()
    open_checklist(page)
    page.text_input(key="declare_ignore_label").set_value("2").run()
    counts = mc.count(TARGET, NEAR, num_classes=2, ignore_label=2, out_of_range="count")
    assert headline(page) == f"{float(mc.evaluate('iou', counts)):.3f}"


def test_a_wrong_declaration_is_explained() -> None:
    page = loaded()
    open_checklist(page)
    page.text_input(key="declare_num_classes").set_value("many").run()
    assert "Number of classes: expected a whole number" in texts(page.error)
    assert headline(page) == iou(NEAR)


def test_more_classes_than_can_be_shown_are_refused_and_the_data_stay() -> None:
    page = loaded()
    given(page, target=[file("t.npy", TARGET.astype(np.int32) * 2000)])
    assert "Void label: 4000 if it marks void pixels, or correct the label in the file" in texts(page.error)
    page = loaded()
    open_checklist(page)
    page.text_input(key="declare_num_classes").set_value("60001").run()
    assert not page.exception
    assert "Number of classes: expected 1 to 1,024 classes, got 60,001; use the model's number" in texts(page.error)
    assert headline(page) == iou(NEAR)


@pytest.mark.parametrize(("largest", "mapped"), [(254, True), (255, False), (399, False)])
def test_a_map_of_more_classes_than_it_can_tell_apart_is_left_out(largest: int, mapped: bool) -> None:
    labels = np.arange(400, dtype=np.uint16).clip(max=largest).reshape(1, 20, 20)
    page = loaded(file("p.npy", labels.T.copy().reshape(1, 20, 20)), target=labels)
    assert any("can tell at most 255 classes apart" in text.value for text in page.info) is not mapped
    assert page.metric
    assert widget(page, "tab")


def test_swapped_files_are_called_swapped() -> None:
    void = TARGET.copy()
    void[:, 0] = 255
    page = loaded(file("gt.npy", void), target=NEAR)
    said = texts(page.error)
    assert "exchange target and prediction if they were swapped, else in the Checklist choose Void label: 255" in said
    assert "num_classes" not in said


def test_messages_speak_of_the_checklist() -> None:
    assert in_words("pass match='order'") == "in the Checklist choose “Files are matched by: order”"
    assert in_words("or pass unmatched='intersection' for the 2 in both") == (
        "or in the Checklist choose “Images that one side lacks: leave out” for the 2 in both"
    )
    assert in_words("pass ignore_label=9 if it marks void") == "in the Checklist choose Void label: 9 if it marks void"
    assert in_words("Pass scores='labels' or 'logits'") == (
        "In the Checklist choose “A prediction holds: labels” or “A prediction holds: logits”"
    )
    assert in_words("num_classes: expected 1, got 2") == "Number of classes: expected 1, got 2"
    assert in_words("expected x, got y='z'") == "expected x, got y='z'"


def test_unmatched_images_are_listed_and_the_intersection_offered() -> None:
    masks = [file(f"{name}.png", picture(mask)) for name, mask in zip("abc", TARGET, strict=True)]
    page = given(opened(source="files"), target=masks, predictions=masks[:2])
    assert "no 'c'" in texts(page.error)
    assert "leave out” for the 2 in both" in texts(page.error)
    open_checklist(page)
    page.selectbox(key="declare_unmatched").set_value("intersection").run()
    assert not page.error
    assert page.metric
    assert "left out: 'c'" in texts(page.info)


def test_what_looks_wrong_is_warned_of() -> None:
    page = loaded(file("p.npy", TARGET))
    assert "perfect" in texts(page.warning)


def test_typed_names_and_colours_are_in_the_link() -> None:
    page = loaded(names="ground, road:#FF0000, tree")
    assert "road" in shown(page)
    assert address(page)["names"] == "ground, road:#FF0000, tree"


def test_a_short_legend_file_goes_into_the_link_and_a_long_one_into_the_session() -> None:
    page = loaded()
    short = b"name,colour,label\nground,#000000,0\nroad,#FF0000,1\ntree,#00FF00,2\nvoid,#FFFFFF,255\n"
    uploader(page, "or a file of them").set_value([file("legend.csv", short)]).run()
    assert address(page)["names"] == "ground:#000000, road:#FF0000, tree:#00FF00, void:#FFFFFF=255"
    assert "road" in shown(page)
    long = "name,label\n" + "".join(f"{'x' * 190}{i},{i}\n" for i in range(4))
    uploader(page, "or a file of them").set_value([file("legend.csv", long.encode())]).run()
    assert "names" not in page.query_params
    assert "x" * 20 in shown(page)


def test_a_broken_legend_is_explained_and_nothing_is_lost() -> None:
    page = loaded()
    uploader(page, "or a file of them").set_value([file("legend.csv", b"name,colour\na,red\n")]).run()
    assert "expected a colour" in texts(page.error)
    assert headline(page) == iou(NEAR)


@pytest.mark.parametrize(
    "text", ["a, b, c", "a:#000000, b:#FFFFFF", "a, b, void=255", "a:#112233=3, b=1", "a b, :red[x], $x$", "ä:b, c"]
)
def test_names_as_text_come_back(text: str) -> None:
    found = parse_names(text)
    assert parse_names(as_text(found)).entries == found.entries


def session() -> bytes:
    return mc.session_bytes(
        mc.Session(
            settings={"average": "micro", "source": "files"},
            declared={"num_classes": "5"},
            legend=parse_names(", ".join(f"{'y' * 150}{i}" for i in range(5))),
        )
    )


def test_a_session_file_brings_settings_declarations_and_names_back() -> None:
    page = loaded()
    uploader(page, "Open a session").set_value([file("s.json", session())]).run()
    assert not page.error
    assert address(page)["average"] == "micro"
    given(page, target=[file("t.npy", TARGET)], predictions=[file("n.npy", NEAR)])
    assert "y" * 20 in shown(page)
    assert "1 declared" in texts(page.caption)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[" * 10_000, "nested too deeply"),
        (b'{"format": NaN}', "NaN"),
        (b'{"format": "metric-explorer session", "version": 99}', "expected version 1, got '99'"),
        (b'{"format": "metric-explorer session", "version": 1, "settings": {"a": [1]}}', "field 'settings'"),
        (b'{"format": "metric-explorer session", "version": 1, "version": 1}', "occurs twice"),
        (b'{"x": "' + b"a" * 5_000_000 + b'"}', "at most 4,194,304 bytes"),
        (b"{}", "another JSON file"),
        (
            json.dumps(
                {"format": "metric-explorer session", "version": 1, "settings": {}, "declared": {}, "classes": 3}
            ).encode(),
            "classes",
        ),
    ],
)
def test_broken_session_files_are_explained(content: bytes, says: str) -> None:
    page = opened(source="files")
    uploader(page, "Open a session").set_value([file("s.json", content)]).run()
    assert not page.exception
    assert says.lower() in texts(page.error).lower()


def test_a_session_with_unknown_settings_falls_back() -> None:
    page = loaded()
    content = mc.session_bytes(
        mc.Session(
            settings={"average": "nothing", "seed": "1e9", "what": "<svg>"}, declared={"scores": "x", "evil": "1"}
        )
    )
    uploader(page, "Open a session").set_value([file("s.json", content)]).run()
    assert not page.exception
    assert headline(page) == iou(NEAR)


def test_forgetting_frees_the_arrays() -> None:
    page = loaded()
    held = weakref.ref(page.session_state["_user_data"].target)
    assert held() is not None
    click(page, "Forget my data")
    assert not page.metric
    gc.collect()
    assert held() is None
    assert "_user_data" not in page.session_state


def test_forgetting_frees_every_result(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set[str]()

    def noted(owner: Any, name: str) -> None:
        make = getattr(owner, name)

        def noting(*arguments: Any, **options: Any) -> Any:
            made.add(name)
            return make(*arguments, **options)

        monkeypatch.setattr(owner, name, noting)

    noted(app.results, "encode_images")
    for name in ("count", "bootstrap", "compare", "prevalence_sweep"):
        noted(mc, name)
    target, prediction = (np.tile(masks, (2, 1, 1)) for masks in (TARGET, NEAR))  # enough images to draw from
    page = opened(source="files")

    def seen() -> set[str]:
        """What is made for Explore and two tabs of Compare."""
        made.clear()
        for path, tab in (("", "Libraries"), ("compare", "Libraries"), ("compare", "Imbalance")):
            page._page_hash = calc_hash(path)
            page.session_state["compare_tab"] = tab
            given(page, target=[file("t.npy", target)], predictions=[file("p.npy", prediction)])
        return set(made)

    seen()
    assert seen() == set()
    page._page_hash = calc_hash("")
    click(page, "Forget my data")
    assert seen() == {"encode_images", "count", "bootstrap", "compare", "prevalence_sweep"}


def test_more_than_a_session_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    page = loaded()
    monkeypatch.setattr(app.own_files, "_LARGEST_SESSION", 1500)
    given(page, predictions=[file("far.npy", FAR), file("near.npy", NEAR)])
    assert "expected at most 1,500 bytes in one session" in texts(page.error)
    assert headline(page) == iou(NEAR)


def test_a_cancelled_reading_keeps_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    page = loaded()
    read = app.own_files.read_files

    def cancelled(*arguments: Any, **options: Any) -> Any:
        app.own_files._stop()
        import streamlit as st

        st.rerun()

    monkeypatch.setattr(app.own_files, "read_files", cancelled)
    given(page, predictions=[file("far.npy", FAR)])
    assert "was cancelled" in texts(page.info)
    assert headline(page) == iou(NEAR)
    monkeypatch.setattr(app.own_files, "read_files", read)
    click(page, "Read again")
    assert headline(page) == iou(FAR)


def test_a_reading_that_another_click_interrupts_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    page, read, calls = loaded(), app.own_files.read_files, list[int]()

    def interrupted(*arguments: Any, **options: Any) -> Any:
        import streamlit as st

        calls.append(1)
        if len(calls) == 1:
            st.rerun()
        return read(*arguments, **options)

    monkeypatch.setattr(app.own_files, "read_files", interrupted)
    given(page, predictions=[file("far.npy", FAR)])
    assert headline(page) == iou(FAR)
    assert len(calls) == 2


def test_a_crash_of_a_reader_is_explained_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    page, readers = loaded(), Readers(crash)
    with monkeypatch.context() as crashing:
        crashing.setattr(app.reading, "_READERS", readers)
        given(page, predictions=[file("far.npy", FAR)])
    readers.close()
    assert "'far.npy': expected files that can be read, got one that crashed its reader" in texts(page.error)
    assert "What was loaded before is still shown" in texts(page.caption)
    assert headline(page) == iou(NEAR)
    given(page, predictions=[file("farther.npy", FAR)])
    assert headline(page) == iou(FAR)


def test_too_little_memory_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    page = loaded()

    def exhausted(*arguments: Any, **options: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(app.own_files, "read_files", exhausted)
    given(page, predictions=[file("far.npy", FAR)])
    assert "less data than this machine can hold" in texts(page.error)
    assert headline(page) == iou(NEAR)


class TestServer:
    def test_off_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("METRIC_EXPLORER_ROOT", raising=False)
        assert "Server" not in str(opened(source="files").get("button_group")[1].options)

    def test_folders_are_read(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name, masks in (("target", TARGET), ("near", NEAR)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "all.npy").write_bytes(npy(masks))
        monkeypatch.setenv("METRIC_EXPLORER_ROOT", str(tmp_path))
        page = opened(source="files")
        page.session_state["own_from"] = "server"
        page.run()
        page.selectbox(key="served_target").set_value("target")
        page.selectbox(key="served_predictions").set_value("near")
        page.run()
        click(page, "Read these folders")
        assert headline(page) == iou(NEAR)

    def test_a_root_that_is_no_folder_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("METRIC_EXPLORER_ROOT", "/nowhere")
        assert "METRIC_EXPLORER_ROOT" in texts(opened(source="files").error)
