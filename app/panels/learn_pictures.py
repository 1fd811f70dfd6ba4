"""Pictures: each kind with the component that draws it."""

from __future__ import annotations

import numpy as np

import metrics_core as mc
from app.components.error_map import error_map
from app.components.lesson_figure import lesson_figure
from app.components.matrix import matrix
from app.lessons.lesson import Live
from app.lessons.pictures import Map, Matrix, Picture
from app.lessons.scenario import Data
from app.selection import choose, current
from app.views.confusion import confusion_data
from app.views.error_map import encode_images, error_map_data
from app.views.lesson import figure_data, figure_words, with_exact_counts


def draw_setting(now: Live) -> None:
    """The picture that the question is about."""
    _draw(now.setting, key="setting")


def draw_outcome(now: Live) -> None:
    """The picture that answers it."""
    _draw(now.outcome, key="outcome")


def draw_pixels(data: Data) -> None:
    """The image of the lesson on the error map; a chosen cell of the matrix lights up."""
    _draw_map(Map(data=data, image=min(current().image, len(data.image_names) - 1), label=None), key="lesson_pixels")


def _draw(picture: Picture, *, key: str) -> None:
    if isinstance(picture, Matrix):
        _draw_matrix(picture, key=key)
    elif isinstance(picture, Map):
        _draw_map(picture, key=key)
    else:
        lesson_figure(figure_data(picture), key=key, words=figure_words(picture))


def _draw_matrix(picture: Matrix, *, key: str) -> None:
    statistics = picture.statistics
    data = confusion_data(
        statistics.pooled.tables.block(0, 1)[0],
        class_names=statistics.class_names,
        normalise=picture.normalise,
        selected=current().cell,
        unit=picture.unit,
    )
    if picture.normalise == "count":
        data = with_exact_counts(data, statistics)
    matrix(data, key=key, on_cell=_light_up)


def _light_up(cell: tuple[int, int]) -> None:
    same = current().cell == cell
    choose(cell="" if same else f"{cell[0]}.{cell[1]}", pixels=True)


def _draw_map(picture: Map, *, key: str) -> None:
    data, images = picture.data, len(picture.data.image_names)
    encoded = encode_images(
        data.target[picture.image],
        data.prediction[picture.image],
        num_classes=data.num_classes,
        probabilities=None if data.scores is None else data.scores[picture.image].astype(np.float32),
    )
    shown = error_map_data(
        encoded,
        class_names=data.class_names,
        colours=mc.class_colours(data.num_classes),
        label=data.image_names[picture.image],
        position=f"{picture.image + 1} / {images}",
        focus=picture.label,
        highlight=current().cell,
    )
    error_map(shown, key=key)
