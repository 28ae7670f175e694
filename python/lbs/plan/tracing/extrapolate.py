"""A run too long to follow, told from shorter ones: of a model that takes its prompt token by token, or piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..workload import Workload
from .build import CannotTrace
from .live import MOST_STEPS

_ROUND = 64
"""Shorter prompts end as far behind a multiple of this as the long one: models cut theirs into pieces of such lengths."""
_WITHIN = 0.005


def longer(trace: Callable[[Workload], tuple[int, Any]], work: Workload) -> Any:
    """`trace`: the most steps that one place takes, and the trace. What a run holds is at most a square of its context:
    three shorter ones tell it, and a fourth whether they do.
    `followed`: tokens of the longest. Fails with CannotTrace."""
    rest = work.context % _ROUND
    few, more = (trace(replace(work, context=count * _ROUND + rest))[0] for count in (1, 2))
    rounds = max(4, MOST_STEPS // 3 // max(1, more - few))  # all four together take about as long as the one given up
    *before, last = [rounds * quarter // 4 * _ROUND + rest for quarter in (1, 2, 3, 4)]
    whole = [trace(replace(work, context=context))[1] for context in (*before, last)]
    # What the allocator adds goes in the steps of its segments, which no parabola follows.
    slack = whole[-1]["slack"]
    traces = [{name: told for name, told in one.items() if name != "slack"} for one in whole]
    found = list(_numbers(traces[-1]))
    off = max(abs(a - b) for a, b in zip(_numbers(_told(traces[:3], before, last)), found, strict=True))
    if off > _WITHIN * max(map(abs, found)):
        raise CannotTrace("its forward takes too many steps, and shorter prompts do not tell how it goes on")
    told = _told(traces[1:], [*before[1:], last], work.context)
    return {**told, "slack": {name: size * work.context // last for name, size in slack.items()}, "followed": last}


def _told(traces: Sequence[Any], contexts: Sequence[int], at: int) -> Any:
    """Number by number, by the parabola through three; traces of the same kind of run have the same form."""
    one = traces[0]
    if isinstance(one, dict):
        return {name: _told([trace[name] for trace in traces], contexts, at) for name in one}
    if isinstance(one, list):
        return [_told(parts, contexts, at) for parts in zip(*traces, strict=True)]
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
