"""Submitting runs, watching them, fetching what they gave."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from lbs.api.errors import ApiError
from lbs.api.state import queue_of
from lbs.api.submit import DATASETS, read_submissions
from lbs.queue.shapes import progress_shape, run_shape
from lbs.store import Run

router = APIRouter()

# Clients from before poll every 1.2 s and must see a run end: api.md asks for 5 s at least.
_VISIBLE_SECONDS = 60.0


@router.get("/api/datasets")
async def datasets() -> dict[str, list[str]]:
    return DATASETS


@router.post("/api/submit")
async def submit(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise ApiError(400, "invalid_input", "The body is not JSON: send one object or a list of them.") from None
    queue = queue_of(request)
    runs = await asyncio.to_thread(read_submissions, body)
    for run in runs:
        if queue.find(run.req_id) is not None:
            raise ApiError(409, "duplicate", f"There is a run {run.req_id} already: choose another req_id.")
    for run in runs:
        queue.submit(run)
    return {"status": "success", "submitted_count": len(runs), "req_ids": [run.req_id for run in runs]}


@router.get("/api/progress")
async def progress(request: Request, req_id: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
    queue = queue_of(request)
    if req_id:
        found = [queue.find(one) for one in req_id]
        return {run.req_id: progress_shape(run) for run in found if run is not None}
    now = time.time()
    visible = (run for run in queue.runs.values() if not run.finished or now - (run.end_time or 0) < _VISIBLE_SECONDS)
    return {run.req_id: progress_shape(run) for run in visible}


@router.get("/api/results")
async def results(
    request: Request, count: Annotated[int, Query(ge=1)] = 10, timeout: Annotated[float, Query(ge=0, le=60)] = 0
) -> list[dict[str, Any]]:
    queue = queue_of(request)
    runs = queue.store.hand_out(count)
    if not runs and timeout > 0:
        await queue.wait_finished(timeout)
        runs = queue.store.hand_out(count)
    return [_result_shape(run) for run in runs]


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
    return queue_of(request).store.history()


@router.delete("/api/history")
async def delete_history(
    request: Request, model_name: str | None = None, dataset_name: str | None = None
) -> dict[str, Any]:
    deleted = queue_of(request).store.delete_history(model_name, dataset_name)
    return {"status": "success", "deleted_count": deleted}


@router.get("/api/stats")
async def stats(request: Request) -> dict[str, Any]:
    return queue_of(request).store.stats()


@router.get("/api/runs")
async def runs(request: Request) -> list[dict[str, Any]]:
    return [run_shape(run) for run in queue_of(request).runs.values()]


@router.get("/api/runs/{req_id}")
async def run_of(request: Request, req_id: str) -> dict[str, Any]:
    return run_shape(_known(request, req_id), with_result=True)


@router.post("/api/cancel/{req_id}")
async def cancel(request: Request, req_id: str) -> dict[str, Any]:
    run = _known(request, req_id)
    if run.finished:
        raise ApiError(409, "finished", f"Run {req_id} has ended already.")
    queue_of(request).cancel(run)
    return {"status": "success", "req_id": req_id}


def _known(request: Request, req_id: str) -> Run:
    run = queue_of(request).find(req_id)
    if run is None:
        raise ApiError(404, "not_found", f"There is no run {req_id}.")
    return run
