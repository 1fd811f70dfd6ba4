"""Details: classes, images, curves, calibration, slices, advice, the formula; only the open tab is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import streamlit as st

import metrics_core as mc
from app.panels.advice import draw_advice
from app.panels.calibration import draw_calibration
from app.panels.code import draw_code, draw_same_number, same_list
from app.panels.curves import draw_curves
from app.panels.slices import draw_slices
from app.results import Report, focus_class
from app.scenes import Scene
from app.selection import choose
from app.verdicts import class_intervals, worst_images
from app.views.base import CONFIG
from app.views.images import per_image_strip
from app.views.intervals import short_interval
from app.views.picking import picked
from app.views.tables import ClassRow, class_table
from app.views.text import escape_markdown, format_count, format_score, shorten
from app.views.wording import average_equation, class_equation

# Widths in pixels: what numbers do not need is left to the note.
_COUNTS = {"support": 92, "TP": 84, "FP": 84, "FN": 84}
_TEXTS = {"95 % interval": 128, "prevalence": 92}
_NOTE_LETTER = 7
_LONGEST_NOTE = 20  # letters that have room in the table
_TABS = ("Classes", "Images", "Curves", "Calibration", "Slices", "Advice", "Formula")
_WORST = 5


def draw_details(scene: Scene, report: Report) -> None:
    """The tabs under the map and the matrix."""
    chosen = st.segmented_control("Details", _TABS, key="tab", required=True, label_visibility="collapsed")
    if chosen == "Classes":
        _draw_classes(scene, report)
    elif chosen == "Images":
        _draw_images(scene, report)
    elif chosen == "Curves":
        draw_curves(scene, report)
    elif chosen == "Calibration":
        draw_calibration(report)
    elif chosen == "Slices":
        draw_slices(report)
    elif chosen == "Advice":
        draw_advice(scene, report)
    else:
        _draw_formula(scene, report)


def _draw_classes(scene: Scene, report: Report) -> None:
    score, rows = report.per_class, class_rows(report)
    longest = max(len(row.reason) for row in rows)
    st.dataframe(
        class_table(rows, score_name=score.formula.name),
        hide_index=True,
        key="classes",
        alt="scores and counts of every class",
        column_config={
            **{name: st.column_config.NumberColumn(format="localized", width=width) for name, width in _COUNTS.items()},
            **{name: st.column_config.TextColumn(width=width) for name, width in _TEXTS.items()},
            score.formula.name: st.column_config.TextColumn(width=80),
            "note": st.column_config.TextColumn(width=_NOTE_LETTER * longest + 24)
            if longest <= _LONGEST_NOTE
            else None,
        },
    )
    if longest > _LONGEST_NOTE:
        st.caption(_notes(rows))
    calls = partial(same_list, scene, report, score)
    if any(class_intervals(report)):
        draw_code(report, "classes", mc.CodeOptions(numbers="classes"), calls=calls)
    else:
        draw_code(report, "classes", mc.CodeOptions(), rule=score.convention, calls=calls)


def _notes(rows: Sequence[ClassRow]) -> str:
    """The notes with the classes that each is about, where a column would cut them off."""
    named: dict[str, list[str]] = {}
    for row in rows:
        named.setdefault(row.reason, []).append(f"**{escape_markdown(row.name)}**")
    return "  \n".join(f"{', '.join(names)} · {escape_markdown(note)}." for note, names in named.items() if note)


def class_rows(report: Report) -> list[ClassRow]:
    """One row a class: counts pooled over images, score under the chosen rules."""
    counts, values, intervals = report.cells, report.per_class.value.tolist(), class_intervals(report)
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
            reason="; ".join(part for part in (report.class_note(label), _interval_note(intervals[label])) if part),
            interval=short_interval(intervals[label]),
        )
        for label, name in enumerate(report.statistics.class_names)
    ]


def _interval_note(interval: mc.Interval | None) -> str:
    """Why an interval of no length is no certainty."""
    return "all resamples alike" if interval is not None and interval.width == 0 else ""


def _draw_images(scene: Scene, report: Report) -> None:
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
    calls = partial(same_list, scene, report, score)
    draw_code(report, "image_scores", mc.CodeOptions(), rule=score.convention, calls=calls)
    _draw_worst(report)


def _draw_worst(report: Report) -> None:
    """The images with the worst scores, each with what is wrong with it; a click shows it."""
    st.markdown("**Worst images**")
    for worst in worst_images(report)[:_WORST]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"{escape_markdown(shorten(worst.name, limit=24))} · {format_score(worst.score)}",
                key=f"worst{worst.index}",
                on_click=choose,
                kwargs={"image": worst.index, "focus": worst.label},
                help="Show this image with this class.",
            )
            st.caption(escape_markdown(worst.reason), width="stretch")
    draw_code(report, "images", mc.CodeOptions(numbers="worst"))


def _store_image() -> None:
    index = picked(st.session_state["strip"])
    if index is not None:
        choose(image=index[0])


def _draw_formula(scene: Scene, report: Report) -> None:
    score, names = report.score, scene.dataset.class_names
    if equation := average_equation(score):
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
        "Choose another class in the box above the map."
    )
    st.markdown(f"**Pitfalls.** {score.formula.pitfalls}  \n**Reference.** {score.formula.reference}")
    draw_same_number(scene, report)
    with st.expander("About these data"):
        dataset = scene.dataset
        for title, text in (
            ("Summary", dataset.summary),
            ("What to look at", dataset.look_at),
            ("How made", dataset.how_made),
            ("Licence", dataset.licence),
            ("Attribution", dataset.attribution),
            ("Source", dataset.source),
        ):
            if text:
                st.markdown(f"**{title}.** {escape_markdown(text)}")
