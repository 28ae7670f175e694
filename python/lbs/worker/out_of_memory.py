"""What an out-of-memory error shows: its message in numbers, and the plan corrected by the measured memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lbs.memory.limit import GIB, MIB
from lbs.plan import Plan, factor_shown, with_ways_out
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


def wanted_bytes(plan: Plan, message: str, gpus: Sequence[MemoryGpu], *, others_grew: bool) -> dict[int, int]:
    """Bytes per GPU that the allocator would have had to reserve at least: by its message and the peaks, `gpus` without cached
    models; on the GPU that ran out, more than the plan allowed, unless other processes had taken of that."""
    parsed = parse_out_of_memory(message)
    wanted = {gpu["index"]: gpu["peak"] - gpu["context"] for gpu in gpus}
    room = {gpu.gpu.card.index: gpu.allowed for gpu in plan.gpus if gpu.gpu.card.index in wanted}
    full = parsed.get("gpu", min(room, key=lambda index: room[index] - wanted[index], default=None))
    if full in wanted:
        wanted[full] = max(wanted[full] + parsed.get("tried", 0), 0 if others_grew else room.get(full, 0) + 1)
    return wanted


def corrected_plan(plan: Plan, wanted: Mapping[int, int], others: Mapping[int, int]) -> Plan:
    """The plan with the correction that this run has shown to be needed, with `others` (bytes per GPU of other processes when
    it failed), and with its ways out. `wanted`: see wanted_bytes."""
    now = [replace(gpu.gpu, others=max(gpu.gpu.others, others.get(gpu.gpu.card.index, 0))) for gpu in plan.gpus]
    shown = plan.input.corrections.at_least(factor_shown(plan, wanted))
    ask = replace(plan.input, gpus=tuple(now), corrections=shown)
    return with_ways_out(replace(plan, input=ask, verdict="does_not_fit"), SOURCE)
