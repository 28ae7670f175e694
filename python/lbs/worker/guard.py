"""Watches the limit while a run is on: what is outside the allocator's count may grow, and the cap has to shrink with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from lbs.memory.limit import Limits, LimitTooSmall, size_text
from lbs.protocol.messages import MemoryGpu
from lbs.worker.devices import Device
from lbs.worker.log_lines import log

_PERIOD = 0.1


class Guard:
    """`breach`: the sentence once more was held than the limit allows; the run is ended with it."""

    def __init__(self, device: Device, limits: Callable[[], Limits]) -> None:
        """`limits` computes them anew, with the overhead of now."""
        self._device = device
        self._limits = limits
        self._caps: dict[int, int] = {}
        self.breach: str | None = None

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
                self.look()
            except Exception as error:
                # The allocator still holds the cap; what nobody watches any more must not stay unsaid.
                log(f"[Runner] The limit is no longer watched in this run: {type(error).__name__}: {error}")
                return

    def look(self) -> None:
        """Once: lowers caps where the overhead has grown by more than the margin has for it, and notes a breach."""
        try:
            found = self._limits()
        except LimitTooSmall as error:
            self.breach = self.breach or str(error)
            return
        now = {gpu.card.index: gpu.cap + gpu.spare for gpu in found.gpus}
        lower = {index: cap for index, cap in now.items() if cap < self._caps.get(index, 0)}
        if lower:
            self._caps |= lower
            gpus = tuple(replace(gpu, cap=self._caps.get(gpu.card.index, gpu.cap)) for gpu in found.gpus)
            self._device.apply_limit(replace(found, gpus=gpus))
            for index, cap in lower.items():
                log(f"[Runner] GPU {index}: CUDA's own memory grew, the cap is now {size_text(cap)}")
        for told in self._device.memory():
            if self.breach is None and (over := _over(told)):
                self.breach = over


def _over(gpu: MemoryGpu) -> str | None:
    if gpu["budget"] is None or gpu["used"] <= gpu["budget"]:
        return None
    return (
        f"The run held {size_text(gpu['used'])} of GPU {gpu['index']}, more than the limit's {size_text(gpu['budget'])} "
        f"(context {size_text(gpu['context'])}, reserved {size_text(gpu['reserved'])}): it was ended. Lower the context "
        "or the batch, or raise LBS_GPU_MEMORY_LIMIT."
    )
