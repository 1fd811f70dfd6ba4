"""The Explore page without a browser: every control changes what is shown, and links restore it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import metrics_core as mc

ROOT = Path(__file__).parents[1]
RARE = "one rare class"


def opened(**query: str) -> AppTest:
    """The page at an address with this query."""
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def widget(page: AppTest, key: str) -> Any:
    """The widget of a setting."""
    kinds = ("button_group", "selectbox", "toggle", "slider", "select_slider", "number_input", "text_input")
    found = [each for kind in kinds for each in page.get(kind) if each.key == key]
    assert len(found) == 1, f"{len(found)} widgets have the key {key}"
    return found[0]


def turn(page: AppTest, key: str, value: Any) -> AppTest:
    """The page after a setting was given another value."""
    widget(page, key).set_value(value)
    page.run()
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> str:
    """Everything a reader can see: figures, tables, texts, the picture's data."""
    seen: list[str] = []
    for kind in ("metric", "markdown", "caption", "latex", "error", "info", "warning", "code"):
        seen += [str(each.value) for each in page.get(kind)]
    seen += [each.value.to_csv() for each in page.dataframe]
    for kind in ("plotly_chart", "bidi_component"):
        seen += [str(each.proto).replace(str(each.proto.id), "") for each in page.get(kind)]
    # The address shown under Share repeats every setting, whether or not it does anything.
    return "\n".join(text for text in seen if "localhost" not in text and "?" not in text[:60])


def headline(page: AppTest) -> str:
    """The score in large."""
    return page.metric[0].value


RULES: dict[str, tuple[dict[str, str], Any]] = {
    "formula": ({}, "dice"),
    "beta": ({"formula": "fbeta"}, 0.5),
    "average": ({}, "micro"),
    "pooling": ({}, "image"),
    "zero": ({"pooling": "image"}, "1"),
    "background": ({}, False),
    "void": ({}, False),
    "ignore": ({}, [4]),
    "decide": ({}, "threshold"),
    "threshold": ({"decide": "threshold"}, 0.25),
    "tie": ({"decide": "threshold", "threshold": "0.2"}, ">"),
    "kept": ({"pooling": "image", "formula": "recall", "zero": "1"}, "target"),
    "order": ({"pooling": "image"}, "images_then_classes"),
    "model": ({"data": "nuclei"}, "U-Net"),
    "data": ({}, "blog"),
    "source": ({}, "synthesize"),
}


@pytest.mark.parametrize("key", RULES)
def test_every_rule_changes_the_headline_score(key: str) -> None:
    query, value = RULES[key]
    page = opened(**query)
    if key in ("kept", "order", "tie"):
        page.session_state["more_rules"] = True
        page.run()
    if key == "model":
        value = next(name for name in widget(page, "model").options if name != widget(page, "model").value)
    before = headline(page)
    assert headline(turn(page, key, value)) != before


VIEWS: dict[str, tuple[dict[str, str], Any]] = {
    "image": ({}, 5),
    "slice": ({"data": "lesion"}, 3),
    "focus": ({}, 3),
    "matrix": ({}, "count"),
    "scope": ({}, True),
    "tab": ({}, "Images"),
}


@pytest.mark.parametrize("key", VIEWS)
def test_every_view_control_changes_what_is_shown_but_not_the_score(key: str) -> None:
    query, value = VIEWS[key]
    page = opened(**query)
    before, score = shown(page), headline(page)
    turn(page, key, value)
    assert shown(page) != before
    assert headline(page) == score


KNOBS: dict[str, Any] = {
    "recipe": "balanced",
    "imbalance": 100,
    "boundary_error_px": 3,
    "missed_objects": 0.5,
    "images": 4,
    "side": 64,
    "classes": "ground, tree, lake, road, house",
    "shares": "1, 1, 1, 1, 1",
    "object_size_px": 12.0,
    "objects_per_image": 2,
    "thin": True,
    "boundary_jitter_px": 3.0,
    "false_positive_blobs": 6,
    "label_noise": 0.1,
    "void_share": 0.3,
    "images_without_rare_class": 0.0,
    "auroc": 0.8,
    "temperature": 0.25,
    "seed": 1,
}


@pytest.mark.parametrize("key", KNOBS)
def test_every_knob_of_the_synthetic_data_changes_what_is_shown(key: str) -> None:
    # Small images keep this quick; the rules that need scores to overlap get them.
    extra = {"auroc": "0.9", "tab": "Curves"} if key == "temperature" else {}
    start = "small lesions, some images empty" if key == "objects_per_image" else RARE
    page = opened(source="synthesize", recipe=start, images="6", side="96", **extra)
    before = shown(page)
    turn(page, key, KNOBS[key])
    assert not page.error, page.error[0].value
    assert shown(page) != before


@pytest.mark.parametrize("tab", ["Classes", "Images", "Curves", "Calibration", "Slices", "Advice", "Formula"])
@pytest.mark.parametrize("data", ["landcover", "nuclei", "blog", "screening", "lesion"])
def test_every_tab_opens_on_every_example(data: str, tab: str) -> None:
    page = opened(data=data, tab=tab)
    assert page.metric
    assert not page.error


def test_the_headline_is_the_number_that_the_core_gives() -> None:
    data = mc.load_dataset("landcover")
    counts = mc.count(
        data.target, data.predictions["random forest"], num_classes=7, ignore_label=255, class_names=data.class_names
    )
    rule = mc.Convention(average="macro", pooling="image", zero_division=0.0, excluded_classes=(0,))
    page = opened(pooling="image", zero="0", background="no", formula="dice")
    assert headline(page) == f"{float(mc.evaluate('dice', counts, rule)):.3f}"


def test_the_python_under_formula_gives_the_headline_score() -> None:
    page = opened(tab="Formula", decide="threshold", threshold="0.3", pooling="image", zero="1", formula="recall")
    page.session_state["same_number"] = True
    page.run()
    source = next(code.value for code in page.code if "mc.evaluate" in code.value)
    data = mc.load_dataset("landcover")
    names: dict[str, Any] = {"target": data.target, "scores": data.predictions["random forest"]}
    exec(source, names)
    assert f"{float(names['value']):.3f}" == headline(page)


def test_an_undefined_score_is_shown_as_such_with_its_reason() -> None:
    page = opened(data="screening", ignore="0.1")
    assert headline(page) == "∅"
    assert "∅" in page.metric[0].help


def test_a_link_restores_every_setting() -> None:
    query = {
        "data": "nuclei",
        "image": "3",
        "average": "micro",
        "ignore": "2",
        "cell": "1.2",
        "focus": "1",
        "tab": "Images",
    }
    page = opened(**query)
    assert widget(page, "image").value == 3
    assert widget(page, "average").value == "micro"
    assert widget(page, "ignore").value == [2]
    assert widget(page, "focus").value == 1
    assert widget(page, "tab").value == "Images"
    address = {name: "".join(values) for name, values in page.query_params.items()}
    assert address == query


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ({"data": "../../etc/passwd"}, {}),
        ({"image": "1e12"}, {}),
        ({"image": "999999"}, {"image": "15"}),
        ({"ignore": "<svg>"}, {}),
        ({"ignore": "99.5"}, {"ignore": "5"}),
        ({"threshold": "nan"}, {}),
        ({"threshold": "7"}, {"threshold": "1"}),
        ({"cell": "99.99"}, {}),
        ({"cell": "x"}, {}),
        ({"formula": "__import__"}, {}),
        (
            {"source": "synthesize", "recipe": "nothing", "images": "10000000"},
            {"source": "synthesize", "images": "200"},
        ),
        ({"focus": "-99"}, {}),
        ({"slice": "12"}, {}),
        ({"unknown": "setting"}, {}),
    ],
)
def test_a_wrong_address_falls_back_without_a_failure(query: dict[str, str], taken: dict[str, str]) -> None:
    page = opened(**query)
    assert {name: "".join(values) for name, values in page.query_params.items()} == taken
    seen = [line for line in shown(page).splitlines() if "This link asks" not in line]
    assert seen == shown(opened(**taken)).splitlines()


def test_wrong_shares_in_an_address_are_explained() -> None:
    page = opened(source="synthesize", classes="", shares="a,b")
    assert "“Class shares” must be numbers" in page.error[0].value
    assert not page.metric
    assert [each.value for each in page.main.subheader] == ["These data cannot be drawn"]
    assert page.session_state["more_knobs"], "the knob at fault is in sight"


def test_a_refused_knob_is_called_what_its_label_says() -> None:
    page = opened(source="synthesize", classes="sky", shares="1")
    assert "“Classes” must name 2 to 100 classes" in page.error[0].value


def test_a_recipe_that_is_refused_does_not_leave_an_example_in_its_place() -> None:
    page = opened(shares="0.9, x")
    assert page.metric
    turn(page, "source", "synthesize")
    assert page.error
    assert not page.metric


def test_knobs_that_contradict_each_other_are_explained_and_the_last_scene_stays() -> None:
    page = opened(source="synthesize", images="6", side="96")
    score = headline(page)
    turn(page, "shares", "1, 2")
    assert "one number a class (5); got 2" in page.error[0].value
    assert headline(page) == score


def test_without_files_the_page_says_how_they_should_look() -> None:
    page = opened(source="files")
    assert not page.metric
    assert any("target" in text.value for text in page.markdown)


def upload(page: AppTest, target: bytes, prediction: bytes, name: str = "mask.npy") -> AppTest:
    """The page after a target and a prediction were dropped."""
    uploaders = page.get("file_uploader")
    uploaders[0].set_value([(name, target, "application/octet-stream")])
    uploaders[1].set_value([("prediction.npy", prediction, "application/octet-stream")])
    page.run()
    assert not page.exception, page.exception
    return page


def saved(array: np.ndarray[Any, Any]) -> bytes:
    """An array as the bytes of a .npy file."""
    buffer = BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_own_files_are_scored_and_a_broken_one_loses_nothing() -> None:
    target = np.zeros((2, 8, 8), np.uint8)
    target[:, 2:6, 2:6] = 1
    prediction = target.copy()
    prediction[0, 2:4, 2:6] = 0
    page = upload(opened(source="files"), saved(target), saved(prediction))
    expected = float(mc.evaluate("iou", mc.count(target, prediction, num_classes=2)))
    assert headline(page) == f"{expected:.3f}"
    upload(page, b"not an array", saved(prediction))
    assert "expected a NumPy array" in page.error[0].value
    assert headline(page) == f"{expected:.3f}"
