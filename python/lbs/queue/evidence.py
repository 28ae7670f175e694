"""The server's part of an incident's evidence: the last minute of memory, the processes on the GPUs, the run's parameters."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping
from typing import TypedDict

from clearing.common import Refused
from clearing.leftovers import lineage
from clearing.processes import snapshot
from clearing.same_program import names_other_process
from clearing.smi import Holder, holders
from lbs.protocol.messages import JsonObject, Memory
from lbs.queue.shapes import MemoryShape, memory_shape
from lbs.sentences import Sentence, SentenceJson, say
from lbs.store import Incident, Run

_MEMORY_SECONDS = 60.0
_SMI_SECONDS = 3


class GpuProcess(TypedDict):
    """`ours`: of this backend or its panel."""

    pid: int
    used_mib: int | None
    name: str
    ours: bool


class RunParameters(TypedDict):
    model: str
    dataset: str
    parameters: JsonObject
    offload: str | None
    force: bool


class CurrentItem(TypedDict):
    current: int
    total: int
    question: str


class ServerEvidence(TypedDict):
    """`processes`: a text where nvidia-smi fails, with its sentence in `processes_sentence`."""

    asked: RunParameters
    item: CurrentItem
    memory: list[MemoryShape]
    processes: list[GpuProcess] | str
    processes_sentence: SentenceJson | None


class Evidence:
    def __init__(self) -> None:
        self._memory: deque[Memory] = deque()
        self.worker_pid: int | None = None
        """Of the last worker: it may have exited before nvidia-smi lists it."""

    def remember(self, memory: Memory) -> None:
        """Keeps the reports of the last minute."""
        self._memory.append(memory)
        while self._memory and self._memory[0].time < memory.time - _MEMORY_SECONDS:
            self._memory.popleft()

    async def incident(self, run: Run, kind: str, sentence: Sentence, details: Mapping[str, object]) -> Incident:
        """`details`: the worker's part of the evidence. Takes a few seconds at most, whatever nvidia-smi does."""
        processes = await asyncio.to_thread(_processes, self.worker_pid)
        unavailable = processes if isinstance(processes, Sentence) else None
        evidence: ServerEvidence = {
            "asked": {
                "model": run.model,
                "dataset": run.dataset,
                "parameters": run.parameters,
                "offload": run.offload,
                "force": run.force,
            },
            "item": {"current": run.current_item, "total": run.total_items, "question": str(run.current_question)},
            "memory": [memory_shape(memory) for memory in self._memory],
            "processes": str(processes) if isinstance(processes, Sentence) else processes,
            "processes_sentence": None if unavailable is None else unavailable.as_json(),
        }
        return Incident(run.req_id, time.time(), kind, sentence, {**evidence, **details})


def _processes(worker_pid: int | None) -> list[GpuProcess] | Sentence:
    """All processes on the GPUs; why they cannot be listed, where nvidia-smi fails."""
    try:
        found = holders(_SMI_SECONDS)
    except Refused as reason:
        return say("queue.processes_unavailable", reason=str(reason))
    ours = our_pids() | {worker_pid}
    return [{"pid": one.pid, "used_mib": one.mib, "name": one.name, "ours": _is_one_of(one, ours)} for one in found]


def _is_one_of(holder: Holder, pids: set[int | None]) -> bool:
    """In a container nvidia-smi may list the host's pids: the same number as one of ours, but another process."""
    return holder.pid in pids and not names_other_process(holder.name, holder.pid)


def our_pids() -> set[int]:
    """This server, its descendants, and every process with its panel's marker."""
    own, found, marker = os.getpid(), snapshot(), os.environ.get("HEADROOM_MARKER")
    by_pid = {one.pid: one for one in found}
    marked = {one.pid for one in found if marker and one.marker == marker}
    return {own} | marked | {pid for pid in by_pid if own in lineage(pid, by_pid)}
