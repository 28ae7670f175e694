"""Where a model's curve can be drawn: piece by piece, each checked against traces that it was not drawn through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..allocator.script import Step
from .curve import Curve, drawn, error, same_steps

WITHIN = 0.001
"""Of the live peak: what a check may be off at most."""
SHORTEST = 16
LARGEST_BATCH = 4096
"""Contexts below and batches above are left to the trace."""
_SPLITS = 2
_STEPS = 4
"""Tokens about a window within which a run's few steps cross it."""
_ROUND = 1024

Trace = Callable[[int, int], list[Step]]
"""The script at a context and a batch; fails where it cannot be traced."""


@dataclass(frozen=True)
class Batches:
    """Which batches a curve is drawn through and checked at. One alone often does other steps than several."""

    knots: tuple[int, ...]
    checks: tuple[int, int, int]


ONE = Batches((1,), (1, 1, 1))
MANY = Batches((2, 5), (3, 64, LARGEST_BATCH))


def windows(config: Mapping[str, Any]) -> list[int]:
    """Contexts at which a model may begin to do something else, as its config tells."""
    found = set()
    for name, value in config.items():
        if isinstance(value, Mapping):
            found.update(windows(value))
        elif type(value) is int and value > 0 and ("window" in name or "chunk" in name):
            found.add(value)
    return sorted(found)


def pieces(trace: Trace, weights: list[int], kinks: list[int], most: int, batches: Batches) -> list[Curve]:
    """Curves from SHORTEST to `most` tokens, apart from what lies about the `kinks` and what does not come out.

    `weights`: bytes of each tensor.
    """
    once = functools.cache(trace)
    found: list[Curve] = []
    low = SHORTEST
    for kink in [*kinks, most + _STEPS]:
        found += _between(once, weights, low, min(most, kink - _STEPS), batches, _SPLITS)
        low = max(low, kink + _STEPS)
    return found


def _between(trace: Trace, weights: list[int], low: int, high: int, batches: Batches, splits: int) -> list[Curve]:
    if high < 3 * low and high - low < _ROUND:
        return []
    # From the shortest on: a model whose steps grow with the context is given up before that takes long.
    near, split = min(2 * low + 1, high), int((low * high) ** 0.5)
    if not same_steps(trace(low, 1), trace(near, 1)):
        return []
    if same_steps(trace(low, 1), trace(split, 1)):
        middle = _round((low + high) // 2, low)
        # Just above a round number, what is padded to a multiple lies furthest from its curve.
        last = _round(low + 3 * (high - low) // 4, low) + 1
        checks = zip((near, split, last), batches.checks, strict=True)
        curve = _drawn(trace, (low, middle, high), batches.knots)
        if curve and all(error(curve.script(*check), trace(*check), weights) <= WITHIN for check in checks):
            return [curve]
    if not splits:
        return []
    halves = ((low, split), (split, high))
    return [curve for half in halves for curve in _between(trace, weights, *half, batches, splits - 1)]


def _drawn(trace: Trace, contexts: tuple[int, int, int], batches: tuple[int, ...]) -> Curve | None:
    return drawn(
        {(context, batch): trace(context, batch) for context in contexts for batch in batches}, contexts, batches
    )


def _round(context: int, low: int) -> int:
    down = context - context % _ROUND
    return down if down > low else context
