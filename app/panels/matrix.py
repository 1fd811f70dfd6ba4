"""Matrix: the confusion matrix, whose cells select pixels and images."""

from __future__ import annotations

import streamlit as st

from app.components.matrix import matrix
from app.results import Report
from app.scenes import Scene
from app.selection import choose, current
from app.views.confusion import confusion_data
from app.views.text import escape_markdown, format_count

_NORMALISE = {"true": "% row", "predicted": "% column", "all": "% all", "count": "pixels"}


def draw_matrix(scene: Scene, report: Report) -> None:
    """Counts of (true, predicted) pairs; a click lights the pixels up and finds the image that has most of them."""
    selection = report.selection
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.segmented_control(
            "Normalise",
            list(_NORMALISE),
            format_func=_NORMALISE.__getitem__,
            key="matrix",
            required=True,
            label_visibility="collapsed",
        )
        st.toggle("this image", key="scope")
    data = confusion_data(
        report.confusion(),
        class_names=report.statistics.class_names,
        normalise=selection.matrix,
        selected=selection.cell,
    )
    matrix(data, key="confusion", on_cell=lambda cell: _store_cell(report, cell))
    _draw_cell(scene, report)


def _draw_cell(scene: Scene, report: Report) -> None:
    selection, statistics = report.selection, report.statistics
    if selection.cell is None:
        hint = "Counts of the highest score, not of the threshold. " if selection.decide == "threshold" else ""
        happens = (
            "its pixels light up on the map" if scene.has_pixels else "the images that hold such pixels are counted"
        )
        st.caption(f"{hint}Click a cell: {happens}.")
        return
    true, predicted = selection.cell
    per_image = statistics.tables.rows([true])[:, 0, predicted]
    names = [*statistics.class_names, "no class"]
    pixels, images = int(per_image.sum()), int((per_image > 0).sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"True **{escape_markdown(names[true])}**, predicted **{escape_markdown(names[predicted])}**: "
            f"{format_count(pixels)} pixels in {images} of {statistics.num_images} images."
        )
        most = int(per_image.argmax())
        if images and most != selection.image:
            st.button("Image with most", on_click=choose, kwargs={"image": most}, icon=":material/image_search:")
        st.button("Clear", on_click=choose, kwargs={"cell": ""}, icon=":material/close:")


def _store_cell(report: Report, cell: tuple[int, int]) -> None:
    """Choose the clicked cell, or none where it was chosen; go to an image that has such pixels."""
    if current().cell == cell:
        choose(cell="")
        return
    per_image = report.statistics.tables.rows([cell[0]])[:, 0, cell[1]]
    shown = report.selection.image
    choose(cell=f"{cell[0]}.{cell[1]}", image=int(per_image.argmax()) if not int(per_image[shown]) else shown)
