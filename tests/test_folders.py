"""Folders: every image is counted once, whatever stops the run, and what is wrong is named."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import nibabel
import nrrd
import numpy as np
import pytest
import tifffile
import torch
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core.folders.noticed import MOST_NOTICES, OTHERS, Noticed, add_notices, merge_notices
from metrics_core.folders.parts import Parts
from metrics_core.folders.progress import Progress
from metrics_core.folders.walking import list_images
from tests.image_folders import CLASSES, VOID, labels, python, write_folders, write_png
from tests.resident import STATUS


def counted(task: mc.FolderTask, out: Path) -> mc.Statistics:
    mc.evaluate_folders(task, out)
    return mc.load_statistics(out)


def expected(count: int) -> torch.Tensor:
    """Confusion of the images that write_folders writes, counted from arrays."""
    tables = []
    for index in range(count):
        target, predicted = labels(index, (5 + index % 3, 8))
        tables.append(mc.count(target[None], predicted[None], num_classes=CLASSES, ignore_label=VOID).confusion)
    return torch.cat(tables)


WRITERS: dict[str, Callable[[Path, NDArray[np.uint8]], object]] = {
    "tif": lambda path, values: tifffile.imwrite(path, values, compression="zlib"),
    "npy": np.save,
    "npz": lambda path, values: np.savez_compressed(path, mask=values),
    "nii.gz": lambda path, values: nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path),
    "nrrd": lambda path, values: nrrd.write(str(path), values),
}


class TestCounting:
    def test_each_file_is_an_image_in_the_order_of_names(self, tmp_path: Path) -> None:
        statistics = counted(write_folders(tmp_path, 7), tmp_path / "run.stats")
        assert statistics.image_names == tuple(f"image{index:05}" for index in range(7))
        assert torch.equal(statistics.confusion, expected(7))
        assert (statistics.class_names, statistics.ignore_label) == (("class 0", "class 1", "class 2"), VOID)

    def test_a_pair_counted_by_hand(self, tmp_path: Path) -> None:
        write_png(tmp_path / "t" / "a.png", np.array([[0, 0, 1, 255]], np.uint8))
        write_png(tmp_path / "p" / "a.png", np.array([[0, 1, 1, 1]], np.uint8))
        task = mc.FolderTask(targets=tmp_path / "t", predictions=tmp_path / "p", num_classes=2, ignore_label=255)
        assert counted(task, tmp_path / "run.stats").confusion.tolist() == [[[1, 1, 0], [0, 1, 0], [0, 1, 0]]]

    @pytest.mark.parametrize("threads", [1, 5])
    def test_the_number_of_threads_changes_nothing(self, tmp_path: Path, threads: int) -> None:
        task = write_folders(tmp_path, 9)
        mc.evaluate_folders(task, tmp_path / "run.stats", threads=threads)
        assert torch.equal(mc.load_statistics(tmp_path / "run.stats").confusion, expected(9))

    def test_more_images_than_parts(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 300)  # three images a part
        assert torch.equal(counted(task, tmp_path / "run.stats").confusion, expected(300))

    @pytest.mark.parametrize("extension", WRITERS)
    def test_files_of_every_format(self, tmp_path: Path, extension: str) -> None:
        volume = extension in ("nii.gz", "nrrd")
        target, predicted = labels(3, (4, 6, 8) if volume else (6, 8))
        for folder, values in (("t", target), ("p", predicted)):
            (tmp_path / folder).mkdir()
            WRITERS[extension](tmp_path / folder / f"a.b.{extension}", values)
        task = mc.FolderTask(targets=tmp_path / "t", predictions=tmp_path / "p", num_classes=3, ignore_label=255)
        statistics = counted(task, tmp_path / "run.stats")
        assert statistics.image_names == ("a.b",)
        whole = mc.count(target[None], predicted[None], num_classes=3, ignore_label=255)
        assert torch.equal(statistics.confusion, whole.confusion)

    def test_a_target_and_its_prediction_may_have_different_formats(self, tmp_path: Path) -> None:
        target, predicted = labels(0)
        write_png(tmp_path / "t" / "a.png", target)
        (tmp_path / "p").mkdir()
        np.save(tmp_path / "p" / "a.npy", predicted.astype(np.int64))
        task = mc.FolderTask(targets=tmp_path / "t", predictions=tmp_path / "p", num_classes=3, ignore_label=255)
        whole = mc.count(target[None], predicted[None], num_classes=3, ignore_label=255)
        assert torch.equal(counted(task, tmp_path / "run.stats").confusion, whole.confusion)

    def test_predictions_of_no_class_are_refused_or_counted(self, tmp_path: Path) -> None:
        task = replace(write_folders(tmp_path, 2), num_classes=2, out_of_range="count")
        for index in range(2):
            write_png(tmp_path / "targets" / f"image{index:05}.png", np.zeros((5 + index % 3, 8), np.uint8))
        strays = counted(task, tmp_path / "run.stats").confusion[:, 0, 2].sum()
        assert int(strays) == sum(int((labels(i, (5 + i % 3, 8))[1] == 2).sum()) for i in range(2))
        with pytest.raises(mc.FileError, match=r"image00000.png.*labels 0\.\.1, got 2"):
            mc.evaluate_folders(replace(task, out_of_range="refuse"), tmp_path / "other.stats")

    def test_a_mask_of_0_and_255(self, tmp_path: Path) -> None:
        write_png(tmp_path / "t" / "a.png", np.array([[0, 255, 255]], np.uint8))
        write_png(tmp_path / "p" / "a.png", np.array([[0, 0, 255]], np.uint8))
        task = mc.FolderTask(targets=tmp_path / "t", predictions=tmp_path / "p", num_classes=2)
        with pytest.raises(mc.FileError, match="255"):
            mc.evaluate_folders(task, tmp_path / "run.stats")
        foreground = counted(replace(task, label_255="foreground"), tmp_path / "other.stats")
        assert foreground.confusion.tolist() == [[[1, 0, 0], [1, 1, 0], [0, 0, 0]]]


class TestScores:
    @staticmethod
    def write(root: Path, dtype: Any, images: int = 3) -> tuple[mc.FolderTask, list[Any], list[Any]]:
        """Targets as PNG and scores [class, row, column] as NPY."""
        targets, scores = [], []
        (root / "s").mkdir()
        for index in range(images):
            target, _ = labels(index)
            score = np.random.default_rng(index).dirichlet([1, 1, 1], target.shape)
            score = np.ascontiguousarray(score.transpose(2, 0, 1))
            score = (score * 255).astype(np.uint8) if dtype is np.uint8 else score.astype(dtype)
            write_png(root / "t" / f"{index}.png", target)
            np.save(root / "s" / f"{index}.npy", score)
            targets.append(target)
            scores.append(score)
        return mc.FolderTask(targets=root / "t", scores=root / "s", num_classes=3, ignore_label=255), targets, scores

    @pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
    def test_scores_fill_histogram_and_confusion(self, tmp_path: Path, dtype: Any) -> None:
        task, targets, scores = self.write(tmp_path, dtype)
        found = counted(task, tmp_path / "run.stats")
        assert found.histogram is not None
        whole = mc.count(
            np.stack(targets),
            np.stack(scores),
            num_classes=3,
            ignore_label=255,
            histogram="per_image",
            bins=found.histogram.bins,
        )
        assert whole.histogram is not None
        assert torch.equal(found.confusion, whole.confusion)
        assert torch.equal(found.histogram.counts, whole.histogram.counts)
        assert torch.equal(found.histogram.low, whole.histogram.low)
        assert found.histogram.bins.kind == {np.uint8: "byte", np.float16: "half", np.float32: "uniform"}[dtype]

    def test_predictions_decide_and_scores_draw_curves(self, tmp_path: Path) -> None:
        task, _, _ = self.write(tmp_path, np.float32)
        for index in range(3):
            write_png(tmp_path / "p" / f"{index}.png", labels(index)[1])
        both = counted(replace(task, predictions=tmp_path / "p"), tmp_path / "both.stats")
        alone = counted(replace(task, scores=None, predictions=tmp_path / "p"), tmp_path / "labels.stats")
        scored = counted(task, tmp_path / "scores.stats")
        assert torch.equal(both.confusion, alone.confusion)
        assert not torch.equal(both.confusion, scored.confusion)
        assert both.histogram is not None
        assert scored.histogram is not None
        assert torch.equal(both.histogram.counts, scored.histogram.counts)

    def test_logits_are_declared(self, tmp_path: Path) -> None:
        task, _, scores = self.write(tmp_path, np.float32)
        plain = counted(task, tmp_path / "a.stats")
        for index, score in enumerate(scores):
            np.save(tmp_path / "s" / f"{index}.npy", 20 + np.log(score))
        with pytest.raises(mc.FileError, match=r"0.npy.*probabilities in \[0, 1\]"):
            mc.evaluate_folders(task, tmp_path / "b.stats")
        logits = counted(replace(task, scores_hold="logits"), tmp_path / "c.stats")
        assert torch.equal(logits.confusion, plain.confusion)

    def test_scores_of_another_dtype_are_refused_by_name(self, tmp_path: Path) -> None:
        task, _, scores = self.write(tmp_path, np.float32)
        np.save(tmp_path / "s" / "2.npy", (scores[2] * 255).astype(np.uint8))
        with pytest.raises(mc.FileError, match=r"'2': .*uint8"):
            mc.evaluate_folders(task, tmp_path / "run.stats")


class TestMatching:
    @staticmethod
    def names(root: Path, target: list[str], prediction: list[str], **options: Any) -> tuple[str, ...]:
        for folder, paths in (("t", target), ("p", prediction)):
            for path in paths:
                (root / folder / path).parent.mkdir(parents=True, exist_ok=True)
                (root / folder / path).write_bytes(b"")
        task = mc.FolderTask(targets=root / "t", predictions=root / "p", num_classes=2, **options)
        return list_images(task).names

    def test_paths_without_extension(self, tmp_path: Path) -> None:
        found = self.names(tmp_path, ["b/1.png", "a.png", "b/c/2.nii.gz"], ["a.npy", "b/c/2.tif", "b/1.PNG"])
        assert found == ("a", "b/1", "b/c/2")

    def test_suffixes_choose_files_and_are_no_part_of_names(self, tmp_path: Path) -> None:
        found = self.names(
            tmp_path,
            ["bonn/1_gtFine_labelIds.png", "bonn/1_gtFine_color.png", "bonn/2_gtFine_labelIds.png"],
            ["bonn/1_leftImg8bit.png", "bonn/2_leftImg8bit.png"],
            target_suffix="_gtFine_labelIds",
            prediction_suffix="_leftImg8bit",
        )
        assert found == ("bonn/1", "bonn/2")

    def test_hidden_and_other_files_are_no_images(self, tmp_path: Path) -> None:
        target = ["a.png", ".a.png", ".git/b.png", "README.md", "Thumbs.db", "labels.csv"]
        assert self.names(tmp_path, target, ["a.png"]) == ("a",)

    def test_images_that_one_folder_lacks(self, tmp_path: Path) -> None:
        with pytest.raises(mc.FileError, match=r"the 3 image names of the targets, got no 'b', 'c' and unexpected 'd'"):
            self.names(tmp_path, ["a.png", "b.png", "c.png"], ["a.png", "d.png"])
        assert self.names(tmp_path, [], [], unmatched="intersection") == ("a",)

    def test_nothing_in_common(self, tmp_path: Path) -> None:
        with pytest.raises(mc.FileError, match="images that all folders have, got none"):
            self.names(tmp_path, ["a.png"], ["b.png"], unmatched="intersection")

    def test_two_files_of_one_image(self, tmp_path: Path) -> None:
        with pytest.raises(mc.FileError, match=r"one file an image, got '1\.(png|npy)' and '1\.(png|npy)'"):
            self.names(tmp_path, ["1.png", "1.npy"], ["1.png"])

    def test_a_name_of_control_characters(self, tmp_path: Path) -> None:
        with pytest.raises(mc.FileError, match=r"printable file names, got 'a\\u000ab'"):
            self.names(tmp_path, ["a\nb.png"], ["a\nb.png"])

    def test_a_folder_that_is_missing_or_has_no_images(self, tmp_path: Path) -> None:
        with pytest.raises(mc.FileError, match="expected a folder, got none"):
            self.names(tmp_path, ["a.png"], [])
        with pytest.raises(mc.FileError, match=r"files such as \*_x\.png or \*\.npy, got none"):
            self.names(tmp_path, ["a.png"], ["a.png"], target_suffix="_x")

    def test_links_in_a_circle_are_followed_once(self, tmp_path: Path) -> None:
        self.names(tmp_path, ["a.png"], ["a.png"])
        (tmp_path / "t" / "again").symlink_to(tmp_path / "t")
        assert self.names(tmp_path, [], []) == ("a",)


class TestTask:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"predictions": None}, "predictions or of scores, got neither"),
            ({"num_classes": 0}, "1 to 65,536 classes, got 0"),
            ({"class_names": ("a",)}, "3 class names, got 1"),
        ],
    )
    def test_what_cannot_be_is_refused(self, changes: dict[str, Any], message: str) -> None:
        task = mc.FolderTask(targets=Path("t"), predictions=Path("p"), num_classes=3)
        with pytest.raises(mc.FileError, match=message):
            replace(task, **changes)

    def test_a_gpu_that_is_not_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        with pytest.raises(mc.FileError, match="expected a GPU that PyTorch can use, got none"):
            mc.evaluate_folders(write_folders(tmp_path, 1), tmp_path / "run.stats", device="cuda")


class TestBroken:
    def test_the_file_is_named_and_the_run_goes_on_once_it_is_mended(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 5)
        path = tmp_path / "predictions" / "image00003.png"
        whole = path.read_bytes()
        state = path.stat()
        path.write_bytes(bytes(len(whole)))
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        with pytest.raises(mc.FileError, match=r"image00003\.png"):
            mc.evaluate_folders(task, tmp_path / "run.stats")
        assert sorted(each.name for each in (tmp_path / "run.stats.parts").glob("*.stats")) == [
            "000000.stats",
            "000001.stats",
            "000002.stats",
        ]
        path.write_bytes(whole)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        seen: list[int] = []
        mc.evaluate_folders(task, tmp_path / "run.stats", progress=lambda images, group: told(images, seen))
        assert seen == [2]
        assert torch.equal(mc.load_statistics(tmp_path / "run.stats").confusion, expected(5))

    @pytest.mark.parametrize("where", ["a file", "the progress", "the disk"])
    def test_a_run_that_fails_ends_its_threads_at_once(
        self, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not when it is collected as garbage, perhaps while another thread starts: both would wait for ever."""
        task = write_folders(tmp_path, 40)

        def fail(*_: object, **__: object) -> None:
            raise OSError("no more")

        if where == "a file":
            (tmp_path / "predictions" / "image00003.png").write_bytes(b"")
        elif where == "the progress":
            monkeypatch.setattr(Progress, "advance", fail)
        else:
            monkeypatch.setattr(Parts, "save", fail)
        before = set(threading.enumerate())
        with pytest.raises((mc.FileError, OSError)) as failure:
            mc.evaluate_folders(task, tmp_path / "run.stats", progress=lambda images, group: told(images, []))
        assert set(threading.enumerate()) == before
        assert failure.tb is not None  # which still holds every frame

    def test_skipped_images_are_left_out_and_listed(self, tmp_path: Path) -> None:
        task = replace(write_folders(tmp_path, 4), broken="skip")
        (tmp_path / "targets" / "image00001.png").write_bytes(b"")
        header = mc.evaluate_folders(task, tmp_path / "run.stats")
        assert header is not None
        assert list(header.provenance["left_out"]) == ["image00001"]
        assert "image00001.png" in header.provenance["left_out"]["image00001"]
        statistics = mc.load_statistics(tmp_path / "run.stats")
        assert statistics.image_names == ("image00000", "image00002", "image00003")
        assert torch.equal(statistics.confusion, expected(4)[[0, 2, 3]])

    def test_remarks_of_the_readers_are_kept_and_counted(self, tmp_path: Path) -> None:
        """What is remarked of every image is one entry; grids that lie elsewhere are named."""
        values = np.zeros((2, 3, 4), np.uint8)
        for folder in ("target", "prediction", "logits"):
            (tmp_path / folder).mkdir()
            for index in range(5):
                moved = np.eye(4) * (2.0 if (folder, index) == ("prediction", 3) else 1.0)
                if folder == "logits":
                    np.save(tmp_path / folder / f"{index}.npy", np.zeros((2, 4, 3, 2), np.float32))
                else:
                    nibabel.save(nibabel.Nifti1Image(values, moved), tmp_path / folder / f"{index}.nii")
        task = mc.FolderTask(
            targets=tmp_path / "target",
            predictions=tmp_path / "prediction",
            scores=tmp_path / "logits",
            num_classes=2,
            scores_hold="logits",
            scores_axis="first",
        )
        header = mc.evaluate_folders(task, tmp_path / "run.stats")
        assert header is not None
        noticed = header.provenance["noticed"]
        assert noticed["softmax over the class axis turned the logits into probabilities"] == {
            "first": "0",
            "images": 5,
        }
        ((text, found),) = ((text, found) for text, found in noticed.items() if "spacing" in text)
        assert found == {"first": "3", "images": 1}
        assert "3.nii" in text

    def test_sizes_that_differ(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 2)
        write_png(tmp_path / "predictions" / "image00001.png", np.zeros((9, 9), np.uint8))
        with pytest.raises(mc.FileError, match=r"image00001\.png.*\(1, 9, 9\)"):
            mc.evaluate_folders(task, tmp_path / "run.stats")


class TestNotices:
    def test_the_same_remark_counts_its_images(self) -> None:
        parts: list[dict[str, Noticed]] = [{}, {}]
        for image, part in (("a", 0), ("b", 0), ("c", 1)):
            add_notices(parts[part], image, ["odd"])
        assert merge_notices(parts) == {"odd": {"first": "a", "images": 3}}

    def test_a_run_of_odd_files_keeps_a_small_record(self) -> None:
        noticed: dict[str, Noticed] = {}
        for index in range(MOST_NOTICES + 7):
            add_notices(noticed, f"image {index}", [f"remark {index}"])
        merged = merge_notices([noticed, noticed])
        assert len(merged) == MOST_NOTICES + 1
        assert merged["remark 3"] == {"first": "image 3", "images": 2}
        assert merged[OTHERS] == {"first": f"image {MOST_NOTICES}", "images": 14}


def told(images: int, seen: list[int]) -> Progress:
    seen.append(images)
    return Progress(images, stream=io.StringIO())


# A run that dies by SIGKILL when a function is called for the n-th time: the name of the function, then n.
DYING = """
import importlib, os, signal, sys
from pathlib import Path
from metrics_core.folders import FolderTask, Progress, evaluate_folders
root, place, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
module, name = place.split(":")
owner = importlib.import_module(module)
*parents, name = name.split(".")
for parent in parents:
    owner = getattr(owner, parent)
original, calls = getattr(owner, name), 0
def dying(*arguments, **options):
    global calls
    calls += 1
    if calls == times:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)
setattr(owner, name, dying)
task = FolderTask(targets=root / "targets", predictions=root / "predictions", num_classes=3, ignore_label=255)
evaluate_folders(task, root / "run.stats", progress=lambda images, group: Progress(images))
"""


class TestStopped:
    @pytest.mark.parametrize(
        ("place", "times", "left"),
        [
            ("metrics_core.folders.progress:Progress.advance", 8, 2),  # three images a part: in the third part
            ("os:fsync", 4, 2),  # while the third part is written, after the plan and two parts
            ("shutil:rmtree", 1, 0),  # when all is done but the parts are not yet removed
        ],
    )
    def test_killed_and_started_again(self, tmp_path: Path, place: str, times: int, left: int) -> None:
        task = write_folders(tmp_path, 300)
        process = python(DYING, str(tmp_path), place, str(times))
        process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL
        seen: list[int] = []
        mc.evaluate_folders(task, tmp_path / "run.stats", progress=lambda images, group: told(images, seen))
        assert seen == ([300 - 3 * left] if left else [])
        mc.evaluate_folders(task, tmp_path / "whole.stats")
        assert (tmp_path / "run.stats").read_bytes() == (tmp_path / "whole.stats").read_bytes()
        assert torch.equal(mc.load_statistics(tmp_path / "run.stats").confusion, expected(300))
        assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["run.stats", "whole.stats"]
        assert not (tmp_path / "run.stats.parts").exists()

    @pytest.fixture
    def stopped(self, tmp_path: Path) -> mc.FolderTask:
        """A task whose run stopped after two of three images."""
        task = write_folders(tmp_path, 3)
        mended = (tmp_path / "targets" / "image00002.png").read_bytes()
        state = (tmp_path / "targets" / "image00002.png").stat()
        (tmp_path / "targets" / "image00002.png").write_bytes(bytes(len(mended)))
        os.utime(tmp_path / "targets" / "image00002.png", ns=(state.st_atime_ns, state.st_mtime_ns))
        with pytest.raises(mc.FileError):
            mc.evaluate_folders(task, tmp_path / "run.stats")
        return task

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"num_classes": 4}, "num_classes 4 instead of 3"),
            ({"ignore_label": None}, "ignore_label None instead of 255"),
            ({"class_names": ("a", "b", "c")}, r"class_names \['a', 'b', 'c'\] instead of"),
            ({"out_of_range": "count"}, "out_of_range 'count' instead of 'refuse'"),
        ],
    )
    def test_other_arguments_are_refused(
        self, tmp_path: Path, stopped: mc.FolderTask, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(mc.FileError, match=message):
            mc.evaluate_folders(replace(stopped, **changes), tmp_path / "run.stats")

    def test_another_folder_is_refused(self, tmp_path: Path, stopped: mc.FolderTask) -> None:
        (tmp_path / "predictions").rename(tmp_path / "moved")
        with pytest.raises(mc.FileError, match=r"prediction '.*moved' instead of '.*predictions'"):
            mc.evaluate_folders(replace(stopped, predictions=tmp_path / "moved"), tmp_path / "run.stats")

    def test_further_images_are_refused(self, tmp_path: Path, stopped: mc.FolderTask) -> None:
        for folder in ("targets", "predictions"):
            write_png(tmp_path / folder / "more.png", np.zeros((2, 2), np.uint8))
        with pytest.raises(mc.FileError, match="got other images; repeat them to go on, or remove the folder"):
            mc.evaluate_folders(stopped, tmp_path / "run.stats")

    def test_files_that_were_written_anew_are_refused(self, tmp_path: Path, stopped: mc.FolderTask) -> None:
        os.utime(tmp_path / "predictions" / "image00000.png", (0, 0))
        with pytest.raises(mc.FileError, match="files that have changed since"):
            mc.evaluate_folders(stopped, tmp_path / "run.stats")

    def test_a_damaged_plan_is_refused(self, tmp_path: Path, stopped: mc.FolderTask) -> None:
        (tmp_path / "run.stats.parts" / "plan.json").write_text("{}")
        with pytest.raises(mc.FileError, match="expected the plan of a stopped run"):
            mc.evaluate_folders(stopped, tmp_path / "run.stats")

    @pytest.mark.parametrize("broken", ["refuse", "skip"])
    def test_a_run_that_has_counted_no_image_does_not_stand_in_the_way(
        self, tmp_path: Path, broken: Literal["refuse", "skip"]
    ) -> None:
        task = write_folders(tmp_path, 2)
        says = "got none of 2; the first: target 'image00000.png'" if broken == "skip" else "image00000"
        with pytest.raises(mc.FileError, match=says):
            mc.evaluate_folders(replace(task, num_classes=2, broken=broken), tmp_path / "run.stats")
        assert len(list((tmp_path / "run.stats.parts").glob("*.stats"))) == (2 if broken == "skip" else 0)
        mc.evaluate_folders(task, tmp_path / "run.stats")
        assert torch.equal(mc.load_statistics(tmp_path / "run.stats").confusion, expected(2))


class TestComplete:
    def test_a_complete_run_is_not_counted_again(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 3)
        first = mc.evaluate_folders(task, tmp_path / "run.stats")
        seen: list[int] = []
        again = mc.evaluate_folders(task, tmp_path / "run.stats", progress=lambda images, group: told(images, seen))
        assert (again, seen) == (first, [])

    def test_a_complete_run_of_files_that_have_changed_since_is_refused(self, tmp_path: Path) -> None:
        task, out = write_folders(tmp_path, 2), tmp_path / "run.stats"
        mc.evaluate_folders(task, out)
        later = out.stat().st_mtime + 1
        os.utime(tmp_path / "predictions" / "image00001.png", (later, later))
        with pytest.raises(mc.FileError, match=r"run\.stats': .*image00001\.png', which has changed since; remove the"):
            mc.evaluate_folders(task, out)

    def test_the_output_of_another_run_is_kept(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 3)
        mc.evaluate_folders(task, tmp_path / "run.stats")
        before = (tmp_path / "run.stats").read_bytes()
        with pytest.raises(mc.FileError, match="ignore_label None instead of 255; choose another output"):
            mc.evaluate_folders(replace(task, ignore_label=None, num_classes=3), tmp_path / "run.stats")
        assert (tmp_path / "run.stats").read_bytes() == before

    def test_a_file_of_another_kind_is_kept(self, tmp_path: Path) -> None:
        task = write_folders(tmp_path, 1)
        (tmp_path / "run.stats").write_text("mine")
        with pytest.raises(mc.FileError, match="expected a statistics file"):
            mc.evaluate_folders(task, tmp_path / "run.stats")
        mc.save_statistics(mc.count([[0]], [[0]], num_classes=2), tmp_path / "other.stats")
        with pytest.raises(mc.FileError, match="got one of unknown origin"):
            mc.evaluate_folders(task, tmp_path / "other.stats")
        assert (tmp_path / "run.stats").read_text() == "mine"


# Peak memory, in bytes, after counting 500 and then 10,000 images in one process.
PEAKS = """
import sys
from pathlib import Path
from metrics_core.folders import FolderTask, evaluate_folders
from tests.resident import resident
for name in ("few", "many"):
    root = Path(sys.argv[1], name)
    task = FolderTask(targets=root / "targets", predictions=root / "predictions", num_classes=3, ignore_label=255)
    header = evaluate_folders(task, root / "run.stats")
    print(header.images, resident("VmHWM"))
"""


@pytest.mark.skipif(not STATUS.exists(), reason="this system does not tell a process its peak of memory")
def test_ten_thousand_images_take_hardly_more_memory_than_five_hundred(tmp_path: Path) -> None:
    write_folders(tmp_path, 1)
    for folder in ("targets", "predictions"):
        for name, images in (("few", 500), ("many", 10_000)):
            (tmp_path / name / folder).mkdir(parents=True)
            for index in range(images):
                os.link(tmp_path / folder / "image00000.png", tmp_path / name / folder / f"{index}.png")
    process = python(PEAKS, str(tmp_path))
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    (few, before), (many, after) = ([int(part) for part in line.split()] for line in output.splitlines())
    assert (few, many) == (500, 10_000)
    assert after - before < 48 * 2**20  # names and paths of 9,500 images; their pixels and tables would be more
    total = mc.load_statistics(tmp_path / "many" / "run.stats").confusion.sum(0)
    assert torch.equal(total, 10_000 * expected(1)[0])


class TestProgress:
    @staticmethod
    def shown(*, watched: bool, moments: list[float]) -> str:
        class Stream(io.StringIO):
            def isatty(self) -> bool:
                return watched

        stream, clock = Stream(), iter(moments)
        progress = Progress(4, label="process 1 of 2", stream=stream, clock=lambda: next(clock))
        for _ in range(4):
            progress.advance()
        progress.end()
        return stream.getvalue()

    def test_a_line_every_ten_seconds_where_nobody_watches(self) -> None:
        lines = self.shown(watched=False, moments=[0, 1, 11, 12, 13, 16]).splitlines()
        assert lines == [
            "process 1 of 2: 2 / 4 images, 0.2 a second, 11 s left",
            "process 1 of 2: 4 / 4 images, 0.2 a second, 0 s left",
        ]

    def test_a_bar_that_is_drawn_over_itself(self) -> None:
        drawn = self.shown(watched=True, moments=[0, 1, 2, 2.1, 400, 401]).split("\r")
        assert [line[:26].count("█") for line in drawn[1:]] == [6, 12, 24, 24]
        assert "1 / 4 images, 1.0 a second, 3 s left" in drawn[1]
        assert drawn[-1].endswith("\n")
