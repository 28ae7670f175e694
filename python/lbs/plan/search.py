"""The largest context and the largest batch that fit."""

from __future__ import annotations

from collections.abc import Callable

from .make_plan import make_plan
from .plan import Plan
from .plan_input import PlanInput
from .trace_types import TraceSource

CONTEXT_STEP = 64
"""Contexts are tried in steps of this many tokens."""
_MOST_TRIES = 10

_PlanOf = Callable[[int, bool], Plan]
"""The plan for one value; the flag asks for a draft."""


def largest_context(request: PlanInput, source: TraceSource, most: int) -> Plan | None:
    """The plan of the longest prompt up to `most` tokens that fits with everything on the GPUs; None where none does."""
    return _search(
        lambda value, draft: make_plan(request.with_work(context=value), source, draft=draft),
        lambda plan: make_plan(plan.input, source),
        most,
        CONTEXT_STEP,
        request.least_context,
    )


def largest_batch(request: PlanInput, source: TraceSource, most: int) -> Plan | None:
    """As `largest_context`, for up to `most` sequences at a time."""
    return _search(
        lambda value, draft: make_plan(request.with_work(batch=value), source, draft=draft),
        lambda plan: make_plan(plan.input, source),
        most,
        1,
        1,
    )


def _search(plan_of: _PlanOf, confirm: Callable[[Plan], Plan], most: int, step: int, least: int) -> Plan | None:
    """With drafts first; their result is confirmed, and the search repeated without drafts where it does not hold."""
    plan = _largest(lambda value: plan_of(value, True), most, step, least)
    if plan and plan.demand.is_near:
        plan = confirm(plan)
    return plan if plan and plan.verdict == "fits" else _largest(lambda value: plan_of(value, False), most, step, least)


def _largest(plan_of: Callable[[int], Plan], most: int, step: int, least: int) -> Plan | None:
    """Memory is nearly linear in the value: each guess is where the line between two tries meets the room."""
    if most < max(1, least):
        return None
    top = plan_of(most)
    if top.verdict == "fits":
        return top
    low = min(max(step, least), most)
    best = plan_of(low)
    if best.verdict != "fits":
        return None
    high, over = most, _spare(top)
    for _ in range(_MOST_TRIES):
        if high - low <= max(step, low // 128):
            break
        guess = _guess(low, high, _spare(best) / max(1, _spare(best) - over), step)
        tried = plan_of(guess)
        if tried.verdict == "fits":
            low, best = guess, tried
        else:
            high, over = guess, _spare(tried)
    return best


def _guess(low: int, high: int, share: float, step: int) -> int:
    """Between `low` and `high`, in steps; `share`: of the way."""
    guess = low + int((high - low) * min(max(share, 0.02), 0.98))
    rounded = guess - guess % step
    return max(low + 1, rounded) if rounded > low else low + max(1, min(step, (high - low) // 2))


def _spare(plan: Plan) -> int:
    """Bytes left on the fullest device; negative where it is too full."""
    room = plan.input.host_room - plan.host.peak
    return min((gpu.allowed - gpu.reserved_peak for gpu in plan.gpus), default=room)
