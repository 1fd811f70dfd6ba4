"""Feed the readers of users' files with bytes that reach ever more of their code; only a FileError may come out.

    python -m tests.fuzz [seconds] [folder of inputs]

What breaks a reader is written to crash-* in the system's folder for temporary files, and run again by giving that
file in place of the folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["metrics_core.files", "tifffile", "nrrd", "nibabel.nifti1", "PIL.PngImagePlugin"]
):
    from metrics_core.files import Choices, FileError, Limits, Upload, read_arrays, read_legend, read_pair

from tests.test_files_fuzz import SEEDS

LIMITS = Limits(total_bytes=2_000_000, files=20, pixels=50_000, ratio_free_bytes=10_000)
KINDS = sorted(SEEDS)
CHOICES = (
    Choices(),
    Choices(scores="logits"),
    Choices(scores="probabilities", scores_axis="last"),
    Choices(csv_style="decimal_comma", match="order", unmatched="intersection", out_of_range="count"),
    Choices(target_one_hot="first", target_first_label=1, prediction_first_label=1, num_classes=3),
)
LONGEST_MESSAGE = 300


def read_one(data: bytes) -> None:
    """One input: how to read it in two bytes, then the file."""
    if len(data) < 3:
        return
    kind, how, content = KINDS[data[0] % len(KINDS)], data[1], data[2:]
    upload = Upload(name=f"file.{kind}", data=content)
    role = ("target", "prediction", "image")[how % 3]
    try:
        if how < 128:
            read_arrays([upload], role=role, limits=LIMITS)
        elif how < 240:
            read_pair([upload], [upload], choices=CHOICES[how % len(CHOICES)], limits=LIMITS)
        else:
            read_legend(upload.name, content)
    except FileError as error:
        message = str(error)
        if not message.isprintable() or len(message) > LONGEST_MESSAGE or "expected " not in message:
            raise AssertionError(f"unclear message: {message!r}") from error


def main() -> None:
    """Start from the valid files of the tests, for so many seconds."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as folder:
        for kind, seeds in SEEDS.items():
            for number, seed in enumerate(seeds):
                for how in (0, 1, 2, 130, 250):
                    path = Path(folder, f"{kind}-{number}-{how}")
                    path.write_bytes(bytes([KINDS.index(kind), how]) + seed)
        inputs = sys.argv[2:] or [folder]
        options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=3000", "-max_len=20000"]
        options.append(f"-artifact_prefix={tempfile.gettempdir()}/")
        atheris.Setup([sys.argv[0], *options, *inputs], read_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
