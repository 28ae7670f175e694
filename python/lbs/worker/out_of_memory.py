"""What an out-of-memory error shows: its message in numbers, and the plan corrected by the measured memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lbs.memory.limit import GIB, MIB
from lbs.plan import Plan, with_ways_out
from lbs.protocol.messages import MemoryGpu
from lbs.worker.loading.placement import SOURCE

_SIZE = r"([\d.]+) (bytes|KiB|MiB|GiB)"
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": MIB, "GiB": GIB}
_PARTS = {
    "tried": rf"Tried to allocate {_SIZE}",
    "total": rf"total capacity of {_SIZE}",
    "free": rf"of which {_SIZE} is free",
    "process": rf"this process has {_SIZE} memory in use",
    "allowed": rf"{_SIZE} allowed;",
    "allocated": rf"allocated memory {_SIZE} is allocated by PyTorch",
    "unallocated": rf"{_SIZE} is reserved by PyTorch but unallocated",
}


def parse_out_of_memory(message: str) -> dict[str, int]:
    """The bytes that the allocator's message names, and the GPU's index; what the message lacks is left out."""
    found = {}
    for name, pattern in _PARTS.items():
        if match := re.search(pattern, message):
            found[name] = int(float(match[1]) * _UNITS[match[2]])
    if match := re.search(r"GPU (\d+) has", message):
        found["gpu"] = int(match[1])
    return found


def corrected_plan(plan: Plan, message: str, gpus: Sequence[MemoryGpu], others: Mapping[int, int]) -> Plan:
    """The plan with the correction that this run has shown to be needed, with `others` (bytes per GPU of other processes when
    it failed), and with its ways out."""
    parsed = parse_out_of_memory(message)
    wanted = max((gpu["peak"] - gpu["context"] for gpu in gpus), default=0) + parsed.get("tried", 0)
    predicted = max((gpu.reserved_peak for gpu in plan.gpus), default=0)
    factor = wanted / predicted if predicted and wanted > predicted else 1.0
    now = [replace(gpu.gpu, others=max(gpu.gpu.others, others.get(gpu.gpu.card.index, 0))) for gpu in plan.gpus]
    allowed = [gpu.allowed(plan.input.limit) for gpu in now]
    # Whatever the plan says, this much did not fit.
    needed = max(
        (room / gpu.reserved_peak for room, gpu in zip(allowed, plan.gpus, strict=True) if gpu.reserved_peak),
        default=1.0,
    )
    ask = replace(plan.input, gpus=tuple(now), correction=plan.input.correction * max(factor, needed * 1.001))
    return with_ways_out(replace(plan, input=ask, verdict="does_not_fit"), SOURCE)
