"""The selection: what is chosen stays while its widget is not drawn."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.test_explore_page import ROOT, headline, opened, saved, turn, upload, widget


def folded(page: AppTest, *, unfold: bool) -> AppTest:
    page.session_state["more_rules"] = unfold
    return page.run()


def test_a_threshold_stays_while_the_highest_score_decides() -> None:
    page, chosen = opened(decide="threshold"), 50 / 255
    score = headline(turn(page, "threshold", chosen))
    turn(turn(page, "decide", "argmax"), "decide", "threshold")
    assert (widget(page, "threshold").value, headline(page)) == (chosen, score)
    assert page.query_params["threshold"] == "0.19607843"


def test_a_rule_stays_while_it_is_folded_away() -> None:
    page = folded(opened(pooling="image"), unfold=True)
    score = headline(turn(page, "order", "images_then_classes"))
    turn(folded(page, unfold=False), "matrix", "count")
    turn(page, "matrix", "true")
    assert headline(page) == score
    assert page.query_params["order"] == "images_then_classes"


def test_a_knob_stays_while_an_example_is_looked_at() -> None:
    page = turn(opened(source="synthesize"), "boundary_error_px", 2)
    score = headline(page)
    for source in ("example", "synthesize"):
        turn(page, "source", source)
    assert widget(page, "boundary_error_px").value == 2
    assert headline(page) == score


def test_the_default_threshold_is_the_default_of_the_next_data_too() -> None:
    page = turn(opened(decide="threshold"), "source", "synthesize")
    assert widget(page, "threshold").value == 0.5
    assert "threshold" not in page.query_params
    turn(page, "source", "example")
    assert widget(page, "threshold").value == 128 / 255
    assert "threshold" not in page.query_params


def test_a_chosen_threshold_is_kept_for_the_next_data() -> None:
    page = turn(turn(opened(decide="threshold"), "threshold", 50 / 255), "source", "synthesize")
    assert widget(page, "threshold").value == 50 / 256


def test_data_without_scores_have_no_threshold_in_their_address() -> None:
    mask = np.eye(8, dtype=np.uint8)
    page = turn(turn(opened(decide="threshold"), "threshold", 50 / 255), "source", "files")
    upload(page, saved(mask), saved(mask))
    assert page.metric
    assert "threshold" not in page.query_params
    turn(turn(page, "source", "example"), "decide", "threshold")
    assert widget(page, "threshold").value == 50 / 255


def test_a_link_says_what_of_it_does_not_exist_here_until_something_is_changed() -> None:
    page = opened(data="nonsense", formula="[foo](x)", average="micro")
    words = page.info[0].value
    assert "data “nonsense”, formula “\\[foo\\](x)”" in words
    assert "micro" not in words
    assert page.run().info
    assert not turn(page, "average", "macro").info


def test_a_link_of_which_all_exists_needs_no_words() -> None:
    assert not opened(data="nuclei", formula="dice", utm_source="mail").info


def test_the_typed_path_of_the_first_page_leads_there_with_its_settings() -> None:
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    page._page_hash = calc_hash("explore")
    page.query_params["formula"] = "dice"
    page.run()
    assert not page.exception
    assert widget(page, "formula").value == "dice"
    assert page.query_params["formula"] == "dice"
