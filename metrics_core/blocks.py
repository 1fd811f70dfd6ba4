"""Blocks: pixels cut into parts so small that neither copies of them nor their tables take much memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from metrics_core.inputs import Checked
from metrics_core.packing import PACKED_ABOVE

BLOCK_TABLES = 2**20  # entries of the tables that are filled at a time, 8 MiB
BLOCK_BYTES = 2**23  # labels and scores that are copied or ranked at a time


def image_blocks(checked: Checked, num_classes: int) -> Iterator[slice]:
    """Images counted together: all of them, unless their tables or copies would take much memory."""
    images, side = checked.true.shape[0], num_classes + 2
    step = max(1, BLOCK_BYTES // max(1, _extra_bytes(checked) // images))
    if images * side * side * 8 > PACKED_ABOVE:
        step = min(step, max(1, BLOCK_TABLES // side**2))
    return (slice(start, min(start + step, images)) for start in range(0, images, step))


def row_blocks(checked: Checked, images: slice) -> Iterator[slice]:
    """Rows, along the first spatial axis, counted together: those of a block of images, or fewer of one large image."""
    rows, extra = checked.true.shape[1], _extra_bytes(checked) // checked.true.shape[0]
    step = rows if images.stop - images.start > 1 else max(1, rows * BLOCK_BYTES // max(extra, BLOCK_BYTES))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _extra_bytes(checked: Checked) -> int:
    """Memory that counting all at once would take: copies, and the labels of scores."""
    return copied_bytes(checked) + (0 if checked.kind == "labels" else checked.true.numel())


def copied_bytes(checked: Checked) -> int:
    """Memory of copies: of what is out of order, of bfloat16, and of probabilities that become two scores."""
    copied = [each for each in (checked.true, checked.predicted) if not each.is_contiguous()]
    widened = checked.from_probability or checked.predicted.dtype == torch.bfloat16
    return sum(each.nbytes for each in copied) + 2 * widened * checked.predicted.nbytes
