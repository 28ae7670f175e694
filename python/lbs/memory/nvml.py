"""NVML's memory of one GPU, also where it shares the system RAM (GB10, Grace without its own memory, Jetson). No torch."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import pynvml

from .host import host_available, host_total

_NO_SECOND_VERSION = (pynvml.NVML_ERROR_FUNCTION_NOT_FOUND, pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH)
"""Drivers before 510."""


class CardMemory(NamedTuple):
    """In bytes. `used`: by processes; `driver`: what the driver reserves for itself, as nvidia-smi's "Reserved", 0 where
    an old driver counts it as used; `unified`: NVML reports none, so these are the system RAM's, as the panel shows them."""

    total: int
    used: int
    driver: int
    unified: bool


def card_memory(handle: Any) -> CardMemory:
    """Raises pynvml.NVMLError."""
    try:
        memory = _memory_info(handle)
        total, used = int(memory.total), int(memory.used)
        driver = int(getattr(memory, "reserved", 0))
    except pynvml.NVMLError as error:
        if error.value != pynvml.NVML_ERROR_NOT_SUPPORTED:
            raise
        total = used = driver = 0
    if total > 0:
        return CardMemory(total, used, driver, False)
    total = host_total()
    return CardMemory(total, max(0, total - host_available()), 0, True)


def _memory_info(handle: Any) -> Any:
    """By NVML's second version: the first adds the driver's reserve (642 MiB on an idle RTX PRO 6000) to `used`."""
    try:
        return pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
    except pynvml.NVMLError as error:
        if error.value not in _NO_SECOND_VERSION:
            raise
        return pynvml.nvmlDeviceGetMemoryInfo(handle)


def driver_version() -> str:
    """Such as 580.95.05; empty where NVML does not say."""
    try:
        return str(pynvml.nvmlSystemGetDriverVersion())
    except pynvml.NVMLError:
        return ""


def handle_of(uuid: str) -> Any:
    """`uuid`: as torch reports it. NVML has a prefix on discrete GPUs and on MIG instances, and none on Jetson. Raises
    pynvml.NVMLError."""
    for prefix in ("GPU-", "MIG-"):
        with suppress(pynvml.NVMLError):
            return pynvml.nvmlDeviceGetHandleByUUID(f"{prefix}{uuid}")
    return pynvml.nvmlDeviceGetHandleByUUID(uuid)


def visible_part(handle: Any) -> Any:
    """The GPU itself, or its first MIG instance: where a GPU is split into some, CUDA finds that one only."""
    with suppress(pynvml.NVMLError):
        current, _ = pynvml.nvmlDeviceGetMigMode(handle)
        if current:
            return pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, 0)
    return handle
