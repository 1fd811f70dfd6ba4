"""Statistics files: counts come back exactly, and nothing else gets in."""

from __future__ import annotations

import contextlib
import json
import pickle
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import metrics_core as mc
from metrics_core.bins import Bins
from metrics_core.statistics_file import join_files, name_statistics_files
from tests.confusion_tables import HUNDRED, STREET
from tests.strategies import Sample, samples, scored_samples

Members = dict[str, bytes]
Images = Literal["pooled", "per_image"]


def same(first: mc.Statistics, second: mc.Statistics) -> bool:
    """Whether two statistics are equal in every field, to the bit."""
    fields = ("image_names", "class_names", "ignore_label")
    return (
        all(getattr(first, name) == getattr(second, name) for name in fields)
        and first.confusion.dtype == second.confusion.dtype
        and torch.equal(first.confusion, second.confusion)
        and same_scores(first.histogram, second.histogram)
    )


def same_scores(first: mc.Histogram | None, second: mc.Histogram | None) -> bool:
    if first is None or second is None:
        return first is second
    tensors = [(getattr(first, name), getattr(second, name)) for name in ("counts", "low", "high")]
    alike = (first.bins, first.images) == (second.bins, second.images)
    return alike and all(torch.equal(*pair) and pair[0].dtype == pair[1].dtype for pair in tensors)


def reread(statistics: mc.Statistics) -> mc.Statistics:
    return mc.read_statistics(mc.statistics_bytes(statistics), name="run.stats")


def counted(sample: Sample, images: Images, bins: Bins | None = None) -> mc.Statistics:
    return mc.count(
        sample.target,
        sample.prediction,
        num_classes=sample.num_classes,
        ignore_label=255,
        histogram=images,
        bins=bins,
    )


class TestRoundTrip:
    @given(samples())
    def test_labels_come_back_exactly(self, sample: Sample) -> None:
        assert same(reread(sample.statistics), sample.statistics)

    @given(scored_samples(dtype="uint8"), st.sampled_from(["pooled", "per_image"]))
    def test_scores_of_bytes_come_back_exactly(self, sample: Sample, images: Images) -> None:
        statistics = counted(sample, images)
        assert same(reread(statistics), statistics)

    @given(scored_samples(dtype="float32"), st.sampled_from(["uniform", "mirrored_log"]))
    def test_scores_of_floats_come_back_with_the_ends_of_their_bins(self, sample: Sample, kind: Any) -> None:
        statistics = counted(sample, "pooled", Bins(kind=kind, count=64))
        assert same(reread(statistics), statistics)

    def test_weighted_pixels_stay_fractions(self) -> None:
        statistics = mc.count([[0, 1, 1]], [[0, 1, 0]], num_classes=2, pixel_weights=[[0.1, 0.2, 0.3]])
        assert same(reread(statistics), statistics)
        assert reread(statistics).confusion[0, 1, 0] == 0.3

    def test_many_classes_stay_packed(self) -> None:
        target = np.arange(600).reshape(60, 10) * 5 % 300
        statistics = mc.count(target, target[::-1].copy(), num_classes=300)
        data = mc.statistics_bytes(statistics)
        assert len(data) < 12_000  # the tables take 43 MB
        assert same(mc.read_statistics(data, name="a"), statistics)

    def test_no_image_at_all(self) -> None:
        assert same(reread(HUNDRED.select([])), HUNDRED.select([]))

    @given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=2, max_size=2, unique=True))
    def test_names_come_back_or_are_refused(self, names: list[str]) -> None:
        named = replace(STREET, image_names=tuple(names))
        if all(name.isprintable() for name in names):
            assert same(reread(named), named)
        else:
            with pytest.raises(mc.FileError, match="printable characters"):
                mc.statistics_bytes(named)

    def test_equal_statistics_give_equal_bytes(self) -> None:
        assert mc.statistics_bytes(STREET) == mc.statistics_bytes(reread(STREET))

    def test_a_file_says_where_its_counts_come_from(self, tmp_path: Path) -> None:
        mc.save_statistics(STREET, tmp_path / "a.stats", provenance={"model": "U-Net", "epoch": 3})
        opened = mc.open_statistics((tmp_path / "a.stats").read_bytes(), name="a.stats")
        assert opened.header.provenance == {"model": "U-Net", "epoch": 3}
        assert same(mc.load_statistics(tmp_path / "a.stats"), STREET)

    def test_an_image_of_nineteen_classes_takes_a_kilobyte_or_two(self) -> None:
        random = np.random.default_rng(0)
        target = random.integers(0, 19, (50, 2000))
        predicted = np.where(random.random(target.shape) < 0.8, target, random.integers(0, 19, target.shape))
        assert len(mc.statistics_bytes(mc.count(target, predicted, num_classes=19))) / 50 < 2048


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members: Members) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npy(values: Any, dtype: Any = np.int64) -> bytes:
    stream = BytesIO()
    np.save(stream, np.array(values, dtype))
    return stream.getvalue()


SCORED = mc.count(
    [[0, 1, 1, 0]], np.array([[[0.9, 0.2, 0.6, 0.5], [0.1, 0.8, 0.4, 0.5]]]), num_classes=2, histogram="pooled"
)


def test_the_format_is_as_documented() -> None:
    members = members_of(mc.statistics_bytes(replace(SCORED, ignore_label=255), provenance={"a": 1}))
    header = json.loads(members["header.json"])
    assert header == {
        "format": "metric-explorer statistics",
        "version": 1,
        "class_names": ["class 0", "class 1"],
        "ignore_label": 255,
        "images": 1,
        "entries": 3,
        "histogram": {"images": "pooled", "kind": "uniform", "bins": 4096, "entries": 8},
        "provenance": {"a": 1},
    }
    assert [json.loads(line) for line in members["image_names.jsonl"].splitlines()] == ["image 0"]
    arrays = {name: np.load(BytesIO(content)) for name, content in members.items() if name.endswith(".npy")}
    assert arrays["confusion_sizes.npy"].tolist() == [3]
    # 2 + 0 of class 0; class 1 found once and missed once. Three columns: class 0, class 1, no class.
    assert arrays["confusion_cells.npy"].tolist() == [0, 3, 4]
    assert arrays["confusion_counts.npy"].tolist() == [2, 1, 1]
    scores = np.zeros((1, 3, 2, 4096), np.int64)
    scores.flat[arrays["histogram_cells.npy"]] = arrays["histogram_counts.npy"]
    assert SCORED.histogram is not None
    assert (scores == SCORED.histogram.counts.numpy()).all()
    assert (arrays["histogram_low.npy"] == SCORED.histogram.low.numpy()).all()
    assert (arrays["histogram_high.npy"] == SCORED.histogram.high.numpy()).all()


def header_with(**changes: Any) -> Members:
    members = members_of(mc.statistics_bytes(SCORED))
    header = json.loads(members["header.json"]) | changes
    return members | {"header.json": json.dumps(header).encode()}


def members_with(**changes: bytes) -> Members:
    """The members with some NPY members changed; names without extension."""
    changed = {f"{name}.npy": content for name, content in changes.items()}
    return members_of(mc.statistics_bytes(SCORED)) | changed


SCORES = {"images": "pooled", "kind": "uniform", "bins": 4096, "entries": 8}
WRONG: dict[str, tuple[Members, str]] = {
    "another format": (header_with(format="zip"), "format 'metric-explorer statistics'"),
    "a later version": (header_with(version=2), "expected version 1, got version '2'; update metric-explorer"),
    "no version": (header_with(version=None), "version 1"),
    "more images": (header_with(images=2), "confusion_sizes.npy|1 lines|2 lines"),
    "images by the billion": (header_with(images=10**9), "tables of at most"),
    "more images than numbers": (header_with(images=2**70), "whole number below 2"),
    "a negative number": (header_with(entries=-1), "whole number below 2"),
    "a number that is none": (header_with(entries=True), "whole number below 2"),
    "more entries": (header_with(entries=4), "confusion_cells.npy"),
    "other classes": (header_with(class_names=["a"]), r"cells 0\.\.3"),
    "no classes": (header_with(class_names=[]), "class_names"),
    "too many classes": (header_with(class_names=["a"] * 70_000), "tables of at most"),
    "a class that is no text": (header_with(class_names=["a", 1]), "printable"),
    "a class name of control characters": (header_with(class_names=["a", "\x1b[2J"]), "printable"),
    "a void label that is none": (header_with(ignore_label=0.5), "ignore_label"),
    "a void label of many digits": (header_with(ignore_label=10**30), "ignore_label"),
    "no provenance": (header_with(provenance=None), "provenance"),
    "unknown bins": (header_with(histogram=SCORES | {"kind": "even"}), "bins"),
    "no number of bins": (header_with(histogram=SCORES | {"bins": 4095}), "bins"),
    "images neither pooled nor apart": (header_with(histogram=SCORES | {"images": "some"}), "pooled"),
    "a histogram that is none": (header_with(histogram=3), "histogram"),
    "members of a histogram without one": (header_with(histogram=None), "members that its header implies"),
    "a header that is no object": (members_with() | {"header.json": b"[1]"}, "object"),
    "a header that is no JSON": (members_with() | {"header.json": b"{"}, "JSON"),
    "a header nested without end": (members_with() | {"header.json": b"[" * 100_000}, "JSON"),
    "one more member": (members_with() | {"more.npy": npy([1])}, "members that its header implies"),
    "names that are no JSON": (members_with() | {"image_names.jsonl": b"image\n"}, "printable"),
    "sizes of another sum": (members_with(confusion_sizes=npy([2])), "numbers that sum to 3"),
    "a negative size": (members_with(confusion_sizes=npy([-3])), "numbers that sum to 3"),
    "floats for integers": (members_with(confusion_cells=npy([0, 3, 4], np.float64)), "i8"),
    "narrow integers": (members_with(confusion_cells=npy([0, 3, 4], np.int32)), "expected i8"),
    "Python objects": (members_with(confusion_counts=npy([2, 1, None], object)), "Python objects|bytes|dtype"),
    "a cell outside the table": (members_with(confusion_cells=npy([0, 3, 9])), "cells 0..8"),
    "a negative cell": (members_with(confusion_cells=npy([-1, 3, 4])), "cells 0..8"),
    "a cell that comes twice": (members_with(confusion_cells=npy([0, 3, 3])), "ascending"),
    "a count of nothing": (members_with(confusion_counts=npy([2, 0, 1])), "above 0"),
    "a negative count": (members_with(confusion_counts=npy([2, -1, 1])), "above 0"),
    "counts beyond 64 bits": (members_with(confusion_counts=npy([2**62, 2**62, 2**62])), "int64 can sum"),
    "a count that is NaN": (members_with(confusion_counts=npy([2, np.nan, 1], np.float64)), "above 0"),
    "a score place outside": (members_with(histogram_cells=npy([*range(7), 3 * 2 * 4096])), "places inside"),
    "score places that fall": (members_with(histogram_cells=npy([*range(7), 5])), "ascending"),
    "a score that is NaN": (members_with(histogram_low=npy(np.full((2, 4096), np.nan), np.float64)), "NaN"),
}


class TestRefused:
    @pytest.mark.parametrize("what", WRONG)
    def test_a_file_that_contradicts_itself(self, what: str) -> None:
        members, message = WRONG[what]
        with pytest.raises(mc.FileError, match=message):
            mc.read_statistics(archive_of(members), name="run.stats")

    def test_what_is_changed_above_was_right_before(self) -> None:
        assert same(mc.read_statistics(archive_of(members_with()), name="a"), SCORED)

    def test_two_images_of_one_name(self) -> None:
        members = members_of(mc.statistics_bytes(STREET)) | {"image_names.jsonl": b'"a"\n"a"\n'}
        with pytest.raises(mc.FileError, match="each image name once"):
            mc.read_statistics(archive_of(members), name="a")

    @pytest.mark.parametrize("data", [b"", b"PK", b"no zip", pickle.dumps({"format": 1}), npy([1, 2])])
    def test_other_files(self, data: bytes) -> None:
        with pytest.raises(mc.FileError, match=r"'run.stats'"):
            mc.read_statistics(data, name="run.stats")

    @given(st.data())
    def test_damage_is_noticed_or_changes_nothing(self, data: st.DataObject) -> None:
        whole = bytearray(mc.statistics_bytes(STREET))
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] ^= data.draw(st.integers(1, 255))
        with contextlib.suppress(mc.FileError):
            assert same(mc.read_statistics(bytes(whole), name="a"), STREET)

    @given(st.data())
    def test_a_file_that_was_cut_off(self, data: st.DataObject) -> None:
        whole = mc.statistics_bytes(STREET)
        with pytest.raises(mc.FileError):
            mc.read_statistics(whole[: data.draw(st.integers(0, len(whole) - 1))], name="a")

    def test_a_bomb_is_refused_before_it_is_inflated(self) -> None:
        bomb = members_with(confusion_cells=npy([0, 3, 4]) + bytes(200_000_000))
        with pytest.raises(mc.FileError, match=r"bytes|expands"):
            mc.read_statistics(archive_of(bomb), name="a")

    def test_a_reader_may_ask_for_less(self) -> None:
        data = mc.statistics_bytes(SCORED)
        with pytest.raises(mc.FileError, match="at most 1,000 numbers"):
            mc.read_statistics(data, name="a", largest=1000)

    def test_weighted_tables_are_not_spread_out_beyond_the_limit(self) -> None:
        # One cell an image: a few bytes that whole tables would make 900 numbers each.
        confusion = torch.zeros((20, 30, 30), dtype=torch.float64)
        confusion[:, 0, 0] = 0.5
        names = {"image_names": tuple(f"i{i}" for i in range(20)), "class_names": tuple(f"c{i}" for i in range(29))}
        data = mc.statistics_bytes(mc.Statistics(confusion=confusion, **names))
        assert same(mc.read_statistics(data, name="a", largest=18_000), mc.Statistics(confusion=confusion, **names))
        with pytest.raises(mc.FileError, match=r"at most 17,999 numbers, got 18,000 \(20 images, 29 classes\)"):
            mc.read_statistics(data, name="a", largest=17_999)

    def test_more_cells_than_the_limit_are_refused_by_the_header(self) -> None:
        members = members_of(mc.statistics_bytes(STREET))
        header = json.loads(members["header.json"]) | {"entries": 1001}
        data = archive_of(members | {"header.json": json.dumps(header).encode()})
        with pytest.raises(mc.FileError, match="at most 1,000 numbers, got 1,001"):
            mc.read_statistics(data, name="a", largest=1000)


class TestWriting:
    def test_a_file_that_cannot_be_written_leaves_the_old_one(self, tmp_path: Path) -> None:
        path = tmp_path / "a.stats"
        mc.save_statistics(STREET, path)
        with pytest.raises(mc.FileError):
            mc.save_statistics(replace(STREET, image_names=("a\n", "b")), path)
        assert same(mc.load_statistics(path), STREET)
        assert [each.name for each in tmp_path.iterdir()] == ["a.stats"]

    @given(scored_samples(dtype="uint8"), st.sampled_from(["pooled", "per_image"]), st.data())
    def test_joined_files_are_the_merged_statistics(
        self, tmp_path_factory: pytest.TempPathFactory, sample: Sample, images: Images, data: st.DataObject
    ) -> None:
        names = [f"i{index}" for index in range(len(sample.target))]
        cut = data.draw(st.integers(0, len(names)))
        parts = [
            mc.count(
                sample.target[part],
                sample.prediction[part],
                num_classes=sample.num_classes,
                ignore_label=255,
                image_names=names[part],
                histogram=images,
            )
            for part in (slice(0, cut), slice(cut, None))
            if names[part]
        ]
        folder = tmp_path_factory.mktemp("parts")
        for number, part in enumerate(parts):
            mc.save_statistics(part, folder / f"{number}.stats")
        join_files([folder / f"{number}.stats" for number in range(len(parts))], folder / "out", provenance={"a": 1})
        assert (folder / "out").read_bytes() == mc.statistics_bytes(mc.merge(*parts), provenance={"a": 1})

    def test_files_of_other_classes_are_not_joined(self, tmp_path: Path) -> None:
        mc.save_statistics(STREET, tmp_path / "a")
        mc.save_statistics(SCORED, tmp_path / "b")
        with pytest.raises(mc.FileError, match="classes, void label and bins of the other parts"):
            join_files([tmp_path / "a", tmp_path / "b"], tmp_path / "out", provenance={})


def test_files_are_named_by_the_process_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("METRIC_EXPLORER_STATISTICS", "")
    assert mc.named_statistics_files() == ()
    name_statistics_files([tmp_path / "a.stats", tmp_path / "b.stats"])
    assert mc.named_statistics_files() == (tmp_path / "a.stats", tmp_path / "b.stats")
