"""Paired tests of two runs on the same items.

Scores that are all 0 or 1: McNemar's exact test, which is the binomial test on the units where the two differ (McNemar 1947;
as recommended for paired classifiers by Dietterich 1998). Graded scores: Wilcoxon's signed-rank test without the ties
(Wilcoxon 1945). Several runs against one baseline: Holm's correction (Holm 1979). The interval of the mean difference is
Student's, over units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TestName = Literal["mcnemar", "wilcoxon"]


class ScipyMissing(Exception):
    """scipy is not installed in this Python."""


@dataclass(frozen=True)
class Pairs:
    """`better`: units where the other run scores higher than the baseline. `difference`: other minus baseline, the mean over
    units; `interval`: 95 %, None for fewer than two units. `p`: two-sided, None without a unit or without scipy."""

    better: int
    worse: int
    same: int
    difference: float
    interval: tuple[float, float] | None
    test: TestName
    p: float | None


def pair(baseline: Sequence[float], other: Sequence[float], *, with_p: bool = True) -> Pairs:
    """Both in the same order. Raises ScipyMissing where a p or an interval is wanted and scipy is not there."""
    differences = [b - a for a, b in zip(baseline, other, strict=True)]
    better = sum(value > 0 for value in differences)
    worse = sum(value < 0 for value in differences)
    same = len(differences) - better - worse
    mean = math.fsum(differences) / len(differences) if differences else 0.0
    binary = all(score in (0.0, 1.0) for score in (*baseline, *other))
    test: TestName = "mcnemar" if binary else "wilcoxon"
    if not with_p or not differences:
        return Pairs(better, worse, same, mean, None, test, None)
    p = _mcnemar(better, worse) if binary else _wilcoxon(differences)
    return Pairs(better, worse, same, mean, _interval(differences, mean), test, p)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Adjusted for all the values that are there, in the same order."""
    known = sorted((value, place) for place, value in enumerate(values) if value is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, place) in enumerate(known):
        highest = max(highest, min(1.0, value * (len(known) - rank)))
        adjusted[place] = highest
    return adjusted


def _mcnemar(better: int, worse: int) -> float:
    if better + worse == 0:
        return 1.0
    try:
        from scipy.stats import binomtest
    except ImportError:
        raise ScipyMissing from None
    return float(binomtest(better, better + worse, 0.5).pvalue)


def _wilcoxon(differences: Sequence[float]) -> float:
    # Ranks of magnitudes must not depend on the last bit of a mean.
    unequal = [round(value, 12) for value in differences if abs(value) > 1e-12]
    if not unequal:
        return 1.0
    try:
        from scipy.stats import wilcoxon
    except ImportError:
        raise ScipyMissing from None
    return float(wilcoxon(unequal).pvalue)


def _interval(differences: Sequence[float], mean: float) -> tuple[float, float] | None:
    count = len(differences)
    if count < 2:
        return None
    try:
        from scipy.stats import t
    except ImportError:
        raise ScipyMissing from None
    variance = math.fsum((value - mean) ** 2 for value in differences) / (count - 1)
    half = float(t.ppf(0.975, count - 1)) * math.sqrt(variance / count)
    return (mean - half, mean + half)
