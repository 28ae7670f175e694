"""A curve through the scripts of a few traces: the same run at every context and batch between them. No torch.

The size of a storage is a product of lengths: at most a square of the context, times the batch or not. So while a run takes
the same steps in the same order, its sizes at three contexts and two batches determine all others, and with them the peaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm, prod

from ..allocator.replay import peaks
from ..allocator.steps import Step


@dataclass(frozen=True)
class Curve:
    """`contexts` and `batches`: the knots. `steps`: a script with an index into `sizes` in place of each storage's bytes;
    `sizes`: bytes at each knot, all batches of the first context first."""

    contexts: Sequence[int]
    batches: Sequence[int]
    steps: list[Step]
    sizes: list[tuple[int, ...]]

    def script(self, context: int, batch: int) -> list[Step]:
        by_context, by_batch = _weights(self.contexts, context), _weights(self.batches, batch)
        weights = [(a * b, c * d) for a, c in by_context for b, d in by_batch]
        common = lcm(*[denominator for _, denominator in weights])
        factors = [numerator * (common // denominator) for numerator, denominator in weights]
        # In integers, so that a polynomial is exact to the byte.
        sizes = [
            max(0, -(-sum(factor * size for factor, size in zip(factors, at, strict=True)) // common))
            for at in self.sizes
        ]
        return [sizes[step] if isinstance(step, int) and step >= 0 else step for step in self.steps]


def _weights(knots: Sequence[int], at: int) -> list[tuple[int, int]]:
    """Lagrange's weight of each knot, as a fraction with a positive denominator."""
    weights = []
    for knot in knots:
        others = [other for other in knots if other != knot]
        numerator, denominator = prod(at - other for other in others), prod(knot - other for other in others)
        weights.append((numerator, denominator) if denominator > 0 else (-numerator, -denominator))
    return weights


def same_steps(one: list[Step], other: list[Step]) -> bool:
    """Whether two scripts differ in their sizes only."""
    return _without_sizes(one) == _without_sizes(other)


def _without_sizes(script: list[Step]) -> list[Step]:
    return [0 if isinstance(step, int) and step > 0 else step for step in script]


def draw_curve(
    scripts: Mapping[tuple[int, int], list[Step]], contexts: Sequence[int], batches: Sequence[int]
) -> Curve | None:
    """`scripts`: by (context, batch); None where they do not take the same steps."""
    knots = [scripts[context, batch] for context in contexts for batch in batches]
    if not all(same_steps(knots[0], other) for other in knots[1:]):
        return None
    indexes: dict[tuple[int, ...], int] = {}
    steps: list[Step] = []
    for number, step in enumerate(knots[0]):
        if isinstance(step, int) and step >= 0:
            sizes = tuple(size for script in knots if isinstance(size := script[number], int))
            step = indexes.setdefault(sizes, len(indexes))
        steps.append(step)
    return Curve(contexts, batches, steps, list(indexes))


def deviation(predicted: list[Step], traced: list[Step], weights: list[int]) -> float:
    """The largest difference of any storage, of the allocated peak and of the reserved peaks, as a share of the allocated
    peak. Infinite where the steps differ."""
    if not same_steps(predicted, traced):
        return float("inf")
    live, *reserved = peaks(traced, weights)
    off = [abs(a - b) for a, b in zip(peaks(predicted, weights), (live, *reserved), strict=True)]
    off += [abs(a - b) for a, b in zip(predicted, traced, strict=True) if isinstance(a, int) and isinstance(b, int)]
    return max(off) / max(1, live)
