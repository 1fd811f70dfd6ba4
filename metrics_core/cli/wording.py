"""Wording: messages about arguments of functions, in terms of the options of a command."""

from __future__ import annotations

import argparse
import re

# Only those that no library's function has, too: its name in a message is not an option.
_OPTIONS = {"ignore_label": "--void"} | {
    name: f"--{name.replace('_', '-')}"
    for name in (
        "num_classes",
        "class_names",
        "scores_hold",
        "scores_axis",
        "label_255",
        "out_of_range",
        "unmatched",
        "broken",
        "device",
        "repeated",
        "threshold",
    )
}
_ARGUMENT = re.compile(rf"\b({'|'.join(_OPTIONS)})(?:=('?)([\w.+-]+)\2)?(?![\w=])")
_PLAIN = {
    "count with scores and histogram='per_image'": "evaluate with --scores",
    "count with histogram='per_image'": "evaluate fewer images in one file, which then keeps each one's scores",
    "upload the": "copy the",
}


def in_options(message: str, options: argparse.Namespace) -> str:
    """The message with arguments that the command has as options named like these: ignore_label=255 is --void 255.

    A name that is a word of its own is an argument only where a value follows it, as in device='cpu'.
    """

    def option(found: re.Match[str]) -> str:
        name, value = found[1], found[3]
        if name not in vars(options) or (value is None and "_" not in name):
            return found[0]
        if value == "None":
            return f"no {_OPTIONS[name]}"
        return _OPTIONS[name] if value is None else f"{_OPTIONS[name]} {value}"

    for words, plain in _PLAIN.items():
        message = message.replace(words, plain)
    return _ARGUMENT.sub(option, message)
