"""Prefill chunks that the plan chooses where the whole prompt at once does not fit."""

from __future__ import annotations

from dataclasses import replace

from .make_plan import make_plan
from .plan import Plan
from .plan_input import PlanInput
from .trace_types import TraceSource

CHUNKS = (32768, 16384, 8192, 4096, 2048, 1024, 512, 256)
_MOST_FORWARDS = 32
"""No curve covers prefill chunks, and tracing takes 0.1 s for each forward pass of them."""
_SURE = 0.98
"""Of what one chunk alone needs: a chunk that even this is too much for is not traced."""


def in_chunks(plan: Plan, source: TraceSource) -> Plan:
    """The same plan; where it does not fit and the run leaves the chunk open, that with the largest chunk that fits. Raises
    WorkloadError where the model does not do this run."""
    request = plan.input
    plan.check_runs()
    if plan.verdict in ("fits", "cannot_tell") or request.work.chunk is not None:
        return plan
    return largest_chunk(plan, replace(request, chunk_chosen=True), source) or plan


def largest_chunk(whole: Plan, request: PlanInput, source: TraceSource) -> Plan | None:
    """The plan with the largest chunk that fits, of those that split the prompt into few enough; None where none does, or the
    run takes no chunks. `whole`: the plan of the same run without smaller ones. Raises TooLate."""
    if "chunk" not in request.changes or not _leaves_room(whole):
        return None
    for chunk in CHUNKS:
        changed = request.with_work(chunk=chunk)
        if chunk >= (request.work.chunk or request.work.context) or changed.work.forwards > _MOST_FORWARDS:
            continue
        if _is_too_large(whole, changed, chunk, source):
            continue
        plan = make_plan(changed, source)
        if plan.demand.method != "traced":
            return None  # the model takes no chunks
        if plan.verdict == "fits":
            return plan
    return None


def _leaves_room(whole: Plan) -> bool:
    """Whether weights and KV cache leave room for the copy of one layer's keys that each decoding step makes."""
    copy = max(whole.demand.kv_cache, default=0) // 2
    return whole.demand.weights + whole.kv_cache + copy <= room_of(whole)


def room_of(plan: Plan) -> int:
    """Bytes that the run may hold on all devices together."""
    return sum(max(0, gpu.allowed) for gpu in plan.gpus) if plan.gpus else plan.input.host_room


def _is_too_large(whole: Plan, changed: PlanInput, chunk: int, source: TraceSource) -> bool:
    """By a prompt as long as one chunk, of which there is a curve, beside the KV cache of the whole one."""
    if len(whole.gpus) > 1:
        return False
    work = replace(changed.work, context=chunk, chunk=None, new_tokens=1, kv_cache="gpu")
    one = replace(changed, work=work)
    alone = make_plan(one, source, draft=True)
    if alone.demand.method != "traced":
        return False
    beside = alone.live_peak - alone.demand.weights - alone.kv_cache
    kept = whole.kv_cache - max(whole.demand.kv_cache, default=0)  # the last layer's may come after the peak
    return whole.demand.weights + kept + int(beside * _SURE) > room_of(whole)
