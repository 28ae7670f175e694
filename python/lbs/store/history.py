"""The history of results: a row for every completed run until it is deleted. Times are Unix seconds."""

from __future__ import annotations

from typing import TypedDict

from lbs.store.raw_json import json_array, with_raw
from lbs.store.retention import drop_items
from lbs.store.transaction import Database


class Stats(TypedDict):
    results: int
    models: int
    datasets: int
    last_update: float | None


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, count: int = 1000, offset: int = 0) -> str:
        """A JSON array, the newest first: `{req_id, model_name, dataset_name, results, created_at, updated_at}`, both times the
        end of the run. Results are put in as they are stored: to read and write megabytes again would take seconds."""
        with self._database.reading() as db:
            found = db.execute(
                "SELECT req_id, model, dataset, end_time, result FROM runs WHERE in_history=1 AND deleted_at IS NULL "
                "ORDER BY end_time DESC, rowid DESC LIMIT ? OFFSET ?",
                (count, offset),
            ).fetchall()
        return json_array(
            with_raw(
                {
                    "req_id": req_id,
                    "model_name": model,
                    "dataset_name": dataset,
                    "created_at": ended,
                    "updated_at": ended,
                },
                "results",
                result or "{}",
            )
            for req_id, model, dataset, ended, result in found
        )

    def delete(self, model_name: str | None, dataset_name: str | None) -> int:
        """The rows and the items of their runs; None: whatever it is. Returns the number of rows."""
        where = "in_history=1 AND deleted_at IS NULL AND (?1 IS NULL OR model=?1) AND (?2 IS NULL OR dataset=?2)"
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
                "max(end_time) AS last_update FROM runs WHERE in_history=1 AND deleted_at IS NULL"
            ).fetchone()
        return {
            "results": row["results"],
            "models": row["models"],
            "datasets": row["datasets"],
            "last_update": row["last_update"],
        }
