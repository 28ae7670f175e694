"""Decides which of several backends on one results file may fail the unfinished runs in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def claim(path: Path) -> int | None:
    """The descriptor of a lock that the kernel releases when this process exits; None while another backend holds it.

    The caller keeps it open. Windows has no such lock: every backend there gets a descriptor.
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
        # Some network file systems have no locks: then it works as on Windows.
        return handle
    return handle
