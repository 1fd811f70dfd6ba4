"""Picture: the error map of one image, and what lights up on it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.components.error_map import error_map
from app.results import Report, encoded_image, focus_class
from app.scenes import Scene
from app.selection import choose, current
from app.settings import ALL_CLASSES
from app.views.error_map import OTHER, Pick, error_map_data
from app.views.text import escape_markdown

_NO_PIXELS = (
    "**Counts only, no pixels.** A statistics file holds what was counted of every image, so all scores, tables and "
    "curves are here; to see where the errors lie, open the images themselves."
)


def draw_picture(scene: Scene, report: Report) -> None:
    """The shown image with its errors; a click selects the pixel's cell of the confusion matrix."""
    names = scene.dataset.class_names
    st.selectbox(
        "Colour by",
        range(ALL_CLASSES, scene.num_classes),
        format_func=lambda label: "right or wrong, all classes" if label < 0 else f"TP, FP, FN of {names[label]}",
        key="focus",
        label_visibility="collapsed",
    )
    if not scene.has_pixels:
        st.info(_NO_PIXELS, icon=":material/grid_off:")
    elif scene.num_classes > OTHER:
        st.info(_too_many(scene.num_classes), icon=":material/grid_off:")
    else:
        _draw_map(scene, report)
    if inexact := report.inexact_classes():
        st.caption(
            f"Scores equal to the threshold share a bin with others in {inexact} classes: counts are approximate."
        )


def _too_many(classes: int) -> str:
    return (
        f"The error map can tell at most {OTHER} classes apart; these data have {classes:,}, so all scores, tables and "
        "curves are here, but no map."
    )


def _draw_map(scene: Scene, report: Report) -> None:
    selection, names = report.selection, scene.dataset.class_names
    by_threshold = selection.decide == "threshold"
    focus = focus_class(selection, report.statistics) if by_threshold else selection.focus
    data = error_map_data(
        encoded_image(scene, selection.model, selection.image, selection.slice),
        class_names=names,
        colours=scene.dataset.class_colours,
        label=scene.dataset.image_names[selection.image],
        position=f"{selection.image + 1} / {scene.num_images}",
        stepping=_stepping(scene, selection.image),
        focus=None if focus == ALL_CLASSES else focus,
        highlight=selection.cell,
        threshold=selection.threshold if by_threshold else None,
        threshold_tie=selection.tie,
        void=selection.convention.void,
        ignored=selection.ignore,
    )
    error_map(data, key="error_map", on_pick=_pick, on_step=_step)
    if by_threshold and selection.focus == ALL_CLASSES:
        name = escape_markdown(names[focus])
        st.caption(f"With a threshold every class is decided by itself; shown is the rarest, {name}.")


def _stepping(scene: Scene, image: int) -> Literal["none", "both", "previous", "next"]:
    previous, following = image > 0, image < scene.num_images - 1
    if previous and following:
        return "both"
    return "previous" if previous else "next" if following else "none"


def _pick(pick: Pick) -> None:
    cell = f"{pick.true}.{pick.predicted}"
    chosen = current().cell
    choose(cell="" if chosen == (pick.true, pick.predicted) else cell)


def _step(step: int) -> None:
    choose(image=max(0, current().image + step))
