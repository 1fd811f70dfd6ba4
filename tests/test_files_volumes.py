"""Volumes: NIfTI and NRRD files, their spacing, and where they lie."""

from __future__ import annotations

import gzip
import io
import re
import struct
from collections.abc import Callable
from typing import Any

import nibabel
import nrrd
import numpy as np
import pytest

from metrics_core.files import Limits, UserData, read_arrays, read_pair
from tests.test_files import one, refusal_of

SMALL = Limits(total_bytes=2**20)
LABELS = np.arange(24, dtype=np.uint8).reshape(4, 3, 2) % 3  # [x, y, z] as the formats count
AFFINE = np.diag([0.5, 0.75, 3.0, 1.0])


def nifti(
    array: Any, *, affine: Any = AFFINE, slope: float | None = None, intercept: float = 0, kind: Any = None
) -> bytes:
    image = (kind or nibabel.Nifti1Image)(np.asarray(array), affine, dtype=np.asarray(array).dtype)
    content = bytearray(image.to_bytes())
    if slope is not None:
        content[112:120] = struct.pack("<ff", slope, intercept)
    return bytes(content)


def seg_nrrd(array: Any, **header: Any) -> bytes:
    written = io.BytesIO()
    nrrd.write(written, np.asarray(array), {"encoding": "raw", **header})
    return written.getvalue()


SPACED = {
    "space": "left-posterior-superior",
    "space directions": np.diag([-0.5, -0.75, 3.0]),
    "space origin": np.zeros(3),
    "kinds": ["domain"] * 3,
}


def volume_pair(target: bytes, prediction: bytes, names: tuple[str, str] = ("v.nii", "v.nii")) -> UserData:
    return read_pair(one(target, names[0]), one(prediction, names[1]))


class TestNifti:
    @pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
    @pytest.mark.parametrize(("name", "pack"), [("m.nii", bytes), ("m.nii.gz", gzip.compress)])
    def test_axes_are_slice_row_column(self, kind: Any, name: str, pack: Callable[[bytes], bytes]) -> None:
        read = read_arrays(one(pack(nifti(LABELS, kind=kind)), name), role="target")
        np.testing.assert_array_equal(read.values, LABELS.T[None])
        assert read.spacing == (3.0, 0.75, 0.5)
        assert read.names == ("m",)

    @pytest.mark.parametrize("dtype", [np.uint8, ">i2", np.int32, np.uint16, np.float32, ">f8", np.int8])
    def test_values_are_exact(self, dtype: Any) -> None:
        written = nibabel.Nifti1Image(LABELS.astype(dtype), AFFINE, dtype=np.dtype(dtype))
        header = nibabel.Nifti1Header(endianness=">" if np.dtype(dtype).byteorder == ">" else "<")
        header.set_data_dtype(dtype)
        content = nibabel.Nifti1Image(LABELS.astype(dtype), AFFINE, header).to_bytes()
        for data in (content, written.to_bytes()):
            np.testing.assert_array_equal(read_arrays(one(data, "m.nii"), role="prediction").values[0], LABELS.T)

    def test_a_flat_image_is_two_dimensional(self) -> None:
        read = read_arrays(one(nifti(LABELS[:, :, :1]), "m.nii"), role="target")
        assert read.values.shape == (1, 3, 4)
        assert read.spacing == (0.75, 0.5)

    def test_scores_of_classes_in_the_fourth_axis(self) -> None:
        scores = np.random.default_rng(0).dirichlet(np.ones(3), (4, 3, 2)).astype(np.float32)
        data = volume_pair(nifti(LABELS), nifti(scores))
        assert data.prediction.shape == (1, 3, 2, 3, 4)
        np.testing.assert_array_equal(data.prediction[0], scores.transpose(3, 2, 1, 0))
        assert data.spacing == (3.0, 0.75, 0.5)

    @pytest.mark.parametrize("slope", [0.0, 1.0, float("nan")])
    def test_a_slope_of_nothing_changes_nothing(self, slope: float) -> None:
        read = read_arrays(one(nifti(LABELS, slope=slope), "m.nii"), role="target")
        np.testing.assert_array_equal(read.values[0], LABELS.T)
        assert read.notices == ()

    def test_a_slope_is_applied_and_fractions_of_labels_are_refused(self) -> None:
        half = nifti(LABELS, slope=0.5)
        assert "0.5 * value + 0" in read_arrays(one(half, "m.nii"), role="target").notices[0]
        assert "expected whole-number labels, got 0.5" in refusal_of(lambda: volume_pair(half, half))
        assert volume_pair(nifti(LABELS, slope=1, intercept=1), nifti(LABELS)).target.max() == 3

    def test_volumes_at_different_places_are_remarked(self) -> None:
        turned = np.diag([-0.5, 0.75, 3.0, 1.0])
        assert "the affine maps differ" in volume_pair(nifti(LABELS), nifti(LABELS, affine=turned)).notices[0]
        wide = np.diag([0.5, 0.75, 5.0, 1.0])
        assert (
            "3 x 0.75 x 0.5 mm and 5 x 0.75 x 0.5 mm"
            in volume_pair(nifti(LABELS), nifti(LABELS, affine=wide)).notices[0]
        )
        assert volume_pair(nifti(LABELS), nifti(LABELS)).notices == ()

    def test_a_spacing_of_zero_is_none(self) -> None:
        content = bytearray(nifti(LABELS))
        content[76 + 4 : 76 + 8] = struct.pack("<f", 0)
        read = volume_pair(bytes(content), bytes(content))
        assert read.spacing is None
        assert "the spacing is not above 0" in read.notices[0]

    def test_a_bomb_is_refused_before_it_is_inflated(self) -> None:
        bomb = gzip.compress(nifti(np.zeros((200, 200, 200), np.uint8)))
        assert len(bomb) < 100_000
        message = refusal_of(lambda: read_arrays(one(bomb, "m.nii.gz"), role="target", limits=SMALL))
        assert "at most 1,048,576 bytes in all once decoded, got 8,000,000" in message

    def test_more_data_than_the_header_says(self) -> None:
        content = nifti(LABELS)
        for name, data in (("m.nii", content + b"\0"), ("m.nii.gz", gzip.compress(content + b"\0"))):
            refusal_of(lambda name=name, data=data: read_arrays(one(data, name), role="target"))

    @pytest.mark.parametrize(
        ("place", "value", "got"),
        [
            (40, struct.pack("<8h", 3, -4, 3, 2, 1, 1, 1, 1), "damaged|dim"),
            (40, struct.pack("<8h", 3, 32_767, 32_767, 32_767, 1, 1, 1, 1), "got 35,"),
            (40, struct.pack("<8h", 9, 4, 3, 2, 1, 1, 1, 1), "dim|damaged|other"),
            (70, struct.pack("<h", 128), "colours|damaged"),
            (70, struct.pack("<h", 32), "complex|damaged"),
            (70, struct.pack("<h", 9999), "damaged"),
            (108, struct.pack("<f", float("nan")), "vox_offset nan"),
            (108, struct.pack("<f", 1e30), "vox_offset 1e[+]30"),
            (344, b"ni1\0", "values are in another file"),
        ],
    )
    def test_headers_that_lie(self, place: int, value: bytes, got: str) -> None:
        content = bytearray(nifti(LABELS))
        content[place : place + len(value)] = value
        message = refusal_of(lambda: read_arrays(one(bytes(content), "m.nii"), role="target"))
        assert re.search(got, message.split(", got ")[1] + message), message

    @pytest.mark.parametrize("cut", [10, 347, 351, 370])
    def test_cut_files(self, cut: int) -> None:
        refusal_of(lambda: read_arrays(one(nifti(LABELS)[:cut], "m.nii"), role="target"))
        zipped = gzip.compress(nifti(LABELS))
        refusal_of(lambda: read_arrays(one(zipped[: len(zipped) * cut // 400], "m.nii.gz"), role="target"))


class TestNrrd:
    @pytest.mark.parametrize("encoding", ["raw", "gzip"])
    @pytest.mark.parametrize("dtype", ["u1", ">i2", "<u4", ">f4", "<f8", "i1", "<i8"])
    def test_values_are_exact(self, encoding: str, dtype: str) -> None:
        read = read_arrays(
            one(seg_nrrd(LABELS.astype(dtype), encoding=encoding, **SPACED), "m.nrrd"), role="prediction"
        )
        np.testing.assert_array_equal(read.values[0], LABELS.T)
        assert read.spacing == (3.0, 0.75, 0.5)

    def test_spacings_without_directions(self) -> None:
        data = seg_nrrd(LABELS, spacings=[0.5, 0.75, 3.0])
        assert read_arrays(one(data, "m.nrrd"), role="target").spacing == (3.0, 0.75, 0.5)
        assert read_arrays(one(seg_nrrd(LABELS), "m.nrrd"), role="target").spacing is None

    def test_components_in_the_first_axis_are_scores(self) -> None:
        scores = np.random.default_rng(0).dirichlet(np.ones(3), (4, 3, 2)).astype(np.float32)
        data = seg_nrrd(np.moveaxis(scores, -1, 0), kinds=["list", "domain", "domain", "domain"])
        read = volume_pair(seg_nrrd(LABELS), data, ("v.nrrd", "v.nrrd"))
        np.testing.assert_array_equal(read.prediction[0], scores.transpose(3, 2, 1, 0))

    def test_the_same_place_as_in_nifti(self) -> None:
        assert volume_pair(nifti(LABELS), seg_nrrd(LABELS, **SPACED), ("v.nii", "v.nrrd")).notices == ()
        other = SPACED | {"space": "right-anterior-superior"}
        assert "affine" in volume_pair(nifti(LABELS), seg_nrrd(LABELS, **other), ("v.nii", "v.nrrd")).notices[0]

    def test_no_other_file_is_opened(self) -> None:
        for line in (b"data file: /etc/passwd\n", b"datafile: LIST\n"):
            data = seg_nrrd(LABELS).replace(b"encoding: raw\n", b"encoding: raw\n" + line)
            message = refusal_of(lambda data=data: read_arrays(one(data, "m.nrrd"), role="target"))
            assert "got a header that names another file" in message

    @pytest.mark.parametrize(
        ("line", "other", "got"),
        [
            (b"encoding: raw", b"encoding: bzip2", "'bzip2'"),
            (b"encoding: raw", b"encoding: hex", "'hex'"),
            (b"encoding: raw", b"encoding: raw\nbyte skip: -1", "a skip"),
            (b"sizes: 4 3 2", b"sizes: 4000000000 4000000000 4000000000", "64,000,000"),
            (b"sizes: 4 3 2", b"sizes: 99999999999999999999 3 2", "sizes (-"),
            (b"sizes: 4 3 2", b"sizes: 4 -3 2", "sizes (4, -3, 2)"),
            (b"sizes: 4 3 2", b"sizes: 4 3", "sizes (4, 3)"),
            (b"sizes: 4 3 2", b"sizes: 4 3 3", "24"),
            (b"type: uint8", b"type: block", "'block'"),
            (b"type: uint8", b"type: short", "expected endian"),
            (b"type: uint8", b"typo", "a damaged one"),
            (b"NRRD0005", b"NRRD0009", "a damaged one"),
            (b"dimension: 3", b"dimension: 3\ndimension: 3", "a damaged one"),
            (b"\n\n", b"\n", "none in the first"),
        ],
    )
    def test_headers_that_lie(self, line: bytes, other: bytes, got: str) -> None:
        data = seg_nrrd(LABELS)
        assert line in data
        message = refusal_of(lambda: read_arrays(one(data.replace(line, other), "m.nrrd"), role="target"))
        assert got in message

    def test_a_bomb_is_refused_before_it_is_inflated(self) -> None:
        bomb = seg_nrrd(np.zeros((200, 200, 200), np.uint8), encoding="gzip")
        assert "8,000,000" in refusal_of(lambda: read_arrays(one(bomb, "m.nrrd"), role="target", limits=SMALL))
        liar = bomb.replace(b"sizes: 200 200 200", b"sizes: 20 20 20")
        assert "got more" in refusal_of(lambda: read_arrays(one(liar, "m.nrrd"), role="target", limits=SMALL))
