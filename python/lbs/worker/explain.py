"""An out-of-memory, or a limit that was broken, with its evidence and the smallest changes that would have fitted."""

from __future__ import annotations

from typing import Any

import torch

from lbs.limit import size_text
from lbs.messages import MemoryGpu
from lbs.plan import Plan, in_words
from lbs.worker.cache import ModelCache
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.out_of_memory import parse_out_of_memory, taught

_SOME_WAY = "shorten the context, use a smaller data type, or raise LBS_GPU_MEMORY_LIMIT"


def out_of_memory(error: torch.OutOfMemoryError, device: Device, cache: ModelCache, plan: Plan | None) -> RunError:
    """What was held, what was asked, and the ways out by what this very run has shown. Asked while nothing is freed yet."""
    gpus = device.memory()
    held = [
        f"GPU {gpu['index']}: {size_text(gpu['peak'])} at the peak of "
        f"{size_text(gpu['budget'] or gpu['total'])} allowed, weights {size_text(gpu['weights'])}"
        for gpu in gpus
    ]
    beside = cache.bytes_per_gpu
    own: list[MemoryGpu] = [{**gpu, "peak": gpu["peak"] - beside.get(gpu["index"], 0)} for gpu in gpus]
    better = plan and taught(plan, str(error), own)
    ways = better.ways_out if better else []
    way = f"what would fit: {in_words(ways)}" if ways else _SOME_WAY
    sentence = f"Out of GPU memory ({'; '.join(held)}): {way}."
    told = {"said": str(error), "parsed": parse_out_of_memory(str(error)), "ways_out": ways}
    return RunError("out_of_memory", sentence, **told, **_evidence(device, cache, plan))


def limit_breach(sentence: str, device: Device, cache: ModelCache, plan: Plan | None) -> RunError:
    return RunError("limit_breach", sentence, **_evidence(device, cache, plan))


def _evidence(device: Device, cache: ModelCache, plan: Plan | None) -> dict[str, Any]:
    """The server adds what it alone knows (lbs/queue/evidence.py)."""
    models, counts = cache.report()
    return {
        "gpus": device.memory(),
        "others": {str(index): size for index, size in device.others().items()},
        "allocator": device.statistics(),
        "cached_models": models,
        "cache": counts,
        "plan": plan and plan.as_json(),
    }
