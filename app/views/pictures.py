"""Writes photographs as pictures for the browser."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDEST = 16383
"""Rows and columns that a WebP can have."""

PHOTO_PIXELS = 600_000
"""Pixels of a photograph beyond which it is sent smaller: it lies under the labels, which stay at full size."""

QUALITIES = (85, 70, 55, 40, 30)
"""Of a photograph that is not sent as it is, out of 100: the first that is small enough, or else the last."""


def photo(pixels: NDArray[np.uint8], *, most_bytes: int) -> bytes:
    """Returns a photograph, bytes [row, column] or [row, column, 3], as it is if that takes no more than most_bytes."""
    height, width = pixels.shape[:2]
    step = int(np.ceil(max(np.sqrt(height * width / PHOTO_PIXELS), height / WIDEST, width / WIDEST)))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if step == 1 and len(exact := _encoded(image, "WEBP", lossless=True, quality=20, method=2)) <= most_bytes:
        return exact
    reduced = image.resize((-(-width // step), -(-height // step)), Image.Resampling.BOX)
    *better, last = QUALITIES
    for quality in better:
        if len(encoded := _encoded(reduced, "JPEG", quality=quality)) <= most_bytes:
            return encoded
    return _encoded(reduced, "JPEG", quality=last)


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()
