"""After a restart the driver may still be freeing the memory of the previous worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

_INTERVAL = 0.05
_PATIENCE = 3.0
# The driver itself moves this many bytes.
_NOISE = 2 << 20


def settle(others: Callable[[], Mapping[int, int]], patience: float = _PATIENCE) -> None:
    """Returns once the memory of other processes (bytes per GPU) stops falling, or after `patience` seconds: an earlier plan
    would count memory that is being freed as taken."""
    end = time.monotonic() + patience
    last = others()
    while time.monotonic() < end:
        time.sleep(_INTERVAL)
        current = others()
        if all(current.get(index, 0) >= held - _NOISE for index, held in last.items()):
            return
        last = current
