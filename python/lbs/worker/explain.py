"""An out-of-memory, or a limit that was broken, with its evidence and the smallest changes that would have fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lbs.memory.limit import margin_of, size_text
from lbs.plan import Plan, in_words
from lbs.protocol.messages import MemoryGpu
from lbs.worker.cache import ModelCache
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.out_of_memory import parse_out_of_memory, taught

_SOME_WAY = "shorten the context, use a smaller data type, or raise LBS_GPU_MEMORY_LIMIT"
_END_THEM = "end what took it (the list of processes names them), or run again when it is done"


@dataclass(frozen=True)
class Seen:
    """What a run held when it failed. `beside`: bytes of idle cached models per GPU; `others`: of who is not ours."""

    gpus: list[MemoryGpu]
    beside: dict[int, int]
    others: dict[int, int]
    evidence: dict[str, Any]


def look(device: Device, cache: ModelCache) -> Seen:
    """To be called before anything of the failed run is given back. What cannot be read is left out: the failure matters."""
    gpus = device.readable()
    models, counts = cache.report()
    others = device.others() if gpus else {}
    evidence = {
        "gpus": gpus,
        "others": {str(index): size for index, size in others.items()},
        "allocator": device.statistics(),
        "cached_models": models,
        "cache": counts,
    }
    return Seen(gpus, cache.bytes_per_gpu, others, evidence)


def out_of_memory(error: Exception, seen: Seen, plan: Plan | None) -> RunError:
    """What was held, what was asked, and the ways out by what this very run has shown."""
    held = [
        f"GPU {gpu['index']}: {size_text(gpu['peak'])} at the peak of "
        f"{size_text(gpu['budget'] or gpu['total'])} allowed, weights {size_text(gpu['weights'])}"
        for gpu in seen.gpus
    ]
    own: list[MemoryGpu] = [{**gpu, "peak": gpu["peak"] - seen.beside.get(gpu["index"], 0)} for gpu in seen.gpus]
    better = plan and taught(plan, str(error), own, seen.others)
    ways = better.ways_out if better else []
    taken = _taken(seen, plan) if plan else []
    way = f"what would fit: {in_words(ways)}" if ways else _END_THEM if taken else _SOME_WAY
    sentence = f"Out of GPU memory ({'; '.join(held + taken)}): {way}."
    told = {"said": str(error), "parsed": parse_out_of_memory(str(error)), "ways_out": ways}
    return RunError("out_of_memory", sentence, **told, **_told(seen, plan))


def _taken(seen: Seen, plan: Plan) -> list[str]:
    """Where others have taken what the plan had reckoned with."""
    planned = {gpu.gpu.card.index: gpu.gpu for gpu in plan.gpus}
    grown = {index: size - planned[index].others for index, size in seen.others.items() if index in planned}
    return [
        f"others hold {size_text(seen.others[index])} of GPU {index}, {size_text(more)} more than when the run was planned"
        for index, more in grown.items()
        if more > margin_of(planned[index].card.total)
    ]


def limit_breach(sentence: str, seen: Seen, limit: float, plan: Plan | None) -> RunError:
    """`limit`: the one that was broken."""
    ways = _raised(seen, limit)
    said = f"{sentence} What would hold it: {in_words(ways)}." if ways else sentence
    return RunError("limit_breach", said, ways_out=ways, **_told(seen, plan))


def _raised(seen: Seen, limit: float) -> list[dict[str, Any]]:
    """The smallest limit, in steps of 0.01, that leaves room for the most that was seen and for the margin."""
    held = {gpu["index"]: max(gpu["peak"], gpu["used"]) for gpu in seen.gpus}
    shares = [(held[gpu["index"]] + margin_of(gpu["total"])) / gpu["total"] for gpu in seen.gpus]
    to = min(1.0, math.ceil(max(shares, default=0) * 100) / 100)
    if not 0 < limit < to:
        return []
    reserved = sum(held[gpu["index"]] - gpu["context"] for gpu in seen.gpus)
    figures = {"live_peak": sum(gpu["allocated"] for gpu in seen.gpus), "reserved_peak": reserved}
    return [{"change": "limit", "from": limit, "to": to, **figures, "total": sum(held.values())}]


def _told(seen: Seen, plan: Plan | None) -> dict[str, Any]:
    """The server adds what it alone knows (lbs/queue/evidence.py)."""
    return {**seen.evidence, "plan": plan and plan.as_json()}
