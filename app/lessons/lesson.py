"""Lesson: what a lesson is made of; see l01_accuracy_paradox.py for one to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.lessons.pictures import Picture
from app.lessons.scenario import Data
from app.lessons.texts import Numbers

Group = Literal[
    "accuracy", "averaging", "absent", "ignoring", "thresholds", "curves", "numbers", "geometry", "protocol"
]
GROUPS: dict[Group, str] = {
    "accuracy": "Accuracy and imbalance",
    "averaging": "Averaging",
    "absent": "Absent classes and 0/0",
    "ignoring": "Ignoring and background",
    "thresholds": "Thresholds and ties",
    "curves": "ROC, PR and average precision",
    "numbers": "Numbers and types",
    "geometry": "Geometry and size",
    "protocol": "Protocol and statistics",
}
Library = Literal[
    "scikit-learn",
    "torchmetrics",
    "segmentation_models_pytorch",
    "MONAI",
    "Keras",
    "torcheval",
    "mmsegmentation",
    "HF evaluate",
    "nnU-Net",
    "MetricsReloaded",
    "elektronn3",
    "pytorch-lightning",
    "PyTorch",
    "Streamlit",
    "any",
]
KnobValue = int | float | str


@dataclass(frozen=True, kw_only=True)
class Knob:
    """Something to turn: values in the order of the slider, the first choice, and how a value is written."""

    key: str
    label: str
    values: Sequence[KnobValue]
    default: KnobValue
    unit: str = ""
    words: Mapping[Any, str] = field(default_factory=dict[Any, str])
    help: str = ""

    def __post_init__(self) -> None:
        if self.default not in self.values or len(self.values) < 2:
            raise ValueError(f"knob {self.key!r}: default {self.default!r} must be one of two or more values")

    def text(self, value: KnobValue) -> str:
        """A value as the reader sees it."""
        if value in self.words:
            return self.words[value]
        plain = f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else value
        return f"{plain} {self.unit}".rstrip()

    def read(self, text: str) -> KnobValue:
        """The value of an address; the default where it holds none of the values."""
        return next((value for value in self.values if str(value) == text), self.default)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked before anything is revealed, about the knobs as they are at first.

    answer: index of the right choice. why: template that says why, shown with the verdict.
    """

    text: str
    choices: Sequence[str]
    answer: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence that a test checks.

    values: numbers as the catalogue states them, e.g. {"recall": ".285714"}; what the core computes must round to them,
    to all digits that are written; "nan" is undefined. holds: what else is true of the numbers. knobs: where they are
    not at their defaults.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    holds: Callable[[Mapping[str, Any]], bool] = lambda numbers: True
    knobs: Mapping[str, KnobValue] = field(default_factory=dict[str, KnobValue])


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a lesson comes from: a paper, a thread, a documentation page."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Explore:
    """How the Explore page shows the lesson.

    settings: its settings by name, as in app.selection, e.g. {"formula": "recall", "average": "micro"}; the data are
    the lesson's own, unless "source" says otherwise. number: the number that the page then shows in large, by name.
    """

    settings: Mapping[str, Any]
    number: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Live:
    """A lesson with its knobs where they are.

    numbers: everything a text may name. setting: the picture beside the question; outcome: the picture beside the
    answer. formula: LaTeX template. data: the pixels, where there are any. explore: how Explore shows them.
    """

    numbers: Numbers
    setting: Picture
    outcome: Picture
    formula: str
    data: Data | None = None
    explore: Explore | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """One pitfall.

    number: in the catalogue, unique; it names the lesson in a kept progress. key: unique; it is the lesson's address.
    tour: its place in the ten-minute tour, 0: none. story: the scenario in words, shown with the question. trap: two
    sentences. live: keyword arguments are the knobs' keys. constants: numbers that texts write down, and why they are
    no results. story, trap, moral and the question's texts are Markdown templates.
    """

    number: int
    key: str
    title: str
    group: Group
    libraries: Sequence[Library]
    story: str
    trap: str
    question: Question
    knobs: Sequence[Knob]
    live: Callable[..., Live]
    moral: str
    sources: Sequence[Source]
    claims: Sequence[Claim]
    related: Sequence[str] = ()
    tour: int = 0
    constants: Mapping[str, str] = field(default_factory=dict[str, str])

    def settled(self, chosen: Mapping[str, KnobValue]) -> dict[str, KnobValue]:
        """A value for every knob: the chosen ones, else the defaults."""
        return {knob.key: chosen.get(knob.key, knob.default) for knob in self.knobs}

    @property
    def texts(self) -> dict[str, str]:
        """Every template by the field that holds it."""
        choices = {f"question.choices[{i}]": choice for i, choice in enumerate(self.question.choices)}
        own = {"title": self.title, "story": self.story, "trap": self.trap, "moral": self.moral}
        return own | {"question.text": self.question.text, "question.why": self.question.why} | choices
