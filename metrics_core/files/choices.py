"""Choices: what a user may declare about a pair of files, and what reading it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from metrics_core.arguments import refuse_other_choices
from metrics_core.files.decoding import CsvStyle
from metrics_core.files.legends import Legend
from metrics_core.files.loading import Inference
from metrics_core.files.refusals import FileError
from metrics_core.files.sanity import Caution
from metrics_core.files.stacks import FirstAxis


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Declarations about a target and a prediction; whatever is left at "infer" or None is concluded and reported.

    An `Inference` about one of these bears its field name, so passing that field overrules it.

    - num_classes: classes C; labels are 0..C-1.
    - ignore_label: the void label, None for none.
    - class_names: C names; "class 0", "class 1", ... by default.
    - scores: what the prediction holds; "logits" become probabilities (softmax over the class axis, or the sigmoid
      where there is one value a pixel). Logits are never concluded.
    - scores_axis: where scores have their class axis: before or after the spatial axes.
    - first_axis: whether the first axis of one array counts images or is spatial.
    - label_255: whether labels that are exactly 0 and 255 mean background and foreground.
    - match: pair several files by name, or in the order given.
    - unmatched: refuse images that only one side has, or read the images both sides have.
    - out_of_range: refuse predicted labels outside 0..C-1 (the void label aside), or leave them for
      `count(..., out_of_range="count")`.
    - target_member, prediction_member: which member of an .npz to read.
    - target_one_hot: where a one-hot target has its class axis, before or after the spatial axes.
    - target_first_label, prediction_first_label: the label of class 0; where it is 1, labels are lowered by one and the
      target's 0 becomes void.
    - legend: class names, and the labels that colours stand for; a legend among the files does the same.
    - csv_style: how tables are written; "decimal_comma" has semicolons between columns.

    Raises:
        FileError: a declaration outside its list.
    """

    num_classes: int | None = None
    ignore_label: int | Literal["infer"] | None = "infer"
    class_names: tuple[str, ...] | None = None
    scores: Literal["infer", "labels", "probabilities", "logits"] = "infer"
    scores_axis: Literal["infer", "first", "last"] = "infer"
    first_axis: FirstAxis = "infer"
    label_255: Literal["infer", "foreground", "keep"] = "infer"
    match: Literal["name", "order"] = "name"
    unmatched: Literal["refuse", "intersection"] = "refuse"
    out_of_range: Literal["refuse", "count"] = "refuse"
    target_member: str | None = None
    prediction_member: str | None = None
    target_one_hot: Literal["no", "first", "last"] = "no"
    target_first_label: Literal["infer", 0, 1] = "infer"
    prediction_first_label: Literal[0, 1] = 0
    legend: Legend | None = None
    csv_style: CsvStyle = "comma"

    def __post_init__(self) -> None:
        refuse_other_choices(self, error=FileError)


ALL_INFERRED = Choices()


@dataclass(frozen=True, kw_only=True)
class UserData:
    """A user's target and prediction, ready to count.

    - target: integer labels [image, *spatial].
    - prediction: integer labels [image, *spatial], or probabilities [image, class, *spatial] (floats in [0, 1], or
      uint8 for probability * 255), as `kind` says.
    - class_colours: "#RRGGBB" by label where a legend gives them. spacing: millimetres along each spatial axis where
      the files say so.
    - inferred: every conclusion drawn; notices: remarks a reader of the scores should see; cautions: what looks wrong.
    - digest: BLAKE2b over every byte of both arrays and all that names them.
    """

    target: Tensor
    prediction: Tensor
    kind: Literal["labels", "probabilities"]
    num_classes: int
    ignore_label: int | None
    class_names: tuple[str, ...]
    image_names: tuple[str, ...]
    class_colours: Mapping[int, str]
    spacing: tuple[float, ...] | None
    inferred: tuple[Inference, ...]
    notices: tuple[str, ...]
    cautions: tuple[Caution, ...]
    digest: str
