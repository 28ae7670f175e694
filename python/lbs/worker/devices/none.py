"""No GPU: models run on the CPU and no limit is applied, which the log says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lbs.memory.limit import Card, Limits
from lbs.protocol.messages import MemoryGpu

from .base import Device, Placement


class NoDevice(Device):
    kind = "none"

    def cards(self) -> list[Card]:
        return []

    def open(self) -> None:
        return

    def apply_limit(self, limits: Limits) -> None:
        return

    def adopt(self, model: Any, placement: Placement) -> dict[int, int]:
        return {}

    def forget(self, model: Any) -> None:
        return

    def park(self, model: Any) -> None:
        return

    def unpark(self, model: Any, placement: Placement) -> None:
        return

    def others(self) -> dict[int, int]:
        return {}

    def load_map(self, placement: Placement) -> dict[str, int | str]:
        return {"": "cpu"}

    @contextmanager
    def running(self, model: Any) -> Iterator[None]:
        yield

    def memory(self) -> list[MemoryGpu]:
        return []

    def empty_cache(self) -> int:
        return 0

    def reset_peak(self) -> None:
        return
