"""The Compare page without a browser: every control changes what is shown, and its numbers are the library's."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import app.loading
import metrics_core as mc
from app.comparison import Calls, chosen_ends, own_ends
from app.panels import compare_libraries
from app.results import Report, statistics
from app.scenes import Scene, example_scene
from app.selection import Selection
from app.views.text import format_difference, format_percent

MAIN = Path(__file__).parents[1] / "app" / "main.py"
MONAI = "monai.MeanIoU()"
NNUNET = "nnunetv2.foreground_mean(metric='Dice')"
SMP = "smp.iou_score(reduction='micro')"


def opened(**query: str) -> AppTest:
    """The page at an address with this query."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    # switch_page knows pages that are files; this one is a function, known by its path in the address.
    page._page_hash = calc_hash("compare")
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception, page.exception
    return page


def widget(page: AppTest, key: str) -> Any:
    """The widget of a setting."""
    kinds = ("button_group", "selectbox", "multiselect", "toggle", "slider", "button")
    (found,) = [each for kind in kinds for each in page.get(kind) if each.key == key]
    return found


def turn(page: AppTest, key: str, value: Any) -> AppTest:
    """The page after a setting was given another value."""
    widget(page, key).set_value(value)
    return run(page)


def texts(page: AppTest) -> str:
    """All that is written on the page itself."""
    kinds = ("markdown", "caption", "info", "error", "code")
    return "\n".join(str(each.value) for kind in kinds for each in page.main.get(kind))


def plain(page: AppTest) -> str:
    """The same without the signs that keep names from acting as markup."""
    return texts(page).replace("\\", "")


def figure(page: AppTest, key: str) -> dict[str, Any]:
    """What a chart shows; the key is the last part of its id."""
    (found,) = [each.proto for each in page.get("plotly_chart") if each.proto.id.endswith(f"-{key}")]
    return json.loads(found.spec, object_hook=unpacked)


def unpacked(part: dict[str, Any]) -> Any:
    """An array as a list; Plotly packs those that come from NumPy."""
    if set(part) == {"dtype", "bdata"}:
        return np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"]).tolist()
    return part


def drawn(page: AppTest, key: str) -> dict[str, Any]:
    """What a component of our own draws."""
    (found,) = [each.proto for each in page.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    return json.loads(found.json)


def shown(page: AppTest) -> str:
    """All that a reader sees of the page itself."""
    charts = [each.proto.spec for each in page.main.get("plotly_chart")]
    charts += [each.proto.json for each in page.main.get("bidi_component")]
    tables = [each.value.to_csv() for each in page.main.dataframe]
    return "\n".join([texts(page), *charts, *tables])


def cells(page: AppTest) -> dict[tuple[str, str], dict[str, Any]]:
    """Cells of the heat map by row label and column name, blank ones left out."""
    data = drawn(page, "heatmap")
    return {
        (row["label"], column): cell
        for row in data["rows"]
        for column, cell in zip(data["columns"], row["cells"], strict=True)
        if cell is not None
    }


def cell_texts(page: AppTest) -> dict[tuple[str, str], str]:
    """Texts of the heat map by row label and column name."""
    return {place: cell["text"] for place, cell in cells(page).items()}


def number(text: str) -> float:
    """The number that a page writes."""
    return float({"=": "0", "≈0": "0"}.get(text, text.replace("−", "-")))


def counted(data: str, model: str | None = None) -> mc.Statistics:
    """The statistics that the page has of an example."""
    scene = example_scene(data)
    return statistics(scene, model or next(iter(scene.dataset.predictions)))


def value_of(key: str, data: str = "landcover") -> float:
    (found,) = [row.fraction for row in mc.compare(counted(data)) if row.preset.key == key]
    return found


CONTROLS: dict[str, tuple[dict[str, str], Any]] = {
    "compare_tab": ({}, "Curves"),
    "rows": ({}, "convention"),
    "show": ({}, "deviation"),
    "reference": ({"show": "deviation"}, "monai"),
    "libraries": ({}, ["smp", "torchmetrics 0.9"]),
    "start": ({}, SMP),
    "end": ({}, MONAI),
    "rare": ({"compare_tab": "Imbalance"}, 4),
    "sweep": ({"compare_tab": "Imbalance"}, "class"),
    "focus": ({"compare_tab": "Curves"}, 4),
}


@pytest.mark.parametrize("key", CONTROLS)
def test_every_control_changes_what_is_shown_and_its_address_restores_it(key: str) -> None:
    query, value = CONTROLS[key]
    page = opened(**query)
    before = shown(page)
    after = shown(turn(page, key, value))
    assert after != before
    address = {name: "".join(values) for name, values in page.query_params.items()}
    assert shown(opened(**address)) == after


@pytest.mark.parametrize("tab", ["Libraries", "Rules", "Models", "Imbalance"])
def test_every_rule_of_the_sidebar_changes_every_tab(tab: str) -> None:
    page = opened(compare_tab=tab, data="nuclei")
    for key, value in {"formula": "dice", "average": "micro", "pooling": "image", "ignore": [1]}.items():
        before = shown(page)
        assert shown(turn(page, key, value)) != before, key


class TestHeatmap:
    def test_the_first_row_is_the_users_rules(self) -> None:
        written = cell_texts(opened(average="micro"))
        expected = mc.evaluate("iou", counted("landcover"), mc.Convention(average="micro"))
        assert written["your rules", "IoU"] == f"{float(expected):.2f}"

    def test_a_cell_is_the_librarys_default_call(self) -> None:
        written = cell_texts(opened())
        assert written["monai", "IoU"] == f"{value_of(MONAI):.2f}"
        assert written["nnunetv2", "Dice"] == f"{value_of(NNUNET):.2f}"
        assert ("keras", "Recall") not in written, "blank: the library has no such call"

    def test_twelve_libraries_stand_side_by_side(self) -> None:
        rows = {row.split(".")[0].split(" ")[0] for row, _ in cell_texts(opened())} - {"your"}
        assert len(rows) == 12

    def test_a_difference_is_taken_from_the_reference(self) -> None:
        written = cell_texts(opened(show="deviation", reference="smp"))
        assert written["smp", "IoU"] == "="
        assert written["monai", "IoU"] == f"{value_of(MONAI) - value_of(SMP):.2f}".replace("-", "−")

    def test_columns_that_the_reference_lacks_are_blank(self) -> None:
        assert {column for _, column in cell_texts(opened(show="deviation", reference="keras"))} == {"IoU"}

    def test_rows_of_conventions_name_a_library_once(self) -> None:
        rows = drawn(opened(rows="convention", libraries="smp"), "heatmap")["rows"]
        assert [row["label"] for row in rows[:4]] == ["your rules", "smp · micro", "macro", "micro · per image"]

    @pytest.mark.parametrize("end", ["monai.MeanIoU()", "monai.MeanIoU(ignore_empty=False)"])
    def test_the_cell_that_a_call_belongs_to_is_framed(self, end: str) -> None:
        marks = {cell["mark"]: place for place, cell in cells(opened(end=end)).items() if cell.get("chosen")}
        assert marks == {"1": ("your rules", "IoU"), "2": ("monai", "IoU")}

    def test_a_cell_names_the_call_its_convention_and_known_defects(self) -> None:
        tip = cells(opened())["smp", "IoU"]["tip"].splitlines()
        assert tip[0] == "smp · IoU"
        assert tip[1] == f"score {value_of(SMP):.4f}"
        assert "iou_score(" in tip[2]
        assert "micro · pooled · 0/0 → 1 · void ignored" in tip
        assert "known defect: The micro average ignores zero_division" in tip

    def test_rules_of_the_sidebar_leave_the_libraries_alone(self) -> None:
        before, after = (cell_texts(opened(average=average)) for average in ("macro", "micro"))
        changed = {row for (row, column), text in before.items() if after[row, column] != text}
        assert changed == {"your rules"}

    def test_libraries_are_asked_once_for_the_same_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[mc.Statistics] = []
        original = mc.compare

        def compare(given: mc.Statistics, **options: Any) -> tuple[mc.Row, ...]:
            asked.append(given)
            return original(given, **options)

        monkeypatch.setattr(mc, "compare", compare)
        page = opened(source="synthesize", side="32", images="2", seed="4711")
        turn(page, "average", "micro")
        turn(page, "ignore", [1])
        assert len(asked) == 1
        turn(page, "boundary_error_px", 3)
        assert len(asked) == 2


class TestSpread:
    def test_it_holds_every_averaging_call_of_the_formula(self) -> None:
        title = drawn(opened(formula="dice"), "spread")["caption"]
        calls = [row for row in mc.compare(counted("landcover"), formula="dice") if row.convention.average != "sum"]
        lists = 1  # MetricsReloaded gives a list only
        assert title.startswith(f"Dice / F1 of the same pixels: {len(calls) + lists} library calls")

    def test_a_formula_of_no_library_says_so(self) -> None:
        assert "No library call here computes MCC" in texts(opened(formula="mcc"))


class TestReasons:
    def numbers(self, page: AppTest) -> list[float]:
        """Numbers beside the bars: start, changes, end."""
        return [number(row["text"]) for row in drawn(page, "waterfall")["rows"]]

    @pytest.mark.parametrize("end", [MONAI, SMP, NNUNET])
    def test_the_bars_lead_from_one_value_to_the_other(self, end: str) -> None:
        page = opened(end=end)
        start, *changes, last = self.numbers(page)
        assert last == pytest.approx(value_of(end), abs=5e-4)
        assert start + sum(changes) == pytest.approx(last, abs=5e-4 * (len(changes) + 2))
        rows = drawn(page, "waterfall")["rows"]
        assert rows[1]["joint"] == rows[0]["right"], "the first change begins where the first score ends"

    def test_a_way_between_two_libraries(self) -> None:
        start, *_, end = self.numbers(opened(start=SMP, end=MONAI))
        assert (start, end) == (pytest.approx(value_of(SMP), abs=5e-4), pytest.approx(value_of(MONAI), abs=5e-4))

    def test_without_a_choice_the_furthest_default_is_explained(self) -> None:
        page = opened()
        own = float(mc.evaluate("iou", counted("landcover")))
        gaps = [abs(float(text) - own) for (_, column), text in cell_texts(page).items() if column == "IoU"]
        assert abs(self.numbers(page)[-1] - own) == pytest.approx(max(gaps), abs=0.006)

    def test_steps_are_told_with_the_share_that_no_order_changes(self) -> None:
        told = plain(opened(end=MONAI))
        steps = mc.explain(
            counted("landcover"),
            start=(mc.get_formula("iou"), mc.Convention()),
            end=next(row.preset for row in mc.compare(counted("landcover")) if row.preset.key == MONAI),
        )
        assert steps.order_matters
        assert "in any order" in told
        for step in steps.steps:
            assert f":small[{step.label}]" in told
            assert f"{abs(step.attribution):.3f}" in told

    def test_equal_conventions_need_no_bars(self) -> None:
        told = texts(opened(end="sklearn.jaccard_score(average='macro')"))
        assert "Nothing in which the two differ matters" in told

    def test_options_without_effect_are_told_apart(self) -> None:
        page = opened(end=SMP)
        assert "2 more options differ and change nothing" in [each.label for each in page.expander]
        page = opened(end="torchmetrics.multiclass_jaccard_index(average='micro')")
        assert "1 more option differs and changes nothing" in [each.label for each in page.expander]
        assert "changes nothing on these data" in texts(page)

    def test_clear_goes_back_to_the_users_rules(self) -> None:
        page = opened(start=SMP, end=MONAI)
        widget(page, "clear_ends").click()
        run(page)
        assert (page.session_state["start"], page.session_state["end"]) == ("", "")

    @pytest.mark.parametrize(
        ("before", "key", "after"),
        [
            (("", ""), "a", ("", "a")),
            (("", "a"), "b", ("a", "b")),
            (("", "a"), "a", ("", "")),
            (("a", "b"), "c", ("", "c")),
            (("", ""), "rules:iou", ("rules:iou", "")),
            (("rules:iou", ""), "a", ("rules:iou", "a")),
            (("", "a"), "rules:iou", ("a", "rules:iou")),
        ],
    )
    def test_clicks(
        self, before: tuple[str, str], key: str, after: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends = dict(zip(("start", "end"), before, strict=True))
        monkeypatch.setattr(compare_libraries, "current", lambda: SimpleNamespace(**ends))
        monkeypatch.setattr(compare_libraries, "choose", lambda **changes: ends.update(changes))
        compare_libraries._choose_key(key)
        assert tuple(ends.values()) == after


class TestCall:
    def test_the_code_is_the_real_librarys(self) -> None:
        page = opened(end=MONAI)
        (code,) = [each.value for each in page.main.get("code")]
        assert "from monai.metrics import MeanIoU" in code
        assert "num_classes = 7" in code

    def test_per_cent_are_told_from_fractions(self) -> None:
        titles = [each.label for each in opened(end="elektronn3.iou()").expander]
        value = 100 * value_of("elektronn3.iou()")
        assert f"The call that gives {value:.3f} % ({value / 100:.3f}): elektronn3\\.iou()" in titles

    def test_both_libraries_of_a_way_have_their_code(self) -> None:
        assert len(opened(start=SMP, end=MONAI).main.get("code")) == 2

    def test_known_defects_are_told_with_their_source_and_effect(self) -> None:
        told = texts(opened(end=SMP))
        assert "known defect" in told
        assert "segmentation\\_models\\_pytorch/metrics/functional\\.py" in told
        assert "They do not change this number." in told

    def test_a_defect_that_acts_tells_the_number_without_it(self) -> None:
        key = "smp.iou_score(reduction='weighted-imagewise', class_weights=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))"
        (row,) = [row for row in mc.compare(counted("landcover")) if row.preset.key == key]
        mended = float(mc.evaluate_preset(row.preset, counted("landcover"), quirks=False).value)
        assert f"it would be {mended:.3f}" in texts(opened(end=key))


class TestIntervals:
    def test_no_cell_has_one_unless_asked(self) -> None:
        cells = [cell for row in drawn(opened(), "heatmap")["rows"] for cell in row["cells"] if cell]
        assert not any("second" in cell for cell in cells)

    def test_each_cell_has_that_of_its_call(self) -> None:
        rows = {row["name"]: row["cells"] for row in drawn(opened(intervals="yes"), "heatmap")["rows"]}
        for name, rule in (("your rules", mc.Convention()), ("smp", mc.Convention(average="micro"))):
            wanted = mc.bootstrap(counted("landcover"), "iou", rule)
            assert rows[name][0]["second"] == f"{wanted.low:.2f}–{wanted.high:.2f}".replace("0.", ".")


class TestRules:
    def test_the_largest_effect_comes_first(self) -> None:
        first = mc.single_option_effects(counted("landcover"), "iou")[0]
        page = opened(compare_tab="Rules")
        assert f"Most: **{first.label}**" in texts(page)
        assert number(drawn(page, "effects")["rows"][0]["text"]) == pytest.approx(first.delta, abs=5e-4)

    def test_effects_too_small_to_see_have_no_bar(self) -> None:
        rows = drawn(opened(compare_tab="Rules", data="nuclei"), "effects")["rows"]
        assert min(abs(number(row["text"])) for row in rows) >= 5e-4

    def test_every_change_is_counted_once(self) -> None:
        page = opened(compare_tab="Rules")
        effects = mc.single_option_effects(counted("landcover"), "iou")
        seen = sum(abs(effect.delta) >= 5e-4 for effect in effects)
        assert f"{seen} single changes move the score by 0.0005 or more; drawn are the 12 largest." in texts(page)
        assert len(drawn(page, "effects")["rows"]) == 12
        folded = [each.label for each in page.expander]
        assert f"{seen - 5} more in words" in folded
        assert f"{len(effects) - seen} that move it by less than 0.0005" in folded


class TestModels:
    @pytest.mark.parametrize(("average", "winner"), [("macro", "random forest"), ("micro", "U-Net")])
    def test_the_verdict_depends_on_the_rule(self, average: str, winner: str) -> None:
        told = texts(opened(compare_tab="Models", data="nuclei", average=average))
        found = mc.verdict(
            counted("nuclei"),
            counted("nuclei", "U-Net"),
            "iou",
            mc.Convention(average=average),  # pyright: ignore
        )
        assert f"Your rules: **{winner}** is higher" in told
        number = sum(len(row.labels) for row in found.rows if row.winner == "a")
        assert f"**{number}** put random forest higher" in told
        assert "The smallest change that turns it round" in told

    @pytest.mark.parametrize("background", ["yes", "no"])
    def test_a_winner_is_named_only_where_the_paired_interval_excludes_0(self, background: str) -> None:
        rule = mc.Convention(excluded_classes=() if background == "yes" else (0,))
        models = {name: counted("nuclei", name) for name in ("random forest", "U-Net")}
        (pair,) = mc.rank_models(dict(reversed(models.items())), "iou", rule).pairs
        told = texts(opened(compare_tab="Models", data="nuclei", background=background)).replace("\\", "")
        assert pair.reason[1:] in told
        assert f"better on {pair.wins}, equal on {pair.ties}, worse on {pair.losses}" in told
        assert "wins" not in told
        assert ("No winner" in told) == (pair.winner is None)

    @pytest.mark.parametrize(("model", "other"), [("random forest", "U-Net"), ("U-Net", "random forest")])
    def test_every_difference_is_the_chosen_model_less_the_other(self, model: str, other: str) -> None:
        pair = mc.paired_difference(counted("nuclei", other), counted("nuclei", model), "iou", names=(other, model))
        page = opened(compare_tab="Models", data="nuclei", model=model)
        told = texts(page).replace("\\", "")
        difference = format_difference(pair.difference.value)
        assert f"{model} minus {other}: {difference}" in told
        assert pair.reason[1:] in told
        assert f"By image, {model} is better on {pair.wins}, equal on {pair.ties}, worse on {pair.losses}" in told
        assert f"{model} is first in {format_percent(pair.rank_one_share)} of resamples" in told
        (table,) = page.main.dataframe
        assert table.value["difference"][0] == difference

    def test_the_code_gives_the_paired_difference(self) -> None:
        page = opened(compare_tab="Models", data="nuclei")
        page.session_state["code_models"] = True
        run(page)
        (source,) = [each.value for each in page.get("code") if "paired_difference" in each.value]
        data = example_scene("nuclei").dataset
        given = data.predictions
        names = {"target": data.target, "scores": given["random forest"], "other_scores": given["U-Net"]}
        exec(source, names)
        found = names["value"]
        assert found.names == ("U-Net", "random forest")
        assert found.difference == mc.paired_difference(counted("nuclei", "U-Net"), counted("nuclei"), "iou").difference

    def test_every_rule_is_a_row_under_the_users_own(self) -> None:
        (table,) = opened(compare_tab="Models", data="nuclei").main.dataframe
        found = mc.verdict(counted("nuclei"), counted("nuclei", "U-Net"), "iou")
        assert len(table.value) == len(found.rows) + 1
        assert table.value["rule"][0] == "your rules"

    def test_one_model_is_explained_and_leads_to_two(self) -> None:
        page = opened(compare_tab="Models")
        assert "A verdict needs two models" in texts(page)
        widget(page, "open_nuclei").click()
        run(page)
        assert page.session_state["data"] == "nuclei"
        assert "is higher" in texts(page)

    def test_of_three_models_the_second_is_chosen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = example_scene("nuclei")
        predictions = scene.dataset.predictions | {"third": scene.dataset.predictions["U-Net"].flip(0)}
        dataset = dataclasses.replace(scene.dataset, predictions=predictions)
        three = Scene(digest="example:three", dataset=dataset)
        monkeypatch.setattr(app.loading, "example_scene", lambda key: three)
        page = opened(compare_tab="Models", data="nuclei")
        before = shown(page)
        assert widget(page, "versus").options == ["U-Net", "third"]
        assert shown(turn(page, "versus", "third")) != before


class TestImbalance:
    def test_the_cursor_stands_at_the_data(self) -> None:
        support = counted("lesion").support.sum(0)
        share = float(support[1] / support.sum())
        notes = figure(opened(compare_tab="Imbalance", data="lesion"), "prevalence")["layout"]["annotations"]
        assert notes[0]["text"] == f"your data {share * 100:.2f} %"
        assert notes[0]["x"] == pytest.approx(np.log10(share))

    def test_the_scores_of_the_data_lie_on_the_lines(self) -> None:
        lines = figure(opened(compare_tab="Imbalance", data="lesion"), "prevalence")["data"]
        support = counted("lesion").support.sum(0)
        for line in lines:
            if line["name"] in ("Accuracy", "Dice"):
                at_data = np.interp(float(support[1] / support.sum()), line["x"], line["y"])
                assert at_data == pytest.approx(float(mc.evaluate(line["name"], counted("lesion"))), abs=0.01)

    def test_matrix_scores_have_no_class_alone(self) -> None:
        names = {line["name"] for line in figure(opened(compare_tab="Imbalance", sweep="class"), "prevalence")["data"]}
        assert names == {"IoU", "Dice", "Precision", "Recall", "Specificity", "Accuracy"}

    def test_a_class_that_is_never_found_is_named(self) -> None:
        assert "The model finds no pixel of sediment" in texts(opened(compare_tab="Imbalance"))

    def test_one_counted_class_has_no_imbalance(self) -> None:
        assert "only where two classes" in texts(opened(compare_tab="Imbalance", data="lesion", ignore="1"))


class TestCurves:
    def test_choices_that_differ_stand_before_those_that_do_not(self) -> None:
        page = opened(compare_tab="Curves")
        (alike,) = page.main.get("expander")
        assert "whose answers give the same here" in alike.label
        inside = [each.value for each in alike.markdown]
        assert any("absent class" in text for text in inside), "land cover has no absent class"
        assert not any("averaged over recall" in text for text in inside)

    def test_values_are_the_librarys(self) -> None:
        histogram = counted("landcover").histogram
        assert histogram is not None
        rows = [row for row in mc.compare_curves_from_histogram(histogram) if row.name == "11 recalls"]
        assert f":small[{rows[0].mean:.3f}]" in plain(opened(compare_tab="Curves"))

    def test_a_mean_is_called_one_and_a_class_has_its_own_value(self) -> None:
        assert "mean over classes" in plain(opened(compare_tab="Curves"))
        told = plain(opened(compare_tab="Curves", focus="6"))
        assert "mean over classes" not in told
        histogram = counted("landcover").histogram
        assert histogram is not None
        (points,) = [row for row in mc.compare_curves_from_histogram(histogram) if row.name == "up to full recall"]
        assert f":small[{points.values[6]:.0f}]" in told, "a whole number of points"

    def test_the_largest_gap_between_libraries_comes_first(self) -> None:
        histogram = counted("landcover").histogram
        assert histogram is not None
        rows = mc.compare_curves_from_histogram(histogram)
        few, every = [
            row.mean for row in rows if "AUROC?" in row.topic and row.name in ("5 thresholds", "every score")
        ][::-1]
        told = texts(opened(compare_tab="Curves")).replace("\\", "")
        assert (
            f"of the AUROC?” takes library calls furthest apart, by {every - few:.3f}: {few:.3f} (5 thresholds" in told
        )
        assert "(guessed to be logits; torchmetrics)" not in told, "no score here makes a library guess"

    def test_points_and_thresholds_are_those_of_a_class(self) -> None:
        told = texts(opened(compare_tab="Curves"))
        assert "points has the precision" not in told
        assert "∞" not in told
        assert "numbers of points are those of a class" in told
        of_class = texts(opened(compare_tab="Curves", focus="6"))
        assert "points has the precision" in of_class
        assert "∞" in of_class
        assert "numbers of points are those of a class" not in of_class

    def test_labels_alone_have_no_curves(self) -> None:
        assert "labels only" in texts(opened(compare_tab="Curves", data="blog"))


@pytest.mark.parametrize("tab", ["Libraries", "Rules", "Models", "Imbalance", "Curves"])
class TestEveryTab:
    def test_nothing_loaded(self, tab: str) -> None:
        assert "They stay in this session" in texts(opened(compare_tab=tab, source="files"))

    def test_an_address_with_unknown_values(self, tab: str) -> None:
        wrong = {"start": "gone", "end": "gone", "libraries": "x,smp", "reference": "gone", "rare": "99", "versus": "z"}
        page = opened(compare_tab=tab, show="deviation", **wrong)
        right = opened(compare_tab=tab, show="deviation", libraries="smp")
        assert texts(page) == texts(right)

    def test_class_names_cannot_act_as_markup(self, tab: str) -> None:
        names = "sky,<b>$x$</b>,[here](http://a.example)"
        page = opened(compare_tab=tab, source="synthesize", side="32", images="2", classes=names, shares="8,1,1")
        assert "<b>" not in texts(page)
        assert "[here](" not in texts(page)

    def test_a_score_of_each_class_is_averaged_for_comparison(self, tab: str) -> None:
        assert "mean of classes" in texts(opened(compare_tab=tab, average="none"))


class TestRefusedData:
    """Predictions outside the classes, of which some libraries make no number."""

    @staticmethod
    def report() -> tuple[Report, Calls]:
        target, prediction = torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 1, 7, 0]])
        given = mc.count(target, prediction, num_classes=2, out_of_range="count")
        chosen = {"start": "", "end": "", "formula_record": mc.get_formula("iou"), "convention": mc.Convention()}
        selection: Selection = SimpleNamespace(**chosen)  # pyright: ignore[reportAssignmentType]
        calls = Calls(rows=mc.compare(given, lists="kept"), class_names=given.class_names, has_void=False)
        return Report(key=("refused", ""), selection=selection, statistics=given), calls

    def test_a_refusal_is_a_note_of_the_call(self) -> None:
        _, calls = self.report()
        refused = [row for row in calls.averages if row.reason]
        assert refused
        assert refused[0].reason in calls.note(refused[:1])

    def test_the_furthest_call_is_one_that_gives_a_number(self) -> None:
        report, calls = self.report()
        ends = chosen_ends(report, calls, own_ends(report, calls.families))
        assert ends is not None
        assert not np.isnan(ends[1].value)


class TestCode:
    """The code beside the numbers of a tab."""

    def ran(self, data: str, *, key: str, **query: str) -> Any:
        page = opened(data=data, **query)
        page.session_state[f"code_{key}"] = True
        run(page)
        (source,) = [each.value for each in page.main.get("code") if "import metrics_core" in each.value]
        dataset = mc.load_dataset(data)
        scores = next(iter(dataset.predictions.values())).numpy()
        names: dict[str, Any] = {"target": dataset.target.numpy(), "scores": scores}
        exec(source, names)
        return names["value"]

    def test_rules(self) -> None:
        found = self.ran("nuclei", key="effects", compare_tab="Rules", average="micro")
        counted = statistics(example_scene("nuclei"), "random forest")
        wanted = mc.single_option_effects(counted, "iou", mc.Convention(average="micro"))
        assert [(each.label, each.value) for each in found] == [(each.label, each.value) for each in wanted]

    @pytest.mark.parametrize("sweep", ["average", "class"])
    def test_imbalance(self, sweep: str) -> None:
        found = self.ran("nuclei", key="prevalence", compare_tab="Imbalance", rare="1", sweep=sweep)
        counted = statistics(example_scene("nuclei"), "random forest")
        rule = mc.Convention() if sweep == "average" else mc.Convention(excluded_classes=(0, 2))
        wanted = mc.prevalence_sweep(counted, ["iou"], rule, rare_class=1, prevalences=[0.0001, 0.001, 0.01, 0.1, 0.5])
        assert found.values.tolist() == wanted.values.tolist()

    def test_curves(self) -> None:
        found = self.ran("nuclei", key="choices", compare_tab="Curves", threshold="0.25")
        histogram = statistics(example_scene("nuclei"), "random forest").histogram
        assert histogram is not None
        # Of bytes, the threshold is the next one that can occur.
        wanted = mc.compare_curves_from_histogram(histogram, threshold=64 / 255)
        assert [(each.name, repr(each.values)) for each in found] == [(each.name, repr(each.values)) for each in wanted]
