"""Folders on the server: nothing outside the one named folder is listed or read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from metrics_core.files import Limits, list_served, read_models, read_served, served_root, split_models
from tests.test_files import npy, picture, refusal_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    served, outside = tmp_path / "served", tmp_path / "outside"
    for folder in (served / "target", served / "models" / "a", served / "models" / "b", served / ".hidden", outside):
        folder.mkdir(parents=True)
    for index in range(2):
        mask = picture(np.full((3, 4), index, np.uint8))
        for folder in ("target", "models/a", "models/b"):
            (served / folder / f"{index}.png").write_bytes(mask)
    (served / "target" / "notes.txt").write_text("not data")
    (outside / "secret.png").write_bytes(picture(np.zeros((3, 4), np.uint8)))
    (served / "link").symlink_to(outside)
    (served / "target" / "link.png").symlink_to(outside / "secret.png")
    (served / "inner").symlink_to(served / "target")
    os.mkfifo(served / "pipe.npy")
    return served


def test_off_unless_a_folder_is_named(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.delenv("METRIC_EXPLORER_ROOT", raising=False)
    assert served_root() is None
    monkeypatch.setenv("METRIC_EXPLORER_ROOT", str(root))
    assert served_root() == root.resolve()


@pytest.mark.parametrize("named", ["served", "/dev/null", "/nowhere/at/all", "~"])
def test_a_root_that_is_no_folder(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("METRIC_EXPLORER_ROOT", named)
    assert "expected the absolute path of a folder" in refusal_of(served_root)


def test_folders_are_listed_without_links_and_hidden_ones(root: Path) -> None:
    assert list_served(root) == ("models", "models/a", "models/b", "target")


def test_a_folder_is_read_by_relative_names(root: Path) -> None:
    assert [upload.name for upload in read_served(root, "target")] == ["0.png", "1.png"]
    assert [upload.name for upload in read_served(root, "models/a/0.png")] == ["0.png"]
    assert [upload.name for upload in read_served(root, "inner")] == ["0.png", "1.png"]


def test_folders_of_models(root: Path) -> None:
    target, predictions = read_served(root, "target"), read_served(root, "models")
    models, _ = split_models(predictions, target=target)
    assert list(read_models(target, models).predictions) == ["a", "b"]


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../outside",
        "target/../../outside",
        "/etc",
        "/proc/self/environ",
        "~root",
        "\\\\host\\share",
        "target\0",
        "a" * 1001,
        "link",
        "link/secret.png",
        "target/link.png",
        "nowhere",
        "pipe.npy",
        "models/a/0.png/x",
        "target/notes",
    ],
)
def test_paths_that_are_refused(root: Path, path: str) -> None:
    refusal_of(lambda: read_served(root, path))


def test_devices_and_pipes_do_not_block(root: Path) -> None:
    assert "got a device, pipe or socket" in refusal_of(lambda: read_served(root, "."))


def test_too_many_files_and_bytes(root: Path) -> None:
    assert "got 2" in refusal_of(lambda: read_served(root, "target", limits=Limits(files=1)))
    (root / "target" / "large.npy").write_bytes(npy(np.zeros(5000, np.uint8)))
    assert "5,128" in refusal_of(lambda: read_served(root, "target/large.npy", limits=Limits(total_bytes=1000)))


def test_no_permission(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)  # the mode of a folder stops everybody but the user root
    assert "got Permission denied" in refusal_of(lambda: read_served(root, "target"))


def test_the_root_itself_may_be_chosen(root: Path) -> None:
    (root / "pipe.npy").unlink()
    assert len(read_served(root, "")) == 6
