"""Figures and tables of the Compare page: what they say and where a click leads."""

import itertools
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views import cells, compare, effects, verdict
from app.views.axis import Axis
from app.views.colours import ORANGE, SKY, with_alpha
from app.views.markdown import markdown_table
from app.views.tables import VerdictRow
from app.views.waterfall import WaterfallStep, way_data

NAN = float("nan")
HOSTILE = "<b>%{x}</b> $a$ | [link](http://a.example)"


def heatmap(**options: Any) -> list[list[dict[str, Any] | None]]:
    """Cells [row][column] of scores of A and B."""
    names = {"row_names": ["A", "B"], "column_names": ["x", "y"]}
    data = compare.disagreement_data([[0.5, NAN], [0.25, 0.9]], **(names | options))
    return [row["cells"] for row in data["rows"]]


def parts(cells: list[list[dict[str, Any] | None]], name: str) -> list[list[Any]]:
    """One property of all cells; None where it is not there, "blank" where the cell is."""
    return [["blank" if cell is None else cell.get(name) for cell in row] for row in cells]


class TestHeatmap:
    def test_values_undefined_and_absent(self) -> None:
        cells = heatmap(absent=[[False, False], [False, True]])
        assert parts(cells, "text") == [["0.50", "∅"], ["0.25", "blank"]]

    def test_a_higher_score_has_a_stronger_colour(self) -> None:
        assert parts(heatmap(), "colour") == [
            [with_alpha(SKY, 0.5), with_alpha(SKY, 0)],
            [with_alpha(SKY, 0.25), with_alpha(SKY, 0.9)],
        ]
        assert parts(heatmap(), "strong") == [[None, None], [None, True]]

    def test_with_a_reference_differences_are_blue_above_and_orange_below(self) -> None:
        cells = heatmap(reference=[0.5, 0.5])
        assert parts(cells, "text") == [["=", "∅"], ["−0.25", "+0.40"]]
        assert parts(cells, "colour")[1] == [with_alpha(ORANGE, round((0.25 / 0.4) ** 0.5, 3)), with_alpha(SKY, 1)]

    def test_start_and_end_are_framed_and_numbered(self) -> None:
        cells = heatmap(start=(0, 1), end=(1, 0))
        assert parts(cells, "mark") == [[None, "1"], ["2", None]]
        assert parts(cells, "chosen") == [[None, True], [True, None]]

    def test_a_cell_can_be_both_ends(self) -> None:
        assert parts(heatmap(start=(1, 1), end=(1, 1)), "mark")[1][1] == "1·2"

    def test_ends_on_blank_cells_are_not_framed(self) -> None:
        cells = heatmap(absent=[[False, True], [False, False]], start=(0, 1))
        assert parts(cells, "mark") == [[None, "blank"], [None, None]]

    def test_labels_stand_beside_the_rows_and_names_under_the_pointer(self) -> None:
        data = compare.disagreement_data(
            [[0.5], [0.1]], row_names=["A · macro", "A · micro"], column_names=["x"], row_labels=["A · macro", "micro"]
        )
        assert [row["label"] for row in data["rows"]] == ["A · macro", "micro"]
        assert data["rows"][1]["cells"][0]["tip"].startswith("A · micro · x\n")

    def test_a_tip_tells_the_score_the_reference_the_difference_and_the_notes(self) -> None:
        tip = parts(heatmap(reference=[0.5, 0.5], notes=[["", ""], ["one\ntwo", ""]], end=(1, 0)), "tip")[1][0]
        expected = [
            "B · x",
            "score 0.2500",
            "reference 0.5000",
            "difference −0.2500",
            "one",
            "two",
            "the way ends here",
        ]
        assert tip.splitlines() == expected


class TestCells:
    @staticmethod
    def data(columns: list[str], **options: Any) -> dict[str, Any]:
        shape = {"height": 25, "least_width": 40, "widest_name": 12.0, "long_headings": "slanted"}
        names = cells.Names(rows=["row"], columns=columns, corner="")
        line = [cells.Cell(text="1", tip="one", colour="red", **options) for _ in columns]
        return cells.cells_data([line], names, **shape)  # pyright: ignore[reportArgumentType]

    @pytest.mark.parametrize(
        ("columns", "headings"),
        [(["a", "b"], "level"), (["a long heading"] * 4, "slanted"), (["a"] * 10, "upright")],
    )
    def test_headings_that_do_not_fit_side_by_side(self, columns: list[str], headings: str) -> None:
        assert self.data(columns)["headings"] == headings

    def test_a_second_line_is_part_of_a_cell(self) -> None:
        assert self.data(["a"], second="0.4–0.6")["rows"][0]["cells"] == [
            {"text": "1", "tip": "one", "colour": "red", "second": "0.4–0.6"}
        ]


class TestSpread:
    SPREAD = (
        compare.SpreadValue(value=0.2, calls=("a: f()",)),
        compare.SpreadValue(value=0.6, calls=tuple(f"{i}: f()" for i in range(20))),
        compare.SpreadValue(value=NAN, calls=("c: f()",)),
    )

    def test_one_dot_a_defined_value_larger_for_more_calls(self) -> None:
        small, large = compare.spread_data(self.SPREAD, caption="IoU")["dots"]
        assert (small["index"], large["index"]) == (0, 1)
        assert 0 < small["place"] < 50 < large["place"] < 100
        assert small["size"] < large["size"]

    def test_indices_count_undefined_values_too(self) -> None:
        dots = compare.spread_data(self.SPREAD[::-1], caption="IoU")["dots"]
        assert [dot["index"] for dot in dots] == [1, 2]

    def test_a_dot_names_its_calls_and_counts_those_that_do_not_fit(self) -> None:
        few, many = compare.spread_data(self.SPREAD, caption="IoU")["dots"]
        assert few["tip"] == "0.2000\na: f()"
        assert many["tip"].splitlines()[-2:] == ["11: f()", "and 8 more"]

    def test_the_selected_value_stands_out(self) -> None:
        dots = compare.spread_data(self.SPREAD, caption="IoU", selected=1)["dots"]
        assert [dot["kind"] for dot in dots] == ["value", "chosen"]

    def test_the_users_own_score_widens_the_axis_and_cannot_be_clicked(self) -> None:
        data = compare.spread_data(self.SPREAD, caption="IoU", own=0.95)
        own = data["dots"][-1]
        assert (own["kind"], own["index"]) == ("own", None)
        assert data["dots"][1]["place"] < own["place"] < 100
        assert data["labels"] == [{"place": own["place"], "text": "your rules 0.950", "at": "above"}]

    def test_without_an_own_score_there_is_no_diamond(self) -> None:
        data = compare.spread_data(self.SPREAD, caption="IoU", own=NAN)
        assert {dot["kind"] for dot in data["dots"]} == {"value"}
        assert data["labels"] == []

    def test_nothing_but_undefined_values(self) -> None:
        assert compare.spread_data(self.SPREAD[2:], caption="IoU")["dots"] == []


class TestAxis:
    @pytest.mark.parametrize(
        ("low", "high", "texts"),
        [
            (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (-0.224, 0.224, ["−0.2", "−0.1", "0", "0.1", "0.2"]),
            (0.31, 0.33, ["0.310", "0.315", "0.320", "0.325", "0.330"]),
            (0.0, 30.0, ["0", "10", "20", "30"]),
            (0.4, 1.4, ["0.4", "0.6", "0.8", "1.0", "1.2", "1.4"]),
            (0.5, 0.5, []),
            (0.0, NAN, []),
        ],
    )
    def test_ticks_are_round_numbers(self, low: float, high: float, texts: list[str]) -> None:
        assert [tick["text"] for tick in Axis(low=low, high=high).ticks(most=5)] == texts

    @pytest.mark.parametrize("reach", [0.46, 0.49, 0.46e-3, 460])
    def test_a_step_that_leaves_zero_alone_is_refined(self, reach: float) -> None:
        places = [tick["place"] for tick in Axis(low=-reach, high=reach).ticks(most=4)]
        assert len(places) == 5
        assert places[2] == 50

    @given(low=st.floats(-10, 10), span=st.floats(1e-6, 1e6), most=st.integers(1, 12))
    def test_ticks_lie_on_the_axis_in_no_more_steps_than_asked_for(self, low: float, span: float, most: int) -> None:
        ticks = Axis(low=low, high=low + span).ticks(most=most)
        assert len(ticks) <= most + 1
        assert all(-0.01 <= tick["place"] <= 100.01 for tick in ticks)

    def test_an_axis_of_no_length_has_everything_in_its_middle(self) -> None:
        assert Axis(low=0.3, high=0.3).place(0.3) == 50


class TestWay:
    @staticmethod
    def way(*scores: float) -> dict[str, Any]:
        steps = [
            WaterfallStep(label=f"step {number}", before=before, after=after)
            for number, (before, after) in enumerate(itertools.pairwise(scores))
        ]
        return way_data(steps, score_name="IoU", start_name="A", end_name="B", summary="from A to B")

    def test_bars_have_the_length_of_the_change(self) -> None:
        rows = self.way(0.5, 0.6, 0.2)["rows"]
        assert [row["label"] for row in rows] == ["A", "step 0", "step 1", "B"]
        assert [row["text"] for row in rows] == ["0.500", "+0.100", "−0.400", "0.200"]
        assert [row["kind"] for row in rows] == ["total", "up", "down", "total"]
        shares = [(row["left"], row["right"]) for row in rows]
        assert shares == [(0, 83.33), (83.33, 100), (33.33, 100), (0, 33.33)], "of the axis, which ends at 0.6"

    def test_a_line_leads_from_each_bar_to_the_next(self) -> None:
        assert [row["joint"] for row in self.way(0.5, 0.6, 0.2)["rows"]] == [None, 83.33, 100, None]

    def test_steps_into_and_out_of_an_undefined_score_have_no_length(self) -> None:
        rows = self.way(0.6, NAN, 0.4)["rows"]
        assert [row["text"] for row in rows] == ["0.600", "0.600 → ∅", "∅ → 0.400", "0.400"]
        assert rows[1]["left"] == rows[1]["right"] == 100
        assert rows[1]["kind"] == rows[2]["kind"] == "undefined"
        assert rows[2]["joint"] is None, "nothing leads on from an undefined score"

    def test_a_negative_score_lies_left_of_zero(self) -> None:
        data = self.way(-0.25, 0.75)
        assert (data["rows"][0]["left"], data["rows"][0]["right"]) == (0, 25)
        assert next(tick["place"] for tick in data["ticks"] if tick["zero"]) == 25

    def test_an_undefined_way_still_has_an_axis(self) -> None:
        assert self.way(NAN, NAN)["ticks"]


class TestEffects:
    def test_bars_rise_and_fall_and_undefined_ones_say_so(self) -> None:
        bars = [
            effects.EffectBar(label="up", value=0.7, delta=0.2),
            effects.EffectBar(label="down", value=0.4, delta=-0.1),
            effects.EffectBar(label="gone", value=NAN, delta=NAN),
        ]
        data = effects.effects_data(bars, score_name="IoU")
        up, down, gone = data["rows"]
        assert (up["left"], up["right"], up["text"], up["side"]) == (50, 100, "+0.200", "right")
        assert (down["left"], down["right"], down["text"], down["side"]) == (25, 50, "−0.100", "left")
        assert (gone["left"], gone["right"], gone["text"]) == (50, 50, "→ ∅")
        assert len({row["colour"] for row in data["rows"]}) == 3
        assert data["summary"] == "up +0.200; down −0.100; gone → ∅"

    def test_no_bars(self) -> None:
        assert effects.effects_data([], score_name="IoU")["rows"] == []


class TestVerdict:
    ROWS = (
        VerdictRow(rule="p", first=0.5, second=0.4),
        VerdictRow(rule="q", first=0.3, second=0.6),
        VerdictRow(rule="r", first=0.3, second=0.3),
        VerdictRow(rule="s", first=NAN, second=0.3),
    )

    def figure(self, **options: Any) -> go.Figure:
        names = {"first_name": HOSTILE, "second_name": "B", "score_name": "IoU"}
        return verdict.verdict_figure(self.ROWS, current=self.ROWS[0], **(names | options))

    def test_one_dot_a_rule_with_a_winner_or_a_tie(self) -> None:
        places = [tuple(np.round(each.x, 9)) for each in self.figure().data]
        assert places == [(0.1,), (-0.3,), (0,), (0.1,)]

    def test_lower_is_better_turns_the_sides_round(self) -> None:
        higher, lower = (
            {note.text: note.x for note in self.figure(better=better).layout.annotations}
            for better in ("higher", "lower")
        )
        assert "← B better" in higher
        assert "B better →" in lower

    def test_names_cannot_act_as_markup(self) -> None:
        assert "%{x}" not in str(self.figure().to_dict())


class TestMarkdownTable:
    def test_numbers_are_aligned_to_the_right(self) -> None:
        lines = markdown_table(["name", "score"], [["a", "1"]], numbers=["score"]).splitlines()
        assert lines[1] == "| --- | ---: |"
        assert lines[2] == "| :small[a] | :small[1] |"

    def test_cells_cannot_act_as_markup(self) -> None:
        row = markdown_table(["x"], [[HOSTILE]]).splitlines()[2]
        assert "\\<b\\>" in row
        assert "\\|" in row
        assert "\\[link\\]" in row

    def test_an_empty_cell_stays_a_cell(self) -> None:
        assert markdown_table(["x", "y"], [["", "1"]]).splitlines()[2] == "| | :small[1] |"
