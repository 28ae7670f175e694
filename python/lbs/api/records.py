"""Runs of any age by page: filters, facets, items, notes, tags, deletion. Its twin is electron/contract/run-record.ts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from lbs.api.errors import ApiError
from lbs.api.state import queue_of
from lbs.api.strict_route import StrictRoute
from lbs.compare import Items, compare, items_of
from lbs.plan import describe_ways_out
from lbs.sentences import SentenceJson, say, short
from lbs.store import Filter, Live, Missing, Record, Run, SortKey, State, Unfinished, with_raw

router = APIRouter(route_class=StrictRoute)

LARGEST_PAGE = 500
MOST_EXPORTED = 10_000
_LARGEST_NUMBER = 2**63 - 1
_COMPARED = ("req_id", "status", "dataset", "model", "parameters", "result")
_Time = Annotated[float, Field(allow_inf_nan=False)]
_Texts = Annotated[list[str], Field(max_length=1_000)]
_RunIds = Annotated[list[str], Field(min_length=1, max_length=1_000)]


class RunFilter(BaseModel):
    """A run matches where it has one of each list; empty lists match every run."""

    model_config = ConfigDict(extra="forbid")

    search: str = Field(default="", max_length=500)
    models: _Texts = []
    datasets: _Texts = []
    states: list[State] = []
    tags: _Texts = []
    dtypes: _Texts = []
    limits: _Texts = []
    since: _Time | None = None
    until: _Time | None = None
    deleted: bool = Field(default=False, strict=True)

    def as_filter(self) -> Filter:
        return Filter(**{name: getattr(self, name) for name in RunFilter.model_fields})


class Sort(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: SortKey
    descending: bool = Field(strict=True)


class PageRequest(RunFilter):
    sort: Sort = Sort(by="created_at", descending=True)
    offset: int = Field(ge=0, le=_LARGEST_NUMBER, strict=True)
    limit: int = Field(ge=1, le=LARGEST_PAGE, strict=True)


class RunIds(BaseModel):
    model_config = ConfigDict(extra="forbid")

    req_ids: _RunIds


class Annotation(BaseModel):
    """What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=4_000)
    tags: list[Annotated[str, Field(min_length=1, max_length=40, pattern=r"\S")]] | None = Field(
        default=None, max_length=20
    )


@router.post("/api/records")
async def page(request: Request, body: PageRequest) -> Response:
    live = live_of(request)
    found = await asyncio.to_thread(
        queue_of(request).store.records.page,
        body.as_filter(),
        by=body.sort.by,
        descending=body.sort.descending,
        offset=body.offset,
        limit=body.limit,
        live=live,
    )
    rows = [record_shape(request, record) for record in found.rows]
    # Not by the route, which checks every value of a record again.
    return JSONResponse({"total": found.total, "matching": found.matching, "rows": rows})


class Comparison(BaseModel):
    model_config = ConfigDict(extra="forbid")

    req_ids: Annotated[list[str], Field(min_length=2, max_length=6)]


@router.post("/api/records/compare")
async def compare_runs(request: Request, body: Comparison) -> Response:
    """The first is the baseline. `missing`: ids without a run, for example of one that was purged; the rest is compared."""
    queue = queue_of(request)
    if twice := [req_id for i, req_id in enumerate(body.req_ids) if req_id in body.req_ids[:i]]:
        raise ApiError(400, "invalid_input", say("compare.twice", run=short(twice[0])))
    records = await asyncio.to_thread(queue.store.records.get, body.req_ids, live_of(request))
    ids = [record["req_id"] for record in records]
    runs: list[dict[str, Any]] = []
    items: list[Items] = []
    for req_id in ids:
        run = await queue.with_result(await _known(request, req_id))
        runs.append({name: getattr(run, name) for name in _COMPARED})
        items.append(items_of(run.result) or await asyncio.to_thread(queue.store.items.of, req_id))
    found = await asyncio.to_thread(compare, runs, items) if runs else {"groups": [], "against": [], "lines": []}
    missing = [req_id for req_id in body.req_ids if req_id not in ids]
    rows = [record_shape(request, record) for record in records]
    return JSONResponse({"runs": rows, "missing": missing, **found})


class Export(BaseModel):
    """The runs of these ids, or all of the filter."""

    model_config = ConfigDict(extra="forbid")

    req_ids: _RunIds | None = None
    filter: RunFilter | None = None


@router.post("/api/records/export")
async def export(request: Request, body: Export) -> Response:
    """Each with its parameters, settings and versions. All or none: at most 10,000."""
    records, live = queue_of(request).store.records, live_of(request)
    ids = body.req_ids
    if ids is None:
        wanted = (body.filter or RunFilter()).as_filter()
        ids = await asyncio.to_thread(records.ids, wanted, MOST_EXPORTED + 1, live)
        if len(ids) > MOST_EXPORTED:
            raise ApiError(400, "invalid_input", say("api.export_too_many", most=MOST_EXPORTED))
    found = await asyncio.to_thread(records.get, ids, live)
    known = {record["req_id"] for record in found}
    if unknown := next((req_id for req_id in ids if req_id not in known), None):
        raise no_run(Missing(unknown))
    facts = await asyncio.to_thread(records.facts, ids)
    rows = [{**record_shape(request, record), **facts[record["req_id"]]} for record in found]
    return JSONResponse({"runs": rows})


@router.get("/api/records/facets")
async def facets(request: Request) -> Mapping[str, object]:
    return await asyncio.to_thread(queue_of(request).store.records.facets, live_of(request))


@router.post("/api/records/delete")
async def delete(request: Request, body: RunIds) -> Mapping[str, object]:
    """Hides all or none."""
    queue = queue_of(request)
    try:
        await asyncio.to_thread(queue.store.records.delete, body.req_ids)
    except Missing as error:
        raise no_run(error) from None
    except Unfinished as error:
        raise ApiError(409, "unfinished", say("api.delete_unfinished", run=short(str(error)))) from None
    queue.forget(body.req_ids)
    return {"status": "success", "deleted_count": len(set(body.req_ids))}


@router.post("/api/records/restore")
async def restore(request: Request, body: RunIds) -> Mapping[str, object]:
    try:
        await asyncio.to_thread(queue_of(request).store.records.restore, body.req_ids)
    except Missing as error:
        raise no_run(error) from None
    return {"status": "success"}


@router.post("/api/records/{req_id}/annotate")
async def annotate(request: Request, req_id: str, body: Annotation) -> Response:
    records, live = queue_of(request).store.records, live_of(request)
    try:
        await asyncio.to_thread(records.annotate, req_id, body.note, body.tags)
    except Missing as error:
        raise no_run(error) from None
    (record,) = await asyncio.to_thread(records.get, [req_id], live)
    return JSONResponse(record_shape(request, record))


@router.get("/api/records/{req_id}/items")
async def items(
    request: Request,
    req_id: str,
    offset: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    failed: bool = False,
) -> Response:
    """Finished items, those of a run in progress too that are not stored yet."""
    queue = queue_of(request)
    await _known(request, req_id)
    unsaved = queue.unsaved_items(req_id)
    total, found = await asyncio.to_thread(
        queue.store.items.slice, req_id, offset, limit, failed=failed, unsaved=unsaved
    )
    return Response(with_raw({"total": total}, "items", found), media_type="application/json")


def live_of(request: Request) -> Live:
    run = queue_of(request).current
    return Live() if run is None else Live(run.req_id, run.start_time)


def record_shape(request: Request, record: Record) -> dict[str, Any]:
    run = queue_of(request).runs.get(record["req_id"]) if record["state"] == "processing" else None
    return {
        **record,
        "progress": None if run is None else {"done": run.current_item, "total": run.total_items},
        "ways_out": _ways_out(record["ways_out"]),
    }


async def _known(request: Request, req_id: str) -> Run:
    run = await queue_of(request).find(req_id)
    if run is None:
        raise no_run(Missing(req_id))
    return run


def no_run(error: Missing) -> ApiError:
    return ApiError(404, "not_found", say("api.no_run", run=short(str(error))))


def _ways_out(stored: Sequence[Any]) -> SentenceJson | None:
    try:
        return describe_ways_out(stored).as_json() if stored else None
    except (KeyError, TypeError, ValueError, AttributeError):
        # An incident of another version: its own page shows what can be read of it.
        return None
