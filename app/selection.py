"""Selection: every setting of the dashboard, kept in the address bar; the only module that sets one.

The address is the state: a change writes a new history entry, so that Back undoes it, and a link or a reload restores
everything. Streamlit's own binding replaces the entry instead, and does not follow Back.

Files, what was read from them and what is declared of them are no settings: the modules that draw their widgets keep
them in the state of the session.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

import streamlit as st
from streamlit.errors import StreamlitAPIException

import metrics_core as mc
from app.settings import ALL_CLASSES, KNOBS, KNOWN, SETTINGS, Source, knob_defaults
from app.unknown_parts import forget_unknown, note_unknown

_VALUES = "_values"
_QUERY = "_query"
_HERE = "_defaults_here"
_SHOWN_ON = "_shown_on"
_PAGE = "_page"
_WRITTEN = "_written"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What the user has chosen, whole; hashable, so that results can be cached by it."""

    source: Source
    data: str
    recipe: str
    model: str
    image: int
    slice: int
    formula: str
    beta: float
    average: Literal["macro", "micro", "weighted", "none"]
    pooling: Literal["dataset", "image"]
    zero: Literal["drop", "0", "1"]
    background: bool
    void: bool
    ignore: tuple[int, ...]
    decide: Literal["argmax", "threshold"]
    threshold: float
    tie: Literal[">=", ">"]
    kept: Literal["all", "union", "target"]
    order: Literal["classes_then_images", "images_then_classes", "all_cells"]
    focus: int
    cell: tuple[int, int] | None
    matrix: Literal["true", "predicted", "all", "count"]
    scope: bool
    tab: str
    slices: str
    reference: str
    rare: int
    versus: str
    show: Literal["value", "deviation"]
    intervals: bool
    libraries: tuple[str, ...]
    compare_tab: str
    rows: Literal["library", "convention"]
    start: str
    end: str
    sweep: Literal["average", "class"]
    lesson: str
    answer: int | None
    knob1: str
    knob2: str
    pixels: bool
    presenter: bool
    tour: bool
    progress: str
    find: str
    about: str
    quiz: int
    quiz_seed: int
    quiz_answers: tuple[int, ...]
    knobs: tuple[tuple[str, Any], ...]
    known: tuple[tuple[str, str], ...]

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters of the chosen formula."""
        return {"beta": self.beta} if self.formula == "fbeta" else {}

    @property
    def formula_record(self) -> mc.Formula:
        """The chosen formula, with its beta where it has one."""
        return mc.get_formula(self.formula, **self.parameters)

    @property
    def shown_image(self) -> int | None:
        """The image that the confusion matrix counts; None counts all."""
        return self.image if self.scope else None

    @property
    def convention(self) -> mc.Convention:
        """The chosen rules as a convention; an ignored class leaves the pixels and the average alike."""
        background: tuple[int, ...] = () if self.background else (0,)
        return mc.Convention(
            ignored_classes=self.ignore,
            excluded_classes=(*self.ignore, *background),
            void="removed" if self.void else "false_positive",
            threshold=self.threshold if self.decide == "threshold" else None,
            threshold_tie=self.tie,
            pooling=self.pooling,
            average=self.average,
            order="per_class" if self.average == "none" and self.pooling == "image" else self.order,
            kept_classes=self.kept,
            zero_division={"drop": math.nan, "0": 0.0, "1": 1.0}[self.zero],
        )


def begin(page: str) -> Selection:
    """The selection of this run: the address where that changed by itself (link, reload, Back), else the widgets."""
    state, query = st.session_state, st.query_params.to_dict()
    known: dict[str, Any] | None = state.get(_VALUES)
    values = {name: state.get(name, (known or {}).get(name)) for name in (*SETTINGS, *KNOBS)}
    if known is not None and state.get(_PAGE) != page:
        # The widgets of the page before have gone, and for their keys stands what was set before they were drawn.
        written: dict[str, Any] = state.get(_WRITTEN, {})
        values |= {name: known[name] for name, value in values.items() if value == written.get(name)}
    state[_PAGE] = page
    # A click that overtakes the address of the click before it also finds an old address, but has changed a widget.
    followed = known is None or (query != state.get(_QUERY) and values == known)
    if followed or values != known:
        forget_unknown()
    if followed:
        values = _read(query)
    return _store(values)


def end() -> None:
    """Let Streamlit forget what no widget of this run shows: the next run sets it again.

    For the key of a widget that has gone it otherwise returns what was set before the widget was first drawn.
    """
    for name, value in st.session_state[_VALUES].items():
        try:
            st.session_state[name] = value
        except StreamlitAPIException:  # its widget is there
            continue
        del st.session_state[name]


def settle(**changes: Any) -> Selection:
    """The selection with some settings corrected, before their widgets are drawn."""
    values = st.session_state[_VALUES]
    for name, value in changes.items():
        if values[name] != value:
            values[name] = value
            _write(name, value)
    return _selection(values)


def show_again(*names: str, on: str) -> None:
    """Give widgets their values again where they appear on something else than in the run before; on names it.

    A value that was chosen while its widget was away is known to Streamlit's server, but not to the browser.
    """
    state = st.session_state
    if state.get(_SHOWN_ON) != on:
        for name in names:
            _write(name, state[_VALUES][name])
        state[_SHOWN_ON] = on


def choose(**changes: Any) -> None:
    """Set settings from a callback, as if the user had moved their widgets."""
    for name, value in changes.items():
        _write(name, value)


def choose_rules(rule: mc.Convention) -> None:
    """Set the rules that a convention of the core's common ones stands for."""
    choose(**rule_settings(rule))


def rule_settings(rule: mc.Convention) -> dict[str, Any]:
    """The settings that come closest to a convention."""
    return {
        "average": rule.average,
        "pooling": rule.pooling,
        "zero": "drop" if math.isnan(rule.zero_division) else f"{rule.zero_division:g}",
        "background": 0 not in rule.excluded_classes or 0 in rule.ignored_classes,
        "kept": rule.kept_classes,
        "ignore": list(rule.ignored_classes),
    }


def choose_recipe() -> None:
    """Give every knob the value that the newly chosen recipe has, and forget what belonged to the old data."""
    choose(**knob_defaults(st.session_state["recipe"]))
    choose_data()


def choose_data() -> None:
    """Forget what belonged to the old data: image, slice, ignored classes, focus, cell."""
    choose(
        **{name: SETTINGS[name].default for name in ("image", "slice", "ignore", "focus", "cell", "model", "versus")}
    )
    choose(rare=ALL_CLASSES, reference="")


def current() -> Selection:
    """The selection of this run, once it has begun."""
    return _selection(st.session_state[_VALUES])


def share(**defaults_here: Any) -> dict[str, str]:
    """Write the settings that are not at their default into the address, and return them.

    defaults_here: defaults that the data or the lesson decide, such as the first model.
    """
    state = st.session_state
    state[_HERE] = state.get(_HERE, {}) | defaults_here
    query = linked()
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    state[_QUERY] = query
    return query


def linked(**changes: Any) -> dict[str, str]:
    """The address of these settings with some of them changed."""
    values = st.session_state[_VALUES] | changes
    defaults, here = _defaults(values["recipe"]), st.session_state.get(_HERE, {})
    known = SETTINGS | KNOBS
    chosen = {name: value for name, value in values.items() if value not in (defaults[name], here.get(name))}
    if values["source"] != "synthesize":
        chosen = {name: value for name, value in chosen.items() if name not in KNOBS and name != "recipe"}
    return {name: known[name].write(value) for name, value in chosen.items()}


def _defaults(recipe: str) -> dict[str, Any]:
    """Every setting at its default; files that the command line named come first."""
    named = {"source": "statistics"} if mc.named_statistics_files() else {}
    return {name: setting.default for name, setting in SETTINGS.items()} | named | knob_defaults(recipe)


def _read(query: dict[str, str]) -> dict[str, Any]:
    """Values of an address; what it does not hold, or holds wrongly, is at its default."""
    asked = query.get("recipe", "")
    recipe: str = asked if asked in mc.RECIPES else SETTINGS["recipe"].default
    values = _defaults(recipe)
    values["recipe"] = recipe
    if asked and asked != recipe:
        note_unknown(recipe=asked)
    for name, setting in (SETTINGS | KNOBS).items():
        if name in query and name != "recipe":
            try:
                values[name] = setting.read(query[name])
            except (ValueError, OverflowError):
                note_unknown(**{name: query[name]})
    return values


def _store(values: dict[str, Any]) -> Selection:
    state = st.session_state
    # Streamlit forgets the value of a widget that a run does not draw. What it has not forgotten is left alone: a value
    # that is set again overtakes what the user has moved a slider to in the meantime.
    for name, value in values.items():
        if name not in state or state[name] != value:
            _write(name, value)
    state[_VALUES] = dict(values)
    return _selection(values)


def _write(name: str, value: Any) -> None:
    st.session_state[name] = value
    st.session_state.setdefault(_WRITTEN, {})[name] = value


def _selection(values: dict[str, Any]) -> Selection:
    plain = {field.name: values[field.name] for field in fields(Selection) if field.name in values}
    cell = cast("str", values["cell"])
    parts = [int(part) for part in cell.split(".")] if cell.count(".") == 1 else []
    plain["cell"] = (parts[0], parts[1]) if parts else None
    plain["ignore"] = tuple(values["ignore"])
    for name in ("libraries", "quiz_answers"):
        plain[name] = tuple(values[name])
    known = tuple((name, values[f"known_{name}"]) for name in KNOWN)
    return Selection(**plain, knobs=tuple((name, values[name]) for name in KNOBS), known=known)
