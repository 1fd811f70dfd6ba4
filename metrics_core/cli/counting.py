"""evaluate and merge: from files to a statistics file, and from several to one."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path

from metrics_core.files import display_name
from metrics_core.folders import FolderTask, Progress, evaluate_folders
from metrics_core.folders.group import Group
from metrics_core.statistics import merge
from metrics_core.statistics_file import Header, load_statistics, save_statistics

_EVALUATE = """
One file an image in every folder (PNG, TIFF, NPY, NPZ, NIfTI, NRRD), matched by path without extension. Stopped at any
moment and started again with the same arguments, it goes on where it was. With several processes:
torchrun --nproc-per-node 2 -m metrics_core.cli evaluate ...
"""


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Arguments of `evaluate`."""
    parser.description = _EVALUATE
    add = parser.add_argument
    add("--targets", type=Path, required=True, metavar="DIR", help="label maps of the truth")
    add("--predictions", type=Path, metavar="DIR", help="label maps of the model")
    add("--scores", type=Path, metavar="DIR", help="scores of the model for every class, for curves and thresholds")
    add("--num-classes", type=int, required=True, metavar="N", help="labels are 0 to N - 1")
    add("--class-names", type=_names, metavar="A,B,...", help="a name for each class, class 0 first")
    add(
        "--void",
        dest="ignore_label",
        type=_void,
        metavar="LABEL",
        help="target label that is not counted (default none)",
    )
    add("--out", type=Path, required=True, metavar="RUN.stats", help="the statistics file to write")
    for kind in ("target", "prediction", "score"):
        add(
            f"--{kind}-suffix", default="", metavar="TEXT", help=f"end of the {kind} files' names, before the extension"
        )
    add("--scores-hold", choices=("probabilities", "logits"), default="probabilities")
    add("--scores-axis", choices=("infer", "first", "last"), default="infer", help="where scores have their class axis")
    add("--label-255", choices=("keep", "foreground"), default="keep", help="foreground: 255 is class 1")
    add("--out-of-range", choices=("refuse", "count"), default="refuse", help="predictions that are no class")
    add("--unmatched", choices=("refuse", "intersection"), default="refuse", help="images that one folder lacks")
    add("--broken", choices=("refuse", "skip"), default="refuse", help="skip: leave out and list what cannot be read")
    add("--threads", type=_positive, default=min(4, os.cpu_count() or 1), help="threads that read ahead, a process")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where pixels are counted; cuda takes nccl")


def evaluate(options: argparse.Namespace) -> None:
    """Count folders into a statistics file.

    Raises:
        FileError: folders or files that cannot be counted; what is counted so far stays.
    """
    task = FolderTask(**{field.name: getattr(options, field.name) for field in fields(FolderTask)})
    header = evaluate_folders(task, options.out, threads=options.threads, device=options.device, progress=_progress)
    if header is not None:
        _tell(options.out, header)


def add_merge(parser: argparse.ArgumentParser) -> None:
    """Arguments of `merge`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="RUN.stats", help="files of the same classes")
    parser.add_argument("--out", type=Path, required=True, metavar="ALL.stats", help="the statistics file to write")
    parser.add_argument(
        "--repeated", choices=("refuse", "drop"), default="refuse", help="drop: count an image of two files once"
    )


def merge_files(options: argparse.Namespace) -> None:
    """Merge statistics files by image name.

    Raises:
        FileError: a file that is no statistics file.
        InputError: files of different classes, or an image in two of them.
    """
    merged = merge(*(load_statistics(file) for file in options.files), repeated=options.repeated)
    save_statistics(merged, options.out, provenance={"merged": [file.name for file in options.files]})
    print(f"{options.out}: {merged.num_images:,} images, {merged.num_classes} classes")


def _progress(images: int, group: Group) -> Progress | None:
    if group.rank and sys.stderr.isatty():
        return None  # bars of several processes would overwrite each other
    return Progress(images, label=f"process {group.rank + 1} of {group.size}" if group.size > 1 else "")


def _tell(out: Path, header: Header) -> None:
    left_out: dict[str, str] = dict(header.provenance.get("left_out", {}))
    size = out.stat().st_size / 1024
    print(f"{out}: {header.images:,} images, {len(header.class_names)} classes, {size:,.1f} KiB")
    for name, why in left_out.items():
        print(f"left out {display_name(name)}: {why}", file=sys.stderr)
    for text, found in header.provenance.get("noticed", {}).items():
        others = f" and {found['images'] - 1:,} more" if found["images"] > 1 else ""
        print(f"noticed in {display_name(found['first'])}{others}: {text}", file=sys.stderr)


def _void(text: str) -> int | None:
    try:
        return None if text == "none" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a label or none; got {text!r}") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0; got {text!r}")
    return int(text)
