"""L54: first in every column, and still no winner."""

from __future__ import annotations

from functools import cache

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.texts import format_number
from app.lessons.twenty_images import FIRST, RULE, SECOND, THIRD, images

MODELS = {"A": FIRST, "B": SECOND, "C": THIRD}
TIMES = (1, 2, 3, 4, 5, 6, 8)


@cache
def measured(times: int) -> mc.Ranking:
    """The ranking on the twenty images, or on so many times as many that are like them."""
    return mc.rank_models({name: images(scores * times) for name, scores in MODELS.items()}, "dice", RULE)


def live(*, times: int) -> Live:
    """Three models on so many images."""
    ranking = measured(times)
    numbers: dict[str, float | int | str] = {
        "images": len(ranking.image_names),
        "models": len(MODELS),
        "level": ranking.scores[0].level,
        "resamples": ranking.scores[0].resamples,
        "seed": ranking.scores[0].seed,
        "winner": ranking.winner or "nobody",
    }
    for i, name in enumerate(("a", "b", "c")):
        numbers[f"mean_{name}"] = ranking.scores[i].value
        numbers[f"median_{name}"] = float(np.median(ranking.image_scores[i]))
        numbers[f"worst_{name}"] = float(ranking.image_scores[i].min())
        numbers[f"rank_{name}"] = ranking.mean_ranks[i]
        numbers[f"first_{name}"] = ranking.rank_one_shares[i]
    lead = ranking.pairs[-1].difference
    numbers |= {"low": -lead.high, "high": -lead.low, "lead": -lead.value}
    columns = {"mean": ".4f", "median": ".3f", "worst": ".2f", "rank": ".2f"}
    rows = [
        (name, *(format_number(numbers[f"{column}_{name.lower()}"], digits) for column, digits in columns.items()))
        for name in MODELS
    ]
    bars = [
        Bar(label=f"model {name}", value=share, tone="good" if name == ranking.winner else "plain")
        for name, share in zip(MODELS, ranking.rank_one_shares, strict=True)
    ]
    return Live(
        numbers=numbers,
        setting=Table(columns=("model", "mean", "median", "worst image", "mean rank"), rows=rows, numbers=(1, 2, 3, 4)),
        outcome=Bars(bars=bars, caption="share of resamples in which a model is first"),
        formula=r"\begin{aligned} \overline{B - C} &= {{lead:.4f}} \text{, from } {{low:.3f}} \text{ to } {{high:.3f}} "
        r"\\[4pt] \text{winner} &= \text{ {{winner}} } \end{aligned}",
    )


LESSON = Lesson(
    number=54,
    key="ranking-stability",
    title="First in every column",
    group="protocol",
    libraries=("any",),
    story="A challenge tries {{models}} models on **{{images}}** images. Model B has the best mean Dice, the best "
    "median, the best worst image and the best mean rank.",
    trap="A ranking holds for the images that happened to be there. Draw them again and the order may change, even "
    "where every summary agrees today.",
    question=Question(
        text="Which model may be called the winner?",
        choices=("B: it leads in every column", "B or C: their means are close", "None of them yet"),
        answer=2,
        why="In {{resamples}} resamples (seed {{seed}}) B is first in **{{first_b:.0%}}**, C in {{first_c:.0%}}. The "
        "lead of B over C lies between {{low:.3f}} and {{high:.3f}}: the winner is {{winner}}.",
    ),
    knobs=(
        Knob(
            key="times",
            label="Images: these twenty, and more like them",
            values=TIMES,
            default=1,
            words={each: f"{each * len(FIRST)} images" for each in TIMES},
            help="How many does it take to name a winner?",
        ),
    ),
    live=live,
    moral="Publish how often a model is first among resamples, and name no winner while its lead may be zero.",
    sources=(
        Source(
            title="Maier-Hein et al.: Why rankings of biomedical image analysis competitions, 2018",
            url="https://doi.org/10.1038/s41467-018-07619-7",
        ),
        Source(
            title="Wiesenfarth et al.: Analyzing and visualizing challenge results, 2021",
            url="https://doi.org/10.1038/s41598-021-82017-6",
        ),
    ),
    related=("paired-or-not", "pixels-are-not-samples"),
    claims=(
        Claim(
            text="B leads in every column and is first in {{first_b:.0%}} of resamples.",
            values={
                "mean_a": ".7985",
                "mean_b": ".8165",
                "mean_c": ".803",
                "median_a": ".855",
                "median_b": ".88",
                "median_c": ".86",
                "worst_a": ".3",
                "worst_b": ".32",
                "worst_c": ".25",
                "rank_a": "2.5",
                "rank_b": "1.5",
                "rank_c": "2.0",
                "first_a": "0",
            },
            # Shares of resamples differ by the draw; the catalogue's are .8657 and .1343.
            holds=lambda n: (
                abs(n["first_b"] - 0.8657) < 0.015 and abs(n["first_c"] - 0.1343) < 0.015 and n["winner"] == "nobody"
            ),
        ),
        Claim(
            text="With {{images}} images like these the winner is {{winner}}.",
            knobs={"times": 8},
            holds=lambda n: n["winner"] == "B",
        ),
    ),
)
