"""A run too long to trace, extrapolated from shorter ones: of a model that reads its prompt token by token, or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

from lbs.sentences import say

from ..trace_types import Trace
from ..workload import Workload
from .allocations import MOST_STEPS
from .build import CannotTrace

_ROUND = 64
"""Shorter prompts end as far behind a multiple of this as the long one: models split theirs into pieces of such lengths."""
_TOLERANCE = 0.005


def extrapolate(trace_of: Callable[[Workload], tuple[int, Trace]], work: Workload) -> Trace:
    """`trace_of`: the most steps of one place, and the trace. What a run holds is at most a square of its context: three
    shorter runs determine it, and a fourth checks that. `followed` is the context of the longest. Raises CannotTrace."""
    rest = work.context % _ROUND
    few, more = (trace_of(replace(work, context=count * _ROUND + rest))[0] for count in (1, 2))
    rounds = max(4, MOST_STEPS // 3 // max(1, more - few))  # all four together take about as long as the one given up
    *before, last = [rounds * quarter // 4 * _ROUND + rest for quarter in (1, 2, 3, 4)]
    traces = [trace_of(replace(work, context=context))[1] for context in (*before, last)]
    # The allocator's slack grows in steps of its segments, which no parabola follows.
    slack = traces[-1]["slack"]
    figures = [{name: value for name, value in trace.items() if name != "slack"} for trace in traces]
    traced = list(_numbers(figures[-1]))
    predicted = _numbers(_parabolas(figures[:3], before, last))
    off = max(abs(a - b) for a, b in zip(predicted, traced, strict=True))
    if off > _TOLERANCE * max(map(abs, traced)):
        raise CannotTrace(say("plan.trace_not_extrapolated"))
    found = cast(Trace, _parabolas(figures[1:], [*before[1:], last], work.context))
    found["slack"] = {
        "expandable": slack["expandable"] * work.context // last,
        "native": slack["native"] * work.context // last,
        "unsplit": slack["unsplit"],
    }
    found["followed"] = last
    return found


def _parabolas(traces: Sequence[Any], contexts: Sequence[int], at: int) -> Any:
    """Number by number, by the parabola through three; traces of the same kind of run have the same shape."""
    one = traces[0]
    if isinstance(one, dict):
        return {name: _parabolas([trace[name] for trace in traces], contexts, at) for name in one}
    if isinstance(one, list):
        return [_parabolas(parts, contexts, at) for parts in zip(*traces, strict=True)]
    return one if isinstance(one, str) else round(_parabola(contexts, traces, at))


def _parabola(knots: Sequence[int], values: Sequence[int], at: int) -> Fraction:
    total = Fraction(0)
    for knot, value in zip(knots, values, strict=True):
        share = Fraction(value)
        for other in knots:
            share *= Fraction(at - other, knot - other) if other != knot else 1
        total += share
    return total


def _numbers(trace: Any) -> Iterator[int]:
    if isinstance(trace, int):
        yield trace
    elif not isinstance(trace, str):
        for part in trace.values() if isinstance(trace, dict) else trace:
            yield from _numbers(part)
