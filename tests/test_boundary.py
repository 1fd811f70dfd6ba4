"""Boundary scores on masks small enough to measure by hand, and on the cases whose values are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core.boundary.scores import Directions

Mask = NDArray[np.bool_]
ROOT_2 = math.sqrt(2)


def rectangle(rows: tuple[int, int], columns: tuple[int, int], shape: tuple[int, int] = (64, 64)) -> Mask:
    """A mask that is set in rows[0]..rows[1]-1 and columns[0]..columns[1]-1."""
    mask = np.zeros(shape, np.bool_)
    mask[slice(*rows), slice(*columns)] = True
    return mask


def square(side: int, corner: int = 20) -> Mask:
    """A square in an image of 128x128."""
    return rectangle((corner, corner + side), (corner, corner + side), (128, 128))


def measured(target: Mask, prediction: Mask, **options: Any) -> mc.BoundaryStatistics:
    """Boundary statistics of two masks as class 1 of one image."""
    return mc.boundary_distances(target[None].astype(int), prediction[None].astype(int), num_classes=2, **options)


def of_class_1(cells: torch.Tensor) -> float:
    return float(cells[0, 1])


def dice(target: Mask, prediction: Mask) -> float:
    statistics = mc.count(target[None].astype(int), prediction[None].astype(int), num_classes=2)
    return float(mc.evaluate("dice", statistics, mc.Convention(average="none"))[1])


class TestSquares:
    def test_two_squares_at_one_place(self) -> None:
        found = measured(square(4), square(4))
        assert of_class_1(mc.hausdorff(found)) == 0
        assert of_class_1(mc.average_surface_distance(found)) == 0
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=0)) == 1
        assert of_class_1(mc.boundary_iou(found)) == 1

    def test_two_squares_shifted_by_one_pixel(self) -> None:
        # Of 12 boundary pixels each, the two rows of three that lie on one another agree; the others are 1 apart.
        found = measured(rectangle((2, 6), (2, 6), (9, 9)), rectangle((2, 6), (3, 7), (9, 9)))
        assert of_class_1(mc.hausdorff(found)) == 1
        assert of_class_1(mc.average_surface_distance(found)) == 12 / 24
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=0)) == 12 / 24
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=1)) == 1
        assert of_class_1(mc.boundary_iou(found, width=1)) == 6 / (12 + 12 - 6)

    def test_two_pixels_apart(self) -> None:
        found = measured(rectangle((0, 1), (0, 1)), rectangle((3, 4), (4, 5)))
        assert of_class_1(mc.hausdorff(found)) == of_class_1(mc.average_surface_distance(found)) == 5
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=5)) == 1
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=4.999)) == 0

    def test_anisotropic_spacing(self) -> None:
        target, prediction = rectangle((0, 1), (0, 1)), rectangle((3, 4), (4, 5))
        assert of_class_1(mc.hausdorff(measured(target, prediction, spacing=(1, 5)))) == math.hypot(3, 20)
        assert of_class_1(mc.hausdorff(measured(target, prediction, spacing=(5, 1)))) == math.hypot(15, 4)
        assert of_class_1(mc.hausdorff(measured(target, prediction, spacing=0.5))) == 2.5

    def test_anisotropic_spacing_changes_which_boundary_pixel_is_nearest(self) -> None:
        target = rectangle((4, 5), (4, 5), (9, 9))
        prediction = rectangle((4, 5), (7, 8), (9, 9)) | rectangle((0, 1), (4, 5), (9, 9))
        directed = {"directions": "from_target"}
        assert of_class_1(mc.hausdorff(measured(target, prediction), **directed)) == 3
        assert of_class_1(mc.hausdorff(measured(target, prediction, spacing=(1, 5)), **directed)) == 4

    def test_a_volume(self) -> None:
        target, prediction = np.zeros((2, 6, 5, 5), np.int64)
        target[1, 2, 2] = prediction[4, 2, 3] = 1
        found = mc.boundary_distances(target[None], prediction[None], num_classes=2, spacing=(2, 1, 0.5))
        assert of_class_1(mc.hausdorff(found)) == math.hypot(6, 0.5)

    def test_a_signal(self) -> None:
        found = mc.boundary_distances([[0, 1, 1, 1, 0, 0, 0]], [[0, 1, 1, 1, 1, 1, 0]], num_classes=2)
        assert of_class_1(mc.hausdorff(found)) == 2
        assert of_class_1(mc.average_surface_distance(found)) == 4 / 4

    def test_the_image_ends_a_mask(self) -> None:
        everything, less = np.ones((5, 5), np.bool_), rectangle((0, 5), (0, 4), (5, 5))
        assert of_class_1(mc.hausdorff(measured(everything, less))) == 1

    def test_every_class_of_every_image(self) -> None:
        target = np.array([[[0, 0, 1, 1], [0, 0, 2, 2]], [[1, 1, 1, 1], [1, 1, 1, 1]]])
        prediction = np.array([[[0, 1, 1, 1], [0, 0, 2, 2]], [[1, 1, 1, 1], [2, 1, 1, 1]]])
        found = mc.hausdorff(mc.boundary_distances(target, prediction, num_classes=3))
        expected = torch.tensor([[1, 1, 0], [math.nan, 1, math.inf]], dtype=torch.float64)
        torch.testing.assert_close(found, expected, equal_nan=True, rtol=0, atol=0)


class TestEmptyMasks:
    nothing, something = np.zeros((30, 40), np.bool_), rectangle((3, 5), (4, 9), (30, 40))

    def test_both_empty_masks(self) -> None:
        found = measured(self.nothing, self.nothing)
        for cells in (mc.hausdorff(found), mc.average_surface_distance(found), mc.boundary_iou(found)):
            assert math.isnan(of_class_1(cells))
        assert math.isnan(of_class_1(mc.normalized_surface_distance(found, tolerance=1)))

    def test_both_empty_masks_declared_perfect(self) -> None:
        found = measured(self.nothing, self.nothing)
        assert of_class_1(mc.hausdorff(found, both_empty="perfect")) == 0
        assert of_class_1(mc.average_surface_distance(found, both_empty="perfect")) == 0
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=1, both_empty="perfect")) == 1
        assert of_class_1(mc.boundary_iou(found, both_empty="perfect")) == 1

    @pytest.mark.parametrize("empty", ["target", "prediction"])
    def test_one_empty_mask(self, empty: str) -> None:
        masks = (self.nothing, self.something) if empty == "target" else (self.something, self.nothing)
        found = measured(*masks, spacing=2)
        for directions in ("max", "mean", "pooled", "from_target", "from_prediction"):
            for read in (mc.hausdorff, mc.average_surface_distance):
                assert of_class_1(read(found, directions=directions)) == math.inf
                assert of_class_1(read(found, directions=directions, one_empty="diagonal")) == 100
                assert math.isnan(of_class_1(read(found, directions=directions, one_empty="undefined")))
        assert of_class_1(mc.normalized_surface_distance(found, tolerance=9)) == of_class_1(mc.boundary_iou(found)) == 0
        assert math.isnan(of_class_1(mc.normalized_surface_distance(found, tolerance=9, one_empty="undefined")))
        assert math.isnan(of_class_1(mc.boundary_iou(found, one_empty="undefined")))


class TestVoid:
    def test_void_pixels_belong_to_no_mask(self) -> None:
        target = np.array([[1, 1, 255, 0, 0, 0]])
        found = mc.boundary_distances(target, np.array([[1, 1, 1, 0, 0, 0]]), num_classes=2, ignore_label=255)
        assert mc.hausdorff(found).tolist() == [[0, 0]]

    def test_masks_that_reach_void_pixels_agree_there(self) -> None:
        target, prediction = np.ones((1, 7, 12), np.int64), np.ones((1, 7, 12), np.int64)
        target[:, :, :2] = prediction[:, :, 0] = 0
        without = mc.boundary_distances(target, prediction, num_classes=2)
        target[:, 3, 6:9] = 255
        found = mc.boundary_distances(target, prediction, num_classes=2, ignore_label=255)
        assert of_class_1(mc.average_surface_distance(found)) < of_class_1(mc.average_surface_distance(without))

    def test_an_ignored_class_has_no_target(self) -> None:
        found = mc.boundary_distances([[0, 0, 1, 1]], [[0, 0, 0, 1]], num_classes=2, ignore_label=0)
        assert mc.hausdorff(found).tolist() == [[math.inf, 1]]


class TestPercentilesAndDirections:
    # Distances from the target: 0 and 0; from the prediction: 0, 0, 0, 3, 4.
    found = mc.boundary_distances([[1, 1, 0, 0, 0, 0, 0]], [[1, 1, 0, 0, 1, 1, 0]], num_classes=2)

    def test_distances_are_counted(self) -> None:
        cell = self.found.images[0].cells[1]
        assert (cell.from_target.values.tolist(), cell.from_target.counts.tolist()) == ([0], [2])
        assert (cell.from_prediction.values.tolist(), cell.from_prediction.counts.tolist()) == ([0, 3, 4], [2, 1, 1])

    @pytest.mark.parametrize(
        ("directions", "expected"),
        [
            ("max", np.percentile([0, 0, 3, 4], 95)),
            ("mean", np.percentile([0, 0, 3, 4], 95) / 2),
            ("pooled", np.percentile([0, 0, 0, 0, 3, 4], 95)),
            ("from_target", 0),
            ("from_prediction", np.percentile([0, 0, 3, 4], 95)),
        ],
    )
    def test_hd95(self, directions: Directions, expected: float) -> None:
        assert of_class_1(mc.hausdorff(self.found, percentile=95, directions=directions)) == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("directions", "expected"),
        [("max", 7 / 4), ("mean", 7 / 8), ("pooled", 7 / 6), ("from_target", 0), ("from_prediction", 7 / 4)],
    )
    def test_average_surface_distance(self, directions: Directions, expected: float) -> None:
        assert of_class_1(mc.average_surface_distance(self.found, directions=directions)) == expected

    def test_a_tolerance_for_each_class(self) -> None:
        assert mc.normalized_surface_distance(self.found, tolerance=[9, 3]).tolist() == [[1, 5 / 6]]


class TestBoundaryIou:
    def test_the_bands_of_two_squares_by_hand(self) -> None:
        # 6x6, shifted by one column. Two pixels wide, each band leaves 2x2 of its square out: 32 pixels, 24 shared.
        found = measured(rectangle((2, 8), (2, 8)), rectangle((2, 8), (3, 9)))
        assert of_class_1(mc.boundary_iou(found, width=1)) == 10 / 30
        assert of_class_1(mc.boundary_iou(found, width=2)) == 24 / 40
        assert of_class_1(mc.boundary_iou(found, width=3)) == 30 / 42  # all of both masks: IoU

    def test_width_is_2_percent_of_the_diagonal(self) -> None:
        masks = rectangle((20, 60), (20, 60), (150, 200)), rectangle((20, 60), (24, 64), (150, 200))
        assert mc.boundary_iou(measured(*masks)).equal(mc.boundary_iou(measured(*masks), width=5))
        assert mc.boundary_iou(measured(*masks, spacing=3)).equal(mc.boundary_iou(measured(*masks), width=5))

    def test_width_is_rounded_to_steps_of_the_finest_spacing(self) -> None:
        # The diagonal is hypot(150, 800) = 814, 2 % of it 16.3.
        masks = rectangle((20, 60), (20, 60), (150, 200)), rectangle((20, 60), (24, 64), (150, 200))
        found = measured(*masks, spacing=(1, 4))
        assert mc.boundary_iou(found).equal(mc.boundary_iou(found, width=16))
        assert not mc.boundary_iou(found).equal(mc.boundary_iou(found, width=16.3))

    def test_width_is_at_least_the_boundary_itself(self) -> None:
        found = measured(rectangle((2, 8), (2, 8), (9, 9)), rectangle((2, 8), (3, 9), (9, 9)))
        assert of_class_1(mc.boundary_iou(found)) == 10 / 30

    def test_a_wide_band_hides_less_of_a_large_object_than_iou(self) -> None:
        target, prediction = square(80), square(80, 22)
        found = measured(target, prediction)
        overlap = dice(target, prediction)
        assert of_class_1(mc.boundary_iou(found, width=4)) < 0.5 < 0.9 < overlap / (2 - overlap)


class TestKnownCases:
    reference = rectangle((22, 42), (22, 42))
    cases = pytest.mark.parametrize(
        ("prediction", "expected"),
        [
            pytest.param(rectangle((22, 42), (26, 42)), (0.888889, 4, 1.0556, 0.7222), id="missing at an edge"),
            pytest.param(reference & ~rectangle((22, 42), (30, 34)), (0.888889, 7, 1.0, 0.8), id="cut in two"),
            pytest.param(reference & ~rectangle((27, 37), (28, 36)), (0.888889, 5, 0.8723, 0.8085), id="inner hole"),
            pytest.param(rectangle((22, 42), (24, 44)), (0.9, 2, 1.0, 0.5263), id="shifted by two"),
            pytest.param(
                rectangle((22, 42), (22, 40)) | rectangle((59, 64), (56, 64)),
                (0.9, 31.1127, 3.9853, 0.6588),
                id="far corner",
            ),
        ],
    )

    @cases
    def test_same_dice_different_shape(self, prediction: Mask, expected: tuple[float, ...]) -> None:
        found = measured(self.reference, prediction)
        cells = (
            mc.hausdorff(found),
            mc.average_surface_distance(found),
            mc.normalized_surface_distance(found, tolerance=1),
        )
        values = (dice(self.reference, prediction), *(of_class_1(each) for each in cells))
        assert values == pytest.approx(expected, abs=5e-5)

    def test_hd95_of_a_far_blob(self) -> None:
        blob = rectangle((22, 42), (22, 40)) | rectangle((59, 64), (56, 64))
        assert of_class_1(mc.hausdorff(measured(self.reference, blob), percentile=95)) == pytest.approx(
            29.301, abs=5e-4
        )

    @pytest.mark.parametrize(
        ("side", "shifted", "eroded", "dilated"),
        [
            (4, 0.75, 0.4, 0.615385),
            (8, 0.875, 0.72, 0.780488),
            (16, 0.9375, 0.867257, 0.882759),
            (64, 0.984375, 0.968262, 0.969238),
        ],
    )
    def test_one_pixel_costs_small_squares_more(self, side: int, shifted: float, eroded: float, dilated: float) -> None:
        found = mc.one_pixel_sensitivity(square(side))
        assert (found.shifted, found.eroded, found.dilated) == pytest.approx((shifted, eroded, dilated), abs=5e-7)

    @pytest.mark.parametrize(
        ("prediction", "expected"),
        [
            (rectangle((23, 41), (23, 41)), 0.895028),
            (rectangle((21, 43), (21, 43)), 0.904977),
            (rectangle((22, 42), (22, 32)), 0.666667),
            (rectangle((22, 42), (22, 52)), 0.8),
        ],
    )
    def test_too_large_costs_less_than_too_small(self, prediction: Mask, expected: float) -> None:
        assert dice(self.reference, prediction) == pytest.approx(expected, abs=5e-7)

    def test_mean_recall_rewards_over_segmentation(self) -> None:
        target, prediction = rectangle((0, 10), (0, 10), (100, 100)), rectangle((0, 40), (0, 40), (100, 100))
        statistics = mc.count(target[None].astype(int), prediction[None].astype(int), num_classes=2)
        found = measured(target, prediction)
        assert float(mc.evaluate("recall", statistics)) == pytest.approx(0.924242, abs=5e-7)
        assert float(mc.evaluate("iou", statistics)) == pytest.approx(0.455492, abs=5e-7)
        assert of_class_1(mc.hausdorff(found)) == pytest.approx(30 * ROOT_2)


class TestOnePixelSensitivity:
    def test_a_single_pixel(self) -> None:
        found = mc.one_pixel_sensitivity(rectangle((4, 5), (4, 5), (9, 9)))
        assert (found.eroded, found.dilated, found.shifted) == (0, 2 / (1 + 9), 0)

    def test_an_empty_mask_is_undefined(self) -> None:
        found = mc.one_pixel_sensitivity(np.zeros((4, 4), np.bool_))
        assert all(math.isnan(value) for value in (found.eroded, found.dilated, found.shifted))

    def test_a_mask_does_not_end_at_the_image(self) -> None:
        found = mc.one_pixel_sensitivity(np.ones((4, 4, 4), np.bool_))
        assert (found.eroded, found.dilated, found.shifted) == (1, 1, 1)

    def test_shifted_is_the_worse_way_along_an_axis(self) -> None:
        # At the image's upper end, a shift downwards leaves 11 rows where 10 were, one upwards 9.
        found = mc.one_pixel_sensitivity(rectangle((0, 10), (0, 20), (20, 20)))
        assert found.shifted == 18 / 19

    def test_shifted_is_the_worst_axis(self) -> None:
        found = mc.one_pixel_sensitivity(rectangle((3, 4), (2, 12), (20, 20)))
        assert found.shifted == 0

    @pytest.mark.parametrize("mask", [np.full((3, 3), 2), np.zeros((0, 3)), np.full((2, 2), 0.5)])
    def test_refuses_what_is_no_mask(self, mask: NDArray[Any]) -> None:
        with pytest.raises(mc.InputError, match="target_mask must hold 0 and 1"):
            mc.one_pixel_sensitivity(mask)
