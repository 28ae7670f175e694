"""The driver takes memory back some time after a process has gone: nvidia-smi's own figures say when it has."""

from __future__ import annotations

import time

from .smi import Gpu, gpus, holders

ALIKE = 3
"""So many readings in a row that say the same are taken for the end of it."""
PAUSE = 0.4


def settled(ended: set[int], seconds: float = 15.0) -> tuple[list[Gpu], set[int]]:
    """The figures once they stand still and no ended process is listed any more, and those that still are when the
    time is over. Fails with Refused."""
    end = time.monotonic() + seconds
    seen: list[list[tuple[int, int | None]]] = []
    while True:
        now = gpus()
        listed = ended & {holder.pid for holder in holders()}
        seen = [*seen, [(gpu.ordinal, gpu.used) for gpu in now]][-ALIKE:]
        flat = len(seen) == ALIKE and all(one == seen[0] for one in seen)
        if (flat and not listed) or time.monotonic() > end:
            return now, listed
        time.sleep(PAUSE)
