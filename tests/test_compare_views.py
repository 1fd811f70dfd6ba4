"""Figures and tables of the Compare page: what they say and where a click leads."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from app.views import compare, effects, verdict
from app.views.markdown import markdown_table
from app.views.tables import VerdictRow
from app.views.waterfall import WaterfallStep

NAN = float("nan")
HOSTILE = "<b>%{x}</b> $a$ | [link](http://a.example)"


def trace(figure: go.Figure, name: str) -> Any:
    (found,) = [each for each in figure.data if each.name == name]
    return found


def heatmap(**options: Any) -> go.Figure:
    names = {"row_names": ["A · macro", "A · micro"], "column_names": ["x", "y"]}
    return compare.disagreement_heatmap([[0.5, 0.25], [0.1, 0.9]], **(names | options))


class TestHeatmap:
    def test_start_and_end_are_framed_and_numbered(self) -> None:
        figure = heatmap(start=(0, 1), end=(1, 0))
        frames = {(shape.x0, shape.y0) for shape in figure.layout.shapes if shape.name == "selected cell"}
        assert frames == {(0.5, -0.5), (-0.5, 0.5)}
        numbers = {note.text: (note.x, note.y) for note in figure.layout.annotations if note.name == "end"}
        assert numbers == {"<b>1</b>": (0.5, -0.5), "<b>2</b>": (-0.5, 0.5)}

    def test_ends_on_blank_cells_are_not_framed(self) -> None:
        figure = heatmap(absent=[[False, True], [False, False]], start=(0, 1))
        assert not figure.layout.annotations

    def test_labels_stand_beside_the_rows_and_names_under_the_pointer(self) -> None:
        figure = heatmap(row_labels=["A · macro", "micro"])
        assert figure.layout.yaxis.ticktext == ("A · macro", "micro")
        assert trace(figure, "cells").hovertext[2].startswith("<b>A · micro</b> · x")

    def test_notes_are_further_lines(self) -> None:
        figure = heatmap(notes=[["one\ntwo", ""], ["<i>", ""]])
        hover = trace(figure, "cells").hovertext
        assert hover[0].endswith("<br>one<br>two")
        assert hover[2].endswith("<br>&lt;i&gt;")


class TestSpread:
    SPREAD = (
        compare.SpreadValue(value=0.2, calls=("a: f()",)),
        compare.SpreadValue(value=0.6, calls=tuple(f"{i}: f()" for i in range(20))),
        compare.SpreadValue(value=NAN, calls=("c: f()",)),
    )

    def test_one_dot_a_defined_value_larger_for_more_calls(self) -> None:
        dots = trace(compare.spread_strip(self.SPREAD, score_name="IoU"), "values")
        assert dots.x == (0.2, 0.6)
        assert [list(each) for each in dots.customdata] == [[0], [1]]
        assert dots.marker.size[1] > dots.marker.size[0]

    def test_a_dot_names_its_calls_and_counts_those_that_do_not_fit(self) -> None:
        hover = trace(compare.spread_strip(self.SPREAD, score_name="IoU"), "values").hovertext
        assert hover[0] == "<b>0.2000</b><br>a: f()"
        assert hover[1].endswith("<br>11: f()<br>and 8 more")

    def test_the_users_own_score_widens_the_axis(self) -> None:
        figure = compare.spread_strip(self.SPREAD, score_name="IoU", own=0.95)
        assert trace(figure, "own").x == (0.95,)
        assert figure.layout.xaxis.range[1] > 0.95

    @pytest.mark.parametrize("own", [None, NAN])
    def test_without_an_own_score_there_is_no_diamond(self, own: float | None) -> None:
        figure = compare.spread_strip(self.SPREAD, score_name="IoU", own=own)
        assert [each.name for each in figure.data] == ["values"]

    def test_nothing_but_undefined_values(self) -> None:
        assert trace(compare.spread_strip(self.SPREAD[2:], score_name="IoU"), "values").x == ()


class TestWay:
    def test_the_axis_ends_at_the_largest_score(self) -> None:
        steps = [WaterfallStep(label="a", before=0.1, after=0.2), WaterfallStep(label="b", before=0.2, after=NAN)]
        figure = compare.way_figure(steps, score_name="IoU", start_name="s", end_name="e")
        assert figure.layout.xaxis.range == (0, pytest.approx(0.208))

    def test_an_undefined_way_still_has_an_axis(self) -> None:
        steps = [WaterfallStep(label="a", before=NAN, after=NAN)]
        figure = compare.way_figure(steps, score_name="IoU", start_name="s", end_name="e")
        assert figure.layout.xaxis.range is not None


class TestEffects:
    def test_bars_rise_and_fall_and_undefined_ones_say_so(self) -> None:
        bars = [
            effects.EffectBar(label="up", value=0.7, delta=0.2),
            effects.EffectBar(label="down", value=0.4, delta=-0.1),
            effects.EffectBar(label=HOSTILE, value=NAN, delta=NAN),
        ]
        figure = effects.effects_figure(bars, score_name="IoU")
        drawn = trace(figure, "effects")
        assert drawn.x == (0.2, -0.1, 0)
        assert drawn.text == ("+0.200", "−0.100", "→ ∅")
        assert len(set(drawn.marker.color)) == 3
        low, high = figure.layout.xaxis.range
        assert low == -high
        assert high > 0.2
        assert "%{x}" not in str(figure.to_dict())

    def test_no_bars(self) -> None:
        assert trace(effects.effects_figure([], score_name="IoU"), "effects").x == ()


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
