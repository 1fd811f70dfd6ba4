"""The synthetic generator: the counts it promises are the counts it gives."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from metrics_core.synthesis import (
    CITYSCAPES_CLASSES,
    RECIPES,
    SHARE_PRESETS,
    VOID,
    Recipe,
    Synthetic,
    class_shares,
    measure,
    synthesize,
)

NO_ERRORS = {"boundary_jitter_px": 0.0, "missed_objects": 0.0, "false_positive_blobs": 0, "label_noise": 0.0}
SMALL = {"images": 6, "height": 48, "width": 64}
LESIONS = {
    **SMALL,
    "class_names": ("background", "lesion"),
    "class_shares": (0.96, 0.04),
    "layout": "objects",
    "objects_per_image": 3,
    "void_share": 0.0,
}
UNUSUAL = {
    "two classes, one image": Recipe(images=1, class_names=("a", "b"), class_shares=(1.0, 1.0)),
    "a class without pixels": Recipe(**SMALL, class_shares=(1.0, 1.0, 1.0, 0.0, 0.0)),
    "shares that are weights": Recipe(**SMALL, class_shares=(900, 50, 30, 15, 5)),
    "half void": Recipe(**SMALL, void_share=0.5),
    "everything missed": Recipe(**LESIONS, missed_objects=1.0),
    "missed at random": Recipe(**LESIONS, missed_objects=0.4, missed_first="random"),
    "shrunk to nothing": Recipe(**LESIONS, boundary_error_px=-20),
    "grown": Recipe(**SMALL, boundary_error_px=3),
    "objects of three classes and lines": Recipe(
        **SMALL, layout="objects", class_shares=(0.8, 0.05, 0.05, 0.05, 0.05), thin_classes=(4,), object_size_px=10.0
    ),
    "the background is rare": Recipe(
        **SMALL, rare_class=0, class_shares=(1, 3, 3, 3, 3), images_without_rare_class=0.5
    ),
    "a rare line": Recipe(**SMALL, thin_classes=(4,), rare_class=4, images_without_rare_class=0.5),
    "scores that overlap": Recipe(**SMALL, auroc=0.8),
    "scores that overlap, lesions missed": Recipe(**LESIONS, missed_objects=0.3, auroc=0.85),
    "much noise": Recipe(**SMALL, label_noise=0.5),
}


def valid(synthetic: Synthetic) -> torch.Tensor:
    return synthetic.target != VOID


def parts(mask: torch.Tensor) -> list[np.ndarray]:
    """The 8-connected parts of a mask [image, row, column], each as a mask of one image's pixels."""
    found = []
    for image in mask.numpy():
        numbers, count = ndimage.label(image, np.ones((3, 3)))
        found += [numbers == number for number in range(1, count + 1)]
    return found


def calibration(synthetic: Synthetic) -> tuple[float, float, float]:
    """Expected calibration error in 15 bins, mean confidence, accuracy."""
    pixels = valid(synthetic)
    confidence = synthetic.scores.amax(1)[pixels].double()
    right = (synthetic.prediction == synthetic.target)[pixels].double()
    bins = (confidence * 15).long().clamp_max(14)
    gaps = torch.zeros(15).double().index_add(0, bins, confidence - right)
    return float(gaps.abs().sum() / len(right)), float(confidence.mean()), float(right.mean())


@pytest.mark.parametrize("recipe", [*RECIPES.values(), *UNUSUAL.values()], ids=[*RECIPES, *UNUSUAL])
class TestEveryRecipe:
    def test_gives_what_it_promises(self, recipe: Recipe) -> None:
        synthetic = synthesize(recipe)
        assert measure(synthetic) == synthetic.promised

    def test_scores_are_probabilities_and_the_prediction_is_their_argmax(self, recipe: Recipe) -> None:
        synthetic = synthesize(recipe)
        assert synthetic.scores.dtype == torch.float32
        assert float(synthetic.scores.min()) >= 0
        torch.testing.assert_close(synthetic.scores.sum(1), torch.ones(synthetic.target.shape))
        assert torch.equal(synthetic.scores.argmax(1), synthetic.prediction.long())

    def test_every_wrong_pixel_has_a_cause_and_no_other_pixel(self, recipe: Recipe) -> None:
        synthetic = synthesize(recipe)
        wrong = valid(synthetic) & (synthetic.prediction != synthetic.target)
        assert torch.equal(synthetic.causes > 0, wrong)
        overlap = synthetic.cause_names.index("score overlap")
        assert recipe.auroc is not None or not bool((synthetic.causes == overlap).any())


class TestTarget:
    def test_quotas_by_largest_remainder(self) -> None:
        # 100 pixels less 7 void: 46.5, 27.9 and 18.6, of which the two largest remainders round up.
        recipe = Recipe(
            images=1,
            height=10,
            width=10,
            class_names=("a", "b", "c"),
            class_shares=(0.5, 0.3, 0.2),
            void_share=0.07,
            object_size_px=4,
            **NO_ERRORS,
        )
        assert recipe.void_pixels == 7
        assert recipe.class_pixels == (46, 28, 19)
        counts = torch.bincount(synthesize(recipe).target.flatten().int(), minlength=256)
        assert counts[[0, 1, 2, VOID]].tolist() == [46, 28, 19, 7]

    def test_rare_class_is_in_all_images_but_the_promised_ones(self) -> None:
        synthetic = synthesize(Recipe(images=10, class_shares=(40, 30, 20, 9.9, 0.1), images_without_rare_class=0.35))
        present = (synthetic.target == 4).flatten(1).any(1)
        assert int(present.sum()) == 6  # 3.5 images rounded half up lack it
        assert synthetic.recipe.rare == 4

    def test_objects_are_as_many_as_asked_and_do_not_touch(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS))
        assert len(parts(synthetic.target == 1)) == 6 * 3
        assert synthetic.promised.objects == 18

    def test_number_of_objects_follows_from_share_and_size(self) -> None:
        # 4 % of 3072 pixels are 123 an image; a disc of 8 pixels' diameter has 50.
        recipe = Recipe(**{**LESIONS, "objects_per_image": 0}, object_size_px=8.0)
        assert synthesize(recipe).promised.objects == 6 * 2

    def test_object_sizes_spread(self) -> None:
        sizes = {}
        for spread in (1.0, 6.0):
            target = synthesize(Recipe(**LESIONS, object_size_spread=spread)).target
            areas = [part.sum() for part in parts(target == 1)]
            sizes[spread] = max(areas) / min(areas)
        assert sizes[1.0] < 2 < 5 < sizes[6.0]

    @pytest.mark.parametrize("line_width_px", [1, 2, 3])
    def test_lines_are_as_wide_as_asked(self, line_width_px: int) -> None:
        recipe = Recipe(
            class_names=("tissue", "vessel"), class_shares=(0.97, 0.03), thin_classes=(1,), line_width_px=line_width_px
        )
        line = (synthesize(recipe).target == 1).numpy()
        side = line_width_px + 2
        wide = ndimage.binary_erosion(line, np.ones((1, side, side)))
        assert wide.sum() < 0.02 * line.sum()  # only where lines cross
        assert ndimage.binary_opening(line, np.ones((1, 1, line_width_px))).any()

    def test_prediction_knobs_leave_the_target_as_it_is(self) -> None:
        plain = synthesize(Recipe(**SMALL))
        other = synthesize(Recipe(**SMALL, boundary_error_px=2, missed_objects=0.5, label_noise=0.1, auroc=0.7))
        assert torch.equal(plain.target, other.target)
        assert torch.equal(plain.image, other.image)
        assert not torch.equal(plain.prediction, other.prediction)

    def test_same_seed_same_data(self) -> None:
        first, again, other = (synthesize(Recipe(**SMALL, seed=seed)) for seed in (5, 5, 6))
        for name in ("image", "target", "scores", "prediction", "causes"):
            assert torch.equal(getattr(first, name), getattr(again, name))
            assert not torch.equal(getattr(first, name), getattr(other, name))

    def test_the_picture_shows_the_classes(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS))
        assert synthetic.image.dtype == torch.uint8
        assert synthetic.image.shape == synthetic.target.shape
        lesion, rest = (synthetic.image[synthetic.target == label].float() for label in (1, 0))
        assert float(lesion.mean()) > float(rest.mean()) + 3 * float(rest.std())


class TestPrediction:
    def test_no_errors_asked(self) -> None:
        synthetic = synthesize(Recipe(**SMALL, **NO_ERRORS))
        assert torch.equal(synthetic.prediction[valid(synthetic)], synthetic.target[valid(synthetic)])

    def test_label_noise_alone(self) -> None:
        synthetic = synthesize(Recipe(**SMALL, **{**NO_ERRORS, "label_noise": 0.1}, void_share=0.0))
        wrong = int((synthetic.prediction != synthetic.target).sum())
        assert wrong == synthetic.promised.flipped_pixels == 1843  # 10 % of 6 x 48 x 64 = 18432

    def test_smallest_objects_are_missed_first(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS, object_size_spread=5.0, **{**NO_ERRORS, "missed_objects": 0.5}))
        missed, found = [], []
        for image in range(6):
            for part in parts(synthetic.target[image : image + 1] == 1):
                hit = bool((synthetic.prediction[image].numpy()[part] == 1).any())
                (found if hit else missed).append(part.sum())
        assert len(missed) == len(found) == 9
        assert max(missed) <= min(found)

    def test_false_positive_blobs_are_parts_without_any_target(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS, **{**NO_ERRORS, "false_positive_blobs": 2}))
        lone = 0
        for image in range(6):
            for part in parts(synthetic.prediction[image : image + 1] == 1):
                lone += not (synthetic.target[image].numpy()[part] == 1).any()
        assert lone == synthetic.promised.false_positive_blobs == 12

    def test_blob_size(self) -> None:
        synthetic = synthesize(
            Recipe(**LESIONS, **{**NO_ERRORS, "false_positive_blobs": 1}, false_positive_size_px=6.0)
        )
        areas = [part.sum() for part in parts((synthetic.prediction == 1) & (synthetic.target == 0))]
        assert areas == [25] * 6  # pixels nearer than 3 to the centre

    @pytest.mark.parametrize("distance_px", [1, 2, 4])
    def test_boundary_grows_by_whole_pixels(self, distance_px: int) -> None:
        synthetic = synthesize(Recipe(**LESIONS, **NO_ERRORS, boundary_error_px=distance_px))
        cross = ndimage.generate_binary_structure(2, 1)[None]
        grown = ndimage.binary_dilation(synthetic.target.numpy() == 1, cross, iterations=distance_px)
        assert np.array_equal(synthetic.prediction.numpy() == 1, grown)

    def test_shrinking_keeps_one_pixel_of_every_object(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS, **NO_ERRORS, boundary_error_px=-20))
        assert int((synthetic.prediction == 1).sum()) == 18
        assert int(((synthetic.prediction == 1) & (synthetic.target == 1)).sum()) == 18

    def test_boundary_jitter_errs_near_boundaries_only(self) -> None:
        synthetic = synthesize(Recipe(**LESIONS, **{**NO_ERRORS, "boundary_jitter_px": 1.0}))
        wrong = (synthetic.prediction != synthetic.target).numpy()
        lesion = synthetic.target.numpy() == 1
        near = np.stack(
            [ndimage.distance_transform_edt(~one) + ndimage.distance_transform_edt(one) <= 6 for one in lesion]
        )
        assert wrong.any()
        assert not (wrong & ~near).any()


class TestScores:
    @pytest.mark.parametrize("auroc", [0.6, 0.75, 0.9, 0.97])
    @pytest.mark.parametrize("shares", [(0.5, 0.5), (0.97, 0.03), (0.4, 0.3, 0.2, 0.1)])
    def test_auroc_is_about_the_asked_one(self, auroc: float, shares: tuple[float, ...]) -> None:
        names = tuple("abcd"[: len(shares)])
        synthetic = synthesize(Recipe(images=8, class_names=names, class_shares=shares, auroc=auroc, **NO_ERRORS))
        pixels = valid(synthetic)
        target, scores = synthetic.target[pixels].numpy(), synthetic.scores.movedim(1, -1)[pixels].numpy()
        reached = np.mean([roc_auc_score(target == label, scores[:, label]) for label in range(len(shares))])
        assert reached == pytest.approx(auroc, abs=0.01)

    def test_auroc_holds_beside_other_errors(self) -> None:
        synthetic = synthesize(Recipe(auroc=0.9))
        pixels = valid(synthetic)
        target, scores = synthetic.target[pixels].numpy(), synthetic.scores.movedim(1, -1)[pixels].numpy()
        reached = np.mean([roc_auc_score(target == label, scores[:, label]) for label in range(5)])
        assert reached == pytest.approx(0.9, abs=0.01)

    def test_auroc_out_of_reach(self) -> None:
        with pytest.raises(ValueError, match=r"auroc 0\.999 cannot be reached .* at most 0\.\d+"):
            synthesize(Recipe(**SMALL, auroc=0.999, label_noise=0.3))

    @pytest.mark.parametrize("auroc", [0.7, 0.9])
    def test_temperature_one_is_calibrated(self, auroc: float) -> None:
        error, _, _ = calibration(synthesize(Recipe(auroc=auroc, **NO_ERRORS)))
        assert error < 0.02

    def test_low_temperature_is_over_confident_and_high_under_confident(self) -> None:
        _, confidence, accuracy = calibration(synthesize(Recipe(auroc=0.9, temperature=0.25, **NO_ERRORS)))
        assert confidence > accuracy + 0.1
        _, confidence, accuracy = calibration(synthesize(Recipe(auroc=0.9, temperature=4.0, **NO_ERRORS)))
        assert confidence < accuracy - 0.1

    def test_confident_but_wrong(self) -> None:
        _, confidence, accuracy = calibration(synthesize(RECIPES["confident but wrong"]))
        assert confidence > accuracy + 0.2

    def test_temperature_leaves_the_prediction_as_it_is(self) -> None:
        sharp, soft = (synthesize(Recipe(**SMALL, temperature=temperature)) for temperature in (0.05, 20.0))
        assert torch.equal(sharp.prediction, soft.prediction)


class TestRecipe:
    @pytest.mark.parametrize(
        ("knobs", "message"),
        [
            ({"images": 0}, "images must be a whole number from 1 to 10000; got 0"),
            ({"images": 2.5}, "images must be a whole number"),
            ({"images": True}, "images must be a whole number"),
            ({"height": 3}, "height must be a whole number from 4"),
            ({"width": 100_000}, "width must be a whole number from 4 to 4096"),
            ({"void_share": 1.0}, r"void_share must be a number from 0 to 0\.9; got 1\.0"),
            ({"void_share": float("nan")}, "void_share must be a number"),
            ({"label_noise": -0.1}, "label_noise must be a number from 0 to 1"),
            ({"missed_objects": 1.5}, "missed_objects must be a number from 0 to 1"),
            ({"boundary_error_px": 0.5}, "boundary_error_px must be a whole number from -50 to 50"),
            ({"auroc": 0.4}, r"auroc must be a number from 0\.5 to 0\.9999; got 0\.4"),
            ({"auroc": 1.0}, "auroc must be a number"),
            ({"temperature": 0.0}, "temperature must be a number"),
            ({"seed": -1}, "seed must be a whole number"),
            ({"seed": "7"}, "seed must be a whole number from 0 to 9223372036854775807; got '7'"),
            ({"layout": "rings"}, "layout must be one of 'regions', 'objects'; got 'rings'"),
            ({"missed_first": "largest"}, "missed_first must be one of 'smallest', 'random'"),
            ({"class_names": ("a",), "class_shares": (1.0,)}, "class_names must name 2 to 100 classes"),
            ({"class_names": ("a", "b", "b", "c", "d")}, "class_names must be different and not blank"),
            ({"class_names": ("a", " ", "b", "c", "d")}, "class_names must be different and not blank"),
            ({"class_shares": (1.0, 2.0)}, r"class_shares must hold one number a class \(5\); got 2"),
            ({"class_shares": (0.0,) * 5}, "class_shares must be finite, not negative and not all zero"),
            ({"class_shares": (1, 1, 1, 1, -1)}, "class_shares must be finite, not negative"),
            ({"class_shares": (1, 1, 1, 1, float("inf"))}, "class_shares must be finite"),
            ({"thin_classes": (5,)}, "thin_classes must be labels from 0 to 4; got 5"),
            ({"thin_classes": (0,)}, "thin_classes cannot hold label 0"),
            ({"rare_class": 9}, "rare_class must be labels from 0 to 4; got 9"),
            ({"images": 10_000, "height": 4096}, "images x height x width x classes must be at most 100,000,000"),
        ],
    )
    def test_refuses_knobs_out_of_range(self, knobs: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Recipe(**knobs)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("knobs", "message"),
        [
            ({"images_without_rare_class": 1.0}, "class 'house' gets .* but 0 of 24 images are to hold it"),
            (
                {"class_shares": (1, 1, 1, 1, 0.00001), "images_without_rare_class": 0.1},
                "class 'house' gets 1 pixels, but 22 of 24 images are to hold it",
            ),
            (
                {"rare_class": 0, "class_shares": (9, 1, 1, 1, 1), "images_without_rare_class": 0.9},
                "class 'meadow' gets .* but the 2 images that hold it have only 32768",
            ),
            ({"rare_class": 0, "layout": "objects", "images_without_rare_class": 0.1}, "rare_class cannot be 0"),
            (
                {"rare_class": 0, "thin_classes": (1, 2, 3, 4), "images_without_rare_class": 0.1},
                "rare_class cannot be 0 .* when all other classes are thin",
            ),
            ({"class_shares": (1, 0, 0, 0, 0), "auroc": 0.9}, "auroc needs pixels of two classes"),
        ],
    )
    def test_refuses_knobs_that_contradict_each_other(self, knobs: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Recipe(**knobs)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("knobs", "message"),
        [
            ({"layout": "objects", "objects_per_image": 1}, "its .* objects have room for .*; lower its share"),
            ({"layout": "objects", "objects_per_image": 900}, "3600 objects do not fit into an image of 128 x 128"),
            (
                {"layout": "objects", "objects_per_image": 90, "class_shares": (1, 0, 0, 0, 0.001)},
                "class 'house' gets 385 pixels for 2160 objects; raise its share or lower objects_per_image",
            ),
            (
                {"images": 1, "height": 1024, "width": 1024, "thin_classes": (1,), "class_shares": (0, 1, 0, 0, 0)},
                r"thin class 'forest' gets \d+ pixels, but its lines reach only [1-9]\d+; lower its share",
            ),
            (
                {"class_names": ("a", "b"), "class_shares": (0.0, 1.0)},
                r"image 0 has no room for 1 false-positive blobs of class 'b'; lower false_positive_blobs",
            ),
            ({"label_noise": 1.0}, "label_noise is to flip .* are still right; lower label_noise"),
        ],
    )
    def test_refuses_what_does_not_fit_into_the_images(self, knobs: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            synthesize(Recipe(**knobs))  # type: ignore[arg-type]

    @pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
    def test_knobs_are_plain_values(self, recipe: Recipe) -> None:
        for field in dataclasses.fields(recipe):
            value = getattr(recipe, field.name)
            parts_ = value if isinstance(value, tuple) else (value,)
            assert all(part is None or type(part) in (int, float, str) for part in parts_)
        assert hash(recipe) == hash(dataclasses.replace(recipe))


class TestClassShares:
    @pytest.mark.parametrize("preset", SHARE_PRESETS)
    def test_shares_sum_to_one(self, preset: str) -> None:
        shares = class_shares(preset, 19)  # type: ignore[arg-type]
        assert len(shares) == 19
        assert sum(shares) == pytest.approx(1)

    def test_one_rare_class(self) -> None:
        assert class_shares("one rare class", 3) == (0.4975, 0.4975, 0.005)

    def test_cityscapes(self) -> None:
        by_name = dict(zip(CITYSCAPES_CLASSES, class_shares("cityscapes", 19), strict=True))
        assert by_name["road"] == pytest.approx(0.369)
        assert min(by_name, key=by_name.__getitem__) == "motorcycle"
        assert RECIPES["cityscapes"].void_share == 0.115

    @pytest.mark.parametrize(
        ("preset", "num_classes", "message"),
        [
            ("cityscapes", 5, "has 19 classes; got num_classes=5"),
            ("balanced", 1, "num_classes must be at least 2; got 1"),
            ("rare", 5, "preset must be one of 'balanced', 'one rare class', 'cityscapes'; got 'rare'"),
        ],
    )
    def test_refuses(self, preset: str, num_classes: int, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            class_shares(preset, num_classes)  # type: ignore[arg-type]
