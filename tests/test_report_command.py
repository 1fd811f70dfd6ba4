"""The command that writes a report, and checks one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import metrics_core as mc
from metrics_core import cli
from tests.resampling_examples import FIRST


class TestCommand:
    @pytest.fixture
    def run(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
        mc.save_statistics(FIRST, tmp_path / "run.stats")

        def command(*arguments: object) -> str:
            try:
                cli.main(["report", str(tmp_path / "run.stats"), "--resamples", "200", *map(str, arguments)])
            except SystemExit as end:
                return str(end.code)
            return capsys.readouterr().out

        return command

    def test_it_writes_four_files_that_check(self, tmp_path: Path, run: Callable[..., str]) -> None:
        told = run("--formula", "dice", "--pooling", "image", "--exclude", 1, "--out", tmp_path / "out")
        assert [Path(line.partition(": ")[0]).name for line in told.splitlines()] == [
            "run.html",
            "run.md",
            "run.csv",
            "run.json",
        ]
        content = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
        assert content["conventions"]["c0"]["excluded_classes"] == [1]
        assert run("--check", tmp_path / "out" / "run.json").endswith(
            f"all {len(content['numbers'])} numbers are the same\n"
        )

    def test_a_changed_number_ends_the_check(self, tmp_path: Path, run: Callable[..., str]) -> None:
        run("--out", tmp_path)
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        content["numbers"][0]["value"] = 0.5
        (tmp_path / "run.json").write_text(json.dumps(content), encoding="utf-8")
        assert "numbers differ, first score 'IoU': 0.5 recorded" in run("--check", tmp_path / "run.json")

    def test_slices_by_a_column_of_a_table_stand_in_all_forms_and_check(
        self, tmp_path: Path, run: Callable[..., str]
    ) -> None:
        sites = {name: "north" if i % 3 else "south" for i, name in enumerate(FIRST.image_names)}
        table = tmp_path / "sites.csv"
        table.write_text("image,site\n" + "".join(f"{name},{site}\n" for name, site in sites.items()), encoding="utf-8")
        run("--metadata", table, "--slice-by", "site", "--out", tmp_path)
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        slices = [each for each in content["numbers"] if each["part"] == "slice"]
        assert content["slices_by"] == "site of sites.csv"
        assert [each["name"] for each in slices] == ["north", "south"]
        assert slices[1]["images"] == [name for name, site in sites.items() if site == "south"]
        wanted = mc.score_slices(FIRST, "iou", labels=sites, resamples=200)
        assert [each["interval"]["low"] for each in slices] == [each.score.low for each in wanted]
        with (tmp_path / "run.csv").open(newline="", encoding="utf-8") as rows:
            assert [row["name"] for row in csv.DictReader(rows) if row["part"] == "slice"] == ["north", "south"]
        assert "## Slices by site of sites.csv" in (tmp_path / "run.md").read_text(encoding="utf-8")
        assert "<h2>Slices by site of sites.csv</h2>" in (tmp_path / "run.html").read_text(encoding="utf-8")
        assert run("--check", tmp_path / "run.json").endswith("numbers are the same\n")

    def test_slices_by_size_are_quantiles_of_a_class(self, tmp_path: Path, run: Callable[..., str]) -> None:
        run("--slice-by-size", 1, "--slices", 3, "--out", tmp_path)
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        names = [each["name"] for each in content["numbers"] if each["part"] == "slice"]
        assert set(names) == set(mc.size_labels(FIRST, 1, number=3).values())

    def test_without_slices_there_is_no_section(self, tmp_path: Path, run: Callable[..., str]) -> None:
        run("--out", tmp_path)
        assert "Slices" not in (tmp_path / "run.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--slice-by", "site"), "--metadata and --slice-by are given together"),
            (("--metadata", "TABLE"), "--metadata and --slice-by are given together"),
            (("--metadata", "TABLE", "--slice-by", "sit"), "expected a column of 'site', got 'sit'"),
            (("--metadata", "TABLE", "--slice-by", "site", "--slice-by-size", 1), "slices by one thing"),
            (("--slice-by-size", 7), "label must be a class 0..1; got 7"),
            (("--slices", 2), "--slices is the number of slices by size: give --slice-by-size with it"),
            (("--slice-by-size", 1, "--slices", 1), "number must be at least 2 slices; got 1"),
            (("--metadata", "MISSING", "--slice-by", "site"), "expected to read or write it"),
        ],
    )
    def test_slices_that_cannot_be_made_are_one_sentence(
        self, options: tuple[object, ...], message: str, tmp_path: Path, run: Callable[..., str]
    ) -> None:
        (tmp_path / "sites.csv").write_text(f"image,site\n{FIRST.image_names[0]},north\n", encoding="utf-8")
        places: dict[object, object] = {"TABLE": tmp_path / "sites.csv", "MISSING": tmp_path / "none.csv"}
        told = run(*(places.get(each, each) for each in options))
        assert told.startswith("metric-explorer: ")
        assert message in told

    @pytest.mark.parametrize("options", [("--exclude", 7), ("--threshold", 0.5), ("--resamples", 0)])
    def test_what_does_not_fit_is_one_sentence(self, options: tuple[object, ...], run: Callable[..., str]) -> None:
        assert run(*options).startswith("metric-explorer: ")

    def test_parameters_are_names_and_numbers(self, tmp_path: Path, run: Callable[..., str]) -> None:
        run("--formula", "fbeta", "--parameters", '{"beta": 0.5}', "--out", tmp_path)
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert content["numbers"][0]["parameters"] == {"beta": 0.5}

    @pytest.mark.parametrize("text", ["[1]", "beta=1", '{"beta": "x"}'])
    def test_other_parameters_are_refused(
        self, text: str, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("--parameters", text) == "2"
        assert f"""expected names and numbers, such as {{"beta": 0.5}}; got {text!r}""" in capsys.readouterr().err

    def test_messages_name_the_options_of_the_command(self, run: Callable[..., str]) -> None:
        told = run("--threshold", 0.5)
        assert told == "metric-explorer: a threshold needs scores: evaluate with --scores, or set no --threshold"
