"""Tables of what is known of the images: matched by name, bounded, and cut into slices."""

from __future__ import annotations

import pytest

import metrics_core as mc

IMAGES = ("scan 1.png", "scan 2.png", "scan 3.png")


def table(*lines: str, images: tuple[str, ...] = IMAGES) -> mc.Metadata:
    return mc.read_metadata("images.csv", "\n".join(lines).encode(), images)


def refusal_of(*lines: str) -> str:
    with pytest.raises(mc.FileError) as caught:
        table(*lines)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_are_matched_by_name_or_stem(separator: str) -> None:
    rows = (("site", "image"), ("north", "scan 1.png"), ("south", "scan 2"), ("south", "other"))
    found = table(*(separator.join(row) for row in rows))
    assert found.images == 2
    assert found.columns == {"site": {"scan 1.png": "north", "scan 2.png": "south"}}


def test_without_a_column_image_the_first_names_them() -> None:
    assert table("name,site", "scan 1.png,north").columns == {"site": {"scan 1.png": "north"}}


def test_a_version_in_a_name_is_no_extension() -> None:
    found = table("image,site", "a.1,north", "a.2,south", images=("a.1", "a.2"))
    assert found.labels("site") == {"a.1": "north", "a.2": "south"}


def test_few_values_are_slices_as_they_are_and_empty_cells_none() -> None:
    found = table("image,age", "scan 1.png,30", "scan 2.png,", "scan 3.png,40")
    assert found.labels("age") == {"scan 1.png": "30", "scan 3.png": "40"}


def test_many_numbers_become_quarters() -> None:
    images = tuple(f"i{k}" for k in range(12))
    labels = table("image,age", *(f"i{k},{k}" for k in range(12)), images=images).labels("age")
    assert [labels[name] for name in images] == [
        *["1: 0 to 2"] * 3,
        *["2: 3 to 5"] * 3,
        *["3: 6 to 8"] * 3,
        *["4: 9 to 11"] * 3,
    ]


def test_many_texts_are_refused() -> None:
    images = tuple(f"i{k}" for k in range(50))
    found = table("image,name", *(f"i{k},n{k}" for k in range(50)), images=images)
    with pytest.raises(mc.FileError, match="at most 40 values"):
        found.labels("name")


def test_quarters_and_size_slices_are_of_the_same_kind() -> None:
    images = tuple(f"i{k}" for k in range(9))
    labels = table("image,age", *(f"i{k},{k / 2}" for k in range(9)), images=images).labels("age")
    assert sorted(set(labels.values())) == ["1: 0 to 1", "2: 1.5 to 2", "3: 2.5 to 3", "4: 3.5 to 4"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("image", "scan 1.png"), "2 to 100 columns"),
        (("image,site,site", "a,b,c"), "2 to 100 columns"),
        (("image,site", "scan 1.png"), "expected 2 cells in line 2"),
        (("image,site", "scan 1.png,a", "scan 1.png,b"), "every image once"),
        (("image,site", "x,a"), "expected rows of the images scored"),
        (("image,site",), "expected rows of the images scored"),
        (("",), "2 to 100 columns"),
        (("image,site", 'scan 1.png,"open'), "a CSV table"),
    ],
)
def test_what_is_no_such_table_is_refused(lines: tuple[str, ...], message: str) -> None:
    assert message in refusal_of(*lines)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(mc.FileError, match="UTF-8"):
        mc.read_metadata("images.csv", b"image,site\n\xff\xfe,1", IMAGES)


def test_hidden_characters_are_spelt_out() -> None:
    assert table("image,si\u202ete", "scan 1.png,no\u200brth").columns == {
        "si\\u202ete": {"scan 1.png": "no\\u200brth"}
    }
