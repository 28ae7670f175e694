"""A Python process of ours without GPUs, which answers each line on its stdin with a line on its stdout."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

_PYTHON_FOLDER = Path(__file__).resolve().parents[2]


class LineProcess:
    """For one thread, but for `kill`. It starts at `start`, and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self, command: Sequence[str], **variables: str) -> None:
        """Instead of one that runs. Raises OSError."""
        self.kill()
        env = {
            **os.environ,
            "CUDA_VISIBLE_DEVICES": "",
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            **variables,
        }
        env.pop("LBS_TOKEN", None)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=_PYTHON_FOLDER,
            env=env,
        )
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()

    def send(self, line: str) -> None:
        """Raises OSError or ValueError where the process has exited."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def receive(self, seconds: float) -> str:
        """The next line; empty where the process has exited. Raises queue.Empty."""
        return self._lines.get(timeout=seconds)

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
    with contextlib.suppress(ValueError, OSError):  # closed by kill
        for line in process.stdout:
            lines.put(line)
    lines.put("")
