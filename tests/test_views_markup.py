"""No name of the user's acts as markup in any figure, and no figure paints over the page."""

import pytest

from app.views import curves, images, prevalence

NAN = float("nan")
HOSTILE = "<b>%{x}</b> $a$\n&"

CURVE = curves.CurveLine(
    name=HOSTILE, colour="#112233", x=[0.0, 1.0], y=[0.0, 1.0], thresholds=[1.0, 0.0], cursor=(0.5, 0.5), baseline=0.1
)
THRESHOLDS = curves.ThresholdLine(name=HOSTILE, colour="#112233", values=[0.5])
PREVALENCE = prevalence.PrevalenceLine(name=HOSTILE, colour="#112233", scores=[0.5])

FIGURES = {
    "strip": images.per_image_strip([NAN], image_names=[HOSTILE], score_name=HOSTILE),
    "roc": curves.roc_figure([CURVE]),
    "precision-recall": curves.pr_figure([CURVE]),
    "threshold": curves.threshold_figure([THRESHOLDS], score_name=HOSTILE, thresholds=[0.5], cursor=0.5),
    "prevalence": prevalence.prevalence_figure([PREVALENCE], prevalences=[0.5]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_names_cannot_act_as_markup(name: str) -> None:
    written = str(FIGURES[name].to_dict())
    assert "%{x" not in written
    assert "$a" not in written
    assert "<b>%" not in written
    assert "&lt;b&gt;&#37;{x}" in written


@pytest.mark.parametrize("name", FIGURES)
def test_figures_take_their_ground_from_the_page(name: str) -> None:
    layout = FIGURES[name].layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.height >= 84
