"""The tests against their definitions, and what must hold for any two runs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from lbs.compare import paired
from lbs.compare.paired import holm, interval_of, pair, permutation_p

binary = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=40)
graded = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9)


@given(binary)
@settings(max_examples=60, deadline=None)
def test_mcnemar_counts_the_signs_that_are_at_least_as_unequal(pairs: list[tuple[float, float]]) -> None:
    found = pair([a for a, _ in pairs], [b for _, b in pairs])
    assert found.test == "mcnemar" or all(a == b for a, b in pairs)
    assert found.better + found.worse + found.same == len(pairs)
    unequal = found.better + found.worse
    if unequal == 0:
        assert found.p == 1.0
    elif unequal <= 10:
        least = min(found.better, found.worse)
        extreme = sum(min(sum(signs), unequal - sum(signs)) <= least for signs in product((0, 1), repeat=unequal))
        assert found.p == pytest.approx(extreme / 2**unequal)


@given(graded)
@settings(max_examples=15, deadline=None)
def test_the_other_way_round_is_the_mirror(pairs: list[tuple[int, int]]) -> None:
    one, two = [a / 6 for a, _ in pairs], [b / 6 for _, b in pairs]
    forth, back = pair(one, two), pair(two, one)
    assert (forth.better, forth.worse, forth.same) == (back.worse, back.better, back.same)
    assert forth.difference == pytest.approx(-back.difference)
    assert forth.p == pytest.approx(back.p)
    if forth.interval and back.interval:
        assert forth.interval == pytest.approx((-back.interval[1], -back.interval[0]))
        assert forth.interval[0] <= forth.difference <= forth.interval[1]


@given(st.lists(st.integers(0, 6).map(lambda value: value / 6), min_size=1, max_size=20))
@settings(deadline=None)
def test_identical_runs_do_not_differ(scores: list[float]) -> None:
    found = pair(scores, scores)
    assert (found.better, found.worse, found.difference, found.p) == (0, 0, 0.0, 1.0)


def by_enumeration(differences: list[float]) -> float:
    far = abs(sum(differences)) - 1e-9
    every = [
        abs(sum(d * sign for d, sign in zip(differences, signs, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return sum(one >= far for one in every) / len(every)


@given(graded)
@settings(max_examples=60, deadline=None)
def test_graded_scores_are_permuted_exactly(pairs: list[tuple[int, int]]) -> None:
    differences = [b / 6 - a / 6 for a, b in pairs]
    assert permutation_p(differences) == pytest.approx(by_enumeration(differences))
    assert permutation_p([-one for one in differences]) == permutation_p(differences)


@given(binary)
@settings(max_examples=30, deadline=None)
def test_of_scores_of_0_and_1_it_is_mcnemars(pairs: list[tuple[float, float]]) -> None:
    one, two = [a for a, _ in pairs], [b for _, b in pairs]
    assert permutation_p([b - a for a, b in pairs]) == pytest.approx(pair(one, two).p)


def test_it_agrees_with_scipys() -> None:
    differences = [0.25, -0.5, 0.75, 1.0, 0.0, 0.25, 0.5]
    found = permutation_test((differences,), np.mean, permutation_type="samples", vectorized=False, n_resamples=10_000)
    assert permutation_p(differences) == pytest.approx(found.pvalue)


def test_what_would_take_too_long_is_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = [value / 20 for value in (*range(-9, 11), *range(-3, 8))]
    exact = permutation_p(differences)
    monkeypatch.setattr(paired, "_MOST_STEPS", 1)
    assert permutation_p(differences) == pytest.approx(exact, abs=0.01)


def test_means_that_differ_in_their_last_bit_are_the_same() -> None:
    one, two = (0.1 + 0.2 + 0.3) / 3, (0.3 + 0.2 + 0.1) / 3
    assert one != two
    found = pair([one], [two])
    assert (found.better, found.worse, found.same, found.p) == (0, 0, 1, 1.0)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_the_interval_has_the_mean_and_is_never_a_point(differences: list[float]) -> None:
    low, high = interval_of(differences)
    assert -1 <= low < high <= 1
    assert low - 1e-9 <= sum(differences) / len(differences) <= high + 1e-9


def test_the_interval_is_that_of_agresti_and_min() -> None:
    # 10 better, 3 worse, 17 the same: (7 / 32) -+ 1.96 sqrt(14 - 49 / 32) / 32.
    assert interval_of([1.0] * 10 + [-1.0] * 3 + [0.0] * 17) == pytest.approx((0.00245, 0.43505), abs=1e-4)


def test_holm_is_never_below_what_it_adjusts_and_keeps_the_order() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([]) == []
