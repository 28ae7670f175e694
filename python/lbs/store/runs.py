"""Runs, one row each, and the history of results by model and data set. Times are Unix seconds."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass, field, replace
from typing import Any

from lbs.store.incidents import Incident, Incidents
from lbs.store.incidents import write as write_incident
from lbs.store.items import Items
from lbs.store.transaction import Database

FINISHED = frozenset({"completed", "failed", "cancelled"})
_INTERRUPTED = "The backend ended before this run was finished: resume it, what was finished is kept."


@dataclass
class Run:
    """One model on one data set. `result` is set once `status` is completed."""

    req_id: str
    dataset: str
    model: str
    parameters: dict[str, Any]
    status: str = "queued"
    created_at: float = field(default_factory=time.time)
    start_time: float | None = None
    end_time: float | None = None
    error: str | None = None
    error_code: str | None = None
    result: dict[str, Any] | None = None
    offload: str | None = None
    """The person's answer where LBS_OFFLOAD is ask; a run that is resumed keeps it."""
    resumes: str | None = None
    """The run whose finished items this one takes over."""
    # Of the moment: not kept on disk.
    stage: tuple[str, float] | None = None
    """planning or loading, and the share of that which is done; None once there are items."""
    current_item: int = 0
    total_items: int = 0
    current_question: str = ""
    last_update_time: float | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


_COLUMNS = (
    "req_id, dataset, model, parameters, status, created_at, start_time, end_time, error, error_code, "
    "result, resumes, offload"
)
_RESULT = _COLUMNS.split(", ").index("result")
_UPSERT = f"""INSERT INTO runs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (req_id) DO UPDATE SET status=excluded.status, start_time=excluded.start_time, end_time=excluded.end_time,
error=excluded.error, error_code=excluded.error_code, result=excluded.result"""
_TAKE_OVER = "INSERT OR IGNORE INTO items (req_id, key, item) SELECT ?, key, item FROM items WHERE req_id=?"
_REMEMBER = """INSERT INTO history VALUES (?, ?, ?, ?, ?)
ON CONFLICT (model_name, dataset_name) DO UPDATE SET results=excluded.results, updated_at=excluded.updated_at"""


class RunStore:
    """Safe from several threads; every method is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.database = Database(connection)
        self.items = Items(self.database)
        self.incidents = Incidents(self.database)

    def close(self) -> None:
        self.database.close()

    def fail_unfinished(self) -> int:
        """At start: what was queued or on when the last backend ended is told as failed."""
        with self.database.writing() as db:
            cursor = db.execute(
                "UPDATE runs SET status='failed', error=?, error_code='interrupted', end_time=? "
                "WHERE status IN ('queued', 'processing')",
                (_INTERRUPTED, time.time()),
            )
            return cursor.rowcount

    def take_held(self) -> list[Run]:
        """Queued runs that the last backend left to this one, oldest first; each is taken once."""
        with self.database.writing() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE status='held' ORDER BY created_at").fetchall()
            db.execute("UPDATE runs SET status='queued' WHERE status='held'")
        return [replace(_run(row), status="queued") for row in rows]

    def save(self, *runs: Run, incident: Incident | None = None) -> None:
        """Runs as they stand, all or none; a completed one enters the history too, a resumed one takes over what its
        forerunner finished. `incident`: why the run failed. Fails with a StoreError."""
        with self.database.writing() as db:
            for run in runs:
                row = _row(run)
                db.execute(_UPSERT, row)
                if run.resumes and run.status == "queued":
                    db.execute(_TAKE_OVER, (run.req_id, run.resumes))
                if run.status == "completed":
                    ended = run.end_time or time.time()
                    db.execute(_REMEMBER, (run.model, run.dataset, row[_RESULT], ended, ended))
                    db.execute("DELETE FROM items WHERE req_id=?", (run.req_id,))  # the result holds them
            if incident:
                write_incident(db, incident)

    def get(self, req_id: str) -> Run | None:
        with self.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE req_id=?", (req_id,)).fetchone()
        return None if row is None else _run(row)

    def recent(self, count: int = 100) -> list[Run]:
        """The newest runs without their results, oldest of them first."""
        columns = _COLUMNS.replace("result", "NULL AS result")
        with self.database.reading() as db:
            rows = db.execute(f"SELECT {columns} FROM runs ORDER BY created_at DESC LIMIT ?", (count,)).fetchall()
        return [_run(row) for row in reversed(rows)]

    def hand_out(self, count: int) -> list[Run]:
        """Finished runs that nobody has fetched yet; each is handed out once."""
        with self.database.writing() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE delivered=0 AND status IN ('completed', 'failed', 'cancelled') "
                "ORDER BY end_time LIMIT ?",
                (count,),
            ).fetchall()
            db.executemany("UPDATE runs SET delivered=1 WHERE req_id=?", [(row["req_id"],) for row in rows])
        return [_run(row) for row in rows]

    def history(self) -> list[dict[str, Any]]:
        with self.database.reading() as db:
            rows = db.execute("SELECT * FROM history ORDER BY updated_at DESC").fetchall()
        return [{**dict(row), "results": json.loads(row["results"])} for row in rows]

    def delete_history(self, model_name: str | None, dataset_name: str | None) -> int:
        with self.database.writing() as db:
            cursor = db.execute(
                "DELETE FROM history WHERE (?1 IS NULL OR model_name=?1) AND (?2 IS NULL OR dataset_name=?2)",
                (model_name, dataset_name),
            )
            return cursor.rowcount

    def stats(self) -> dict[str, Any]:
        with self.database.reading() as db:
            row = db.execute(
                "SELECT count(*) AS results, count(DISTINCT model_name) AS models, "
                "count(DISTINCT dataset_name) AS datasets, max(updated_at) AS last_update FROM history"
            ).fetchone()
        return dict(row)


def _row(run: Run) -> tuple[Any, ...]:
    return (
        run.req_id,
        run.dataset,
        run.model,
        json.dumps(run.parameters, ensure_ascii=False),
        run.status,
        run.created_at,
        run.start_time,
        run.end_time,
        run.error,
        run.error_code,
        None if run.result is None else json.dumps(run.result, ensure_ascii=False),
        run.resumes,
        run.offload,
    )


def _run(row: sqlite3.Row) -> Run:
    values = dict(row)
    values["parameters"] = json.loads(values["parameters"])
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    return Run(**values)
