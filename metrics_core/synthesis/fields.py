"""Fields: a number per pixel whose highest pixels form the wanted shape: blobs, separate objects, or thin lines."""

from __future__ import annotations

import math

import numpy as np
import torch

from metrics_core.synthesis.quotas import FloatArray, LabelArray

_LOWEST = np.float32(-np.inf)


def smooth_noise(random: np.random.Generator, shape: tuple[int, int, int], size_px: float) -> FloatArray:
    """Gaussian noise [image, row, column] of mean 0 and deviation 1 whose blobs are about size_px wide."""
    images, height, width = shape
    spectrum = random.standard_normal((images, height, width // 2 + 1, 2), dtype=np.float32)
    rows = torch.fft.fftfreq(height)[:, None]
    columns = torch.fft.rfftfreq(width)[None, :]
    sigma = size_px / 4
    kept = torch.exp(-2 * (math.pi * sigma) ** 2 * (rows**2 + columns**2))
    kept[0, 0] = 0
    waves = torch.view_as_complex(torch.from_numpy(spectrum)) * kept
    noise = torch.fft.irfft2(waves, s=(height, width))
    deviation = noise.std((1, 2), keepdim=True).clamp_min(1e-20)
    return (noise / deviation).numpy()


def region_field(random: np.random.Generator, shape: tuple[int, int, int], size_px: float) -> FloatArray:
    """Smooth noise plus an offset per image, so that images differ in how much of a class they hold."""
    offsets = random.standard_normal((shape[0], 1, 1), dtype=np.float32)
    return (smooth_noise(random, shape, size_px) + 0.5 * offsets).astype(np.float32, copy=False)


def object_field(
    random: np.random.Generator,
    shape: tuple[int, int, int],
    cells: list[list[tuple[int, int, int, int]]],
    spread: float,
) -> FloatArray:
    """Objects [image, row, column], one per cell (top, left, height, width); minus infinity outside the cells.

    The field is 0 at an object's centre and falls along every ray from there, so the highest pixels are one connected
    object per cell, each of its own size, and objects of different cells never touch.
    """
    field = np.full(shape, _LOWEST, np.float32)
    for image, image_cells in enumerate(cells):
        for top, left, height, width in image_cells:
            window = field[image, top : top + height, left : left + width]
            window[...] = _star(random, (height, width), spread)
    return field


def _star(random: np.random.Generator, size: tuple[int, int], spread: float) -> FloatArray:
    centre = [int((0.3 + 0.4 * random.random()) * (length - 1) + 0.5) for length in size]
    rows = np.arange(size[0], dtype=np.float32)[:, None] - centre[0]
    columns = np.arange(size[1], dtype=np.float32)[None, :] - centre[1]
    angle = np.arctan2(rows, columns)
    phases = 2 * math.pi * random.random(2)
    radius = 1 + 0.15 * np.cos(2 * angle + phases[0]) + 0.1 * np.cos(3 * angle + phases[1])
    scale = spread ** (random.random() - 0.5)
    return (-np.hypot(rows, columns) / (radius * scale)).astype(np.float32)


def line_field(
    random: np.random.Generator, shape: tuple[int, int, int], held: list[int], lines: int, width_px: int
) -> FloatArray:
    """Lines width_px wide across the images `held`; the highest pixels complete one line before they start the next."""
    field = np.full(shape, _LOWEST, np.float32)
    for image in held:
        offset = random.random()
        for line in range(lines):
            flat = field[image] if random.random() < 0.5 else field[image].T
            _draw_line(random, flat, -(line + offset), width_px)
    return field


def _draw_line(random: np.random.Generator, field: FloatArray, value: float, width_px: int) -> None:
    """Draw one wavy line from the first row to the last; its value falls by less than 1 on the way."""
    height, width = field.shape
    along = np.arange(height) / height
    swing = min(0.12 * width, height / 12) * np.sin(2 * math.pi * (along * (1 + random.random()) + random.random()))
    middle = width * (0.1 + 0.8 * random.random()) + 0.6 * height * (random.random() - 0.5) * (along - 0.5) + swing
    left = np.clip(np.rint(middle - width_px / 2).astype(np.int64), 0, max(0, width - width_px))
    columns = left[:, None] + np.arange(min(width_px, width))[None, :]
    rows = np.arange(height)[:, None]
    drawn = (value - 0.999 * along)[:, None].astype(np.float32)
    field[rows, columns] = np.maximum(field[rows, columns], drawn)


def picture(random: np.random.Generator, scene: LabelArray, num_classes: int) -> LabelArray:
    """A grey picture uint8 [image, row, column] of a scene: one grey level a class, texture, blur and noise."""
    levels = (40 + 170 * np.arange(num_classes) / (num_classes - 1)).astype(np.float32)
    # Neighbouring labels get distant greys; the background stays the darkest.
    levels[1:] = levels[1:][np.argsort(np.arange(num_classes - 1) * 7 % max(1, num_classes - 1), kind="stable")]
    grey = torch.from_numpy(levels[scene])[:, None]
    blurred = torch.nn.functional.avg_pool2d(grey, 3, 1, 1, count_include_pad=False)[:, 0].numpy()
    texture = smooth_noise(random, scene.shape, 8.0)
    grain = random.standard_normal(scene.shape, dtype=np.float32)
    return np.clip(blurred + 8 * texture + 6 * grain, 0, 255).astype(np.uint8)
