"""What only the server knows of a failed run: the last minute of memory, who else is on the GPUs, what was asked."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from typing import Any

from clearing.common import Refused
from clearing.leftovers import lineage
from clearing.processes import snapshot
from clearing.smi import holders
from lbs.store import Incident, Run

MINUTE = 60.0
_SMI_SECONDS = 3


class Evidence:
    def __init__(self) -> None:
        self._memory: deque[dict[str, Any]] = deque()
        self.worker: int | None = None
        """The pid of the last one: it may be gone by the time that nvidia-smi tells of it."""

    def remember(self, memory: dict[str, Any]) -> None:
        """`memory` as the worker tells it; what is older than a minute is forgotten."""
        self._memory.append(memory)
        while self._memory and self._memory[0]["time"] < memory["time"] - MINUTE:
            self._memory.popleft()

    async def incident(self, run: Run, kind: str, sentence: str, details: dict[str, Any]) -> Incident:
        """`details`: what the worker told of the failure. Takes some seconds at most, whatever nvidia-smi does."""
        told = {
            "asked": {"model": run.model, "dataset": run.dataset, "parameters": run.parameters, "offload": run.offload},
            "item": {"current": run.current_item, "total": run.total_items, "question": run.current_question},
            "memory": list(self._memory),
            "processes": await asyncio.to_thread(_processes, self.worker),
        }
        return Incident(run.req_id, time.time(), kind, sentence, {**told, **details})


def _processes(worker: int | None) -> list[dict[str, Any]] | str:
    """Everybody on the GPUs, in MiB, and whether they are ours; or the sentence why that cannot be told."""
    try:
        found = holders(_SMI_SECONDS)
    except Refused as reason:
        return str(reason)
    ours = _our_pids() | {worker}
    return [{"pid": one.pid, "used_mib": one.mib, "name": one.name, "ours": one.pid in ours} for one in found]


def _our_pids() -> set[int]:
    """This server, what descends from it, and what carries its panel's marker."""
    own, found, marker = os.getpid(), snapshot(), os.environ.get("HEADROOM_MARKER")
    by_pid = {one.pid: one for one in found}
    carriers = {one.pid for one in found if marker and one.marker == marker}
    return {own} | carriers | {pid for pid in by_pid if own in lineage(pid, by_pid)}
