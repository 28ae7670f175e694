"""Reports this process's memory to the emulated nvidia-smi: `<data>/emulator/held/<pid>.json`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from lbs.settings.private import make_folder

SPACING = 0.05
"""Least seconds between two writes."""
NAME = f"{Path(sys.executable).name} -m lbs.worker"
"""As on the command line: the panel takes a process with another name for one of another container."""


def start_time(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat (ticks since boot), or None without /proc: a pid alone identifies no process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


def held_by_others(folder: Path) -> dict[int, int]:
    """Bytes per GPU index that other live processes hold on the emulated GPUs."""
    sums: dict[int, int] = {}
    for file in folder.glob("*.json"):
        try:
            record = json.loads(file.read_text("utf-8"))
            alive = record["pid"] != os.getpid() and start_time(record["pid"]) == record["start_time"]
            for index, size in (record["gpus"] or {}).items() if alive else ():
                sums[int(index)] = sums.get(int(index), 0) + int(size)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # removed meanwhile, or not our file
    return sums


class HeldFile:
    """Written atomically by its own thread, at most every 50 ms; removed at the end.

    The thread polls instead of being woken: storages end inside the garbage collector, which may run while this very
    thread holds an event's lock, which is not reentrant.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{os.getpid()}.json"
        self._start = start_time(os.getpid())
        self._latest: dict[str, int] | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="held-file", daemon=True).start()

    def update(self, gpus: Mapping[int, int]) -> None:
        """`gpus`: bytes per GPU index. Returns at once."""
        self._latest = {str(index): size for index, size in gpus.items()}

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self.path.unlink(missing_ok=True)

    def _work(self) -> None:
        written: dict[str, int] | None = None
        while not self._closed.wait(SPACING):
            latest = self._latest
            if latest == written:
                continue
            with self._lock:
                if not self._closed.is_set() and self._write(latest):
                    written = latest

    def _write(self, gpus: dict[str, int] | None) -> bool:
        record = {"pid": os.getpid(), "start_time": self._start, "name": NAME, "gpus": gpus}
        try:
            make_folder(self.path.parent)
            handle, temporary = tempfile.mkstemp(prefix=".held-", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(record, file)
            os.replace(temporary, self.path)
        except OSError:
            return False  # a full disk must not end a run; the next poll retries
        return True
