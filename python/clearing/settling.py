"""The driver reclaims memory some time after a process has exited: waits until nvidia-smi shows it."""

from __future__ import annotations

import time

from .smi import Gpu, gpus, holders

EQUAL_READINGS = 3
"""Equal readings in a row that count as settled."""
PAUSE = 0.4


def settled(terminated: set[int], seconds: float = 15.0) -> tuple[list[Gpu], set[int]]:
    """The GPUs once their used memory is stable and no terminated process is listed, and the pids that are still listed
    after the timeout. Raises Refused."""
    deadline = time.monotonic() + seconds
    readings: list[list[tuple[int, int | None]]] = []
    while True:
        current = gpus()
        listed = terminated & {holder.pid for holder in holders()}
        readings = [*readings, [(gpu.ordinal, gpu.used) for gpu in current]][-EQUAL_READINGS:]
        stable = len(readings) == EQUAL_READINGS and all(reading == readings[0] for reading in readings)
        if (stable and not listed) or time.monotonic() > deadline:
            return current, listed
        time.sleep(PAUSE)
