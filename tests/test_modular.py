"""Metrics by subclassing: states, updates, values, and what copies, casts, merges and checkpoints leave of them."""

from __future__ import annotations

import copy
import io
import itertools
import pickle
import sys
import textwrap
import types
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import metrics_core as mc
from metrics_core import modular
from tests.modular_examples import BATCHES, RMSE, EveryReduction, filled


class CountedComputes(RMSE):
    """Tells how often the value was computed anew."""

    computes = 0

    def compute(self) -> Tensor:
        self.computes += 1
        return super().compute()


class TestValue:
    def test_root_mean_square_error_by_hand(self) -> None:
        metric = RMSE()
        metric.update(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        metric.update(torch.tensor([0.0]), torch.tensor([-2.0]))
        assert metric.compute() == pytest.approx((8 / 3) ** 0.5)
        assert metric.update_count == 2

    @given(cut=st.lists(st.integers(0, 12), max_size=4))
    def test_any_batches_give_the_value_of_all_data(self, cut: list[int]) -> None:
        values = torch.arange(12.0)
        bounds = sorted({0, *cut, 12})
        parts = [values[start:stop] for start, stop in itertools.pairwise(bounds)]
        assert filled(RMSE(), parts).compute() == values.double().square().mean().sqrt()

    def test_it_is_kept_until_the_next_update(self) -> None:
        metric = filled(CountedComputes())
        first = metric.compute()
        assert metric.compute() == first
        assert metric.computes == 1
        metric.update(torch.tensor([0.0]), torch.tensor([100.0]))
        assert metric.compute() > first
        assert metric.computes == 2

    def test_changing_a_returned_value_changes_no_later_one(self) -> None:
        metric = filled(RMSE())
        expected = float(metric.compute())
        metric.compute().zero_()
        assert float(metric.compute()) == expected

    def test_before_any_update_it_warns(self) -> None:
        with pytest.warns(UserWarning, match="RMSE is computed before any update"):
            assert RMSE().compute().isnan()

    def test_it_carries_no_gradient(self) -> None:
        metric = RMSE()
        metric.update(torch.zeros(2), torch.ones(2, requires_grad=True))
        assert not metric.sse.requires_grad
        assert not metric.compute().requires_grad

    def test_a_class_without_update_and_compute_is_no_metric(self) -> None:
        with pytest.raises(TypeError, match="abstract"):
            mc.Metric()  # type: ignore[abstract]


class TestForward:
    def test_it_returns_the_batchs_value_and_adds_the_batch(self) -> None:
        metric = filled(RMSE(), BATCHES[:1])
        assert metric(torch.zeros(1), BATCHES[1]) == 2.0
        assert metric.compute() == filled(RMSE(), BATCHES[:2]).compute()
        assert metric.update_count == 2

    def test_states_of_every_reduction_are_those_of_updates(self) -> None:
        forwarded, updated = EveryReduction(), filled(EveryReduction())
        for batch in BATCHES:
            forwarded(batch)
        assert forwarded.compute() == updated.compute()

    def test_it_updates_once(self) -> None:
        calls: list[int] = []

        class Counting(RMSE):
            def update(self, target: Tensor, prediction: Tensor) -> None:
                calls.append(len(target))
                super().update(target, prediction)

        metric = Counting()
        metric(torch.zeros(2), BATCHES[0])
        assert calls == [2]
        assert metric.update_count == 1

    def test_a_batch_that_fails_leaves_what_was_there(self) -> None:
        metric = filled(RMSE())
        expected = metric.compute()
        with pytest.raises(RuntimeError, match="size"):
            metric(torch.zeros(2), torch.zeros(3))
        assert metric.compute() == expected

    def test_it_drops_the_kept_value(self) -> None:
        metric = filled(RMSE(), BATCHES[:1])
        before = metric.compute()
        metric(torch.zeros(1), torch.tensor([100.0]))
        assert metric.compute() > before


class TestReset:
    def test_it_starts_anew(self) -> None:
        metric = filled(EveryReduction())
        metric.reset()
        assert metric.update_count == 0
        assert filled(metric, BATCHES[1:]).compute() == filled(EveryReduction(), BATCHES[1:]).compute()

    def test_updates_in_place_do_not_change_the_default(self) -> None:
        metric = filled(RMSE())
        metric.reset()
        assert (metric.sse, metric.n) == (0, 0)


class TestMerge:
    def test_it_adds_what_others_have_seen(self) -> None:
        parts = [filled(EveryReduction(), [batch]) for batch in BATCHES]
        parts[0].merge_state(*parts[1:])
        assert parts[0].compute() == filled(EveryReduction()).compute()
        assert parts[0].update_count == 3

    def test_an_empty_one_says_nothing(self) -> None:
        metric, expected = filled(EveryReduction()), filled(EveryReduction()).compute()
        metric.merge_state(EveryReduction())
        assert metric.compute() == expected

    def test_the_others_stay_as_they_are(self) -> None:
        metric, other = filled(EveryReduction(), BATCHES[:1]), filled(EveryReduction(), BATCHES[1:])
        metric.merge_state(other)
        metric.update(torch.tensor([7.0]))
        assert other.compute() == filled(EveryReduction(), BATCHES[1:]).compute()

    def test_another_kind_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="one kind"):
            RMSE().merge_state(EveryReduction())

    def test_other_settings_are_refused(self) -> None:
        with pytest.raises(mc.InputError, match="same settings"):
            mc.IoU(num_classes=2).merge_state(mc.IoU(num_classes=3))


class TestStates:
    @pytest.mark.parametrize("name", ["update", "sse", "no name", "training"])
    def test_a_taken_or_impossible_name_is_refused(self, name: str) -> None:
        with pytest.raises(mc.InputError, match="free name"):
            RMSE().add_state(name, torch.tensor(0), "sum")

    def test_a_default_that_is_no_tensor_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match=r"must be a tensor or \[\]"):
            RMSE().add_state("more", [torch.tensor(0)], "cat")

    def test_an_unknown_reduction_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="sum, mean, max, min, cat, or callable; got 'median'"):
            RMSE().add_state("more", torch.tensor(0), "median")  # type: ignore[arg-type]

    def test_a_sum_of_lists_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="is a list, which sum cannot reduce"):
            RMSE().add_state("more", [], "sum")

    def test_a_mean_of_integers_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="must hold floats"):
            RMSE().add_state("more", torch.tensor(0), "mean")

    def test_a_list_that_a_callable_makes_no_list_is_refused(self) -> None:
        metric = EveryReduction()
        metric.add_state("joined", [], torch.cat)
        metric.update(torch.zeros(1))
        metric.joined.append(torch.zeros(1))
        with pytest.raises(mc.InputError, match="must return a list; got Tensor"):
            metric.sync()

    def test_ragged_tensors_are_refused_with_advice(self) -> None:
        one, other = EveryReduction(), EveryReduction()
        for metric, length in ((one, 1), (other, 2)):
            metric.update(torch.ones(2))
            metric.average = torch.zeros(length)
        with pytest.raises(mc.InputError, match="keep a list for ragged ones"):
            one.merge_state(other)


class Model(nn.Module):
    """A network with metrics of every kind inside."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.rmse = filled(RMSE())
        self.every = filled(EveryReduction())
        self.iou = mc.IoU(num_classes=2)
        self.iou.update(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 1, 0]]))


def saved_and_loaded(states: dict[str, Any]) -> dict[str, Any]:
    file = io.BytesIO()
    torch.save(states, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


class TestInsideAModel:
    @pytest.mark.parametrize("cast", ["half", "float", "double", "bfloat16"])
    def test_casts_leave_states_exact(self, cast: str) -> None:
        model = Model()
        before = {name: getattr(model.every, name) for name in ("total", "average", "highest")}
        getattr(model, cast)()
        assert (model.rmse.sse.dtype, model.rmse.n.dtype) == (torch.float64, torch.int64)
        assert model.iou.confusion.dtype == torch.int64
        assert all(torch.equal(getattr(model.every, name), value) for name, value in before.items())
        assert model.every.values[0].dtype == torch.float32
        model.rmse.reset()
        assert model.rmse.sse.dtype == torch.float64

    def test_counts_beyond_half_precision_survive_it(self) -> None:
        metric = mc.Accuracy(num_classes=2)
        metric.update(torch.zeros(1, 70_001, dtype=torch.int64), torch.zeros(1, 70_001, dtype=torch.int64))
        metric.half()
        assert int(metric.confusion.sum()) == 70_001

    def test_states_follow_the_model_to_a_device(self) -> None:
        model = Model().to("meta")
        assert {model.rmse.device.type, model.rmse.sse.device.type, model.every.values[0].device.type} == {"meta"}
        model.rmse.reset()
        assert model.rmse.sse.device.type == "meta"

    def test_states_are_neither_parameters_nor_buffers(self) -> None:
        model = Model()
        assert {name for name, _ in model.named_parameters()} == {"layer.weight", "layer.bias"}
        assert list(model.buffers()) == []

    def test_state_dict_holds_no_states_unless_asked(self) -> None:
        assert set(Model().state_dict()) == {"layer.weight", "layer.bias"}

    def test_state_dict_round_trip(self) -> None:
        model, restored = Model(), Model()
        for each in (model, restored):
            for metric in (each.rmse, each.every, each.iou):
                metric.persistent()
        for metric in (restored.rmse, restored.every, restored.iou):
            metric.reset()
        restored.load_state_dict(saved_and_loaded(model.state_dict()))
        assert restored.every.compute() == model.every.compute()
        assert restored.rmse.compute() == model.rmse.compute()
        assert restored.iou.compute() == model.iou.compute()
        assert restored.rmse.update_count == 3

    def test_state_dict_is_a_copy(self) -> None:
        metric = filled(RMSE())
        metric.persistent()
        saved = metric.state_dict()
        filled(metric)
        assert saved["n"] == 6

    def test_a_missing_state_is_told(self) -> None:
        metric = RMSE()
        metric.persistent()
        with pytest.raises(RuntimeError, match=r'Missing key.*"sse", "n", "update_count"'):
            metric.load_state_dict({})

    def test_a_state_of_another_shape_is_told(self) -> None:
        metric, other = mc.IoU(num_classes=2), mc.IoU(num_classes=3)
        metric.persistent()
        other.persistent()
        with pytest.raises(RuntimeError, match=r"confusion: expected shape \(3, 3\); got \(4, 4\)"):
            metric.load_state_dict(other.state_dict())

    def test_a_list_in_place_of_a_tensor_is_told(self) -> None:
        metric = RMSE()
        with pytest.raises(RuntimeError, match="sse: expected a tensor"):
            metric.load_state_dict({"sse": [], "n": torch.tensor(0)})

    def test_one_state_can_be_persistent_alone(self) -> None:
        metric = RMSE()
        metric.add_state("kept", torch.tensor(3), "max", persistent=True)
        assert set(metric.state_dict()) == {"kept", "update_count"}


class TestCopies:
    @pytest.mark.parametrize("kind", [RMSE, EveryReduction])
    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda metric: pickle.loads(pickle.dumps(metric))])
    def test_a_copy_goes_on_by_itself(self, copied: Any, kind: type) -> None:
        metric = filled(kind())
        expected = metric.compute()
        twin = copied(metric)
        assert twin.compute() == expected
        filled(twin, BATCHES[:1])
        assert metric.compute() == expected
        assert twin.compute() != expected
        assert twin.update_count == 4


class TestInferenceMode:
    def test_a_metric_reset_and_updated_there_goes_on_outside(self) -> None:
        metric = RMSE()
        with torch.inference_mode():
            metric.reset()
            filled(metric)
            metric(torch.zeros(1), torch.ones(1))
            metric.compute()
        filled(metric)
        assert metric.compute() == filled(RMSE(), [*BATCHES, torch.ones(1), *BATCHES]).compute()


class TestSyncWithoutGroup:
    def test_it_is_a_group_of_one(self) -> None:
        metric = filled(EveryReduction())
        expected = metric.compute()
        metric.sync()
        assert metric.is_synced
        assert metric.compute() == expected
        metric.unsync()
        assert metric.compute() == expected

    @pytest.mark.parametrize("action", ["update", "forward", "merge_state", "sync"])
    def test_synced_states_are_not_to_be_changed(self, action: str) -> None:
        metric = filled(RMSE())
        metric.sync()
        arguments = (torch.zeros(1), torch.zeros(1)) if action in ("update", "forward") else ()
        with pytest.raises(RuntimeError, match=f"{action} needs the rank's own states, but RMSE is synced"):
            getattr(metric, action)(*arguments)

    def test_unsync_needs_sync(self) -> None:
        with pytest.raises(RuntimeError, match="not synced"):
            RMSE().unsync()


class LightningModule(nn.Module):
    """What a real one does with values that are logged: it keeps one number of each."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: dict[str, float] = {}

    def log_dict(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            assert isinstance(value, Tensor)
            self.logged[name] = value.item()


def test_the_lightning_example_logs_values(monkeypatch: pytest.MonkeyPatch) -> None:
    lightning = types.ModuleType("lightning")
    lightning.LightningModule = LightningModule  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lightning", lightning)
    names: dict[str, Any] = {}
    _, example = str(modular.__doc__).split("logged:\n\n")
    exec(textwrap.dedent(example), names)
    module = names["Segmenter"](nn.Identity())
    for target, prediction in (([[0, 0, 1]], [[0, 1, 1]]), ([[1, 1, 0]], [[1, 1, 0]])):
        module.validation_step((torch.tensor(prediction), torch.tensor(target)), 0)
    module.on_validation_epoch_end()
    assert module.logged == pytest.approx(
        {
            "val/iou": (2 / 3 + 3 / 4) / 2,
            "val/dice": (4 / 5 + 6 / 7) / 2,
            "val/iou/class 0": 2 / 3,
            "val/iou/class 1": 3 / 4,
            "val/dice/class 0": 4 / 5,
            "val/dice/class 1": 6 / 7,
        }
    )
    with pytest.warns(UserWarning, match="computed before any update"):
        assert module.metrics.compute()["val/iou"].isnan()
