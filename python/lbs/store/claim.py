"""Which of several backends on one results file may say that the unfinished runs in it are nobody's."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def claim(path: Path) -> int | None:
    """A lock that the kernel drops with this process, however it ends; None where another backend is alive.

    The answer stays open until the process ends. Windows has no such lock: there every backend thinks it is alone.
    """
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform == "win32":
        return handle
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        # A file system without locks, as some network ones are: as on Windows.
        return handle
    return handle
