"""What a page shows before any data of the user's own are loaded."""

from __future__ import annotations

import streamlit as st


def draw_nothing_loaded() -> None:
    """How own files should look."""
    st.subheader("Load a target and a prediction", anchor=False)
    st.markdown(
        """
Drop them into the sidebar, under **1 Data**. They stay in this session, on this machine.

| What | How |
|---|---|
| Target | integer labels: `.npy`, `.npz` `[image, row, column]`, PNG masks (grey or palette), or a `.zip` of them |
| Prediction | labels of that shape, or a score for every class `[image, class, row, column]`, class first or last |
| Both in one | `.npz` with members `target` and `prediction` or `probabilities` |
| Volumes | `[image, slice, row, column]`, or one `[slice, row, column]` |
| Void pixels | any label outside the classes, such as 255 |

Several files are matched by name. What is found out (classes, void label, class axis) is shown and can be overruled.
"""
    )
