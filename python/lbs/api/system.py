"""Health, memory, events and the end: what is ours beside the old calls."""

from __future__ import annotations

import asyncio
import json
import os
import platform
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from lbs import __version__
from lbs.api.errors import ApiError
from lbs.api.scan import scan_models
from lbs.api.state import Control, control_of, queue_of, settings_of
from lbs.queue import Busy, RunQueue
from lbs.queue.shapes import no_memory, run_shape
from lbs.settings import Settings

router = APIRouter()

_PING_SECONDS = 10.0
_LOOK_SECONDS = 0.25


class ScanRequest(BaseModel):
    folder_path: str = ""
    max_depth: int = 10


@router.post("/api/scan-models")
async def scan(body: ScanRequest, request: Request) -> dict[str, Any]:
    if not body.folder_path.strip():
        raise ApiError(400, "no_folder", "No folder was named: send folder_path.")
    models = await asyncio.to_thread(scan_models, body.folder_path, body.max_depth, settings_of(request))
    return {"models": models, "count": len(models)}


def health_shape(queue: RunQueue, settings: Settings) -> dict[str, Any]:
    worker = queue.worker
    hello = worker.hello or {}
    return {
        "status": "ready",
        "version": __version__,
        "pid": os.getpid(),
        "python": platform.python_version(),
        "torch": hello.get("torch"),
        "cuda": hello.get("cuda"),
        "started_at": queue.started_at,
        "emulated": hello.get("emulated", bool(settings.emulated_gpus)),
        "held": queue.held,
        "worker": {"state": worker.state, "pid": worker.pid, "error": worker.error, "warm": worker.warm},
        "settings": settings.public(),
        "allocator": hello.get("allocator"),
        "limits": hello.get("limits", []),
        "limit_note": hello.get("limit_note"),
    }


@router.get("/api/health")
async def health(request: Request) -> dict[str, Any]:
    return health_shape(queue_of(request), settings_of(request))


def memory_shape(queue: RunQueue) -> dict[str, Any]:
    return queue.memory or no_memory()


@router.get("/api/memory")
async def memory(request: Request) -> dict[str, Any]:
    """Per GPU, in bytes; no GPU is listed while no worker has told of any."""
    return memory_shape(queue_of(request))


@router.post("/api/memory/clear")
async def clear(request: Request) -> dict[str, Any]:
    try:
        return {"status": "success", "freed": await queue_of(request).clear()}
    except Busy as error:
        raise ApiError(409, "busy", str(error)) from None


class Hold(BaseModel):
    hold: bool


@router.post("/api/queue/hold")
async def hold(request: Request, asked: Hold) -> dict[str, str]:
    """While it is held no further run begins; the one that is on goes on."""
    queue_of(request).hold(asked.hold)
    return {"status": "success"}


class Shutdown(BaseModel):
    hand_over: bool = False
    """Queued runs are left to the next backend on this database, instead of failing."""


@router.post("/api/shutdown")
async def shutdown(request: Request, asked: Shutdown | None = None) -> dict[str, str]:
    if asked and asked.hand_over:
        await queue_of(request).hand_over()
    control_of(request).shutdown()
    return {"status": "success"}


@router.get("/api/events")
async def events(request: Request) -> StreamingResponse:
    stream = _events(queue_of(request), settings_of(request), control_of(request))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(queue: RunQueue, settings: Settings, control: Control) -> AsyncIterator[bytes]:
    """The state of now first, then what happens; ends when the server does, so that nothing waits for a reader."""
    with queue.events.listen() as waiting:
        yield _event("health", health_shape(queue, settings))
        yield _event("memory", memory_shape(queue))
        for run in queue.runs.values():
            yield _event("run", run_shape(run))
        quiet = 0.0
        while not control.should_exit():
            try:
                kind, data = await asyncio.wait_for(waiting.get(), _LOOK_SECONDS)
            except TimeoutError:
                quiet += _LOOK_SECONDS
                if quiet >= _PING_SECONDS:
                    quiet = 0.0
                    yield b": ping\n\n"
                continue
            if control.should_exit():
                break
            quiet = 0.0
            yield _event(kind, health_shape(queue, settings) if kind == "health" else data)


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
