"""Confusion tables of many images and classes: little memory, the same values."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core import packing
from metrics_core.packing import SparseTables, WholeTables, blocks, join

IMAGES, CLASSES = 2000, 150


def tables(*shape: int, filled: float, largest: int, seed: int = 0) -> NDArray[np.int64]:
    """Random tables of which a share of the cells is not zero."""
    rng = np.random.default_rng(seed)
    values = rng.integers(1, largest + 1, shape)
    values[rng.random(shape) >= filled] = 0
    return values


def unpacked(packed: packing.Tables) -> NDArray[np.int64]:
    return np.concatenate(list(blocks(packed)))


@pytest.fixture
def always_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack tables of any size, a few images at a time."""
    monkeypatch.setattr(packing, "PACKED_ABOVE", 0)
    monkeypatch.setattr(packing, "BLOCK_CELLS", 50)


class TestForms:
    def test_few_filled_cells_are_kept_as_a_list(self) -> None:
        packed = join([WholeTables(tables(7, 5, 5, filled=0.1, largest=9))], whole_up_to=0)
        assert isinstance(packed, SparseTables)

    def test_filled_tables_are_kept_in_the_narrowest_integers(self) -> None:
        packed = join([WholeTables(tables(7, 5, 5, filled=1, largest=255))], whole_up_to=0)
        assert isinstance(packed, WholeTables)
        assert packed.values.dtype == np.uint8

    def test_weighted_pixels_stay_floats(self) -> None:
        packed = join([WholeTables(np.full((7, 5, 5), 0.5))], whole_up_to=0)
        assert unpacked(packed).dtype == np.float64
        assert unpacked(packed).sum() == 0.5 * 7 * 25

    @given(
        filled=st.sampled_from([0.0, 0.05, 0.4, 1.0]),
        largest=st.sampled_from([1, 255, 256, 2**33]),
        seed=st.integers(0, 99),
    )
    def test_values_survive(self, filled: float, largest: int, seed: int) -> None:
        values = tables(9, 4, 4, filled=filled, largest=largest, seed=seed)
        packed = join([WholeTables(values[:4]), join([WholeTables(values[4:])], whole_up_to=0)], whole_up_to=0)
        assert np.array_equal(unpacked(packed), values)
        assert np.array_equal(packed.rows([3, 1]), values[:, [3, 1]])
        assert np.array_equal(packed.block(2, 5), values[2:5])
        assert np.array_equal(unpacked(packed.select([8, 0, -2])), values[[8, 0, -2]])

    @pytest.mark.parametrize("filled", [0.01, 1.0])
    def test_two_thousand_images_of_150_classes_take_at_most_60_megabytes(self, filled: float) -> None:
        one = tables(50, CLASSES + 1, CLASSES + 1, filled=filled, largest=200)
        packed = join([WholeTables(one)] * (IMAGES // 50))
        assert packed.nbytes <= 60e6
        assert int(unpacked(packed.select(range(50))).sum()) == int(one.sum())


@pytest.mark.usefixtures("always_packed")
class TestStatistics:
    @pytest.mark.parametrize("filled", [0.1, 1.0])
    def test_packed_statistics_give_the_same_answers(self, filled: float, monkeypatch: pytest.MonkeyPatch) -> None:
        confusion = torch.from_numpy(tables(9, 5, 5, filled=filled, largest=60))
        names = {"image_names": tuple("abcdefghi"), "class_names": tuple("wxyz")}
        packed = mc.Statistics(confusion=confusion, **names)
        monkeypatch.setattr(packing, "PACKED_ABOVE", 2**30)
        whole = mc.Statistics(confusion=confusion, **names)
        assert packed.tables.nbytes < whole.tables.nbytes
        assert torch.equal(packed.confusion, confusion)
        assert torch.equal(packed.support, whole.support)
        for rule in (
            mc.Convention(),
            mc.Convention(pooling="image", ignored_classes=(1,), out_of_range="pixel_removed"),
            mc.Convention(pooling="image", ignored_classes=(0,), ignored_pixels="kept_as_false_positives"),
            mc.Convention(average="micro", void="false_positive", pooling="image", order="per_image"),
        ):
            for formula in ("iou", "mcc", "kappa", "recall"):
                expected = mc.evaluate(formula, whole, rule)
                assert torch.equal(mc.evaluate(formula, packed, rule).nan_to_num(-1), expected.nan_to_num(-1))
                trivial = mc.trivial_score(formula, whole, rule).value
                assert torch.equal(mc.trivial_score(formula, packed, rule).value.nan_to_num(-1), trivial.nan_to_num(-1))

    def test_select_merge_replace_and_pickle(self) -> None:
        confusion = torch.from_numpy(tables(9, 5, 5, filled=0.1, largest=60))
        packed = mc.Statistics(confusion=confusion, image_names=tuple("abcdefghi"), class_names=tuple("wxyz"))
        parts = packed.select([0, 1, 2]), packed.select(range(3, 9))
        assert torch.equal(mc.merge(*parts).confusion, confusion)
        assert torch.equal(replace(packed, ignore_label=255).confusion, confusion)
        assert torch.equal(pickle.loads(pickle.dumps(packed)).confusion, confusion)

    def test_counting_packs_as_it_goes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("metrics_core.blocks.PACKED_ABOVE", 0)
        monkeypatch.setattr("metrics_core.blocks.BLOCK_TABLES", 100)
        rng = np.random.default_rng(1)
        target, prediction = rng.integers(0, 6, (2, 11, 8, 9))
        counted = mc.count(target, prediction, num_classes=6)
        assert [each.sum() for each in counted.confusion] == [72] * 11
        assert counted.confusion[4, 2, 3] == ((target[4] == 2) & (prediction[4] == 3)).sum()
        prediction[10, 7, 8] = 6
        with pytest.raises(mc.InputError, match="prediction has label 6 at image 10 \\(row 7, column 8\\)"):
            mc.count(target, prediction, num_classes=6)


class TestMemory:
    """What reads packed tables unpacks a few at a time."""

    @pytest.fixture
    def packed(self, monkeypatch: pytest.MonkeyPatch) -> mc.Statistics:
        monkeypatch.setattr(packing, "PACKED_ABOVE", 0)
        monkeypatch.setattr(packing, "BLOCK_CELLS", 1)
        # The tests' own check of every object unpacks it.
        monkeypatch.setattr(mc.Statistics, "__init__", mc.Statistics.__init__.__wrapped__)  # pyright: ignore
        sparse = join([WholeTables(tables(40, 200, 200, filled=0.001, largest=9))])
        assert isinstance(sparse, SparseTables)
        names = tuple(f"i{i}" for i in range(40)), tuple(f"c{i}" for i in range(199))
        return mc.Statistics(confusion=sparse, image_names=names[0], class_names=names[1])  # pyright: ignore

    @pytest.mark.parametrize(
        "read",
        [
            lambda s: s.per_image,
            lambda s: s.pooled,
            lambda s: mc.evaluate("kappa", s, mc.Convention(average="micro", pooling="image")),
            lambda s: s.renamed([f"j{i}" for i in range(40)]),
            lambda s: mc.merge(s.select(range(20)), s.select(range(20, 40))),
            mc.statistics_bytes,
        ],
        ids=["sums of images", "sum over images", "kappa of images", "other names", "merge", "file"],
    )
    def test_only_a_few_tables_are_unpacked_at_once(
        self, packed: mc.Statistics, read: Callable[[mc.Statistics], object]
    ) -> None:
        tracemalloc.start()
        read(packed)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40 * 200 * 200 * 8 / 4

    def test_packed_parts_merge_without_being_unpacked(
        self, packed: mc.Statistics, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = packed.confusion
        monkeypatch.setattr(SparseTables, "block", None)
        merged = mc.merge(*(packed.select([i]) for i in range(40))).renamed(packed.image_names)
        monkeypatch.undo()
        assert torch.equal(merged.confusion, whole)
