"""Means of scores with their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TypedDict

_Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


class Statistics(TypedDict):
    """`stderr`: of the mean, None for one score; `interval`: 95 %, Wilson's; `truncated`: answers that used up their tokens."""

    count: int
    avg_score: float
    stderr: float | None
    interval: list[float]
    truncated: int


def statistics_of(scores: Sequence[float], truncated: int) -> Statistics:
    mean = fmean(scores)
    return {
        "count": len(scores),
        "avg_score": mean,
        "stderr": stdev(scores) / math.sqrt(len(scores)) if len(scores) > 1 else None,
        "interval": list(wilson(mean, len(scores))),
        "truncated": truncated,
    }


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` trials (Wilson 1927). For scores between 0 and 1 it is too wide, never too
    narrow: no score of that range varies more than one of just 0 and 1."""
    square = _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)
