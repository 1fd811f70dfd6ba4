"""Generator: from a recipe to image, target, scores and prediction, with what was promised and what was given."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from metrics_core.synthesis.fields import picture
from metrics_core.synthesis.mistakes import BLOB, CAUSES, NOISE, OVERLAP, connected_parts, find_objects, make_mistakes
from metrics_core.synthesis.quotas import stream
from metrics_core.synthesis.recipe import VOID, Recipe
from metrics_core.synthesis.scene import draw_scene
from metrics_core.synthesis.scores import make_scores, overlap_errors


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Counts that a recipe fixes: promised by the generator, or measured from what it gave.

    objects is None where chance decides their number: in the layout "regions", and where lines cross. missed_objects is
    the asked share of those that there are.
    """

    class_pixels: tuple[int, ...]
    void_pixels: int
    images_without_rare_class: int
    objects: int | None
    missed_objects: int
    false_positive_blobs: int
    flipped_pixels: int


@dataclass(frozen=True, kw_only=True)
class Synthetic:
    """A synthetic data set.

    recipe: what it was made from. image: uint8 [image, row, column], grey. target: uint8 [image, row, column], void is
    255. scores: float32 [image, class, row, column], probabilities that sum to 1. prediction: uint8, the argmax of the
    scores. causes: uint8, why a valid pixel is wrong, an index of cause_names; 0 where it is right or void.
    """

    recipe: Recipe
    image: Tensor
    target: Tensor
    scores: Tensor
    prediction: Tensor
    causes: Tensor
    promised: Promise
    cause_names: tuple[str, ...] = CAUSES


def synthesize(recipe: Recipe) -> Synthetic:
    """Image, target and prediction of a recipe; the counts it promises are exactly the counts it gives.

    Raises:
        ValueError: objects, lines, blobs or noise do not fit into the images, or the AUROC cannot be reached.
    """
    scene = draw_scene(recipe)
    mistakes = make_mistakes(recipe, scene)
    scores = make_scores(recipe, scene, mistakes)
    target, causes = torch.from_numpy(scene.target), torch.from_numpy(mistakes.causes)
    prediction = scores.argmax(1).to(torch.uint8)
    causes[overlap_errors(target, prediction, causes)] = OVERLAP
    image = picture(stream(recipe.seed, "picture"), scene.complete, recipe.num_classes)
    return Synthetic(
        recipe=recipe,
        image=torch.from_numpy(image),
        target=target,
        scores=scores,
        prediction=prediction,
        causes=causes,
        promised=Promise(
            class_pixels=recipe.class_pixels,
            void_pixels=recipe.void_pixels,
            images_without_rare_class=recipe.images_without,
            objects=None if recipe.thin_classes else scene.objects,
            missed_objects=mistakes.missed_objects,
            false_positive_blobs=recipe.images * recipe.false_positive_blobs,
            flipped_pixels=mistakes.flipped_pixels,
        ),
    )


def measure(synthetic: Synthetic) -> Promise:
    """The promised counts, counted anew in the target, the prediction and the causes.

    An object counts as missed when none of its pixels is predicted right; the images without the rare class are counted
    where the recipe leaves some out.
    """
    recipe = synthetic.recipe
    target, prediction, causes = (
        tensor.numpy() for tensor in (synthetic.target, synthetic.prediction, synthetic.causes)
    )
    ids, sizes = find_objects(target, recipe.num_classes)
    found = torch.from_numpy(ids[prediction == target]).unique()
    blobs = [connected_parts((causes == BLOB) & (prediction == label))[1] for label in range(1, recipe.num_classes)]
    totals = torch.bincount(synthetic.target.flatten().int(), minlength=VOID + 1)
    lacking = int((~(target == recipe.rare).any((1, 2))).sum())
    return Promise(
        class_pixels=tuple(totals[: recipe.num_classes].tolist()),
        void_pixels=int(totals[VOID]),
        images_without_rare_class=lacking if recipe.images_without else 0,
        objects=len(sizes) if recipe.layout == "objects" and not recipe.thin_classes else None,
        missed_objects=len(sizes) - int((found > 0).sum()),
        false_positive_blobs=sum(blobs),
        flipped_pixels=int((causes == NOISE).sum()),
    )
