"""Runs of any age as a table shows them: filtered, sorted and paged, without reading a result. Times are Unix seconds."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from lbs.protocol.messages import JsonObject
from lbs.store.record_filter import DELETED, START, STATE, VISIBLE, Filter, Live, SortKey, State, condition, order_of
from lbs.store.retention import purge
from lbs.store.sentence_column import read_sentence
from lbs.store.transaction import Database

_ROW = (
    "runs.req_id, dataset, model, error_code, error, runs.error_sentence, created_at, end_time, score, score_error, "
    "score_name, tokens_per_second, predicted_peak, measured_peak, gpu_limit, dtype, offloaded, note, tags, resumes, "
    "deleted_at"
)


class Score(TypedDict):
    value: float
    error: float | None
    name: str


class Record(TypedDict):
    """As electron/contract/run-record.ts, but for what only the queue knows of a run in progress. `ways_out`: those of its
    incident."""

    req_id: str
    dataset: str
    model: str
    state: State
    error_code: str | None
    error_sentence: object
    created_at: float
    start_time: float | None
    end_time: float | None
    score: Score | None
    tokens_per_second: float | None
    predicted_peak: int | None
    measured_peak: int | None
    limit: str | None
    dtype: str | None
    offloaded: bool
    tags: list[str]
    note: str
    resumes: str | None
    ways_out: list[JsonObject]
    deleted_at: float | None


@dataclass(frozen=True)
class Page:
    """`total`: runs without any filter; `matching`: those of the filter, on all pages."""

    total: int
    matching: int
    rows: list[Record]


class Count(TypedDict):
    value: str
    count: int


class Unfinished(Exception):
    """A run that is queued or in progress; its argument is the id."""


class Missing(Exception):
    """There is no such run; its argument is the id."""


class Records:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        wanted: Filter,
        *,
        by: SortKey = "created_at",
        descending: bool = True,
        offset: int = 0,
        limit: int = 100,
        live: Live | None = None,
    ) -> Page:
        """Runs without a value come last either way; equal ones are ordered newest first."""
        where, values = condition(wanted, live or Live())
        order = order_of(by, descending=descending)
        with self._database.reading() as db:
            scope = DELETED if wanted.deleted else VISIBLE
            total = db.execute(f"SELECT count(*) FROM runs WHERE {scope}").fetchone()[0]
            matching = db.execute(f"SELECT count(*) FROM runs WHERE {where}", values).fetchone()[0]
            rows = db.execute(
                f"SELECT req_id FROM runs WHERE {where} ORDER BY {order} LIMIT {int(limit)} OFFSET {int(offset)}",
                values,
            ).fetchall()
            return Page(total, matching, _records(db, [req_id for (req_id,) in rows], live or Live()))

    def ids(self, wanted: Filter, most: int, live: Live | None = None) -> list[str]:
        """Of all runs of a filter, the newest first."""
        where, values = condition(wanted, live or Live())
        with self._database.reading() as db:
            rows = db.execute(
                f"SELECT req_id FROM runs WHERE {where} ORDER BY created_at DESC, req_id LIMIT {int(most)}", values
            ).fetchall()
        return [req_id for (req_id,) in rows]

    def get(self, req_ids: Sequence[str], live: Live | None = None) -> list[Record]:
        """In this order, deleted ones too; unknown ones are left out."""
        with self._database.reading() as db:
            return _records(db, req_ids, live or Live())

    def facts(self, req_ids: Sequence[str]) -> dict[str, dict[str, JsonObject]]:
        """By id: `parameters`, and `settings` and `versions` that the run was computed with (empty where unknown)."""
        found: dict[str, dict[str, JsonObject]] = {}
        with self._database.reading() as db:
            for req_id in req_ids:
                row = db.execute(
                    "SELECT parameters, json_extract(result, '$.settings') AS settings, "
                    "json_extract(result, '$.versions') AS versions FROM runs WHERE req_id=?",
                    (req_id,),
                ).fetchone()
                if row is not None:
                    found[req_id] = {name: json.loads(value or "{}") for name, value in dict(row).items()}
        return found

    def facets(self, live: Live | None = None) -> dict[str, list[Count]]:
        """The values of each filter with their number of runs, the most frequent first."""
        one = live or Live()
        columns = {"models": "model", "datasets": "dataset", "dtypes": "dtype", "limits": "gpu_limit", "states": STATE}
        found: dict[str, list[Count]] = {}
        with self._database.reading() as db:
            for name, column in columns.items():
                # The numbers of parameters must be used.
                rows = db.execute(
                    f"SELECT {column} AS value, count(*) FROM runs WHERE {VISIBLE} AND value IS NOT NULL "
                    "AND ?1 IS ?1 AND ?2 IS ?2 GROUP BY value",
                    (one.req_id, one.start_time),
                ).fetchall()
                found[name] = _counts(rows)
            rows = db.execute(f"SELECT tags, count(*) FROM runs WHERE {VISIBLE} AND tags<>'' GROUP BY tags").fetchall()
        tags: Counter[str] = Counter()
        for text, count in rows:
            for tag in read_tags(text):
                tags[tag] += count
        return {**found, "tags": _counts(tags.items())}

    def annotate(self, req_id: str, note: str | None, tags: Iterable[str] | None) -> None:
        """None: stays as it is. Raises Missing, StoreError."""
        with self._database.writing() as db:
            changed = db.execute(
                "UPDATE runs SET note=coalesce(?, note), tags=coalesce(?, tags) WHERE req_id=?",
                (note, None if tags is None else _write_tags(tags), req_id),
            ).rowcount
            if not changed:
                raise Missing(req_id)

    def delete(self, req_ids: Sequence[str]) -> None:
        """Hides all or none. Raises Missing, Unfinished, StoreError."""
        now = time.time()
        with self._database.writing() as db:
            for req_id in req_ids:
                row = db.execute("SELECT status FROM runs WHERE req_id=?", (req_id,)).fetchone()
                if row is None:
                    raise Missing(req_id)
                if row["status"] in ("queued", "held"):
                    raise Unfinished(req_id)
                db.execute("UPDATE runs SET deleted_at=? WHERE req_id=? AND deleted_at IS NULL", (now, req_id))
            purge(db, now)

    def restore(self, req_ids: Sequence[str]) -> None:
        """All or none. Raises Missing for a run that was purged, StoreError."""
        with self._database.writing() as db:
            for req_id in req_ids:
                if not db.execute("UPDATE runs SET deleted_at=NULL WHERE req_id=?", (req_id,)).rowcount:
                    raise Missing(req_id)

    def purge(self) -> int:
        """Raises StoreError."""
        with self._database.writing() as db:
            return purge(db, time.time())


def normal_tags(tags: Iterable[str]) -> list[str]:
    """Without surrounding and repeated space, and without repeats that differ in case alone: the first stays."""
    found = {tag.casefold(): tag for tag in reversed([" ".join(tag.split()) for tag in tags]) if tag}
    return list(reversed(found.values()))


def read_tags(text: str) -> list[str]:
    return [tag for tag in text.split("\n") if tag]


def _write_tags(tags: Iterable[str]) -> str:
    found = normal_tags(tags)
    return "\n" + "\n".join(found) + "\n" if found else ""


def _counts(rows: Iterable[tuple[str, int]]) -> list[Count]:
    return [{"value": value, "count": count} for value, count in sorted(rows, key=lambda row: (-row[1], row[0]))]


def _records(db: sqlite3.Connection, req_ids: Sequence[str], live: Live) -> list[Record]:
    found: dict[str, Record] = {}
    for req_id in req_ids:
        row = db.execute(
            f"SELECT {_ROW}, {STATE} AS state, {START} AS started, "
            "(SELECT json_extract(details, '$.ways_out') FROM incidents WHERE id = runs.req_id) AS ways_out "
            "FROM runs WHERE req_id = ?3",
            (live.req_id, live.start_time, req_id),
        ).fetchone()
        if row is not None:
            found[req_id] = _record(row)
    return list(found.values())


def _record(row: sqlite3.Row) -> Record:
    error = None if row["error"] is None else read_sentence(row["error"], row["error_sentence"])
    score = row["score"]
    return {
        "req_id": row["req_id"],
        "dataset": row["dataset"],
        "model": row["model"],
        "state": row["state"],
        "error_code": row["error_code"],
        "error_sentence": None if error is None else error.as_json(),
        "created_at": row["created_at"],
        "start_time": row["started"],
        "end_time": row["end_time"],
        "score": None
        if score is None
        else {"value": score, "error": row["score_error"], "name": row["score_name"] or "score"},
        "tokens_per_second": row["tokens_per_second"],
        "predicted_peak": row["predicted_peak"],
        "measured_peak": row["measured_peak"],
        "limit": row["gpu_limit"],
        "dtype": row["dtype"],
        "offloaded": bool(row["offloaded"]),
        "tags": read_tags(row["tags"]),
        "note": row["note"],
        "resumes": row["resumes"],
        "ways_out": json.loads(row["ways_out"]) if row["ways_out"] else [],
        "deleted_at": row["deleted_at"],
    }
