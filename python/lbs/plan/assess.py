"""From what a run needs to where its layers go and whether that fits."""

from __future__ import annotations

from dataclasses import replace

from .assign import Assigner
from .demand import Demand
from .gpu_plan import allocator_slack, plan_gpus, rooms_of
from .layout import NO_MEMORY, Layout, memory_by_device
from .plan import Plan
from .plan_input import PlanInput
from .plan_json import Verdict

_VERDICTS: tuple[Verdict, ...] = ("cannot_tell", "does_not_fit", "tight", "fits")
"""From the worst to the best."""


def assess(request: PlanInput, demand: Demand) -> Plan:
    """The plan without ways out. Loading copies experts one by one only where that makes the run fit."""
    plan = _assess(request, demand)
    if plan.verdict in ("fits", "cannot_tell") or not (smaller := demand.loading_one_by_one()):
        return plan
    return max(plan, _assess(request, smaller), key=lambda found: _VERDICTS.index(found.verdict))


def _assess(request: PlanInput, demand: Demand) -> Plan:
    if not request.gpus:
        return _assess_cpu(request, demand)
    assigner = Assigner(demand, rooms_of(request, slack=allocator_slack(request, demand)))
    if demand.host_cache > request.host_room:
        plan = _on_gpus(request, demand, assigner.closest(), "does_not_fit")
        return replace(plan, over_host=demand.host_cache)
    if layout := assigner.without_cpu():
        return _on_gpus(request, demand, layout, "fits")
    if layout := Assigner(demand, rooms_of(request, slack=None)).without_cpu():
        return _on_gpus(request, demand, layout, "tight")
    plan = _on_gpus(request, demand, assigner.closest(), "does_not_fit")
    return _with_offload(plan, assigner.least_offload())


def _assess_cpu(request: PlanInput, demand: Demand) -> Plan:
    layout = Layout((), (), len(demand.blocks.layers))
    host = memory_by_device(demand, layout)["cpu"]
    verdict: Verdict = "fits" if host.peak <= request.host_room else "does_not_fit"
    return Plan(request, demand, layout, (), host, "cannot_tell" if demand.method == "none" else verdict)


def _on_gpus(request: PlanInput, demand: Demand, layout: Layout, verdict: Verdict) -> Plan:
    memory = memory_by_device(demand, layout)
    gpus = plan_gpus(request, demand, memory)
    return Plan(request, demand, layout, gpus, NO_MEMORY, "cannot_tell" if demand.method == "none" else verdict)


def _with_offload(plan: Plan, layout: Layout | None) -> Plan:
    """`layout`: with layers on the CPU, which is an offer where the RAM holds them."""
    if layout is None or not layout.cpu_spans or not plan.input.model.splits:
        return plan
    host = memory_by_device(plan.demand, layout)["cpu"]
    if host.peak + plan.demand.host_cache > plan.input.host_room:
        return replace(plan, over_host=host.peak)
    return replace(plan, offload=layout)
