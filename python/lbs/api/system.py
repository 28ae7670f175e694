"""Health, memory, events, model folders, hold and shutdown."""

from __future__ import annotations

import asyncio
import json
import os
import platform
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Literal, TypedDict

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from lbs import __version__
from lbs.api.errors import ApiError
from lbs.api.plan import planning_of
from lbs.api.scan import scan_gguf, scan_models
from lbs.api.state import Control, control_of, queue_of, settings_of
from lbs.api.strict_route import StrictRoute
from lbs.memory.allocator import allocator_note
from lbs.protocol.messages import AppliedLimit
from lbs.queue import Busy, RunQueue
from lbs.queue.events import MOST_LISTENERS
from lbs.queue.saving import StorageShape, WhenUnsaved
from lbs.queue.shapes import QueueShape, memory_shape, run_shape
from lbs.sentences import SentenceJson, say
from lbs.settings import Settings

router = APIRouter(route_class=StrictRoute)

_PING_SECONDS = 10.0
# Searches of slow disks leave threads to the other calls.
_scanning = asyncio.Semaphore(2)


class ScanRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    folder_path: str = ""
    max_depth: int = Field(default=10, ge=0, le=100)


@router.post("/api/scan-models")
async def scan(body: ScanRequest, request: Request) -> Mapping[str, object]:
    if not body.folder_path.strip():
        raise ApiError(400, "no_folder", say("api.no_folder"))
    where = body.folder_path, body.max_depth, settings_of(request)
    async with _scanning:
        models = await asyncio.to_thread(scan_models, *where)
        convertible = await asyncio.to_thread(scan_gguf, *where)
    return {"models": models, "count": len(models), "convertible": convertible}


class WorkerShape(TypedDict):
    state: str
    pid: int | None
    error: str | None
    error_sentence: SentenceJson | None
    warm: bool
    step: str | None
    since: float


class HealthShape(TypedDict):
    """`status`: of the worker, since the server itself answers. `limit_note`: why no limit is applied, where none is;
    `allocator_note`: which of its settings do not hold; `tracers`:
    pids of the processes that trace models for plans."""

    status: Literal["starting", "ready", "failed"]
    version: str
    pid: int
    python: str
    torch: str | None
    cuda: str | None
    started_at: float
    emulated: bool
    held: bool
    queue: QueueShape
    worker: WorkerShape
    tracers: list[int]
    settings: Mapping[str, object]
    allocator: str | None
    allocator_note: str | None
    allocator_note_sentence: SentenceJson | None
    limits: list[AppliedLimit]
    limit_note: str | None
    limit_note_sentence: SentenceJson | None
    storage: StorageShape


def status_of(queue: RunQueue) -> Literal["starting", "ready", "failed"]:
    """Ready: the worker can work."""
    match queue.worker.state:
        case "starting" | "stopped":
            return "starting"
        case "failed":
            return "failed"
        case _:
            return "ready"


def health_shape(queue: RunQueue, settings: Settings, tracers: list[int]) -> HealthShape:
    worker, hello = queue.worker, queue.worker.hello
    note = hello.limit_note if hello else None
    unmet = allocator_note(settings.enable_memory_management, os.environ, hello.expandable if hello else None)
    return {
        "status": status_of(queue),
        "version": __version__,
        "pid": os.getpid(),
        "python": platform.python_version(),
        "torch": hello.torch if hello else None,
        "cuda": hello.cuda if hello else None,
        "started_at": queue.started_at,
        "emulated": hello.emulated if hello else bool(settings.emulated_gpus),
        "held": queue.held,
        "queue": queue.shape(),
        "worker": {
            "state": worker.state,
            "pid": worker.pid,
            "error": None if worker.error is None else str(worker.error),
            "error_sentence": None if worker.error is None else worker.error.as_json(),
            "warm": worker.warm,
            "step": worker.step,
            "since": worker.since,
        },
        "tracers": tracers,
        "settings": settings.public(),
        "allocator": hello.allocator if hello else None,
        "allocator_note": None if unmet is None else str(unmet),
        "allocator_note_sentence": None if unmet is None else unmet.as_json(),
        "limits": hello.limits if hello else [],
        "limit_note": None if note is None else str(note),
        "limit_note_sentence": None if note is None else note.as_json(),
        "storage": queue.storage(),
    }


def _health_of(request: Request) -> Callable[[], HealthShape]:
    queue, settings, planning = queue_of(request), settings_of(request), planning_of(request)
    return lambda: health_shape(queue, settings, planning.tracers)


@router.get("/api/health")
async def health(request: Request) -> Mapping[str, object]:
    return _health_of(request)()


@router.get("/api/memory")
async def memory(request: Request) -> Mapping[str, object]:
    """Per GPU, in bytes; empty until a worker has reported."""
    return memory_shape(queue_of(request).memory)


@router.post("/api/memory/clear")
async def clear(request: Request) -> Mapping[str, object]:
    try:
        return {"status": "success", "freed": await queue_of(request).clear()}
    except Busy as error:
        raise ApiError(409, "busy", error.sentence) from None


class Hold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hold: bool


@router.post("/api/queue/hold")
async def hold(request: Request, body: Hold) -> dict[str, str]:
    """While the queue is held no further run begins; the run in progress continues."""
    queue_of(request).hold(body.hold)
    return {"status": "success"}


class UnsavedChoice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    when_unsaved: WhenUnsaved


@router.post("/api/storage")
async def storage(request: Request, body: UnsavedChoice) -> Mapping[str, object]:
    """Whether a run waits before its next item while results cannot be saved, or goes on and keeps them in RAM."""
    queue_of(request).saving.choose(body.when_unsaved)
    return queue_of(request).storage()


class Shutdown(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hand_over: bool = False
    """Leaves queued runs to the next backend on this database, instead of failing them."""
    by_person: bool = False
    """Cancels the run in progress, which can be resumed, instead of failing it."""


@router.post("/api/shutdown")
async def shutdown(request: Request, body: Shutdown | None = None) -> dict[str, str]:
    if body and body.hand_over:
        await queue_of(request).hand_over()
    if body and body.by_person:
        await queue_of(request).stop_run()
    control_of(request).shutdown()
    return {"status": "success"}


@router.get("/api/events")
async def events(request: Request) -> StreamingResponse:
    if queue_of(request).events.full:
        raise ApiError(429, "too_many_readers", say("api.too_many_readers", most=MOST_LISTENERS))
    stream = _events(queue_of(request), _health_of(request), control_of(request))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(queue: RunQueue, health: Callable[[], HealthShape], control: Control) -> AsyncIterator[bytes]:
    """The current state, then every change; ends with the server, so that shutdown waits for no reader."""
    with queue.events.listen() as pending:
        yield _event("health", health())
        yield _event("memory", memory_shape(queue.memory))
        for run in queue.runs.values():
            yield _event("run", run_shape(run))
        # An event wakes the readers when the server exits.
        while not control.should_exit():
            try:
                kind, data = await asyncio.wait_for(pending.get(), _PING_SECONDS)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            if control.should_exit():
                break
            yield _event(kind, health() if kind == "health" else data)


def _event(kind: str, data: Mapping[str, object]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
