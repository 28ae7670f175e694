"""From traced segments to what a device holds beside its weights: bytes kept so far, plus the most that one place adds."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Protocol

from .trace_types import Segments, Trace

Spans = tuple[tuple[int, int], ...]
"""Places on one device in order, each from first to past the last: -1 is "pre", then the layers, then "post"."""


class Footprint(Protocol):
    """What parts of the model hold beside their weights: KV cache and activations."""

    def peak(self, spans: Spans, first: bool) -> int:
        """The most bytes that a device with these places holds. `first`: it holds "pre"."""


class ClosedFootprint:
    """By a closed form: the cache of the places, and one figure for the activations."""

    def __init__(self, kv_cache: list[int], activations: int) -> None:
        self._kv_cache, self._activations = kv_cache, activations

    def peak(self, spans: Spans, first: bool) -> int:
        return sum(sum(self._kv_cache[max(0, begin) : end]) for begin, end in spans) + self._activations


_NONE = -(1 << 62)
"""The peak where there is no step: below any other."""


@dataclass(frozen=True)
class AdjustedFootprint:
    """Another footprint times `factor`, never below the KV cache that `cache_of` gives for the places, plus `more` bytes."""

    inner: Footprint
    cache_of: Callable[[Spans], int]
    factor: float = 1.0
    more: int = 0

    def peak(self, spans: Spans, first: bool) -> int:
        peak = self.inner.peak(spans, first)
        return max(0, min(peak, self.cache_of(spans)), math.ceil(peak * self.factor)) + self.more


@dataclass(frozen=True)
class _Forward:
    """`steps`: (place, net, peak) in the order of work; `counts`: whether its peak counts; `carried`: bytes that "pre" passes
    on; `ordered`: each place comes once and in order."""

    steps: list[tuple[int, int, int]]
    counts: bool
    carried: int
    ordered: bool

    def on(self, spans: Spans) -> tuple[int, int]:
        """Net and peak of the steps of these places, beside what is kept from earlier passes."""
        net, top = 0, _NONE
        if not self.ordered:
            for place, step, peak in self.steps:
                if any(begin <= place < end for begin, end in spans):
                    top, net = max(top, net + peak), net + step
            return net, top
        nets, places = self._nets, self._places
        for begin, end in spans:
            low, high = bisect_left(places, begin), bisect_left(places, end)
            if low < high:
                top = max(top, net - nets[low] + self._highest(low, high))
                net += nets[high] - nets[low]
        return net, top

    def _highest(self, low: int, high: int) -> int:
        level = (high - low).bit_length() - 1
        row = self._tops[level]
        return max(row[low], row[high - (1 << level)])

    @cached_property
    def _places(self) -> list[int]:
        return [place for place, _, _ in self.steps]

    @cached_property
    def _nets(self) -> list[int]:
        """Sums before each step."""
        return [0, *accumulate(net for _, net, _ in self.steps)]

    @cached_property
    def _tops(self) -> list[list[int]]:
        """Row n: the highest peak, with the nets before it, of 2^n steps from each one on."""
        rows = [[net + peak for net, (_, _, peak) in zip(self._nets, self.steps, strict=False)]]
        while (width := 1 << len(rows)) <= len(self.steps):
            rows.append(list(map(max, rows[-1], rows[-1][width // 2 :])))
        return rows


class TracedFootprint:
    """`runs`: lists of forward passes, each with whether its peak counts. Results are cached: a search for a layout
    repeats most of its questions."""

    def __init__(self, runs: list[list[tuple[Segments, bool]]], classes: list[int]) -> None:
        self._runs = [[_forward(segments, counts, classes) for segments, counts in forwards] for forwards in runs]
        self._cache: dict[tuple[Spans, bool], int] = {}

    def peak(self, spans: Spans, first: bool) -> int:
        """A device that is not the first also holds copies of what "pre" made (masks, positions, the hidden state)."""
        key = (spans, first)
        if key not in self._cache:
            self._cache[key] = max((_peak(run, spans, first) for run in self._runs), default=0)
        return self._cache[key]


def _peak(forwards: list[_Forward], spans: Spans, first: bool) -> int:
    kept = highest = 0
    for forward in forwards:
        net, top = forward.on(spans)
        if forward.counts:
            highest = max(highest, kept + top + (0 if first else forward.carried))
        kept += net
    return highest


def _forward(segments: Segments, counts: bool, classes: list[int]) -> _Forward:
    """Only the first of equal layers was traced: its peak is that of each of them."""
    peaks = {place: peak for place, _, peak in segments if not isinstance(place, str) and classes[place] == place}
    rank = {"pre": -1, "post": len(classes)}
    steps = [
        (rank[place], net, peak) if isinstance(place, str) else (place, net, peaks[classes[place]])
        for place, net, peak in segments
    ]
    ordered = all(step[0] < following[0] for step, following in pairwise(steps))
    return _Forward(steps, counts, max(0, segments[0][1]) if segments else 0, ordered)


def forwards_of(early: Trace, late: Trace | None) -> list[list[tuple[Segments, bool]]]:
    """The forward passes of a run's start, and those of its end, whose prefill only sets the stage."""
    start = [(segments, True) for segments in [*early["prefill"], *early["decode"]]]
    if late is None:
        return [start]
    *before, last = late["decode"]
    return [start, [(segments, False) for segments in [*late["prefill"], *before]] + [(last, True)]]
