"""Terminates processes of this user, then kills them; never one that took over the pid of another."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import NamedTuple

from .processes import start_of

PATIENCE = 5.0
"""Seconds after each signal."""


class Identity(NamedTuple):
    """A pid with its start time: pids are reused."""

    pid: int
    started: str | None


def terminate(processes: list[Identity], patience: float = PATIENCE) -> list[Identity]:
    """SIGTERM, then SIGKILL to the survivors; returns those that survive even that."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            send(process, sign)
        processes = survivors(processes, patience)
    return processes


def send(process: Identity, sign: signal.Signals) -> None:
    # Checked right before: the pid may have been reused since it was found.
    if is_running(process):
        with contextlib.suppress(OSError):
            os.kill(process.pid, sign)


def survivors(processes: list[Identity], seconds: float) -> list[Identity]:
    """Those that have not exited after this time."""
    deadline = time.monotonic() + seconds
    while True:
        processes = [process for process in processes if is_running(process)]
        if not processes or time.monotonic() > deadline:
            return processes
        time.sleep(0.05)


def is_running(process: Identity) -> bool:
    return process.started is not None and start_of(process.pid) == process.started
