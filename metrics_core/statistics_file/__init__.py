"""Statistics files (`.stats`): counts kept, sent and read again, without the pixels they came from.

A file is a plain zip archive (deflated, no zip64) of JSON and NPY members; it holds numbers and names, no code.

    header.json            {"format": "metric-explorer statistics", "version": 1, "class_names": [...],
                            "ignore_label": 255 or null, "images": I, "entries": E, "histogram": null or
                            {"images": "pooled" or "per_image", "kind": bins, "bins": B, "entries": H},
                            "provenance": {any JSON: where the counts come from}}
    image_names.jsonl      one JSON text a line, I lines, all different
    confusion_sizes.npy    int64 [I]: non-zero cells of each image, E in all
    confusion_cells.npy    int64 [E]: true * (C + 1) + predicted, ascending in each image; C is void, or no class
    confusion_counts.npy   int64 [E], above 0; float64 where pixels were weighted
    histogram_cells.npy    int64 [H], ascending: places in [I or 1, true (C + 1), class (C), bin (B)], row-major
    histogram_counts.npy   int64 [H], above 0; float64 where pixels were weighted
    histogram_low.npy      float64 [C, B]: smallest score in the bin, inf where there is none
    histogram_high.npy     float64 [C, B]: largest score in the bin, -inf where there is none

The last four are there if the header has a histogram. Equal statistics and provenance give equal bytes. A reader
refuses versions that it does not know, further members, and whatever contradicts the header.
"""

from metrics_core.statistics_file.joining import join_files
from metrics_core.statistics_file.layout import Header
from metrics_core.statistics_file.named import name_statistics_files, named_statistics_files
from metrics_core.statistics_file.reading import (
    StatisticsFile,
    load_statistics,
    open_statistics,
    read_statistics,
)
from metrics_core.statistics_file.writing import atomic_file, save_statistics, statistics_bytes

__all__ = [
    "Header",
    "StatisticsFile",
    "atomic_file",
    "join_files",
    "load_statistics",
    "name_statistics_files",
    "named_statistics_files",
    "open_statistics",
    "read_statistics",
    "save_statistics",
    "statistics_bytes",
]
