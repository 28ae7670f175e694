"""From what a run needs to where its layers go and whether that fits."""

from __future__ import annotations

from dataclasses import replace

from .demand import Demand
from .gpu_plan import GpuPlan, allocator_slack, plan_gpus
from .layout import NO_MEMORY, Layout, assign_layers, memory_by_device
from .plan import Plan
from .plan_input import PlanInput
from .plan_json import Verdict


def assess(request: PlanInput, demand: Demand) -> Plan:
    """The plan without ways out."""
    if not request.gpus:
        return _assess_cpu(request, demand)
    slack = allocator_slack(request, demand)
    layout = _layout(request, demand, slack)
    plan = _assess_gpus(request, demand, layout.without_cpu())
    if plan.verdict == "tight":
        return replace(_assess_gpus(request, demand, _layout(request, demand, 0).without_cpu()), verdict="tight")
    if plan.verdict == "does_not_fit" and demand.method == "traced":
        return _with_offload(plan, layout)
    return plan


def _assess_cpu(request: PlanInput, demand: Demand) -> Plan:
    layout = Layout((), (), len(demand.blocks.layers), demand.blocks.tied)
    host = memory_by_device(demand, layout)["cpu"]
    verdict: Verdict = "fits" if host.peak <= request.host_room else "does_not_fit"
    return Plan(request, demand, layout, (), host, "cannot_tell" if demand.method == "none" else verdict)


def _layout(request: PlanInput, demand: Demand, slack: int) -> Layout:
    capacities = [
        (gpu.card.index, int(gpu.allowed(request.limit) / request.correction) - gpu.workspace) for gpu in request.gpus
    ]
    return assign_layers(demand, capacities, slack)


def _assess_gpus(request: PlanInput, demand: Demand, layout: Layout) -> Plan:
    memory = memory_by_device(demand, layout)
    gpus = plan_gpus(request, demand, memory)
    return Plan(request, demand, layout, gpus, memory.get("cpu", NO_MEMORY), _verdict(demand, gpus))


def _verdict(demand: Demand, gpus: tuple[GpuPlan, ...]) -> Verdict:
    if demand.method == "none":
        return "cannot_tell"
    if _all_reserved_fit(gpus):
        return "fits"
    if all(gpu.live_peak <= gpu.allowed for gpu in gpus if gpu.used):
        return "tight"
    return "does_not_fit"


def _all_reserved_fit(gpus: tuple[GpuPlan, ...]) -> bool:
    return all(gpu.reserved_peak <= gpu.allowed for gpu in gpus if gpu.used)


def _with_offload(plan: Plan, layout: Layout) -> Plan:
    """`layout` has layers on the CPU: it is an offer where GPUs and RAM hold it."""
    memory = memory_by_device(plan.demand, layout)
    if not _all_reserved_fit(plan_gpus(plan.input, plan.demand, memory)):
        return plan
    host = memory.get("cpu", NO_MEMORY)
    if host.peak > plan.input.host_room:
        return replace(plan, over_host=host.peak)
    return replace(plan, offload=layout)
