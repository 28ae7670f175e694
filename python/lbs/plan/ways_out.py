"""What makes a run fit, each with its own plan: batch, context, prefill chunk, KV cache, limit, dtype."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lbs.models.dtype import computes_bfloat16
from lbs.sentences import Sentence, say

from .assess import assess
from .chunks import in_chunks, largest_chunk, room_of
from .deadline import TooLate
from .demand import untraced_demand
from .kv_caches import CacheChange, price_of, with_other_cache
from .make_plan import make_plan
from .plan import Plan
from .plan_input import PlanInput
from .plan_json import WayOut
from .search import CONTEXT_STEP, largest_batch, largest_context
from .trace_types import TraceSource
from .workload import Change


def with_ways_out(plan: Plan, source: TraceSource) -> Plan:
    """The same plan; where it does not fit, or only just, with the smallest change of each kind that fits, or
    those that the deadline left time for."""
    if plan.verdict in ("fits", "cannot_tell"):
        return plan
    found: list[WayOut] = []
    try:
        for way in _ways_out(plan, source):
            found.append(way)
    except TooLate as late:
        return replace(plan, ways_out=found, stopped=say("plan.ways_stopped", seconds=f"{late.seconds:g}"))
    return replace(plan, ways_out=found)


def plan_in_time(request: PlanInput, source: TraceSource) -> Plan:
    """The plan, in prefill chunks where only those make it fit, with its ways out, as far as the deadline of this thread allows:
    past it a rough plan without a verdict. Raises WorkloadError where the model does not do this run."""
    try:
        plan = make_plan(request, source)
    except TooLate as late:
        return replace(assess(request, untraced_demand(request, late.sentence)), verdict="cannot_tell")
    try:
        plan = in_chunks(plan, source)
    except TooLate as late:
        return replace(plan, stopped=say("plan.ways_stopped", seconds=f"{late.seconds:g}"))
    return with_ways_out(plan, source)


def describe_ways_out(ways: Sequence[WayOut]) -> Sentence:
    """`batch 8 -> 5, context 32768 -> 24576 or limit 0.6 -> 0.68`; `ways` is not empty."""
    *others, last = [_describe(way) for way in ways]
    return say("plan.ways", ways=others, last=last) if others else last


def _describe(way: WayOut) -> Sentence:
    before, after = _text(way["from"]), _text(way["to"])
    match way["change"]:
        case "batch":
            return say("plan.way_batch", before=before, after=after)
        case "context":
            return say("plan.way_context", before=before, after=after)
        case "chunk" if way["from"] is None:
            return say("plan.way_first_chunk", after=after)
        case "chunk":
            return say("plan.way_chunk", before=before, after=after)
        case "kv_offload":
            return say("plan.way_kv_offload", price=_price(way))
        case "kv_quantized":
            return say("plan.way_kv_quantized", price=_price(way))
        case "limit":
            return say("plan.way_limit", before=before, after=after)
        case "dtype":
            return say("plan.way_dtype", before=before, after=after)


def _price(way: WayOut) -> Sentence:
    return Sentence.from_json(way["price_sentence"])


def _text(value: float | int | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ways_out(plan: Plan, source: TraceSource) -> Iterator[WayOut]:
    request, work = plan.input, plan.input.work
    if plan.demand.weights <= room_of(plan):  # saves traces
        if "batch" in request.changes and work.batch > 1 and (found := largest_batch(request, source, work.batch - 1)):
            yield _way(plan, found, "batch")
        # One token less rarely fits, and a model that loops over its prompt takes as long again to trace.
        most = (work.context - 1) // CONTEXT_STEP * CONTEXT_STEP or work.context - 1
        if "context" in request.changes and (found := largest_context(request, source, most)):
            yield _way(plan, found, "context")
    if found := largest_chunk(plan, request, source):
        yield _way(plan, found, "chunk")
    kinds: tuple[CacheChange, ...] = ("kv_offload", "kv_quantized")
    for change in kinds if plan.demand.weights <= room_of(plan) else ():
        if found := with_other_cache(plan, change, source):
            yield _way(plan, found, change)
    if found := _raised(request, source):
        yield _way(plan, found, "limit")
    if request.model.packed is None:
        half = "bfloat16" if computes_bfloat16(request.capabilities) else "float16"
        if request.model.dtype not in ("float16", half) and (way := dtype_way_out(plan, half, source)):
            yield way


def dtype_way_out(plan: Plan, dtype: str, source: TraceSource) -> WayOut | None:
    """The same run in another dtype, where it fits."""
    changed = make_plan(replace(plan.input, model=replace(plan.input.model, dtype=dtype)), source)
    return _way(plan, changed, "dtype") if changed.verdict == "fits" else None


def _way(plan: Plan, fitting: Plan, change: Change) -> WayOut:
    figures = fitting.as_json()
    way: WayOut = {
        "change": change,
        "from": _value(plan.input, change),
        "to": _value(fitting.input, change),
        "live_peak": figures["live_peak"],
        "reserved_peak": figures["reserved_peak"],
        "total": figures["total"],
    }
    if change in ("kv_offload", "kv_quantized") and (price := price_of(fitting)):
        way["price_sentence"] = price.as_json()
    return way


def _value(request: PlanInput, change: Change) -> float | int | str | None:
    match change:
        case "batch":
            return request.work.batch
        case "context":
            return request.work.context
        case "chunk":
            return request.work.chunk
        case "kv_offload" | "kv_quantized":
            return request.work.kv_cache
        case "limit":
            return request.limit.value
        case "dtype":
            return request.model.dtype


def _raised(request: PlanInput, source: TraceSource) -> Plan | None:
    """The smallest limit of its form that fits."""
    if not request.limit or not request.gpus:
        return None
    limits = request.limit.raised([gpu.card.total for gpu in request.gpus])
    if not limits or make_plan(replace(request, limit=limits[-1]), source).verdict != "fits":
        return None
    low, high = 0, len(limits) - 1
    while low < high:
        middle = (low + high) // 2
        fits = make_plan(replace(request, limit=limits[middle]), source).verdict == "fits"
        low, high = (low, middle) if fits else (middle + 1, high)
    return make_plan(replace(request, limit=limits[low]), source)
