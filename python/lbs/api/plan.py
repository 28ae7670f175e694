"""`POST /api/plan`: the predicted memory of a run, in bytes. No torch here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypedDict, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from lbs.api.errors import ApiError
from lbs.api.model_errors import model_path_errors
from lbs.api.state import control_of, queue_of, settings_of
from lbs.api.strict_route import StrictRoute
from lbs.benchmarks.parameters import MOST_TOKENS, KvCache
from lbs.memory.allocator import is_expandable
from lbs.memory.host import host_available
from lbs.memory.limit import HOST_SHARE
from lbs.memory.limit_value import LimitField
from lbs.memory.size import parse_size
from lbs.models.model_dirs import permitted_model
from lbs.plan import (
    Curves,
    Deadline,
    Gpu,
    Ledger,
    LedgerKey,
    PlanInput,
    TooLate,
    Tracers,
    TraceSource,
    Workload,
    WorkloadError,
    cached_on_disk,
    check_context,
    installed_gpus,
    largest_batch,
    largest_context,
    max_tokens,
    parse_gpus,
    plan_in_time,
    read_model,
    until,
)
from lbs.plan.workload import Kind
from lbs.protocol.messages import JsonObject
from lbs.queue import RunQueue
from lbs.sentences import SentenceError, say, sentence_of
from lbs.settings import Settings

router = APIRouter(route_class=StrictRoute)

_POLL_SECONDS = 0.25
_SECONDS = 30.0
"""For the whole plan: its traces, its ways out, and the largest context and batch."""
_POLL_WORKER_SECONDS, _AFTER_READY_SECONDS = 1.0, 3.0
_MOST_AT_ONCE = 8
_LARGEST_BATCH = 4096
_CONTEXT = 4096


class PlanRequest(BaseModel):
    """`gpus`: GPUs that need not be installed, such as 24GiB,24GiB or 2x RTX 4090; `others`: memory of other processes on each,
    such as 2GiB; `fit`: the largest context and batch, too; `context`: 4096, or what the model accepts, where it is left
    out. The settings supply the rest."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1)
    context: int | None = Field(default=None, le=MOST_TOKENS)
    batch: int = Field(default=1, le=_LARGEST_BATCH)
    new_tokens: int = Field(default=32, le=MOST_TOKENS)
    kind: Kind = "generate"
    chunk: int | None = Field(default=None, le=MOST_TOKENS)
    padded: bool = False
    kv_cache: KvCache = "gpu"
    dtype: str | None = None
    limit: LimitField | None = None
    gpus: str | None = None
    others: str | None = None
    fit: bool = False
    most_batch: int | None = Field(default=None, ge=1, le=_LARGEST_BATCH)
    """Plans the largest batch up to this one that fits, as a run does that names no batch size."""


class Planning:
    """The tracers, which live from the first request to the end of the server, and the curves through their traces."""

    def __init__(self) -> None:
        self._tracers = Tracers()
        self.closed = False
        self.source = Curves(cached_on_disk(self._tracers))
        self.threads = ThreadPoolExecutor(_MOST_AT_ONCE, "plans")
        """Of their own: plans that wait must not hold up other calls."""

    @property
    def tracers(self) -> list[int]:
        """Their pids."""
        return self._tracers.pids

    async def keep_warm(self, queue: RunQueue) -> None:
        """Once the worker is ready, so that it does not wait for a tracer's imports."""
        while queue.worker.hello is None:
            await asyncio.sleep(_POLL_WORKER_SECONDS)
        await asyncio.sleep(_AFTER_READY_SECONDS)
        self._tracers.keep_warm()
        await asyncio.sleep(_POLL_WORKER_SECONDS)
        queue.events.publish("health", {})  # with its pid

    def close(self) -> None:
        self.closed = True
        self._tracers.close()
        self.source.close()
        self.threads.shutdown(wait=False, cancel_futures=True)


def planning_of(request: Request) -> Planning:
    return cast(Planning, request.app.state.planning)


@router.post("/api/plan")
async def plan(body: PlanRequest, request: Request) -> Mapping[str, object]:
    """In a thread: the first trace takes seconds. A client that hangs up ends its plan."""
    planning, deadline = planning_of(request), Deadline(_SECONDS)
    if planning.closed:
        raise ApiError(503, "stopping", say("api.stopping"))
    held = _held_by_us(queue_of(request))
    hello = queue_of(request).worker.hello
    measured = hello.expandable if hello else None
    answering = asyncio.get_running_loop().run_in_executor(
        planning.threads, _answer, body, settings_of(request), held, measured, planning.source, deadline
    )
    while not (await asyncio.wait([answering], timeout=_POLL_SECONDS))[0]:
        if control_of(request).should_exit():
            # Shutdown does not wait for a trace.
            planning.close()
        if await request.is_disconnected():
            deadline.abandon()
    if planning.closed:
        raise ApiError(503, "stopping", say("api.stopping"))
    return answering.result()


def _answer(
    body: PlanRequest,
    settings: Settings,
    held: dict[int, int],
    measured: bool | None,
    source: TraceSource,
    deadline: Deadline,
) -> JsonObject:
    try:
        plan_input = _plan_input(body, settings, held, measured)
    except ApiError:
        raise
    except (SentenceError, ValueError) as error:  # of the model, the GPUs or the workload
        raise ApiError(400, "invalid_input", sentence_of(error)) from None
    with until(deadline):
        try:
            found = dict(plan_in_time(_widened(plan_input, body.most_batch, source), source).as_json())
        except WorkloadError as error:
            raise ApiError(400, "invalid_input", sentence_of(error)) from None
        if body.fit:
            try:
                found["fit"] = _fit(plan_input, source)
            except TooLate as late:
                stopped = say("plan.fit_stopped", seconds=f"{late.seconds:g}")
                found |= {"stopped": stopped.text, "stopped_sentence": stopped.as_json()}
    return found


def _widened(plan_input: PlanInput, most: int | None, source: TraceSource) -> PlanInput:
    try:
        widest = largest_batch(plan_input, source, most) if most else None
    except TooLate:
        return plan_input  # whose plan then says so
    return widest.input if widest else plan_input


class Largest(TypedDict):
    """`reserved_peak` in bytes."""

    value: int
    reserved_peak: int


class Fit(TypedDict):
    """What fits with everything on the GPUs; None where nothing does."""

    context: Largest | None
    batch: Largest | None


def _fit(plan_input: PlanInput, source: TraceSource) -> Fit:
    longest = largest_context(plan_input, source, max(1, max_tokens(plan_input.model) - plan_input.work.new_tokens))
    widest = largest_batch(plan_input, source, _LARGEST_BATCH)
    return {
        "context": None
        if longest is None
        else {"value": longest.input.work.context, "reserved_peak": longest.reserved_peak},
        "batch": None if widest is None else {"value": widest.input.work.batch, "reserved_peak": widest.reserved_peak},
    }


def _plan_input(body: PlanRequest, settings: Settings, held: dict[int, int], measured: bool | None) -> PlanInput:
    """`measured`: whether the worker's allocator uses expandable segments."""
    gpus = _gpus(body, settings, held)
    with model_path_errors():
        permitted_model(body.model, settings)
    model = read_model(
        body.model, _asked_dtype(body.dtype, settings), gpus, trust_remote_code=settings.trust_remote_code
    )
    new_tokens = body.new_tokens if body.kind == "generate" else 0
    context = min(_CONTEXT, max(1, max_tokens(model) - new_tokens)) if body.context is None else body.context
    check_context(model, context, new_tokens)
    expandable = is_expandable(settings.enable_memory_management, measured)
    return PlanInput(
        model,
        Workload(context, body.batch, body.new_tokens, body.kind, body.chunk, body.padded, body.kv_cache),
        tuple(gpus),
        settings.gpu_memory_limit if body.limit is None else body.limit,
        0 if any(gpu.card.unified for gpu in gpus) else int(host_available() * HOST_SHARE),
        expandable,
        cuda=bool(body.gpus) or not settings.emulated_gpus,
        trust_remote_code=settings.trust_remote_code,
        corrections=Ledger().corrections(LedgerKey.of(model, gpus, expandable)),
    )


def _asked_dtype(asked: str | None, settings: Settings) -> str | None:
    """Without one the setting's; `default` is what an unset LBS_TORCH_DTYPE gives."""
    return settings.torch_dtype if asked is None else None if asked == "default" else asked


def _gpus(body: PlanRequest, settings: Settings, held: dict[int, int]) -> Sequence[Gpu]:
    if body.gpus:
        gpus = parse_gpus(body.gpus)
    else:
        # Our own memory is released for the run. NVML counts it with the others', an emulated GPU does not.
        ours = {} if settings.emulated_gpus else held
        found = chosen_gpus(installed_gpus(settings.emulated_gpus), settings.local_device_map)
        gpus = [replace(gpu, others=max(0, gpu.others - ours.get(gpu.card.index, 0))) for gpu in found]
    if body.others:
        gpus = [replace(gpu, others=parse_size(body.others)) for gpu in gpus]
    return gpus


def chosen_gpus(gpus: list[Gpu], device_map: str) -> list[Gpu]:
    """Those that LBS_LOCAL_DEVICE_MAP allows."""
    if device_map == "auto":
        return gpus
    return [gpu for gpu in gpus if device_map == f"cuda:{gpu.card.index}"]


def _held_by_us(queue: RunQueue) -> dict[int, int]:
    """Bytes per GPU index, as last reported by the worker."""
    return {gpu["index"]: gpu["used"] for gpu in queue.memory.gpus} if queue.memory else {}
