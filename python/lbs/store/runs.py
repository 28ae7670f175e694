"""Runs, one row each. Times are Unix seconds."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from lbs.protocol.messages import JsonObject
from lbs.sentences import Sentence, say, verbatim
from lbs.store import summary
from lbs.store.database import StoreError
from lbs.store.history import History
from lbs.store.incidents import Incident, Incidents
from lbs.store.incidents import write as write_incident
from lbs.store.items import Items
from lbs.store.queue_mark import QueueMark, name_of
from lbs.store.queue_order import QueueOrder, Stored, forget_ended, forget_queued, write_wait
from lbs.store.records import Records
from lbs.store.retention import count_items, drop_old_items
from lbs.store.sentence_column import read_sentence, write_sentence
from lbs.store.transaction import Database, Repair

RunStatus = Literal["queued", "processing", "completed", "failed", "cancelled", "held"]
"""`held`: queued, and left to the next backend."""
Offload = Literal["auto", "ask", "never"]

FINISHED: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})


@dataclass
class Run:
    """One model on one dataset. `result` is set once `status` is completed."""

    req_id: str
    dataset: str
    model: str
    parameters: JsonObject
    status: RunStatus = "queued"
    created_at: float = field(default_factory=time.time)
    start_time: float | None = None
    end_time: float | None = None
    error: Sentence | None = None
    error_code: str | None = None
    result: JsonObject | None = None
    offload: Offload | None = None
    """The answer where LBS_OFFLOAD is ask; a resumed run keeps it."""
    force: bool = False
    """Runs although the plan says that it does not fit; a resumed run keeps it."""
    resumes: str | None = None
    """The run whose finished items this one takes over."""
    wait_bytes: int | None = None
    """Stored while the run is queued: it begins once so many bytes are free on the GPUs that it may use."""
    # Not stored: the state of a queued run, and of one in progress.
    wait_sentence: Sentence | None = None
    """What is free, and who holds the rest."""
    stage: tuple[Literal["planning", "loading", "saving"], float] | None = None
    """Its name and the share of it that is done; None while items run."""
    current_item: int = 0
    total_items: int = 0
    current_question: Sentence = field(default_factory=lambda: verbatim(""))
    last_update_time: float | None = None
    plan: JsonObject | None = None
    """Of its memory, as `POST /api/plan` answers; its result has it, too."""
    predicted_peak: int | None = None
    offloaded: bool = False
    unsaved_items: int = 0
    """Finished items that only RAM holds."""
    paused: bool = False
    """It waits before its next item, because results cannot be saved."""

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


_COLUMNS = (
    "req_id, dataset, model, parameters, status, created_at, start_time, end_time, error, error_sentence, error_code, "
    "result, resumes, offload, force"
)
_UPSERT = f"""INSERT INTO runs ({_COLUMNS}, in_history) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (req_id) DO UPDATE SET status=excluded.status, start_time=excluded.start_time, end_time=excluded.end_time,
error=excluded.error, error_sentence=excluded.error_sentence, error_code=excluded.error_code, result=excluded.result,
in_history=excluded.in_history"""
_SUM_UP = f"UPDATE runs SET {summary.UPDATE} WHERE req_id=?"
_TAKE_OVER = (
    "INSERT OR IGNORE INTO items (req_id, key, item) SELECT ?, key, item FROM items WHERE req_id=? ORDER BY number"
)


class RunStore:
    """Safe from several threads; every method is one transaction."""

    def __init__(self, connection: sqlite3.Connection, repair: Repair | None = None) -> None:
        self.database = Database(connection, repair)
        self.recovered: Sentence | None = None
        """What was recovered from a damaged file that this one replaces."""
        self.mark: QueueMark | None = None
        """Where the queue is handed over on a full disk; None: nowhere."""
        self.items = Items(self.database)
        self.incidents = Incidents(self.database)
        self.history = History(self.database)
        self.records = Records(self.database)
        self.order = QueueOrder(self.database)

    def note_recovery(self, sentence: Sentence) -> None:
        self.recovered = sentence

    def close(self) -> None:
        self.database.close()

    def fail_unfinished(self) -> int:
        """At start: fails the runs that the last backend left queued or in progress, but for those that it handed over;
        returns their number."""
        text, sentence = write_sentence(say("store.interrupted"))
        begun = self.mark.read() if self.mark else None
        with self.database.writing() as db:
            rows = db.execute("SELECT req_id FROM runs WHERE status IN ('queued', 'processing')").fetchall()
            kept = {req_id for (req_id,) in rows if begun is not None and name_of(req_id) not in begun}
            db.executemany("UPDATE runs SET status='held' WHERE req_id=?", [(req_id,) for req_id in kept])
            left = [req_id for (req_id,) in rows if req_id not in kept]
            for req_id in left:
                db.execute(
                    "UPDATE runs SET status='failed', error=?, error_sentence=?, error_code='interrupted', end_time=? "
                    "WHERE req_id=?",
                    (text, sentence, time.time(), req_id),
                )
                count_items(db, req_id)
            forget_ended(db)
        # After the commit: a start that fails on a full disk must not lose the queue.
        if self.mark:
            self.mark.clear()
        return len(left)

    def hand_over(self, queued: Sequence[Run], not_queued: Iterable[str]) -> None:
        """Leaves queued runs to the next backend. `not_queued`: ids of those that have begun or ended. Raises StoreError."""
        try:
            self.order.keep([run.req_id for run in queued])
            self.save(*(replace(run, status="held") for run in queued))
        except StoreError:
            if not (self.mark and self.mark.leave(not_queued)):
                raise

    def take_held(self) -> list[Run]:
        """Queued runs that the last backend handed over, in their order; each is taken once."""
        stored = self.order.stored()
        with self.database.writing() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE status='held' ORDER BY created_at").fetchall()
            db.execute("UPDATE runs SET status='queued' WHERE status='held'")
        runs = [replace(_run(row), status="queued", wait_bytes=_stored(stored, row).wait_bytes) for row in rows]
        places = {run.req_id: stored[run.req_id].place for run in runs if run.req_id in stored}
        # Equal ones stay by their submission.
        return sorted(runs, key=lambda run: math.inf if (place := places.get(run.req_id)) is None else place)

    def save(self, *runs: Run, incident: Incident | None = None) -> None:
        """Saves all runs or none. A completed one is a row of the history; one that has ended keeps its items until
        retention drops them; a resumed one takes over those of the run before. `incident`: why the run failed. Raises
        StoreError."""
        with self.database.writing() as db:
            for run in runs:
                db.execute(_UPSERT, _row(run))
                db.execute(_SUM_UP, (*_summary(run, incident), run.req_id))
                if run.resumes and run.status == "queued":
                    db.execute(_TAKE_OVER, (run.req_id, run.resumes))
                if run.status == "queued" and run.wait_bytes is not None:
                    write_wait(db, run.req_id, run.wait_bytes)
                if run.finished:
                    forget_queued(db, run.req_id)
                    count_items(db, run.req_id)
                    drop_old_items(db)
            if incident:
                write_incident(db, incident)

    def store_plan(self, run: Run) -> None:
        """What is predicted of a run in progress. Raises StoreError."""
        with self.database.writing() as db:
            db.execute(_SUM_UP, (*summary.values_of(_planned(run)), run.req_id))

    def get(self, req_id: str) -> Run | None:
        with self.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE req_id=?", (req_id,)).fetchone()
        return None if row is None else _run(row)

    def recent(self, count: int = 100) -> list[Run]:
        """The newest runs without their results and without deleted ones, oldest of them first."""
        columns = _COLUMNS.replace("result", "NULL AS result")
        with self.database.reading() as db:
            newest = f"SELECT {columns} FROM runs WHERE deleted_at IS NULL ORDER BY created_at DESC LIMIT ?"
            rows = db.execute(newest, (count,)).fetchall()
        return [_run(row) for row in reversed(rows)]

    def hand_out(self, count: int) -> list[Run]:
        """Finished runs that no client has fetched yet; each is handed out once."""
        with self.database.writing() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE delivered=0 AND status IN ('completed', 'failed', 'cancelled') "
                "ORDER BY end_time LIMIT ?",
                (count,),
            ).fetchall()
            db.executemany("UPDATE runs SET delivered=1 WHERE req_id=?", [(row["req_id"],) for row in rows])
        return [_run(row) for row in rows]


def _summary(run: Run, incident: Incident | None) -> summary.Values:
    found = summary.summary_of(run.result, incident.details if incident else None)
    return summary.values_of(_planned(run) if found == summary.Summary() and run.plan else found)


def _planned(run: Run) -> summary.Summary:
    found = {"plan": run.plan, "predicted_peak": run.predicted_peak, "offload": int(run.offloaded)}
    return summary.summary_of(found)


def _stored(stored: dict[str, Stored], row: sqlite3.Row) -> Stored:
    return stored.get(row["req_id"], Stored(None, None))


def _json(value: JsonObject | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _row(run: Run) -> tuple[str | float | None, ...]:
    """In the order of _UPSERT."""
    error, sentence = write_sentence(run.error) if run.error else (None, None)
    return (
        run.req_id,
        run.dataset,
        run.model,
        _json(run.parameters),
        run.status,
        run.created_at,
        run.start_time,
        time.time() if run.finished and run.end_time is None else run.end_time,
        error,
        sentence,
        run.error_code,
        _json(run.result),
        run.resumes,
        run.offload,
        "yes" if run.force else None,
        int(run.status == "completed"),
    )


def _run(row: sqlite3.Row) -> Run:
    values = dict(row)
    stored = values.pop("error_sentence")
    values["error"] = None if values["error"] is None else read_sentence(values["error"], stored)
    values["force"] = values["force"] is not None
    values["parameters"] = json.loads(values["parameters"])
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    return Run(**values)
