"""The one estimator: demand, then layout and verdict."""

from __future__ import annotations

from dataclasses import replace

from .assess import assess
from .demand import demand_of
from .plan import Plan
from .plan_input import PlanInput
from .trace_types import TraceSource

_CURVE_ERROR = 0.005
"""Of the allocated peak: the most that curves deviate from a trace."""


def make_plan(request: PlanInput, source: TraceSource, *, draft: bool = False) -> Plan:
    """The plan without ways out. A model that nothing is known of gets the verdict cannot_tell.

    Where curves give the figures and a small deviation changes the verdict, the run itself is traced, so that the verdict
    is that of a trace. `draft` leaves that out, for a search that tries many plans.
    """
    plan = assess(request, demand_of(request, source))
    if draft or not plan.demand.interpolated or _is_stable(plan):
        return plan
    return assess(request, demand_of(request, source, exact=True))


def _is_stable(plan: Plan) -> bool:
    """Whether slightly larger and slightly smaller figures lead to the same verdict."""
    for factor in (1 + _CURVE_ERROR, 1 - _CURVE_ERROR):
        request = plan.input
        scaled = replace(request, correction=request.correction * factor, host_room=int(request.host_room / factor))
        other = assess(scaled, plan.demand)
        if (other.verdict, other.offload is None) != (plan.verdict, plan.offload is None):
            return False
    return True
