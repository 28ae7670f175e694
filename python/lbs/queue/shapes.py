"""A run and the memory as the API answers them: today's shapes (electron/contract/backend-api.ts), and /api/progress."""

from __future__ import annotations

import time
from typing import TypedDict

from lbs.protocol.messages import CachedModel, CacheReport, HostMemory, JsonObject, Memory, MemoryGpu
from lbs.sentences import SentenceJson
from lbs.store import Run, RunStatus


class MemoryShape(TypedDict):
    time: float
    gpus: list[MemoryGpu]
    cached_models: list[CachedModel]
    cache: CacheReport
    host: HostMemory


class StageShape(TypedDict):
    name: str
    share: float


class CommonShape(TypedDict):
    req_id: str
    dataset: str
    model: str
    status: RunStatus
    current_item: int
    total_items: int
    current_question: str
    start_time: float | None
    last_update_time: float | None
    estimated_remaining_seconds: float | None
    progress_percentage: float


class RunShape(CommonShape):
    current_question_sentence: SentenceJson
    stage: StageShape | None
    error: str | None
    error_code: str | None
    error_sentence: SentenceJson | None
    parameters: JsonObject
    resumes: str | None
    force: bool
    unsaved_items: int
    paused: bool
    plan: JsonObject | None
    predicted_peak: int | None
    wait_for_bytes: int | None
    wait_sentence: SentenceJson | None
    result: JsonObject | None


class QueueShape(TypedDict):
    """`paused`: by the person; `length`: queued runs; `order`: ids of the first 200 of them."""

    paused: bool
    length: int
    order: list[str]


class ProgressShape(CommonShape):
    """`status` is queued, processing, completed or failed."""

    estimated_completion_time: float | None


class FailedShape(ProgressShape):
    error: str


def memory_shape(memory: Memory | None) -> MemoryShape:
    """Empty where no worker has reported any."""
    if memory is None:
        return {
            "time": time.time(),
            "gpus": [],
            "cached_models": [],
            "cache": {"hits": 0, "misses": 0, "evictions": 0, "last": None, "last_sentence": None},
            "host": {"total": 0, "available": 0, "rss": 0},
        }
    return {
        "time": memory.time,
        "gpus": memory.gpus,
        "cached_models": memory.cached_models,
        "cache": memory.cache,
        "host": memory.host,
    }


def run_shape(run: Run, *, with_result: bool = False) -> RunShape:
    return {
        **_common(run),
        "stage": _stage(run),
        "error": None if run.error is None else str(run.error),
        "error_code": run.error_code,
        "current_question_sentence": run.current_question.as_json(),
        "error_sentence": None if run.error is None else run.error.as_json(),
        "parameters": run.parameters,
        "resumes": run.resumes,
        "force": run.force,
        "unsaved_items": run.unsaved_items,
        "paused": run.paused and not run.finished,
        "plan": run.plan if with_result and not run.finished else None,
        "predicted_peak": None if run.finished else run.predicted_peak,
        "wait_for_bytes": run.wait_bytes if run.status == "queued" else None,
        "wait_sentence": run.wait_sentence.as_json() if run.wait_sentence and run.status == "queued" else None,
        "result": run.result if with_result else None,
    }


def progress_shape(run: Run) -> ProgressShape | FailedShape:
    """For older clients: no `cancelled`, a time of completion, and `error` only where there is one."""
    common = _common(run)
    if run.status == "cancelled":
        common["status"] = "failed"
    remaining = common["estimated_remaining_seconds"]
    shape: ProgressShape = {
        **common,
        "estimated_completion_time": None if remaining is None else time.time() + remaining,
    }
    return shape if run.error is None else {**shape, "error": str(run.error)}


def _common(run: Run) -> CommonShape:
    return {
        "req_id": run.req_id,
        "dataset": run.dataset,
        "model": run.model,
        "status": run.status,
        "current_item": run.current_item,
        "total_items": run.total_items,
        "current_question": _stage_text(run) or str(run.current_question),
        "start_time": run.start_time,
        "last_update_time": run.last_update_time or run.end_time,
        "estimated_remaining_seconds": _remaining(run),
        "progress_percentage": _percentage(run),
    }


def _stage(run: Run) -> StageShape | None:
    return {"name": run.stage[0], "share": run.stage[1]} if run.stage and not run.finished else None


def _stage_text(run: Run) -> str | None:
    """For clients that do not read stages."""
    if run.finished:
        return None
    if run.paused:
        return "Paused before the next item: results cannot be saved"
    if run.stage is None:
        return None
    name, share = run.stage
    return {"loading": f"Loading weights: {100 * share:.0f} %", "planning": "Predicting the memory"}.get(name)


def _percentage(run: Run) -> float:
    if run.status == "completed":
        return 100.0
    return round(100 * run.current_item / run.total_items, 1) if run.total_items else 0.0


def _remaining(run: Run) -> float | None:
    if run.finished:
        return 0.0
    if run.start_time is None or not run.current_item:
        return None
    return (time.time() - run.start_time) / run.current_item * (run.total_items - run.current_item)
