"""Records: what a report holds; every number with the formula and convention that give it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metrics_core.advice import Advice
from metrics_core.calibration import BestThreshold, Reliability
from metrics_core.conventions import Convention
from metrics_core.formulas import Formula, get_formula
from metrics_core.uncertainty import Interval, Ranking, WorstImage

Part = Literal["score", "class", "image", "worst", "rule", "slice", "calibration", "library", "model", "pair"]
"""What tables are of; those of worst images and calibration hold no scores of their own, pairs hold differences."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """A score, as its convention gives it, with all that gives it again.

    formula, parameters: as get_formula takes them. preset: key of the library call; "" for the user's own rules.
    index: place in the list that the convention leaves; None where it is one number. images: names of the images
    scored; () is all. note: why the value is undefined or has no interval. source: Python of a library call.
    """

    part: Part
    name: str
    formula: str
    convention: Convention
    value: float
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    preset: str = ""
    index: int | None = None
    images: tuple[str, ...] = ()
    interval: Interval | None = None
    note: str = ""
    source: str = ""

    @property
    def record(self) -> Formula:
        """The formula with its parameters."""
        return get_formula(self.formula, **self.parameters)


@dataclass(frozen=True, kw_only=True)
class ClassCounts:
    """Pixels of a class, all images pooled, under the convention of the report."""

    name: str
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def support(self) -> int:
        """Target pixels."""
        return self.tp + self.fn


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """How good the scores of a class are as probabilities, by groups of equal width and of equal mass."""

    name: str
    even: Reliability
    massed: Reliability
    best: BestThreshold


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """Python that assigns value: the numbers of a part again. gives: these in words. library: with which."""

    part: Part
    gives: str
    library: str
    source: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Models:
    """Several models on the same images: what names their statistics, and their scores, then their differences."""

    digests: Mapping[str, str]
    ranking: Ranking
    numbers: tuple[Number, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreReport:
    """One score and what it hides, whole: what report_html, report_markdown, report_csv and report_json write.

    digest: BLAKE2b of the statistics' content. versions: of the packages that computed. link: the address of a
    dashboard that shows the same, or "". has_void: whether the data have a void label. slicing: what the slices are
    by, or "". snippets: code of each part, the score's first. models: where there are several.
    """

    title: str
    link: str
    digest: str
    versions: Mapping[str, str]
    seed: int
    resamples: int
    image_names: tuple[str, ...]
    class_names: tuple[str, ...]
    has_void: bool
    numbers: tuple[Number, ...]
    counts: tuple[ClassCounts, ...]
    worst: tuple[WorstImage, ...]
    calibration: tuple[Calibration, ...]
    advice: tuple[Advice, ...]
    slicing: str
    snippets: tuple[Snippet, ...]
    models: Models | None

    def part(self, part: Part) -> tuple[Number, ...]:
        """The numbers of one part, in their order."""
        return tuple(number for number in self.numbers if number.part == part)

    def code(self, part: Part) -> tuple[Snippet, ...]:
        """The code beside one part."""
        return tuple(snippet for snippet in self.snippets if snippet.part == part)

    @property
    def headline(self) -> Number:
        """The score that the report is about."""
        return self.part("score")[0]
