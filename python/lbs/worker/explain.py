"""Turns an out-of-memory error or a broken limit into a RunError with evidence and the smallest changes that would fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lbs.memory.limit import size_text
from lbs.memory.limit_value import Limit
from lbs.models.dtype import computes_bfloat16
from lbs.plan import Plan, WayOut, describe_ways_out, dtype_way_out, remember
from lbs.protocol.messages import HeldMemory, MemoryGpu
from lbs.sentences import Sentence, say
from lbs.worker.cache import ModelCache
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.loading.placement import SOURCE
from lbs.worker.out_of_memory import corrected_plan, parse_out_of_memory, wanted_bytes


@dataclass(frozen=True)
class MemoryAtFailure:
    """`cached`: bytes of idle cached models per GPU; `others`: bytes of other processes per GPU; `margins`: bytes of
    each GPU that the limit keeps free."""

    gpus: list[MemoryGpu]
    cached: Mapping[int, int]
    others: Mapping[int, int]
    margins: Mapping[int, int]
    evidence: HeldMemory


def capture(device: Device, cache: ModelCache) -> MemoryAtFailure:
    """To be called before anything of the failed run is released. Leaves out what cannot be read: the failure matters more."""
    gpus = device.readable()
    models, counts = cache.report()
    others = device.others() if gpus else {}
    margins = {card.index: card.margin for card in device.cards()} if gpus else {}
    evidence: HeldMemory = {
        "gpus": gpus,
        "others": {str(index): size for index, size in others.items()},
        "allocator": device.statistics(),
        "cached_models": models,
        "cache": counts,
    }
    return MemoryAtFailure(gpus, cache.bytes_per_gpu, others, margins, evidence)


def out_of_memory(error: Exception, memory: MemoryAtFailure, plan: Plan | None, *, running: bool) -> RunError:
    """With the ways out of a plan that this run has corrected, and the next ones too where it was `running`, not loading."""
    held: list[str | Sentence] = [
        say(
            "worker.peak_on_gpu",
            index=gpu["index"],
            peak=size_text(gpu["peak"]),
            allowed=size_text(gpu["budget"] or gpu["total"]),
            weights=size_text(gpu["weights"]),
        )
        for gpu in memory.gpus
    ]
    grown = _grown_others(memory, plan) if plan else []
    ways: list[WayOut] = []
    if plan:
        wanted = learn_from(str(error), memory, plan, running=running)
        ways = corrected_plan(plan, wanted, memory.others).ways_out
    if ways:
        advice = say("worker.would_fit", ways=describe_ways_out(ways))
    else:
        advice = say("worker.end_other_processes") if grown else say("worker.use_less_memory")
    return RunError(
        "out_of_memory",
        say("worker.out_of_memory", held=[*held, *grown], advice=advice),
        message=str(error),
        parsed=parse_out_of_memory(str(error)),
        ways_out=ways,
        plan=None if plan is None else plan.as_json(),
        **memory.evidence,
    )


def learn_from(message: str, memory: MemoryAtFailure, plan: Plan, *, running: bool) -> dict[int, int]:
    """Tells the ledger of an out-of-memory error; returns the bytes per GPU that the run would have taken at least."""
    own: list[MemoryGpu] = [{**gpu, "peak": gpu["peak"] - memory.cached.get(gpu["index"], 0)} for gpu in memory.gpus]
    wanted = wanted_bytes(plan, message, own, others_grew=bool(_grown_others(memory, plan)))
    if running:
        remember(plan, wanted, ran_out=True)
    return wanted


def _grown_others(memory: MemoryAtFailure, plan: Plan) -> list[Sentence]:
    """The GPUs on which other processes hold more than the plan had counted with."""
    planned = {gpu.gpu.card.index: gpu.gpu for gpu in plan.gpus}
    grown = {index: size - planned[index].others for index, size in memory.others.items() if index in planned}
    return [
        say("worker.others_grew", index=index, size=size_text(memory.others[index]), more=size_text(more))
        for index, more in grown.items()
        if more > planned[index].card.margin
    ]


def limit_breach(breach: Sentence, memory: MemoryAtFailure, limit: Limit, plan: Plan | None) -> RunError:
    """`limit`: the one that was exceeded."""
    ways = _raised_limit(memory, limit)
    sentence = say("worker.breach_with_ways", breach=breach, ways=describe_ways_out(ways)) if ways else breach
    return RunError(
        "limit_breach", sentence, ways_out=ways, plan=None if plan is None else plan.as_json(), **memory.evidence
    )


def non_finite(plan: Plan) -> RunError:
    """Logits are no numbers: float16 overflowed, or the weights are damaged. Offers the next wider dtype where it fits."""
    dtype = plan.input.model.dtype
    ways: list[WayOut] = []
    if dtype != "float16":
        advice = say("worker.weights_damaged")
    else:
        computes = plan.gpus and computes_bfloat16([gpu.gpu.card.compute_capability for gpu in plan.gpus])
        wider = "bfloat16" if computes else "float32"
        way = dtype_way_out(plan, wider, SOURCE)
        ways = [way] if way else []
        advice = say("worker.use_wider", ways=describe_ways_out(ways)) if way else say("worker.no_wider", dtype=wider)
    sentence = say("worker.non_finite", dtype=dtype, advice=advice)
    return RunError("non_finite", sentence, ways_out=ways, plan=plan.as_json())


def _raised_limit(memory: MemoryAtFailure, limit: Limit) -> list[WayOut]:
    """The smallest limit of its form that leaves room for the measured peak and the margin."""
    held = {gpu["index"]: max(gpu["peak"], gpu["used"]) for gpu in memory.gpus}

    def fits(one: Limit) -> bool:
        return all(
            (one.budget(gpu["total"]) or 0) >= min(gpu["total"], held[gpu["index"]] + memory.margins[gpu["index"]])
            for gpu in memory.gpus
        )

    if not limit or fits(limit):
        return []
    to = next(one for one in limit.raised([gpu["total"] for gpu in memory.gpus]) if fits(one))
    return [
        {
            "change": "limit",
            "from": limit.value,
            "to": to.value,
            "live_peak": sum(gpu["allocated"] for gpu in memory.gpus),
            "reserved_peak": sum(held[gpu["index"]] - gpu["context"] for gpu in memory.gpus),
            "total": sum(held.values()),
        }
    ]
