"""Metrics over several processes: the value of all data on every rank, whoever saw what, and nothing left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

import metrics_core as mc
from tests.modular_examples import BATCHES, EveryReduction, drawn, filled, same
from tests.modular_ranks import DATA, SHARDS, members, run_rank


@pytest.fixture(scope="module", params=[2, 3])
def ranks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What every rank of a group of two, then three processes has found."""
    folder: Path = tmp_path_factory.mktemp("ranks")
    mp.spawn(run_rank, args=(request.param, str(folder)), nprocs=request.param)
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(request.param)]


def found(ranks: list[dict[str, Any]], check: str, name: str) -> list[Any]:
    return [rank[check][name] for rank in ranks]


def all_same(values: list[Any]) -> bool:
    """Whether all ranks have found the same, bit for bit."""
    return all(value == values[0] for value in values)


def test_every_reduction_gives_all_ranks_what_one_process_gives(ranks: list[dict[str, Any]]) -> None:
    world = len(ranks)
    dealt = [batch for rank in range(world - 1) for batch in BATCHES[rank :: world - 1]]
    values = found(ranks, "every_reduction", "value")
    assert all_same(values)
    expected = filled(EveryReduction(), dealt).compute()
    assert values[0].pop("average") == pytest.approx(expected.pop("average"), abs=1e-15)
    assert values[0] == expected


def test_ranks_go_on_with_their_own_states(ranks: list[dict[str, Any]]) -> None:
    for own, left in zip(found(ranks, "every_reduction", "own"), found(ranks, "every_reduction", "left"), strict=True):
        assert left == (own, False, own)


def test_the_value_is_kept_until_any_rank_updates(ranks: list[dict[str, Any]]) -> None:
    again, later = found(ranks, "every_reduction", "again"), found(ranks, "every_reduction", "later")
    assert all_same(again)
    assert all_same(later)
    assert later[0]["total"] == again[0]["total"] + 11
    assert set(found(ranks, "every_reduction", "seen")) == {len(BATCHES) + 1}


def test_built_in_metrics_give_all_ranks_the_value_of_all_data(ranks: list[dict[str, Any]]) -> None:
    expected = mc.MetricCollection(members())
    target, scores = drawn(0)
    for shard in SHARDS[len(ranks)]:
        for images in shard:
            expected.update(target[images], scores[images])
    for values in found(ranks, "built_in", "values"):
        assert all(same(values[name], value) for name, value in expected.compute().items())


def test_classes_and_statistics_are_of_all_ranks(ranks: list[dict[str, Any]]) -> None:
    target, scores = drawn(0)
    whole = mc.count(target, scores, **DATA)
    alone = mc.IoU(class_names=("a", "b", "c"), **DATA)
    alone.update(target, scores)
    for confusion, classes in zip(
        found(ranks, "built_in", "confusion"), found(ranks, "built_in", "classes"), strict=True
    ):
        assert torch.equal(confusion[0], whole.confusion.sum(0))
        assert classes == alone.per_class()
    pixels: list[int] = found(ranks, "built_in", "own pixels")
    assert sum(pixels) == int(whole.confusion.sum())
    assert pixels[-1] == 0


def test_a_samplers_padding_counts_once(ranks: list[dict[str, Any]]) -> None:
    target, scores = drawn(1)
    whole = mc.count(target[:5], scores[:5], **DATA)
    expected = mc.evaluate("dice", whole, mc.Convention(pooling="image"))
    values: list[Tensor] = found(ranks, "padded", "value")
    assert all_same(values)
    assert float(values[0]) == pytest.approx(float(expected), abs=1e-15)
    assert found(ranks, "padded", "names") == [[f"scan {i}" for i in range(5)]] * len(ranks)


def test_without_data_on_any_rank_the_value_is_undefined(ranks: list[dict[str, Any]]) -> None:
    assert found(ranks, "nobody_has_data", "undefined") == [True] * len(ranks)
    assert found(ranks, "nobody_has_data", "warnings") == [1] * len(ranks)


def test_a_metric_can_keep_to_itself_or_to_a_group(ranks: list[dict[str, Any]]) -> None:
    assert found(ranks, "by_itself", "alone") == [[rank + 1.0] for rank in range(len(ranks))]
    assert found(ranks, "by_itself", "paired") == [[1.0, 2.0], [1.0, 2.0], []][: len(ranks)]
