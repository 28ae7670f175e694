"""After a restart the memory of the worker before this one may still be on its way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

_LOOK = 0.05
_PATIENCE = 3.0
# What the driver moves by itself.
_NOISE = 2 << 20


def settle(others: Callable[[], Mapping[int, int]], patience: float = _PATIENCE) -> None:
    """Returns once what others hold (bytes per GPU) no longer falls, or patience (seconds) is over: a plan that is made
    before would take what is being given back for somebody else's."""
    end = time.monotonic() + patience
    last = others()
    while time.monotonic() < end:
        time.sleep(_LOOK)
        now = others()
        if all(now.get(index, 0) >= held - _NOISE for index, held in last.items()):
            return
        last = now
