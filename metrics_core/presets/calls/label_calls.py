"""Calls on labels: how each library is given the pixels, and the ignored label."""

from __future__ import annotations

from metrics_core.presets.calls.code import Code, call, flat_labels, for_each_class, keywords
from metrics_core.presets.record import Preset

NUMPY, TORCH = "import numpy as np", "import torch"
TENSOR = "torch.as_tensor({}).long()"
TENSORS = tuple(
    f"{name} = {TENSOR.format(source)}" for name, source in (("true", "target"), ("predicted", "prediction"))
)


def _ignored(preset: Preset, argument: str) -> list[str]:
    return [f"{argument}=ignore_label"] if preset.ignore_label is not None else []


def elektronn3(preset: Preset) -> Code:
    """Whole images."""
    parts = ["num_classes=num_classes", *keywords(preset.arguments), *_ignored(preset, "ignore")]
    return Code(
        imports=(TORCH, "from elektronn3.training import metrics"),
        lines=(*TENSORS, call(f"metrics.{preset.name}", "true", "predicted", *parts)),
    )


def pytorch_lightning(preset: Preset) -> Code:
    """One row of pixels; dice_score takes probabilities, from which it reads the number of classes."""
    given = dict(preset.arguments)
    known = [] if given.pop("infer_num_classes", False) else ["num_classes=num_classes"]
    predicted, lines = "predicted", [*flat_labels(preset, TENSOR)]
    if preset.name == "dice_score":
        lines.append("probabilities = torch.nn.functional.one_hot(predicted, num_classes).float()")
        predicted, known = "probabilities", []
    return Code(
        imports=(TORCH, f"from pytorch_lightning.metrics.functional.classification import {preset.name}"),
        lines=(*lines, call(preset.name, predicted, "true", *known, *keywords(given))),
    )


def torchmetrics(preset: Preset) -> Code:
    """Whole images."""
    parts = ["num_classes=num_classes", *keywords(preset.arguments), *_ignored(preset, "ignore_index")]
    return Code(
        imports=(TORCH, f"from torchmetrics.functional.classification import {preset.name}"),
        lines=(*TENSORS, call(preset.name, "predicted", "true", *parts)),
    )


def torchmetrics_0_9(preset: Preset) -> Code:
    """Whole images, or one image of the pixels that are not ignored, as a label outside the classes is an error."""
    filtered = preset.ignore == "filter" and preset.ignore_label is not None
    ignored = [] if filtered else _ignored(preset, "ignore_index")
    parts = ["num_classes=num_classes", *keywords(preset.arguments), *ignored]
    return Code(
        imports=(TORCH, f"from torchmetrics.functional import {preset.name}"),
        lines=(
            *(flat_labels(preset, f"{TENSOR}[None]") if filtered else TENSORS),
            call(preset.name, "predicted", "true", *parts),
        ),
    )


def torchmetrics_segmentation(preset: Preset) -> Code:
    """Whole images, or one image of the pixels that are not ignored; classes, unlike functions, keep a state."""
    name = preset.function.rsplit(".", 1)[1]
    given = dict(preset.arguments)
    form = given.pop("input_format", "index")
    lines = [*(TENSORS if preset.ignore_label is None else flat_labels(preset, f"{TENSOR}[None, None]"))]
    if preset.ignore_label is None and name in ("mean_iou", "MeanIoU"):
        lines.append("# Images of one row would be taken for the rows of one image.")
        lines += [f"{side} = {side}.reshape(len({side}), 1, -1)" for side in ("true", "predicted")]
    encoded = {"index": (), "mixed": ("predicted",), "one-hot": ("predicted", "true")}[str(form)]
    lines += [f"{side} = torch.nn.functional.one_hot({side}, num_classes).movedim(-1, 1)" for side in encoded]
    parts = ["num_classes=num_classes", *keywords({**given, "input_format": form})]
    if name.islower():
        module = "torchmetrics.functional.segmentation"
        lines.append(call(name, "predicted", "true", *parts))
    else:
        module = "torchmetrics.segmentation"
        lines += [call(name, *parts, to="metric"), "metric.update(predicted, true)", "value = metric.compute()"]
    return Code(imports=(TORCH, f"from {module} import {name}"), lines=tuple(lines))


def keras(preset: Preset) -> Code:
    """Whole images; a label outside the classes cannot be written one-hot, so those metrics get the other pixels."""
    one_hot, binary = preset.name.startswith("OneHot"), preset.name == "BinaryIoU"
    label = preset.ignore_label
    inside = label is not None and 0 <= label < preset.num_classes
    dropped = label is not None and (binary or (one_hot and not inside))
    lines = [*flat_labels(preset)] if dropped else ["true, predicted = target, prediction"]
    if one_hot:
        channels = "np.stack([{0} == c for c in range(num_classes)], axis=-1)"
        lines = [*lines, *(f"{side} = {channels.format(side)}" for side in ("true", "predicted"))]
    parts = [*([] if binary else ["num_classes=num_classes"]), *keywords(preset.arguments)]
    ignored = [] if dropped else _ignored(preset, "ignore_class")
    lines += [
        call(f"keras.metrics.{preset.name}", *parts, *ignored, to="metric"),
        "metric.update_state(true, predicted)",
        "value = float(metric.result())",
    ]
    return Code(imports=("import keras", *((NUMPY,) if one_hot else ())), lines=tuple(lines))


def smp(preset: Preset) -> Code:
    """Whole images: counts first, the score from them."""
    parts = ['mode="multiclass"', "num_classes=num_classes", *_ignored(preset, "ignore_index")]
    return Code(
        imports=(TORCH, "from segmentation_models_pytorch import metrics"),
        lines=(
            *TENSORS,
            call("metrics.get_stats", "predicted", "true", *parts, to="counts"),
            call(f"metrics.{preset.name}", "*counts", *keywords(preset.arguments)),
        ),
    )


def sklearn(preset: Preset) -> Code:
    """One row of pixels."""
    return Code(
        imports=(f"from sklearn.metrics import {preset.name}",),
        lines=(*flat_labels(preset), call(preset.name, "true", "predicted", *keywords(preset.arguments))),
    )


def monai(preset: Preset) -> Code:
    """Whole images, one channel a class; ConfusionMatrixMetric returns a list with one entry a metric name."""
    entry = "[0]" if preset.name == "ConfusionMatrixMetric" else ""
    channels = "torch.stack([{0} == c for c in range(num_classes)], dim=1).float()"
    rows = (f"{side} = {side}.reshape(len({side}), 1, -1)" for side in ("true", "predicted"))
    of_images = dict(preset.arguments).get("compute_sample", False)
    return Code(
        imports=(TORCH, f"from monai.metrics import {preset.name}"),
        lines=(
            *TENSORS,
            *(("# Images with one axis of one pixel would not be scored one by one.", *rows) if of_images else ()),
            "# Pixels of a label outside the classes are 0 in every channel.",
            *(f"{side} = {channels.format(side)}" for side in ("true", "predicted")),
            call(preset.name, *keywords(preset.arguments), *_ignored(preset, "ignore_index"), to="metric"),
            "metric(y_pred=predicted, y=true)",
            f"value = metric.aggregate(){entry}",
        ),
    )


def torcheval(preset: Preset) -> Code:
    """One row of pixels."""
    parts = ["num_classes=num_classes", *keywords(preset.arguments)]
    return Code(
        imports=(TORCH, f"from torcheval.metrics.functional import {preset.name}"),
        lines=(*flat_labels(preset, TENSOR), call(preset.name, "predicted", "true", *parts)),
    )


def mmseg(preset: Preset) -> Code:
    """One image after another; a list over classes comes from the areas that the metric has summed."""
    given = dict(preset.arguments)
    key, per_class = str(given.pop("key")), given.pop("per_class", False)
    families = {"Dice": "mDice", "Fscore": "mFscore", "Precision": "mFscore", "Recall": "mFscore"}
    family = families.get(key.removeprefix("m"), "mIoU")
    more = keywords(given)
    if per_class:
        results = (
            "areas = [sum(parts) for parts in zip(*metric.results)]",
            call("metric.total_area_to_metrics", "*areas", f'["{family}"]', *more, to="results"),
        )
    else:
        results = ("results = metric.evaluate(size=len(target))",)
    return Code(
        imports=(TORCH, "from mmseg.evaluation import IoUMetric"),
        lines=(
            call("IoUMetric", "ignore_index=ignore_label", f'iou_metrics=["{family}"]', *more, to="metric"),
            'metric.dataset_meta = {"classes": [str(c) for c in range(num_classes)]}',
            "for true, predicted in zip(target, prediction):",
            '    sample = {"gt_sem_seg": {"data": torch.as_tensor(true).long()[None]}}',
            '    sample["pred_sem_seg"] = {"data": torch.as_tensor(predicted).long()[None]}',
            "    metric.process({}, [sample])",
            *results,
            f'value = results["{key}"]',
        ),
    )


def evaluate(preset: Preset) -> Code:
    """One image after another."""
    given = dict(preset.arguments)
    key = given.pop("key")
    images = ["predictions=list(prediction)", "references=list(target)"]
    known = ["num_labels=num_classes", "ignore_index=ignore_label"]
    return Code(
        imports=("import evaluate",),
        lines=(
            'metric = evaluate.load("mean_iou")',
            call("metric.compute", *images, *known, *keywords(given), to="results"),
            f'value = results["{key}"]',
        ),
    )


def nnunetv2(preset: Preset) -> Code:
    """nnU-Net's own counts of every image and class; its means, which it takes of files on disk, written out."""
    dice = dict(preset.arguments)["metric"] == "Dice"
    ratio = "2 * tp / (2 * tp + fp + fn)" if dice else "tp / (tp + fp + fn)"
    ignored = "true == ignore_label" if preset.ignore_label is not None else "None"
    mean = "np.nanmean(scores, axis=0)"
    return Code(
        imports=(
            NUMPY,
            "from nnunetv2.evaluation.evaluate_predictions import compute_tp_fp_fn_tn, region_or_label_to_mask",
        ),
        lines=(
            "scores = np.full((len(target), num_classes), np.nan)",
            "for image, (true, predicted) in enumerate(zip(target, prediction)):",
            "    for c in range(num_classes):",
            "        masks = region_or_label_to_mask(true, c), region_or_label_to_mask(predicted, c)",
            f"        tp, fp, fn, tn = compute_tp_fp_fn_tn(*masks, {ignored})",
            "        if tp + fp + fn > 0:",
            f"            scores[image, c] = {ratio}",
            f"value = {f'np.mean({mean}[1:])' if preset.name == 'foreground_mean' else mean}",
        ),
    )


def metrics_reloaded(preset: Preset) -> Code:
    """One row of pixels, one class against the rest."""
    given = dict(preset.arguments)
    arguments = f', dict_args={{"beta": {given["beta"]!r}}}' if given else ""
    measured = f"BinaryPairwiseMeasures((predicted == c) * 1, (true == c) * 1{arguments}).{preset.name}()"
    return Code(
        imports=("from MetricsReloaded.metrics.pairwise_measures import BinaryPairwiseMeasures",),
        lines=(*flat_labels(preset), for_each_class(measured)),
    )
