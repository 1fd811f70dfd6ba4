"""Plan: how the images of a task are cut into parts, and what all processes and all restarts must agree on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch

from metrics_core.bins import Bins, Images, suited_histogram
from metrics_core.files import FileError
from metrics_core.folders.reading import read_scores
from metrics_core.folders.task import FolderTask
from metrics_core.folders.walking import Listing

MOST_IMAGES = 256  # of one part: what a killed process has to count again, at most
PARTS = 128  # at least, where there are so many images

_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The same in every process: what is counted, images a part, how scores are binned.

    record: JSON by which a restart is compared; files: a digest of all sizes and times.
    """

    record: Mapping[str, Any]
    images: int
    part: int
    histogram: Images | None
    bins: Bins | None

    @property
    def parts(self) -> int:
        """Number of parts."""
        return -(-self.images // self.part)

    def images_of(self, part: int) -> range:
        """Indices of the images of a part."""
        return range(part * self.part, min((part + 1) * self.part, self.images))

    def provenance(self) -> dict[str, Any]:
        """What a statistics file tells of its origin."""
        folders = {kind: os.path.basename(place) for kind, place in self.record["places"].items()}
        return {"folders": folders, "task": self.record["task"], "names": self.record["names"]}

    def to_json(self) -> str:
        """The plan as text."""
        bins = self.bins and {"kind": self.bins.kind, "count": self.bins.count}
        return json.dumps(
            {
                "record": dict(self.record),
                "images": self.images,
                "part": self.part,
                "histogram": self.histogram,
                "bins": bins,
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan of a text.

        Raises:
            ValueError: no such text.
        """
        try:
            values = json.loads(text)
            bins = values["bins"] and Bins(**values["bins"])
            return cls(**(values | {"bins": bins}))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no plan: {error}") from None


def make_plan(task: FolderTask, listing: Listing) -> Plan:
    """The plan for these files; reads the scores of the first image to choose the bins.

    Raises:
        FileError: scores that cannot be read.
    """
    images = len(listing.names)
    record = {
        "task": task.reading(),
        "names": listing.digest,
        "places": task.places(),
        "files": listing.files_digest(),
    }
    bins, histogram = (None, None) if task.scores is None else _suited_histogram(task, listing)
    return Plan(
        record=record,
        images=images,
        part=min(MOST_IMAGES, -(-images // PARTS)),
        histogram=histogram,
        bins=bins,
    )


def refuse_other_listing(plan: Plan, listing: Listing) -> None:
    """Raise where this process sees other images than the one that made the plan.

    Raises:
        FileError: the names differ.
    """
    if listing.digest != plan.record["names"]:
        raise FileError(
            f"expected the {plan.images:,} images that the first process sees, got {len(listing.names):,} of other "
            "names; give every machine the same folders"
        )


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What two records differ in, in words; "" where they agree."""
    flat = [
        {**cast("dict[str, Any]", each["task"]), **cast("dict[str, Any]", each.get("places", {}))}
        for each in (old, new)
    ]
    changed = [name for name in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(name) != flat[1].get(name)]
    told = [f"{name} {_short(flat[1].get(name))} instead of {_short(flat[0].get(name))}" for name in changed]
    if old["names"] != new["names"]:
        told.append("other images")
    elif "files" in old and old["files"] != new["files"]:
        told.append("files that have changed since")
    return ", ".join(told)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _suited_histogram(task: FolderTask, listing: Listing) -> tuple[Bins, Images]:
    dtype: torch.dtype = read_scores(task, listing, 0).prediction.dtype
    return suited_histogram(dtype, num_images=len(listing.names), num_classes=task.num_classes)
