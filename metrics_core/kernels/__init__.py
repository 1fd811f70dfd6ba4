"""Kernels: the only code that touches pixels, one file a kind of device."""
