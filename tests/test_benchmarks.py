"""The benchmarks at tiny sizes: rows come out and are written; how long anything takes is not looked at."""

from __future__ import annotations

import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import (
    Row,
    bench_boundary,
    bench_counting,
    bench_curves,
    bench_device,
    bench_growth,
    bench_memory,
    bench_modular,
    bench_start,
    bench_toggles,
    limited,
    median_ms,
    medians_ms,
)
from tests.benchmarks import __main__ as command
from tests.benchmarks.measured_memory import WORKS, measure
from tests.benchmarks.plot import svg
from tests.benchmarks.table import cells, markdown, missed

ROOT = Path(__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"
# The dashboard's is run by a command of its own below: two browsers cannot be driven from one process.
QUICK = {
    "boundary": bench_boundary.run,
    "counting": bench_counting.run,
    "curves": bench_curves.run,
    "growth": bench_growth.run,
    "memory": bench_memory.run,
    "modular": bench_modular.run,
    "start": bench_start.run,
    "toggles": bench_toggles.run,
}
FASTER = Row(workload="counting", against="a library", ours=2.0, other=20.0, goal=8)
SLOWER = Row(workload="counting, void", against="a library", ours=2.0, other=20.0, goal=12)
FAR_SLOWER = Row(workload="ranking", against="a library", ours=2.0, other=20.0, goal=14)
LARGE = limited("memory: labels", 22.0, 20.0, unit="MB")
TOO_LARGE = limited("memory: scores", 30.0, 20.0, unit="MB")
UNRANKED = Row(workload="counting", against="Keras", ours=2.0, other=20.0)
ROWS = (FASTER, SLOWER, FAR_SLOWER, LARGE, TOO_LARGE, UNRANKED)


def assert_rows_are_numbers(rows: list[Row]) -> None:
    assert rows
    for row in rows:
        assert row.workload
        assert row.against
        assert math.isfinite(row.ratio)
        assert row.goal is None or row.goal > 0
    names = [(row.workload, row.against, row.sense) for row in rows]
    assert len(set(names)) == len(names)


class TestRows:
    def test_at_least_is_how_many_times_as_good(self) -> None:
        assert FASTER.ratio == 10
        assert FASTER.met

    def test_at_most_is_how_many_times_the_limit(self) -> None:
        assert LARGE.ratio == pytest.approx(1.1)
        assert not LARGE.met

    @pytest.mark.parametrize(
        ("row", "within"), [(FASTER, True), (SLOWER, True), (FAR_SLOWER, False), (LARGE, True), (TOO_LARGE, False)]
    )
    def test_the_check_forgives_a_quarter_of_the_goal(self, row: Row, within: bool) -> None:
        assert row.within_margin is within

    def test_a_row_without_a_goal_is_never_missed(self) -> None:
        assert UNRANKED.met
        assert UNRANKED.within_margin

    def test_a_ratio_at_its_goal_meets_it(self) -> None:
        assert limited("a step", 100.0, 100.0).met


class TestTiming:
    def test_works_take_turns(self) -> None:
        calls: list[str] = []
        times = medians_ms({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2)
        assert calls == ["a", "b"] * 3
        assert list(times) == ["a", "b"]

    def test_a_work_that_has_taken_its_share_is_called_no_more(self) -> None:
        calls: list[str] = []
        medians_ms({"a": lambda: calls.append("a")}, rounds=5, patience_s=0)
        assert calls == ["a"] * 2

    def test_a_first_call_is_not_counted(self) -> None:
        calls: list[str] = []
        median_ms(lambda: calls.append("a"), repeats=3)
        assert calls == ["a"] * 4


@pytest.mark.filterwarnings("ignore::FutureWarning")  # MONAI's own
@pytest.mark.parametrize("run", QUICK.values(), ids=list(QUICK))
def test_every_benchmark_yields_rows(run: Any) -> None:
    assert_rows_are_numbers(list(run("quick")))


def test_the_rows_of_a_device_come_from_any_device() -> None:
    assert_rows_are_numbers(list(bench_device.rows("quick", "cpu", lambda: None)))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system keeps no peak of memory")
@pytest.mark.parametrize("key", list(WORKS))
def test_every_work_whose_memory_is_measured_runs(key: str) -> None:
    assert measure(key, 1024) >= 0


def test_the_fitted_exponent_is_that_of_the_power_law() -> None:
    *_, fitted = bench_growth.growth("squares", {size: 3.0 * size**2 for size in (1, 10, 1000)}, goal=2.5)
    assert fitted.ratio == pytest.approx(2)
    assert fitted.workload == "squares 1 to 1,000: fitted exponent"


def test_the_dashboard_is_timed_step_by_step(tmp_path: Path) -> None:
    table, picture = tmp_path / "table.md", tmp_path / "plot.svg"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "dashboard", "--quick", f"--markdown={table}", f"--plot={picture}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for part in ("first load of the server", "rule toggle", "browser, from the last message", "bytes of a view"):
        assert part in table.read_text(encoding="utf-8")
    assert ET.parse(picture).getroot().tag == f"{SVG}svg"


class TestTable:
    def test_a_row_is_written_with_its_goal(self) -> None:
        assert cells(SLOWER) == ("counting, void", "2 ms", "a library", "20 ms", "10x", ">= 12x", "missed")
        assert cells(LARGE) == ("memory: labels", "22 MB", "the limit", "20 MB", "1.1x", "<= 1x", "missed")
        assert cells(UNRANKED)[-2:] == ("", "")

    def test_every_miss_is_listed_and_those_beyond_the_margin_are_told_apart(self) -> None:
        listed = missed(ROWS)
        assert len(listed) == 4
        assert [text.endswith("by more than the margin") for text in listed] == [False, True, False, True]

    def test_markdown_has_a_table_for_each_benchmark(self) -> None:
        text = markdown({"Counting": [FASTER, UNRANKED], "Ranking": [FAR_SLOWER], "Nothing": []})
        assert "### Counting" in text
        assert "### Nothing" not in text
        assert "| counting | 2 ms | a library | 20 ms | 10x | >= 8x | met |" in text
        assert "| counting | 2 ms | Keras | 20 ms | 10x |  |  |" in text
        assert "| ranking | 2 ms | a library | 20 ms | 10x | >= 14x | missed |" in text


class TestPlot:
    def test_a_bar_for_every_row_with_a_goal_and_for_the_worst_of_each_kind_of_limit(self) -> None:
        bars = ET.fromstring(svg(ROWS)).iter(f"{SVG}rect")
        assert [bar.get("class") for bar in bars] == ["met", "missed", "missed", "missed"]

    def test_bars_and_goals_lie_on_one_logarithmic_axis(self) -> None:
        picture = ET.fromstring(svg([Row(workload="a", against="b", ours=1, other=10, goal=100)]))
        (bar,) = picture.iter(f"{SVG}rect")
        (goal,) = (each for each in picture.iter(f"{SVG}line") if each.get("class") == "goal")
        start, width, tick = (float(each or "nan") for each in (bar.get("x"), bar.get("width"), goal.get("x1")))
        assert tick - start == pytest.approx(2 * width)

    def test_it_is_drawn_for_light_and_dark_pages(self) -> None:
        assert "prefers-color-scheme: dark" in svg(ROWS)

    def test_texts_are_escaped(self) -> None:
        texts = [each.text for each in ET.fromstring(svg([limited("<a> & b", 1.0, 2.0)])).iter(f"{SVG}text")]
        assert "<a> & b / the limit" in texts

    @pytest.mark.parametrize("ratio", [-0.5, 0.0, 1e-9, 1e6])
    def test_any_ratio_can_be_drawn(self, ratio: float) -> None:
        assert ET.fromstring(svg([limited("exponent", ratio, 1.0)])).tag == f"{SVG}svg"


class TestCommand:
    @pytest.fixture(autouse=True)
    def measured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "collect", lambda names: {"bench_start": lambda size: self.rows})

    @pytest.mark.parametrize(
        ("rows", "arguments", "status"),
        [
            ([FASTER, SLOWER], ["--check"], 0),
            ([FASTER, FAR_SLOWER], ["--check"], 1),
            ([TOO_LARGE], ["--check"], 1),
            ([TOO_LARGE], [], 0),
        ],
    )
    def test_it_fails_only_where_asked_to_check_and_beyond_the_margin(
        self, rows: list[Row], arguments: list[str], status: int
    ) -> None:
        self.rows = rows
        assert command.main(arguments) == status

    def test_it_lists_what_is_missed(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.rows = [FASTER, SLOWER]
        command.main([])
        assert "1 of 2 rows meet their goals\ncounting, void  2 ms" in capsys.readouterr().out

    def test_it_writes_the_table_and_the_plot(self, tmp_path: Path) -> None:
        self.rows = list(ROWS)
        command.main([f"--markdown={tmp_path / 'a.md'}", f"--plot={tmp_path / 'a.svg'}"])
        assert "| ranking |" in (tmp_path / "a.md").read_text(encoding="utf-8")
        assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_benchmark_of_one_size_is_left_out_of_a_quick_run() -> None:
    assert list(command.sized(lambda: [FASTER], "quick")) == []
    assert list(command.sized(lambda: [FASTER], "full")) == [FASTER]
