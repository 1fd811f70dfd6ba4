"""Kernels: the loops over pixels of counting, histograms and curves, for the CPU and, as torch*, for other devices."""

from torch import Tensor


def in_main_memory(tensor: Tensor) -> bool:
    """Whether the kernels of the CPU can read the tensor."""
    return tensor.device.type == "cpu"
