"""Models: which files belong to which, the images all of them have, and the pictures underneath."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metrics_core.files import Choices, ModelFiles, Upload, read_models, split_models
from tests.test_files import npy, npz, one, picture, refusal_of, zipped

RANDOM = np.random.default_rng(5)
TARGET = RANDOM.integers(0, 3, (4, 6, 7)).astype(np.uint8)
FIRST = RANDOM.integers(0, 3, TARGET.shape).astype(np.uint8)
SECOND = RANDOM.dirichlet(np.ones(3), TARGET.shape).astype(np.float32)


def files(folder: str, masks: Any, start: int = 0) -> list[Upload]:
    return [Upload(name=f"{folder}{start + i}.png", data=picture(mask)) for i, mask in enumerate(masks)]


def names(predictions: list[Upload], target: list[Upload], **options: Any) -> dict[str, list[str]]:
    models, why = split_models(predictions, target=target, **options)
    assert why.field == "models_by"
    return {model.name: [upload.name for upload in model.uploads] for model in models}


class TestSplitting:
    def test_files_named_like_the_targets_are_one_model(self) -> None:
        assert list(names(files("p/", FIRST), files("t/", TARGET))) == ["your prediction"]

    def test_folders_with_the_same_names_are_models(self) -> None:
        found = names(files("unet/", FIRST) + files("segformer/", FIRST), files("gt/", TARGET))
        assert found == {
            "unet": ["0.png", "1.png", "2.png", "3.png"],
            "segformer": ["0.png", "1.png", "2.png", "3.png"],
        }

    def test_folders_in_a_zip_too(self) -> None:
        members = {f"run/{model}/{i}.png": picture(FIRST[i]) for model in "ab" for i in range(4)}
        assert list(names(one(zipped(members), "p.zip"), files("", TARGET))) == ["a", "b"]

    def test_folders_that_the_target_has_as_well_are_cases(self) -> None:
        cases = [Upload(name=f"case{i}/mask.png", data=picture(TARGET[i])) for i in range(3)]
        assert list(names(cases, cases)) == ["your prediction"]

    def test_several_archives_are_models(self) -> None:
        archive = zipped({"0.png": picture(FIRST[0])})
        predictions = [Upload(name=f"{name}.zip", data=archive) for name in ("a", "b")]
        assert list(names(predictions, files("", TARGET[:1]))) == ["a", "b"]

    def test_several_files_for_one_target_are_models(self) -> None:
        predictions = [Upload(name=f"{name}.npy", data=npy(FIRST)) for name in ("a", "b")]
        target = one(npy(TARGET), "t.npy")
        assert list(names(predictions, target)) == ["a", "b"]
        assert list(names(predictions, target, models_by="one")) == ["your prediction"]
        assert list(names(predictions, target * 1 + one(npy(TARGET), "u.npy"))) == ["your prediction"]

    def test_a_legend_is_no_model(self) -> None:
        legend = Upload(name="legend.csv", data=b"name,label\na,0\nb,1\nc,2\n")
        target = one(npy(TARGET), "t.npy")
        assert list(names([*one(npy(FIRST), "p.npy"), legend], target)) == ["your prediction"]
        two = [*one(npy(FIRST), "p.npy"), *one(npy(FIRST), "q.npy"), legend]
        assert names(two, [*target, legend]) == {"p": ["p.npy", "legend.csv"], "q": ["q.npy", "legend.csv"]}

    def test_members_of_one_npz_are_models(self) -> None:
        both = one(npz(target=TARGET, prediction_a=FIRST, prediction_b=FIRST), "all.npz")
        models, _ = split_models(both, target=both)
        assert [(model.name, model.member) for model in models] == [("a", "prediction_a"), ("b", "prediction_b")]

    def test_a_declaration_wins(self) -> None:
        predictions = files("a/", FIRST[:1]) + files("b/", FIRST[:1], start=1)
        assert list(names(predictions, files("", TARGET[:2]))) == ["your prediction"]
        assert list(names(predictions, files("", TARGET[:2]), models_by="folder")) == ["a", "b"]
        assert list(names(predictions, files("", TARGET[:2]), models_by="file")) == ["0", "1"]


def model(name: str, uploads: list[Upload]) -> ModelFiles:
    return ModelFiles(name=name, uploads=tuple(uploads))


class TestReading:
    def test_labels_beside_probabilities(self) -> None:
        data = read_models(
            one(npy(TARGET), "t.npy"),
            [model("a", one(npy(FIRST), "a.npy")), model("b", one(npy(SECOND), "b.npy"))],
        )
        assert dict(data.kinds) == {"a": "labels", "b": "probabilities"}
        np.testing.assert_array_equal(data.predictions["a"], FIRST)
        np.testing.assert_array_equal(data.predictions["b"], np.moveaxis(SECOND, -1, 1))
        assert ("a", "scores") in [(name, note.field) for name, note in data.inferred]

    def test_the_largest_number_of_classes_holds_for_all(self) -> None:
        few = np.minimum(FIRST, 1)
        data = read_models(
            one(npy(np.minimum(TARGET, 1)), "t.npy"),
            [model("a", one(npy(few), "a.npy")), model("b", one(npy(SECOND), "b.npy"))],
        )
        assert data.num_classes == 3

    def test_only_images_that_every_model_has(self) -> None:
        data = read_models(
            files("", TARGET),
            [model("a", files("", FIRST[:3])), model("b", files("", FIRST[1:], start=1))],
            choices=Choices(unmatched="intersection"),
        )
        assert data.image_names == ("1", "2")
        np.testing.assert_array_equal(data.target, TARGET[1:3])
        np.testing.assert_array_equal(data.predictions["b"], FIRST[1:3])
        assert any("only the 2 images that every model has" in notice for notice in data.notices)

    def test_models_without_a_common_image(self) -> None:
        message = refusal_of(
            lambda: read_models(
                files("", TARGET),
                [model("a", files("", FIRST[:2])), model("b", files("", FIRST[2:], start=2))],
                choices=Choices(unmatched="intersection"),
            )
        )
        assert "expected an image that every model has" in message

    def test_models_of_different_classes(self) -> None:
        four = RANDOM.dirichlet(np.ones(4), TARGET.shape)
        message = refusal_of(
            lambda: read_models(
                one(npy(TARGET), "t.npy"),
                [model("a", one(npy(SECOND), "a.npy")), model("b", one(npy(four), "b.npy"))],
            )
        )
        assert "model 'a': expected 4 classes as 'b' has, got 3" in message

    def test_a_target_that_means_different_things_is_refused(self) -> None:
        legend = Upload(name="legend.csv", data=b"name,label\nground,0\nroad,1\nvoid,2\n")
        message = refusal_of(
            lambda: read_models(
                one(npy(TARGET), "t.npy"),
                [model("a", one(npy(FIRST), "a.npy")), model("b", [*one(npy(FIRST), "b.npy"), legend])],
            )
        )
        assert "expected the same target labels as beside 'a'" in message

    @pytest.mark.parametrize("names_of_models", [[], ["a", "a"], [str(i) for i in range(33)]])
    def test_too_many_too_few_or_twice(self, names_of_models: list[str]) -> None:
        models = [model(name, one(npy(FIRST), "p.npy")) for name in names_of_models]
        assert "expected 1 to 32" in refusal_of(lambda: read_models(one(npy(TARGET), "t.npy"), models))

    def test_progress_is_told_and_can_stop_it(self) -> None:
        told: list[tuple[str, float]] = []
        models = [model(name, one(npy(FIRST), f"{name}.npy")) for name in "ab"]
        read_models(one(npy(TARGET), "t.npy"), models, progress=lambda name, share: told.append((name, share)))
        assert [name for name, _ in told] == ["t.npy", "a.npy", "t.npy", "b.npy"]
        assert [share for _, share in told] == sorted(share for _, share in told)

        def stop(name: str, share: float) -> None:
            if name == "b.npy":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            read_models(one(npy(TARGET), "t.npy"), models, progress=stop)

    def test_the_digest_names_every_pixel_and_every_model(self) -> None:
        changed = FIRST.copy()
        changed[3, 5, 6] = (changed[3, 5, 6] + 1) % 3
        digests = {
            read_models(one(npy(TARGET), "t.npy"), [model(name, one(npy(values), "p.npy"))]).digest
            for name, values in (("a", FIRST), ("b", FIRST), ("a", changed))
        }
        assert len(digests) == 3


class TestPicturesBelow:
    PHOTOS = RANDOM.integers(0, 256, (4, 6, 7, 3)).astype(np.uint8)

    def read(self, images: list[Upload], target: list[Upload] | None = None) -> Any:
        masks = files("", TARGET) if target is None else target
        return read_models(masks, [model("a", masks)], images=images)

    def test_photos_are_matched_by_name(self) -> None:
        shuffled = [Upload(name=f"{i}.png", data=picture(self.PHOTOS[i])) for i in (2, 0, 3, 1)]
        np.testing.assert_array_equal(self.read(shuffled).image, self.PHOTOS)

    def test_one_array_is_taken_in_order(self) -> None:
        np.testing.assert_array_equal(self.read(one(npy(self.PHOTOS), "i.npy")).image, self.PHOTOS)

    def test_other_numbers_are_brought_to_eight_bits(self) -> None:
        wide = RANDOM.normal(1000, 200, TARGET.shape).astype(np.float32)
        wide[0, 0, 0] = np.nan
        data = self.read(one(npy(wide), "i.npy"))
        assert data.image.shape == TARGET.shape
        assert (int(data.image.min()), int(data.image.max())) == (0, 255)
        assert any("as black" in notice for notice in data.notices)

    def test_a_missing_picture_is_named(self) -> None:
        photos = [Upload(name=f"{i}.png", data=picture(self.PHOTOS[i])) for i in range(3)]
        assert "got none for '3'" in refusal_of(lambda: self.read(photos))

    def test_another_size_is_refused(self) -> None:
        photos = [Upload(name=f"{i}.png", data=picture(self.PHOTOS[i, :4])) for i in range(4)]
        assert "expected pictures of the masks' size (6, 7)" in refusal_of(lambda: self.read(photos))
