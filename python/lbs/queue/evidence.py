"""What only the server knows of a failed run: the last minute of memory, who else is on the GPUs, what was asked."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from clearing.common import Refused
from clearing.smi import holders
from lbs.store import Incident, Run

MINUTE = 60.0
_SMI_SECONDS = 3


class Evidence:
    def __init__(self) -> None:
        self._memory: deque[dict[str, Any]] = deque()

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
            "processes": await _processes(),
        }
        return Incident(run.req_id, time.time(), kind, sentence, {**told, **details})


async def _processes() -> list[dict[str, Any]] | str:
    """Everybody on the GPUs, in MiB; or the sentence why that cannot be told."""
    try:
        found = await asyncio.to_thread(holders, _SMI_SECONDS)
    except Refused as reason:
        return str(reason)
    return [{"pid": one.pid, "used_mib": one.mib, "name": one.name} for one in found]
