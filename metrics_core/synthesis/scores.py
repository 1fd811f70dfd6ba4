"""Scores: probabilities whose argmax is the wanted prediction, with a wanted overlap and calibration.

Each class gets a latent number that is normal with deviation 1 and raised by a separation d where it is the predicted
class (less near boundaries); the probabilities are the softmax of d * latent + log prior, the posterior of that model,
so they are calibrated at temperature 1. For two normals of distance d the AUROC is Phi(d / sqrt 2); how several classes
and wrong pixels change that is solved for numerically.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from metrics_core.synthesis.mistakes import Mistakes
from metrics_core.synthesis.quotas import stream
from metrics_core.synthesis.recipe import VOID, Recipe
from metrics_core.synthesis.scene import Scene

_PLAIN_SEPARATION = 4.0
_WIDEST_SEPARATION = 8.0
_SAMPLE = 24_000
# Where the predicted class is wrong, the true class is raised by this part of the separation: a near miss.
_NEAR_MISS = 0.5
_MARGIN = 0.05
_BLOB_PX = 5
_SMOOTH_VARIANCE = 0.85


@dataclass(frozen=True, kw_only=True)
class _Latents:
    """Noise [image, class, ...] and, per pixel [image, 1, ...]: labels, true labels, strength, and which are locked."""

    noise: Tensor
    labels: Tensor
    true: Tensor
    strength: Tensor
    locked: Tensor
    log_prior: Tensor
    temperature: float


def make_scores(recipe: Recipe, scene: Scene, mistakes: Mistakes) -> Tensor:
    """Probabilities float32 [image, class, row, column] that sum to 1 over classes.

    With recipe.auroc None their argmax is mistakes.labels everywhere, else at every wrong or kept pixel.

    Raises:
        ValueError: the asked AUROC cannot be reached.
    """
    latents = _latents(recipe, scene, mistakes)
    if recipe.auroc is None:
        return _probabilities(latents, _PLAIN_SEPARATION)
    return _probabilities(latents, _separation(recipe, latents, torch.from_numpy(scene.target)))


def _latents(recipe: Recipe, scene: Scene, mistakes: Mistakes) -> _Latents:
    labels = torch.from_numpy(mistakes.labels).long()[:, None]
    wrong = torch.from_numpy((mistakes.causes > 0) | mistakes.kept)[:, None]
    pixels = torch.tensor(recipe.class_pixels, dtype=torch.float32) + 1
    return _Latents(
        noise=_noise(recipe),
        labels=labels,
        true=torch.from_numpy(scene.complete).long()[:, None],
        strength=_strength(labels),
        locked=torch.ones_like(wrong) if recipe.auroc is None else wrong,
        log_prior=(pixels / pixels.sum()).log(),
        temperature=recipe.temperature,
    )


def _noise(recipe: Recipe) -> Tensor:
    """Normal noise of deviation 1 [image, class, row, column], most of its variance in blobs some pixels wide."""
    random = stream(recipe.seed, "scores")
    shape = (recipe.images, recipe.num_classes, recipe.height, recipe.width)
    noise = torch.from_numpy(random.standard_normal(shape, dtype=np.float32))
    grid = (*shape[:2], shape[2] // _BLOB_PX + 3, shape[3] // _BLOB_PX + 3)
    coarse = torch.from_numpy(random.standard_normal(grid, dtype=np.float32))
    for image in range(recipe.images):
        smooth = torch.nn.functional.interpolate(coarse[image : image + 1], scale_factor=_BLOB_PX, mode="bicubic")[0]
        smooth = smooth[:, _BLOB_PX : _BLOB_PX + shape[2], _BLOB_PX : _BLOB_PX + shape[3]]
        noise[image].mul_((1 - _SMOOTH_VARIANCE) ** 0.5).add_(smooth, alpha=float(_SMOOTH_VARIANCE**0.5 / smooth.std()))
    return noise


def _strength(labels: Tensor) -> Tensor:
    """How sure a pixel is, [image, 1, row, column]: 1 inside a predicted region, less towards its boundary."""
    edge = torch.zeros(labels.shape)
    edge[:, :, 1:] += labels[:, :, 1:] != labels[:, :, :-1]
    edge[..., 1:] += labels[..., 1:] != labels[..., :-1]
    blurred = torch.nn.functional.avg_pool2d(edge.clamp_max(1), 5, 1, 2)
    return 1 - 0.55 * (blurred * 5).clamp_max(1)


def _probabilities(latents: _Latents, separation: float) -> Tensor:
    """Softmax of the latents; at locked pixels the best latent and that of the wanted label change places."""
    logits = latents.noise.clone()
    logits.scatter_add_(1, latents.labels, separation * latents.strength)
    missed = latents.labels != latents.true
    logits.scatter_add_(1, latents.true, separation * _NEAR_MISS * missed * latents.strength)
    logits.mul_(separation * latents.strength).add_(latents.log_prior.view(1, -1, *[1] * (logits.ndim - 2)))
    best, where = logits.max(1, keepdim=True)
    wanted = logits.gather(1, latents.labels)
    logits.scatter_(1, where, torch.where(latents.locked, wanted, best))
    # The margin keeps the wanted label ahead after rounding to float32.
    raised = torch.where(latents.locked, best + _MARGIN * latents.temperature, logits.gather(1, latents.labels))
    logits.scatter_(1, latents.labels, raised)
    return torch.softmax(logits.div_(latents.temperature), 1)


def _separation(recipe: Recipe, latents: _Latents, target: Tensor) -> float:
    """The separation at which a sample of the pixels has the asked mean AUROC, by bisection."""
    sample, true, weights = _sample(recipe, latents, target)
    wanted = recipe.auroc or 0.5
    low, high = 0.02, _WIDEST_SEPARATION
    for separation, sign in ((low, 1), (high, -1)):
        reached = _mean_auroc(_probabilities(sample, separation), true, weights)
        if sign * (reached - wanted) > 0.01:
            raise ValueError(
                f"auroc {wanted} cannot be reached with these errors: {'at least' if sign > 0 else 'at most'} "
                f"{reached:.3f}; change auroc, or ask for {'more' if sign > 0 else 'fewer'} errors"
            )
    for _ in range(12):
        middle = (low + high) / 2
        below = _mean_auroc(_probabilities(sample, middle), true, weights) < wanted
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def _sample(recipe: Recipe, latents: _Latents, target: Tensor) -> tuple[_Latents, Tensor, Tensor]:
    """Latents [pixel, class, 1] of some pixels of every class, their true labels, how many pixels each stands for."""
    random = stream(recipe.seed, "sample")
    flat = target.flatten().numpy()
    chosen: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for label in range(recipe.num_classes):
        indices = np.flatnonzero(flat == label)
        count = min(len(indices), _SAMPLE // recipe.num_classes)
        chosen.append(np.sort(random.choice(indices, count, replace=False)) if count else indices)
        weights.append(np.full(count, len(indices) / max(1, count)))
    pixels = torch.from_numpy(np.concatenate(chosen))
    sample = replace(
        latents,
        noise=latents.noise.movedim(1, -1).reshape(-1, recipe.num_classes)[pixels][:, :, None],
        **{name: getattr(latents, name).reshape(-1, 1, 1)[pixels] for name in ("labels", "true", "strength", "locked")},
    )
    return sample, target.flatten()[pixels], torch.from_numpy(np.concatenate(weights))


def _mean_auroc(scores: Tensor, true: Tensor, weights: Tensor) -> float:
    """Weighted one-vs-rest AUROC, averaged over the classes that have positives and negatives."""
    values: list[float] = []
    for label in range(scores.shape[1]):
        order = scores[:, label, 0].argsort(stable=True)
        positive = (true == label)[order]
        negative_weight = torch.where(positive, 0, weights[order])
        positive_weight = torch.where(positive, weights[order], 0)
        pairs = positive_weight.sum() * negative_weight.sum()
        if pairs > 0:
            values.append(float((positive_weight * negative_weight.cumsum(0)).sum() / pairs))
    return sum(values) / len(values)


def overlap_errors(target: Tensor, prediction: Tensor, causes: Tensor) -> Tensor:
    """Pixels that are wrong for no other cause than overlapping scores."""
    return (target != VOID) & (prediction != target) & (causes == 0)
