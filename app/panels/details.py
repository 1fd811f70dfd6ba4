"""Details: classes, images, curves and the formula, one tab each; only the open one is computed."""

from __future__ import annotations

import math

import streamlit as st

from app.panels.curves import draw_curves
from app.results import Report, Scene, focus_class
from app.selection import choose
from app.views.base import CONFIG
from app.views.images import per_image_strip
from app.views.picking import picked
from app.views.tables import ClassRow, class_table
from app.views.text import escape_markdown, format_count
from app.views.wording import average_equation, class_equation

_COUNTS = ("support", "TP", "FP", "FN")
_TABS = ("Classes", "Images", "Curves", "Formula")


def draw_details(scene: Scene, report: Report) -> None:
    """The tabs under the map and the matrix."""
    chosen = st.segmented_control("Details", _TABS, key="tab", required=True, label_visibility="collapsed")
    if chosen == "Classes":
        _draw_classes(report)
    elif chosen == "Images":
        _draw_images(report)
    elif chosen == "Curves":
        draw_curves(scene, report)
    else:
        _draw_formula(scene, report)


def _draw_classes(report: Report) -> None:
    score = report.per_class
    st.dataframe(
        class_table(class_rows(report), score_name=score.formula.name),
        hide_index=True,
        key="classes",
        alt="scores and counts of every class",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in _COUNTS},
    )


def class_rows(report: Report) -> list[ClassRow]:
    """One row a class: counts pooled over images, score under the chosen rules."""
    counts, values = report.cells, report.per_class.value.tolist()
    supports = (counts.tp + counts.fn)[0]
    total = float(supports.sum()) or math.nan
    return [
        ClassRow(
            name=name,
            support=int(supports[label]),
            prevalence=float(supports[label]) / total,
            tp=int(counts.tp[0, label]),
            fp=int(counts.fp[0, label]),
            fn=int(counts.fn[0, label]),
            score=values[label],
            reason=report.class_note(label),
        )
        for label, name in enumerate(report.statistics.class_names)
    ]


def _draw_images(report: Report) -> None:
    score, selection = report.per_image, report.selection
    values = score.value.tolist()
    figure = per_image_strip(
        values,
        image_names=report.statistics.image_names,
        score_name=score.formula.name,
        selected=selection.image,
        mean=float(score.value.nanmean()),
    )
    st.plotly_chart(
        figure,
        key="strip",
        on_select=_store_image,
        selection_mode="points",
        config=CONFIG,
        alt="one dot an image: its score",
    )
    undefined = sum(math.isnan(value) for value in values)
    st.caption(
        "Each dot is an image scored by itself, classes averaged as chosen; click one to see it. "
        + (f"{undefined} of {len(values)} images are undefined (∅): 0/0 in every class." if undefined else "")
    )


def _store_image() -> None:
    index = picked(st.session_state["strip"])
    if index is not None:
        choose(image=index[0])


def _draw_formula(scene: Scene, report: Report) -> None:
    score, names = report.score, scene.dataset.class_names
    if equation := average_equation(score, names):
        st.latex(equation)
    label = focus_class(report.selection, report.statistics)
    counts = report.cells
    tp, fp, fn, tn = (int(part[0, label]) for part in counts.one_vs_rest)
    pooled = report.selection.pooling == "dataset"
    value = float(report.per_class.value[label])
    st.latex(class_equation(score.formula, names[label], (tp, fp, fn, tn), value, pooled=pooled))
    st.caption(
        f"Counts of {escape_markdown(names[label])}, all images together: TP {format_count(tp)}, "
        f"FP {format_count(fp)}, FN {format_count(fn)}, TN {format_count(tn)}. "
        "Choose another class with 'Colour by' above the map."
    )
    st.markdown(f"**Pitfalls.** {score.formula.pitfalls}  \n**Reference.** {score.formula.reference}")
    with st.expander("The same number in Python"):
        st.code(report.python(), language="python")
    with st.expander("About these data"):
        dataset = scene.dataset
        for title, text in (
            ("What to look at", dataset.look_at),
            ("How made", dataset.how_made),
            ("Licence", dataset.licence),
            ("Attribution", dataset.attribution),
            ("Source", dataset.source),
        ):
            if text:
                st.markdown(f"**{title}.** {escape_markdown(text)}")
