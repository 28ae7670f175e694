"""Reports the memory: up to 4 times a second while the worker works, every 10 s otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from lbs.memory.host import host_available
from lbs.protocol.messages import CachedModel, CacheReport, Memory, MemoryGpu
from lbs.worker.cache import ModelCache
from lbs.worker.channel import Channel
from lbs.worker.devices import Device
from lbs.worker.log_lines import log

_QUICK, _SLOW = 0.25, 10.0
# What a run holds is given back within this time.
_SETTLE_SECONDS = 2.0
# A smaller change of RAM is not reported.
_RAM_BYTES = 64 << 20


class Reporter:
    def __init__(self, channel: Channel, device: Device, cache: ModelCache) -> None:
        self._channel = channel
        self._device = device
        self._cache = cache
        self._process = psutil.Process()
        self._last: tuple[list[MemoryGpu], list[CachedModel], CacheReport] | None = None
        self._rss = 0
        self._sent = 0.0
        self._failed: str | None = None
        self._lock = threading.Lock()
        self._works = False
        self._quick_until = time.monotonic() + _SETTLE_SECONDS
        self._woken = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._work, name="memory", daemon=True).start()

    @contextmanager
    def working(self) -> Iterator[None]:
        """The memory changes inside; outside, a worker without work holds what it holds."""
        self._works = True
        self._woken.set()
        try:
            yield
        finally:
            self._quick_until = time.monotonic() + _SETTLE_SECONDS
            self._works = False

    def report(self) -> None:
        """Never raises: memory that cannot be read ends neither the reports nor a run."""
        # One at a time: an older sample must not be sent after a newer one.
        with self._lock:
            try:
                self._report()
                self._failed = None
            except Exception as error:
                # NVML may recover; the log has the failure once, not four times a second.
                if str(error) != self._failed:
                    log(f"[Runner] Memory cannot be read: {type(error).__name__}: {error}")
                self._failed = str(error)

    def _report(self) -> None:
        gpus = self._device.memory()
        models, counts = self._cache.report()
        # RAM is what the OOM killer ends a worker for: its last minute is evidence.
        rss = self._process.memory_info().rss
        now = time.monotonic()
        same = (gpus, models, counts) == self._last and abs(rss - self._rss) < _RAM_BYTES
        if same and now - self._sent < _SLOW:
            return
        self._last, self._rss, self._sent = (gpus, models, counts), rss, now
        machine = psutil.virtual_memory()
        self._channel.send(
            Memory(
                time.time(), gpus, models, counts, {"total": machine.total, "available": host_available(), "rss": rss}
            )
        )

    def _work(self) -> None:
        while True:
            self.report()
            if self._works or time.monotonic() < self._quick_until:
                time.sleep(_QUICK)
            elif self._woken.wait(_SLOW):
                self._woken.clear()
