"""Tells the emulated nvidia-smi what this process holds: `<data>/emulator/held/<pid>.json`."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

SPACING = 0.05
"""Seconds between two looks."""


def start_time(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat (ticks since boot), or None where there is no /proc: a pid alone identifies nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


class HeldFile:
    """Its own thread looks every 50 ms and writes what changed, whole (temporary file and rename); removed at the end.

    It looks instead of being told, because storages end inside the garbage collector, where no lock may be taken twice.
    """

    def __init__(self, folder: Path, read: Callable[[], Mapping[int, int]]) -> None:
        """`read` answers bytes per GPU index, from any thread."""
        self.path = folder / f"{os.getpid()}.json"
        self._read = read
        self._start = start_time(os.getpid())
        self._closed = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="held-file", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self.path.unlink(missing_ok=True)

    def _work(self) -> None:
        written: dict[str, int] | None = None
        while not self._closed.wait(SPACING):
            now = {str(index): size for index, size in self._read().items()}
            if now == written:
                continue
            with self._lock:
                if not self._closed.is_set():
                    written = now if self._write(now) else None

    def _write(self, gpus: Mapping[str, int]) -> bool:
        record = {"pid": os.getpid(), "start_time": self._start, "name": "python -m lbs.worker", "gpus": gpus}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".held-", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(record, file)
            os.replace(temporary, self.path)
        except OSError:
            return False  # a full disk must not end a run; the next look tries again
        return True
