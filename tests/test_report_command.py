"""The command that writes a report, and checks one."""

from __future__ import annotations

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

    @pytest.mark.parametrize("options", [("--exclude", 7), ("--threshold", 0.5), ("--resamples", 0)])
    def test_what_does_not_fit_is_one_sentence(self, options: tuple[object, ...], run: Callable[..., str]) -> None:
        assert run(*options).startswith("metric-explorer: ")

    def test_parameters_are_names_and_numbers(self, tmp_path: Path, run: Callable[..., str]) -> None:
        run("--formula", "fbeta", "--parameters", '{"beta": 0.5}', "--out", tmp_path)
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert content["numbers"][0]["parameters"] == {"beta": 0.5}
        assert run("--parameters", "[1]") == "2"
