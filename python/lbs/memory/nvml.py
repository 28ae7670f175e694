"""NVML's memory of one GPU, also where it shares the system RAM (GB10, Grace without its own memory, Jetson). No torch."""

from __future__ import annotations

from typing import Any, NamedTuple

import pynvml

from .host import host_available, host_total


class CardMemory(NamedTuple):
    """In bytes. `unified`: NVML reports none, so these are the system RAM's, as the panel shows them."""

    total: int
    used: int
    unified: bool


def card_memory(handle: Any) -> CardMemory:
    """Raises pynvml.NVMLError."""
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        total, used = int(memory.total), int(memory.used)
    except pynvml.NVMLError as error:
        if error.value != pynvml.NVML_ERROR_NOT_SUPPORTED:
            raise
        total = used = 0
    if total > 0:
        return CardMemory(total, used, False)
    total = host_total()
    return CardMemory(total, max(0, total - host_available()), True)


def handle_of(uuid: str) -> Any:
    """`uuid`: as torch reports it. NVML has a prefix on discrete GPUs, and none on Jetson. Raises pynvml.NVMLError."""
    try:
        return pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
    except pynvml.NVMLError:
        return pynvml.nvmlDeviceGetHandleByUUID(uuid)
