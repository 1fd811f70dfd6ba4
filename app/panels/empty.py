"""What a page shows before any data of the user's own are loaded."""

from __future__ import annotations

import streamlit as st

from app.panels.own_lost import draw_lost


def draw_nothing_loaded() -> None:
    """What was lost, if anything was, and how own files should look."""
    draw_lost()
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
