"""Figures: what they say and where a click leads, not merely that there is one."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.elements.lib import streamlit_plotly_theme

from app.views import base, confusion, curves, images, prevalence, rules
from app.views.colours import CORRECT, WRONG, class_colours, readable, with_alpha
from app.views.curve_lines import Look, threshold_lines
from tests.test_package import contrast

NAN = float("nan")


def trace(figure: go.Figure, name: str) -> Any:
    (found,) = [each for each in figure.data if each.name == name]
    return found


def test_theme_colours_are_those_that_streamlit_replaces() -> None:
    assert streamlit_plotly_theme.GRAY_90 == base.TEXT
    assert streamlit_plotly_theme.BG_COLOR == base.GROUND


COUNTS = np.array(
    [[8, 2, 0, 0], [1, 4, 0, 5], [0, 0, 0, 0], [3, 0, 0, 0]]
)  # class 2 is absent; void row, outside column


def matrix(normalise: confusion.Normalise, **options: Any) -> dict[str, Any]:
    return confusion.confusion_data(COUNTS, class_names=["a", "b", "c"], normalise=normalise, **options)


def cells(data: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
    return {(row, column): cell for row, line in enumerate(data["rows"]) for column, cell in enumerate(line["cells"])}


def cell_texts(data: dict[str, Any]) -> dict[tuple[int, int], str]:
    return {place: cell["text"] for place, cell in cells(data).items()}


def test_confusion_shares_of_the_true_class() -> None:
    texts = cell_texts(matrix("true"))
    assert texts[0, 0] == ".80"
    assert texts[0, 1] == ".20"
    assert texts[1, 3] == ".50", "predictions outside the classes are part of their row"
    assert texts[2, 0] == texts[2, 2] == "∅", "a row without pixels has no shares"
    assert texts[3, 0] == "3", "void pixels are counts, never shares"


def test_confusion_shares_of_the_predicted_class_leave_void_out() -> None:
    texts = cell_texts(matrix("predicted"))
    assert texts[0, 0] == ".89", "8 of 9, not of 12"
    assert texts[2, 2] == "∅"


def test_confusion_says_what_dots_and_blank_cells_are() -> None:
    rare = np.array([[999, 1, 0], [5, 5, 0], [0, 0, 0]])

    def note(counts: np.ndarray[Any, Any], normalise: confusion.Normalise = "true") -> str:
        names = [f"c{label}" for label in range(len(counts) - 1)]
        return confusion.confusion_data(counts, class_names=names, normalise=normalise)["note"]

    assert note(rare).endswith("(true class); · below 0.5 %")
    assert note(rare, "count").endswith("colour: share of the row"), "every cell has a number"
    assert note(np.diag([3, 3, 0])).endswith("; blank: none")
    assert note(np.array([[3, 1, 0], [0, 0, 0], [0, 0, 0]])).endswith("(true class)"), "an absent class has ∅"
    many = np.eye(14, dtype=np.int64) * 999
    many[0, 1], many[13, 13] = 1, 0
    assert note(many).endswith("; blank: none, or below 0.5 %"), "dots are left out among many cells"


def test_confusion_shares_of_all_pixels() -> None:
    assert cell_texts(matrix("all"))[0, 0] == ".40", "8 of 20 counted pixels"


def test_confusion_counts() -> None:
    texts = cell_texts(matrix("count"))
    assert texts[0, 0] == "8"
    assert texts[0, 2] == "", "zero stays empty"


def test_confusion_cells_come_row_by_row() -> None:
    data = matrix("true")
    assert [row["name"] for row in data["rows"]] == ["a", "b", "c", "void"]
    assert data["columns"] == ["a", "b", "c", "outside"]
    assert list(cells(data)) == [(row, column) for row in range(4) for column in range(4)]


def test_confusion_without_void_or_outside_has_classes_only() -> None:
    counts = np.zeros((3, 3), dtype=np.int64)
    counts[0, 1] = 7
    data = confusion.confusion_data(counts, class_names=["a", "b"])
    assert len(cells(data)) == 4
    assert [row["name"] for row in data["rows"]] == data["columns"] == ["a", "b"]


def test_confusion_colour_follows_the_root_of_the_share() -> None:
    colours = {place: cell["colour"] for place, cell in cells(matrix("true")).items()}
    assert colours[0, 0] == with_alpha(CORRECT, round(np.sqrt(0.8), 3))
    assert colours[0, 1] == with_alpha(WRONG, round(np.sqrt(0.2), 3))
    assert colours[3, 0] == with_alpha(WRONG, 0), "void has no colour"


def test_confusion_marks_the_selected_cell_only_where_it_is_shown() -> None:
    framed = [place for place, cell in cells(matrix("true", selected=(1, 3))).items() if cell.get("chosen")]
    assert framed == [(1, 3)]
    hidden = confusion.confusion_data(np.eye(2, dtype=int) * 0, class_names=["a"], selected=(1, 1))
    assert not any(cell.get("chosen") for cell in cells(hidden).values())


def test_confusion_hover_names_counts_and_shares() -> None:
    tips = {place: cell["tip"].splitlines() for place, cell in cells(matrix("count")).items()}
    assert tips[0, 1] == ["true a, predicted b", "2 pixels", "20.0 % of true a", "33.3 % of predicted b"]
    assert tips[3, 0] == ["true void, predicted a", "3 pixels", "void in the target"]


def test_confusion_is_1_only_where_all_are_right() -> None:
    texts = cell_texts(confusion.confusion_data([[9999, 1, 0], [0, 7, 0], [0, 0, 0]], class_names=["a", "b"]))
    assert texts == {(0, 0): ">.99", (0, 1): "·", (1, 0): "", (1, 1): "1"}


@pytest.mark.parametrize("normalise", ["count", "all"])
def test_confusion_counts_what_it_is_told_to(normalise: confusion.Normalise) -> None:
    data = matrix(normalise, unit="people")
    assert "people" in data["note"]
    assert "2 people" in cells(data)[0, 1]["tip"]
    assert "pixel" not in str(data)


class TestManyClasses:
    NAMES = tuple(f"c{label}" for label in range(41))

    def counts(self) -> np.ndarray[Any, Any]:
        counts = np.eye(42, dtype=np.int64) * 3
        counts[2, 5], counts[41, 41] = 1, 0
        return counts

    def test_up_to_40_have_buttons_and_more_are_one_picture(self) -> None:
        few = confusion.confusion_data(self.counts()[1:, 1:], class_names=self.NAMES[1:])
        assert len(cells(few)) == 40**2
        many = confusion.confusion_data(self.counts(), class_names=self.NAMES, selected=(2, 5))
        assert "rows" not in many
        assert many["names"] == [list(self.NAMES)] * 2
        assert many["chosen"] == (2, 5)

    def test_counts_totals_and_colours_are_those_of_the_cells(self) -> None:
        data = confusion.confusion_data(self.counts(), class_names=self.NAMES)
        assert data["counts"][2 * 41 + 5] == 1
        assert (data["totals"][0][2], data["totals"][1][5]) == (4, 4)
        # The root of a quarter, and of three quarters.
        assert [data["alphas"][2 * 41 + column] for column in (5, 2, 3)] == [128, 221, 0]

    def test_void_has_no_colour_and_leaves_the_columns(self) -> None:
        counts = self.counts()
        counts[41, 5], counts[3, 41] = 9, 2
        data = confusion.confusion_data(counts, class_names=self.NAMES, normalise="predicted")
        assert data["void"]
        assert data["names"] == [[*self.NAMES, "void"], [*self.NAMES, "outside"]]
        assert data["totals"][1][5] == 4
        assert not any(data["alphas"][41 * 42 :])


def test_confusion_of_the_wrong_size_says_what_is_needed() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 2\), but 2 class names need \(3, 3\)"):
        confusion.confusion_data(np.eye(2), class_names=["a", "b"])


def test_undefined_images_have_their_own_lane() -> None:
    figure = images.per_image_strip(
        [0.5, NAN, 1.0], image_names=["p", "q", "r"], score_name="IoU", selected=1, mean=0.75
    )
    dots = trace(figure, "images")
    assert dots.x[0] == 0.5
    assert dots.x[1] < 0, "left of every score, never at 0"
    assert figure.layout.xaxis.ticktext[0] == "∅"
    assert figure.layout.xaxis.tickvals[0] == dots.x[1]
    assert [list(each) for each in dots.customdata] == [[0], [1], [2]]
    assert dots.marker.symbol == ("circle", "diamond", "circle")
    assert dots.hovertext[1] == "<b>q</b><br>∅"
    assert figure.layout.xaxis.title.text == "IoU of each image · ∅ undefined: 1 of 3"
    assert [note.text for note in figure.layout.annotations] == ["mean 0.750"]


def test_equal_scores_are_stacked() -> None:
    figure = images.per_image_strip([0.5, 0.5, 0.9, 0.5], image_names=list("abcd"), score_name="IoU")
    assert list(trace(figure, "images").y) == [0, 1, 0, 2]


def test_axis_holds_scores_beyond_the_unit_interval() -> None:
    figure = images.per_image_strip([-0.4, 3.0], image_names=["a", "b"], score_name="x")
    low, high = figure.layout.xaxis.range
    assert low < -0.4
    assert high > 3.0


@pytest.mark.parametrize("hue", ["#000000", "#FFFFFF", "#000080", "#FFFF00", "#F0E442", "#8B0000", "#00FFFF"])
def test_lines_are_seen_on_the_ground_of_both_themes(hue: str) -> None:
    seen = readable(hue)
    assert contrast(seen, "#11171D") >= 3
    assert contrast(seen, "#FFFFFF") >= 2
    assert readable(seen) == seen


def test_colours_that_can_be_seen_stay() -> None:
    palette = class_colours(20)
    assert [readable(colour) for colour in palette[:8]] == list(palette[:8])


def test_a_class_has_its_line_in_the_colour_of_the_map_as_far_as_it_is_seen() -> None:
    look = Look(names=["background", "car"], colours=["#000000", "#E69F00"])
    assert [look.line_colour(label) for label in (0, 1)] == [readable("#000000"), "#E69F00"]
    _, lines = threshold_lines(
        np.array([0.0, 1.0]), np.array([[0.2, 0.4], [0.1, 0.3]]), look=look, classes=[0, 1], threshold=0.5
    )
    assert [each.colour for each in lines] == [readable("#000000"), "#E69F00"]


def line(**changes: Any) -> curves.CurveLine:
    plain = {
        "name": "car",
        "colour": "#112233",
        "x": [0.0, 0.5, 1.0],
        "y": [1.0, 0.8, 0.4],
        "thresholds": [np.inf, 0.5, 0.1],
    }
    return curves.CurveLine(**(plain | changes))


def test_roc_names_area_interval_and_operating_point() -> None:
    figure = curves.roc_figure(
        [line(area=0.8768, area_low=0.81, area_high=0.92, cursor=(0.5, 0.8), cursor_threshold=0.5)]
    )
    curve = trace(figure, "car 0.877 [0.810, 0.920]")
    assert curve.hovertext[0].startswith("<b>car</b>, threshold above every score")
    assert curve.hovertext[1] == "<b>car</b>, threshold 0.500<br>false positive rate 0.500<br>recall 0.800"
    point = trace(figure, "cursor")
    assert (point.x, point.y) == ((0.5,), (0.8,))
    assert list(trace(figure, "guide").x) == list(trace(figure, "guide").y) == [0, 1], "the chance line"


@pytest.mark.parametrize(
    ("low", "high", "text", "columns"),
    [(0.8836, 0.8844, "0.884", 2), (0.8834, 0.8844, "0.884 [0.883, 0.884]", 1), (0.884, None, "0.884", 2)],
)
def test_bounds_of_an_area_are_shown_where_they_read_unlike_it(
    low: float, high: float | None, text: str, columns: int
) -> None:
    lines = [line(area=0.884, area_low=low, area_high=high)]
    figure = curves.roc_figure(lines)
    assert figure.data[1].name == f"car {text}"
    assert figure.layout.legend.entrywidth == 1 / columns
    assert curves.shows_bounds(lines) == (columns == 1)


def test_curve_of_a_class_without_pixels_is_named_as_undefined() -> None:
    figure = curves.roc_figure([line(x=[], y=[], thresholds=[])])
    assert len(trace(figure, "car ∅").x) == 0


def test_precision_recall_is_a_staircase_at_the_later_points_precision() -> None:
    rising = curves.pr_figure([line()])
    falling = curves.pr_figure([line(x=[1.0, 0.5, 0.0], y=[0.4, 0.8, 1.0])])
    assert trace(rising, "car ∅").line.shape == "vh"
    assert trace(falling, "car ∅").line.shape == "hv"


def test_precision_recall_draws_prevalence_and_equal_f1() -> None:
    figure = curves.pr_figure([line(baseline=0.03)], iso_f1=(0.6,))
    assert list(trace(figure, "baseline").y) == [0.03, 0.03]
    guide = trace(figure, "guide")
    recall, precision = np.array(guide.x), np.array(guide.y)
    np.testing.assert_allclose(2 * recall * precision / (recall + precision), 0.6)


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    x = np.linspace(0, 1, 50_001)
    curve = trace(curves.roc_figure([line(x=x, y=x, thresholds=1 - x)]), "car ∅")
    assert len(curve.x) <= 1000
    assert (curve.x[0], curve.x[-1]) == (0, 1)


def test_score_against_threshold_shows_the_chosen_one_and_leaves_gaps() -> None:
    lines = [curves.ThresholdLine(name="car", colour="#112233", values=[0.2, NAN, 0.6], cursor_value=NAN)]
    figure = curves.threshold_figure(lines, score_name="Dice", thresholds=[0.0, 0.5, 1.0], cursor=0.5)
    curve = trace(figure, "car ∅")
    assert np.isnan(curve.y[1])
    assert curve.hovertext[1] == "<b>car</b><br>threshold 0.500<br>Dice ∅"
    assert [each.name for each in figure.data] == ["car ∅"], "no dot where the score is undefined"
    assert figure.layout.shapes[0].x0 == 0.5


def test_other_rules_count_undefined_and_draw_the_rest() -> None:
    scores = [rules.RuleScore(label=name, value=value) for name, value in (("r0", 0.3), ("r1", NAN), ("r2", 0.7))]
    data = rules.rules_data(scores, current=0.7, score_name="IoU")
    assert [(dot["index"], dot["tip"]) for dot in data["dots"]] == [(0, "0.300\nr0"), (None, "0.700\nthe chosen rules")]
    assert [dot["kind"] for dot in data["dots"]] == ["rule", "own"]
    assert {(label["text"], label["at"]) for label in data["labels"]} == {("0.300", "below"), ("0.700", "above")}
    assert data["caption"] == "IoU under 3 rules: click a dot to take its rules (∅ under 1 of them)"


def test_no_rule_defined_draws_no_dot() -> None:
    data = rules.rules_data([rules.RuleScore(label="r", value=NAN)], current=NAN, score_name="IoU")
    assert data["dots"] == data["labels"] == []


def test_prevalence_cursor_stands_on_the_logarithmic_axis() -> None:
    shown = prevalence.PrevalenceLine(name="Dice", colour="#112233", scores=[0.1, 0.9])
    figure = prevalence.prevalence_figure([shown], prevalences=[0.001, 1.0], cursor=0.01)
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.annotations[0].x == pytest.approx(-2)
    assert figure.layout.annotations[0].text == "your data 1.00 %"
