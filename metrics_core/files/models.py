"""Models: one target beside the predictions of several models, and the pictures to show underneath."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import torch
from torch import Tensor

from metrics_core.files.choices import ALL_INFERRED, Choices, UserData
from metrics_core.files.limits import DEFAULT_LIMITS, Limits
from metrics_core.files.loading import Inference, Upload
from metrics_core.files.pairs import read_pair
from metrics_core.files.pictures_below import read_pictures_below
from metrics_core.files.refusals import display_name, display_names, refusal
from metrics_core.files.sanity import Caution
from metrics_core.files.splitting import ModelFiles
from metrics_core.files.stacks import digest_of

MOST_MODELS = 32
Note = TypeVar("Note", str, Inference, Caution)
Progress = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class UserModels:
    """A user's target with the predictions of one or several models, ready to count; fields as in `UserData`.

    - predictions, kinds: by model name. image: uint8 [image, *spatial] or [image, *spatial, 3], or None.
    - inferred, cautions: with the model's name before each, "" where it holds for all.
    """

    target: Tensor
    predictions: Mapping[str, Tensor]
    kinds: Mapping[str, Literal["labels", "probabilities"]]
    image: Tensor | None
    num_classes: int
    ignore_label: int | None
    class_names: tuple[str, ...]
    class_colours: Mapping[int, str]
    image_names: tuple[str, ...]
    spacing: tuple[float, ...] | None
    inferred: tuple[tuple[str, Inference], ...]
    notices: tuple[str, ...]
    cautions: tuple[tuple[str, Caution], ...]
    digest: str


def read_models(
    target: Sequence[Upload],
    models: Sequence[ModelFiles],
    *,
    images: Sequence[Upload] = (),
    choices: Choices = ALL_INFERRED,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> UserModels:
    """Read a target and every model's predictions, on the images that all of them have.

    progress: called with the file that is read next and the share that is done; what it raises ends the reading.

    Raises:
        FileError: a file that cannot be read, models that differ in classes, or no image that all of them have.
    """
    if not 0 < len(models) <= MOST_MODELS or len({model.name for model in models}) != len(models):
        got = f"{len(models):,}" if len(models) > MOST_MODELS or not models else "two of one name"
        raise refusal("models", expected=f"1 to {MOST_MODELS}, each with a name", got=got, todo="remove or rename some")
    told = _Told(progress, total=sum(len(target) + len(model.uploads) for model in models))
    pairs: dict[str, UserData] = {}
    for model in models:
        pairs[model.name] = _read(target, model, choices, limits, told)
        _check_size(pairs, limits)
    pairs = _with_common_classes(pairs, target, models, choices, limits, told)
    pairs, notices = _with_common_images(pairs)
    _check_targets(pairs)
    return _assembled(pairs, notices, images, limits)


class _Told:
    """Tells how far the reading is; members of archives count for little, since their number is not known before."""

    def __init__(self, progress: Progress | None, *, total: int) -> None:
        self._progress, self._left, self._total = progress, float(total), total

    def __call__(self, name: str) -> None:
        if self._progress is not None:
            self._progress(name, 1 - self._left / self._total)
        self._left = max(self._left - 1, 0.9 * min(self._left, 1))


def _read(
    target: Sequence[Upload], model: ModelFiles, choices: Choices, limits: Limits, told: Callable[[str], None]
) -> UserData:
    if model.member is not None:
        choices = replace(choices, prediction_member=model.member)
    return read_pair(target, model.uploads, choices=choices, limits=limits, on_file=told)


def _check_size(pairs: Mapping[str, UserData], limits: Limits) -> None:
    size = sum(data.prediction.numel() * data.prediction.element_size() for data in pairs.values())
    if size > limits.total_bytes:
        expected = f"at most {limits.total_bytes:,} bytes of predictions"
        raise refusal("models", expected=expected, got=f"{size:,}", todo="load fewer models at a time")


def _with_common_classes(
    pairs: dict[str, UserData],
    target: Sequence[Upload],
    models: Sequence[ModelFiles],
    choices: Choices,
    limits: Limits,
    told: Callable[[str], None],
) -> dict[str, UserData]:
    """Every model read with the number of classes that the largest of them has."""
    most = max(data.num_classes for data in pairs.values())
    for model in models:
        data = pairs[model.name]
        if data.num_classes != most and data.kind == "probabilities":
            other = next(name for name, each in pairs.items() if each.num_classes == most)
            expected = f"{most} classes as {display_name(other)} has"
            todo = "load models of the same classes together"
            raise refusal(f"model {display_name(model.name)}", expected=expected, got=f"{data.num_classes}", todo=todo)
        if data.num_classes != most:
            pairs[model.name] = _read(target, model, replace(choices, num_classes=most), limits, told)
    return pairs


def _with_common_images(pairs: dict[str, UserData]) -> tuple[dict[str, UserData], list[str]]:
    first = next(iter(pairs.values()))
    sets = [set(data.image_names) for data in pairs.values()]
    common = set[str].intersection(*sets)
    if not common:
        got = "none"
        todo = "name the predictions of all models alike, or load the models one by one"
        raise refusal("models", expected="an image that every model has", got=got, todo=todo)
    kept = [name for name in first.image_names if name in common]
    left_out = sorted(set[str].union(*sets) - common)
    if not left_out:
        return {name: _chosen(data, kept) for name, data in pairs.items()}, []
    notice = f"only the {len(kept)} images that every model has are scored; left out: {display_names(left_out)}"
    return {name: _chosen(data, kept) for name, data in pairs.items()}, [notice]


def _chosen(data: UserData, names: Sequence[str]) -> UserData:
    if data.image_names == tuple(names):
        return data
    place = {name: index for index, name in enumerate(data.image_names)}
    rows = [place[name] for name in names]
    return replace(data, target=data.target[rows], prediction=data.prediction[rows], image_names=tuple(names))


def _check_targets(pairs: Mapping[str, UserData]) -> None:
    """Refuse models beside which the target means different things, as a 0/255 mask may."""
    (first, one), *others = pairs.items()
    for name, data in others:
        if not torch.equal(data.target.long(), one.target.long()) or data.ignore_label != one.ignore_label:
            got = f"another beside {display_name(name, characters=30)}"
            todo = "declare the void label and what 255 means"
            expected = f"the same target labels as beside {display_name(first, characters=30)}"
            raise refusal("target", expected=expected, got=got, todo=todo)


def _assembled(
    pairs: Mapping[str, UserData], notices: Sequence[str], images: Sequence[Upload], limits: Limits
) -> UserModels:
    first = next(iter(pairs.values()))
    below, remarks = None, list(notices)
    if images:
        below, shown = read_pictures_below(images, first.image_names, tuple(first.target.shape[1:]), limits=limits)
        remarks += shown
    notes = [(name, text) for name, data in pairs.items() for text in data.notices]
    remarks = [*(_labelled(model, text) for model, text in _merged(notes, len(pairs))), *remarks]
    inferred = [(name, note) for name, data in pairs.items() for note in data.inferred]
    cautions = [(name, note) for name, data in pairs.items() for note in data.cautions]
    parts = [below.numpy()] if below is not None else []
    digest = digest_of(*parts, text=repr([(name, data.digest, data.image_names) for name, data in pairs.items()]))
    return UserModels(
        target=first.target,
        predictions={name: data.prediction for name, data in pairs.items()},
        kinds={name: data.kind for name, data in pairs.items()},
        image=below,
        num_classes=first.num_classes,
        ignore_label=first.ignore_label,
        class_names=first.class_names,
        class_colours=first.class_colours,
        image_names=first.image_names,
        spacing=first.spacing,
        inferred=tuple(_merged(inferred, len(pairs))),
        notices=tuple(remarks),
        cautions=tuple(_merged(cautions, len(pairs))),
        digest=digest,
    )


def _labelled(model: str, text: str) -> str:
    return f"{model}: {text}" if model else text


def _merged(notes: Sequence[tuple[str, Note]], models: int) -> list[tuple[str, Note]]:
    """Each note once where all models have it, else with the model's name."""
    holders: dict[Note, list[str]] = {}
    for name, note in notes:
        holders.setdefault(note, []).append(name)
    return [
        (model, note) for note, names in holders.items() for model in ([""] if len(set(names)) == models else names)
    ]
