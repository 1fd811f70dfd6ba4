"""Fingerprints: they change with any change of a tensor, and with nothing else."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from metrics_core.compat.fingerprint import LANES, fingerprint
from metrics_core.kernels.threads import SMALL_WORK

WORD = 8
ROW = WORD * LANES


@given(size=st.integers(1, 3 * ROW), data=st.data())
def test_every_changed_byte_changes_the_fingerprint(size: int, data: st.DataObject) -> None:
    place, change = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, 255))
    tensor = torch.zeros(size, dtype=torch.uint8)
    before = fingerprint(tensor)
    tensor[place] = change
    assert fingerprint(tensor) != before
    tensor[place] = 0
    assert fingerprint(tensor) == before


@pytest.mark.parametrize("place", [0, 1, 12345, -1])
def test_a_changed_byte_of_a_large_tensor_that_several_threads_read(place: int) -> None:
    tensor = torch.zeros(WORD * SMALL_WORK + 5, dtype=torch.uint8)
    before = fingerprint(tensor)
    tensor[place] = 1
    assert fingerprint(tensor) != before


def test_swapped_values_change_it() -> None:
    tensor = torch.arange(4 * ROW)
    before = fingerprint(tensor)
    for distance in (1, LANES, 2 * LANES):
        swapped = tensor.clone()
        swapped[0], swapped[distance] = tensor[distance], tensor[0]
        assert fingerprint(swapped) != before


def test_changed_signs_do_not_undo_each_other() -> None:
    numbers = torch.ones(32, 2 * LANES)
    before = fingerprint(numbers)
    for places in ([(10, 1), (11, 1)], [(10, 1), (11, 0), (11, 1)], [(10, 0), (10, 1), (11, 0), (11, 1)]):
        changed = numbers.clone()
        for place in places:
            changed[place] *= -1
        assert fingerprint(changed) != before


def test_shape_and_dtype_are_part_of_it() -> None:
    zeros = torch.zeros(8, dtype=torch.int64)
    others = [zeros.reshape(2, 4), zeros.reshape(1, 8), zeros[:7], zeros.double(), zeros.view(torch.uint8)]
    assert fingerprint(zeros) not in {fingerprint(other) for other in others}


def test_equal_values_have_equal_fingerprints_however_they_lie_in_memory() -> None:
    values = torch.arange(600).reshape(20, 30)
    transposed = values.T.contiguous().T
    shifted = torch.cat([torch.zeros(1, dtype=torch.uint8), torch.ones(999, dtype=torch.uint8)])[1:]
    assert fingerprint(values) == fingerprint(transposed) == fingerprint(values.clone())
    assert fingerprint(shifted) == fingerprint(torch.ones(999, dtype=torch.uint8))
    assert fingerprint(torch.arange(6)[::2][1:2]) == fingerprint(torch.tensor([2]))


def test_any_dtype_and_an_empty_tensor() -> None:
    for dtype in (torch.bfloat16, torch.float16, torch.bool, torch.int8):
        assert fingerprint(torch.zeros(70, dtype=dtype)) != fingerprint(torch.ones(70, dtype=dtype))
    assert len(fingerprint(torch.zeros(0))) == 16
