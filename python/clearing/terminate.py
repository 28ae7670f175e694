"""Ends processes of this user: asked first, then made to, and never one that took over the pid of another."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import NamedTuple

from .processes import identity_of

PATIENCE = 5.0
"""Seconds after each signal."""


class Identity(NamedTuple):
    """A pid alone identifies nothing."""

    pid: int
    started: str | None


def end(those: list[Identity], patience: float = PATIENCE) -> list[Identity]:
    """SIGTERM to all, SIGKILL to those that stay; returns when they are gone, or with those that not even that ended."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for one in those:
            send(one, sign)
        those = staying(those, patience)
    return those


def send(one: Identity, sign: signal.Signals) -> None:
    # Asked again right before: the pid may have passed to another process since it was looked at.
    if is_there(one):
        with contextlib.suppress(OSError):
            os.kill(one.pid, sign)


def staying(those: list[Identity], seconds: float) -> list[Identity]:
    end = time.monotonic() + seconds
    while True:
        those = [one for one in those if is_there(one)]
        if not those or time.monotonic() > end:
            return those
        time.sleep(0.05)


def is_there(one: Identity) -> bool:
    return one.started is not None and identity_of(one.pid) == one.started
