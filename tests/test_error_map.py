"""The error map's data: every pixel's labels and probabilities arrive in the browser unchanged."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.views import error_map, pictures


def decoded(url: str) -> np.ndarray:
    """The picture of a data URL; grey ones come in three equal channels."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(";base64,")[2]))).convert("RGB"))


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (2, 5, 3), (1, 20_000), (20_000, 1, 3)])
def test_exact_pictures_hold_every_byte(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, 2)
    np.testing.assert_array_equal(decoded(pictures.exact_data_url(pixels)), expected)


def test_small_photographs_are_exact_and_large_ones_are_reduced() -> None:
    small = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(pictures.photo_data_url(small)), small)
    ramp = np.linspace(0, 255, 2048, dtype=np.uint8)[None].repeat(1024, 0)
    reduced = decoded(pictures.photo_data_url(ramp))
    assert reduced.shape == (512, 1024, 3)
    np.testing.assert_allclose(reduced[..., 0].astype(int), ramp[::2, ::2].astype(int), atol=4)


TARGET = np.array([[0, 1, 255], [2, -1, 1]])
PREDICTION = np.array([[0, 2, 1], [7, 0, 1]])


def test_labels_are_packed_with_void_and_outside() -> None:
    packed = decoded(error_map.encode_images(TARGET, PREDICTION, num_classes=3).labels)
    np.testing.assert_array_equal(packed[..., 0], [[0, 1, 255], [2, 255, 1]])
    np.testing.assert_array_equal(packed[..., 1], [[0, 2, 1], [255, 0, 1]])
    np.testing.assert_array_equal(packed[..., 2], [[0, 0, 1], [0, 1, 0]])


def test_ignored_pixels_keep_their_labels_and_are_not_counted() -> None:
    ignored = TARGET == 1
    packed = decoded(error_map.encode_images(TARGET, PREDICTION, num_classes=3, void=ignored).labels)
    np.testing.assert_array_equal(packed[..., 0], [[0, 1, 255], [2, 255, 1]])
    np.testing.assert_array_equal(packed[..., 2], [[0, 1, 1], [0, 1, 1]])


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_probability_tiles_hold_every_class(kind: Any) -> None:
    probabilities = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3) * 8
    given = probabilities if kind is np.uint8 else probabilities.astype(kind) / 255
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=5, probabilities=given)
    grid = decoded(encoded.probabilities or "")[..., 0]
    assert encoded.tiles == (0, 1, 2, 3, 4)
    for tile in encoded.tiles:
        row, column = divmod(tile, encoded.tile_columns)
        np.testing.assert_array_equal(grid[row * 2 : row * 2 + 2, column * 3 : column * 3 + 3], probabilities[tile])


def test_large_images_send_the_largest_probability_and_the_focus_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_map, "_PROBABILITY_LIMIT", 10)
    probabilities = np.random.default_rng(0).integers(0, 256, (3, 2, 3), dtype=np.uint8)
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3, probabilities=probabilities, focus=1)
    assert encoded.tiles == (error_map.OTHER, 1)
    stacked = [probabilities.max(0), probabilities[1]]
    np.testing.assert_array_equal(
        decoded(encoded.probabilities or "")[..., 0], np.concatenate(stacked, encoded.tile_columns - 1)
    )


def test_component_data_is_json_and_maps_the_highlight() -> None:
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3, picture=np.zeros((2, 3), dtype=np.uint8))
    data = error_map.error_map_data(
        encoded, class_names=list("abc"), colours=["#000000"] * 3, highlight=(3, -1), focus=2
    )
    assert data["highlight"] == [error_map.OTHER, -1]
    assert data["focus"] == 2
    assert data["probabilities"] is None
    assert json.loads(json.dumps(data)) == data


def test_error_map_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="take a slice of a volume first"):
        error_map.encode_images(TARGET[None], PREDICTION[None], num_classes=3)
    with pytest.raises(ValueError, match="at most 255 classes"):
        error_map.encode_images(TARGET, PREDICTION, num_classes=300)
    with pytest.raises(ValueError, match=r"expected \(3, 2, 3\)"):
        error_map.encode_images(TARGET, PREDICTION, num_classes=3, probabilities=np.zeros((2, 2, 3)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"row": 1, "column": 2, "true": 255, "predicted": 0}, error_map.Pick(row=1, column=2, true=3, predicted=0)),
        ({"row": 1, "column": 2, "true": 1}, None),
        ({"row": "1", "column": 2, "true": 1, "predicted": 0}, None),
        (None, None),
    ],
)
def test_picked_pixel(value: Any, expected: error_map.Pick | None) -> None:
    assert error_map.picked_pixel(value, num_classes=3) == expected
