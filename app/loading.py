"""Loading: the scene of a selection, and the selection corrected to what that scene has."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.counted import named_scene, uploaded_scene
from app.own_files import user_data
from app.results import statistics
from app.scenes import Scene, example_scene, lesson_scene, recipe_of, recipe_refusal, synthetic_scene, user_scene
from app.selection import Selection, settle
from app.settings import ALL_CLASSES, SETTINGS

_SCENE, _MIDDLE = "_scene", "_middle"


def load_scene(selection: Selection) -> Scene | None:
    """The chosen data; where they cannot be had the reason is shown and the last scene of that source stays."""
    scene = _load(selection)
    if scene is not None:
        st.session_state[_SCENE] = scene
    return scene


def settled_source(selection: Selection) -> Selection:
    """The selection with the example data where it asks for the pixels of a lesson that has none."""
    if selection.source == "lesson" and _load(selection) is None:
        return settle(source="example")
    return selection


def current_scene() -> Scene | None:
    """The scene of this run, for the page."""
    return st.session_state.get(_SCENE)


def _load(selection: Selection) -> Scene | None:
    if selection.source == "files":
        data = user_data()
        st.session_state.pop(_SCENE, None)
        return uploaded_scene() or (None if data is None else user_scene(data))
    if selection.source == "statistics":
        st.session_state.pop(_SCENE, None)
        return named_scene()
    if selection.source == "lesson":
        return lesson_scene(selection.lesson, (selection.knob1, selection.knob2))
    if selection.source == "example":
        return example_scene(selection.data)
    if recipe_refusal(selection):
        last = current_scene()
        if last is not None and last.digest.startswith("recipe:"):
            return last
        st.session_state.pop(_SCENE, None)
        return None
    return synthetic_scene(recipe_of(selection))


def settled(scene: Scene, selection: Selection) -> tuple[Selection, int]:
    """The selection with what this scene lacks put right, and how many steps a threshold has; 0: it has none."""
    dataset = scene.dataset
    model = selection.model if selection.model in dataset.predictions else next(iter(dataset.predictions))
    histogram = statistics(scene, model).histogram
    # Other rules and intervals score images one by one.
    usable = histogram is not None and histogram.images == "per_image"
    steps = threshold_steps(scene, model) if usable else 0
    selection = settle(
        model=model,
        image=min(selection.image, scene.num_images - 1),
        slice=_slice(scene, selection),
        ignore=[label for label in selection.ignore if label < scene.num_classes],
        focus=selection.focus if selection.focus < scene.num_classes else ALL_CLASSES,
        cell=_cell(scene, selection),
        decide=selection.decide if steps else "argmax",
        threshold=_threshold(scene, replace(selection, model=model)),
        background=selection.background or scene.num_classes == 1,
    )
    return selection, steps


def scene_defaults(scene: Scene, selection: Selection) -> dict[str, object]:
    """Settings that need no place in the address, since the data alone lead to them."""
    first = next(iter(scene.dataset.predictions))
    scored = scene.has_scores(selection.model)
    threshold = _middle(scene, selection.model) if scored else selection.threshold
    return {"model": first, "slice": _fullest_slice(scene, selection.image), "threshold": threshold}


def threshold_steps(scene: Scene, model: str) -> int:
    """Steps of the threshold: those of 8-bit scores, else edges of the score bins, so that counts are exact."""
    histogram = statistics(scene, model).histogram
    if histogram is None:
        return 256
    return 255 if histogram.bins.kind == "byte" else min(256, histogram.bins.count)


def on_grid(threshold: float, steps: int) -> float:
    """The nearest of the thresholds 0, 1/steps, ..., 1."""
    return round(threshold * steps) / steps


def _middle(scene: Scene, model: str) -> float:
    """The default threshold as these scores have it."""
    default: float = SETTINGS["threshold"].default
    return on_grid(default, threshold_steps(scene, model)) if scene.has_scores(model) else default


def _threshold(scene: Scene, selection: Selection) -> float:
    """The threshold as these scores have it; one that the default became in the scene before is still the default."""
    before, middle = st.session_state.get(_MIDDLE), _middle(scene, selection.model)
    st.session_state[_MIDDLE] = middle
    if selection.threshold == before:
        return middle
    scored = scene.has_scores(selection.model)
    return on_grid(selection.threshold, threshold_steps(scene, selection.model)) if scored else selection.threshold


def _slice(scene: Scene, selection: Selection) -> int:
    if 0 <= selection.slice < scene.depth:
        return selection.slice
    return _fullest_slice(scene, min(selection.image, scene.num_images - 1))


def _fullest_slice(scene: Scene, image: int) -> int:
    """The slice of a volume with most foreground, where it opens; ALL_CLASSES for pictures."""
    if not scene.depth:
        return ALL_CLASSES
    return int((scene.dataset.target[image] > 0).flatten(1).sum(1).argmax())


def _cell(scene: Scene, selection: Selection) -> str:
    if selection.cell is None or not all(0 <= label <= scene.num_classes for label in selection.cell):
        return ""
    return f"{selection.cell[0]}.{selection.cell[1]}"
