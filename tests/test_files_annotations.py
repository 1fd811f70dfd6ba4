"""Annotations: legends, COCO files and tables of scores."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from metrics_core.files import Choices, Legend, LegendEntry, Upload, UserData, read_arrays, read_legend, read_pair
from tests.test_files import concluded, npy, one, picture, refusal_of, zipped

CSV_LEGEND = "name,colour,label\nground,#000000,0\nroad,#FF0000,1\ntree,#00ff00,2\nvoid,#FFFFFF,255\n"
JSON_LEGEND = json.dumps(
    {
        "classes": [
            {"name": "ground", "colour": "#000000", "label": 0},
            {"name": "road", "color": [255, 0, 0], "id": 1},
            {"name": "tree", "colour": "#00FF00", "label": 2},
            {"name": "void", "colour": "#FFFFFF", "label": 255},
        ]
    }
)
TOML_LEGEND = (
    '[[classes]]\nname = "ground"\ncolour = "#000000"\n[[classes]]\nname = "road"\ncolour = "#FF0000"\n'
    '[[classes]]\nname = "tree"\ncolour = "#00FF00"\n[[classes]]\nname = "void"\ncolour = "#FFFFFF"\nlabel = 255\n'
)
RGB_LEGEND = "name,r,g,b,label\nground,0,0,0,0\nroad,255,0,0,1\ntree,0,255,0,2\nvoid,255,255,255,255\n"
COLOURS = np.array([[[0, 0, 0], [255, 0, 0]], [[0, 255, 0], [255, 255, 255]]], np.uint8)
MAP = np.array([[0, 1], [2, 255]])


def text(name: str, content: str, encoding: str = "utf-8") -> Upload:
    return Upload(name=name, data=content.encode(encoding))


class TestLegends:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("l.csv", CSV_LEGEND),
            ("l.csv", CSV_LEGEND.replace(",", ";")),
            ("l.csv", "\ufeff" + CSV_LEGEND),
            ("l.csv", RGB_LEGEND),
            ("l.json", JSON_LEGEND),
            ("l.toml", TOML_LEGEND),
        ],
    )
    def test_colours_become_labels(self, name: str, content: str) -> None:
        files = [Upload(name="m.png", data=picture(COLOURS)), text(name, content)]
        np.testing.assert_array_equal(read_arrays(files, role="target").values, MAP[None])
        assert read_pair(files, files[:1]).class_names == ("ground", "road", "tree")

    def test_one_legend_serves_target_and_prediction(self) -> None:
        target = [Upload(name="m.png", data=picture(COLOURS)), text("l.csv", CSV_LEGEND)]
        data = read_pair(target, one(picture(COLOURS[:, :, ::1]), "m.png"))
        assert (data.class_names, data.ignore_label, data.num_classes) == (("ground", "road", "tree"), 255, 3)
        assert data.class_colours == {0: "#000000", 1: "#FF0000", 2: "#00FF00"}
        assert concluded(data)["channels"] == "legend"

    def test_names_without_pixels_are_classes(self) -> None:
        legend = Legend(entries=tuple(LegendEntry(label=i, name=f"c{i}") for i in range(6)))
        data = read_pair(one(npy([[0, 1]]), "t.npy"), one(npy([[0, 1]]), "p.npy"), choices=Choices(legend=legend))
        assert (data.num_classes, data.class_names[5]) == (6, "c5")

    def test_unknown_colours_are_named_with_their_place(self) -> None:
        wrong = COLOURS.copy()
        wrong[1, 0] = (1, 2, 3)
        message = refusal_of(
            lambda: read_arrays([Upload(name="m.png", data=picture(wrong)), text("l.csv", CSV_LEGEND)], role="target")
        )
        assert "got #010203 at row 1, column 0 (1 such pixels)" in message

    def test_colours_in_a_zip_with_their_legend(self) -> None:
        data = zipped({"x/m.png": picture(COLOURS), "x/classes.json": JSON_LEGEND.encode()})
        np.testing.assert_array_equal(read_arrays(one(data, "m.zip"), role="target").values, MAP[None])

    @pytest.mark.parametrize(
        ("name", "content", "got"),
        [
            ("l.csv", "name,colour\na,red\n", "'red'"),
            ("l.csv", "name,colour\na,#00000\n", "'#00000'"),
            ("l.csv", "name,label\na,1\nb,1\n", "'1' twice"),
            ("l.csv", "name,label\na,1\na,2\n", "'a' twice"),
            ("l.csv", "name,colour\na,#000000\nb,#000000\n", "'#000000' twice"),
            ("l.csv", "name,label\na,1.5\n", "'1.5'"),
            ("l.csv", "name,label\n,1\n", "''"),
            ("l.csv", "name,label\na\n", "got 1"),
            ("l.csv", "name,label\n", "got 0"),
            ("l.csv", 'name,label\n"a,1\n', "line"),
            ("l.csv", "a,b\n1,2\n", "'a, b'"),
            ("l.csv", "", "'nothing'"),
            ("l.json", "[" * 10_000, "nested too deeply"),
            ("l.json", '[{"name": "a", "label": NaN}]', "NaN"),
            ("l.json", '[{"name": "a", "name": "b"}]', "twice in one object"),
            ("l.json", '{"classes": 3}', "'3'"),
            ("l.json", '[{"name": "a", "colour": [1, 2]}]', "'[1, 2]'"),
            ("l.json", '[{"name": "a", "colour": [1, 2, 300]}]', "'[1, 2, 300]'"),
            ("l.json", '[{"name": "a", "label": true}]', "'True'"),
            ("l.json", "{", "Expecting"),
            ("l.json", '[{"name": "' + "a" * 300 + '"}]', "'aaa"),
            ("l.toml", "a = ", "Invalid"),
            ("l.toml", "a = 1", "'None'"),
            ("l.txt", "a", "another"),
        ],
    )
    def test_what_is_refused(self, name: str, content: str, got: str) -> None:
        assert got in refusal_of(lambda: read_legend(name, content.encode()))

    def test_bytes_that_are_no_text(self) -> None:
        assert "byte 0xff" in refusal_of(lambda: read_legend("l.csv", b"\xff\xfen\0a\0"))

    def test_two_legends(self) -> None:
        files = [
            Upload(name="m.png", data=picture(COLOURS)),
            text("a.csv", CSV_LEGEND),
            text("b.toml", "classes = [{name='x'}]"),
        ]
        assert "got a second one besides 'a.csv'" in refusal_of(lambda: read_arrays(files, role="target"))

    def test_only_a_legend(self) -> None:
        assert "got only a legend" in refusal_of(lambda: read_arrays([text("a.csv", CSV_LEGEND)], role="target"))


MASKS = np.zeros((2, 5, 7), np.uint8)
MASKS[0, 1:3, 2:6] = 1
MASKS[1, 2:5, 4:7] = 1


def packed(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    found: Any = coco_mask.encode(np.asfortranarray(mask))
    return {"size": [int(side) for side in found["size"]], "counts": found["counts"].decode()}


def plain(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    flat = mask.T.ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat, [2]])))
    return {"size": list(mask.shape), "counts": np.diff(np.concatenate([[0], edges])).tolist()}


def coco(segmentations: Any, categories: Any = (1, 3), **extra: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 42, "file_name": "first.jpg", "height": 5, "width": 7}],
        "annotations": [
            {"image_id": 42, "category_id": category, "segmentation": each}
            for each, category in zip(segmentations, categories, strict=True)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 3, "name": "dog"}],
        **extra,
    }


def saved_json(content: Any) -> bytes:
    return json.dumps(content).encode()


EXPECTED = np.where(MASKS[1] == 1, 3, MASKS[0])


class TestRunLengths:
    @pytest.mark.parametrize("encode", [packed, plain])
    def test_label_maps(self, encode: Any) -> None:
        read = read_arrays(one(saved_json(coco([encode(m) for m in MASKS])), "t.json"), role="target")
        np.testing.assert_array_equal(read.values[0], EXPECTED)
        assert read.names == ("first",)
        assert "2 pixels lie under several categories" in read.notices[0]

    def test_results_find_their_images_by_number(self) -> None:
        results = [
            {"image_id": 42, "category_id": 3, "segmentation": packed(MASKS[1]), "score": 0.9},
            {"image_id": 42, "category_id": 1, "segmentation": packed(MASKS[0]), "score": 0.2},
        ]
        target = Upload(name="t.json", data=saved_json(coco([packed(m) for m in MASKS])))
        data = read_pair([target], [Upload(name="p.json", data=saved_json(results))])
        np.testing.assert_array_equal(data.prediction[0], EXPECTED)
        assert data.class_names == ("class 0", "cat", "class 2", "dog")
        assert data.image_names == ("first",)

    def test_against_masks_in_files(self) -> None:
        masks = [Upload(name=f"{name}.png", data=picture(EXPECTED.astype(np.uint8))) for name in ("first", "second")]
        content = coco([packed(m) for m in MASKS])
        content["images"].append({"id": 7, "file_name": "second.jpg", "height": 5, "width": 7})
        data = read_pair(masks, one(saved_json(content), "p.json"))
        assert data.image_names == ("first", "second")
        assert int(data.prediction[1].sum()) == 0

    def test_a_category_zero_leaves_the_rest_without_label(self) -> None:
        content = coco([packed(MASKS[0]), packed(MASKS[1])], (0, 1)) | {"categories": [{"id": 0, "name": "cat"}]}
        read = read_arrays(one(saved_json(content), "t.json"), role="target")
        assert set(np.unique(read.values)) == {0, 1, 65_535}
        other = [{"image_id": 42, "category_id": 1, "segmentation": packed(MASKS[0])}]
        target = one(saved_json(content), "t.json")
        assert "got 0 for pixels without annotation, 65535" in refusal_of(
            lambda: read_pair(target, one(saved_json(other), "p.json"))
        )

    @pytest.mark.parametrize(
        ("content", "got"),
        [
            (coco([{"size": [5, 7], "counts": [3]}], [1]), "got 3 in annotation 0"),
            (coco([{"size": [5, 7], "counts": [35, 10**15]}], [1]), "expected counts for 35 pixels"),
            (coco([{"size": [5, 7], "counts": [-1, 36]}], [1]), "none in annotation 0"),
            (coco([{"size": [5, 7], "counts": "\u00ff"}], [1]), "none in annotation 0"),
            (coco([{"size": [5, 7], "counts": "o" * 99}], [1]), "none in annotation 0"),
            (coco([{"size": [5, 7], "counts": ""}], [1]), "got 0 in annotation 0"),
            (coco([{"size": [7, 5], "counts": [35]}], [1]), "got 7 x 5 in annotation 0"),
            (coco([{"size": [10**6, 10**6], "counts": [10**12]}], [1]), "1,000,000,000,000"),
            (coco([[[1, 2, 3, 4, 5, 6]]], [1]), "polygons"),
            (coco([{"size": [5, 7], "counts": [35]}], [-1]), "'-1'"),
            (coco([{"size": [5, 7], "counts": [35]}], ["cat"]), "'cat'"),
            (coco([{"size": [5, 7], "counts": [35]}], [1], images=[{"id": 42}]), "height"),
            (
                coco([{"size": [5, 7], "counts": [35]}], [1], images=[{"id": 42, "height": 10**6, "width": 10**6}]),
                "pixels",
            ),
            ([{"segmentation": {}, "category_id": 1}], "none in entry 0"),
            ([{"segmentation": {}, "category_id": 1, "image_id": 1}], "none in annotation 0"),
            ([{"segmentation": {}}, 3], "1 of them no objects"),
        ],
    )
    def test_what_is_refused(self, content: Any, got: str) -> None:
        assert got in refusal_of(lambda: read_arrays(one(saved_json(content), "t.json"), role="target"))


def panoptic(ids: np.ndarray[Any, Any], segments: dict[int, int]) -> list[Upload]:
    colours = np.stack([ids & 255, ids >> 8 & 255, ids >> 16], -1).astype(np.uint8)
    content = {
        "annotations": [
            {
                "image_id": 1,
                "file_name": "a.png",
                "segments_info": [{"id": key, "category_id": category} for key, category in segments.items()],
            }
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "sky"}],
    }
    return [
        Upload(name="panoptic.json", data=saved_json(content)),
        Upload(name="pictures/a.png", data=picture(colours)),
    ]


class TestPanoptic:
    def test_segments_become_categories(self) -> None:
        ids = np.array([[0, 70_000], [300, 70_000]])
        read = read_arrays(panoptic(ids, {70_000: 1, 300: 2}), role="target")
        assert read.values.tolist() == [[[65_535, 1], [2, 1]]]
        assert read.names == ("a",)

    def test_as_a_pair_the_unlisted_pixels_are_void(self) -> None:
        files = panoptic(np.array([[0, 70_000], [300, 70_000]]), {70_000: 1, 300: 2})
        data = read_pair(files, files)
        assert (data.ignore_label, data.num_classes, data.class_names[1:]) == (65_535, 3, ("cat", "sky"))

    def test_segments_that_are_not_listed(self) -> None:
        message = refusal_of(lambda: read_arrays(panoptic(np.array([[9]]), {1: 1}), role="target"))
        assert "got segment 9 at row 0, column 0" in message

    def test_pictures_are_missing(self) -> None:
        assert "only a legend" in refusal_of(lambda: read_arrays(panoptic(np.array([[9]]), {1: 1})[:1], role="target"))


SCORES = "image,target,cat,dog\nx,0,0.9,0.1\ny,1,0.25,0.75\n"


def table_pair(content: str, **choices: Any) -> UserData:
    return read_pair([text("s.csv", content)], choices=Choices(**choices))


class TestTables:
    def test_one_row_an_image(self) -> None:
        data = table_pair(SCORES)
        assert (data.image_names, data.class_names, data.kind) == (("x", "y"), ("cat", "dog"), "probabilities")
        assert data.target.tolist() == [[0], [1]]
        assert data.prediction.tolist() == [[[0.9], [0.1]], [[0.25], [0.75]]]

    def test_one_row_a_pixel(self) -> None:
        rows = "".join(
            f"{name},{pixel},{pixel % 2},{pixel / 4},{1 - pixel / 4}\n" for pixel in range(4) for name in "ab"
        )
        data = table_pair("image,pixel,target,cat,dog\n" + rows)
        assert data.target.tolist() == [[0, 1, 0, 1]] * 2
        assert data.prediction[1, 0].tolist() == [0, 0.25, 0.5, 0.75]

    def test_without_names_all_rows_are_one_image(self) -> None:
        data = table_pair("target,a,b,c\n" + "0,1,0,0\n" * 3)
        assert data.prediction.shape == (1, 3, 3)

    def test_predicted_labels(self) -> None:
        data = table_pair("image,target,prediction\nx,0,1\ny,2,2\n")
        assert (data.kind, data.prediction.tolist()) == ("labels", [[1], [2]])

    def test_a_byte_order_mark_and_empty_rows(self) -> None:
        content = "\ufeff" + SCORES.replace("\n", "\r\n").replace("y,", "\r\n\r\ny,")
        assert table_pair(content).digest == table_pair(SCORES).digest

    def test_semicolons_and_decimal_commas_are_declared(self) -> None:
        european = SCORES.replace(",", ";").replace(".", ",")
        message = refusal_of(lambda: table_pair(european))
        assert "pass csv_style='semicolon' or 'decimal_comma'" in message
        assert "pass csv_style='decimal_comma'" in refusal_of(lambda: table_pair(european, csv_style="semicolon"))
        assert table_pair(european, csv_style="decimal_comma").digest == table_pair(SCORES).digest
        assert table_pair(SCORES.replace(",", "\t"), csv_style="tab").digest == table_pair(SCORES).digest
        assert "pass csv_style='comma'" in refusal_of(lambda: table_pair(SCORES, csv_style="tab"))

    @pytest.mark.parametrize("cell", ["1e309", "inf", "nan", "", "0x1", "1_0", "=cmd|' /C calc'!A0", "٣", "1e-9999"])
    def test_cells_that_are_no_finite_numbers(self, cell: str) -> None:
        message = refusal_of(lambda: table_pair(SCORES.replace("0.25", cell)))
        assert "expected a finite number" in message
        assert "in line 3, column 'cat'" in message

    @pytest.mark.parametrize(
        ("content", "got"),
        [
            ("image,target,cat\nx,0\n", "got 2"),
            ("image,target,cat,cat\nx,0,1,1\n", "'image, target, cat, cat'"),
            ("image,target,\nx,0,1\n", "'image, target, '"),
            ("image,cat,dog\nx,1,0\n", "expected a column target"),
            ("image,target,cat,dog\n", "got none"),
            ("image,target,cat,dog\n,0,1,0\n", "expected a name"),
            ('target,cat\n0,"1\n', "line"),
            ("\n", "expected"),
        ],
    )
    def test_what_is_refused(self, content: str, got: str) -> None:
        assert got in refusal_of(lambda: table_pair(content))

    def test_images_of_different_length(self) -> None:
        message = refusal_of(lambda: table_pair("image,target,cat,dog\nx,0,1,0\nx,0,1,0\ny,0,1,0\n"))
        assert "'s.csv' image 'y': expected shape (2,) as in 's.csv' image 'x'" in message


def test_pillow_and_the_legend_agree_on_colours() -> None:
    written = io.BytesIO()
    Image.fromarray(COLOURS).save(written, "PNG")
    read = read_arrays([Upload(name="m.png", data=written.getvalue()), text("l.csv", CSV_LEGEND)], role="target")
    np.testing.assert_array_equal(read.values[0], MAP)
