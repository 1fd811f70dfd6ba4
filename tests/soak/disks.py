"""Disks: full ones and ones that cannot be written, under the command, under numba's cache and under the dashboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import metrics_core as mc
from tests.browser.conftest import ROOT
from tests.soak import Row, Size, holds
from tests.soak.masks import CLASSES, Masks
from tests.soak.served import OWN, served
from tests.soak.visitor import Visitor

COMMAND = (sys.executable, "-m", "metrics_core.cli")
LONGEST_MESSAGE = 300
# A mount of one's own, which ends with the command: $1 is where. What the command leaves there is copied out.
_MOUNTED = 'place=$1; shift; "$@"; code=$?; cp -r "$place" "$place.left"; exit $code'
FULL = f'mount -t tmpfs -o size=16k tmpfs "$1" || exit 99; {_MOUNTED}'
FIXED = f'mount -t tmpfs -o ro tmpfs "$1" || exit 99; {_MOUNTED}'
ALL_FIXED = 'mount -o remount,ro,bind / || exit 99; shift; exec "$@"'


def run(size: Size) -> Iterator[Row]:
    """All scenarios of disks."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        evaluate = write_images(work, images=4 if size == "quick" else 20)
        subprocess.run([*evaluate, str(work / "run.stats")], cwd=ROOT, check=True, capture_output=True)
        place = work / "mounted"
        place.mkdir()
        report = [*COMMAND, "report", str(work / "run.stats"), "--out", str(place)]
        yield _refused("full disk: report", [*_on(FULL, place), *report], "No space left", place)
        if not can_mount():
            yield Row(scenario="other disks", limit="-", measured="not run: needs the right to mount", met=True)
            return
        out = [*evaluate, str(place / "run.stats")]
        yield _refused("read-only disk: evaluate", [*_on(FIXED, place), *out], "Read-only", place)
        if size == "full":
            yield _refused("full disk: evaluate", [*_on(FULL, place), *out], "No space left", place)
            yield _refused("read-only disk: report", [*_on(FIXED, place), *report], "Read-only", place)
            yield _full_cache([*evaluate, str(work / "again.stats")], work, place)
        yield _dashboard("dashboard where nothing can be written, no home", _on(ALL_FIXED, place), work)


def can_mount() -> bool:
    """Whether this user may mount something for a process of its own."""
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0
    )


def half_written(folder: Path) -> list[str]:
    """Files that have their final names and are not whole: damaged statistics, pages and tables without an end."""
    ends = {".html": b"</html>", ".md": b"\n", ".csv": b"\n", ".json": b"}"}
    broken: list[str] = []
    for path in folder.rglob("*.*"):
        if path.suffix == ".stats":
            try:
                mc.open_statistics(path.read_bytes(), name=path.name)
            except mc.FileError:
                broken.append(path.name)
        elif path.suffix in ends and not path.read_bytes().rstrip(b" \n").endswith(ends[path.suffix].rstrip()):
            broken.append(path.name)
    return broken


def write_images(work: Path, *, images: int) -> list[str]:
    """Folders of masks, and the command that evaluates them but for the output's name."""
    masks = Masks(session=0, images=images, side=64)
    for name, arrays in (("target", masks.target), ("prediction", masks.prediction)):
        (work / name).mkdir()
        for index, array in enumerate(arrays):
            Image.fromarray(array).save(work / name / f"{index:04}.png")
    folders = ["--targets", str(work / "target"), "--predictions", str(work / "prediction")]
    return [*COMMAND, "evaluate", *folders, "--num-classes", str(CLASSES), "--out"]


def _on(script: str, place: Path) -> list[str]:
    """What to put before a command; without mounts a full disk is a limit to the size of files."""
    if can_mount():
        return ["unshare", "-m", "sh", "-c", script, "sh", str(place)]
    return ["prlimit", "--fsize=16384"]


def _refused(scenario: str, command: Sequence[str], reason: str, place: Path) -> Row:
    """One sentence that names the file and the reason; nothing half-written stays behind."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = done.stderr.strip().splitlines()[-1:] or [""]
    broken = ""
    if done.returncode != 1 or "Traceback" in done.stderr or len(said[0]) > LONGEST_MESSAGE:
        broken = f"ended with {done.returncode}: {said[0][:LONGEST_MESSAGE]}"
    elif reason not in said[0] and "File too large" not in said[0]:
        broken = f"said {said[0]}"
    elif left := half_written(place.with_name(f"{place.name}.left")) + half_written(place):
        broken = f"left half-written: {left}"
    shutil.rmtree(place.with_name(f"{place.name}.left"), ignore_errors=True)
    return holds(scenario, "one sentence", broken=broken, measured=said[0].replace(f"{place}{os.sep}", ""))


def _full_cache(command: Sequence[str], work: Path, place: Path) -> Row:
    """The kernels are compiled and used, and not kept."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(place)}
    done = subprocess.run([*_on(FULL, place), *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    broken = done.stderr[-LONGEST_MESSAGE:] if done.returncode else ""
    if not broken:
        again, before = (mc.load_statistics(work / name).confusion for name in ("again.stats", "run.stats"))
        broken = "" if np.array_equal(again, before) else "counted otherwise than before"
    return holds("full disk: numba's cache", "counts as before", broken=broken)


def _dashboard(scenario: str, before: Sequence[str], work: Path) -> Row:
    """The example and small files of one's own are scored."""
    masks = Masks(session=1, side=64)
    with served(before=before, environment=os.environ | {"HOME": str(work / "none")}) as server:
        with Visitor(server.port) as visitor:
            example = visitor.run()
        with Visitor(server.port, OWN) as visitor:
            own = visitor.upload(masks.sides, visitor.run())
        broken = server.broken() or "".join([*example.errors, *own.errors])
        if not example.score or own.score != masks.scores["macro"]:
            broken = broken or f"shows {example.score!r} and {own.score!r}"
    return holds(scenario, "runs and shows results", broken=broken)
