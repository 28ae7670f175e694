"""Other KV caches as ways out: less memory of the GPUs, each with its price."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from lbs.benchmarks.parameters import KvCache
from lbs.memory.limit import GIB, size_text
from lbs.sentences import Sentence, say

from .chunks import in_chunks
from .make_plan import make_plan
from .plan import Plan
from .trace_types import TraceSource

CacheChange = Literal["kv_offload", "kv_quantized"]

PCIE_GIB_PER_SECOND = 12
"""Assumed: PCIe 4.0 x16 moves up to 25 GiB/s of pinned memory. The cache's copies are of pageable memory, about half as fast."""

_CACHES: dict[CacheChange, KvCache] = {"kv_offload": "offloaded", "kv_quantized": "quantized"}


def with_other_cache(plan: Plan, change: CacheChange, source: TraceSource) -> Plan | None:
    """The plan of the same run with that cache, in prefill chunks where only those make it fit; None where it does not fit, or
    the model takes no such cache. Raises TooLate."""
    request = plan.input
    if change not in request.changes or request.work.kv_cache != "gpu" or not request.gpus:
        return None
    if plan.demand.method != "traced" or not plan.kv_cache:
        return None
    open_chunk = replace(request, chunk_chosen=False).with_work(
        kv_cache=_CACHES[change], chunk=None if request.chunk_chosen else request.work.chunk
    )
    other = make_plan(open_chunk, source)
    if other.demand.method != "traced":
        return None
    found = in_chunks(other, source)
    return found if found.verdict == "fits" else None


def price_of(plan: Plan) -> Sentence | None:
    """What the KV cache of this plan costs, beside the one in the model's dtype on the GPU."""
    match plan.input.work.kv_cache:
        case "gpu":
            return None
        case "offloaded":
            moved = bytes_per_step(plan.demand.host_cache)
            time = time_text(moved / GIB / PCIE_GIB_PER_SECOND)
            return say("plan.price_kv_offload", size=size_text(moved), time=time, speed=PCIE_GIB_PER_SECOND)
        case "quantized":
            return say("plan.price_kv_quantized")


def time_text(seconds: float) -> str:
    """`0.41 s`, or `12 ms` below a tenth of a second."""
    return f"{seconds:.2g} s" if seconds >= 0.0995 else f"{1000 * seconds:.2g} ms"


def bytes_per_step(host_cache: int) -> int:
    """What one decoding step moves: transformers fetches each layer's whole part, and copies the whole part back."""
    return 2 * host_cache
