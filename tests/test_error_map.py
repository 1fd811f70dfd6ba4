"""The error map's data: every pixel's labels and probabilities arrive in the browser unchanged."""

import io
import json
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import metrics_core as mc
from app.results import encoded_image
from app.scenes import user_scene
from app.views import error_map, pictures
from tests.test_files import npy
from tests.test_label_compression import decompressed


def decoded(picture: bytes | None) -> np.ndarray:
    """The pixels of a picture; grey ones come in three equal channels."""
    return np.array(Image.open(io.BytesIO(picture or b"")).convert("RGB"))


def planes_of(images: error_map.EncodedImages) -> np.ndarray:
    """Probability planes [plane, row, column]."""
    shape = (len(images.planes), images.height, images.width)
    changes = np.frombuffer(zlib.decompress(images.probabilities or b""), np.uint8).reshape(shape)
    return changes.cumsum(1, np.uint8).cumsum(2, np.uint8)


def test_small_photographs_are_exact_and_large_ones_are_reduced() -> None:
    small = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(pictures.photo(small, most_bytes=10_000)), small)
    ramp = np.linspace(0, 255, 2048, dtype=np.uint8)[None].repeat(1024, 0)
    reduced = decoded(pictures.photo(ramp, most_bytes=100_000))
    assert reduced.shape == (512, 1024, 3)
    np.testing.assert_allclose(reduced[..., 0].astype(int), ramp[::2, ::2].astype(int), atol=4)


@pytest.mark.parametrize("shape", [(1, 20_000), (20_000, 1, 3)])
def test_photographs_too_long_for_a_picture_are_reduced(shape: tuple[int, ...]) -> None:
    assert max(decoded(pictures.photo(np.zeros(shape, np.uint8), most_bytes=100_000)).shape) == 10_000


def test_a_photograph_takes_the_bytes_that_are_left_or_its_lowest_quality() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    sizes = [len(pictures.photo(noise, most_bytes=most)) for most in (1_000_000, 120_000, 90_000, 10)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 300_000  # as it is
    assert sizes[1] <= 120_000
    assert sizes[2] <= 90_000
    assert sizes[3] < sizes[2]


TARGET = np.array([[0, 1, 255], [2, -1, 1]])
PREDICTION = np.array([[0, 2, 1], [7, 0, 1]])


def test_labels_are_packed_with_void_and_outside() -> None:
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3)
    assert decompressed(encoded.truth, (2, 3)).tolist() == [[0, 1, 255], [2, 255, 1]]
    assert decompressed(encoded.predicted, (2, 3)).tolist() == [[0, 2, 1], [255, 0, 1]]


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_probability_planes_hold_every_class(kind: Any) -> None:
    probabilities = np.random.default_rng(0).integers(0, 256, (5, 2, 3), dtype=np.uint8)
    given = probabilities if kind is np.uint8 else probabilities.astype(kind) / 255
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=5, probabilities=given)
    assert encoded.planes == (0, 1, 2, 3, 4)
    np.testing.assert_array_equal(planes_of(encoded), probabilities)


@pytest.mark.parametrize("colours", [(), (3,)])
def test_a_row_of_values_is_drawn_over_its_picture(colours: tuple[int, ...]) -> None:
    labels, picture = np.uint8([[0, 1, 1, 0]]), np.random.default_rng(0).integers(0, 256, (1, 4, *colours), np.uint8)
    target, prediction = (mc.Upload(name="a.npy", data=npy(each)) for each in (labels, 1 - labels))
    models = [mc.ModelFiles(name="a", uploads=(prediction,))]
    data = mc.read_models([target], models, choices=mc.Choices(first_axis="image"))
    scene = user_scene(replace(data, image=torch.from_numpy(picture)))
    # What is kept of own data belongs to a session, and here is none.
    encoded = encoded_image(replace(scene, digest=f"row of values {colours}"), "a", 0, -1)
    assert (encoded.height, encoded.width) == (1, 4)
    rows = picture if colours else picture[..., None].repeat(3, -1)
    np.testing.assert_array_equal(decoded(encoded.picture), rows)


def test_large_images_send_the_largest_probability_and_the_focus_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_map, "_PROBABILITY_LIMIT", 10)
    probabilities = np.random.default_rng(0).integers(0, 256, (3, 2, 3), dtype=np.uint8)
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3, probabilities=probabilities, focus=1)
    assert encoded.planes == (error_map.OTHER, 1)
    np.testing.assert_array_equal(planes_of(encoded), [probabilities.max(0), probabilities[1]])


def test_component_data_map_the_highlight() -> None:
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3, picture=np.zeros((2, 3), dtype=np.uint8))
    data = error_map.error_map_data(
        encoded, class_names=list("abc"), colours=["#000000"] * 3, highlight=(3, -1), focus=2
    )
    assert data["highlight"] == [error_map.OTHER, -1]
    assert data["focus"] == 2
    assert data["probabilities"] is None


def test_a_message_holds_the_rest_as_json_and_the_pixels_behind_it() -> None:
    pixels = np.zeros((2, 3), dtype=np.uint8)
    encoded = error_map.encode_images(TARGET, PREDICTION, num_classes=3, picture=pixels)
    data = error_map.error_map_data(encoded, class_names=["a", "ä", "\n"], colours=["#000000"] * 3)
    message = error_map.message(data)
    length = int.from_bytes(message[:4], "little")
    header, rest = json.loads(message[4 : 4 + length]), message[4 + length :]
    found = {}
    for name, (_, size) in header.pop("parts").items():
        found[name], rest = rest[:size], rest[size:]
    assert rest == b""
    assert found == {"truth": encoded.truth, "predicted": encoded.predicted, "picture": encoded.picture}
    assert header | found == data


def test_other_pixels_have_another_header() -> None:
    def header(prediction: np.ndarray) -> bytes:
        images = error_map.encode_images(TARGET, prediction, num_classes=3)
        message = error_map.message(error_map.error_map_data(images, class_names=list("abc"), colours=["#000000"] * 3))
        return message[: 4 + int.from_bytes(message[:4], "little")]

    other = PREDICTION.copy()
    other[0, 0] = 1
    assert header(PREDICTION) == header(PREDICTION.copy())
    assert header(PREDICTION) != header(other)


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
        ({"row": 1, "column": 2, "true": 255, "predicted": 0}, error_map.Pick(true=3, predicted=0)),
        ({"row": 1, "column": 2, "true": 1}, None),
        ({"row": 1, "column": 2, "true": "1", "predicted": 0}, None),
        (None, None),
    ],
)
def test_picked_pixel(value: Any, expected: error_map.Pick | None) -> None:
    assert error_map.picked_pixel(value, num_classes=3) == expected
