"""Splitting: which prediction files belong to which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.files.archives import open_archive
from metrics_core.files.formats import check_content, extension_of, stem_of
from metrics_core.files.limits import DEFAULT_LIMITS, Budget, Limits
from metrics_core.files.loading import Inference, Upload, explains_others
from metrics_core.files.refusals import FileError, clean_name, display_name

ModelsBy = Literal["infer", "one", "folder", "file"]
ONE_MODEL = "your prediction"
_SCORES = ("probabilities_", "scores_", "logits_", "prediction_", "predictions_", "pred_", "y_pred_")


@dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """The files of one model's predictions, and which member to read where they are one .npz."""

    name: str
    uploads: tuple[Upload, ...]
    member: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Given:
    predictions: tuple[Upload, ...]
    target: tuple[Upload, ...]
    declared: bool
    limits: Limits


_Found = tuple[tuple[ModelFiles, ...], str]


def split_models(
    predictions: Sequence[Upload],
    *,
    target: Sequence[Upload],
    models_by: ModelsBy = "infer",
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[tuple[ModelFiles, ...], Inference]:
    """Prediction files by model, and why.

    - "folder": each first folder, or each .zip, is a model. "file": each file, or each member of an .npz with names
      such as prediction_a, is one. "one": all files are one model's.
    - "infer": folders where several hold files of the same names, files where one target file meets several
      predictions, else one model.

    Raises:
        FileError: an archive that cannot be opened, or models_by outside its list.
    """
    refuse_unless_one_of(models_by, ModelsBy, "models_by", error=FileError)
    if not predictions:
        return (ModelFiles(name=ONE_MODEL, uploads=()),), _why("one", "target and prediction are in one file")
    given = _Given(predictions=tuple(predictions), target=tuple(target), declared=models_by != "infer", limits=limits)
    for kind, find in (("file", _by_member), ("folder", _by_archive), ("folder", _by_folder), ("file", _by_file)):
        if models_by in ("infer", kind):
            found, why = find(given)
            if found:
                return found, _why(kind, why)
    return (ModelFiles(name=ONE_MODEL, uploads=tuple(predictions)),), _why("one", "nothing tells several models apart")


def _why(value: str, why: str) -> Inference:
    return Inference(field="models_by", value=value, why=why)


def _named(uploads: Sequence[Upload]) -> list[ModelFiles]:
    """One model a file, called by the file's name and, where two are alike, its folder."""
    stems = [stem_of(clean_name(upload.name)) for upload in uploads]
    short = [stem.rpartition("/")[2] for stem in stems]
    names = short if len(set(short)) == len(short) else stems
    return [ModelFiles(name=name, uploads=(upload,)) for name, upload in zip(names, uploads, strict=True)]


def _by_member(given: _Given) -> _Found:
    """Members of one .npz with names such as prediction_a, prediction_b."""
    upload = given.predictions[0]
    if len(given.predictions) != 1 or extension_of(upload.name) != "npz":
        return (), ""
    where = display_name(upload.name)
    check_content(upload.data, "npz", where=where)
    members = [
        name.removesuffix(".npy") for name in open_archive(upload.name, upload.data, limits=given.limits).members
    ]
    prefix = next((start for start in _SCORES if sum(name.startswith(start) for name in members) > 1), "")
    found = [name for name in members if prefix and name.startswith(prefix)]
    models = [
        ModelFiles(name=clean_name(name.removeprefix(prefix)) or name, uploads=(upload,), member=name) for name in found
    ]
    return tuple(models), f"{where} has {len(found)} members called {prefix}…"


def _by_archive(given: _Given) -> _Found:
    """Several archives, and nothing else."""
    if len(given.predictions) < 2 or any(extension_of(upload.name) != "zip" for upload in given.predictions):
        return (), ""
    return tuple(_named(given.predictions)), f"{len(given.predictions)} archives, one a model"


def _by_folder(given: _Given) -> _Found:
    folders = _folders(given.predictions, given.limits)
    if len(folders) < 2 or not (given.declared or _folders_repeat(folders, given.target, given.limits)):
        return (), ""
    found = tuple(ModelFiles(name=name, uploads=tuple(files)) for name, files in folders.items())
    return found, f"{len(folders)} folders hold files of the same names"


def _by_file(given: _Given) -> _Found:
    explaining = tuple(upload for upload in given.predictions if explains_others(upload))
    files = [upload for upload in given.predictions if upload not in explaining]
    if not (given.declared or (len(files) > 1 and _are_alternatives(files, given.target))):
        return (), ""
    models = tuple(replace(model, uploads=(*model.uploads, *explaining)) for model in _named(files))
    return models, f"{len(files)} prediction files for one target file"


def _folders(uploads: Sequence[Upload], limits: Limits) -> dict[str, list[Upload]]:
    """Files by their first folder below those that all share; none where a file has no folder."""
    files = _expanded(uploads, limits)
    parts = [clean_name(upload.name.replace("\\", "/")).strip("/").split("/") for upload in files]
    while parts and all(len(part) > 1 for part in parts) and len({part[0] for part in parts}) == 1:
        parts = [part[1:] for part in parts]
    if not parts or not all(len(part) > 1 for part in parts):
        return {}
    found: dict[str, list[Upload]] = {}
    for part, upload in zip(parts, files, strict=True):
        found.setdefault(part[0], []).append(Upload(name="/".join(part[1:]), data=upload.data))
    return found


def _folders_repeat(folders: dict[str, list[Upload]], target: Sequence[Upload], limits: Limits) -> bool:
    """Whether folders hold files of the same names that the target does not have in folders of the same names."""
    names = [{stem_of(upload.name) for upload in files} for files in folders.values()]
    shared = set[str].intersection(*names)
    return bool(shared) and not set(_folders(target, limits)) & set(folders)


def _expanded(uploads: Sequence[Upload], limits: Limits) -> list[Upload]:
    """The files with every .zip replaced by its members."""
    budget, found = Budget(limits), list[Upload]()
    for upload in uploads:
        if extension_of(upload.name) != "zip":
            found.append(upload)
            continue
        check_content(upload.data, "zip", where=display_name(upload.name))
        archive = open_archive(upload.name, upload.data, limits=limits)
        found += [Upload(name=name, data=bytes(archive.read(name, budget=budget))) for name in archive.members]
    return found


def _are_alternatives(predictions: Sequence[Upload], target: Sequence[Upload]) -> bool:
    """Whether several prediction files answer one and the same target file."""
    lone = [upload for upload in target if not explains_others(upload)]
    if len(lone) != 1 or extension_of(lone[0].name) == "zip":
        return False
    pictures = {extension_of(upload.name) == "png" for upload in predictions}
    return pictures == {extension_of(lone[0].name) == "png"}
