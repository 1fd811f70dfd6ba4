"""Datasets: the example data sets, one folder each, and synthetic ones in the same form."""

from __future__ import annotations

import colorsys
import re
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from metrics_core.synthesis import VOID, Recipe, synthesize
from metrics_core.synthesis.examples import GENERATORS

# Okabe and Ito's eight colours, told apart with any colour vision.
OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_SETTINGS = "dataset.toml"
_TEXTS = ("title", "summary", "licence", "attribution", "source", "how_made", "look_at")


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a data set before its arrays are read; the texts are for people.

    ignore_label: the label of void pixels, or None. spacing: millimetres between pixels along each spatial axis, or
    None.
    """

    key: str
    title: str
    summary: str
    class_names: tuple[str, ...]
    class_colours: tuple[str, ...]
    model_names: tuple[str, ...]
    ignore_label: int | None
    spacing: tuple[float, ...] | None
    licence: str
    attribution: str
    source: str
    how_made: str
    look_at: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset(DatasetInfo):
    """A data set with its arrays.

    target: integer labels [image, *spatial]. predictions: by model name, scores [image, class, *spatial] (float, or
    uint8 that stand for probability * 255) or integer labels [image, *spatial]. image: uint8, grey [image, *spatial] or
    RGB [image, *spatial, 3], to be shown underneath, or None.
    """

    image_names: tuple[str, ...]
    target: Tensor
    predictions: dict[str, Tensor]
    image: Tensor | None


def list_datasets() -> tuple[DatasetInfo, ...]:
    """The example data sets in the order of their keys; reads no arrays.

    Raises:
        ValueError: no data sets are found, or a dataset.toml is malformed; the message names the file and the field.
    """
    return tuple(_read_info(folder, _read_settings(folder)) for folder in _folders())


def load_dataset(key: str) -> Dataset:
    """The example data set of a key, with its arrays.

    Raises:
        ValueError: an unknown key, a malformed dataset.toml, or arrays that do not fit together.
    """
    by_key = {folder.name: folder for folder in _folders()}
    if key not in by_key:
        raise ValueError(f"there is no data set {key!r}; choose one of {', '.join(by_key)}")
    return read_dataset(by_key[key])


def read_dataset(folder: Path) -> Dataset:
    """The data set of a folder that holds a dataset.toml; its key is the folder's name.

    Raises:
        ValueError: a malformed dataset.toml, or arrays that do not fit together.
    """
    settings = _read_settings(folder)
    info = _read_info(folder, settings)
    arrays = _read_arrays(folder, settings)
    models = cast("dict[str, str]", settings["models"])
    for name in ("target", *models.values()):
        if name not in arrays:
            raise _malformed(folder, "models", f"may name only arrays that exist ({', '.join(arrays)})", name)
    dataset = Dataset(
        **{field.name: getattr(info, field.name) for field in fields(DatasetInfo)},
        image_names=_read_image_names(folder, settings, arrays["target"].shape[0]),
        target=arrays["target"],
        predictions={model: arrays[name] for model, name in models.items()},
        image=arrays.get("image"),
    )
    _check_arrays(dataset)
    return dataset


def synthetic_dataset(recipe: Recipe, *, title: str = "Synthetic") -> Dataset:
    """The synthetic data of a recipe as a data set with one model, "synthetic model".

    Raises:
        ValueError: the recipe's knobs contradict each other once they are drawn.
    """
    synthetic = synthesize(recipe)
    size = f"{recipe.height} x {recipe.width} pixels"
    return Dataset(
        key="synthetic",
        title=title,
        summary=f"{recipe.images} synthetic images of {size} with {recipe.num_classes} classes.",
        class_names=recipe.class_names,
        class_colours=class_colours(recipe.num_classes),
        model_names=("synthetic model",),
        ignore_label=VOID,
        spacing=None,
        licence="CC0 1.0",
        attribution="none needed: computed",
        source="generated from a recipe",
        how_made=f"{recipe}",
        look_at="Every count of the target is known beforehand, and so is every error but those of overlapping scores.",
        image_names=numbered_images(recipe.images),
        target=synthetic.target,
        predictions={"synthetic model": synthetic.scores},
        image=synthetic.image,
    )


def class_colours(number: int) -> tuple[str, ...]:
    """Colours "#RRGGBB" for so many classes: those of Okabe and Ito, then further hues in changing brightness."""
    further = (
        colorsys.hsv_to_rgb(0.618034 * i % 1, 0.45 + 0.15 * (i % 3), 0.5 + 0.22 * (i % 2)) for i in range(1, number - 7)
    )
    return (*OKABE_ITO[:number], *("#" + "".join(f"{round(255 * part):02X}" for part in rgb) for rgb in further))


def numbered_images(number: int) -> tuple[str, ...]:
    """Names for so many images, numbered from 0 with leading zeros, so that they sort."""
    digits = len(str(number - 1))
    return tuple(f"image {i:0{digits}}" for i in range(number))


def _folders() -> tuple[Path, ...]:
    """The folders of all data sets: beside the package in a source checkout, inside it once installed."""
    package = Path(__file__).resolve().parent
    roots = (package.parent / "example_datasets", package / "example_datasets")
    for root in roots:
        folders = sorted(path.parent for path in root.glob(f"*/{_SETTINGS}"))
        if folders:
            return tuple(folders)
    raise ValueError(f"no data sets found: expected folders with a {_SETTINGS} in {' or '.join(map(str, roots))}")


def _malformed(folder: Path, field: str, expected: str, got: object) -> ValueError:
    return ValueError(f"{folder.name}/{_SETTINGS}: {field} {expected}; got {got!r}")


def _read_settings(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{folder.name} holds no {_SETTINGS}; write one, see example_datasets/README.md") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{folder.name}/{_SETTINGS} is not valid TOML: {error}") from error


def _read_info(folder: Path, settings: Mapping[str, Any]) -> DatasetInfo:
    for field in _TEXTS:
        text = settings.get(field)
        if not isinstance(text, str) or not text.strip():
            raise _malformed(folder, field, "must be a text that is not empty", text)
    classes = _read_classes(folder, settings)
    void = settings.get("void")
    if void is not None and (type(void) is not int or 0 <= void < len(classes)):
        raise _malformed(folder, "void", f"must be a whole number outside the labels 0 to {len(classes) - 1}", void)
    models = settings.get("models")
    if not isinstance(models, dict) or not models or not all(isinstance(name, str) for name in models.values()):
        raise _malformed(folder, "models", 'must be a table with "name shown" = "array"', models)
    return DatasetInfo(
        key=folder.name,
        class_names=tuple(classes),
        class_colours=tuple(classes.values()),
        model_names=tuple(cast("dict[str, str]", models)),
        ignore_label=void,
        spacing=_read_spacing(folder, settings.get("spacing")),
        **{field: settings[field].strip() for field in _TEXTS},
    )


def _read_classes(folder: Path, settings: Mapping[str, Any]) -> dict[str, str]:
    """Colour by class name, in the order of the labels."""
    entries = settings.get("classes")
    if not isinstance(entries, list) or not entries:
        raise _malformed(folder, "classes", "must be a list of tables [[classes]] with name and colour", entries)
    classes: dict[str, str] = {}
    for number, entry in enumerate(cast("list[Any]", entries)):
        values = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        name, colour = values.get("name"), values.get("colour")
        if not isinstance(name, str) or not name.strip() or name in classes:
            raise _malformed(folder, f"classes[{number}].name", "must be a text that no other class has", name)
        if not isinstance(colour, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
            raise _malformed(folder, f"classes[{number}].colour", "must be a colour such as '#0072B2'", colour)
        classes[name] = colour
    return classes


def _read_spacing(folder: Path, spacing: Any) -> tuple[float, ...] | None:
    if spacing is None:
        return None
    if not isinstance(spacing, list) or not all(
        type(step) in (int, float) and 0 < step < float("inf") for step in cast("list[Any]", spacing)
    ):
        raise _malformed(folder, "spacing", "must be a list of distances above 0, one a spatial axis", spacing)
    return tuple(float(step) for step in cast("list[Any]", spacing))


def _read_image_names(folder: Path, settings: Mapping[str, Any], images: int) -> tuple[str, ...]:
    names = settings.get("image_names")
    if names is None:
        return numbered_images(images)
    texts = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    if len(texts) != images or len(set(texts)) != images:
        raise _malformed(folder, "image_names", f"must be {images} different texts, one an image", names)
    return tuple(texts)


def _read_arrays(folder: Path, settings: Mapping[str, Any]) -> dict[str, Tensor]:
    """The arrays of a data set, from its npz file or from its generator."""
    arrays = settings.get("arrays")
    choice = cast("dict[str, Any]", arrays) if isinstance(arrays, dict) else {}
    file, generator = choice.get("file"), choice.get("generator")
    if (file is None) == (generator is None):
        raise _malformed(folder, "arrays", 'must hold either file = "..." or generator = "..."', arrays)
    if generator is not None:
        if generator not in GENERATORS:
            raise _malformed(folder, "arrays.generator", f"must be one of {', '.join(GENERATORS)}", generator)
        return GENERATORS[generator]()
    if not isinstance(file, str) or Path(file).name != file or not (folder / file).is_file():
        raise _malformed(folder, "arrays.file", "must be the name of a file in the same folder", file)
    try:
        with (folder / file).open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: torch.from_numpy(archive[name]) for name in archive.files}
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{folder.name}/{file} must be an npz file of numeric arrays; write it with numpy.savez_compressed"
        ) from error


def _check_arrays(dataset: Dataset) -> None:
    """Refuse arrays that do not fit together."""
    target, classes = dataset.target, len(dataset.class_names)
    spatial = tuple(target.shape[1:])
    for model, prediction in dataset.predictions.items():
        scores = (target.shape[0], classes, *spatial)
        if tuple(prediction.shape) not in (tuple(target.shape), scores):
            raise ValueError(
                f"{dataset.key}: model {model!r} must have the shape {tuple(target.shape)} (labels) or {scores} "
                f"(scores); got {tuple(prediction.shape)}"
            )
    if dataset.image is not None and tuple(dataset.image.shape) not in (tuple(target.shape), (*target.shape, 3)):
        raise ValueError(
            f"{dataset.key}: image must have the target's shape {tuple(target.shape)}, and a last axis of 3 if it is "
            f"in colour; got {tuple(dataset.image.shape)}"
        )
    if dataset.spacing is not None and len(dataset.spacing) != len(spatial):
        raise ValueError(f"{dataset.key}: spacing must hold {len(spatial)} distances; got {len(dataset.spacing)}")
    valid = target if dataset.ignore_label is None else target[target != dataset.ignore_label]
    if target.dtype in _FLOATS or (valid.numel() and not 0 <= int(valid.min()) <= int(valid.max()) < classes):
        raise ValueError(f"{dataset.key}: target must hold the labels 0 to {classes - 1}, or the void label")
