"""The example data sets: what their texts say is what their arrays hold."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.metrics import average_precision_score, f1_score, precision_score, roc_auc_score

from metrics_core import datasets
from metrics_core.datasets import (
    OKABE_ITO,
    Dataset,
    class_colours,
    list_datasets,
    load_dataset,
    read_dataset,
    synthetic_dataset,
)
from metrics_core.synthesis import Recipe

FOLDER = Path(datasets.__file__).parent.parent / "example_datasets"
KEYS = ("blog", "landcover", "lesion", "nuclei", "screening")


def labels(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return prediction if prediction.shape == target.shape else prediction.argmax(1)


def ious(target: torch.Tensor, prediction: torch.Tensor, num_classes: int) -> list[float]:
    pairs = [(target == label, prediction == label) for label in range(num_classes)]
    return [float((true & predicted).sum() / (true | predicted).sum()) for true, predicted in pairs]


def stitched(tiles: torch.Tensor) -> torch.Tensor:
    """The scene of 4 x 4 tiles [tile, row, column]."""
    height, width = tiles.shape[1:]
    return tiles.view(4, 4, height, width).transpose(1, 2).reshape(4 * height, 4 * width)


def images_without(dataset: Dataset, name: str) -> int:
    present = (dataset.target == dataset.class_names.index(name)).flatten(1).any(1)
    return int((~present).sum())


class TestListing:
    def test_all_are_found(self) -> None:
        assert tuple(info.key for info in list_datasets()) == KEYS

    def test_listing_reads_no_arrays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("arrays were read")

        monkeypatch.setattr(np, "load", refuse)
        monkeypatch.setattr(datasets, "GENERATORS", dict.fromkeys(("blog", "lesion"), refuse))
        assert len(list_datasets()) == len(KEYS)

    @pytest.mark.parametrize("place", ["example_datasets", "metrics_core/example_datasets"])
    def test_a_new_folder_is_a_new_data_set(self, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(datasets, "__file__", str(tmp_path / "metrics_core" / "datasets.py"))
        shutil.copytree(FOLDER / "screening", tmp_path / place / "second_screening")
        assert [info.key for info in list_datasets()] == ["second_screening"]
        assert load_dataset("second_screening").target.shape == (1, 50, 100)

    def test_no_data_sets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(datasets, "__file__", str(tmp_path / "metrics_core" / "datasets.py"))
        with pytest.raises(ValueError, match=r"no data sets found: expected folders with a dataset\.toml in"):
            list_datasets()

    @pytest.mark.parametrize("key", ["mars", "", "../nuclei", "nuclei/", "/etc"])
    def test_unknown_key(self, key: str) -> None:
        with pytest.raises(ValueError, match=r"there is no data set .*; choose one of blog, landcover, lesion, nuclei"):
            load_dataset(key)

    def test_folder_is_small(self) -> None:
        assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 5_000_000


@pytest.mark.parametrize("key", KEYS)
class TestEveryDataset:
    def test_shapes_agree(self, key: str) -> None:
        dataset = load_dataset(key)
        images, *spatial = dataset.target.shape
        assert dataset.target.dtype == torch.uint8
        assert len(dataset.image_names) == len(set(dataset.image_names)) == images
        assert tuple(dataset.predictions) == dataset.model_names
        for prediction in dataset.predictions.values():
            assert tuple(prediction.shape) in ((images, *spatial), (images, len(dataset.class_names), *spatial))
        if dataset.image is not None:
            assert dataset.image.dtype == torch.uint8
            assert tuple(dataset.image.shape) in ((images, *spatial), (images, *spatial, 3))

    def test_labels_are_classes_or_void(self, key: str) -> None:
        dataset = load_dataset(key)
        found = set(dataset.target.unique().tolist()) - {dataset.ignore_label}
        assert found == set(range(len(dataset.class_names)))
        for prediction in dataset.predictions.values():
            assert int(labels(prediction, dataset.target).max()) < len(dataset.class_names)

    def test_probabilities_sum_to_one(self, key: str) -> None:
        dataset = load_dataset(key)
        for prediction in dataset.predictions.values():
            if prediction.ndim > dataset.target.ndim:
                scale = 255 if prediction.dtype == torch.uint8 else 1
                sums = prediction.sum(1) / scale
                assert float((sums - 1).abs().max()) < 0.02

    def test_texts_and_colours(self, key: str) -> None:
        dataset = load_dataset(key)
        for field in ("title", "summary", "licence", "attribution", "source", "how_made", "look_at"):
            text = getattr(dataset, field)
            assert text == text.strip() != ""
        assert len(set(dataset.class_colours)) == len(dataset.class_names)
        assert set(dataset.class_colours) <= set(OKABE_ITO)

    def test_loading_twice_gives_the_same(self, key: str) -> None:
        first, again = load_dataset(key), load_dataset(key)
        assert torch.equal(first.target, again.target)
        for model in first.model_names:
            assert torch.equal(first.predictions[model], again.predictions[model])


class TestLandcover:
    def test_absent_classes(self) -> None:
        dataset = load_dataset("landcover")
        absent = {name: images_without(dataset, name) for name in dataset.class_names}
        assert absent["agriculture"] == 11
        assert absent["sediment"] == 12
        assert absent["water"] == 3

    def test_class_shares(self) -> None:
        target = load_dataset("landcover").target
        counts = torch.bincount(target[target != 255].int()).double()
        expected = [30.1, 0.70, 12.1, 6.9, 48.7, 1.55, 0.106]
        assert (100 * counts / counts.sum()).tolist() == pytest.approx(expected, rel=0.01)

    def test_tiles_hold_every_pixel_of_the_scene(self) -> None:
        scene = stitched(load_dataset("landcover").target)
        assert scene.shape == (444, 492)
        assert float((scene[:443, :489] == 255).double().mean()) == pytest.approx(0.153, abs=5e-4)
        assert float((scene == 255).double().mean()) == pytest.approx(0.160, abs=5e-4)
        assert bool((scene[443:] == 255).all())
        assert bool((scene[:, 489:] == 255).all())

    def test_scores_named_in_the_text(self) -> None:
        dataset = load_dataset("landcover")
        valid = dataset.target != 255
        scores = dataset.predictions["random forest"].movedim(1, -1)[valid]
        target, prediction = dataset.target[valid], scores.argmax(1)
        assert float((target == prediction).double().mean()) == pytest.approx(0.704, abs=5e-4)
        assert float((target == 4).double().mean()) == pytest.approx(0.487, abs=5e-4)
        assert float(np.mean(ious(target, prediction, 7))) == pytest.approx(0.319, abs=5e-4)
        assert int((prediction == 6).sum()) == 3
        assert ious(target, prediction, 7)[6] == 0
        sediment, score = (target == 6).numpy(), scores[:, 6].numpy()
        assert roc_auc_score(sediment, score) == pytest.approx(0.797, abs=5e-4)
        assert average_precision_score(sediment, score) == pytest.approx(0.011, abs=5e-4)
        assert np.mean(score[sediment] == 0) == pytest.approx(0.345, abs=5e-4)
        assert np.mean(score[~sediment] == 0) == pytest.approx(0.927, abs=5e-4)

    def test_licence_travels_with_the_data(self) -> None:
        text = (FOLDER / "landcover" / "LICENSE").read_text(encoding="utf-8")
        dataset = load_dataset("landcover")
        assert dataset.licence == "CC BY-SA 3.0"
        assert "https://creativecommons.org/licenses/by-sa/3.0/legalcode" in text
        assert dataset.attribution in text
        assert "Changes made" in text


class TestNuclei:
    def test_class_shares(self) -> None:
        counts = torch.bincount(load_dataset("nuclei").target.flatten().int()).double()
        assert (100 * counts / counts.sum()).tolist() == pytest.approx([77.0, 16.8, 6.2], abs=0.06)

    def test_two_models_trade_places(self) -> None:
        dataset = load_dataset("nuclei")
        assert dataset.target.shape == (16, 128, 128)
        forest, unet = (labels(dataset.predictions[model], dataset.target) for model in ("random forest", "U-Net"))
        accuracies = [float((dataset.target == prediction).double().mean()) for prediction in (forest, unet)]
        assert accuracies == pytest.approx([0.951, 0.952], abs=5e-4)
        assert ious(dataset.target, forest, 3) == pytest.approx([0.966, 0.863, 0.430], abs=8e-4)
        assert ious(dataset.target, unet, 3) == pytest.approx([0.969, 0.864, 0.425], abs=8e-4)

    def test_target_shifted_by_one_pixel(self) -> None:
        scene = stitched(load_dataset("nuclei").target)
        shifted = [ious(scene[1:], scene[:-1], 3)[2], ious(scene[:, 1:], scene[:, :-1], 3)[2]]
        assert np.mean(shifted) == pytest.approx(0.49, abs=5e-3)

    def test_licence_travels_with_the_data(self) -> None:
        text = (FOLDER / "nuclei" / "LICENSE").read_text(encoding="utf-8")
        assert "CC0" in text
        assert "Uwe Schmidt, Martin Weigert" in text


class TestBlog:
    def test_macro_precision_pooled_over_the_data_set(self) -> None:
        dataset = load_dataset("blog")
        target, prediction = dataset.target.flatten().numpy(), dataset.predictions["random guess"].flatten().numpy()
        assert precision_score(target, prediction, average="macro") == pytest.approx(0.4517214441963613, abs=1e-15)

    def test_thirty_images_are_empty_in_both(self) -> None:
        dataset = load_dataset("blog")
        assert dataset.target.shape == (100, 256, 256)
        for data in (dataset.target, dataset.predictions["random guess"]):
            assert (data == 0).flatten(1).all(1).nonzero().flatten().tolist() == list(range(70, 100))

    def test_gap_between_the_two_conventions(self) -> None:
        dataset = load_dataset("blog")
        pairs = list(zip(dataset.target, dataset.predictions["random guess"], strict=True))
        means = [
            np.mean(
                [
                    f1_score(t.flatten(), p.flatten(), labels=range(4), average="macro", zero_division=z)
                    for t, p in pairs
                ]
            )
            for z in (0, 1)
        ]
        assert means == pytest.approx([0.249785, 0.474785], abs=1e-6)

    def test_global_random_numbers_are_left_alone(self) -> None:
        state = torch.random.get_rng_state()
        load_dataset("blog")
        assert torch.equal(state, torch.random.get_rng_state())


def test_screening_counts() -> None:
    dataset = load_dataset("screening")
    target, prediction = dataset.target == 1, dataset.predictions["screening test"] == 1
    counts = [target & prediction, ~target & prediction, target & ~prediction, ~target & ~prediction]
    assert [int(count.sum()) for count in counts] == [2, 0, 5, 4993]


class TestLesion:
    def test_volume_is_anisotropic(self) -> None:
        dataset = load_dataset("lesion")
        assert dataset.target.shape == (1, 24, 96, 96)
        assert dataset.spacing == (3.0, 1.0, 1.0)
        assert 0 < float(dataset.target.double().mean()) < 0.005

    @pytest.mark.parametrize(("threshold", "found", "false_alarms"), [(0.5, 1, 1), (0.3, 2, 1)])
    def test_small_lesion_needs_a_lower_threshold(self, threshold: float, found: int, false_alarms: int) -> None:
        dataset = load_dataset("lesion")
        target, prediction = dataset.target[0].numpy(), dataset.predictions["model"][0, 1].numpy() >= threshold
        lesions, count = ndimage.label(target, np.ones((3, 3, 3)))
        assert count == 2
        assert sum(bool(prediction[lesions == number].any()) for number in (1, 2)) == found
        alarms, count = ndimage.label(prediction, np.ones((3, 3, 3)))
        assert sum(not target[alarms == number].any() for number in range(1, count + 1)) == false_alarms

    def test_dice_named_in_the_text(self) -> None:
        dataset = load_dataset("lesion")
        target, prediction = dataset.target[0] == 1, dataset.predictions["model"][0, 1] >= 0.5
        dice = 2 * (target & prediction).sum() / (target.sum() + prediction.sum())
        assert float(dice) == pytest.approx(0.75, abs=5e-3)


class TestMalformedFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return Path(shutil.copytree(FOLDER / "screening", tmp_path / "mine"))

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('title = "', 'titel = "', "mine/dataset.toml: title must be a text that is not empty; got None"),
            ('licence = "CC0 1.0"', "licence = 0", "mine/dataset.toml: licence must be a text"),
            ('licence = "CC0 1.0"', 'licence = " "', "mine/dataset.toml: licence must be a text that is not empty"),
            ('name = "ill"', 'name = "healthy"', r"mine/dataset.toml: classes\[1\].name must be a text that no other"),
            ('"#D55E00"', '"red"', r"mine/dataset.toml: classes\[1\].colour must be a colour such as .*; got 'red'"),
            ("[[classes]]", "[[class]]", r"mine/dataset.toml: classes must be a list of tables"),
            ('image_names = ["screened"]', "void = 1", "mine/dataset.toml: void must be a whole number outside"),
            ('["screened"]', '["a", "b"]', "mine/dataset.toml: image_names must be 1 different texts"),
            ("image_names", "spacing = [1.0, 0.0]\nimage_names", "mine/dataset.toml: spacing must be a list of dist"),
            ("image_names", "spacing = [1.0]\nimage_names", "mine: spacing must hold 2 distances; got 1"),
            ('file = "arrays.npz"', "", 'mine/dataset.toml: arrays must hold either file = "..." or generator'),
            (
                '"arrays.npz"',
                '"../arrays.npz"',
                "mine/dataset.toml: arrays.file must be the name of a file in the same",
            ),
            ('"arrays.npz"', '"other.npz"', "mine/dataset.toml: arrays.file must be the name of a file in the same"),
            ('file = "arrays.npz"', 'generator = "x"', "arrays.generator must be one of blog, lesion; got 'x'"),
            ('= "prediction"', '= "guess"', r"mine/dataset.toml: models may name only arrays that exist \(target, pre"),
            ("[models]", "[model]", "mine/dataset.toml: models must be a table"),
            ("title = ", "title ", "mine/dataset.toml is not valid TOML"),
        ],
    )
    def test_settings(self, folder: Path, old: str, new: str, message: str) -> None:
        settings = folder / "dataset.toml"
        text = settings.read_text(encoding="utf-8")
        assert old in text
        settings.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            read_dataset(folder)

    def test_no_settings(self, folder: Path) -> None:
        (folder / "dataset.toml").unlink()
        with pytest.raises(ValueError, match=r"mine holds no dataset\.toml; write one"):
            read_dataset(folder)

    def test_settings_that_are_no_text(self, folder: Path) -> None:
        (folder / "dataset.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ValueError, match=r"mine/dataset\.toml is not valid TOML"):
            read_dataset(folder)

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"plain text"])
    def test_arrays_that_are_no_npz(self, folder: Path, content: bytes) -> None:
        (folder / "arrays.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"mine/arrays\.npz must be an npz file of numeric arrays"):
            read_dataset(folder)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda a: a | {"prediction": a["prediction"][:, :-1]}, r"model 'screening test' must have the shape"),
            (lambda a: a | {"prediction": np.zeros((1, 3, 50, 100), np.uint8)}, r"\(1, 2, 50, 100\) \(scores\); got"),
            (lambda a: a | {"target": a["target"] + np.uint8(1)}, "target must hold the labels 0 to 1, or the void"),
            (lambda a: a | {"target": a["target"].astype(np.float32)}, "target must hold the labels 0 to 1"),
            (lambda a: a | {"image": np.zeros((1, 50, 100, 4), np.uint8)}, "image must have the target's shape"),
            (lambda a: {"prediction": a["prediction"]}, "models may name only arrays that exist"),
            (lambda a: a | {"prediction": np.array(["a", "b"])}, r"mine/arrays\.npz must be an npz file of numeric"),
            (lambda a: a | {"prediction": np.array([None])}, r"mine/arrays\.npz must be an npz file of numeric"),
        ],
    )
    def test_arrays(
        self, folder: Path, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]], message: str
    ) -> None:
        with np.load(folder / "arrays.npz") as archive:
            arrays = dict(archive)
        np.savez(folder / "arrays.npz", **change(arrays))
        with pytest.raises(ValueError, match=message):
            read_dataset(folder)


class TestSynthetic:
    def test_a_recipe_becomes_a_data_set(self) -> None:
        dataset = synthetic_dataset(Recipe(images=3, height=32, width=40, object_size_px=8.0), title="Mine")
        assert (dataset.key, dataset.title, dataset.ignore_label) == ("synthetic", "Mine", 255)
        assert dataset.target.shape == (3, 32, 40)
        assert dataset.predictions["synthetic model"].shape == (3, 5, 32, 40)
        assert dataset.image_names == ("image 0", "image 1", "image 2")
        assert dataset.class_colours == OKABE_ITO[:5]

    @pytest.mark.parametrize("number", [1, 2, 8, 9, 19, 100])
    def test_colours_differ(self, number: int) -> None:
        colours = class_colours(number)
        assert len(colours) == len(set(colours)) == number
        assert all(len(colour) == 7 and int(colour[1:], 16) >= 0 for colour in colours)
