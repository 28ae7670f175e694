"""Watches the limit during a run: memory outside the allocator's count may grow, and the cap has to shrink with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from lbs.memory.limit import Limits, LimitTooSmall, size_text
from lbs.protocol.messages import MemoryGpu
from lbs.sentences import Sentence, say, sentence_of
from lbs.worker.devices import Device
from lbs.worker.log_lines import log

_PERIOD = 0.1


class LimitGuard:
    """`breach`: set once the run holds more than the limit allows; the run ends with it."""

    def __init__(self, device: Device, limits: Callable[[], Limits]) -> None:
        """`limits` computes them with the current overhead."""
        self._device = device
        self._limits = limits
        self._caps: dict[int, int] = {}
        self.breach: Sentence | None = None

    @contextmanager
    def watching(self, limits: Limits) -> Iterator[None]:
        self._caps = {gpu.card.index: gpu.cap for gpu in limits.gpus}
        self.breach = None
        over = threading.Event()
        thread = threading.Thread(target=self._work, args=(over,), name="guard", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _work(self, over: threading.Event) -> None:
        while not over.wait(_PERIOD):
            try:
                self.check()
            except Exception as error:
                # The allocator still enforces the cap; the log says that nothing else watches it.
                log(f"[Runner] The limit is no longer watched in this run: {type(error).__name__}: {error}")
                return

    def check(self) -> None:
        """Lowers caps where the overhead has outgrown its part of the margin, and records a breach."""
        try:
            found = self._limits()
        except LimitTooSmall as error:
            self.breach = self.breach or sentence_of(error)
            return
        possible = {gpu.card.index: gpu.cap + gpu.spare for gpu in found.gpus}
        lower = {index: cap for index, cap in possible.items() if cap < self._caps.get(index, 0)}
        if lower:
            self._caps |= lower
            capped = tuple(replace(gpu, cap=self._caps.get(gpu.card.index, gpu.cap)) for gpu in found.gpus)
            self._device.apply_limit(replace(found, gpus=capped))
            for index, cap in lower.items():
                log(f"[Runner] GPU {index}: CUDA's own memory grew, the cap is now {size_text(cap)}")
        for gpu in self._device.memory():
            self.breach = self.breach or _breach(gpu)


def _breach(gpu: MemoryGpu) -> Sentence | None:
    if gpu["budget"] is None or gpu["used"] <= gpu["budget"]:
        return None
    return say(
        "worker.limit_breach",
        index=gpu["index"],
        used=size_text(gpu["used"]),
        budget=size_text(gpu["budget"]),
        context=size_text(gpu["context"]),
        reserved=size_text(gpu["reserved"]),
    )
