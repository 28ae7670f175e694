"""From traced segments to what each device holds: bytes kept so far, plus the most that one place adds to it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

Run = list[list[Any]]
"""One forward: [place, net, peak] in the order of work; place is "pre", a layer's number, or "post"."""
Spans = tuple[tuple[int, int], ...]
"""Places of one device, from one to before another, in order: -1 is "pre", then the layers, then "post"."""


class Working(Protocol):
    """What a part of the model holds beside its weights."""

    def peak(self, spans: Spans, main: bool) -> int:
        """The most that a device with these places holds, in bytes. `main`: it holds "pre"."""


class Lump:
    """By a closed form: the cache of the places, and one sum for everything else."""

    def __init__(self, kv_cache: list[int], flat: int) -> None:
        self._kv_cache, self._flat = kv_cache, flat

    def peak(self, spans: Spans, main: bool) -> int:
        return sum(sum(self._kv_cache[max(0, begin) : end]) for begin, end in spans) + self._flat


@dataclass(frozen=True)
class _Forward:
    """`steps`: (place, net, most above) in the order of work; `ordered`: each place comes once and in its order."""

    steps: list[tuple[int, int, int]]
    counts: bool
    carried: int
    ordered: bool

    def of(self, spans: Spans) -> list[tuple[int, int, int]]:
        if self.ordered:
            cut = [bisect_left(self.steps, (edge,)) for span in spans for edge in span]
            return [step for at in range(0, len(cut), 2) for step in self.steps[cut[at] : cut[at + 1]]]
        return [step for step in self.steps if any(begin <= step[0] < end for begin, end in spans)]


class Traced:
    """`runs`: lists of forwards, and whether their peak counts. Each question is computed once: a search for a placement
    asks the same of most devices again and again."""

    def __init__(self, runs: list[list[tuple[Run, bool]]], classes: list[int]) -> None:
        self._runs = [[_forward(run, counts, classes) for run, counts in forwards] for forwards in runs]
        self._known: dict[tuple[Spans, bool], int] = {}

    def peak(self, spans: Spans, main: bool) -> int:
        """A device that is not the first also holds copies of what "pre" made (masks, positions, the hidden state)."""
        key = (spans, main)
        if key not in self._known:
            self._known[key] = max((_peak(run, spans, main) for run in self._runs), default=0)
        return self._known[key]


def _peak(forwards: list[_Forward], spans: Spans, main: bool) -> int:
    kept = top = 0
    for forward in forwards:
        copies = 0 if main or not forward.counts else forward.carried
        for _, net, above in forward.of(spans):
            if forward.counts and kept + above + copies > top:
                top = kept + above + copies
            kept += net
    return top


def _forward(run: Run, counts: bool, classes: list[int]) -> _Forward:
    """Of equal layers only the first was traced: what it needed is what each of them needs."""
    most = {place: peak for place, _, peak in run if not isinstance(place, str) and classes[place] == place}
    rank = {"pre": -1, "post": len(classes)}
    steps = [
        (rank[place], net, peak) if isinstance(place, str) else (place, net, most[classes[place]])
        for place, net, peak in run
    ]
    ordered = all(one[0] < next_one[0] for one, next_one in pairwise(steps))
    return _Forward(steps, counts, max(0, run[0][1]) if run else 0, ordered)


def runs_of(early: dict[str, Any], late: dict[str, Any] | None) -> list[list[tuple[Run, bool]]]:
    """The forwards of a run from its start, and those of its end (whose prefill only sets the stage)."""
    start = [(run, True) for run in [*early["prefill"], *early["decode"]]]
    if late is None:
        return [start]
    *before, last = late["decode"]
    return [start, [(run, False) for run in [*late["prefill"], *before]] + [(last, True)]]
