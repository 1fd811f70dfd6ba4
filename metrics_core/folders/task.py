"""Task: which folders are counted, and how their files are read."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from metrics_core.arguments import refuse_other_choices, refuse_repeated_classes
from metrics_core.files import FileError
from metrics_core.files.pairs import MOST_CLASSES

# How the numbers of one image come about; the others say where files lie and what becomes of odd ones.
_READING = (
    "num_classes",
    "ignore_label",
    "class_names",
    "scores_hold",
    "scores_axis",
    "label_255",
    "out_of_range",
    "unmatched",
    "target_suffix",
    "prediction_suffix",
    "score_suffix",
)


@dataclass(frozen=True, kw_only=True)
class FolderTask:
    """A data set in folders: one file an image in each, matched by path without suffix and extension.

    predictions: label maps, which fill the confusion. scores: probabilities or logits of every class (or of class 1),
    which fill the histogram, and the confusion too where there are no predictions. ignore_label: void, or None.
    A suffix (such as "_gtFine_labelTrainIds") ends the names of all files that count, and is no part of the image's
    name. label_255="foreground" reads 255 as class 1. out_of_range="count" counts predictions of no class as errors.
    unmatched: refuse images that one folder lacks, or count those that all have. broken: stop at a file that cannot
    be read, or leave its image out and list it.

    Raises:
        FileError: neither predictions nor scores, a number of classes or names that cannot be, or an unknown choice.
    """

    targets: Path
    predictions: Path | None = None
    scores: Path | None = None
    num_classes: int
    ignore_label: int | None = None
    class_names: tuple[str, ...] | None = None
    target_suffix: str = ""
    prediction_suffix: str = ""
    score_suffix: str = ""
    scores_hold: Literal["probabilities", "logits"] = "probabilities"
    scores_axis: Literal["infer", "first", "last"] = "infer"
    label_255: Literal["keep", "foreground"] = "keep"
    out_of_range: Literal["refuse", "count"] = "refuse"
    unmatched: Literal["refuse", "intersection"] = "refuse"
    broken: Literal["refuse", "skip"] = "refuse"

    def __post_init__(self) -> None:
        refuse_other_choices(self, error=FileError)
        if self.predictions is None and self.scores is None:
            raise FileError("expected a folder of predictions or of scores, got neither; name one")
        if not 1 <= self.num_classes <= MOST_CLASSES:
            raise FileError(
                f"expected 1 to {MOST_CLASSES:,} classes, got {self.num_classes:,}; pass the model's number"
            )
        if self.class_names is not None and len(self.class_names) != self.num_classes:
            got = len(self.class_names)
            raise FileError(f"expected {self.num_classes} class names, got {got}; name each class, class 0 first")
        if self.class_names is not None:
            refuse_repeated_classes(self.class_names, error=FileError)

    @property
    def folders(self) -> dict[str, tuple[Path, str]]:
        """Folder and suffix of each kind of file there is."""
        every = {
            "target": (self.targets, self.target_suffix),
            "prediction": (self.predictions, self.prediction_suffix),
            "scores": (self.scores, self.score_suffix),
        }
        return {kind: (folder, suffix) for kind, (folder, suffix) in every.items() if folder is not None}

    @property
    def names_of_classes(self) -> tuple[str, ...]:
        """Class names, numbered where none were given."""
        return self.class_names or tuple(f"class {index}" for index in range(self.num_classes))

    def reading(self) -> dict[str, Any]:
        """All that decides which numbers come out of given files, as JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name in _READING}
        return values | {"class_names": list(self.names_of_classes), "files": sorted(self.folders)}

    def places(self) -> dict[str, str]:
        """Where the folders lie, in full."""
        return {kind: os.path.abspath(folder) for kind, (folder, _) in self.folders.items()}
