"""The progress of the start for the panel: one line for each finished step, with its time in Unix ms."""

from __future__ import annotations

import contextlib
import os
import time


def passed(step: str) -> None:
    """`step` is one of electron/core/backend/steps.ts. Writes nothing without a panel."""
    name = os.environ.get("HEADROOM_STEPS_FILE")
    if name:
        # A start must not fail because its steps cannot be written.
        with contextlib.suppress(OSError):
            descriptor = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, f"{step} {time.time() * 1000:.0f}\n".encode())
            os.close(descriptor)
