"""The palette of Okabe and Ito, which colour-blind readers can tell apart, and what each colour stands for.

Source: M. Okabe and K. Ito, Color Universal Design, https://jfly.uni-koeln.de/color/
"""

import colorsys

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
VERMILLION = "#D55E00"
SKY = "#56B4E9"
GREY = "#8A8D98"

MARK = "#3388C4"
"""A single kind of dots or bars: between blue and sky, three to one or better on white and on black."""

CORRECT = GREEN
WRONG = VERMILLION

# Yellow comes last and darker: the palette's own is invisible as a line on white.
_CLASS_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, "#B8A500", GREY)
_GOLDEN_TURN = 0.618033988749895


def class_colours(number: int) -> tuple[str, ...]:
    """Returns one colour a class as "#rrggbb", each readable on white and on black."""
    extra = (_generated_colour(index) for index in range(number - len(_CLASS_COLOURS)))
    return (*_CLASS_COLOURS, *extra)[:number]


def with_alpha(colour: str, alpha: float) -> str:
    """Returns the colour as rgba(...) with the given opacity in 0..1."""
    red, green, blue = _channels(colour)
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def _generated_colour(index: int) -> str:
    lightness = (0.42, 0.58)[index % 2]
    red, green, blue = colorsys.hls_to_rgb((0.08 + index * _GOLDEN_TURN) % 1.0, lightness, 0.55)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
