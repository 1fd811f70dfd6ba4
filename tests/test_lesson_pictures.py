"""Pictures of lessons: numbers on their axes, and what they say to those who do not see them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from app.lessons.pictures import Line, Lines, Tiles
from app.lessons.scenario import Data
from app.views.lesson import figure_data, figure_words


def lines(*x: float, scale: Literal["linear", "log"]) -> Lines:
    drawn = Line(name="a", x=x, y=[0.0] * (len(x) - 1) + [1.0])
    return Lines(lines=(drawn,), x_label="pixels", y_label="share", x_range=None, y_range=(0.0, 1.0), x_scale=scale)


def written(picture: Lines) -> list[str]:
    return [text for _, text in figure_data(picture)["xTicks"]]


def test_a_logarithmic_axis_writes_thousands_in_groups_and_what_is_longer_as_powers() -> None:
    assert written(lines(10, 1e8, scale="log")) == ["10", "100", "1,000", "10,000", "10⁵", "10⁶", "10⁷", "10⁸"]
    assert written(lines(1e-6, 1, scale="log")) == ["10⁻⁶", "10⁻⁵", "0.0001", "0.001", "0.01", "0.1", "1"]


def test_a_linear_axis_writes_large_numbers_in_groups() -> None:
    assert written(lines(0, 2e6, scale="linear")) == ["0", "500,000", "1,000,000", "1,500,000", "2,000,000"]


@pytest.mark.parametrize(
    ("value", "text"), [(16_777_216, "16,777,216"), (3e-5, "3 · 10⁻⁵"), (0.25, "0.25"), (1234.5, "1234.5")]
)
def test_a_point_is_read_out_in_full(value: float, text: str) -> None:
    assert figure_data(lines(1e-6, value, scale="log"))["lines"][0]["points"][-1][2] == text


def test_lines_say_where_they_begin_and_end() -> None:
    assert figure_words(lines(1, 1000, scale="log")) == "share against pixels: a, 0.000 at 1 to 1.000 at 1,000"


def test_small_images_say_what_became_of_how_many_pixels() -> None:
    target, prediction = np.array([[[0, 1, 1, 1]]]), np.array([[[1, 1, 1, 0]]])
    data = Data(target=target, prediction=prediction, class_names=("background", "object"), image_names=("image 1",))
    words = "images: image 1; 2 px found (TP), 1 px invented (FP), 1 px missed (FN)"
    assert figure_words(Tiles(data=data, label=1)) == words
