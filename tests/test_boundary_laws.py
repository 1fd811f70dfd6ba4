"""Boundary scores: values of MONAI on drawn masks, laws, bad input, and what is merged and averaged."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance, compute_surface_dice
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

import metrics_core as mc
from metrics_core.boundary.scores import MeanOrder
from tests.strategies import VOID, Draw

Labels = NDArray[np.int64]
Pair = tuple[Labels, Labels, tuple[float, ...]]
CLASSES = 3


@st.composite
def pairs(draw: Draw, *, ranks: tuple[int, int] = (1, 3), void: bool = False) -> Pair:
    """Target and prediction of two images, of blocks and single pixels, and a spacing."""
    shape = tuple(draw(st.lists(st.integers(1, 7), min_size=ranks[0], max_size=ranks[1])))
    label = st.integers(0, CLASSES - 1)
    elements = label | st.just(VOID) if void else label
    fill = st.just(draw(label))
    target = draw(arrays(np.int64, (2, *shape), elements=elements, fill=fill))
    prediction = draw(arrays(np.int64, (2, *shape), elements=label, fill=fill))
    return target, prediction, tuple(draw(st.sampled_from([0.5, 1.0, 2.0, 5.0])) for _ in shape)


def measured(pair: Pair, **options: Any) -> mc.BoundaryStatistics:
    target, prediction, spacing = pair
    given_options = {"spacing": spacing, "ignore_label": VOID, **options}
    return mc.boundary_distances(target, prediction, num_classes=CLASSES, **given_options)


def readings(statistics: mc.BoundaryStatistics) -> dict[str, torch.Tensor]:
    """Every score, with its default for empty masks."""
    return {
        "hd": mc.hausdorff(statistics),
        "hd95": mc.hausdorff(statistics, percentile=95),
        "assd": mc.average_surface_distance(statistics),
        "masd": mc.average_surface_distance(statistics, directions="mean"),
        "nsd": mc.normalized_surface_distance(statistics, tolerance=1),
        "biou": mc.boundary_iou(statistics, width=1.5),
    }


def assert_same(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(one.double(), other.double(), rtol=10 * tolerance, atol=10 * tolerance, equal_nan=True)


class TestMonai:
    """MONAI returns float32, so that its values differ by its rounding."""

    @given(pair=pairs(ranks=(2, 3)))
    @settings(max_examples=50)
    def test_values_of_monai(self, pair: Pair) -> None:
        y, y_pred = (torch.nn.functional.one_hot(torch.as_tensor(side), CLASSES).movedim(-1, 1) for side in pair[:2])
        options: dict[str, Any] = {"include_background": True, "spacing": pair[2]}
        found = measured(pair)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of empty masks, which are drawn on purpose
            expected = {
                "hd": compute_hausdorff_distance(y_pred, y, **options),
                "hd95": compute_hausdorff_distance(y_pred, y, percentile=95, **options),
                "assd": compute_average_surface_distance(y_pred, y, symmetric=True, **options),
                "nsd": compute_surface_dice(y_pred, y, [1.0] * CLASSES, **options),
            }
            directed = compute_average_surface_distance(y_pred, y, **options)
        values = readings(found)
        # Between infinite distances, percentiles are interpolated to NaN there.
        interpolated = expected["hd95"].isnan() & values["hd95"].isinf()
        expected["hd95"] = expected["hd95"].masked_fill(interpolated, math.inf)
        for name, value in expected.items():
            assert_same(values[name], value, 1e-6)
        assert_same(mc.average_surface_distance(found, directions="from_prediction"), directed, 1e-6)


class TestLaws:
    @given(pair=pairs(void=True))
    def test_scores_of_both_directions_are_symmetric(self, pair: Pair) -> None:
        target, prediction, spacing = pair
        prediction = np.where(target == VOID, VOID, prediction)
        one, other = (
            readings(measured((target, prediction, spacing))),
            readings(measured((prediction, target, spacing))),
        )
        for name, value in one.items():
            assert_same(value, other[name])

    @given(pair=pairs(void=True), factor=st.sampled_from([0.25, 2.0, 8.0]))
    def test_distances_scale_with_the_spacing(self, pair: Pair, factor: float) -> None:
        larger = measured(pair, spacing=[step * factor for step in pair[2]])
        values = readings(measured(pair))
        for name in ("hd", "hd95", "assd", "masd"):
            assert_same(readings(larger)[name], values[name] * factor)
        assert_same(mc.normalized_surface_distance(larger, tolerance=factor), values["nsd"])
        assert_same(mc.boundary_iou(larger, width=1.5 * factor), values["biou"])

    @given(pair=pairs(void=True), tolerances=st.tuples(st.floats(0, 20), st.floats(0, 20)))
    def test_nsd_grows_with_the_tolerance(self, pair: Pair, tolerances: tuple[float, float]) -> None:
        found = measured(pair)
        low, high = (mc.normalized_surface_distance(found, tolerance=each) for each in sorted(tolerances))
        assert bool(((low <= high) | low.isnan()).all())

    @given(pair=pairs(void=True))
    def test_means_lie_below_the_largest_distance_and_scores_in_their_range(self, pair: Pair) -> None:
        values = {name: value[~value.isnan()] for name, value in readings(measured(pair)).items()}
        for name in ("hd95", "assd", "masd"):
            assert bool((values[name] <= values["hd"] * (1 + 1e-12)).all())
        for name in ("nsd", "biou"):
            assert bool(((values[name] >= 0) & (values[name] <= 1)).all())

    @given(pair=pairs(void=True))
    def test_hausdorff_is_the_distance_within_which_all_of_both_boundaries_lie(self, pair: Pair) -> None:
        found = measured(pair)
        for (image, label), distance in np.ndenumerate(mc.hausdorff(found).numpy()):
            if np.isfinite(distance):
                assert mc.normalized_surface_distance(found, tolerance=distance)[image, label] == 1

    @given(pair=pairs(void=True), width=st.sampled_from([0.5, 1.0, 1.7, 3.0, 40.0]))
    def test_bands_are_those_of_each_mask_alone(self, pair: Pair, width: float) -> None:
        target, prediction, spacing = pair
        found = mc.boundary_iou(measured(pair), width=width)

        def band(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
            return mask & (distance_transform_edt(binary_erosion(mask) | ~mask, sampling=spacing) < width)

        for (image, label), value in np.ndenumerate(found.numpy()):
            valid = target[image] != VOID
            masks = [(side[image] == label) & valid for side in (target, prediction)]
            if all(mask.any() for mask in masks):
                one, other = (band(mask) for mask in masks)
                assert value == (one & other).sum() / (one | other).sum()

    @given(
        sizes=st.tuples(*[st.integers(1, 9)] * 4), corner=st.tuples(*[st.integers(0, 9)] * 2), width=st.integers(1, 5)
    )
    def test_bands_of_rectangles_are_what_erosions_cut_off(
        self, sizes: tuple[int, ...], corner: tuple[int, int], width: int
    ) -> None:
        target, prediction = np.zeros((2, 20, 20), np.int64)
        target[5 : 5 + sizes[0], 5 : 5 + sizes[1]] = 1
        prediction[corner[0] : corner[0] + sizes[2], corner[1] : corner[1] + sizes[3]] = 1
        bands = [mask.astype(bool) & ~binary_erosion(mask, np.ones((3, 3)), width) for mask in (target, prediction)]
        found = mc.boundary_iou(mc.boundary_distances(target[None], prediction[None], num_classes=2), width=width)
        assert float(found[0, 1]) == (bands[0] & bands[1]).sum() / (bands[0] | bands[1]).sum()

    @given(pair=pairs(void=True), start=st.integers(0, 3))
    def test_more_room_around_an_image_changes_no_foreground(self, pair: Pair, start: int) -> None:
        target, prediction, spacing = pair
        room = [(0, 0), *[(start, 2)] * len(spacing)]
        padded = np.pad(target, room), np.pad(prediction, room), spacing
        for name, value in readings(measured(padded)).items():
            assert_same(value[:, 1:], readings(measured(pair))[name][:, 1:])

    @given(values=st.lists(st.integers(0, 5), min_size=1, max_size=20), percent=st.floats(0, 100))
    def test_percentiles_are_those_of_numpy(self, values: list[int], percent: float) -> None:
        found = mc.Distances.of(np.array(values, np.float64))
        assert found.percentile(percent) == pytest.approx(np.percentile(values, percent))
        assert found.mean == pytest.approx(np.mean(values))


class TestStatistics:
    target = np.array([[[0, 1, 1, 0], [0, 1, 1, 0]], [[0, 0, 2, 2], [0, 0, 2, 2]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    prediction = np.roll(target, 1, 2)

    def measured(self, images: slice = slice(None), **options: Any) -> mc.BoundaryStatistics:
        names = [f"image {i}" for i in range(3)][images]
        pair = self.target[images], self.prediction[images]
        return mc.boundary_distances(*pair, num_classes=3, image_names=names, **options)

    def test_parts_merge_to_the_whole(self) -> None:
        merged = mc.merge_boundaries(self.measured(slice(0, 1)), self.measured(slice(1, 3)))
        assert merged.image_names == ("image 0", "image 1", "image 2")
        assert_same(mc.hausdorff(merged), mc.hausdorff(self.measured()))

    def test_images_of_other_shapes_and_spacings_merge(self) -> None:
        other = mc.boundary_distances([[0, 1, 1]], [[0, 0, 1]], num_classes=3, spacing=4, image_names=["signal"])
        assert mc.hausdorff(mc.merge_boundaries(self.measured(), other))[3].tolist()[:2] == [4, 4]

    def test_a_merge_refuses_repeated_images_and_other_classes(self) -> None:
        one = self.measured()
        with pytest.raises(mc.InputError, match="'image 0' repeats"):
            mc.merge_boundaries(one, one)
        with pytest.raises(mc.InputError, match="same class names"):
            mc.merge_boundaries(one, replace(one, class_names=("a", "b", "c")))
        with pytest.raises(mc.InputError, match="at least one"):
            mc.merge_boundaries()
        with pytest.raises(mc.InputError, match="one cell a class"):
            replace(one, class_names=("a", "b"))

    def test_scores_take_the_highest_class(self) -> None:
        scores = np.moveaxis(np.eye(3, dtype=np.float32)[self.prediction], -1, 1)
        found = mc.boundary_distances(self.target, scores, num_classes=3)
        assert_same(mc.hausdorff(found), mc.hausdorff(self.measured()))

    def test_depths_left_out_leave_every_distance(self) -> None:
        found = self.measured(depths="left_out")
        assert_same(mc.hausdorff(found), mc.hausdorff(self.measured()))
        with pytest.raises(mc.InputError, match="boundary_iou needs depths"):
            mc.boundary_iou(found)

    @given(
        places=st.lists(st.integers(0, 30 * 40 - 1), min_size=2, max_size=12, unique=True),
        apart=st.integers(1, 11),
        spacing=st.sampled_from([(1.0, 1.0), (5.0, 0.5)]),
    )
    def test_single_pixels_near_and_far_reach_the_nearest_of_all(
        self, places: list[int], apart: int, spacing: tuple[float, float]
    ) -> None:
        masks = np.zeros((2, 30, 40), np.int64)
        masks[0].flat[places[:apart]] = masks[1].flat[places[apart:]] = 1
        points = [np.argwhere(mask) * spacing for mask in masks]
        cell = mc.boundary_distances(*masks[:, None], num_classes=2, spacing=spacing).images[0].cells[1]
        expected = (
            np.full(len(points[0]), math.inf)
            if not len(points[1])
            else np.hypot(*(points[0][:, None] - points[1][None]).T).min(0)
        )
        assert np.repeat(cell.from_target.values, cell.from_target.counts).tolist() == pytest.approx(sorted(expected))

    def test_many_images_are_measured_as_each_alone(self) -> None:
        generator = np.random.default_rng(3)
        target, prediction = generator.integers(0, 3, (2, 4, 260, 260))
        together = mc.hausdorff(mc.boundary_distances(target, prediction, num_classes=3))
        alone = [
            mc.hausdorff(mc.boundary_distances(*pair, num_classes=3))
            for pair in zip(target[:, None], prediction[:, None], strict=True)
        ]
        assert together.equal(torch.cat(alone))


class TestMeanOfCells:
    cells = torch.tensor([[1.0, 3.0], [5.0, math.nan]], dtype=torch.float64)

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            ("all_cells", 3),
            ("classes_then_images", 3.5),
            ("images_then_classes", 3),
            ("per_image", [2, 5]),
            ("per_class", [3, 3]),
        ],
    )
    def test_orders(self, order: MeanOrder, expected: object) -> None:
        assert mc.mean_of_cells(self.cells, order=order).tolist() == expected

    def test_undefined_cells_may_make_the_mean_undefined(self) -> None:
        assert math.isnan(mc.mean_of_cells(self.cells, order="all_cells", undefined="propagate"))
        assert mc.mean_of_cells(self.cells, order="per_image", undefined="propagate")[0] == 2

    def test_an_infinite_cell_makes_the_mean_infinite(self) -> None:
        assert mc.mean_of_cells(self.cells.nan_to_num(math.inf), order="all_cells") == math.inf

    def test_nothing_left_is_undefined(self) -> None:
        assert math.isnan(mc.mean_of_cells(self.cells[1:, 1:], order="classes_then_images"))


class TestBadInput:
    pair = ([[0, 1, 1]], [[0, 0, 1]])
    found = mc.boundary_distances(*pair, num_classes=2)

    @pytest.mark.parametrize("spacing", [0, -1, math.nan, math.inf, 1e-170, 1e155, [0], (1, 2), [[1]], "1", [], True])
    def test_spacing(self, spacing: Any) -> None:
        with pytest.raises(mc.InputError, match="spacing must be"):
            mc.boundary_distances(*self.pair, num_classes=2, spacing=spacing)

    @pytest.mark.parametrize("tolerance", [-1, math.nan, math.inf, [1, -1], [1, 2, 3], [], "1"])
    def test_tolerance(self, tolerance: Any) -> None:
        with pytest.raises(mc.InputError, match="tolerance must be"):
            mc.normalized_surface_distance(self.found, tolerance=tolerance)

    @pytest.mark.parametrize("percentile", [0, -5, 101, math.nan])
    def test_percentile(self, percentile: float) -> None:
        with pytest.raises(mc.InputError, match="percentile must lie in"):
            mc.hausdorff(self.found, percentile=percentile)

    @pytest.mark.parametrize("width", [0, -1, math.nan, math.inf])
    def test_width(self, width: float) -> None:
        with pytest.raises(mc.InputError, match="width must be positive"):
            mc.boundary_iou(self.found, width=width)

    def test_options_outside_their_lists(self) -> None:
        wrong: Any = "other"
        refused = pytest.raises(mc.InputError, match=r"must be one of .*; got 'other'")
        for name in ("directions", "one_empty", "both_empty"):
            with refused:
                mc.hausdorff(self.found, **{name: wrong})
        for name in ("one_empty", "both_empty"):
            with refused:
                mc.boundary_iou(self.found, **{name: wrong})
        for options in ({"order": wrong}, {"order": "all_cells", "undefined": wrong}):
            with refused:
                mc.mean_of_cells(torch.zeros(1, 1), **options)
        with refused:
            mc.boundary_distances(*self.pair, num_classes=2, depths=wrong)

    def test_cells_of_another_shape(self) -> None:
        with pytest.raises(mc.InputError, match=r"cells must be \[image, class\]"):
            mc.mean_of_cells(torch.zeros(3), order="all_cells")

    def test_labels_outside_the_classes(self) -> None:
        with pytest.raises(mc.InputError, match="pass ignore_label=255"):
            mc.boundary_distances([[0, 255]], [[0, 1]], num_classes=2)
        with pytest.raises(mc.InputError, match=r"prediction has label 2 .*; raise num_classes$"):
            mc.boundary_distances([[0, 1]], [[0, 2]], num_classes=2)
