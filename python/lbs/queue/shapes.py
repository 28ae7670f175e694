"""A run as the API tells it: ours (electron/contract/backend-api.ts) and the old one of /api/progress."""

from __future__ import annotations

import time
from typing import Any

from lbs.store import Run


def no_memory() -> dict[str, Any]:
    """What is known of the memory while no worker has told of any."""
    return {
        "time": time.time(),
        "gpus": [],
        "cached_models": [],
        "cache": {"hits": 0, "misses": 0, "evictions": 0, "last": None},
        "host": {"total": 0, "available": 0, "rss": 0},
    }


def run_shape(run: Run, *, with_result: bool = False) -> dict[str, Any]:
    return {
        "req_id": run.req_id,
        "dataset": run.dataset,
        "model": run.model,
        "status": run.status,
        "current_item": run.current_item,
        "total_items": run.total_items,
        "current_question": _stage_words(run) or run.current_question,
        "stage": _stage(run),
        "start_time": run.start_time,
        "last_update_time": run.last_update_time or run.end_time,
        "estimated_remaining_seconds": _remaining(run),
        "progress_percentage": _percentage(run),
        "error": run.error,
        "error_code": run.error_code,
        "parameters": run.parameters,
        "resumes": run.resumes,
        "result": run.result if with_result else None,
    }


def progress_shape(run: Run) -> dict[str, Any]:
    """What clients from before read: three statuses beside `queued`, an estimate, `error` only where there is one."""
    shape = run_shape(run)
    for ours in ("error_code", "parameters", "result", "resumes", "stage"):
        del shape[ours]
    if run.status == "cancelled":
        shape["status"] = "failed"
    remaining = shape["estimated_remaining_seconds"]
    shape["estimated_completion_time"] = None if remaining is None else time.time() + remaining
    if shape["error"] is None:
        del shape["error"]
    return shape


def _stage(run: Run) -> dict[str, Any] | None:
    return {"name": run.stage[0], "share": run.stage[1]} if run.stage and not run.finished else None


def _stage_words(run: Run) -> str | None:
    """For clients that know no stages."""
    if (stage := _stage(run)) is None:
        return None
    return f"Loading weights: {100 * stage['share']:.0f} %" if stage["name"] == "loading" else "Planning the memory"


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
