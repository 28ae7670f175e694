"""The queue: its order, pause, and what a queued run waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from lbs.api.errors import ApiError
from lbs.api.gpu_room import check_wait
from lbs.api.state import queue_of
from lbs.api.strict_route import StrictRoute
from lbs.api.submit import LARGEST_WAIT
from lbs.queue import HandedOver, NotQueued
from lbs.sentences import say

router = APIRouter(route_class=StrictRoute)


class Move(BaseModel):
    """`before`: another queued run; null: to the end."""

    model_config = ConfigDict(extra="forbid")

    req_id: str
    before: str | None


class Pause(BaseModel):
    model_config = ConfigDict(extra="forbid")

    paused: bool


class Wait(BaseModel):
    """`bytes`: null ends the wait."""

    model_config = ConfigDict(extra="forbid")

    req_id: str
    bytes: int | None = Field(gt=0, le=LARGEST_WAIT, strict=True)


@router.get("/api/queue")
async def queue(request: Request) -> Mapping[str, object]:
    """With the whole order."""
    return {**queue_of(request).shape(), "order": queue_of(request).order()}


@router.post("/api/queue/move")
async def move(request: Request, body: Move) -> dict[str, str]:
    async with _refusals():
        await queue_of(request).move(body.req_id, body.before)
    return {"status": "success"}


@router.post("/api/queue/pause")
async def pause(request: Request, body: Pause) -> dict[str, str]:
    """Until it is resumed, also by a later backend on this database; the run in progress continues."""
    await queue_of(request).pause(body.paused)
    return {"status": "success"}


@router.post("/api/queue/wait")
async def wait(request: Request, body: Wait) -> dict[str, str]:
    if body.bytes is not None:
        await check_wait(request, body.bytes)
    async with _refusals():
        await queue_of(request).wait_for(body.req_id, body.bytes)
    return {"status": "success"}


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    try:
        yield
    except NotQueued as error:
        raise ApiError(409, "not_queued", error.sentence) from None
    except HandedOver:
        raise ApiError(503, "stopping", say("api.stopping")) from None
