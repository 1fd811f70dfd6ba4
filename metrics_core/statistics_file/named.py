"""Named: the statistics files that the command line named for the dashboard."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

# A variable of the process, so that no address or setting of a page can name a file.
_VARIABLE = "METRIC_EXPLORER_STATISTICS"


def name_statistics_files(files: Sequence[Path]) -> None:
    """Name the files for a dashboard that this process starts; none if there are none."""
    os.environ[_VARIABLE] = json.dumps([str(file.resolve()) for file in files])


def named_statistics_files() -> tuple[Path, ...]:
    """The files that the command line named, in its order."""
    return tuple(Path(text) for text in cast("list[str]", json.loads(os.environ.get(_VARIABLE) or "[]")))
