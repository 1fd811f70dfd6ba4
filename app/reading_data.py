"""Data between the dashboard and a process that reads for it: JSON and raw arrays, held to the types declared here.

Nothing is unpickled: a process that a file has taken over can send wrong values, but no code and no other types.
"""

from __future__ import annotations

import json
import math
import socket
import types
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# No objects: their bytes would be taken for addresses.
_DTYPES = {f"{kind}{bits}" for kind in ("uint", "int") for bits in (8, 16, 32, 64)} | {"float16", "float32", "float64"}
_LONGEST_TEXT = 64 * 2**20
_LENGTH = 8
_Buffers = list[NDArray[Any]]
Idle = Callable[[], None]
_cached_hints = cache(get_type_hints)


class OtherDataError(Exception):
    """The other side has sent what it should not."""


def send(connection: socket.socket, value: object, *, idle: Idle = lambda: None) -> None:
    """Send a value made of numbers, texts, bytes, tensors, tuples, mappings and dataclasses.

    idle: called again and again in between; what it raises ends the sending.
    """
    buffers: _Buffers = []
    plain = _plain(value, buffers)
    text = json.dumps([plain, [[each.dtype.name, each.shape] for each in buffers]], default=_number).encode()
    for part in (len(text).to_bytes(_LENGTH), text, *(_flat(each).data for each in buffers)):
        left = memoryview(part)
        while left:
            idle()
            try:
                left = left[connection.send(left) :]
            except TimeoutError:
                continue


def receive(connection: socket.socket, kind: Any, *, most: int, idle: Idle = lambda: None) -> Any:
    """A value that the other side has sent, which must be of the kind and hold at most so many bytes of arrays.

    Raises:
        EOFError: the other side has ended.
        OtherDataError: it has sent something else.
    """
    length = int.from_bytes(_bytes(connection, _LENGTH, idle))
    if length > _LONGEST_TEXT:
        raise OtherDataError(f"expected at most {_LONGEST_TEXT:,} bytes of text, got {length:,}")
    text = bytes(_bytes(connection, length, idle))
    with _expecting(kind):
        plain, declared = json.loads(text)
        buffers = _empty([_shape(each) for each in declared], most)
    for each in buffers:
        _fill(connection, _flat(each).data, idle)
    with _expecting(kind):
        return _typed(kind, plain, buffers)


@contextmanager
def _expecting(kind: Any) -> Generator[None]:
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        raise OtherDataError(f"expected {kind}, got other data") from None


def _empty(shapes: Sequence[tuple[str, tuple[int, ...]]], most: int) -> _Buffers:
    if sum(np.dtype(name).itemsize * math.prod(shape) for name, shape in shapes) > most:
        raise ValueError(f"expected at most {most:,} bytes of arrays")
    return [np.empty(shape, name) for name, shape in shapes]


def _bytes(connection: socket.socket, count: int, idle: Idle) -> bytearray:
    content = bytearray(count)
    _fill(connection, memoryview(content), idle)
    return content


def _fill(connection: socket.socket, left: memoryview, idle: Idle) -> None:
    while left:
        idle()
        try:
            got = connection.recv_into(left)
        except TimeoutError:
            continue
        if not got:
            raise EOFError
        left = left[got:]


def _flat(values: NDArray[Any]) -> NDArray[np.uint8]:
    return values.reshape(-1).view(np.uint8)


def _number(value: Any) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"expected plain data, got {type(value).__name__}")


def _shape(declared: Any) -> tuple[str, tuple[int, ...]]:
    name, shape = declared
    if name not in _DTYPES or not all(type(side) is int and side >= 0 for side in shape):
        raise TypeError("expected an array of numbers")
    return name, tuple(shape)


def _plain(value: Any, buffers: _Buffers) -> Any:
    """A value as JSON has it; arrays and bytes go to the buffers, and their numbers stand for them."""
    if isinstance(value, Tensor | bytes | bytearray):
        array = value.contiguous().numpy() if isinstance(value, Tensor) else np.frombuffer(value, np.uint8)
        buffers.append(array)
        return len(buffers) - 1
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), buffers) for each in fields(value)}
    if isinstance(value, Mapping):
        return [[_plain(key, buffers), _plain(each, buffers)] for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(each, buffers) for each in value]
    return value


def _typed(kind: Any, plain: Any, buffers: _Buffers) -> Any:
    """The value of a kind that JSON and buffers describe.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: they describe another.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(parts, plain, buffers)
    if origin is Literal:
        return parts[parts.index(plain)]
    if origin is tuple:
        kinds = [parts[0]] * len(plain) if parts[-1] is Ellipsis else parts
        return tuple(_typed(part, each, buffers) for part, each in zip(kinds, plain, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(parts[0], key, buffers): _typed(parts[1], each, buffers) for key, each in plain}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _cached_hints(kind)
        return kind(**{name: _typed(hints[name], each, buffers) for name, each in plain.items()})
    if kind in (Tensor, bytes) and type(plain) is int:
        return torch.from_numpy(buffers[plain]) if kind is Tensor else buffers[plain].tobytes()
    if kind is float and type(plain) is int:
        return float(plain)
    if type(plain) is not kind or kind not in (int, float, str, bool, types.NoneType):
        raise TypeError(f"expected {kind}, got {type(plain).__name__}")
    return plain


def _one_of(kinds: Sequence[Any], plain: Any, buffers: _Buffers) -> Any:
    for kind in kinds:
        try:
            return _typed(kind, plain, buffers)
        except (TypeError, ValueError, LookupError, AttributeError):
            continue
    raise TypeError(f"expected one of {kinds}, got {type(plain).__name__}")
