"""One tracer in a child process: without CUDA, with a limit on memory, and killed where it takes too long."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import time
from collections.abc import Callable

from lbs.protocol.line_process import LineProcess

from .trace_types import TraceAnswer

COMMAND = (sys.executable, "-m", "lbs.plan.tracing")
_START_SECONDS = 90.0
"""For torch's imports on a slow disk."""
_WARM_SECONDS = 600.0
"""At low priority on a busy machine."""
_POLL_SECONDS = 0.05


class TracerExited(Exception):
    """The child exited, or was killed because its answer was not wanted any more."""


class TracerProcess:
    """For one thread, but for `kill`. The child starts at `start`, and again after it was killed."""

    def __init__(self) -> None:
        self._process = LineProcess()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self, wanted: Callable[[], bool], *, warm: bool = False) -> None:
        """Returns once the child accepts requests; `warm`: and has imported what a first trace needs, at low priority.
        Raises TracerExited."""
        if self._process.is_running:
            return
        try:
            self._process.start((*COMMAND, "--warm") if warm else COMMAND)
        except OSError:
            raise TracerExited from None
        end = time.monotonic() + (_WARM_SECONDS if warm else _START_SECONDS)
        self._line(lambda: wanted() and time.monotonic() < end)

    def ask(self, request: str, wanted: Callable[[], bool]) -> TraceAnswer:
        """The answer to one request, as JSON. Raises TracerExited."""
        try:
            self._process.send(request)
            answer: TraceAnswer = json.loads(self._line(wanted))
        except (OSError, ValueError):
            self.kill()
            raise TracerExited from None
        return answer

    def _line(self, wanted: Callable[[], bool]) -> str:
        while wanted():
            with contextlib.suppress(queue.Empty):
                if text := self._process.receive(_POLL_SECONDS):
                    return text
                break
        self.kill()
        raise TracerExited

    def kill(self) -> None:
        """Also one that is stopped or stuck. A request in progress fails at once."""
        self._process.kill()
