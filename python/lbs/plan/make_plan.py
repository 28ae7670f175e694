"""The one estimator: demand, then layout and verdict."""

from __future__ import annotations

from dataclasses import replace

from .assess import assess
from .demand import demand_of
from .plan import Plan
from .plan_input import PlanInput
from .trace_types import TraceSource

_DEVIATION = 0.005
"""Of the allocated peak: the most that curves deviate from a trace, and what is extrapolated from a longer run."""


def make_plan(request: PlanInput, source: TraceSource, *, draft: bool = False) -> Plan:
    """The plan without ways out. A model that nothing is known of gets the verdict cannot_tell.

    Where curves give the figures and a small deviation changes the verdict, the run itself is traced, so that the verdict
    is that of a trace. Where even a trace is extrapolated, such a run only may fit. `draft` leaves that out, for a search
    that tries many plans.
    """
    plan = assess(request, demand_of(request, source))
    if draft or not plan.demand.is_near or _is_stable(plan):
        return plan
    if plan.demand.interpolated:
        plan = assess(request, demand_of(request, source, exact=True))
    if plan.verdict == "fits" and plan.gpus and plan.demand.extrapolated and not _is_stable(plan):
        return replace(plan, verdict="tight")
    return plan


def _is_stable(plan: Plan) -> bool:
    """Whether slightly larger and slightly smaller figures lead to the same verdict."""
    peak = max((gpu.live_peak for gpu in plan.gpus), default=plan.host.peak)
    for more in (int(peak * _DEVIATION), -int(peak * _DEVIATION)):
        other = assess(plan.input, plan.demand.adjusted(more=more))
        if (other.verdict, other.offload is None) != (plan.verdict, plan.offload is None):
            return False
    return True
