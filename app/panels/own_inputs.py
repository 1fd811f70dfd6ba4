"""Inputs: the widgets that take files, folders, folders on the server, class names and colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import metrics_core as mc
from app.own_legend import from_file
from app.panels.own_lost import notice_lost, run_when_reconnected
from app.reading_work import Files, Served
from app.settings import NAMES_LENGTH
from app.views.text import escape_markdown

_ROUND, _SERVED, _LEGEND_ERROR = "_upload_round", "_served_folders", "_legend_error"
_TYPES = ["npy", "npz", "png", "tif", "tiff", "nii", "gz", "nrrd", "json", "csv", "toml", "zip"]
_PICTURES = ["png", "tif", "tiff", "npy", "npz", "nii", "gz", "nrrd", "zip"]
_BOTH = (".npz", ".csv")  # one such file may hold target and prediction
_SOURCES = {"files": "Files", "folder": "Folders", "server": "Server"}

Uploads = tuple[mc.Upload, ...]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the user gave: how to get each side's files, a key that names them exactly, and their size in bytes."""

    targets: Callable[[], Files]
    predictions: Callable[[], Files]
    images: Callable[[], Uploads]
    key: tuple[object, ...]
    size: int


def forget_inputs() -> None:
    """Empty all uploaders. For callbacks."""
    # A new key empties an uploader: Streamlit offers no other way.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    for name in (_SERVED, _LEGEND_ERROR):
        st.session_state.pop(name, None)


def draw_inputs() -> Given | None:
    """All widgets for files; None as long as there is no target."""
    run_when_reconnected()
    root = _root()
    names = {key: word for key, word in _SOURCES.items() if key != "server" or root is not None}
    source = st.segmented_control(
        "Take", list(names), format_func=names.__getitem__, default="files", required=True, key="own_from"
    )
    if source == "server" and root is not None:
        given = _draw_served(root)
        images = _draw_more()
        return None if given is None else _with_images(given, images)
    return _draw_uploaders(source)


def _draw_uploaders(source: str) -> Given | None:
    many: Literal["directory"] | bool = "directory" if source == "folder" else True
    turn = st.session_state.get(_ROUND, 0)
    keys = {"target file": f"targets_{source}{turn}", "prediction file": f"predictions_{source}{turn}"}
    # The widget marks a file of another type without a word; the readers say what they read. Of a folder it leaves out
    # what is no picture, which is wanted.
    types = _TYPES if source == "folder" else None
    targets = st.file_uploader("Target masks", types, accept_multiple_files=many, key=keys["target file"])
    predictions = st.file_uploader(
        "Predictions",
        types,
        accept_multiple_files=many,
        key=keys["prediction file"],
        help="Several models: a folder, a .zip or one file for each.",
    )
    images = _draw_more()
    notice_lost({**keys, "image": f"images{turn}"}, forget_inputs)
    if not _complete(targets, predictions):
        return None
    given = Given(
        targets=lambda: _uploads(targets),
        predictions=lambda: _uploads(predictions),
        images=tuple,
        key=(*(file.file_id for file in targets), "|", *(file.file_id for file in predictions)),
        size=sum(file.size for file in (*targets, *predictions)),
    )
    return _with_images(given, images)


def _complete(targets: list[UploadedFile], predictions: list[UploadedFile]) -> bool:
    """Whether both sides are there; where one is, says what to add."""
    both = bool(targets) and (bool(predictions) or any(file.name.lower().endswith(_BOTH) for file in targets))
    if not both and (targets or predictions):
        st.caption(f"Add the {'predictions' if targets else 'target masks'}, and the scores appear.")
    return both


def _with_images(given: Given, images: list[UploadedFile]) -> Given:
    return Given(
        targets=given.targets,
        predictions=given.predictions,
        images=lambda: _uploads(images),
        key=(*given.key, "|", *(file.file_id for file in images)),
        size=given.size + sum(file.size for file in images),
    )


def _uploads(files: list[UploadedFile]) -> Uploads:
    return tuple(mc.Upload(name=file.name, data=file.getvalue()) for file in files)


def _draw_more() -> list[UploadedFile]:
    """Images to show underneath, class names and colours."""
    turn = st.session_state.get(_ROUND, 0)
    with st.expander("Images, class names, colours"):
        images = st.file_uploader("Images", _PICTURES, accept_multiple_files=True, key=f"images{turn}")
        st.text_area(
            "Class names",
            key="names",
            max_chars=NAMES_LENGTH,
            placeholder="ground, road:#FF0000, void=255",
            help="Commas between. A colour after a colon, the label after =. They are part of the link.",
            height=80,
        )
        key = f"legend{turn}"
        st.file_uploader(
            "or a file of them",
            ["csv", "json", "toml"],
            key=key,
            on_change=_take_legend,
            args=(key,),
            help="CSV: name,colour,label. Colours turn RGB masks into labels.",
        )
        if error := st.session_state.get(_LEGEND_ERROR):
            st.error(escape_markdown(error), icon=":material/error:")
    return images


def _take_legend(key: str) -> None:
    st.session_state[_LEGEND_ERROR] = from_file(key)


def _root() -> str | None:
    """The folder that the server offers, as the core names it; None where it offers none."""
    try:
        root = mc.served_root()
    except mc.FileError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
    return None if root is None else str(root)


def _draw_served(root: str) -> Given | None:
    try:
        folders = list(mc.list_served(root))
    except (mc.FileError, OSError):
        st.error("The served folder cannot be listed.", icon=":material/error:")
        return None
    hint = "Choose, or type a path"
    target = st.selectbox(
        "Target folder", folders, None, key="served_target", accept_new_options=True, placeholder=hint
    )
    st.selectbox(
        "Predictions folder", folders, None, key="served_predictions", accept_new_options=True, placeholder=hint
    )
    st.button("Read these folders", on_click=_take_served, disabled=target is None, icon=":material/folder_open:")
    taken = st.session_state.get(_SERVED)
    if taken is None:
        return None
    number, first, second = taken
    return Given(
        targets=lambda: Served(root=root, path=first),
        predictions=lambda: Served(root=root, path=second) if second else (),
        images=tuple,
        key=("server", number, first, second),
        size=0,
    )


def _take_served() -> None:
    number = (st.session_state.get(_SERVED) or (0,))[0] + 1
    chosen = (st.session_state.get("served_target"), st.session_state.get("served_predictions"))
    st.session_state[_SERVED] = (number, *chosen)
