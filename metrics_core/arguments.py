"""Arguments: closed choices, numbers and names, refused at once where they cannot be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from metrics_core.inputs import InputError, whole_number


def refuse_unless_one_of(value: object, choices: Any, name: str, *, error: type[ValueError] = InputError) -> None:
    """Raise unless a value is among the choices: a Literal, or a union of such.

    Raises:
        InputError: or the error asked for; names the choices.
    """
    allowed = _choices(choices)
    # Nothing else is compared: arrays would give arrays, and True would be 1.
    if isinstance(value, bool) or not isinstance(value, (str, int, NoneType)) or value not in allowed:
        listed = ", ".join(map(repr, allowed))
        raise error(f"{name} must be one of {listed}; got {value!r}{_word_for_none(value, allowed, name)}")


def refuse_other_choices(record: Any, *, prefix: str = "", error: type[ValueError] = InputError) -> None:
    """The same for every field of a dataclass that is declared as a closed choice."""
    for name, (hint, allowed) in _chosen_fields(type(record)).items():
        value = getattr(record, name)
        if type(value) is str and value in allowed:
            continue  # the common case, since hashing a Literal takes long
        refuse_unless_one_of(value, hint, prefix + name, error=error)


def _word_for_none(value: object, allowed: tuple[object, ...], name: str) -> str:
    """What other libraries write as None."""
    if value is not None or "none" not in allowed:
        return ""
    return "; pass 'none'" + (" for one value a class" if name.endswith("average") else "")


@lru_cache(maxsize=128)
def _choices(hint: Any) -> tuple[object, ...]:
    """Every value of a Literal or a union of Literals and None; () for other types."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) not in (Union, UnionType):
        return ()
    parts = [(None,) if part is NoneType else _choices(part) for part in get_args(hint)]
    return tuple(value for part in parts for value in part) if all(parts) else ()


@lru_cache(maxsize=64)
def _chosen_fields(kind: type) -> dict[str, tuple[Any, tuple[object, ...]]]:
    return {name: (hint, allowed) for name, hint in get_type_hints(kind).items() if (allowed := _choices(hint))}


def number_of_classes(given: int) -> int:
    """The number of classes as a Python integer.

    Raises:
        InputError: no whole number, or one below 1.
    """
    number = whole_number(given, "num_classes")
    if number < 1:
        raise InputError(f"num_classes must be at least 1; got {number}")
    return number


def refuse_other_images(images: Sequence[int], number: int) -> None:
    """Raise unless images are indices of some, from the end where they are negative.

    Raises:
        InputError: an index of no image.
    """
    if missing := [i for i in images if not -number <= i < number]:
        raise InputError(f"images must be indices 0..{number - 1}; got {missing[0]}")


def names_of(given: Any, number: int, kind: Literal["image", "class"]) -> tuple[str, ...]:
    """One name an image or a class, numbered where None is given.

    Raises:
        InputError: another number of names, a name that is no text, or one that two classes share.
    """
    if given is None:
        return tuple(f"{kind} {i}" for i in range(number))
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(f"{kind}_names must be a list of {number} names; got {given!r}")
    names: tuple[Any, ...] = tuple(given)
    if len(names) != number:
        raise InputError(f"{kind}_names must hold {number} names; got {len(names)}")
    if other := [name for name in names if not isinstance(name, str)]:
        of_type = type(other[0]).__name__
        raise InputError(f"{kind}_names must hold strings; got {other[0]!r}, of type {of_type}; pass str() of each")
    if kind == "class":
        refuse_repeated_classes(names)
    return names


def refuse_repeated_classes(names: Sequence[str], *, error: type[ValueError] = InputError) -> None:
    """Raise unless every class has a name of its own."""
    if len(set(names)) != len(names):
        repeated, times = Counter(names).most_common(1)[0]
        raise error(
            f"class_names must be unique, so that each class has a score of its own; {repeated!r} occurs {times} "
            "times; rename the repeats"
        )
