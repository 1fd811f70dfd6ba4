"""Models: paired differences, tests, and rankings, and that no winner is named without both proofs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import metrics_core as mc
from metrics_core.uncertainty.ranking import holm, ranked
from tests.confusion_tables import binary, statistics_of
from tests.resampling_examples import FIRST, LESION, POOLED_LESION, SECOND, THIRD, TWO, of_dice

THREE = {"first": FIRST, "second": SECOND, "third": THIRD}
# One model finds more of every lesion, but puts a pixel onto every empty image.
EAGER = statistics_of(*[binary(17, 3, 3, 77)] * 5, *[binary(0, 1, 0, 99)] * 5, class_names=TWO)
CAREFUL = statistics_of(*[binary(16, 4, 4, 76)] * 5, *[binary(0, 0, 0, 100)] * 5, class_names=TWO)


class TestPairedDifference:
    def test_pairing_shows_what_two_intervals_hide(self) -> None:
        first, second = (mc.bootstrap(each, "dice", LESION) for each in (FIRST, SECOND))
        assert second.low < first.high
        pair = mc.paired_difference(FIRST, SECOND, "dice", LESION)
        assert (pair.a, pair.b) == (pytest.approx(0.7985), pytest.approx(0.8165))
        assert pair.difference.value == pytest.approx(0.018)
        assert (pair.difference.low, pair.difference.high) == (
            pytest.approx(0.015, abs=5e-4),
            pytest.approx(0.021, abs=5e-4),
        )
        assert pair.p_value == pytest.approx(6.4e-5, rel=0.01)
        assert (pair.wins, pair.ties, pair.losses, pair.undefined) == (20, 0, 0, 0)
        assert (pair.better, pair.median_difference, pair.rank_one_share) == ("b", pytest.approx(0.02), 1.0)
        assert pair.winner == "B"
        assert pair.reason == (
            "B is better on 20 common images: the 95 % interval of the difference, 0.015 to 0.021, excludes 0, and it "
            "is first in 100 % of resamples"
        )

    def test_unpaired_test_sees_nothing(self) -> None:
        """The premise of the example: taken apart, the two models cannot be told from each other."""
        first, second = (mc.evaluate("dice", each, replace(LESION, order="per_image")) for each in (FIRST, SECOND))
        assert stats.ttest_ind(first, second).pvalue == pytest.approx(0.727, abs=0.002)
        assert stats.ttest_rel(first, second).pvalue == pytest.approx(4.8e-10, rel=0.01)

    def test_the_other_way_round(self) -> None:
        pair = mc.paired_difference(SECOND, FIRST, "dice", LESION, names=("new", "old"))
        assert (pair.wins, pair.losses, pair.better, pair.winner) == (0, 20, "a", "new")
        assert pair.difference.value == pytest.approx(-0.018)
        assert pair.median_difference == pytest.approx(-0.02)

    def test_lower_is_better(self) -> None:
        pair = mc.paired_difference(FIRST, SECOND, "false_negative_rate", LESION)
        assert (pair.better, pair.winner, pair.wins) == ("b", "B", 20)
        assert pair.difference.value == pytest.approx(-0.018)
        assert pair.median_difference == pytest.approx(-0.02)

    def test_no_winner_where_the_interval_holds_zero(self) -> None:
        pair = mc.paired_difference(SECOND, THIRD, "dice", LESION)
        assert pair.winner is None
        assert pair.reason.startswith("no winner: the 95 % interval of the difference, −0.0")
        assert pair.reason.endswith("includes 0")
        assert (pair.wins, pair.losses) == (10, 10)

    def test_the_same_model_twice(self) -> None:
        pair = mc.paired_difference(FIRST, FIRST, "dice", LESION)
        assert (pair.difference.value, pair.difference.low, pair.difference.high) == (0, 0, 0)
        assert (pair.better, pair.ties, pair.p_value, pair.rank_one_share, pair.winner) == ("neither", 20, 1, 0.5, None)

    @pytest.mark.parametrize(
        ("rule", "a", "b"),
        [
            ({"kept_classes": "target"}, 0.85, 0.80),
            ({"zero_division": 1.0}, 0.425, 0.90),
            ({"zero_division": 0.0}, 0.425, 0.40),
            ({}, 0.425, 0.80),
            ({"pooling": "dataset", "average": "micro"}, 0.829268, 0.80),
        ],
    )
    def test_the_rule_for_empty_images_decides(self, rule: dict[str, Any], a: float, b: float) -> None:
        pair = mc.paired_difference(EAGER, CAREFUL, "dice", replace(LESION, **rule))
        assert (pair.a, pair.b) == (pytest.approx(a, abs=1e-6), pytest.approx(b, abs=1e-6))
        assert pair.better == ("a" if a > b else "b")

    def test_images_without_a_score_are_no_pairs(self) -> None:
        pair = mc.paired_difference(EAGER, CAREFUL, "dice", LESION)
        assert (pair.wins, pair.losses, pair.undefined) == (0, 5, 5)
        assert "take the interval with caution" in pair.difference.note

    def test_only_common_images_count(self) -> None:
        part = SECOND.select([*range(3, 20), 0])
        pair = mc.paired_difference(FIRST.select(range(18)), part, "dice", LESION)
        assert pair.images == 16
        assert pair.dropped == ("image 1", "image 18", "image 19", "image 2")
        assert (pair.wins, pair.difference.images) == (16, 16)

    def test_different_targets_are_no_fair_pair(self) -> None:
        other = SECOND.confusion.clone()
        other[3, 1, 1] += 1
        pair = mc.paired_difference(FIRST, replace(SECOND, confusion=other), "dice", LESION)
        assert pair.different_targets == ("image 3",)
        assert pair.winner is None
        assert "different targets in 1 image" in pair.reason

    def test_groups(self) -> None:
        groups = {name: str(i % 5) for i, name in enumerate(FIRST.image_names)}
        pair = mc.paired_difference(FIRST, SECOND, "dice", LESION, groups=groups)
        gain = (SECOND.confusion - FIRST.confusion)[:, 1, 1].reshape(4, 5).double().mean(0) / 100
        assert pair.p_value == pytest.approx(stats.wilcoxon(gain.numpy().round(12)).pvalue)
        assert (pair.difference.drawn, pair.wins) == (5, 20)

    def test_bias_corrected_interval(self) -> None:
        pair = mc.paired_difference(FIRST, THIRD, "dice", LESION, method="bca")
        # In whole hundredths, so that equal resamples are equal for scipy as well.
        gain = (THIRD.confusion - FIRST.confusion)[:, 1, 1].numpy()
        found = stats.bootstrap((gain,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(0))
        low, high = found.confidence_interval
        assert (pair.difference.low, pair.difference.high) == (pytest.approx(low / 100), pytest.approx(high / 100))
        assert pair.difference.method == "bca"

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match="no image name in common"):
            mc.paired_difference(FIRST, replace(SECOND, image_names=tuple(map(str, range(20)))), "dice")
        with pytest.raises(ValueError, match="the same classes"):
            mc.paired_difference(FIRST, replace(SECOND, class_names=("a", "b")), "dice")
        with pytest.raises(ValueError, match="'x' twice"):
            mc.paired_difference(FIRST, SECOND, "dice", names=("x", "x"))
        with pytest.raises(mc.InputError, match="at least 5 images"):
            mc.paired_difference(FIRST.select(range(4)), SECOND, "dice")

    @pytest.mark.parametrize("number", range(5, 9))
    def test_few_images_have_a_p_value(self, number: int) -> None:
        values = [80 + i for i in range(number)]
        pair = mc.paired_difference(of_dice(values), of_dice([value + 1 for value in values]), "dice", LESION)
        # All differences have the same size and sign: one of two sign patterns of 2^n, if exact.
        assert pair.p_value == pytest.approx(stats.wilcoxon(np.full(number, 0.01)).pvalue)


class TestRanking:
    def test_stability_of_a_ranking(self) -> None:
        ranking = mc.rank_models(THREE, "dice", LESION, resamples=10_000)
        assert [interval.value for interval in ranking.scores] == pytest.approx([0.7985, 0.8165, 0.803])
        assert ranking.rank_one_shares == pytest.approx((0, 0.8657, 0.1343), abs=0.01)
        assert ranking.ranks == (3, 1, 2)
        assert ranking.mean_ranks == (2.5, 1.5, 2)
        assert ranking.orders_agree
        assert np.median(ranking.image_scores, 1).tolist() == pytest.approx([0.855, 0.88, 0.86])
        assert ranking.image_scores.min(1).tolist() == pytest.approx([0.3, 0.32, 0.25])
        assert ranking.winner is None
        assert ranking.reason.startswith("second against third: no winner: the 95 % interval of the difference")

    def test_adjusted_for_three_pairs(self) -> None:
        ranking = mc.rank_models(THREE, "dice", LESION)
        raw = [pair.p_value for pair in ranking.pairs]
        assert [pair.names for pair in ranking.pairs] == [("first", "second"), ("first", "third"), ("second", "third")]
        assert ranking.pairs[0].p_holm == pytest.approx(3 * raw[0])
        assert [pair.p_holm for pair in ranking.pairs] == list(holm(raw))

    def test_a_winner(self) -> None:
        models = {"low": of_dice([50 + i for i in range(20)]), "high": of_dice([60 + i for i in range(20)])}
        ranking = mc.rank_models(models | {"middle": of_dice([55 + i for i in range(20)])}, "dice", LESION)
        assert ranking.winner == "high"
        assert ranking.reason == (
            "high is better than 2 other models: every 95 % interval of a difference excludes 0, and it is first in "
            "100 % of resamples"
        )

    def test_one_large_win_or_many_small_ones(self) -> None:
        """Mean, then rank, prefers the model that wins big once; rank, then mean, the one that wins more often."""
        often, once = of_dice([70] * 9 + [10]), of_dice([69] * 9 + [90])
        ranking = mc.rank_models({"often": often, "once": once}, "dice", LESION)
        assert ranking.ranks == (2, 1)
        assert ranking.mean_ranks == pytest.approx((1.1, 1.9))
        assert not ranking.orders_agree
        assert ranking.winner is None

    def test_models_that_tie_share_the_first_place(self) -> None:
        ranking = mc.rank_models({"a": FIRST, "b": FIRST, "c": of_dice([1] * 20)}, "dice", LESION)
        assert ranking.rank_one_shares == (0.5, 0.5, 0)
        assert ranking.ranks == (1.5, 1.5, 3)

    def test_an_undefined_model_is_never_first(self) -> None:
        nothing = statistics_of(*[binary(0, 0, 0, 100)] * 5, class_names=TWO)
        some = replace(nothing, confusion=statistics_of(*[binary(0, 1, 0, 99)] * 5, class_names=TWO).confusion)
        ranking = mc.rank_models({"undefined": nothing, "zero": some}, "iou", POOLED_LESION)
        assert ranking.rank_one_shares == (0, 1)
        assert ranking.ranks == (2, 1)
        assert ranking.winner is None
        assert "undefined" in ranking.reason
        assert all(math.isnan(rank) for rank in ranking.mean_ranks)

    def test_one_model_is_no_ranking(self) -> None:
        with pytest.raises(ValueError, match="at least two models; got 1"):
            mc.rank_models({"alone": FIRST}, "dice")


class TestHolm:
    def test_by_hand(self) -> None:
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))

    def test_never_above_one_and_undefined_left_out(self) -> None:
        assert holm([0.6, math.nan, 0.5]) == pytest.approx((1.0, math.nan, 1.0), nan_ok=True)

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
    def test_order_stays_and_the_smallest_is_bonferroni(self, values: list[float]) -> None:
        pairs = sorted(zip(values, holm(values), strict=True))
        adjusted = [each for _, each in pairs]
        assert adjusted == sorted(adjusted)
        assert adjusted[0] == min(1.0, len(values) * pairs[0][0])
        assert all(value <= each <= 1 for value, each in pairs)


@settings(max_examples=100)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=6))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert ranked(np.array(values), goodness=1).tolist() == stats.rankdata(-np.array(values)).tolist()
