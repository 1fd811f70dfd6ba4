"""Users' files, hostile ones: whatever the bytes, reading gives arrays or a FileError, within the limits."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from metrics_core.files import (
    Choices,
    FileError,
    Limits,
    Upload,
    read_arrays,
    read_legend,
    read_models,
    read_pair,
    read_session,
    split_models,
)
from tests.test_files import (
    LONGEST_MESSAGE,
    animated_png,
    chunk,
    npy,
    npz,
    one,
    palette_png,
    picture,
    turned_png,
    zipped,
)
from tests.test_files_annotations import MASKS, coco, packed, plain, saved_json
from tests.test_files_tiff import by_pillow, tiff
from tests.test_files_volumes import nifti, seg_nrrd

LIMITS = Limits(total_bytes=100_000, files=10, pixels=5000, ratio_free_bytes=1000)
MASK = np.arange(12, dtype=np.uint8).reshape(3, 4)
SEEDS = {
    "npy": [npy(MASK), npy(MASK / 11), npy(np.asfortranarray(MASK.astype(">i4"))), npy(np.array([{}], object))],
    "png": [picture(MASK), palette_png(MASK % 3), picture(MASK, mode="RGB"), animated_png(), turned_png(MASK, 6)],
    "npz": [npz(target=MASK, prediction=MASK), npz(target=MASK, probabilities=np.full((3, 4, 2), 0.5))],
    "zip": [zipped({"a.png": picture(MASK), "b.npy": npy(MASK)}), zipped({"x/a.npy": npy(MASK)}, method=0)],
    "tif": [tiff(MASK), tiff(np.stack([MASK] * 2)), tiff(MASK / 11, compression="zlib"), by_pillow(MASK, "tiff_lzw")],
    "nii": [nifti(MASK[..., None]), nifti(np.stack([MASK] * 2), slope=2)],
    "nii.gz": [gzip.compress(nifti(MASK[..., None]), mtime=0)],
    "nrrd": [seg_nrrd(MASK), seg_nrrd(MASK / 11, encoding="gzip")],
    "json": [saved_json(coco([packed(mask) for mask in MASKS])), saved_json(coco([plain(MASKS[0])], [1]))],
    "csv": [b"image,target,cat,dog\nx,0,0.9,0.1\n", b"name,colour,label\na,#000000,0\n", b"target,p\n1,0.5\n"],
    "toml": [b'[[classes]]\nname = "a"\ncolour = "#000000"\n'],
}


@st.composite
def mutated_files(draw: st.DrawFn) -> Upload:
    """A valid file with bytes replaced, inserted or removed, sometimes under another extension."""
    kind = draw(st.sampled_from(sorted(SEEDS)))
    content = bytearray(draw(st.sampled_from(SEEDS[kind])))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        removed = draw(st.sampled_from([0, 1, 1, 2, 4, len(content)]))
        content[place : place + removed] = draw(st.binary(max_size=5))
    extension = draw(st.sampled_from([kind] * 9 + sorted(SEEDS)))
    return Upload(name=f"file.{extension}", data=bytes(content))


@st.composite
def random_files(draw: st.DrawFn) -> Upload:
    """Any bytes under any name, often behind the first bytes of a known format."""
    starts = [b"", b"\x93NUMPY\x01\0", b"\x93NUMPY\x02\0", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"PK\x05\x06"]
    starts += [b"II*\0\x08\0\0\0", b"NRRD0004\n", b'{"annotations": [', b"name,label\n"]
    name = draw(st.text(max_size=80)) + draw(st.sampled_from([*(f".{kind}" for kind in SEEDS), ""]))
    return Upload(name=name, data=draw(st.sampled_from(starts)) + draw(st.binary(max_size=200)))


@st.composite
def repaired_pngs(draw: st.DrawFn) -> Upload:
    """A PNG with changed chunks whose checksums fit again, so that the change reaches the decoder."""
    content, place, changed = draw(st.sampled_from(SEEDS["png"])), 8, [b"\x89PNG\r\n\x1a\n"]
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind, payload = content[place + 4 : place + 8], bytearray(content[place + 8 : place + 8 + length])
        place += 12 + length
        if payload and draw(st.booleans()):
            payload[draw(st.integers(0, len(payload) - 1))] = draw(st.integers(0, 255))
        changed.append(chunk(kind, bytes(payload)))
    return Upload(name="file.png", data=b"".join(changed))


@st.composite
def archives_of_mutated_files(draw: st.DrawFn) -> Upload:
    """A sound archive with odd member names and mutated members."""
    written, extension = BytesIO(), draw(st.sampled_from(["zip", "npz"]))
    names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    with zipfile.ZipFile(written, "w") as archive:
        for index, upload in enumerate(draw(st.lists(mutated_files(), max_size=3))):
            archive.writestr(f"{draw(names)}{index}{upload.name}", upload.data)
    return Upload(name=f"file.{extension}", data=written.getvalue())


UPLOADS = mutated_files() | random_files() | repaired_pngs() | archives_of_mutated_files()
CHOICES = st.builds(
    Choices,
    num_classes=st.none() | st.integers(-1, 5),
    ignore_label=st.sampled_from(["infer", None, 255, -1]),
    scores=st.sampled_from(["infer", "labels", "probabilities", "logits"]),
    scores_axis=st.sampled_from(["infer", "first", "last"]),
    first_axis=st.sampled_from(["infer", "image", "spatial"]),
    label_255=st.sampled_from(["infer", "foreground", "keep"]),
    match=st.sampled_from(["name", "order"]),
    unmatched=st.sampled_from(["refuse", "intersection"]),
    out_of_range=st.sampled_from(["refuse", "count"]),
    target_one_hot=st.sampled_from(["no", "first", "last"]),
    target_first_label=st.sampled_from(["infer", 0, 1]),
    prediction_first_label=st.sampled_from([0, 1]),
    csv_style=st.sampled_from(["comma", "semicolon", "decimal_comma", "tab"]),
)
# Few axes and short ones, so that target and prediction often fit.
VALUES = arrays.arrays(
    dtype=arrays.boolean_dtypes()
    | arrays.integer_dtypes(endianness="?")
    | arrays.unsigned_integer_dtypes(endianness="?")
    | arrays.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    shape=arrays.array_shapes(max_dims=4, max_side=3),
)


def assert_clear(error: FileError) -> None:
    message = str(error)
    assert message.isprintable()
    assert len(message) <= LONGEST_MESSAGE
    assert "expected " in message


@given(uploads=st.lists(UPLOADS, max_size=3), role=st.sampled_from(["target", "prediction", "image"]))
@settings(max_examples=600)
def test_any_files(uploads: list[Upload], role: Any) -> None:
    try:
        read = read_arrays(uploads, role=role, limits=LIMITS)
    except FileError as error:
        assert_clear(error)
    else:
        assert len(read.values) == len(read.names) > 0
        assert read.values.nbytes <= LIMITS.total_bytes


@given(target=st.lists(UPLOADS, max_size=2), prediction=st.lists(UPLOADS, max_size=2), choices=CHOICES)
@settings(max_examples=300)
def test_any_pair_of_files(target: list[Upload], prediction: list[Upload], choices: Choices) -> None:
    try:
        read_pair(target, prediction, choices=choices, limits=LIMITS)
    except FileError as error:
        assert_clear(error)


@given(
    target=st.lists(UPLOADS, max_size=2),
    predictions=st.lists(UPLOADS, max_size=3),
    models_by=st.sampled_from(["infer", "one", "folder", "file"]),
)
@settings(max_examples=200)
def test_any_models(target: list[Upload], predictions: list[Upload], models_by: Any) -> None:
    try:
        models, _ = split_models(predictions, target=target, models_by=models_by, limits=LIMITS)
        data = read_models(target, models, limits=LIMITS)
    except FileError as error:
        assert_clear(error)
    else:
        assert set(data.predictions) == {model.name for model in models}


@given(content=st.binary(max_size=300) | st.sampled_from(SEEDS["json"] + SEEDS["toml"] + SEEDS["csv"]), data=st.data())
@settings(max_examples=300)
def test_any_legend_or_session(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, max(0, len(changed) - 1)))
        changed[place : place + 1] = data.draw(st.binary(max_size=3))
    for read in (read_session, read_legend):
        for name in ("x.json", "x.csv", "x.toml"):
            try:
                read(name, bytes(changed))
            except FileError as error:
                assert_clear(error)


@given(target=VALUES, prediction=VALUES, choices=CHOICES)
@settings(max_examples=500)
def test_any_pair_of_arrays(target: np.ndarray[Any, Any], prediction: np.ndarray[Any, Any], choices: Choices) -> None:
    try:
        data = read_pair(one(npy(target), "t.npy"), one(npy(prediction), "p.npy"), choices=choices)
    except FileError as error:
        assert_clear(error)
        return
    images, *spatial = data.target.shape
    scored = data.kind == "probabilities"
    assert data.prediction.shape == (images, *([data.num_classes] if scored else []), *spatial)
    assert len(data.image_names) == images
    valid = data.target != data.ignore_label if data.ignore_label is not None else data.target == data.target
    assert bool(((data.target >= 0) & (data.target < data.num_classes))[valid].all())


@given(values=VALUES)
def test_every_array_is_read_exactly(values: np.ndarray[Any, Any]) -> None:
    read = read_arrays(one(npy(values)), role="prediction", first_axis="spatial").values
    np.testing.assert_array_equal(read[0], values)
    assert read.dtype == values.dtype.newbyteorder("=")


@given(
    mask=arrays.arrays(
        dtype=st.sampled_from([np.uint8, np.uint16]), shape=arrays.array_shapes(min_dims=2, max_dims=2, max_side=20)
    )
)
def test_every_grey_png_is_read_exactly(mask: np.ndarray[Any, Any]) -> None:
    read = read_arrays(one(picture(mask), "mask.png"), role="target").values
    np.testing.assert_array_equal(read[0], mask)
    assert read.dtype == mask.dtype
