"""The palette of Okabe and Ito, which colour-blind readers can tell apart, and what each colour stands for.

Source: M. Okabe and K. Ito, Color Universal Design, https://jfly.uni-koeln.de/color/
"""

import colorsys
from functools import lru_cache

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

# Luminance of lines and points: 3.4 to one on the dark ground, 2 to one on white, with all of the palette but yellow.
_DARKEST, _LIGHTEST = 0.15, 0.45


def class_colours(number: int) -> tuple[str, ...]:
    """Returns one colour a class as "#rrggbb", each readable on white and on black."""
    extra = (_generated_colour(index) for index in range(number - len(_CLASS_COLOURS)))
    return (*_CLASS_COLOURS, *extra)[:number]


def with_alpha(colour: str, alpha: float) -> str:
    """Returns the colour as rgba(...) with the given opacity in 0..1."""
    red, green, blue = _channels(colour)
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


@lru_cache(maxsize=1024)
def readable(colour: str) -> str:
    """Returns the colour, lighter or darker where its lines would be lost on the page in its dark or light theme."""
    luminance = _luminance(colour)
    wanted = min(max(luminance, _DARKEST), _LIGHTEST)
    if wanted == luminance:
        return colour
    hue, _, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    low, high = 0.0, 1.0
    for _ in range(10):  # beyond the steps of a channel
        middle = (low + high) / 2
        lighter = _hex(hue, middle, saturation)
        low, high = (middle, high) if _luminance(lighter) < wanted else (low, middle)
    return _hex(hue, high if wanted == _DARKEST else low, saturation)


def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2, in 0..1."""
    shares = (channel / 255 for channel in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(c * 255):02X}" for c in colorsys.hls_to_rgb(hue, lightness, saturation))


def _generated_colour(index: int) -> str:
    lightness = (0.42, 0.58)[index % 2]
    return _hex((0.08 + index * _GOLDEN_TURN) % 1.0, lightness, 0.55)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
