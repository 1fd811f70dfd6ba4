"""The catalogue of bad input, B01 to B45: each item is made here and answered with one clear sentence, or works.

The answer names the file (and member, page or field), what was expected, what came and the way out, and costs little
memory whatever a header says.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import re
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import metrics_core as mc
from app.views.text import escape_markdown, escape_plotly
from metrics_core.files import (
    Choices,
    Limits,
    Upload,
    escape_csv_cell,
    read_arrays,
    read_legend,
    read_pair,
    read_session,
)
from tests.test_explore_page import headline, opened, saved, shown, upload
from tests.test_files import (
    BAD_FILES,
    animated_png,
    cautioned,
    concluded,
    npy,
    npy_header,
    npz,
    one,
    pair,
    palette_png,
    picture,
    raw_png,
    refusal_of,
    several,
    turned_png,
    zipped,
)
from tests.test_files_tiff import BAD as BAD_TIFF
from tests.test_files_tiff import tiff
from tests.test_files_volumes import nifti

MASK = np.uint8([[0, 1, 1], [1, 0, 0]])
SCORES = np.moveaxis(np.eye(2)[MASK] * 0.8 + 0.1, -1, 0)[None]
MEGABYTE = 2**20


def read(name: str, data: bytes, **options: Any) -> Any:
    return read_arrays([Upload(name=name, data=data)], role=options.pop("role", "target"), **options)


def answer(name: str, data: bytes, **options: Any) -> str:
    """The sentence with which a file is refused."""
    message = refusal_of(lambda: read(name, data, **options))
    assert message.count("; ") >= 1, f"no way out: {message}"
    return message


def peak(call: Callable[[], object]) -> int:
    """Bytes that were allocated at the most."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# The files of the catalogue that tests.test_files and tests.test_files_tiff make: item and what they call it.
FILES = {
    "B01": ["empty npy", "empty png"],
    "B02": ["truncated npy", "npy cut in the header"],
    "B03": ["header that promises 373 GiB"],
    "B04": ["header with a negative size"],
    "B05": ["python objects"],
    "B06": ["pickle named npy", "png named npy", "npy named png"],
    "B07": ["header of 4 GiB"],
    "B08": ["structured dtype", "dates", "complex numbers", "text", "128-bit floats"],
    "B09": ["npz bomb"],
    "B10": [
        "npz with a way out",
        "npz with a text member",
        "npz without a usual name",
        "npz with two members of one name",
        "zip of 2001 members",
        "zip with a password",
        "nested zip",
    ],
    "B11": ["png of 169 megapixels", "png of 4 gigapixels a side"],
    "B12": ["png cut after its header", "png with rows missing"],
    "B13": ["gif named png", "tiff named png", "fits named png"],
    "B14": ["colour png", "png of varying transparency", "16-bit colour png"],
    "B15": ["jpeg named png"],
    "B17": ["animated png", "gif named png"],
    "B20": ["torch file", "torch file named zip"],
    "B21": ["zip with a link", "zip with a name of 300 characters", "zip with names that differ in case"],
    "B23": ["name of 300 characters"],
}


@pytest.mark.parametrize(("item", "name"), [(item, name) for item, names in FILES.items() for name in names])
def test_files_of_the_catalogue(item: str, name: str) -> None:
    file, data, got = BAD_FILES[name]
    assert got in answer(file, data)


@pytest.mark.parametrize(
    "name", ["m.npz", "m.zip", "m.tif", "m.nii", "m.nii.gz", "m.nrrd", "m.json", "m.csv", "m.toml"]
)
def test_b01_empty_files_of_every_kind(name: str) -> None:
    assert "an empty file (0 bytes)" in answer(name, b"")


def test_b03_no_memory_is_allocated_on_the_word_of_a_header() -> None:
    header = npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000,), }")
    assert peak(lambda: answer("m.npy", header)) < MEGABYTE


def test_b06_the_advice_to_load_unsafely_is_never_echoed() -> None:
    for name in ("pickle named npy", "python objects"):
        assert "pickle=" not in answer(*BAD_FILES[name][:2])


def test_b08_booleans_big_endian_and_column_major_work() -> None:
    for array in (MASK.astype(bool), MASK.astype(">u2"), np.asfortranarray(MASK)):
        np.testing.assert_array_equal(read("m.npy", npy(array)).values[0], MASK)


def test_b09_a_bomb_of_256_megabytes_costs_little() -> None:
    bomb = npz(target=np.zeros(256 * MEGABYTE, np.uint8))
    assert len(bomb) < 300_000
    assert peak(lambda: answer("m.npz", bomb)) < 2 * MEGABYTE


def test_b10_seventy_thousand_members() -> None:
    archive = zipped({f"{index}.npy": b"" for index in range(60_000)})
    assert peak(lambda: answer("m.zip", archive)) < 2 * MEGABYTE


@pytest.mark.parametrize("side", [13_000, 14_000])
def test_b11_pictures_that_are_small_only_as_files(side: int) -> None:
    rows = raw_png(side, side, b"\0" * (side + 1) * 50)
    assert peak(lambda: answer("m.png", rows)) < MEGABYTE


def test_b14_palette_one_bit_alpha_and_16_bit_are_read_as_stored() -> None:
    assert read("m.png", palette_png([[0, 2], [2, 0]])).values.tolist() == [[[0, 2], [2, 0]]]
    assert read("m.png", picture(MASK * 255, mode="1")).values.tolist() == [MASK.tolist()]
    assert read("m.png", picture(np.uint16([[0, 300]]))).values.tolist() == [[[0, 300]]]
    assert read("m.png", raw_png(2, 1, b"\0\1\xff\2\xff", colour=4)).values.tolist() == [[[1, 2]]]


def test_b14_cmyk() -> None:
    written = io.BytesIO()
    Image.new("CMYK", (4, 4)).save(written, "TIFF")
    data = read_pair(one(tiff(np.zeros((4, 4), np.uint8)), "t.tif"), one(written.getvalue(), "p.tif"))
    assert data.kind == "probabilities"  # four channels are scores of four classes, and shown as such
    assert concluded(data)["scores"] == "probabilities"


def test_b15_a_jpeg_mask_saved_as_png_is_warned_of() -> None:
    written = io.BytesIO()
    disc = (np.hypot(*np.mgrid[-40:40, -40:40]) < 25).astype(np.uint8) * 200
    Image.fromarray(disc).save(written, "JPEG", quality=50)
    blurred = np.asarray(Image.open(written))
    assert "smoothed" in cautioned(pair(blurred, blurred, num_classes=256, scores="labels"))


@pytest.mark.parametrize("name", BAD_TIFF)
def test_b16_tiff(name: str) -> None:
    data, got = BAD_TIFF[name]
    assert got in answer("m.tif", data, limits=Limits(files=20, pixels=10_000))


def test_b16_ten_thousand_pages_and_all_pages_are_read() -> None:
    pages = tiff(np.zeros((2500, 2, 2), np.uint8))
    assert "at most 2,000 pages" in answer("m.tif", pages)
    assert read("m.tif", tiff(np.zeros((5, 8, 8), np.uint8))).values.shape == (5, 8, 8)


def test_b17_animations() -> None:
    assert "an animated PNG" in answer("m.png", animated_png())


def test_b18_a_turned_mask_is_remarked() -> None:
    assert "orientation tag" in read("m.png", turned_png(MASK, 6)).notices[0]


def test_b19_nifti() -> None:
    bomb = gzip.compress(nifti(np.zeros((400, 400, 400), np.uint8)))
    small = Limits(total_bytes=MEGABYTE)
    assert peak(lambda: answer("m.nii.gz", bomb, limits=small)) < 30 * MEGABYTE
    half = nifti(np.uint8([[[1, 2]]]), slope=0.5)
    assert "whole-number labels" in refusal_of(lambda: read_pair(one(half, "t.nii"), one(half, "p.nii")))


NAMES = ["../a.npy", "/abs/a.npy", "C:\\a.npy", "a/../../b.npy", "a\\..\\..\\b.npy"]


@pytest.mark.parametrize("name", NAMES)
def test_b21_members_that_lead_out_of_the_archive(name: str) -> None:
    assert "one that leads out of it" in answer("m.zip", zipped({name: npy(MASK)}))


@pytest.mark.parametrize("name", ["CON.npy", "a..npy", "trailing./a.npy", "é.npy"])
def test_b21_odd_names_that_harm_nobody_are_read(name: str) -> None:
    assert read("m.zip", zipped({name: npy(MASK), "__MACOSX/._x": b"", "Thumbs.db": b""})).values.shape == (1, 2, 3)


def test_b21_names_that_are_one_when_composed() -> None:
    twins = zipped({"\u00e9.npy": npy(MASK), "e\u0301.npy": npy(MASK)})
    assert "again, letter case and accents aside" in answer("m.zip", twins)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ("image;target;a;b\nx;0;0,5;0,5\n", "semicolon"),
        ("target,a,b\n0,1e309,0\n", "'1e309' in line 2"),
        ("target,a,b\n0,inf,0\n", "'inf' in line 2"),
        ("target,a,b\n0,=cmd|' /C calc'!A0,0\n", "in line 2"),
        ("target,a,b\n\n\n", "got none"),
    ],
)
def test_b22_tables_of_scores(content: str, got: str) -> None:
    upload_ = [Upload(name="s.csv", data=b"\xef\xbb\xbf" + content.encode())]
    assert got in refusal_of(lambda: read_pair(upload_))


def test_b22_ten_million_rows() -> None:
    rows = b"target,a\n" + b"0,1\n" * 10_000_000
    assert "at most 33,554,432 bytes of text" in answer("s.csv", rows)


def test_b22_exports_escape_formulas() -> None:
    assert escape_csv_cell("=cmd|' /C calc'!A0").startswith("'=")


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>.gif",
        "a\nb.gif",
        "a%s.gif",
        "a%{x}.gif",
        "a\u202egnp.gif",
        "a" * 251 + ".gif",
        ".gif",
    ],
)
def test_b23_names_stay_text_wherever_they_are_shown(name: str) -> None:
    message = answer(name, b"GIF89a")
    assert message.isprintable()
    # Markdown takes a sign behind a backslash as text.
    assert not re.search(r"(?<!\\)[<>\[\]*_$]", escape_markdown(message))
    assert "%{" not in escape_plotly(name)
    assert "<" not in escape_plotly(name)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10_000,
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": "' + b"x" * 10_000_000 + b'"}',
        b'{"format": "metric-explorer session", "version": "1"}',
        b"9" * 5000,
        b"\xff\xfe",
        b"",
    ],
)
def test_b24_session_files(content: bytes) -> None:
    assert "'s.json'" in refusal_of(lambda: read_session("s.json", content))


@pytest.mark.parametrize(
    ("query", "taken"),
    [({"formula": "nothing"}, {}), ({"source": "synthesize", "seed": "1e9"}, {"source": "synthesize"})],
)
def test_b24_unknown_names_and_numbers_fall_back(query: dict[str, str], taken: dict[str, str]) -> None:
    lines = shown(opened(**query)).splitlines()
    told = [line for line in lines if "This link asks for what does not exist here" in line]
    assert len(told) == 1
    assert [line for line in lines if line not in told] == shown(opened(**taken)).splitlines()


@pytest.mark.parametrize(
    ("target", "prediction", "says"),
    [
        ((256, 256), (255, 256), "(255, 256)"),
        ((4, 6), (6, 4), "transpose one of the two"),
        ((4, 4), (4, 4, 4), "pass scores_axis"),
        ((5, 4, 6), (4, 4, 6), "the target has 5 images, the prediction 4"),
    ],
)
def test_b25_shapes(target: tuple[int, ...], prediction: tuple[int, ...], says: str) -> None:
    assert says in refusal_of(lambda: pair(np.zeros(target, np.uint8), np.full(prediction, 0.25)))


def test_b25_a_channel_axis_of_one_is_accepted() -> None:
    assert pair(MASK, MASK[None]).target.shape == (1, 2, 3)


def test_b26_images_that_only_one_side_has() -> None:
    target, prediction = several({"a": MASK, "b": MASK, "g": MASK}), several({"a": MASK, "c": MASK, "b": MASK})
    message = refusal_of(lambda: read_pair(target, prediction))
    assert "no 'g' and unexpected 'c'" in message
    assert "unmatched='intersection' for the 2 in both" in message


@pytest.mark.parametrize("shape", [(0, 4, 4), (4, 0), ()])
def test_b27_nothing_to_score(shape: tuple[int, ...]) -> None:
    assert f"shape {shape}" in answer("m.npy", npy(np.zeros(shape, np.uint8)))


def test_b27_one_pixel_one_class_and_many_classes() -> None:
    assert pair([[0]], [[0]]).num_classes == 2
    assert pair([[0]], [[0]], num_classes=1).num_classes == 1
    assert pair([[0, 999]], [[0, 1]]).num_classes == 1000
    assert "labels below 1024" in refusal_of(lambda: pair([[0, 69_999]], [[0, 1]]))
    assert "65,536 classes" in refusal_of(lambda: pair([[0]], [[0]], num_classes=70_000))


@pytest.mark.parametrize(
    ("target", "prediction", "choices", "says"),
    [
        ([[0, 5]], [[0, 1]], {"num_classes": 2}, "got 5 at image 0 (row 0, column 1)"),
        ([[0, 1]], [[0, -1]], {}, "-1"),
        ([[0, 1]], [[0, 255]], {"num_classes": 3}, "got 255"),
        ([[0, 0.5]], [[0, 1]], {}, "got 0.5"),
    ],
)
def test_b28_labels_outside_the_classes(target: Any, prediction: Any, choices: Any, says: str) -> None:
    assert says in refusal_of(lambda: pair(target, prediction, **choices))


def test_b28_readings_that_are_concluded_and_shown() -> None:
    assert concluded(pair(np.uint8([[0, 255]]), np.uint8([[0, 1]])))["label_255"] == "foreground"
    assert pair([[0, 7, 24]], [[0, 7, 7]]).num_classes == 25
    assert concluded(pair(MASK + 1, SCORES))["target_first_label"] == 1


def test_b29_every_integer_type_holds_its_labels() -> None:
    assert pair(np.uint8([[0, 200]]), np.uint8([[0, 1]]), num_classes=201).target.max() == 200
    assert "labels below 1024" in refusal_of(lambda: pair(np.int64([[0, 2**40]]), [[0, 1]]))
    assert pair(np.uint16([[0, 1, 65_535]]), np.uint8([[0, 1, 1]])).ignore_label == 65_535


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (np.nan, "got nan at image 0, class 1 (row 1, column 2)"),
        (np.inf, "got inf at image 0, class 1 (row 1, column 2)"),
        (1.1, "expected probabilities in [0, 1]"),
    ],
)
def test_b30_scores_that_are_no_probabilities(change: float, says: str) -> None:
    wrong = SCORES.copy()
    wrong[0, 1, 1, 2] = change
    assert says in refusal_of(lambda: pair(MASK[None], wrong))


@pytest.mark.parametrize("value", [-0.0, 1.0000001, -1e-9, 5e-324])
def test_b30_rounding_is_taken_for_rounding(value: float) -> None:
    rounded = SCORES.copy()
    rounded[0, 1, 0, 0] = value
    assert 0 <= float(pair(MASK[None], rounded).prediction[0, 1, 0, 0]) <= 1


def test_b30_sums_and_axes_are_warned_of() -> None:
    assert "sums" in cautioned(pair(MASK[None], SCORES / 2))
    wrong = np.exp(np.random.default_rng(0).normal(size=(1, 3, 4, 5)))
    assert "softmax_axis" in cautioned(pair(np.zeros((1, 4, 5), np.uint8), wrong / wrong.sum(3, keepdims=True)))


def test_b31_logits_are_declared_and_never_guessed() -> None:
    logits = np.log(SCORES) * 3
    message = refusal_of(lambda: pair(MASK[None], logits))
    assert "of them outside" in message
    assert "pass scores='logits'" in message
    assert pair(MASK[None], logits, scores="logits").kind == "probabilities"


def test_b32_images_and_data_that_are_all_void() -> None:
    target = np.stack([MASK, MASK * 0 + 255])
    assert "1 of 2 images are void everywhere" in pair(target, np.stack([MASK] * 2)).notices[0]
    data = pair(MASK * 0 + 255, MASK, ignore_label=255, num_classes=2)
    counts = mc.count(data.target, data.prediction, num_classes=2, ignore_label=255)
    assert torch.isnan(mc.evaluate("iou", counts))


@pytest.mark.parametrize(
    ("target", "prediction", "undefined"),
    [(MASK * 0, MASK, False), (MASK, MASK * 0, False), (MASK * 0, MASK * 0, True)],
)
def test_b33_empty_masks(target: Any, prediction: Any, undefined: bool) -> None:
    counts = mc.count(target[None], prediction[None], num_classes=2)
    value = mc.evaluate("iou", counts, mc.Convention(average="none"))[1]
    assert bool(torch.isnan(value)) == undefined


def test_b33_a_class_that_one_side_lacks_is_warned_of() -> None:
    assert "never_predicted" in cautioned(pair(MASK, MASK * 0))
    assert "only_predicted" in cautioned(pair(MASK * 0, MASK))


def test_b34_ties_single_classes_and_large_counts() -> None:
    target = torch.tensor([[[0, 1], [1, 0]]])
    assert mc.auroc(target, torch.full((1, 2, 2, 2), 0.5), num_classes=2).tolist() == [0.5, 0.5]
    assert torch.isnan(mc.auroc(target * 0, torch.full((1, 2, 2, 2), 0.5), num_classes=2)).all()
    counts = mc.count(target, target, num_classes=2)
    huge = torch.zeros_like(counts.confusion)
    huge[0, 0, 0], huge[0, 1, 1], huge[0, 0, 1] = 2**31 + 1, 2**33, 20_000_001
    large = mc.Statistics(confusion=huge, image_names=("a",), class_names=("x", "y"), ignore_label=None, histogram=None)
    iou = mc.evaluate("iou", large, mc.Convention(average="none"))
    assert float(iou[0]) == (2**31 + 1) / (2**31 + 1 + 20_000_001)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_b35_thresholds_outside_the_range(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold must lie in \[0, 1\]"):
        mc.evaluate(
            "iou", mc.count(MASK[None], SCORES, num_classes=2, histogram="pooled"), mc.Convention(threshold=threshold)
        )


@pytest.mark.parametrize("beta", [0, -1, float("inf"), float("nan")])
def test_b35_beta(beta: float) -> None:
    with pytest.raises(ValueError, match="beta must be a positive finite number"):
        mc.get_formula("fbeta", beta=beta)


@pytest.mark.parametrize("resamples", [0, -1, 10**9])
def test_b35_resamples(resamples: int) -> None:
    with pytest.raises(ValueError, match="resamples"):
        mc.bootstrap(mc.count(np.stack([MASK] * 3), np.stack([MASK] * 3), num_classes=2), "iou", resamples=resamples)


@pytest.mark.parametrize(
    "draw",
    [
        lambda one, seed: mc.bootstrap(one, "iou", seed=seed),
        lambda one, seed: mc.bootstrap_classes(one, "iou", seed=seed),
        lambda one, seed: mc.paired_difference(one, one, "iou", seed=seed),
        lambda one, seed: mc.rank_models({"a": one, "b": one}, "iou", seed=seed),
        lambda _, seed: mc.synthetic_dataset(replace(mc.RECIPES["balanced"], seed=seed)),
    ],
    ids=["interval", "classes", "difference", "ranking", "recipe"],
)
def test_b35_seed(draw: Callable[[mc.Statistics, int], object]) -> None:
    counted = mc.count(np.stack([MASK] * 6), np.stack([1 - MASK] * 6), num_classes=2)
    with pytest.raises(ValueError, match=r"^seed must be a whole number[^.;]*; got -1$"):
        draw(counted, -1)
    draw(counted, 0)


@pytest.mark.parametrize("seed", [1.5, "7", math.nan])
def test_b35_a_seed_that_is_no_whole_number(seed: object) -> None:
    counted = mc.count(np.stack([MASK] * 6), np.stack([1 - MASK] * 6), num_classes=2)
    with pytest.raises(ValueError, match="seed must be a whole number, 0 or more; got"):
        mc.bootstrap(counted, "iou", seed=seed)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("seed", "taken"), [("-1", 0), ("1e9", 0), ("1.5", 0), ("nan", 0), ("7", 7), ("9" * 30, 10**9)]
)
def test_b35_a_seed_in_the_address_is_brought_into_its_range(seed: str, taken: int) -> None:
    page = opened(source="synthesize", images="2", side="32", seed=seed)
    assert page.number_input(key="seed").value == taken
    assert page.metric


NAMES_OF_CLASSES = [
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)">x</a>',
    "$x^2$",
    ":red[stop]",
    "**bold**",
    "%{x}",
    "🙂",
    "אבג",
    "two\nlines",
]


@pytest.mark.parametrize("name", NAMES_OF_CLASSES)
def test_b36_class_names_are_text_on_the_page(name: str) -> None:
    data = pair(MASK, MASK, class_names=("a", name))
    assert data.class_names[1].isprintable()
    assert not re.search(r"(?<!\\)[<>\[\]*$:]", escape_markdown(name))
    assert "<" not in escape_plotly(name)
    assert "%{" not in escape_plotly(name)


def test_b36_wrong_class_names() -> None:
    assert "expected 2 names, got 3" in refusal_of(lambda: pair(MASK, MASK, class_names=("a", "b", "c")))
    for rows in ("name\na\na\n", 'name\n""\n', "name\n" + "x" * 10_000 + "\n"):
        assert "'l.csv'" in refusal_of(lambda rows=rows: read_legend("l.csv", rows.encode()))


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan")])
def test_b37_spacing(spacing: float) -> None:
    with pytest.raises(ValueError, match="spacing"):
        mc.boundary_distances(MASK[None], MASK[None], num_classes=2, spacing=spacing)
    affine = np.diag([0.5, 0.5, 2.5, 1])
    assert read("m.nii", nifti(np.zeros((4, 3, 2), np.uint8), affine=affine)).spacing == (2.5, 0.5, 0.5)


def test_b37_tolerance_0_counts_what_lies_exactly_on_the_other_boundary() -> None:
    """A square of side 4 moved by one: of the 12 boundary pixels of each, three on two sides lie on the other's."""
    target, moved = np.zeros((2, 1, 8, 8), np.uint8)
    target[:, 2:6, 2:6], moved[:, 2:6, 3:7] = 1, 1
    for spacing in (1.0, (1.0, 5.0)):
        found = mc.boundary_distances(target, moved, num_classes=2, spacing=spacing)
        on_both = float(mc.normalized_surface_distance(found, tolerance=0)[0, 1])
        assert on_both == 12 / 24
        assert float(mc.normalized_surface_distance(found, tolerance=-0.0)[0, 1]) == on_both
    same = mc.boundary_distances(target, target, num_classes=2)
    assert float(mc.normalized_surface_distance(same, tolerance=0)[0, 1]) == 1


@pytest.mark.parametrize("tolerance", [-1, -1e-9, float("nan"), float("inf"), [1, -1], []])
def test_b37_tolerance(tolerance: Any) -> None:
    found = mc.boundary_distances(MASK[None], MASK[None], num_classes=2)
    with pytest.raises(mc.InputError, match=r"^tolerance must be [^;]*; got .*$"):
        mc.normalized_surface_distance(found, tolerance=tolerance)


def test_b37_distance_to_an_empty_mask() -> None:
    distance = mc.hausdorff(mc.boundary_distances(MASK[None], MASK[None] * 0, num_classes=2, spacing=(1.0, 5.0)))
    assert not torch.isfinite(distance).all()


@pytest.mark.parametrize(
    "wrong",
    [
        np.ma.masked_array(MASK, MASK == 1),
        [[0, 1], [1]],
        torch.from_numpy(MASK).to_sparse(),
        torch.from_numpy(MASK).to("meta"),
        np.array([["a"]]),
    ],
    ids=["masked", "jagged", "sparse", "meta", "text"],
)
def test_b38_arrays_that_would_lose_something(wrong: Any) -> None:
    with pytest.raises(mc.InputError, match="target"):
        mc.count(wrong, MASK[None], num_classes=2)


def test_b38_views_and_gradients_are_counted() -> None:
    turned, scores = torch.from_numpy(MASK)[None].transpose(1, 2), torch.from_numpy(SCORES).transpose(2, 3)
    assert int(mc.count(turned, scores.requires_grad_(), num_classes=2).confusion.sum()) == MASK.size


def test_b39_identical_and_swapped_files() -> None:
    same = one(npy(MASK), "prediction.npy")
    found = cautioned(read_pair(same, one(npy(MASK), "target.npy")))
    assert "perfect" in found["identical"]
    assert "swapped" in found["swapped"]
    assert "a name of its own" in refusal_of(lambda: read_arrays(same * 2, role="target"))


def test_b40_models_with_different_images() -> None:
    files = several(dict.fromkeys("abc", MASK))
    models = [
        mc.ModelFiles(name="first", uploads=tuple(files[:2])),
        mc.ModelFiles(name="second", uploads=tuple(files[1:])),
    ]
    data = mc.read_models(files, models, choices=Choices(unmatched="intersection"))
    assert data.image_names == ("b",)
    assert any("only the 1 images that every model has are scored" in notice for notice in data.notices)


@pytest.mark.parametrize("name", ["a.npy", "b.npy"])
def test_b41_digests_know_bytes_and_not_names(name: str) -> None:
    first, second = read(name, npy(MASK)), read(name, npy(1 - MASK))
    assert first.digest != second.digest
    assert first.digest == read("c.npy", npy(MASK)).digest


@pytest.mark.parametrize(
    "query", [{"lesson": "../../etc"}, {"n": "1e12"}, {"class": "<svg>"}, {"names": "a,a"}, {"names": "%{x},<b>"}]
)
def test_b42_addresses(query: dict[str, str]) -> None:
    assert headline(opened(**query)) == headline(opened())
    assert shown(opened(source="files", **query)) == shown(opened(source="files"))


def test_b43_an_endless_device_of_the_server(tmp_path: Path) -> None:
    assert "a path below the served folder" in refusal_of(lambda: mc.read_served(tmp_path, "/dev/zero"))


def test_b44_another_locale_no_home_and_no_place_to_write(tmp_path: Path) -> None:
    """The readers in a process of their own, which may write nowhere and whose numbers have commas."""
    np.save(tmp_path / "t.npy", MASK)
    code = (
        "import sys, locale, metrics_core as mc\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "pair = mc.read_pair([mc.Upload(name='t.npy', data=data)], [mc.Upload(name='p.npy', data=data)])\n"
        "print(float(mc.evaluate('iou', mc.count(pair.target, pair.prediction, num_classes=2))))\n"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ("HOME", "LANG", "LC_ALL", "TZ")}
    environment = kept | {
        "LC_ALL": "de_DE.UTF-8",
        "TZ": "Pacific/Chatham",
        "TMPDIR": "/nowhere",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", code, str(tmp_path / "t.npy")]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert done.stdout.strip() == "1.0"


def test_b45_five_hundred_files_at_once_and_more_than_a_session_holds() -> None:
    files = [Upload(name=f"{index}.npy", data=npy(MASK)) for index in range(500)]
    assert len(read_pair(files, files).image_names) == 500
    assert "at most 1,000 bytes together" in refusal_of(
        lambda: read_arrays(files, role="target", limits=Limits(total_bytes=1000))
    )


def test_b45_a_file_that_fails_loses_nothing() -> None:
    page = upload(opened(source="files"), saved(MASK), saved(MASK))
    before = page.metric[0].value
    upload(page, saved(MASK)[:-1], saved(MASK))
    assert page.error
    assert page.metric[0].value == before


def test_every_item_of_the_catalogue_is_here() -> None:
    items = {found for name in globals() if (match := re.match(r"test_(b\d\d)_", name)) for found in [match[1].upper()]}
    assert items | set(FILES) == {f"B{number:02}" for number in range(1, 46)}


def test_members_of_a_zip_are_bounded_together() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(20):
            archive.writestr(f"{index}.npy", npy(np.random.default_rng(index).integers(0, 9, 9000).astype(np.uint8)))
    assert "once decoded" in answer("m.zip", written.getvalue(), limits=Limits(total_bytes=150_000))
