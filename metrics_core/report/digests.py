"""Digests: what names statistics exactly, and the versions that computed."""

from __future__ import annotations

import platform
import zipfile
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO

from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.statistics_file import statistics_bytes

_PACKAGES = ("metric-explorer", "torch", "numpy", "numba", "scipy")


def statistics_digest(statistics: Statistics) -> str:
    """BLAKE2b, 20 bytes in hexadecimal, of all that a statistics file holds, whatever compressed it."""
    refuse_unless_statistics(statistics, usage="statistics_digest(statistics)")
    digest = blake2b(digest_size=20)
    with zipfile.ZipFile(BytesIO(statistics_bytes(statistics))) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            digest.update(f"{name} {len(content)};".encode())
            digest.update(content)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Version of Python and of each package that takes part in the numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed as a package"
    return found
