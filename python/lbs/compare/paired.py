"""Paired tests of two runs on the same units.

Scores that are all 0 or 1: McNemar's exact test, which is the binomial test on the units where the two differ (McNemar 1947;
recommended for two classifiers on the same items by Dietterich 1998). Graded scores: the exact paired permutation test of
the mean difference (Fisher 1935; recommended for such scores by Dror et al. 2018). Unlike a test of ranks it is about the
number that is shown, so both point the same way, and ties change nothing; for scores of 0 and 1 it is McNemar's test.
Several runs against one baseline: Holm's correction (Holm 1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

TestName = Literal["mcnemar", "permutation"]

_Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
_EQUAL = 1e-9
"""Means of the same scores in another order differ in their last bits."""
_FINEST = 10_000
"""Scores are shares of needles, averaged over repeats: fractions with small denominators."""
_MOST_STEPS = 200_000_000
"""Additions of the exact distribution, about 0.2 s. Only hundreds of units need more."""


class ScipyMissing(Exception):
    """scipy is not installed in this Python."""


@dataclass(frozen=True)
class Pairs:
    """`better`: units where the other run scores higher than the baseline. `difference`: other minus baseline, the mean over
    units; `interval`: its 95 %, None without a unit. `p`: two-sided, None without a unit or without scipy."""

    better: int
    worse: int
    same: int
    difference: float
    interval: tuple[float, float] | None
    test: TestName
    p: float | None


def pair(baseline: Sequence[float], other: Sequence[float], *, with_p: bool = True) -> Pairs:
    """Both in the same order, from 0 to 1. Raises ScipyMissing where a p needs scipy and it is not there."""
    differences = [b - a if abs(b - a) > _EQUAL else 0.0 for a, b in zip(baseline, other, strict=True)]
    better = sum(value > 0 for value in differences)
    worse = sum(value < 0 for value in differences)
    same = len(differences) - better - worse
    binary = all(score in (0.0, 1.0) for score in (*baseline, *other))
    test: TestName = "mcnemar" if binary else "permutation"
    if not differences:
        return Pairs(0, 0, 0, 0.0, None, test, None)
    p = (_mcnemar(better, worse) if binary else permutation_p(differences)) if with_p else None
    mean = math.fsum(differences) / len(differences)
    return Pairs(better, worse, same, mean, interval_of(differences), test, p)


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


def permutation_p(differences: Sequence[float]) -> float:
    """The share of all choices of the signs whose sum is at least as far from 0. Exact, but normal where it would take longer
    than `_MOST_STEPS`."""
    parts = [part for value in differences if (part := Fraction(value).limit_denominator(_FINEST))]
    if not parts:
        return 1.0
    scale = math.lcm(*(part.denominator for part in parts))
    signed = [int(part * scale) for part in parts]
    steps, far = [abs(value) for value in signed], abs(sum(signed))
    divisor = math.gcd(*steps)
    steps, far = [step // divisor for step in steps], far // divisor
    total = sum(steps)
    if total * len(steps) > _MOST_STEPS:
        # Sums are two steps apart: the continuity correction is one.
        return math.erfc(max(0, far - 1) / math.sqrt(2 * sum(step * step for step in steps)))
    # The server's start does not wait for it.
    import numpy as np

    # By the sum of the positive ones: the whole sum is twice that, less the total.
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for step in steps:
        chances[step:] = (chances[step:] + chances[:-step]) / 2
        chances[:step] /= 2
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(chances[np.abs(sums) >= far].sum()))


def interval_of(differences: Sequence[float]) -> tuple[float, float]:
    """95 % of the mean of differences between -1 and 1: that of Agresti and Min (2005) for paired shares, which adds two
    units whose differences cancel out. It stays wide for a few units that all agree; for graded scores it is too wide, never
    too narrow."""
    count, total = len(differences) + 2, math.fsum(differences)
    squares = math.fsum(value * value for value in differences) + 1
    middle, half = total / count, _Z * math.sqrt(squares - total * total / count) / count
    return max(-1.0, middle - half), min(1.0, middle + half)
