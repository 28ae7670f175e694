"""A curve through the scripts of a few traces: what the same run does at every context and batch between them. No torch.

A storage's size is a product of lengths: at most a square of the context, times the batch or not. So while a run does the
same steps in the same order, its sizes at three contexts and two batches tell all others, and the peaks follow from those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm, prod

from ..allocator.script import Step, peaks


@dataclass(frozen=True)
class Curve:
    """From one context to another, both included. `steps`: as a script, but a storage's place in `sizes` for its bytes;
    `sizes`: bytes at each knot, the batches of the first context first."""

    contexts: Sequence[int]
    batches: Sequence[int]
    steps: list[Step]
    sizes: list[tuple[int, ...]]

    def script(self, context: int, batch: int) -> list[Step]:
        shares, whole = _shares(self.contexts, context), _shares(self.batches, batch)
        weights = [(a * b, c * d) for a, c in shares for b, d in whole]
        common = lcm(*[below for _, below in weights])
        parts = [above * (common // below) for above, below in weights]
        # In whole numbers, so that what is a polynomial is told to the byte.
        found = [
            max(0, -(-sum(part * size for part, size in zip(parts, at, strict=True)) // common)) for at in self.sizes
        ]
        return [found[step] if isinstance(step, int) and step >= 0 else step for step in self.steps]


def _shares(knots: Sequence[int], at: int) -> list[tuple[int, int]]:
    """Lagrange's weight of each knot, as a fraction with a positive denominator."""
    found = []
    for knot in knots:
        others = [other for other in knots if other != knot]
        above, below = prod(at - other for other in others), prod(knot - other for other in others)
        found.append((above, below) if below > 0 else (-above, -below))
    return found


def same_steps(one: list[Step], other: list[Step]) -> bool:
    return _bare(one) == _bare(other)


def _bare(script: list[Step]) -> list[Step]:
    return [0 if isinstance(step, int) and step > 0 else step for step in script]


def drawn(knots: Mapping[tuple[int, int], list[Step]], contexts: Sequence[int], batches: Sequence[int]) -> Curve | None:
    """`knots`: the script of each (context, batch); None where they do not do the same steps."""
    scripts = [knots[context, batch] for context in contexts for batch in batches]
    if not all(same_steps(scripts[0], other) for other in scripts[1:]):
        return None
    places: dict[tuple[int, ...], int] = {}
    steps: list[Step] = []
    for number, step in enumerate(scripts[0]):
        if isinstance(step, int) and step >= 0:
            at = tuple(size for script in scripts if isinstance(size := script[number], int))
            step = places.setdefault(at, len(places))
        steps.append(step)
    return Curve(contexts, batches, steps, list(places))


def error(told: list[Step], traced: list[Step], weights: list[int]) -> float:
    """By how much the one is off the other: of any storage, of what lives and of what is reserved at the peak, whichever
    is the most, as a share of what really lives at the peak. Infinite where they do not do the same steps."""
    if not same_steps(told, traced):
        return float("inf")
    live, *reserved = peaks(traced, weights)
    off = [abs(a - b) for a, b in zip(peaks(told, weights), (live, *reserved), strict=True)]
    off += [abs(a - b) for a, b in zip(told, traced, strict=True) if isinstance(a, int) and isinstance(b, int)]
    return max(off) / max(1, live)
