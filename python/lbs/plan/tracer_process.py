"""One tracer in a child process: without CUDA, with a limit on memory, and killed where it takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .trace_types import TraceAnswer

COMMAND = (sys.executable, "-m", "lbs.plan.tracing")
_START_SECONDS = 90.0
"""For torch's imports on a slow disk."""
_POLL_SECONDS = 0.05
_PYTHON_FOLDER = Path(__file__).resolve().parents[2]


class TracerExited(Exception):
    """The child exited, or was killed because its answer was not wanted any more."""


class TracerProcess:
    """For one thread, but for `kill`. The child starts at `start`, and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def start(self, wanted: Callable[[], bool]) -> None:
        """Returns once the child accepts requests. Raises TracerExited."""
        if self._process is not None and self._process.poll() is None:
            return
        self.kill()
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        env.pop("LBS_TOKEN", None)
        try:
            self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                cwd=_PYTHON_FOLDER,
                env=env,
            )
        except OSError:
            raise TracerExited from None
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        end = time.monotonic() + _START_SECONDS
        self._line(lambda: wanted() and time.monotonic() < end)

    def ask(self, request: str, wanted: Callable[[], bool]) -> TraceAnswer:
        """The answer to one request, as JSON. Raises TracerExited."""
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            answer: TraceAnswer = json.loads(self._line(wanted))
        except (OSError, ValueError):
            self.kill()
            raise TracerExited from None
        return answer

    def _line(self, wanted: Callable[[], bool]) -> str:
        while wanted():
            with contextlib.suppress(queue.Empty):
                if text := self._lines.get(timeout=_POLL_SECONDS):
                    return text
                break
        self.kill()
        raise TracerExited

    def kill(self) -> None:
        """Also one that is stopped or stuck. A request in progress fails at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError):  # closed by kill
        for line in process.stdout:
            lines.put(line)
    lines.put("")
