"""Which runs a page shows, and in which order, as SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["queued", "processing", "completed", "failed", "cancelled"]
SortKey = Literal[
    "created_at",
    "start_time",
    "end_time",
    "duration",
    "model",
    "dataset",
    "state",
    "score",
    "tokens_per_second",
    "predicted_peak",
    "measured_peak",
    "limit",
    "dtype",
    "offloaded",
    "note",
    "tags",
]

# A run in progress is stored as a queued one: ?1 is its id, ?2 its start.
STATE = "CASE WHEN status IN ('queued', 'held') THEN CASE WHEN req_id = ?1 THEN 'processing' ELSE 'queued' END ELSE status END"
START = "CASE WHEN status IN ('queued', 'held') THEN CASE WHEN req_id = ?1 THEN ?2 END ELSE start_time END"
_FOLDER = "rtrim(model, replace(model, '/', ''))"
SORT: dict[SortKey, str] = {
    "created_at": "created_at",
    "start_time": START,
    "end_time": "end_time",
    "duration": f"end_time - ({START})",
    "model": f"substr(model, length({_FOLDER}) + 1) COLLATE NOCASE",
    "dataset": "dataset COLLATE NOCASE",
    "state": STATE,
    "score": "score",
    "tokens_per_second": "tokens_per_second",
    "predicted_peak": "predicted_peak",
    "measured_peak": "measured_peak",
    "limit": "gpu_limit",
    "dtype": "dtype",
    "offloaded": "offloaded",
    "note": "nullif(note, '') COLLATE NOCASE",
    "tags": "nullif(tags, '') COLLATE NOCASE",
}
_TEXT = "model || char(10) || dataset || char(10) || note || tags || char(10) || req_id"
# DELETE /api/history keeps the run, whose result has left the history.
VISIBLE = "deleted_at IS NULL AND (in_history = 1 OR status <> 'completed')"
DELETED = "deleted_at IS NOT NULL"


@dataclass(frozen=True)
class Filter:
    """A run matches where it has one of each list; empty ones match every run. `search`: words that all occur in the model,
    dataset, note, tags or id. `since`, `until`: of `created_at`, inclusive. `deleted`: those alone."""

    search: str = ""
    models: Sequence[str] = ()
    datasets: Sequence[str] = ()
    states: Sequence[State] = ()
    tags: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    limits: Sequence[str] = ()
    since: float | None = None
    until: float | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Live:
    """The run in progress, whose start is stored only when it ends."""

    req_id: str | None = None
    start_time: float | None = None


def condition(wanted: Filter, live: Live) -> tuple[str, list[Any]]:
    """For WHERE, with the values of its parameters."""
    parts = [DELETED if wanted.deleted else VISIBLE, "?1 IS ?1", "?2 IS ?2"]
    values: list[Any] = [live.req_id, live.start_time]

    def placed(value: Any) -> str:
        values.append(value)
        return f"?{len(values)}"

    lists = (
        ("model", wanted.models),
        ("dataset", wanted.datasets),
        (STATE, wanted.states),
        ("dtype", wanted.dtypes),
        ("gpu_limit", wanted.limits),
    )
    for column, chosen in lists:
        if chosen:
            # One parameter for any number of values.
            parts.append(f"({column}) IN (SELECT value FROM json_each({placed(json.dumps(list(chosen)))}))")
    if wanted.tags:
        parts.append(
            f"EXISTS (SELECT 1 FROM json_each({placed(json.dumps(list(wanted.tags)))}) "
            "WHERE instr(tags, char(10) || value || char(10)))"
        )
    for word in wanted.search.split():
        parts.append(f"({_TEXT}) LIKE {placed(f'%{_escaped(word)}%')} ESCAPE '!'")
    if wanted.since is not None:
        parts.append(f"created_at >= {placed(wanted.since)}")
    if wanted.until is not None:
        parts.append(f"created_at <= {placed(wanted.until)}")
    return " AND ".join(parts), values


def _escaped(word: str) -> str:
    return re.sub(r"([%_!])", r"!\1", word)


def order_of(by: SortKey, *, descending: bool) -> str:
    """For ORDER BY: those without a value last, equal ones newest first."""
    key = SORT[by]
    # Runs always have these, and a long expression is computed once less.
    last = "" if by in ("created_at", "model", "dataset", "state", "offloaded") else f"({key}) IS NULL, "
    return f"{last}{key} {'DESC' if descending else 'ASC'}, created_at DESC, req_id"
