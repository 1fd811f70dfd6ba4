"""Writes arrays of bytes as the data URLs of pictures for the browser."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDEST = 16383
"""Rows and columns that a WebP can have."""

PHOTO_PIXELS = 600_000
"""Pixels of a photograph beyond which it is sent smaller: it lies under the labels, which stay at full size."""


def exact_data_url(pixels: NDArray[np.uint8]) -> str:
    """Returns bytes [row, column] (grey) or [row, column, 3] (RGB) as a picture that holds exactly these bytes."""
    if max(pixels.shape[:2]) > WIDEST:
        return _data_url(pixels, "PNG", compress_level=1)
    return _data_url(pixels, "WEBP", lossless=True, quality=20, method=2)


def photo_data_url(pixels: NDArray[np.uint8]) -> str:
    """Returns a photograph, bytes [row, column] or [row, column, 3], as it is; large ones at a lower size."""
    step = int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / PHOTO_PIXELS)))
    if step == 1:
        return exact_data_url(np.ascontiguousarray(pixels))
    height, width = (-(-side // step) for side in pixels.shape[:2])
    reduced = Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.BOX)
    return _data_url(np.asarray(reduced), "JPEG", quality=80)


def _data_url(pixels: NDArray[np.uint8], kind: str, **options: Any) -> str:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(content.getvalue()).decode("ascii")
