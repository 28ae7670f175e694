"""Background work at low priority."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

_NICE = 10


def in_low_priority_thread(work: Callable[[], None], name: str) -> threading.Thread:
    """On Linux the nice value is per thread: the main thread and its forks keep theirs."""

    def run() -> None:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        work()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    return thread
