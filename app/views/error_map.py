"""Packs one image's target, prediction and probabilities for the canvas of app.components.error_map."""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.views.pictures import photo

Mode = Literal["errors", "truth", "prediction", "probability"]

OTHER = 255
"""The label in the packed picture that stands for void (target) or outside the classes (prediction)."""

_PROBABILITY_LIMIT = 4_000_000
"""Values up to which all classes' probabilities are sent: about 2 MB on the wire."""

_VIEW_BYTES = 295_000
"""Of labels and photograph together, where the photograph's quality can see to it."""


@dataclass(frozen=True, kw_only=True)
class EncodedImages:
    """One image, compressed; planes lists the class of each probability plane, OTHER for the largest of all classes."""

    height: int
    width: int
    num_classes: int
    truth: bytes
    predicted: bytes
    picture: bytes | None
    probabilities: bytes | None
    planes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Pick:
    """The labels of a pixel that was clicked; the number of classes means void or outside the classes."""

    true: int
    predicted: int


def encode_images(
    target: NDArray[Any],
    prediction: NDArray[Any],
    *,
    num_classes: int,
    picture: NDArray[np.uint8] | None = None,
    probabilities: NDArray[Any] | None = None,
    focus: int | None = None,
) -> EncodedImages:
    """Encodes an image; the result depends on pixels only, so that it can be cached under the image's digest.

    Args:
        target: Integer labels [row, column]; all outside 0..num_classes - 1 are void.
        prediction: Integer labels [row, column]; all outside 0..num_classes - 1 are outside the classes.
        num_classes: At most 255.
        picture: The image itself, uint8 [row, column] or [row, column, 3].
        probabilities: [class, row, column], uint8 (255 means 1) or floating point in 0..1.
        focus: The class to send beside the largest probability where the image is too large to send all classes.

    Raises:
        ValueError: Where shapes or the number of classes do not fit.
    """
    _check(target, prediction, num_classes, probabilities)
    planes, values = _planes(probabilities, focus)
    truth, predicted = (mc.compress_labels(_packed(labels, num_classes)) for labels in (target, prediction))
    return EncodedImages(
        height=target.shape[0],
        width=target.shape[1],
        num_classes=num_classes,
        truth=truth,
        predicted=predicted,
        picture=None if picture is None else photo(picture, most_bytes=_VIEW_BYTES - len(truth) - len(predicted)),
        probabilities=_compressed(values) if planes else None,
        planes=planes,
    )


def error_map_data(
    images: EncodedImages,
    *,
    class_names: Sequence[str],
    colours: Sequence[str],
    label: str = "",
    position: str = "",
    stepping: Literal["none", "both", "previous", "next"] = "none",
    mode: Mode = "errors",
    focus: int | None = None,
    highlight: tuple[int, int] | None = None,
    threshold: float | None = None,
    threshold_tie: Literal[">=", ">"] = ">=",
    void: Literal["removed", "false_positive"] = "removed",
    ignored: Sequence[int] = (),
) -> dict[str, Any]:
    """Returns what the canvas needs to draw an image: plain JSON, and pixels as bytes.

    Args:
        images: The encoded image.
        class_names: One name a class.
        colours: One "#rrggbb" a class.
        label: The image's name.
        position: Its place among the images, such as "7 / 24".
        stepping: Which of the buttons to the previous and the next image work.
        mode: What is shown first; after that the reader's own choice stays until this argument changes.
        focus: The class whose true positives, false positives and false negatives are told apart; None: right or wrong.
        highlight: The cell (true, predicted) of the confusion matrix whose pixels light up; num_classes means
            void or outside the classes, -1 any class.
        threshold: With a focus class, pixels count as predicted where the class's probability reaches this threshold,
            instead of where it was the predicted label; needs probabilities.
        threshold_tie: Whether a probability equal to the threshold reaches it.
        void: Whether pixels without a true class are left out, or predictions on them wrong.
        ignored: Classes whose pixels are left out.
    """
    return {
        **_pixel_data(images),
        "classNames": list(class_names),
        "colours": list(colours),
        "label": label,
        "position": position,
        "stepping": stepping,
        "mode": mode,
        "focus": focus,
        "highlight": None if highlight is None else [_packed_label(index, images) for index in highlight],
        "threshold": threshold,
        "thresholdTie": threshold_tie,
        "uncounted": [*([OTHER] if void == "removed" else []), *ignored],
    }


def _pixel_data(images: EncodedImages) -> dict[str, Any]:
    return {
        "height": images.height,
        "width": images.width,
        "truth": images.truth,
        "predicted": images.predicted,
        "picture": images.picture,
        "probabilities": images.probabilities,
        "planes": list(images.planes),
    }


def message(data: Mapping[str, Any]) -> bytes:
    """Returns the data of the canvas as Streamlit sends them without blowing bytes up to text.

    Four bytes, the lowest first: the length of a JSON text; the text, whose "parts" gives each part's digest and
    length; the parts in that order.
    """
    parts = {name: value for name, value in data.items() if isinstance(value, bytes)}
    listed = {name: [hashlib.sha256(value).hexdigest(), len(value)] for name, value in parts.items()}
    rest = {name: value for name, value in data.items() if name not in parts}
    text = json.dumps({**rest, "parts": listed}).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *parts.values()])


def picked_pixel(value: Any, *, num_classes: int) -> Pick | None:
    """Reads the click that the canvas reports; None where it is none."""
    if not isinstance(value, Mapping):
        return None
    true, predicted = value.get("true"), value.get("predicted")
    if not isinstance(true, int) or not isinstance(predicted, int):
        return None
    return Pick(true=min(true, num_classes), predicted=min(predicted, num_classes))


def _check(
    target: NDArray[Any], prediction: NDArray[Any], num_classes: int, probabilities: NDArray[Any] | None
) -> None:
    if target.ndim != 2 or prediction.shape != target.shape:
        raise ValueError(
            f"target has shape {target.shape}, prediction {prediction.shape}; "
            "both should be one image [row, column]: take a slice of a volume first"
        )
    if num_classes > OTHER:
        raise ValueError(f"num_classes is {num_classes}; the error map can tell at most {OTHER} classes apart")
    if probabilities is not None and probabilities.shape != (num_classes, *target.shape):
        raise ValueError(
            f"probabilities has shape {probabilities.shape}, expected {(num_classes, *target.shape)}: "
            "[class, row, column]"
        )


def _planes(probabilities: NDArray[Any] | None, focus: int | None) -> tuple[tuple[int, ...], NDArray[np.uint8]]:
    if probabilities is None:
        return (), np.zeros((0, 1, 1), dtype=np.uint8)
    if probabilities.size <= _PROBABILITY_LIMIT:
        return tuple(range(len(probabilities))), _as_bytes(probabilities)
    top = _as_bytes(probabilities.max(0))
    if focus is None:
        return (OTHER,), top[None]
    return (OTHER, focus), np.stack([top, _as_bytes(probabilities[focus])])


def _as_bytes(probabilities: NDArray[Any]) -> NDArray[np.uint8]:
    if probabilities.dtype == np.uint8:
        return probabilities
    return np.round(np.clip(np.nan_to_num(probabilities), 0, 1) * 255).astype(np.uint8)


def _compressed(planes: NDArray[np.uint8]) -> bytes:
    """Planes [plane, row, column], deflated: what changes along the rows of what changes along the columns."""
    changes = np.diff(np.diff(planes, axis=1, prepend=np.uint8(0)), axis=2, prepend=np.uint8(0))
    return zlib.compress(changes.tobytes(), level=4)


def _packed(labels: NDArray[Any], num_classes: int) -> NDArray[np.uint8]:
    return np.where((labels >= 0) & (labels < num_classes), labels, OTHER).astype(np.uint8)


def _packed_label(index: int, images: EncodedImages) -> int:
    return OTHER if index >= images.num_classes else index
