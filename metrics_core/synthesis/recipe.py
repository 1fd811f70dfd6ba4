"""Recipe: the knobs of a synthetic data set, checked one by one and against each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from metrics_core.arguments import refuse_other_choices, refuse_unless_one_of
from metrics_core.synthesis.quotas import largest_remainder, share_count

VOID = 255
MAX_SCORES = 100_000_000
Layout = Literal["regions", "objects"]
MissedFirst = Literal["smallest", "random"]
SharePreset = Literal["balanced", "one rare class", "cityscapes"]
SHARE_PRESETS: tuple[SharePreset, ...] = get_args(SharePreset)

# Per cent of the labelled pixels of Cityscapes, derived from the class weights published with ERFNet.
_CITYSCAPES = {
    "road": 36.9,
    "sidewalk": 6.1,
    "building": 22.8,
    "wall": 0.66,
    "fence": 0.88,
    "pole": 1.23,
    "traffic light": 0.21,
    "traffic sign": 0.55,
    "vegetation": 15.9,
    "terrain": 1.16,
    "sky": 4.0,
    "person": 1.22,
    "rider": 0.14,
    "car": 7.0,
    "truck": 0.27,
    "bus": 0.24,
    "train": 0.23,
    "motorcycle": 0.10,
    "bicycle": 0.41,
}
CITYSCAPES_CLASSES = tuple(_CITYSCAPES)

# Knob: (whole number?, lowest, highest value).
_RANGES: Mapping[str, tuple[bool, float, float]] = {
    "images": (True, 1, 10_000),
    "height": (True, 4, 4096),
    "width": (True, 4, 4096),
    "object_size_px": (False, 1, 1024),
    "objects_per_image": (True, 0, 1000),
    "object_size_spread": (False, 1, 10),
    "line_width_px": (True, 1, 64),
    "void_share": (False, 0, 0.9),
    "images_without_rare_class": (False, 0, 1),
    "boundary_error_px": (True, -50, 50),
    "boundary_jitter_px": (False, 0, 50),
    "missed_objects": (False, 0, 1),
    "false_positive_blobs": (True, 0, 100),
    "false_positive_size_px": (False, 1, 256),
    "label_noise": (False, 0, 1),
    "temperature": (False, 0.05, 20),
    "seed": (True, 0, 2**63 - 1),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Knobs of a synthetic data set; every share lies in [0, 1], every size is in pixels.

    Target
        images, height, width: how many images of which size.
        class_names, class_shares: the classes and their relative shares of the valid pixels; class 0 is the background.
        layout: "regions" covers the image with blobs of all classes, "objects" puts separate objects on class 0.
        object_size_px: diameter of the objects, or of the blobs of the regions.
        objects_per_image: objects of each class in each image; 0: as many as the class share needs at that diameter.
        object_size_spread: the largest object's diameter divided by the smallest's, roughly.
        thin_classes, line_width_px: labels drawn as lines of this width, whichever layout.
        void_share: share of all pixels that is void (label 255).
        rare_class, images_without_rare_class: the label (None: the smallest share) that this share of the images lacks.
    Prediction
        boundary_error_px: classes above 0 grow into class 0 by so many pixels; negative: shrink.
        boundary_jitter_px: boundaries wander by about this much.
        missed_objects, missed_first: share of objects predicted as class 0 altogether, and which go first.
        false_positive_blobs, false_positive_size_px: invented objects per image, and their diameter.
        label_noise: share of the valid pixels whose right prediction is flipped to another class, scattered singly.
        auroc: None: the prediction holds just the errors above. A number: scores of classes overlap so far that the
            one-vs-rest AUROC, averaged over classes, is about this; that adds errors of its own.
        temperature: 1 calibrated where scores overlap, below 1 over-confident, above 1 under-confident.
    seed: the same recipe gives the same data; knobs of the prediction leave the target as it is.

    Raises:
        ValueError: a knob is outside its range, or two knobs contradict each other.
    """

    images: int = 24
    height: int = 128
    width: int = 128
    class_names: tuple[str, ...] = ("meadow", "forest", "water", "field", "house")
    class_shares: tuple[float, ...] = (0.4, 0.28, 0.16, 0.1, 0.06)
    layout: Layout = "regions"
    object_size_px: float = 24.0
    objects_per_image: int = 0
    object_size_spread: float = 2.0
    thin_classes: tuple[int, ...] = ()
    line_width_px: int = 2
    void_share: float = 0.02
    rare_class: int | None = None
    images_without_rare_class: float = 0.0
    boundary_error_px: int = 0
    boundary_jitter_px: float = 1.0
    missed_objects: float = 0.05
    missed_first: MissedFirst = "smallest"
    false_positive_blobs: int = 1
    false_positive_size_px: float = 8.0
    label_noise: float = 0.002
    auroc: float | None = None
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (whole, low, high) in _RANGES.items():
            _check_number(name, getattr(self, name), whole, low, high)
        if self.auroc is not None:
            _check_number("auroc", self.auroc, False, 0.5, 0.9999)
        refuse_other_choices(self, error=ValueError)
        _check_classes(self)
        _check_together(self)

    @property
    def num_classes(self) -> int:
        """Number of classes, the background included."""
        return len(self.class_names)

    @property
    def pixels(self) -> int:
        """Number of pixels of all images, void included."""
        return self.images * self.height * self.width

    @property
    def void_pixels(self) -> int:
        """Number of void pixels: void_share of all pixels, rounded half up."""
        return share_count(self.void_share, self.pixels)

    @property
    def class_pixels(self) -> tuple[int, ...]:
        """Number of target pixels of each class; the largest remainders round up, so they sum to all valid pixels."""
        return largest_remainder(self.class_shares, self.pixels - self.void_pixels)

    @property
    def rare(self) -> int:
        """Label of the rare class."""
        if self.rare_class is not None:
            return self.rare_class
        return min(range(self.num_classes), key=lambda label: (self.class_shares[label], -label))

    @property
    def images_without(self) -> int:
        """Number of images that lack the rare class."""
        return share_count(self.images_without_rare_class, self.images)


def _check_number(name: str, value: object, whole: bool, low: float, high: float) -> None:
    kind = "a whole number" if whole else "a number"
    allowed = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed) or not low <= value <= high:
        raise ValueError(f"{name} must be {kind} from {low} to {high}; got {value!r}")


def _check_classes(recipe: Recipe) -> None:
    names, shares = recipe.class_names, recipe.class_shares
    if not 2 <= len(names) <= 100:
        raise ValueError(f"class_names must name 2 to 100 classes, the background first; got {len(names)}")
    if not all(name.strip() for name in names) or len(set(names)) < len(names):
        raise ValueError(f"class_names must be different and not blank; got {', '.join(map(repr, names))}")
    if len(shares) != len(names):
        raise ValueError(f"class_shares must hold one number a class ({len(names)}); got {len(shares)}")
    if not all(math.isfinite(share) and share >= 0 for share in shares) or not sum(shares) > 0:
        raise ValueError(f"class_shares must be finite, not negative and not all zero; got {shares}")
    for name, labels in (("thin_classes", recipe.thin_classes), ("rare_class", (recipe.rare,))):
        for label in labels:
            if not 0 <= label < len(names):
                raise ValueError(f"{name} must be labels from 0 to {len(names) - 1}; got {label}")
    if 0 in recipe.thin_classes:
        raise ValueError("thin_classes cannot hold label 0, the background; leave it out")
    if recipe.images * recipe.height * recipe.width * len(names) > MAX_SCORES:
        size = f"{recipe.images} x {recipe.height} x {recipe.width} x {len(names)}"
        raise ValueError(f"images x height x width x classes must be at most {MAX_SCORES:,}; got {size}; ask for less")


def _check_together(recipe: Recipe) -> None:
    """Refuse knobs that contradict each other."""
    rare, lacking = recipe.rare, recipe.images_without
    if recipe.auroc is not None and sum(count > 0 for count in recipe.class_pixels) < 2:
        raise ValueError(
            "auroc needs pixels of two classes at least; give a second class a share, or set auroc to None"
        )
    name, count, present = recipe.class_names[rare], recipe.class_pixels[rare], recipe.images - recipe.images_without
    if not lacking:
        return
    if rare == 0 and recipe.layout == "objects":
        raise ValueError(f"rare_class cannot be 0 ({name!r}) in the layout 'objects': the background is in every image")
    if rare == 0 and len(recipe.thin_classes) == recipe.num_classes - 1:
        raise ValueError(f"rare_class cannot be 0 ({name!r}) when all other classes are thin; give it another label")
    if count < present or (count and not present):
        raise ValueError(
            f"class {name!r} gets {count} pixels, but {present} of {recipe.images} images are to hold it; "
            "change its share or images_without_rare_class"
        )
    room = present * recipe.height * recipe.width
    if count > room:
        raise ValueError(
            f"class {name!r} gets {count} pixels, but the {present} images that hold it have only {room}; "
            "lower its share or images_without_rare_class"
        )
    if recipe.pixels - count < lacking * recipe.height * recipe.width:
        raise ValueError(f"the other classes cannot fill the {lacking} images without {name!r}; lower its share")


def class_shares(preset: SharePreset, num_classes: int = 5) -> tuple[float, ...]:
    """Shares that sum to 1: all equal, a last class of 0.5 % of the pixels, or those of Cityscapes (19 classes).

    Raises:
        ValueError: an unknown preset, fewer than two classes, or another number than 19 for Cityscapes.
    """
    refuse_unless_one_of(preset, SharePreset, "preset", error=ValueError)
    if num_classes < 2:
        raise ValueError(f"num_classes must be at least 2; got {num_classes}")
    if preset == "balanced":
        return (1 / num_classes,) * num_classes
    if preset == "one rare class":
        return (*((0.995 / (num_classes - 1),) * (num_classes - 1)), 0.005)
    if num_classes != len(_CITYSCAPES):
        raise ValueError(f"the preset 'cityscapes' has {len(_CITYSCAPES)} classes; got num_classes={num_classes}")
    return tuple(share / 100 for share in _CITYSCAPES.values())


RECIPES: dict[str, Recipe] = {
    "balanced": Recipe(class_shares=class_shares("balanced")),
    "one rare class": Recipe(
        class_names=("meadow", "forest", "water", "field", "mine"),
        class_shares=class_shares("one rare class"),
        images_without_rare_class=0.5,
    ),
    "cityscapes": Recipe(
        images=12,
        width=256,
        class_names=CITYSCAPES_CLASSES,
        class_shares=class_shares("cityscapes", 19),
        object_size_px=30.0,
        thin_classes=(CITYSCAPES_CLASSES.index("pole"),),
        void_share=0.115,
        missed_objects=0.2,
    ),
    "thin structures": Recipe(
        class_names=("tissue", "vessel"),
        class_shares=(0.94, 0.06),
        thin_classes=(1,),
        boundary_jitter_px=0.8,
        missed_objects=0.0,
        void_share=0.0,
        label_noise=0.0,
    ),
    "small lesions, some images empty": Recipe(
        class_names=("background", "lesion"),
        class_shares=(0.99, 0.01),
        layout="objects",
        objects_per_image=3,
        object_size_spread=4.0,
        images_without_rare_class=0.5,
        boundary_jitter_px=0.8,
        missed_objects=0.3,
        void_share=0.0,
        label_noise=0.0,
    ),
    "confident but wrong": Recipe(auroc=0.9, temperature=0.25),
}
