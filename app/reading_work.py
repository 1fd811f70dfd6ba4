"""The work of a reading process: a user's files to data that is ready to count. No Streamlit is loaded for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np

import metrics_core as mc


@dataclass(frozen=True, kw_only=True)
class Served:
    """A folder or file below the folder that the server offers."""

    root: str
    path: str


# A page cannot show a table of many more classes.
_LIMITS = mc.Limits(classes=1024)
Files = tuple[mc.Upload, ...] | Served


@dataclass(frozen=True, kw_only=True)
class Job:
    """Files of each side, and what is declared about them."""

    targets: Files
    predictions: Files
    images: tuple[mc.Upload, ...]
    models_by: Literal["infer", "one", "folder", "file"]
    choices: mc.Choices


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read, and how models were told apart."""

    data: mc.UserModels
    models: mc.Inference


def read(job: Job, progress: Callable[[str, float], None]) -> Read:
    """Read all files of a job.

    Raises:
        FileError: files that cannot be read, or that do not fit each other.
    """
    targets, predictions = _uploads(job.targets), _uploads(job.predictions)
    models, why = mc.split_models(predictions, target=targets, models_by=job.models_by)
    data = mc.read_models(targets, models, images=job.images, choices=job.choices, limits=_LIMITS, progress=progress)
    return Read(data=data, models=why)


def prepare() -> None:
    """Load what any reading needs, decoders included, so that none waits for it."""
    # Importing TIFF's decoder also finds out which codecs there are.
    for decoder in ("tifffile", "nibabel.nifti1", "nibabel.nifti2", "nrrd", "pycocotools.mask"):
        importlib.import_module(decoder)
    content = BytesIO()
    np.save(content, np.eye(4, dtype=np.uint8))
    sides = [(mc.Upload(name=f"{name}.npy", data=content.getvalue()),) for name in ("target", "prediction")]
    read(
        Job(targets=sides[0], predictions=sides[1], images=(), models_by="infer", choices=mc.Choices()),
        lambda name, share: None,
    )


def _uploads(files: Files) -> list[mc.Upload]:
    return mc.read_served(files.root, files.path) if isinstance(files, Served) else list(files)
