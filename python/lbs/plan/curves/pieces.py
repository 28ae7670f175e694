"""Where a model has curves: piece by piece, each checked against traces that it was not drawn through."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from ..allocator.script import Step
from .curve import Curve, deviation, draw_curve, same_steps

TOLERANCE = 0.001
"""Of the allocated peak: the most that a check may deviate."""
SHORTEST = 16
LARGEST_BATCH = 4096
"""Shorter contexts and larger batches are traced."""
_SPLITS = 2
_MARGIN = 4
"""Tokens around a window within which a run's few decoding steps cross it."""
_ROUND = 1024

ScriptOf = Callable[[int, int], list[Step]]
"""The script at a context and a batch; raises where the run cannot be traced."""


@dataclass(frozen=True)
class Batches:
    """Batches that a curve is drawn through and checked at. A batch of one often takes other steps than larger ones."""

    knots: tuple[int, ...]
    checks: tuple[int, int, int]


ONE = Batches((1,), (1, 1, 1))
MANY = Batches((2, 5), (3, 64, LARGEST_BATCH))


def pieces(script_of: ScriptOf, weights: list[int], windows: list[int], most: int, batches: Batches) -> list[Curve]:
    """Curves from SHORTEST to `most` tokens, except around the `windows` and where no curve passes its checks.

    `weights`: bytes of each tensor.
    """
    drawer = _Drawer(functools.cache(script_of), weights, batches)
    curves: list[Curve] = []
    low = SHORTEST
    for window in [*windows, most + _MARGIN]:
        curves += drawer.between(low, min(most, window - _MARGIN), _SPLITS)
        low = max(low, window + _MARGIN)
    return curves


@dataclass(frozen=True)
class _Drawer:
    script_of: ScriptOf
    weights: list[int]
    batches: Batches

    def between(self, low: int, high: int, splits: int) -> list[Curve]:
        if high < 3 * low and high - low < _ROUND:
            return []
        # The shortest runs first: a model whose steps grow with the context is given up before that takes long.
        near, split = min(2 * low + 1, high), int((low * high) ** 0.5)
        if not same_steps(self.script_of(low, 1), self.script_of(near, 1)):
            return []
        if same_steps(self.script_of(low, 1), self.script_of(split, 1)):
            middle = _round((low + high) // 2, low)
            # Just above a round number, what is padded to a multiple is furthest from its curve.
            last = _round(low + 3 * (high - low) // 4, low) + 1
            curve = self._draw((low, middle, high))
            if curve and all(
                self._passes(curve, at, batch)
                for at, batch in zip((near, split, last), self.batches.checks, strict=True)
            ):
                return [curve]
        if not splits:
            return []
        return [*self.between(low, split, splits - 1), *self.between(split, high, splits - 1)]

    def _draw(self, contexts: tuple[int, int, int]) -> Curve | None:
        knots = [(context, batch) for context in contexts for batch in self.batches.knots]
        return draw_curve({knot: self.script_of(*knot) for knot in knots}, contexts, self.batches.knots)

    def _passes(self, curve: Curve, context: int, batch: int) -> bool:
        return deviation(curve.script(context, batch), self.script_of(context, batch), self.weights) <= TOLERANCE


def _round(context: int, low: int) -> int:
    down = context - context % _ROUND
    return down if down > low else context
