"""Inputs: what is taken as it comes, and how data that cannot be scored is refused."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import metrics_core as mc
from metrics_core import counting, deciding, histograms
from metrics_core.inputs import InputError, as_tensor

TARGET = np.array([[0, 1, 1, 0], [1, 0, 0, 0]])
PREDICTION = np.array([[0, 1, 0, 0], [1, 1, 0, 0]])
EXPECTED = mc.count(TARGET, PREDICTION, num_classes=2).confusion
# Scores whose highest class is PREDICTION.
SCORES = np.stack([1 - PREDICTION, PREDICTION], 1) * 0.5 + 0.25


def scored(place: tuple[int, ...], value: float, dtype: str = "float64") -> np.ndarray:
    """The scores with one value in place of another."""
    scores = SCORES.astype(dtype)
    scores[place] = value
    return scores


def quietly(make: Callable[[], torch.Tensor]) -> torch.Tensor:
    """What make returns, without torch's warning that this kind of tensor is new or old."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


class TestAccepted:
    @pytest.mark.parametrize(
        "given",
        [
            lambda array: array.tolist(),
            lambda array: tuple(map(tuple, array)),
            lambda array: list(array),
            lambda array: [torch.from_numpy(row) for row in array],
            torch.from_numpy,
            pd.DataFrame,
            lambda array: array.astype(">i4"),
            lambda array: array.astype("<u2"),
            lambda array: array.astype(bool),
            lambda array: torch.from_numpy(array).bool(),
            np.asfortranarray,
            lambda array: np.repeat(array, 2, axis=1)[:, ::2],
            lambda array: array[:, ::-1].copy()[:, ::-1],
            lambda array: torch.from_numpy(np.repeat(array, 2, axis=1))[:, ::2],
            lambda array: torch.from_numpy(array.T.copy()).T,
        ],
        ids=[
            "lists", "tuples", "arrays in a list", "tensors in a list", "tensor", "data frame", "big endian",
            "little endian", "bool", "bool tensor", "Fortran order", "every other", "backwards",
            "every other of a tensor", "transposed tensor",
        ],
    )  # fmt: skip
    def test_labels_in_any_container(self, given: Callable[[np.ndarray], Any]) -> None:
        counted = mc.count(given(TARGET), given(PREDICTION), num_classes=2)
        assert torch.equal(counted.confusion, EXPECTED)

    @pytest.mark.parametrize(
        "given",
        [
            lambda array: array.tolist(),
            torch.from_numpy,
            lambda array: torch.from_numpy(array).requires_grad_(),
            lambda array: [torch.from_numpy(image).requires_grad_() for image in array],
            lambda array: torch.from_numpy(array).bfloat16(),
            lambda array: array.astype("float16"),
            lambda array: array.astype(">f4"),
            lambda array: (array * 255).astype("uint8"),
            lambda array: array * 1000 - 300,
            lambda array: np.ascontiguousarray(array.transpose(0, 2, 1)).transpose(0, 2, 1),
            lambda array: torch.from_numpy(np.repeat(array, 2, axis=2))[:, :, ::2],
        ],
        ids=[
            "lists", "tensor", "requires_grad", "requires_grad in a list", "bfloat16", "float16", "big endian", "uint8",
            "logits", "class axis last in memory", "every other",
        ],
    )  # fmt: skip
    def test_scores_in_any_container(self, given: Callable[[np.ndarray], Any]) -> None:
        assert torch.equal(mc.count(TARGET, given(SCORES), num_classes=2).confusion, EXPECTED)

    @pytest.mark.parametrize("axis", [[], [np.newaxis]], ids=["targets shape", "one channel"])
    def test_probabilities_of_class_1_are_enough_for_two_classes(self, axis: list[None]) -> None:
        foreground = SCORES[:, 1][:, *axis]
        assert torch.equal(mc.count(TARGET, foreground, num_classes=2).confusion, EXPECTED)

    def test_a_probability_of_one_half_is_background(self) -> None:
        # As argmax has it: the first class wins a tie.
        assert mc.count([[0]], [[0.5]], num_classes=2).confusion[0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]

    def test_a_row_of_labels_is_one_image(self) -> None:
        assert mc.count([0, 1, 1], [0, 1, 0], num_classes=2).num_images == 1
        assert mc.count([0, 1, 1], [[0.9, 0.1, 0.8], [0.1, 0.9, 0.2]], num_classes=2).num_images == 1

    @pytest.mark.parametrize("spatial", [(16,), (4, 4), (2, 2, 4), (2, 2, 2, 2)], ids=str)
    def test_any_number_of_spatial_axes(self, spatial: tuple[int, ...]) -> None:
        target, prediction = (np.tile(each, 4).reshape(2, *spatial) for each in (TARGET, PREDICTION))
        scores = np.tile(SCORES, 4).reshape(2, 2, *spatial)
        assert torch.equal(mc.count(target, prediction, num_classes=2).confusion, EXPECTED * 4)
        assert torch.equal(mc.count(target, scores, num_classes=2).confusion, EXPECTED * 4)

    def test_one_pixel(self) -> None:
        assert mc.count([[1]], [[0]], num_classes=2).confusion.sum() == 1

    def test_memory_is_shared_and_never_written(self) -> None:
        assert as_tensor(TARGET, "target").data_ptr() == TARGET.ctypes.data
        read_only = TARGET.copy()
        read_only.flags.writeable = False
        assert torch.equal(mc.count(read_only, PREDICTION, num_classes=2).confusion, EXPECTED)


# What is wrong, the call, and all that the message has to say: field, what was expected, what came, where, advice.
REFUSED: list[tuple[str, Callable[[], object], list[str]]] = [
    (
        "masked target",
        lambda: mc.count(np.ma.masked_equal(TARGET, 1), PREDICTION, num_classes=2),
        ["target", "mask would be lost", "void label", "ignore_label"],
    ),
    (
        "masked arrays in a list",
        lambda: mc.count(TARGET, list(np.ma.masked_equal(PREDICTION, 1)), num_classes=2),
        ["prediction", "mask would be lost"],
    ),
    (
        "ragged list",
        lambda: mc.count([[0, 1], [0]], [[0, 1], [0]], num_classes=2),
        ["target", "regular array", "different lengths"],
    ),
    (
        "ragged tensors in a list",
        lambda: mc.count([torch.zeros(2), torch.zeros(3)], PREDICTION, num_classes=2),
        ["target", "regular array", "different shapes"],
    ),
    (
        "sparse tensor",
        lambda: mc.count(TARGET, torch.from_numpy(PREDICTION).to_sparse(), num_classes=2),
        ["prediction", "dense", "got a sparse tensor", "convert"],
    ),
    (
        "sparse rows",
        lambda: mc.count(quietly(lambda: torch.from_numpy(TARGET).to_sparse_csr()), PREDICTION, num_classes=2),
        ["target", "dense", "got a sparse tensor"],
    ),
    (
        "nested tensor",
        lambda: mc.count(
            quietly(lambda: torch.nested.nested_tensor(list(torch.from_numpy(TARGET)))), PREDICTION, num_classes=2
        ),
        ["target", "dense", "got a nested tensor"],
    ),
    (
        "quantized tensor",
        lambda: mc.count(
            TARGET, quietly(lambda: torch.quantize_per_tensor(torch.ones(2, 4), 1.0, 0, torch.quint8)), num_classes=2
        ),
        ["prediction", "dense", "got a quantized tensor"],
    ),
    (
        "tensor without values",
        lambda: mc.count(torch.zeros((2, 4), dtype=torch.int64, device="meta"), PREDICTION, num_classes=2),
        ["target", "with values", "meta"],
    ),
    ("texts", lambda: mc.count("0110", PREDICTION, num_classes=2), ["target", "numbers", "got dtype <U4"]),
    ("nothing", lambda: mc.count(TARGET, None, num_classes=2), ["prediction", "numbers", "got dtype object"]),  # pyright: ignore[reportArgumentType]
    (
        "dates",
        lambda: mc.count(TARGET.astype("datetime64[D]"), PREDICTION, num_classes=2),
        ["target", "numbers", "got dtype datetime64[D]"],
    ),
    (
        "complex numbers",
        lambda: mc.count(TARGET, SCORES.astype(complex), num_classes=2),
        ["prediction", "numbers", "got dtype complex128"],
    ),
    (
        "missing values of pandas",
        lambda: mc.count(pd.DataFrame(TARGET, dtype="Int64").replace(1, pd.NA), PREDICTION, num_classes=2),  # pyright: ignore[reportArgumentType]
        ["target", "got"],
    ),
    (
        "float target",
        lambda: mc.count(TARGET * 0.5, PREDICTION, num_classes=2),
        ["target", "integer labels", "got torch.float64", "target.long()"],
    ),
    (
        "target and scores exchanged",
        lambda: mc.count(SCORES, TARGET, num_classes=2),
        ["target", "got torch.float64", "swap the arguments"],
    ),
    ("a single number", lambda: mc.count(1, 1, num_classes=2), ["target", "[image, *spatial]", "got shape ()"]),  # pyright: ignore[reportArgumentType]
    ("empty list", lambda: mc.count([], [], num_classes=2), ["target", "at least one pixel", "got shape (0,)"]),
    (
        "no image",
        lambda: mc.count(TARGET[:0], PREDICTION[:0], num_classes=2),
        ["target", "at least one pixel", "got shape (0, 4)"],
    ),
    (
        "images without pixels",
        lambda: mc.count(TARGET[:, :0], PREDICTION[:, :0], num_classes=2),
        ["target", "at least one pixel", "got shape (2, 0)"],
    ),
    (
        "no class",
        lambda: mc.count(TARGET, PREDICTION, num_classes=0),
        ["num_classes", "at least 1", "got 0"],
    ),
    (
        "number of classes that is no integer",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2.0),  # pyright: ignore[reportArgumentType]
        ["num_classes", "integer", "got 2.0"],
    ),
    (
        "more classes than memory",
        lambda: mc.count(TARGET, PREDICTION, num_classes=70_000),
        ["2 images with 70000 classes", "73.0 GiB", "32 for all are the limits", "check num_classes"],
    ),
    (
        "ignored label that is no integer",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, ignore_label=255.0),  # pyright: ignore[reportArgumentType]
        ["ignore_label", "integer", "got 255.0"],
    ),
    (
        "ignored label beyond 64 bits",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, ignore_label=2**63),
        ["ignore_label", "64 bits", "got 9223372036854775808"],
    ),
    (
        "prediction of another shape",
        lambda: mc.count(TARGET, PREDICTION[:, :3], num_classes=2),
        ["prediction", "shape (2, 4)", "got (2, 3)"],
    ),
    (
        "another number of images",
        lambda: mc.count(TARGET, PREDICTION[:1], num_classes=2),
        ["prediction", "shape (2, 4)", "got (1, 4)"],
    ),
    (
        "height and width exchanged",
        lambda: mc.count(np.zeros((1, 2, 3), int), np.zeros((1, 3, 2), int), num_classes=2),
        ["prediction", "shape (1, 2, 3)", "got (1, 3, 2)"],
    ),
    (
        "class axis last",
        lambda: mc.count(np.zeros((1, 4, 5), int), np.zeros((1, 4, 5, 3)), num_classes=3),
        ["scores", "(1, 3, 4, 5)", "num_classes=3", "got (1, 4, 5, 3)", "move the class axis to 1"],
    ),
    (
        "another number of classes",
        lambda: mc.count(TARGET, SCORES, num_classes=3),
        ["scores", "(2, 3, 4)", "num_classes=3", "got (2, 2, 4)"],
    ),
    (
        "one score for three classes",
        lambda: mc.count(TARGET, SCORES[:, 1], num_classes=3),
        ["prediction", "integer labels", "got torch.float64", "[image, class, *spatial]"],
    ),
    (
        "scores that are wide integers",
        lambda: mc.count(TARGET, SCORES.astype(int), num_classes=2),
        ["scores", "floats, or uint8", "got torch.int64"],
    ),
    (
        "label beyond the classes",
        lambda: mc.count([[[0, 1], [7, 0]]], np.zeros((1, 2, 2), int), num_classes=2),
        ["target has label 7", "image 0 (row 1, column 0)", "num_classes is 2", "ignore_label=7"],
    ),
    (
        "negative label",
        lambda: mc.count([[0, 0], [0, -1]], [[0, 0], [0, 0]], num_classes=2),
        ["target has label -1", "image 1 (pixel 1)", "ignore_label=-1"],
    ),
    (
        "label beyond the classes in a volume",
        lambda: mc.count(np.full((1, 1, 1, 2), 2), np.zeros((1, 1, 1, 2), int), num_classes=2),
        ["target has label 2", "image 0 (slice 0, row 0, column 0)"],
    ),
    (
        "label beyond the classes in four dimensions",
        lambda: mc.count(np.full((1, 1, 1, 1, 2), 2), np.zeros((1, 1, 1, 1, 2), int), num_classes=2),
        ["target has label 2", "image 0 (pixel (0, 0, 0, 0))"],
    ),
    (
        "void label that was not declared",
        lambda: mc.count([[0, 255]], [[0, 1]], num_classes=2, ignore_label=254),
        ["target has label 255", "image 0 (pixel 1)", "ignore_label=255"],
    ),
    (
        "label of a NaN that was cast",
        lambda: mc.count([[0, np.iinfo(np.int64).min]], [[0, 1]], num_classes=2),
        ["target has label -9223372036854775808"],
    ),
    (
        "void label beyond 64 bits with a sign",
        lambda: mc.count(np.array([[2**64 - 1]], np.uint64), [[0]], num_classes=2),
        ["target has label 18446744073709551615", "if it marks void pixels, give them a label below 2^63"],
    ),
    (
        "wide label",
        lambda: mc.count([[0, 2**40]], [[0, 1]], num_classes=2),
        ["target has label 1099511627776", "image 0 (pixel 1)"],
    ),
    (
        "predicted label beyond the classes",
        lambda: mc.count([[[0, 1]]], [[[0, 5]]], num_classes=2, ignore_label=255),
        ["prediction has label 5", "image 0 (row 0, column 1)", "raise num_classes", "out_of_range='count'"],
    ),
    (
        "NaN among the scores",
        lambda: mc.count(TARGET, scored((1, 1, 2), math.nan), num_classes=2),
        ["prediction has score nan", "image 1, class 1 (pixel 2)", "expected numbers", "replace NaN"],
    ),
    (
        "NaN in half precision",
        lambda: mc.count(TARGET, scored((1, 0, 3), math.nan, "float16"), num_classes=2),
        ["prediction has score nan", "image 1, class 0 (pixel 3)"],
    ),
    (
        "NaN where the void label is the number of classes",
        lambda: mc.count(TARGET, scored((0, 0, 0), math.nan), num_classes=2, ignore_label=2),
        ["prediction has score nan", "image 0, class 0 (pixel 0)"],
    ),
    (
        "NaN where labels beyond the classes are counted",
        lambda: mc.count(TARGET, scored((0, 0, 0), math.nan), num_classes=2, out_of_range="count"),
        ["prediction has score nan"],
    ),
    (
        "logit of one channel",
        lambda: mc.count([[[0, 1]]], [[[0.25, 3.0]]], num_classes=2),
        ["prediction has score 3.0", "image 0, class 1 (row 0, column 1)", "probabilities of class 1", "sigmoid"],
    ),
    (
        "probability a little above 1",
        lambda: mc.count([[0, 1]], [[0.5, 1.0000001]], num_classes=2),
        ["prediction has score 1.0000001", "image 0, class 1 (pixel 1)", "[0, 1]"],
    ),
    (
        "NaN in one channel",
        lambda: mc.count([[0, 1]], [[0.5, math.nan]], num_classes=2),
        ["prediction has score nan", "image 0, class 1 (pixel 1)"],
    ),
    (
        "histogram of labels",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, histogram="pooled"),
        ["histogram", "[image, class, *spatial]", "holds labels"],
    ),
    (
        "histogram of NaN at a void pixel",
        lambda: mc.count([[255, 1]], [[math.nan, 0.5]], num_classes=2, ignore_label=255, histogram="pooled"),
        ["prediction has score nan", "expected numbers, on void pixels too"],
    ),
    (
        "histogram of logits",
        lambda: mc.count(TARGET, scored((1, 0, 2), -0.5), num_classes=2, histogram="pooled"),
        ["prediction has score -0.5", "image 1, class 0 (pixel 2)", "probabilities in [0, 1]", "softmax"],
    ),
    (
        "histogram of infinity",
        lambda: mc.count(TARGET, scored((0, 1, 1), math.inf), num_classes=2, histogram="per_image"),
        ["prediction has score inf", "image 0, class 1 (pixel 1)"],
    ),
    (
        "histogram of a logit of one channel",
        lambda: mc.count([[0, 1]], [[0.5, 3.0]], num_classes=2, histogram="pooled"),
        ["prediction has score 3.0", "image 0, class 1 (pixel 1)", "sigmoid"],
    ),
    (
        "unknown histogram",
        lambda: mc.count(TARGET, SCORES, num_classes=2, histogram="per-image"),  # pyright: ignore[reportArgumentType]
        ["histogram", "'none', 'pooled', 'per_image'", "got 'per-image'"],
    ),
    (
        "unknown rule for labels beyond the classes",
        lambda: mc.count(TARGET, SCORES, num_classes=2, out_of_range="clamp"),  # pyright: ignore[reportArgumentType]
        ["out_of_range", "'refuse', 'count'", "got 'clamp'"],
    ),
    (
        "too few class names",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, class_names=["road"]),
        ["class_names", "2 names", "got 1"],
    ),
    (
        "too many image names",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, image_names=["a", "b", "c"]),
        ["image_names", "2 names", "got 3"],
    ),
    (
        "image names that repeat",
        lambda: mc.count(TARGET, PREDICTION, num_classes=2, image_names=["a", "a"]),
        ["image names", "unique", "'a' occurs 2 times", "drop the repeats"],
    ),
]


class TestRefused:
    @pytest.mark.parametrize("on_cpu", [True, False], ids=["CPU", "any device"])
    @pytest.mark.parametrize(("call", "says"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
    def test_the_message_says_what_where_and_what_to_do(
        self, call: Callable[[], object], says: list[str], on_cpu: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (counting, deciding, histograms):
            monkeypatch.setattr(module, "in_main_memory", lambda _: on_cpu)
        with pytest.raises(InputError) as refusal:
            call()
        message = str(refusal.value)
        assert [part for part in says if part not in message] == []
        assert "\n" not in message
        assert len(message) < 250

    @pytest.mark.skipif(np.longdouble().itemsize == 8, reason="no wider float on this machine")
    def test_floats_wider_than_64_bits(self) -> None:
        with pytest.raises(InputError, match="prediction must hold numbers of at most 64 bits; got dtype float"):
            mc.count(TARGET, SCORES.astype(np.longdouble), num_classes=2)

    def test_devices_that_differ(self) -> None:
        with FakeTensorMode():
            there = torch.zeros((2, 4), dtype=torch.int64, device="cuda")
            here = torch.zeros((2, 4), dtype=torch.int64)
            with pytest.raises(InputError, match="target is on cuda:0 but prediction on cpu; move them to one device"):
                mc.count(there, here, num_classes=2)

    def test_an_input_error_is_a_value_error(self) -> None:
        assert issubclass(InputError, ValueError)

    def test_the_first_bad_label_is_named(self) -> None:
        target = np.zeros((3, 2, 2), int)
        target[1, 1, 0] = target[2, 0, 0] = 9
        with pytest.raises(InputError, match=r"label 9 at image 1 \(row 1, column 0\)"):
            mc.count(target, np.zeros_like(target), num_classes=2)

    def test_a_void_label_is_never_the_bad_one(self) -> None:
        with pytest.raises(InputError, match=r"label 9 at image 0 \(pixel 2\)"):
            mc.count([[255, 0, 9]], [[0, 0, 0]], num_classes=2, ignore_label=255)

    def test_one_nan_among_millions_is_found(self) -> None:
        scores = np.full((4, 2, 200, 300), 0.5, np.float32)
        scores[3, 1, 3, 200] = math.nan
        with pytest.raises(InputError, match=r"image 3, class 1 \(row 3, column 200\)"):
            mc.count(np.zeros((4, 200, 300), np.uint8), scores, num_classes=2)
