"""L17: ignoring class 0 takes its pixels away, and with them every false alarm on it."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

FOUND, BACKGROUND = 10, 90


def live(*, false_alarms: int) -> Live:
    """Ten object pixels, all found, and so many false alarms on the background."""
    table = [[BACKGROUND - false_alarms, false_alarms], [0, FOUND]]
    data = Data.from_counts(table, class_names=("background", "object"))
    ignored = {"ignore_label": 0}
    numbers = {
        "found": FOUND,
        "false_alarms": false_alarms,
        "ignored": data.score("iou", average="macro", ignored_classes=(0,), excluded_classes=(0,)),
        "excluded": data.score("iou", average="macro", excluded_classes=(0,)),
        "dice_excluded": data.score("dice", average="macro", excluded_classes=(0,)),
        "recall": data.score("recall", label=1),
        "torchmetrics": data.like("torchmetrics.multiclass_jaccard_index", average="macro", **ignored),
        "keras": data.like("keras.MeanIoU", **ignored),
        "evaluate": data.like("evaluate.mean_iou", key="mean_iou", **ignored),
        "mmseg_percent": data.like("mmseg.IoUMetric", key="mIoU", **ignored),
        "monai": data.like("monai.MeanIoU", include_background=False),
        "sklearn": data.like("sklearn.jaccard_score", average="macro", labels=[1]),
        "keras_class": data.like("keras.IoU", target_class_ids=[1]),
    }
    bars = (
        Bar(label="torchmetrics", value=numbers["torchmetrics"], note="ignore_index=0", tone="bad"),
        Bar(label="Keras", value=numbers["keras"], note="ignore_class=0", tone="bad"),
        Bar(label="HF evaluate", value=numbers["evaluate"], note="ignore_index=0", tone="bad"),
        Bar(label="MONAI", value=numbers["monai"], note="include_background=False", tone="good"),
        Bar(label="scikit-learn", value=numbers["sklearn"], note="labels=[1]", tone="good"),
        Bar(label="Keras", value=numbers["keras_class"], note="target_class_ids=[1]", tone="good"),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Bars(bars=bars),
        formula=r"\text{excluded: } \frac{TP}{TP+FP+FN} = \frac{ {{found}} }{ {{found}} + {{false_alarms}} + 0} "
        r"= {{excluded:.3f}} \qquad \text{ignored: } \frac{ {{found}} }{ {{found}} + 0 + 0} = {{ignored:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro", "ignore": [0]}, number="ignored"),
    )


LESSON = Lesson(
    number=17,
    key="ignore-is-not-exclude",
    title="Ignoring the background hides false alarms",
    group="ignoring",
    tour=6,
    libraries=("torchmetrics", "Keras", "HF evaluate", "mmsegmentation", "MONAI", "scikit-learn"),
    story="All {{found}} object pixels are found, and **{{false_alarms}}** background pixels are called object as "
    "well. You do not want the background in the mean, so you pass `ignore_index=0`.",
    trap="Ignoring a class removes its target pixels, and false alarms lie on just these. What is left is recall under "
    "the name of IoU.",
    question=Question(
        text="What IoU does torchmetrics print with `ignore_index=0`?",
        choices=("A low one: false alarms count", "A perfect one", "An error: the index is a class"),
        answer=1,
        why="Ignored, the false alarms vanish: IoU **{{torchmetrics:.1f}}**. Leaving the class out of the mean "
        "(`include_background=False`, `labels=[1]`) keeps them: **{{monai:.3f}}**.",
    ),
    knobs=(
        Knob(
            key="false_alarms",
            label="False alarms",
            values=(0, 5, 10, 20, 40, 60, 90),
            default=40,
            unit="px",
            help="Those who ignore the background do not move.",
        ),
    ),
    live=live,
    moral="Leave the background out of the mean by excluding the class; ignore only pixels that nobody could label.",
    sources=(
        Source(
            title="HF evaluate #421: ignore_index in mean_iou",
            url="https://github.com/huggingface/evaluate/issues/421",
        ),
        Source(
            title="mmsegmentation #2655",
            url="https://github.com/open-mmlab/mmsegmentation/issues/2655",
        ),
        Source(title="torchmetrics #1385", url="https://github.com/Lightning-AI/torchmetrics/issues/1385"),
    ),
    related=("all-background", "one-empty-image"),
    claims=(
        Claim(
            text="{{false_alarms}} false alarms vanish where the background is ignored.",
            values={
                "excluded": ".2",
                "dice_excluded": ".333333",
                "ignored": "1.0",
                "torchmetrics": "1.0",
                "keras": "1.0",
                "evaluate": "1.0",
                "mmseg_percent": "100",
                "monai": ".2",
                "sklearn": ".2",
                "keras_class": ".2",
            },
            holds=lambda n: n["ignored"] == n["recall"],
        ),
    ),
)
