"""What each process of a group does with metrics, for the tests of several processes."""

from __future__ import annotations

import warnings
from typing import Any

import torch
import torch.distributed as dist

import metrics_core as mc
from tests.modular_examples import BATCHES, VOID, EveryReduction, drawn, filled

DATA: dict[str, Any] = {"num_classes": 3, "ignore_label": VOID}
# The batches of each rank, as indices into the six images; the last rank has no data at all.
SHARDS: dict[int, list[list[list[int]]]] = {
    2: [[[0, 1], [2], [3, 4, 5]], []],
    3: [[[0, 1], [2]], [[3, 4, 5]], []],
}


def members() -> dict[str, mc.Metric]:
    return {
        "iou": mc.IoU(**DATA),
        "dice per image": mc.Dice(mc.Convention(pooling="image"), **DATA),
        "auroc": mc.AUROC(**DATA),
        "exact": mc.AveragePrecision(exact=True, **DATA),
        "smp": mc.IoU("smp.iou_score(reduction='macro-imagewise')", **DATA),
    }


def every_reduction(rank: int, world: int) -> dict[str, Any]:
    """States of every reduction, before, while and after they are synced, and what a second compute takes in."""
    metric = EveryReduction()
    own = BATCHES[rank :: world - 1] if rank < world - 1 else []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filled(metric, own)
        value = metric.compute()
    left = (metric.update_count, metric.is_synced, len(metric.values))
    again = metric.compute()
    if rank == 0:
        metric.update(torch.tensor([11.0]))
    later = metric.compute()
    metric.sync()
    seen = metric.update_count
    metric.unsync()
    return {"value": value, "left": left, "own": len(own), "again": again, "later": later, "seen": seen}


def built_in(rank: int, world: int) -> dict[str, Any]:
    """A collection and a lone metric on unequal shards."""
    target, scores = drawn(0)
    collection, lone = mc.MetricCollection(members()), mc.IoU(class_names=("a", "b", "c"), **DATA)
    for images in SHARDS[world][rank]:
        collection(target[images], scores[images])
        lone.update(target[images], scores[images])
    return {
        "values": collection.compute(),
        "classes": lone.per_class(),
        "confusion": lone.statistics().confusion,
        "own pixels": int(lone.confusion.sum()),
    }


def padded(rank: int, world: int) -> dict[str, Any]:
    """What a DistributedSampler deals: images in turn, the first ones once more so that all ranks have equally many."""
    target, scores = drawn(1)
    target, scores = target[:5], scores[:5]
    each = -(-5 // world)
    images = [(rank + step * world) % 5 for step in range(each)]
    metric = mc.Dice(mc.Convention(pooling="image"), **DATA)
    metric.update(target[images], scores[images], image_names=[f"scan {i}" for i in images])
    return {"value": metric.compute(), "names": sorted(metric.statistics().image_names)}


def nobody_has_data(rank: int, world: int) -> dict[str, Any]:
    metric = mc.IoU(**DATA)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        value = metric.compute()
    return {"undefined": bool(value.isnan()), "warnings": len(told)}


def by_itself(rank: int, world: int) -> dict[str, Any]:
    """Without syncing, and in a group of the first two ranks."""
    group = dist.new_group([0, 1])
    alone, paired = EveryReduction(), EveryReduction()
    alone.sync_on_compute = False
    paired.process_group = group
    for metric in (alone, paired):
        metric.update(torch.tensor([float(rank + 1)]))
    return {"alone": alone.compute()["values"], "paired": paired.compute()["values"] if rank < 2 else []}


def run_rank(rank: int, world: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)
    checks = (every_reduction, built_in, padded, nobody_has_data, by_itself)
    torch.save({check.__name__: check(rank, world) for check in checks}, f"{folder}/{rank}.pt")
    dist.destroy_process_group()
