"""Submitting runs, watching them, fetching what they gave."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from lbs.api import submit as submissions
from lbs.api.errors import ApiError
from lbs.api.state import control_of, queue_of, settings_of
from lbs.queue import Duplicate
from lbs.queue.shapes import progress_shape, run_shape
from lbs.store import Run

router = APIRouter()

# Clients from before poll every 1.2 s and must see a run end: api.md asks for 5 s at least.
_VISIBLE_SECONDS = 60.0
_LONGEST_POLL_SECONDS = 60.0
# How soon a poll that waits sees the server end.
_LOOK_SECONDS = 0.25


@router.get("/api/datasets")
async def datasets(request: Request) -> dict[str, list[str]]:
    return await asyncio.to_thread(submissions.datasets, settings_of(request))


@router.post("/api/submit")
async def submit(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
        # Half a surrogate pair is JSON, but no text: it could neither be kept nor answered.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_input", "The body is not JSON: send one object or a list of them.") from None
    runs = await asyncio.to_thread(submissions.read_submissions, body, settings_of(request))
    try:
        await queue_of(request).submit(runs)
    except Duplicate as error:
        raise ApiError(409, "duplicate", str(error)) from None
    return {"status": "success", "submitted_count": len(runs), "req_ids": [run.req_id for run in runs]}


@router.get("/api/progress")
async def progress(request: Request, req_id: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
    queue = queue_of(request)
    if req_id:
        found = [await queue.find(one) for one in req_id]
        return {run.req_id: progress_shape(run) for run in found if run is not None}
    now = time.time()
    visible = (run for run in queue.runs.values() if not run.finished or now - (run.end_time or 0) < _VISIBLE_SECONDS)
    return {run.req_id: progress_shape(run) for run in visible}


@router.get("/api/results")
async def results(
    request: Request, count: Annotated[int, Query(ge=1)] = 10, timeout: Annotated[float, Query(ge=0)] = 0
) -> list[dict[str, Any]]:
    queue, control = queue_of(request), control_of(request)
    end = time.monotonic() + min(timeout, _LONGEST_POLL_SECONDS)
    while True:
        runs = await asyncio.to_thread(queue.store.hand_out, count)
        left = end - time.monotonic()
        if runs or left <= 0 or control.should_exit():
            return [_result_shape(run) for run in runs]
        await queue.wait_finished(min(left, _LOOK_SECONDS))


def _result_shape(run: Run) -> dict[str, Any]:
    return {
        "req_id": run.req_id,
        "model_name": run.model,
        "dataset_name": run.dataset,
        "result": run.result or {},
        "error": run.error,
    }


@router.get("/api/history")
async def history(request: Request) -> list[dict[str, Any]]:
    return await asyncio.to_thread(queue_of(request).store.history)


@router.delete("/api/history")
async def delete_history(
    request: Request, model_name: str | None = None, dataset_name: str | None = None
) -> dict[str, Any]:
    deleted = await asyncio.to_thread(queue_of(request).store.delete_history, model_name, dataset_name)
    return {"status": "success", "deleted_count": deleted}


@router.get("/api/stats")
async def stats(request: Request) -> dict[str, Any]:
    return await asyncio.to_thread(queue_of(request).store.stats)


@router.get("/api/runs")
async def runs(request: Request) -> list[dict[str, Any]]:
    return [run_shape(run) for run in queue_of(request).runs.values()]


@router.get("/api/runs/{req_id}")
async def run_of(request: Request, req_id: str) -> dict[str, Any]:
    return run_shape(await queue_of(request).with_result(await _known(request, req_id)), with_result=True)


@router.post("/api/cancel/{req_id}")
async def cancel(request: Request, req_id: str) -> dict[str, Any]:
    run = await _known(request, req_id)
    if run.finished:
        raise ApiError(409, "finished", f"Run {req_id} has ended already.")
    queue_of(request).cancel(run)
    return {"status": "success", "req_id": req_id}


class Change(BaseModel):
    """One of a plan's ways out: `name` is context, batch or chunk. A limit or a dtype is a setting of the backend: set it,
    restart, and resume without a change."""

    model_config = ConfigDict(extra="forbid")

    name: str
    to: int = Field(gt=0)


class Resume(BaseModel):
    model_config = ConfigDict(extra="forbid")

    change: Change | None = None


@router.post("/api/runs/{req_id}/resume")
async def resume(request: Request, req_id: str, body: Resume) -> dict[str, Any]:
    """A new run that keeps what this one finished and does the rest."""
    before = await _known(request, req_id)
    run = submissions.resumed(before, body.change.model_dump() if body.change else None, settings_of(request))
    kept = await asyncio.to_thread(queue_of(request).store.items.count, req_id)
    await queue_of(request).submit([run])
    return {"status": "success", "req_id": run.req_id, "kept_items": kept}


@router.get("/api/incidents")
async def incidents(request: Request) -> list[dict[str, Any]]:
    return await asyncio.to_thread(queue_of(request).store.incidents.list)


@router.get("/api/incidents/{req_id}")
async def incident_of(request: Request, req_id: str) -> dict[str, Any]:
    """With its evidence; `req_id` is the run's."""
    found = await asyncio.to_thread(queue_of(request).store.incidents.get, req_id)
    if found is None:
        raise ApiError(404, "not_found", f"There is no incident of a run {req_id}.")
    return found.as_json()


async def _known(request: Request, req_id: str) -> Run:
    run = await queue_of(request).find(req_id)
    if run is None:
        raise ApiError(404, "not_found", f"There is no run {req_id}.")
    return run
