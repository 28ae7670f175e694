"""Work that nobody waits for yet, done so that nobody notices it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

_NICE = 10


def in_low_priority_thread(work: Callable[[], None], name: str) -> threading.Thread:
    """Linux keeps a nice value per thread: what the main thread does or forks later is as quick as any."""

    def quietly() -> None:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        work()

    thread = threading.Thread(target=quietly, name=name)
    thread.start()
    return thread
