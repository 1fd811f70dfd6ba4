"""What a page shows before any data of the user's own are loaded."""

from __future__ import annotations

import streamlit as st

from app.panels.own_lost import draw_lost
from app.selection import Selection


def draw_nothing_loaded(selection: Selection) -> None:
    """Why there is nothing: a recipe that cannot be drawn, counts that are not there, or files still to be given."""
    if selection.source == "synthesize":
        st.subheader("These data cannot be drawn", anchor=False)
        st.markdown("The sidebar says which knob is at fault, under **1 Data**. Correct it, or choose another start.")
    elif selection.source == "statistics":
        st.subheader("No counts to show", anchor=False)
        st.markdown("The sidebar says why, under **1 Data**. Choose another source there.")
    else:
        draw_lost()
        _draw_how_files_look()


def _draw_how_files_look() -> None:
    st.subheader("Load a target and a prediction", anchor=False)
    st.markdown(
        """
Drop them into the sidebar, under **1 Data**. They stay in this session, on this machine; a reload or a
link does not bring them back.

| What | How |
|---|---|
| Target | class numbers: `.npy`, `.npz`, PNG, TIFF, NIfTI, NRRD, COCO JSON (RLE, panoptic), or a `.zip` of them |
| Prediction | class numbers of that shape, or a score for every class, class axis first or last |
| Several models | a folder, a `.zip` or one file for each |
| Both in one | `.npz` with members `target` and `prediction`; CSV with `image`, `target`, a column a class |
| Volumes | NIfTI, NRRD, pages of a TIFF, `[image, slice, row, column]` or one `[slice, row, column]` |
| Colour masks | RGB pictures beside a legend: CSV with `name,colour,label` |
| Void pixels | any label outside the classes, such as 255 |

Several files are matched by name. What is found out (classes, void label, class axis) is shown with its evidence and
can be overruled; what looks wrong is warned of.
"""
    )
