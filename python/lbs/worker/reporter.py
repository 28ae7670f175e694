"""Tells what is held: 4 times a second while it or our RAM changes, every 10 s otherwise."""

from __future__ import annotations

import threading
import time
from typing import Any

import psutil

from lbs.memory.host import host_available
from lbs.worker.cache import ModelCache
from lbs.worker.channel import Channel
from lbs.worker.devices import Device
from lbs.worker.log_lines import log

_QUICK, _SLOW = 0.25, 10.0
# RAM that has moved by less is no change.
_RAM = 64 << 20


class Reporter:
    def __init__(self, channel: Channel, device: Device, cache: ModelCache) -> None:
        self._channel = channel
        self._device = device
        self._cache = cache
        self._process = psutil.Process()
        self._last: Any = None
        self._rss = 0
        self._said = 0.0
        self._failed: str | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._work, name="memory", daemon=True).start()

    def report(self) -> None:
        """Never fails: that memory cannot be read ends neither the telling nor a run."""
        # One at a time: a figure that was read before another must not be told after it.
        with self._lock:
            try:
                self._report()
                self._failed = None
            except Exception as error:
                # NVML may answer again; that it does not must not be said four times a second.
                if str(error) != self._failed:
                    log(f"[Runner] Memory cannot be read: {type(error).__name__}: {error}")
                self._failed = str(error)

    def _report(self) -> None:
        gpus = self._device.memory()
        models, counts = self._cache.report()
        # What the kernel ends a worker for: the last minute of it is the evidence.
        rss = self._process.memory_info().rss
        now = time.monotonic()
        same = (gpus, models, counts) == self._last and abs(rss - self._rss) < _RAM
        if same and now - self._said < _SLOW:
            return
        self._last, self._rss, self._said = (gpus, models, counts), rss, now
        machine = psutil.virtual_memory()
        host = {"total": machine.total, "available": host_available(), "rss": rss}
        self._channel.say("memory", time=time.time(), gpus=gpus, cached_models=models, cache=counts, host=host)

    def _work(self) -> None:
        while True:
            self.report()
            time.sleep(_QUICK)
