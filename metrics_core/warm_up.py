"""Warm-up: compile the CPU kernels for the usual data types into numba's cache: `python -m metrics_core.warm_up`."""

from __future__ import annotations

import numpy as np

import metrics_core as mc


def compile_usual() -> None:
    """Run every kernel once on data that take no time, so that the first user does not wait for the compiler."""
    scores = np.full((1, 2, 4, 4), 0.5, np.float32)
    for dtype in (np.uint8, np.int64):
        target = np.zeros((1, 4, 4), dtype)
        for labels in (target, np.zeros((1, 128, 128), dtype)):  # large ones are counted pixel pair by pixel pair
            mc.count(labels, labels, num_classes=2)
            mc.count(labels, labels.astype(np.uint8), num_classes=2)
        for given in (scores, (scores * 255).astype(np.uint8)):
            mc.count(target, given, num_classes=2, histogram="per_image")
        mc.curve_areas(target, scores, num_classes=2)
    mc.compress_labels(np.zeros((4, 4), np.uint8))
    mc.roc_curve(np.zeros((1, 4, 4), np.uint8), scores, num_classes=2)


if __name__ == "__main__":
    compile_usual()
