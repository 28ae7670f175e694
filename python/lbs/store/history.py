"""The history of results: a row for every completed run until it is deleted. Times are Unix seconds."""

from __future__ import annotations

import json
from typing import TypedDict

from lbs.protocol.messages import JsonObject
from lbs.store.retention import drop_items
from lbs.store.transaction import Database


class HistoryEntry(TypedDict):
    """`created_at` and `updated_at`: when the run ended."""

    req_id: str
    model_name: str
    dataset_name: str
    results: JsonObject
    created_at: float
    updated_at: float


class Stats(TypedDict):
    results: int
    models: int
    datasets: int
    last_update: float | None


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, count: int = 1000, offset: int = 0) -> list[HistoryEntry]:
        """The newest first."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT req_id, model, dataset, result, end_time FROM runs WHERE in_history=1 "
                "ORDER BY end_time DESC, rowid DESC LIMIT ? OFFSET ?",
                (count, offset),
            ).fetchall()
        return [
            {
                "req_id": row["req_id"],
                "model_name": row["model"],
                "dataset_name": row["dataset"],
                "results": json.loads(row["result"] or "{}"),
                "created_at": row["end_time"],
                "updated_at": row["end_time"],
            }
            for row in rows
        ]

    def delete(self, model_name: str | None, dataset_name: str | None) -> int:
        """The rows and the items of their runs; None: whatever it is. Returns the number of rows."""
        where = "in_history=1 AND (?1 IS NULL OR model=?1) AND (?2 IS NULL OR dataset=?2)"
        with self._database.writing() as db:
            rows = db.execute(f"SELECT req_id FROM runs WHERE {where}", (model_name, dataset_name)).fetchall()
            for (req_id,) in rows:
                db.execute("UPDATE runs SET in_history=0 WHERE req_id=?", (req_id,))
                drop_items(db, req_id)
        return len(rows)

    def stats(self) -> Stats:
        with self._database.reading() as db:
            row = db.execute(
                "SELECT count(*) AS results, count(DISTINCT model) AS models, count(DISTINCT dataset) AS datasets, "
                "max(end_time) AS last_update FROM runs WHERE in_history=1"
            ).fetchone()
        return {
            "results": row["results"],
            "models": row["models"],
            "datasets": row["datasets"],
            "last_update": row["last_update"],
        }
