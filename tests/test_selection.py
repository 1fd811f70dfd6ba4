"""The selection: what is chosen stays while its widget is not drawn."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.test_explore_page import headline, opened, turn, widget


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
