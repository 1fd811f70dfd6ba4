"""Sanity: each check fires on what it is for, and stays silent on sound data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from metrics_core.files import find_cautions
from tests.test_files import cautioned, concluded, npy, one, pair, refusal_of

RANDOM = np.random.default_rng(3)


def blobs(labels: int = 3, size: int = 96) -> np.ndarray[Any, Any]:
    """Two masks of thick stripes, each label present."""
    stripes = np.arange(size) * labels // size
    return np.stack([np.tile(stripes, (size, 1)), np.tile(stripes[:, None], (1, size))]).astype(np.uint8)


MASKS = blobs()
MOVED = np.roll(MASKS, 3, axis=2)
SCORES = np.moveaxis(np.eye(3, dtype=np.float32)[MOVED], -1, 1) * 0.7 + 0.1
NAMES = ("ground", "road", "tree")


def checks(target: Any, prediction: Any, **extra: Any) -> dict[str, str]:
    known = {"ignore_label": None, "class_names": NAMES} | extra
    found = find_cautions(np.asarray(target), np.asarray(prediction), **known)
    return {caution.check: caution.text for caution in found}


@pytest.mark.parametrize("prediction", [MOVED, SCORES, np.rint(SCORES * 255).astype(np.uint8)])
def test_sound_data_raise_no_caution(prediction: Any) -> None:
    assert checks(MASKS, prediction, target_files=("target.npy",), prediction_files=("pred.npy",)) == {}


def test_identical() -> None:
    assert "perfect" in checks(MASKS, MASKS)["identical"]
    changed = MASKS.copy()
    changed[0, 0, 0] = 2
    assert "identical" not in checks(MASKS, changed)


@pytest.mark.parametrize(
    ("target", "prediction", "fires"),
    [
        ("prediction.npy", "target.npy", True),
        ("unet_output.png", "case_mask.png", True),
        ("probs.npy", "gt.npy", True),
        ("target.npy", "prediction.npy", False),
        ("pred_target.npy", "gt.npy", False),
        ("a.npy", "b.npy", False),
        ("spread.npy", "maskara.npy", False),
        ("prediction.npy", "prediction_of_masks.npy", False),
    ],
)
def test_swapped_slots_by_the_names_of_the_files(target: str, prediction: str, fires: bool) -> None:
    found = checks(MASKS, MOVED, target_files=(target,), prediction_files=(prediction,))
    assert ("swapped" in found) == fires


def resized(method: Any) -> np.ndarray[Any, Any]:
    image = Image.fromarray((MASKS[0] * 100).astype(np.uint8)).rotate(20).resize((150, 150), method)
    return np.asarray(image)[None]


def test_masks_that_were_resized_with_interpolation() -> None:
    smooth = resized(Image.Resampling.BICUBIC)
    assert "resized with interpolation or saved as JPEG" in checks(smooth, smooth + 0)["smoothed"]
    sharp = resized(Image.Resampling.NEAREST)
    assert "smoothed" not in checks(sharp, sharp + 0)


def test_masks_that_were_jpeg() -> None:
    from io import BytesIO

    written = BytesIO()
    Image.fromarray((MASKS[0] * 100).astype(np.uint8)).rotate(20).save(written, "JPEG", quality=60)
    blurred = np.asarray(Image.open(written))[None]
    assert "smoothed" in checks(blurred, blurred)


def test_many_rare_classes_are_not_smoothing() -> None:
    many = blobs(labels=96, size=192)
    assert "smoothed" not in checks(many, many, class_names=[str(i) for i in range(96)])


def test_softmax_over_the_wrong_axis() -> None:
    logits = RANDOM.normal(size=(2, 3, 8, 9))
    for axis, name in ((0, "images"), (2, "spatial axis 1"), (3, "spatial axis 2")):
        powers = np.exp(logits)
        found = checks(RANDOM.integers(0, 3, (2, 8, 9)), powers / powers.sum(axis, keepdims=True))
        assert f"over the {name} instead of the classes" in found["softmax_axis"]
        assert "sums" not in found
    assert "softmax_axis" not in checks(MASKS, SCORES)


def test_scores_that_do_not_sum_to_one() -> None:
    assert "100.0% of pixels" in checks(MASKS, SCORES / 2)["sums"]
    assert "sums" not in checks(MASKS, SCORES)
    assert "sums" not in checks(MASKS, SCORES.astype(np.float16))


@pytest.mark.parametrize(("side", "way"), [(0, "target_first_label=1"), (1, "prediction_first_label=1")])
def test_labels_off_by_one(side: int, way: str) -> None:
    pair_of_masks = [MASKS, MOVED]
    pair_of_masks[side] = pair_of_masks[side] + 1
    assert f"Pass {way}" in checks(*pair_of_masks)["off_by_one"]
    assert "off_by_one" not in checks(MASKS, MOVED)
    assert "off_by_one" not in checks(MASKS, RANDOM.integers(0, 3, MASKS.shape))


def test_classes_that_one_side_lacks() -> None:
    only = np.minimum(MOVED, 1)
    assert checks(MASKS, only)["never_predicted"] == "tree: in the target but never predicted"
    assert checks(only, MASKS)["only_predicted"] == "tree: predicted but never in the target"


def test_a_class_predicted_only_where_the_target_is_void_is_not_predicted() -> None:
    target, prediction = MASKS.copy(), np.where(MOVED == 2, 1, MOVED)
    target[0, 0, :10], prediction[0, 0, :10] = 255, 2
    assert "never_predicted" in checks(target, prediction, ignore_label=255)


def test_void_share() -> None:
    target = MASKS.copy()
    target[:, :30] = 255
    assert "31% of the target's pixels are void (label 255)" in checks(target, MOVED, ignore_label=255)["void"]
    target[:, 15:] = MASKS[:, 15:]
    assert "void" not in checks(target, MOVED, ignore_label=255)


class TestFirstLabel:
    def test_scores_leave_one_reading(self) -> None:
        data = pair(MASKS + 1, SCORES)
        assert concluded(data)["target_first_label"] == 1
        np.testing.assert_array_equal(data.target, MASKS)

    def test_void_stays_void(self) -> None:
        target = MASKS + 1
        target[0, 0, 0] = 255
        data = pair(target, SCORES)
        assert (data.ignore_label, int(data.target[0, 0, 0]), int(data.target.min())) == (255, 255, 0)

    def test_a_zero_is_not_guessed_away(self) -> None:
        target = MASKS + 1
        target[0, 0, 0] = 0
        assert "expected labels 0..2, got 3" in refusal_of(lambda: pair(target, SCORES))
        data = pair(target, SCORES, target_first_label=1)
        assert (data.ignore_label, int(data.target[0, 0, 0])) == (255, 255)
        assert "label 0 lies below the first class" in next(n.why for n in data.inferred if n.field == "ignore_label")

    def test_it_can_be_denied(self) -> None:
        assert "got 3" in refusal_of(lambda: pair(MASKS + 1, SCORES, target_first_label=0))

    def test_labels_are_lowered_where_declared(self) -> None:
        data = pair(MASKS + 1, MOVED + 1, target_first_label=1, prediction_first_label=1)
        np.testing.assert_array_equal(data.target, MASKS)
        np.testing.assert_array_equal(data.prediction, MOVED)
        assert data.num_classes == 3

    def test_labels_are_not_lowered_where_nothing_says_so(self) -> None:
        assert pair(MASKS + 1, MOVED + 1).num_classes == 4


class TestOneHot:
    @pytest.mark.parametrize("where", ["first", "last"])
    @pytest.mark.parametrize("kind", [np.uint8, np.bool_, np.float32])
    def test_a_declared_one_hot_target(self, where: Any, kind: Any) -> None:
        one_hot = np.moveaxis(np.eye(3, dtype=kind)[MASKS], -1, 1 if where == "first" else 3)
        data = pair(one_hot, SCORES, target_one_hot=where)
        np.testing.assert_array_equal(data.target, MASKS)
        single = pair(one_hot[0], SCORES[0], target_one_hot=where)
        np.testing.assert_array_equal(single.target[0], MASKS[0])

    def test_what_is_not_one_hot_is_refused(self) -> None:
        assert "expected one-hot labels" in refusal_of(lambda: pair(MASKS, SCORES, target_one_hot="first"))
        assert "expected one-hot" in refusal_of(lambda: pair(np.zeros((2, 2)), np.zeros((2, 2)), target_one_hot="last"))


def test_cautions_come_with_what_is_read() -> None:
    from metrics_core.files import read_pair

    data = read_pair(one(npy(MASKS), "prediction.npy"), one(npy(MASKS), "target.npy"))
    assert list(cautioned(data)) == ["identical", "swapped"]
