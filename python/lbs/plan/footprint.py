"""From traced segments to what a device holds beside its weights: bytes kept so far, plus the most that one place adds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
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


@dataclass(frozen=True)
class _Forward:
    """`steps`: (place, net, peak) in the order of work; `counts`: whether its peak counts; `carried`: bytes that "pre" passes
    on; `ordered`: each place comes once and in order."""

    steps: list[tuple[int, int, int]]
    counts: bool
    carried: int
    ordered: bool

    def steps_on(self, spans: Spans) -> list[tuple[int, int, int]]:
        if self.ordered:
            cuts = [bisect_left(self.steps, (edge,)) for span in spans for edge in span]
            return [step for at in range(0, len(cuts), 2) for step in self.steps[cuts[at] : cuts[at + 1]]]
        return [step for step in self.steps if any(begin <= step[0] < end for begin, end in spans)]


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
    kept = top = 0
    for forward in forwards:
        copies = 0 if first or not forward.counts else forward.carried
        for _, net, peak in forward.steps_on(spans):
            if forward.counts and kept + peak + copies > top:
                top = kept + peak + copies
            kept += net
    return top


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
