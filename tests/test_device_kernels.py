"""The kernels for any device: no shape depends on data, nothing is read back, and the values are those of the CPU's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DynamicOutputShapeException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import metrics_core as mc
from metrics_core.bins import BYTE_BINS, HALF_BINS, Bins
from metrics_core.curves import exact
from metrics_core.kernels import torch as counting_kernel
from metrics_core.kernels import torch_curves, torch_histogram

# Operations of which neither the output's shape nor its values need a look at the data by the host.
NEVER_WAIT = {
    "__rshift__", "_to_copy", "_unsafe_view", "abs", "add", "arange", "bitwise_and", "bitwise_and_", "bitwise_not",
    "bitwise_xor", "cat", "ceil", "clamp", "clone", "cumsum", "cummax", "detach", "div", "eq", "full", "ge", "gt",
    "index", "isnan", "lt", "max", "mul", "ne", "neg", "ones_like", "permute", "roll", "scalar_tensor", "scatter_add_",
    "scatter_reduce_", "select", "slice", "sort", "stack", "sub", "sum", "unsqueeze", "view", "where", "zeros",
    "zeros_like",
}  # fmt: skip
Kernel = tuple[Callable[..., object], tuple[Tensor, ...]]


def histogram_kernel(bins: Bins, dtype: torch.dtype, images: Any) -> Kernel:
    def kernel(target: Tensor, scores: Tensor) -> tuple[Tensor, ...]:
        codes = torch_histogram.row_codes(target, 3, 255)
        return torch_histogram.tabulate_scores(codes, scores, num_classes=3, bins=bins, images=images)

    return kernel, (torch.zeros((2, 5), dtype=torch.int64), torch.zeros((2, 3, 5), dtype=dtype))


def areas_kernel(codes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    return torch_curves.sums(torch_curves.rank(codes, scores, 1, 3))


LABELS = torch.zeros((2, 5), dtype=torch.uint8)
KERNELS: dict[str, Kernel] = {
    "tables": (lambda t, p: counting_kernel.tabulate(t, p, 3, 255), (LABELS, LABELS)),
    "tables without void": (lambda t, p: counting_kernel.tabulate(t, p, 3, None), (LABELS, LABELS)),
    "weighted tables": (
        lambda t, p, w: counting_kernel.tabulate(t, p, 3, 255, w),
        (LABELS, LABELS, torch.zeros((2, 5), dtype=torch.float64)),
    ),
    "highest scores": (counting_kernel.argmax, (torch.zeros((2, 3, 5)),)),
    "byte histogram": histogram_kernel(BYTE_BINS, torch.uint8, "per_image"),
    "half histogram": histogram_kernel(HALF_BINS, torch.float16, "pooled"),
    "uniform histogram": histogram_kernel(Bins(kind="uniform", count=64), torch.float32, "per_image"),
    "mirrored histogram": histogram_kernel(Bins(kind="mirrored_log", count=256), torch.float64, "pooled"),
    "areas": (areas_kernel, (torch.zeros(10, dtype=torch.int64), torch.zeros(10))),
    "areas of bytes": (areas_kernel, (torch.zeros(10, dtype=torch.int64), torch.zeros(10, dtype=torch.uint8))),
}
WAITS: Kernel = (lambda codes: torch.bincount(codes, minlength=4), (torch.zeros(5, dtype=torch.int64),))
every_kernel = pytest.mark.parametrize(("kernel", "inputs"), KERNELS.values(), ids=list(KERNELS))


class OperationNames(TorchDispatchMode):
    """Notes the names of the operations that ran."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(func._schema.name.removeprefix("aten::"))
        return func(*args, **(kwargs or {}))


class Module(nn.Module):
    """A kernel as torch.export wants it."""

    def __init__(self, kernel: Callable[..., object]) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self, *inputs: Tensor) -> object:
        return self.kernel(*inputs)


def exported_operations(kernel: Callable[..., object], inputs: tuple[Tensor, ...]) -> set[str]:
    graph = torch.export.export(Module(kernel), inputs).graph
    return {str(node.target).removeprefix("aten.").split(".")[0] for node in graph.nodes if node.op == "call_function"}


class TestNothingWaits:
    @every_kernel
    def test_shapes_never_depend_on_data(self, kernel: Callable[..., object], inputs: tuple[Tensor, ...]) -> None:
        with FakeTensorMode(allow_non_fake_inputs=False) as fake:
            kernel(*(fake.from_tensor(each) for each in inputs))

    @every_kernel
    def test_only_operations_that_never_wait_run(
        self, kernel: Callable[..., object], inputs: tuple[Tensor, ...]
    ) -> None:
        with OperationNames() as noted:
            kernel(*inputs)
        assert noted.names <= NEVER_WAIT

    @every_kernel
    def test_the_exported_graph_reads_nothing_back(
        self, kernel: Callable[..., object], inputs: tuple[Tensor, ...]
    ) -> None:
        operations = exported_operations(kernel, inputs)
        assert operations
        assert not operations & {"_local_scalar_dense", "item", "nonzero", "bincount", "masked_select", "unique"}

    @every_kernel
    def test_one_graph_holds_the_whole_kernel(self, kernel: Callable[..., object], inputs: tuple[Tensor, ...]) -> None:
        compiled = torch.compile(kernel, fullgraph=True, backend="eager")
        mine, plain = (
            result if isinstance(result, tuple) else (result,) for result in (compiled(*inputs), kernel(*inputs))
        )
        assert all(torch.equal(a, b) for a, b in zip(mine, plain, strict=True))

    def test_the_checks_would_notice_a_kernel_that_waits(self) -> None:
        kernel, inputs = WAITS
        with FakeTensorMode() as fake, pytest.raises(DynamicOutputShapeException):
            kernel(*(fake.from_tensor(each) for each in inputs))
        with OperationNames() as noted:
            kernel(*inputs)
        assert not noted.names <= NEVER_WAIT
        assert "bincount" in exported_operations(kernel, inputs)


DTYPES = [torch.float16, torch.float32, torch.float64, torch.uint8]


def ranked_example(dtype: torch.dtype, seed: int, void: int | None) -> tuple[Tensor, Tensor]:
    """Labels of three classes, void at places, and scores with many ties."""
    random = np.random.default_rng(seed)
    target = torch.from_numpy(random.integers(0, 3, (3, 40)))
    if void is not None:
        target[:, ::7] = void
    scores = random.integers(0, 12, (3, 3, 40))
    return target, torch.from_numpy(scores if dtype == torch.uint8 else (scores - 5) / 3).to(dtype)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every tensor as one of another device."""
    monkeypatch.setattr(exact, "in_main_memory", lambda _: False)


class TestCurves:
    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("void", [None, 255, 1])
    @given(seed=st.integers(0, 50))
    def test_areas_and_points_are_those_of_the_cpu(self, dtype: torch.dtype, void: int | None, seed: int) -> None:
        target, scores = ranked_example(dtype, seed, void)
        options: Any = {"num_classes": 3, "ignore_label": void}
        here, curves = mc.curve_areas(target, scores, **options), mc.roc_curve(target, scores, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exact, "in_main_memory", lambda _: False)
            there, device_curves = mc.curve_areas(target, scores, **options), mc.roc_curve(target, scores, **options)
        assert torch.equal(there.auroc.nan_to_num(-1), here.auroc.nan_to_num(-1))
        assert torch.allclose(there.average_precision, here.average_precision, rtol=1e-14, atol=0, equal_nan=True)
        for mine, other in zip(curves, device_curves, strict=True):
            assert torch.equal(mine.thresholds, other.thresholds)
            assert torch.equal(mine.tp, other.tp)
            assert torch.equal(mine.fp, other.fp)

    @pytest.mark.usefixtures("elsewhere")
    @pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.uint32, torch.uint64], ids=str)
    def test_labels_without_a_sign(self, dtype: torch.dtype) -> None:
        target, scores = ranked_example(torch.float32, 0, 255)
        signed = mc.auroc(target, scores, num_classes=3, ignore_label=255)
        assert torch.equal(mc.auroc(target.to(dtype), scores, num_classes=3, ignore_label=255), signed)

    @pytest.mark.usefixtures("elsewhere")
    def test_errors_name_the_place(self) -> None:
        target, scores = ranked_example(torch.float32, 0, None)
        scores[1, 2, 3] = torch.nan
        with pytest.raises(mc.InputError, match=r"score nan at image 1, class 2 \(pixel 3\)"):
            mc.auroc(target, scores, num_classes=3)
        target[2, 5] = 9
        with pytest.raises(mc.InputError, match=r"label 9 at image 2 \(pixel 5\)"):
            mc.auroc(target, scores.nan_to_num(), num_classes=3)


def on_gpu(*tensors: Tensor) -> tuple[Tensor, ...]:
    return tuple(tensor.cuda() for tensor in tensors)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device at hand")
class TestGpu:
    def test_counts_histograms_and_areas_equal_the_cpu_s(self) -> None:
        random = torch.Generator().manual_seed(0)
        target = torch.randint(0, 4, (5, 64, 64), generator=random)
        target[:, ::9] = 255
        scores = torch.rand((5, 4, 64, 64), generator=random).softmax(1)
        options: Any = {"num_classes": 4, "ignore_label": 255}
        here = mc.count(target, scores, **options, histogram="per_image")
        there = mc.count(*on_gpu(target, scores), **options, histogram="per_image")
        assert here.histogram is not None
        assert there.histogram is not None
        assert torch.equal(there.confusion.cpu(), here.confusion)
        assert torch.equal(there.histogram.counts.cpu(), here.histogram.counts)
        assert torch.equal(there.histogram.low.cpu(), here.histogram.low)
        mine, its = mc.curve_areas(target, scores, **options), mc.curve_areas(*on_gpu(target, scores), **options)
        assert torch.equal(its.auroc, mine.auroc)
        assert torch.allclose(its.average_precision, mine.average_precision, rtol=1e-12, atol=0)

    @every_kernel
    def test_nothing_is_read_back(self, kernel: Callable[..., object], inputs: tuple[Tensor, ...]) -> None:
        moved = on_gpu(*inputs)
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error")
        try:
            kernel(*moved)
        finally:
            torch.cuda.set_sync_debug_mode("default")
