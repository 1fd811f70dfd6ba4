"""Joining: statistics files of consecutive images to one file, without holding more than one of them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.bins import Histogram, merge_histograms
from metrics_core.files.refusals import refusal
from metrics_core.statistics_file.layout import (
    CELLS,
    COUNTS,
    HIGH,
    LOW,
    NAMES,
    SCORE_CELLS,
    SCORE_COUNTS,
    SIZES,
    Header,
)
from metrics_core.statistics_file.reading import StatisticsFile, open_statistics
from metrics_core.statistics_file.writing import atomic_file, name_lines, npy_blocks, write_members

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """Scores of all parts: the pooled histogram, or the ends of the bins of per-image ones."""

    pooled: Histogram | None
    low: Array
    high: Array


def join_files(parts: Sequence[Path], out: Path, *, provenance: Mapping[str, Any]) -> Header:
    """Write the images of all parts, in order, to one file: what merging and saving their statistics would write.

    The parts hold whole counts of different images, as they do where each is a share of one list.

    Raises:
        FileError: a part that cannot be read, or whose classes, void label or bins differ from the first's.
    """
    header, scores = _totals(parts)
    header = replace(header, provenance=provenance)
    members: dict[str, Any] = {NAMES: (name_lines(part.image_names()) for part in _opened(parts))}
    for name in (SIZES, CELLS, COUNTS):
        members[name] = npy_blocks(header.shapes[name], "i", _arrays(parts, name))
    if scores is not None and header.histogram is not None:
        places, counts = _score_arrays(parts, scores)
        members[SCORE_CELLS] = npy_blocks(header.shapes[SCORE_CELLS], "i", places)
        members[SCORE_COUNTS] = npy_blocks(header.shapes[SCORE_COUNTS], "i", counts)
        members |= {n: npy_blocks(a.shape, "f", (a,)) for n, a in ((LOW, scores.low), (HIGH, scores.high))}
    with atomic_file(out) as stream:
        write_members(stream, header, members)
    return header


def _opened(parts: Sequence[Path]) -> Iterator[StatisticsFile]:
    return (open_statistics(part.read_bytes(), name=part.name) for part in parts)


def _arrays(parts: Sequence[Path], member: str) -> Iterator[Array]:
    return (part.array(member) for part in _opened(parts))


def _totals(parts: Sequence[Path]) -> tuple[Header, _Scores | None]:
    """The header of the whole, and its scores."""
    first, images, entries, score_entries = None, 0, 0, 0
    scores: _Scores | None = None
    for part in _opened(parts):
        first = first or part.header
        _refuse_others(first, part)
        images, entries = images + part.header.images, entries + part.header.entries
        if part.header.histogram is not None:
            score_entries += part.header.histogram.entries
            scores = _added(scores, part)
    assert first is not None, "there is at least one part"
    if scores is not None and scores.pooled is not None:
        score_entries = int(scores.pooled.counts.count_nonzero())
    layout = first.histogram and replace(first.histogram, entries=score_entries)
    return replace(first, images=images, entries=entries, histogram=layout), scores


def _added(scores: _Scores | None, part: StatisticsFile) -> _Scores:
    low, high = part.array(LOW), part.array(HIGH)
    pooled = part.histogram() if part.header.histogram and part.header.histogram.images == "pooled" else None
    if scores is None:
        return _Scores(pooled=pooled, low=low, high=high)
    if pooled is not None and scores.pooled is not None:
        pooled = merge_histograms([scores.pooled, pooled])
    return _Scores(pooled=pooled, low=np.minimum(scores.low, low), high=np.maximum(scores.high, high))


def _score_arrays(parts: Sequence[Path], scores: _Scores) -> tuple[Iterator[Array], Iterator[Array]]:
    """Places and counts of the scores, block by block."""
    if scores.pooled is None:
        return _shifted_places(parts), _arrays(parts, SCORE_COUNTS)
    flat = scores.pooled.counts.numpy().reshape(-1)
    places = np.flatnonzero(flat)
    return iter((places,)), iter((flat[places],))


def _shifted_places(parts: Sequence[Path]) -> Iterator[Array]:
    start = 0
    for part in _opened(parts):
        yield part.array(SCORE_CELLS) + start
        start += int(np.prod(part.header.score_shape))


def _refuse_others(first: Header, part: StatisticsFile) -> None:
    mine, its = (
        (h.class_names, h.ignore_label, h.histogram and (h.histogram.images, h.histogram.bins))
        for h in (first, part.header)
    )
    if mine != its:
        todo = "remove the unfinished parts and count again"
        raise refusal(
            part.where, expected="the classes, void label and bins of the other parts", got="others", todo=todo
        )
