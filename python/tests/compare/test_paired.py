"""The tests against their definitions, and what must hold for any two runs."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.compare.paired import holm, pair

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


def test_graded_scores_use_the_signed_ranks() -> None:
    # Wilcoxon's own figures: nine of ten differences are positive, p = 0.0195 (exact).
    before = [0.0] * 10
    after = [value / 100 for value in (1, 2, 3, 4, 5, 6, 7, 8, 9, -10)]
    found = pair(before, after)
    assert found.test == "wilcoxon"
    ranks = range(1, 11)
    least = sum(
        min(total, 55 - total) <= 10
        for total in (sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in product((0, 1), repeat=10))
    )
    assert found.p == pytest.approx(least / 2**10)


def test_holm_is_never_below_what_it_adjusts_and_keeps_the_order() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([]) == []
