"""Limits: how much memory and time one reading may cost, checked before it is spent."""

from __future__ import annotations

from dataclasses import dataclass

from metrics_core.files.refusals import refusal


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Ceilings for one call, target and prediction together.

    `total_bytes` bounds the uploads, and again the arrays decoded from them; `ratio` bounds how far an archive member
    may expand once it is larger than `ratio_free_bytes`; `pixels` bounds one picture or page; `files` bounds
    files and members of an archive, `images` what they hold; `table_bytes` bounds a CSV; `classes` bounds their number.
    """

    total_bytes: int = 512 * 2**20
    files: int = 2000
    images: int = 20_000
    pixels: int = 64_000_000
    header_bytes: int = 10_000
    table_bytes: int = 32 * 2**20
    ratio: int = 200
    ratio_free_bytes: int = 10_000_000
    classes: int = 65_536


DEFAULT_LIMITS = Limits()


class Budget:
    """What is left of `Limits.total_bytes` while the files of one call are decoded."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._spent = 0

    def spend(self, count: int, *, where: str) -> None:
        """Book `count` bytes that are about to be decoded.

        Raises:
            FileError: the total would pass the limit.
        """
        if self._spent + count > self.limits.total_bytes:
            raise refusal(
                where,
                expected=f"at most {self.limits.total_bytes:,} bytes in all once decoded",
                got=f"{self._spent + count:,}",
                todo="read fewer or smaller images at a time",
            )
        self._spent += count
