"""The commands that count, merge and score without the dashboard."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import metrics_core as mc
from metrics_core import cli
from metrics_core.cli.scoring import preset_lines
from tests.confusion_tables import HUNDRED, STREET, statistics_of
from tests.image_folders import evaluate_command, write_folders

Command = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """A command's output; a message where it ends with one."""

    def command(*arguments: object) -> str:
        try:
            cli.main([str(each) for each in arguments])
        except SystemExit as end:
            return str(end.code)
        return capsys.readouterr().out

    return command


@pytest.fixture
def hundred(tmp_path: Path) -> Path:
    mc.save_statistics(HUNDRED, tmp_path / "hundred.stats")
    return tmp_path / "hundred.stats"


@pytest.fixture
def street(tmp_path: Path) -> Path:
    mc.save_statistics(STREET, tmp_path / "street.stats")
    return tmp_path / "street.stats"


class TestEvaluate:
    def test_folders_become_a_statistics_file(self, tmp_path: Path, run: Command) -> None:
        task = write_folders(tmp_path, 3)
        told = run(*evaluate_command(task, tmp_path / "run.stats"))
        assert told.startswith(f"{tmp_path / 'run.stats'}: 3 images, 3 classes, ")
        assert mc.load_statistics(tmp_path / "run.stats").num_images == 3

    def test_every_option_reaches_the_task(self, tmp_path: Path, run: Command) -> None:
        task = write_folders(tmp_path, 2)
        options = ["--class-names", "road, car,sky", "--out-of-range", "count", "--threads", "1", "--void", "none"]
        (tmp_path / "targets" / "image00001.png").unlink()
        told = run(*evaluate_command(task, tmp_path / "run.stats"), *options, "--unmatched", "intersection")
        assert told == f"metric-explorer: target 'image00000.png': {told.partition(': ')[2].partition(': ')[2]}"
        assert "labels 0..2, got 255" in told  # void is none: the last of two options holds

    def test_messages_name_the_options_of_the_command(self, tmp_path: Path, run: Command) -> None:
        task = write_folders(tmp_path, 1)
        assert run(*evaluate_command(task, tmp_path / "run.stats"), "--void", "none").endswith(
            "pass --void 255 if it marks void pixels, or number the classes from 0"
        )
        (tmp_path / "targets" / "image00000.png").rename(tmp_path / "targets" / "other.png")
        assert run(*evaluate_command(task, tmp_path / "run.stats")).endswith("(--unmatched intersection)")

    def test_a_void_that_is_no_label_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            cli.main([*evaluate_command(write_folders(tmp_path, 1), tmp_path / "run.stats"), "--void", "0x"])
        assert "argument --void: expected a label or none; got '0x'" in capsys.readouterr().err

    def test_images_left_out_are_listed(self, tmp_path: Path, run: Command, capsys: pytest.CaptureFixture[str]) -> None:
        task = write_folders(tmp_path, 2)
        (tmp_path / "targets" / "image00001.png").write_bytes(b"")
        cli.main([*evaluate_command(task, tmp_path / "run.stats"), "--broken", "skip"])
        told = capsys.readouterr()
        assert "1 images" in told.out
        assert "left out 'image00001': 'image00001.png': expected a PNG image" in told.err

    def test_remarks_are_told_with_the_number_of_images(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for folder in ("targets", "logits"):
            (tmp_path / folder).mkdir()
            for index in range(3):
                shape = (4, 5) if folder == "targets" else (2, 4, 5)
                np.save(
                    tmp_path / folder / f"{index}.npy", np.zeros(shape, np.uint8 if len(shape) == 2 else np.float32)
                )
        folders = ["--targets", str(tmp_path / "targets"), "--scores", str(tmp_path / "logits")]
        out = str(tmp_path / "run.stats")
        cli.main(["evaluate", *folders, "--num-classes", "2", "--scores-hold", "logits", "--out", out])
        assert "noticed in '0' and 2 more: softmax over the class axis" in capsys.readouterr().err

    def test_nothing_that_can_be_read(self, tmp_path: Path, run: Command) -> None:
        task = write_folders(tmp_path, 1)
        (tmp_path / "targets" / "image00000.png").write_bytes(b"")
        told = run(*evaluate_command(task, tmp_path / "run.stats"), "--broken", "skip")
        assert "expected images that can be counted, got none of 1; the first: 'image00000.png'" in told
        assert not (tmp_path / "run.stats").exists()

    def test_a_folder_that_is_missing(self, tmp_path: Path, run: Command) -> None:
        task = write_folders(tmp_path, 1)
        (tmp_path / "predictions").rename(tmp_path / "elsewhere")
        told = run(*evaluate_command(task, tmp_path / "run.stats"))
        assert told.startswith("metric-explorer: '")
        assert told.endswith("predictions': expected a folder, got none; check the path")


class TestMerge:
    def test_images_of_both_files(self, tmp_path: Path, run: Command) -> None:
        mc.save_statistics(HUNDRED, tmp_path / "a.stats")
        renamed = mc.Statistics(confusion=STREET.confusion, image_names=("x", "y"), class_names=STREET.class_names)
        mc.save_statistics(renamed, tmp_path / "b.stats")
        told = run("merge", tmp_path / "a.stats", tmp_path / "b.stats", "--out", tmp_path / "all.stats")
        assert told == f"{tmp_path / 'all.stats'}: 3 images, 3 classes\n"
        merged = mc.load_statistics(tmp_path / "all.stats")
        assert merged.image_names == ("image 0", "x", "y")
        assert torch.equal(merged.confusion, torch.cat([HUNDRED.confusion, STREET.confusion]))

    def test_an_image_in_both_files_counts_once_or_is_refused(self, hundred: Path, run: Command) -> None:
        out = hundred.with_name("all.stats")
        assert "'image 0' occurs 2 times" in run("merge", hundred, hundred, "--out", out)
        assert not out.exists()
        run("merge", hundred, hundred, "--out", out, "--repeated", "drop")
        assert torch.equal(mc.load_statistics(out).confusion, HUNDRED.confusion)


class TestScore:
    def test_own_rules_stand_beside_the_score(self, hundred: Path, run: Command) -> None:
        # The mean of .808989, .434783 and .2; the sum of 83 hits over 100 + 17 pixels.
        told = "    0.4813  IoU  [macro; pooled; 0/0 dropped; argmax]"
        assert run("score", hundred).rstrip() == told
        assert run("score", hundred, "--average", "micro").split()[:2] == [f"{83 / 117:.4f}", "IoU"]
        assert "; ignoring background]" in run("score", hundred, "--formula", "dice", "--ignore", "0")

    def test_a_list_names_its_classes(self, hundred: Path, run: Command) -> None:
        assert "background 0.8090, car 0.4348, walker 0.2000" in run("score", hundred, "--average", "none")

    def test_a_list_names_its_images_and_classes_and_its_mean(self, street: Path, run: Command) -> None:
        told = run("score", street, "--average", "none", "--pooling", "image")
        assert ", mean of the 4 defined of these 6 values  [" in told
        assert "image 0: car 0.4348, image 0: walker 0.0000, image 1: background 1.0000, image 1: car ∅" in told

    @pytest.mark.parametrize(
        ("call", "names"),
        [
            ("sklearn.jaccard_score(average=None, labels=[2, 1])", ("walker", "car")),
            ("sklearn.jaccard_score(average=None, labels=[0])", ("background",)),
            (
                "smp.iou_score(reduction='none')",
                tuple(f"image {i}: {name}" for i in (0, 1) for name in STREET.class_names),
            ),
            ("smp.iou_score(reduction='micro-imagewise')", ()),
        ],
    )
    def test_a_list_names_what_the_call_returns(self, call: str, names: tuple[str, ...], street: Path) -> None:
        (line,) = preset_lines(mc.load_statistics(street), [call])
        assert line.names == names

    def test_own_classes_that_are_left_out_have_no_name(self, street: Path, run: Command) -> None:
        (line,) = json.loads(run("score", street, "--average", "none", "--ignore", 0, "--json"))
        assert line["names"] == ["car", "walker"]

    @pytest.mark.parametrize(
        ("given", "call"),
        [
            ('sklearn.jaccard_score(average="macro")', "sklearn.jaccard_score(average='macro')"),
            ("torchmetrics.multiclass_f1_score(average='macro')", "torchmetrics.multiclass_f1_score()"),
            ("sklearn.fbeta_score(beta=0.5, average='macro')", "sklearn.fbeta_score(beta=0.5, average='macro')"),
            (
                "sklearn.jaccard_score(average='macro', labels=[0,1])",
                "sklearn.jaccard_score(labels=(0, 1), average='macro')",
            ),
        ],
    )
    def test_a_call_may_be_written_in_any_way(self, given: str, call: str, hundred: Path, run: Command) -> None:
        assert [line["call"] for line in json.loads(run("score", hundred, "--preset", given, "--json"))] == [call]

    def test_a_call_that_the_library_does_not_take(self, hundred: Path, run: Command) -> None:
        told = run("score", hundred, "--preset", "sklearn.jaccard_score(averag='macro')")
        assert told.startswith("metric-explorer: sklearn.jaccard_score has no argument 'averag'; it has labels")

    def test_rules_beside_a_preset_are_refused_or_those_of_a_formula(self, hundred: Path, run: Command) -> None:
        rules = ["--preset", "sklearn.jaccard_score(average='macro')", "--average", "macro", "--ignore", 0]
        assert "rules of its own: leave --average, --ignore out, or add --formula" in run("score", hundred, *rules)
        assert len(run("score", hundred, *rules, "--formula", "dice").splitlines()) == 2

    def test_a_zero_division_that_is_no_number(self, hundred: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            cli.main(["score", str(hundred), "--zero-division", "warn"])
        assert "argument --zero-division: expected a number or drop; got 'warn'" in capsys.readouterr().err

    def test_a_library_call_is_what_that_call_returns(self, hundred: Path, run: Command) -> None:
        call = "sklearn.jaccard_score(average='macro')"
        preset = mc.preset("sklearn.jaccard_score", num_classes=3, average="macro")
        value = float(mc.evaluate_preset(preset, HUNDRED).value)
        told = run("score", hundred, "--preset", call)
        assert len(told.splitlines()) == 1
        assert told.startswith(f"{value:>10.4f}  {call}  [macro; pooled; 0/0 → 0; argmax")

    def test_all_calls_that_begin_alike(self, hundred: Path, run: Command) -> None:
        lines = run("score", hundred, "--preset", "smp.iou_score", "--preset", "keras.MeanIoU").splitlines()
        calls = [line.split()[1] for line in lines if "[" in line]
        assert {call.partition("(")[0] for call in calls} == {"smp.iou_score", "keras.MeanIoU"}
        assert len(calls) > 5

    def test_a_call_that_does_not_exist(self, hundred: Path, run: Command) -> None:
        assert "no call begins with 'sklearn.iou'; known: sklearn.accuracy_score" in run(
            "score", hundred, "--preset", "sklearn.iou"
        )
        assert "known: MetricsReloaded, elektronn3" in run("score", hundred, "--preset", "iou")

    def test_undefined_is_no_number(self, tmp_path: Path, run: Command) -> None:
        void = statistics_of([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [9, 0, 0, 0]], ignore_label=255)
        mc.save_statistics(void, tmp_path / "void.stats")
        assert run("score", tmp_path / "void.stats").split()[0] == "∅"
        (line,) = json.loads(run("score", tmp_path / "void.stats", "--json"))
        assert line["value"] is None

    def test_json(self, hundred: Path, run: Command) -> None:
        (line,) = json.loads(run("score", hundred, "--formula", "recall", "--average", "none", "--json"))
        assert line["call"] == "Recall"
        assert line["convention"] == "per class; pooled; 0/0 dropped; argmax"
        assert line["values"] == [72 / 80, 10 / 15, 1 / 5]

    def test_a_file_that_is_none(self, tmp_path: Path, run: Command) -> None:
        (tmp_path / "a.stats").write_text("mine")
        assert run("score", tmp_path / "a.stats").startswith("metric-explorer: 'a.stats': expected a statistics file")
        assert "No such file" in run("score", tmp_path / "b.stats")


class TestApp:
    @pytest.fixture
    def started(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, ...]]:
        """The statistics files of each dashboard that was started."""
        found: list[tuple[Path, ...]] = []
        monkeypatch.setenv("METRIC_EXPLORER_STATISTICS", "")
        monkeypatch.setattr(runpy, "run_module", lambda *_, **__: found.append(mc.named_statistics_files()))
        monkeypatch.setattr(sys, "argv", ["metric-explorer"])
        monkeypatch.chdir(tmp_path)
        return found

    def test_the_dashboard_opens_the_named_files(self, hundred: Path, run: Command, started: list[object]) -> None:
        run("app", "hundred.stats", "--port", "8600")
        assert started == [(hundred,)]
        assert "--server.port=8600" in sys.argv

    def test_without_files_it_opens_none(self, run: Command, started: list[object]) -> None:
        run("app")
        run()
        assert started == [(), ()]

    def test_a_file_that_is_none_starts_nothing(self, tmp_path: Path, run: Command, started: list[object]) -> None:
        (tmp_path / "a.stats").write_text("mine")
        assert "expected a statistics file" in run("app", "a.stats")
        assert started == []
