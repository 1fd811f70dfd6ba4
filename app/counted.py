"""Counted: scenes made of statistics files, named on the command line or uploaded, and files made of a scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import streamlit as st
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile

import metrics_core as mc
from app.kept import OWN, forget_own
from app.panels.own_lost import notice_lost
from app.results import statistics
from app.scenes import Scene
from app.views.text import escape_markdown

_UPLOAD, _ASKED, _ERROR, _ROUND = (f"_statistics_{name}" for name in ("upload", "asked", "error", "round"))
# Images times classes, and cells of a table or histogram, that an upload may lead to.
_LARGEST_UPLOAD = 2**24


@dataclass(frozen=True, kw_only=True, eq=False)
class Named:
    """A statistics file that is read: the model's name and the file."""

    model: str
    content: mc.StatisticsFile


def named_scene() -> Scene | None:
    """The files that the command line named; where they cannot be read, the reason is shown."""
    try:
        states = tuple((str(path), path.stat().st_mtime_ns) for path in mc.named_statistics_files())
        return _named_scene(states) if states else None
    except (mc.FileError, OSError) as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None


@st.cache_resource(max_entries=2, show_spinner="Reading statistics …")
def _named_scene(states: tuple[tuple[str, int], ...]) -> Scene:
    """The scene; times of change are part of the key, so that a file that was written anew is read anew."""
    paths = [Path(text) for text, _ in states]
    stems = [path.stem for path in paths]
    names = [path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}" for path in paths]
    files = [
        Named(model=name, content=mc.open_statistics(path.read_bytes(), name=path.name))
        for name, path in zip(names, paths, strict=True)
    ]
    return counted_scene(files, digest=f"statistics:{states!r}")


def counted_scene(files: Sequence[Named], *, digest: str) -> Scene:
    """One model a file, all of the same classes and images.

    Raises:
        FileError: a damaged file, or one of other classes, void label or images than the first.
    """
    counted = {file.model: file.content.statistics() for file in files}
    _refuse_unlike(counted)
    first = next(iter(counted.values()))
    none = torch.zeros((first.num_images, 0), dtype=torch.uint8)
    dataset = mc.Dataset(
        key="statistics",
        title=", ".join(counted),
        summary=f"{first.num_images:,} images and {first.num_classes} classes, counted before.",
        class_names=first.class_names,
        class_colours=mc.class_colours(first.num_classes),
        model_names=tuple(counted),
        ignore_label=first.ignore_label,
        spacing=None,
        licence="yours",
        attribution="yours",
        source="statistics files",
        how_made="; ".join(f"{file.model}: {_origin(file.content.header.provenance)}" for file in files),
        look_at="",
        image_names=first.image_names,
        target=none,
        predictions=dict.fromkeys(counted, none),
        image=None,
    )
    return Scene(digest=digest, dataset=dataset, counted=counted)


def _refuse_unlike(counted: Mapping[str, mc.Statistics]) -> None:
    first = next(iter(counted.values()))
    for model, other in counted.items():
        if (other.class_names, other.ignore_label) != (first.class_names, first.ignore_label):
            raise mc.FileError(f"{model}: expected the classes and void label of the first file, got others")
        if other.image_names != first.image_names:
            raise mc.FileError(f"{model}: expected the {first.num_images:,} images of the first file, got others")
        if not other.num_images:
            raise mc.FileError(f"{model}: expected at least one image, got none; count again")


def draw_upload() -> None:
    """The widget for a statistics file, and which file is shown."""
    # A new key empties the uploader.
    turn = st.session_state.get(_ROUND, 0)
    key = f"statistics_upload{turn}"
    with st.expander("Statistics file"):
        file = st.file_uploader("Counts without pixels", ["stats"], key=key)
    notice_lost({"statistics file": key}, _forget)
    if file is not None and file.file_id != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = file.file_id
        _read(file)
    if error := st.session_state.get(_ERROR):
        st.error(escape_markdown(error), icon=":material/error:")
    if (scene := uploaded_scene()) is not None:
        st.caption(f"Shown: the counts of {escape_markdown(scene.dataset.title)}.")
        st.button("Forget the statistics file", on_click=_forget, icon=":material/delete:")


def uploaded_scene() -> Scene | None:
    """The scene of the statistics file that was last read without error."""
    return st.session_state.get(_UPLOAD)


def _forget() -> None:
    for name in (_UPLOAD, _ASKED, _ERROR):
        st.session_state.pop(name, None)
    forget_own()
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _read(file: UploadedFile) -> None:
    st.session_state.pop(_ERROR, None)
    data = file.getvalue()
    try:
        content = mc.open_statistics(data, name=file.name, largest=_LARGEST_UPLOAD)
        named = Named(model=Path(file.name).stem, content=content)
        digest = blake2b(data, digest_size=20).hexdigest()
        st.session_state[_UPLOAD] = counted_scene([named], digest=f"{OWN}{digest}:{file.name}")
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)


def draw_download(scene: Scene, model: str) -> None:
    """A button that saves the counts of one model."""

    def content() -> bytes:
        return mc.statistics_bytes(statistics(scene, model), provenance={"data": scene.dataset.title, "model": model})

    st.download_button(
        "Save statistics",
        content,
        file_name=f"{scene.dataset.key}.stats",
        mime="application/zip",
        on_click="ignore",
        icon=":material/download:",
        help="The counts of all images, without their pixels: a small file that opens here and in Python.",
    )


def _origin(provenance: Mapping[str, Any]) -> str:
    """Where a file's counts come from, as far as it says."""
    return "; ".join(f"{name}: {value}" for name, value in provenance.items() if name != "names") or "not recorded"
