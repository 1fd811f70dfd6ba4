"""Writes arrays of bytes as pictures for the browser."""

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

PHOTO_QUALITY = 70
"""Of such a photograph, out of 100."""


def exact_picture(pixels: NDArray[np.uint8]) -> bytes:
    """Returns bytes [row, column] (grey) or [row, column, 3] (RGB) as a picture that holds exactly these bytes."""
    if max(pixels.shape[:2]) > WIDEST:
        return _encoded(pixels, "PNG", compress_level=1)
    return _encoded(pixels, "WEBP", lossless=True, quality=20, method=2)


def photo(pixels: NDArray[np.uint8]) -> bytes:
    """Returns a photograph, bytes [row, column] or [row, column, 3], as it is; large ones at a lower size."""
    step = int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / PHOTO_PIXELS)))
    if step == 1:
        return exact_picture(np.ascontiguousarray(pixels))
    height, width = (-(-side // step) for side in pixels.shape[:2])
    reduced = Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.BOX)
    return _encoded(np.asarray(reduced), "JPEG", quality=PHOTO_QUALITY)


def data_url(picture: bytes) -> str:
    """Returns a picture as a text that stands where an address of one may stand."""
    kind = "png" if picture.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode("ascii")


def _encoded(pixels: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()
