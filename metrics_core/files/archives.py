"""Archives: members of .zip and .npz files, listed and inflated within counted limits; nothing is written to disk."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from io import BytesIO

from metrics_core.files.limits import Budget, Limits
from metrics_core.files.refusals import LONGEST_NAME, FileError, display_member, display_name, refusal

BLOCK = 2**20
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x07"
_END_BYTES = 22
_END64_BYTES = 20
_ENTRY_BYTES = 46 + 2 * LONGEST_NAME + 64  # a directory entry: fixed part, name, a usual extra field
_AGAIN = "make the archive again"
_CLUTTER = {"thumbs.db", "desktop.ini", ".ds_store"}


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An open archive: the file's name, its useful members, and how to read them."""

    name: str
    members: tuple[str, ...]
    _zip: zipfile.ZipFile
    _infos: dict[str, zipfile.ZipInfo]

    def size(self, member: str) -> int:
        """Bytes of a member once inflated, as the directory says; reading it refuses others."""
        return self._infos[member].file_size

    def read(self, member: str, *, budget: Budget) -> bytearray:
        """Inflate one member, counting.

        Raises:
            FileError: the member is damaged, expands too far, or would pass the total limit.
        """
        info, where = self._infos[member], display_member(self.name, member)
        _check_expansion(info.file_size, info.compress_size, where=where, limits=budget.limits)
        budget.spend(info.file_size, where=where)
        content = bytearray()
        try:
            with self._zip.open(info) as stream:
                while len(content) <= info.file_size and (block := stream.read(BLOCK)):
                    content += block
        except Exception:  # zipfile raises a dozen types for damaged data
            content.clear()
            raise _damaged(where) from None
        if len(content) != info.file_size:
            raise _damaged(where)
        return content


def open_archive(name: str, data: bytes, *, limits: Limits) -> Archive:
    """List an archive's members, directories and desktop clutter left out.

    Raises:
        FileError: a damaged, oversized or encrypted archive, an unsafe path, or two members of one name.
    """
    where = display_name(name)
    _check_directory(data, where=where, limits=limits)
    try:
        opened = zipfile.ZipFile(BytesIO(data))
    except Exception:  # as above
        raise _damaged(where) from None
    infos = [info for info in opened.infolist() if not _is_clutter(info)]
    if len(opened.infolist()) > limits.files:
        raise _too_many(where, len(opened.infolist()), limits)
    for info in infos:
        _check_member(info, file=name)
    members = {info.filename: info for info in infos}
    if len(members) != len(infos):
        twice = next(info.filename for info in infos if members[info.filename] is not info)
        got = f"{display_name(twice)} twice"
        raise refusal(where, expected="each member once", got=got, todo=_AGAIN)
    if not infos:
        raise refusal(where, expected="at least one PNG or NPY member", got="none", todo="add the images")
    packed = sum(info.compress_size for info in infos)
    _check_expansion(sum(info.file_size for info in infos), min(packed, len(data)), where=where, limits=limits)
    return Archive(name=name, members=tuple(members), _zip=opened, _infos=members)


def _check_directory(data: bytes, *, where: str, limits: Limits) -> None:
    """Bound the directory before zipfile builds an object for each entry it lists."""
    # The same two places, in the same order, in which zipfile looks for the end record.
    end = len(data) - _END_BYTES
    if end < 0 or data[end : end + 4] != _END or data[-2:] != b"\0\0":
        end = data.rfind(_END, max(0, len(data) - _END_BYTES - 65_536))
    if end < 0 or len(data) < end + _END_BYTES:
        raise _damaged(where)
    count, size = struct.unpack_from("<HI", data, end + 10)
    if count > limits.files:
        raise _too_many(where, count, limits)
    if data[max(0, end - _END64_BYTES) : end][:4] == _END64:
        raise refusal(where, expected="a plain zip archive", got="the zip64 form", todo="pack fewer or smaller files")
    if size > limits.files * _ENTRY_BYTES:
        got = f"a directory of {size:,} bytes"
        raise refusal(where, expected=f"at most {limits.files:,} members", got=got, todo="pack fewer files")


def _check_member(info: zipfile.ZipInfo, *, file: str) -> None:
    where = display_member(file, info.filename)
    parts = info.filename.replace("\\", "/").split("/")
    if len(info.filename) > LONGEST_NAME:
        expected = f"a name of at most {LONGEST_NAME} characters"
        raise refusal(where, expected=expected, got=f"{len(info.filename):,}", todo="rename it")
    if ".." in parts or not parts[0] or parts[0].endswith(":"):
        raise refusal(where, expected="a path inside the archive", got="one that leads out of it", todo=_AGAIN)
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        raise refusal(where, expected="a file", got="a symbolic link", todo="pack the file it points to")
    if info.flag_bits & 0x1:
        raise refusal(where, expected="no password", got="an encrypted member", todo="pack it without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        got = f"compression method {info.compress_type}"
        raise refusal(where, expected="stored or deflated data", got=got, todo="use the usual zip compression")


def _check_expansion(size: int, packed: int, *, where: str, limits: Limits) -> None:
    if size > limits.ratio_free_bytes and size > limits.ratio * max(packed, 1):
        expected = f"data that expands at most {limits.ratio}-fold"
        got = f"{size:,} bytes from {packed:,}"
        raise refusal(where, expected=expected, got=got, todo="save it uncompressed (numpy.savez, zip -0)")


def _is_clutter(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.lower().split("/")
    is_folder = info.filename.endswith("/")  # ZipInfo.is_dir fails on an empty name
    return is_folder or parts[0] == "__macosx" or parts[-1] in _CLUTTER or parts[-1].startswith("._")


def _too_many(where: str, count: int, limits: Limits) -> FileError:
    return refusal(where, expected=f"at most {limits.files:,} members", got=f"{count:,}", todo="pack fewer files")


def _damaged(where: str) -> FileError:
    return refusal(
        where, expected="a whole zip archive", got="damaged or incomplete data", todo="upload the file again"
    )
