"""Inflation: zlib and gzip streams inflated within a limit that is set before the first byte."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

from metrics_core.files.refusals import FileError, refusal

BLOCK = 2**16
GZIP = b"\x1f\x8b"


def count_inflated(stream: bytes, *, most: int) -> tuple[int, bool]:
    """Bytes a zlib stream holds (counting stops past `most`), and whether it ended by itself."""
    inflater, counted = zlib.decompressobj(), 0
    for start in range(0, len(stream), BLOCK):
        rest = stream[start : start + BLOCK]
        while rest and not inflater.eof and counted <= most:
            counted += len(inflater.decompress(rest, 16 * BLOCK))
            rest = inflater.unconsumed_tail
    return counted, inflater.eof


def gunzip(data: bytes | bytearray, *, where: str, most: int, exactly: bool = True) -> bytearray:
    """Inflate a gzip stream: all of it, which must be `most` bytes, or only its first `most` bytes.

    Raises:
        FileError: damaged data, or not so many bytes.
    """
    found = bytearray()
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as stream:
            while len(found) <= most and (block := stream.read(min(16 * BLOCK, most + 1 - len(found)))):
                found += block
    except (OSError, EOFError, zlib.error):
        if exactly or len(found) < most:
            raise _damaged(where) from None
    if not exactly:
        return found[:most]
    if len(found) != most:
        got = "more" if len(found) > most else f"only {len(found):,}"
        raise refusal(where, expected=f"{most:,} bytes once inflated", got=got, todo="upload the whole file again")
    return found


def _damaged(where: str) -> FileError:
    return refusal(where, expected="a whole gzip stream", got="damaged or cut data", todo="upload the file again")
