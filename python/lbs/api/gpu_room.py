"""What a run may use of the GPUs now, for queued runs that wait for memory. Bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from fastapi import Request

from lbs.api.errors import ApiError
from lbs.api.plan import chosen_gpus
from lbs.api.state import queue_of
from lbs.plan import Gpu, installed_gpus
from lbs.protocol.messages import Memory, MemoryGpu
from lbs.queue.room import GpuRoom, never_enough
from lbs.settings import Settings


def gpu_room(settings: Settings, memory: Memory | None) -> list[GpuRoom]:
    """Of the GPUs that LBS_LOCAL_DEVICE_MAP allows. free = min(budget, what other processes leave): the headroom that a run
    has once our idle models are evicted for it. `memory`: the worker's last report."""
    reported = {_bare(gpu["uuid"]): gpu for gpu in memory.gpus} if memory else {}
    # NVML counts our memory with the others', an emulated GPU does not.
    counted = not settings.emulated_gpus
    visible = _visible(installed_gpus(settings.emulated_gpus), reported)
    found = []
    for gpu in chosen_gpus(visible, settings.local_device_map):
        ours = reported[_bare(gpu.card.uuid)]["used"] if counted and _bare(gpu.card.uuid) in reported else 0
        most = min(gpu.budget(settings.gpu_memory_limit), gpu.card.usable)
        others = max(0, gpu.others - ours)
        found.append(GpuRoom(gpu.card.index, gpu.card.uuid, most, max(0, min(most, gpu.card.usable - others))))
    return found


def _visible(gpus: list[Gpu], reported: dict[str, MemoryGpu]) -> list[Gpu]:
    """Those that the worker sees, by its indices: CUDA_VISIBLE_DEVICES hides and reorders GPUs."""
    seen = [
        replace(gpu, card=replace(gpu.card, index=reported[_bare(gpu.card.uuid)]["index"]))
        for gpu in gpus
        if _bare(gpu.card.uuid) in reported
    ]
    return sorted(seen, key=lambda gpu: gpu.card.index) or gpus


def _bare(uuid: str) -> str:
    """torch reports it without NVML's prefix."""
    return uuid.removeprefix("GPU-").removeprefix("MIG-").lower()


async def check_wait(request: Request, size: int) -> None:
    """Raises ApiError for a wait that would never end."""
    queue = queue_of(request)
    room: Sequence[GpuRoom] = await asyncio.to_thread(queue.measure, queue.memory)
    if never := never_enough(size, room, queue.limit):
        raise ApiError(400, "wait_too_large", never)
