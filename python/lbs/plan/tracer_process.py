"""The tracer in a child process: without CUDA, with a limit on time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

from lbs.sentences import Sentence, say

from .trace_types import TraceAnswer, TraceRequest

SECONDS = 60.0
_PYTHON_FOLDER = Path(__file__).resolve().parents[2]


class TracerProcess:
    """A TraceSource for any thread. The child starts at the first request and serves the following ones."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, request: TraceRequest) -> TraceAnswer:
        with self._lock:
            try:
                return self._request(json.dumps(request))
            except queue.Empty:
                return self._failed(say("plan.tracer_timeout", seconds=f"{self._seconds:g}"))
            except (OSError, ValueError):
                return self._failed(say("plan.tracer_exited"))

    def _failed(self, reason: Sentence) -> TraceAnswer:
        self._kill()
        return {"error": say("plan.not_traceable", reason=reason).as_json()}

    def _request(self, line: str) -> TraceAnswer:
        if self._closed:
            raise ValueError("closed")
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        text = self._lines.get(timeout=self._seconds)
        if not text:
            raise ValueError("exited")
        answer: TraceAnswer = json.loads(text)
        return answer

    def _start(self) -> None:
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        env.pop("LBS_TOKEN", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lbs.plan.tracing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=_PYTHON_FOLDER,
            env=env,
        )
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(self._process, self._lines), daemon=True).start()

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def close(self) -> None:
        """For good. A request in progress fails at once."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._lock:
            self._kill()
