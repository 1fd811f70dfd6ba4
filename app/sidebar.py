"""Sidebar: 1 Data, 2 Rules, 3 Share; draws the widgets of the settings in app.selection."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

import metrics_core as mc
from app.counted import draw_upload
from app.lessons.course import lessons
from app.own_files import draw_uploads
from app.scenes import KNOB_LABELS, Scene, example_titles, recipe_refusal
from app.selection import Selection, choose_data, choose_recipe
from app.views.text import escape_markdown
from app.views.wording import KEPT, ORDER

_SOURCES = {"example": "Example", "synthesize": "Synthesize", "files": "My files"}
_LESSON = {"lesson": "Lesson"}
_COUNTED = {"statistics": "Counts"}
_NAMED_IMAGES = 2000  # every name of a slider is sent to the browser
_FORMULAS = {key: record.name for key, record in mc.FORMULAS.items()} | {"fbeta": "F-beta"}


def draw_source(selection: Selection) -> None:
    """What is scored: an example, synthetic data, or the user's own files."""
    st.subheader("1 Data", anchor=False)
    # Pixels of a lesson are chosen on its own page; here they can only be left.
    counted = _COUNTED if mc.named_statistics_files() or selection.source == "statistics" else {}
    sources = counted | _SOURCES | (_LESSON if selection.source == "lesson" else {})
    st.segmented_control(
        "Source",
        list(sources),
        format_func=sources.__getitem__,
        key="source",
        required=True,
        on_change=choose_data,
        label_visibility="collapsed",
        width="stretch",
    )
    if selection.source == "example":
        titles = example_titles()
        st.selectbox("Example", list(titles), format_func=titles.__getitem__, key="data", on_change=choose_data)
    elif selection.source == "synthesize":
        _draw_recipe(selection)
    elif selection.source == "lesson":
        st.caption(f"The pixels of the lesson “{lessons()[selection.lesson].title}”.")
    elif selection.source == "statistics":
        names = ", ".join(path.name for path in mc.named_statistics_files())
        none = "No statistics file was named: start with metric-explorer app RUN.stats, or upload one under My files."
        st.caption(escape_markdown(names or none))
    else:
        draw_uploads()
        draw_upload()


def _draw_recipe(selection: Selection) -> None:
    st.selectbox("Start from", list(mc.RECIPES), key="recipe", on_change=choose_recipe)
    st.select_slider(
        "Imbalance, commonest : rarest class",
        [0, 1, 2, 3, 5, 10, 30, 100, 300, 1000],
        format_func=lambda ratio: "as written" if ratio == 0 else f"{ratio} : 1",
        key="imbalance",
        help="Class shares fall evenly on a log scale. 'as written' takes the shares under 'More knobs'.",
    )
    st.slider("Boundary error, pixels", -8, 8, key="boundary_error_px", help="Negative: objects are drawn too small.")
    st.slider("Missed objects, smallest first", 0.0, 1.0, key="missed_objects", step=0.05, format="percent")
    if reason := recipe_refusal(selection):
        st.error(escape_markdown(reason), icon=":material/error:")
        # What is wrong can be put right in there.
        if not st.session_state.get("more_knobs"):
            st.session_state["more_knobs"] = True
    with st.expander("More knobs", key="more_knobs", on_change="rerun"):
        _draw_more_knobs()


def _draw_more_knobs() -> None:
    left, right = st.columns(2)
    left.number_input("Images", 1, 200, key="images")
    right.number_input("Size, pixels", 16, 512, key="side", step=16)
    st.text_input(
        KNOB_LABELS["class_names"], key="classes", help="Names with commas between; the first is the background."
    )
    st.text_input(
        KNOB_LABELS["class_shares"], key="shares", help="One number a class; used unless an imbalance is set."
    )
    left, right = st.columns(2)
    left.number_input(KNOB_LABELS["object_size_px"], 1.0, 256.0, key="object_size_px")
    right.number_input(
        KNOB_LABELS["objects_per_image"], 0, 200, key="objects_per_image", help="0: as many as the shares need."
    )
    st.toggle("Thin structures", key="thin", help="The last class (or the recipe's) is drawn as lines.")
    st.slider("Boundary jitter, pixels", 0.0, 6.0, key="boundary_jitter_px", step=0.2)
    st.slider(KNOB_LABELS["false_positive_blobs"], 0, 10, key="false_positive_blobs")
    st.slider(KNOB_LABELS["label_noise"], 0.0, 0.2, key="label_noise", step=0.002, format="percent")
    st.slider("Void share", 0.0, 0.5, key="void_share", step=0.01, format="percent")
    lacking = "images_without_rare_class"
    st.slider(KNOB_LABELS["images_without_rare_class"], 0.0, 1.0, key=lacking, step=0.05, format="percent")
    st.number_input(
        KNOB_LABELS["auroc"],
        0.0,
        0.999,
        key="auroc",
        step=0.01,
        help="0: scores overlap only where the errors above are.",
    )
    st.number_input(
        "Temperature", 0.05, 20.0, key="temperature", step=0.25, help="1 calibrated, below 1 over-confident."
    )
    st.number_input("Seed", 0, 10**9, key="seed")


def draw_image(scene: Scene, selection: Selection) -> None:
    """Which model, which image, which slice."""
    models = list(scene.dataset.predictions)
    if len(models) > 1:
        st.selectbox("Model", models, key="model")
    if scene.num_images > 1:
        _draw_image_choice(scene, selection)
    if scene.depth:
        st.slider(f"Slice, {scene.depth} in all", 0, scene.depth - 1, key="slice")


def _draw_image_choice(scene: Scene, selection: Selection) -> None:
    label, names = f"Image, {scene.num_images:,} in all", scene.dataset.image_names
    if scene.num_images <= _NAMED_IMAGES:
        st.select_slider(label, range(scene.num_images), format_func=lambda index: names[index], key="image")
        return
    st.number_input(label, 0, scene.num_images - 1, key="image", help="Counted from 0, in the order of the names.")
    st.caption(escape_markdown(names[min(selection.image, scene.num_images - 1)]))


def draw_rules(scene: Scene, selection: Selection, *, threshold_steps: int) -> None:
    """Every rule that turns counts into a score."""
    st.subheader("2 Rules", anchor=False)
    st.selectbox("Formula", list(_formula_keys()), format_func=_FORMULAS.__getitem__, key="formula")
    if selection.formula == "fbeta":
        st.slider("beta: recall counts so many times as much", 0.05, 5.0, key="beta")
    _choice("Average over classes", "average", {name: name for name in ("macro", "micro", "weighted", "none")})
    _choice("Images", "pooling", {"dataset": "pooled", "image": "per image"})
    _choice("0/0 counts as", "zero", {"drop": "dropped", "0": "0", "1": "1"})
    first = scene.dataset.class_names[0]
    own_name = "" if first == "background" else f" ({escape_markdown(first)})"
    st.toggle(f"Background{own_name} in the mean", key="background", disabled=scene.num_classes == 1)
    if scene.dataset.ignore_label is not None:
        st.toggle(f"Ignore void pixels (label {scene.dataset.ignore_label})", key="void")
    names = scene.dataset.class_names
    st.pills(
        "Ignored classes",
        range(scene.num_classes),
        format_func=lambda label: escape_markdown(names[label]),
        selection_mode="multi",
        key="ignore",
        help="Their target pixels leave every count, and the class leaves the mean.",
    )
    _draw_decision(selection, threshold_steps=threshold_steps)
    more = st.expander("More rules", key="more_rules", on_change="rerun")
    # Drawn only when open: every widget on the page makes every rerun dearer.
    if more.open:
        with more:
            _draw_more_rules()


def _draw_more_rules() -> None:
    st.selectbox("Classes that take part", list(KEPT)[:3], format_func=KEPT.__getitem__, key="kept")
    st.selectbox("Order of means, per image", list(ORDER), format_func=ORDER.__getitem__, key="order")
    _choice("Score equal to the threshold", "tie", {">=": "positive (≥)", ">": "negative (>)"})


def _draw_decision(selection: Selection, *, threshold_steps: int) -> None:
    _choice(
        "A pixel's class",
        "decide",
        {"argmax": "highest score", "threshold": "score ≥ threshold"},
        disabled=not threshold_steps,
        help=None if threshold_steps else "Needs scores for every class (and, per image, not too many of them).",
    )
    if threshold_steps and (selection.decide == "threshold" or selection.tab == "Curves"):
        # Options, not a step: a browser that adds steps up misses by a last digit, and putting it right would take a
        # moving slider back.
        places = [place / threshold_steps for place in range(threshold_steps + 1)]
        eight_bit = " Scores are 8-bit here: 0.5 is 128/255, or 0.502." if threshold_steps == 255 else ""
        cursor = f"Also the cursor on the curves.{eight_bit}"
        st.select_slider("Threshold", places, key="threshold", format_func="{:.3f}".format, help=cursor)


def _formula_keys() -> tuple[str, ...]:
    return tuple(key for key in mc.FORMULAS if key != "fbeta_from_precision_recall")


def _choice(label: str, key: str, words: dict[str, str], *, disabled: bool = False, help: str | None = None) -> None:
    st.segmented_control(
        label, list(words), format_func=words.__getitem__, key=key, required=True, disabled=disabled, help=help
    )


def draw_share(query: dict[str, str]) -> None:
    """The link that brings all settings back."""
    st.subheader("3 Share", anchor=False, help="The address holds every setting: copy it, reload it, go back in it.")
    address = (st.context.url or "").split("?")[0]
    st.code(address + ("?" + urlencode(query) if query else ""), language=None, wrap_lines=True)
