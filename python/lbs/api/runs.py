"""Runs: submit, progress, results, history, cancel, resume, incidents."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from lbs.api import dataset_names
from lbs.api import submit as submissions
from lbs.api.errors import ApiError
from lbs.api.gpu_room import check_wait
from lbs.api.state import control_of, queue_of, settings_of
from lbs.api.strict_route import StrictRoute
from lbs.protocol.messages import JsonObject
from lbs.queue import Duplicate, HandedOver, QueueFull, WorkerFailed
from lbs.queue.shapes import progress_shape, run_shape
from lbs.sentences import say, short
from lbs.store import Run, with_raw

router = APIRouter(route_class=StrictRoute)

# Clients poll every 1.2 s and must see a run end: the API promises at least 5 s.
_VISIBLE_SECONDS = 60.0
_LONGEST_POLL_SECONDS = 60.0
# How soon a long poll notices a shutdown.
_POLL_SECONDS = 0.25
_LARGEST_NUMBER = 2**63 - 1


@router.get("/api/datasets")
async def datasets(request: Request) -> dict[str, list[str]]:
    return await asyncio.to_thread(dataset_names.datasets, settings_of(request))


@router.post("/api/submit", openapi_extra=submissions.OPENAPI)
async def submit(request: Request) -> Mapping[str, object]:
    body = json.loads(await request.body() or b"null")
    runs = await asyncio.to_thread(submissions.read_submissions, body, settings_of(request))
    if waits := [run.wait_bytes for run in runs if run.wait_bytes is not None]:
        await check_wait(request, max(waits))
    await _accept(request, runs)
    return {"status": "success", "submitted_count": len(runs), "req_ids": [run.req_id for run in runs]}


async def _accept(request: Request, runs: Sequence[Run]) -> None:
    """Raises ApiError where the queue refuses them."""
    try:
        await queue_of(request).submit(runs)
    except Duplicate as error:
        raise ApiError(409, "duplicate", error.sentence) from None
    except QueueFull as error:
        raise ApiError(429, "queue_full", error.sentence) from None
    except HandedOver:
        raise ApiError(503, "stopping", say("api.stopping")) from None
    except WorkerFailed as error:
        raise ApiError(503, "worker_failed", error.sentence) from None


@router.get("/api/progress")
async def progress(
    request: Request, req_id: Annotated[list[str] | None, Query(max_length=1000)] = None
) -> Mapping[str, object]:
    queue = queue_of(request)
    if req_id:
        found = [await queue.find(one) for one in req_id]
        return {run.req_id: progress_shape(run) for run in found if run is not None}
    now = time.time()
    visible = (run for run in queue.runs.values() if not run.finished or now - (run.end_time or 0) < _VISIBLE_SECONDS)
    return {run.req_id: progress_shape(run) for run in visible}


@router.get("/api/results")
async def results(
    request: Request,
    count: Annotated[int, Query(ge=1, le=10_000)] = 10,
    timeout: Annotated[float, Query(ge=0, le=3600, allow_inf_nan=False)] = 0,
) -> Response:
    queue, control = queue_of(request), control_of(request)
    end = time.monotonic() + min(timeout, _LONGEST_POLL_SECONDS)
    while True:
        runs = await asyncio.to_thread(queue.store.hand_out, count)
        left = end - time.monotonic()
        if runs or left <= 0 or control.should_exit():
            # Not by the route, which checks every value of a result again.
            return JSONResponse([_result_shape(run) for run in runs])
        await queue.wait_finished(min(left, _POLL_SECONDS))


class ResultShape(TypedDict):
    req_id: str
    model_name: str
    dataset_name: str
    result: JsonObject
    error: str | None


def _result_shape(run: Run) -> ResultShape:
    return {
        "req_id": run.req_id,
        "model_name": run.model,
        "dataset_name": run.dataset,
        "result": run.result or {},
        "error": None if run.error is None else str(run.error),
    }


@router.get("/api/history")
async def history(
    request: Request,
    count: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    offset: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0,
) -> Response:
    return _json(await asyncio.to_thread(queue_of(request).store.history.rows, count, offset))


@router.delete("/api/history")
async def delete_history(
    request: Request,
    model_name: Annotated[str | None, Query(min_length=1)] = None,
    dataset_name: Annotated[str | None, Query(min_length=1)] = None,
    everything: Annotated[Literal["true"] | None, Query(alias="all")] = None,
) -> Mapping[str, object]:
    """Everything only where the call says so."""
    filtered = model_name is not None or dataset_name is not None
    if filtered == (everything is not None):
        raise ApiError(400, "invalid_input", say("api.delete_what"))
    deleted = await asyncio.to_thread(queue_of(request).store.history.delete, model_name, dataset_name)
    return {"status": "success", "deleted_count": deleted}


@router.get("/api/stats")
async def stats(request: Request) -> Mapping[str, object]:
    return await asyncio.to_thread(queue_of(request).store.history.stats)


@router.get("/api/runs")
async def runs(request: Request) -> Sequence[Mapping[str, object]]:
    return [run_shape(run) for run in queue_of(request).runs.values()]


@router.get("/api/runs/{req_id}")
async def run_of(request: Request, req_id: str) -> Mapping[str, object]:
    return run_shape(await queue_of(request).with_result(await _known(request, req_id)), with_result=True)


@router.get("/api/runs/{req_id}/items")
async def items_of(
    request: Request,
    req_id: str,
    after: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0,
    count: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """Finished items, also while the run goes on and after it was cancelled."""
    run = await _known(request, req_id)
    page = await asyncio.to_thread(queue_of(request).store.items.page, req_id, after, count)
    fields = {name: value for name, value in asdict(page).items() if name != "items"}
    return _json(with_raw({"req_id": req_id, "status": run.status, **fields}, "items", page.items))


@router.get("/api/runs/{req_id}/item")
async def item_of(request: Request, req_id: str, key: str) -> Response:
    """One finished item, or null where it is not kept."""
    run = await _known(request, req_id)
    item = await asyncio.to_thread(queue_of(request).store.items.get, req_id, key)
    return _json(with_raw({"req_id": req_id, "status": run.status, "key": key}, "item", item or "null"))


@router.post("/api/cancel/{req_id}")
async def cancel(request: Request, req_id: str) -> Mapping[str, object]:
    run = await _known(request, req_id)
    if run.finished:
        raise ApiError(409, "finished", say("api.run_finished", run=short(req_id)))
    queue_of(request).cancel(run)
    return {"status": "success", "req_id": req_id}


class Resume(BaseModel):
    model_config = ConfigDict(extra="forbid")

    change: submissions.Change | None = None
    force: bool = Field(default=False, strict=True)


@router.post("/api/runs/{req_id}/resume")
async def resume(request: Request, req_id: str, body: Resume) -> Mapping[str, object]:
    """Submits a new run that keeps the finished items of this one and runs the rest."""
    before = await _known(request, req_id)
    run = submissions.resumed(before, body.change, settings_of(request), force=body.force)
    kept = 0
    if submissions.keeps_items(before, run):
        kept = await asyncio.to_thread(queue_of(request).store.items.count, req_id)
    await _accept(request, [run])
    return {"status": "success", "req_id": run.req_id, "kept_items": kept}


@router.get("/api/incidents")
async def incidents(request: Request) -> Sequence[Mapping[str, object]]:
    return await asyncio.to_thread(queue_of(request).store.incidents.list)


@router.get("/api/incidents/{req_id}")
async def incident_of(request: Request, req_id: str) -> Mapping[str, object]:
    """With its evidence; `req_id` is the run's."""
    found = await asyncio.to_thread(queue_of(request).store.incidents.get, req_id)
    if found is None:
        raise ApiError(404, "not_found", say("api.no_incident", run=short(req_id)))
    return found.as_json()


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


async def _known(request: Request, req_id: str) -> Run:
    run = await queue_of(request).find(req_id)
    if run is None:
        raise ApiError(404, "not_found", say("api.no_run", run=short(req_id)))
    return run
