"""Why runs failed, or what they left behind, with the evidence: what was asked, held, planned and seen."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from lbs.store.transaction import Database

_KEPT = 200
"""The newest stay; an incident of last year helps nobody, and each may be some hundred KB."""


@dataclass(frozen=True)
class Incident:
    """`id` is the run's req_id: a run fails once. `kind` is the error's code, or `unreleased` where the run did not fail but
    its memory did not come back; `time` in Unix seconds."""

    id: str
    time: float
    kind: str
    sentence: str
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """With the ways out beside the evidence, since they are what a person looks for."""
        details = dict(self.details)
        ways = details.pop("ways_out", [])
        told = {"id": self.id, "req_id": self.id, "time": self.time, "kind": self.kind, "sentence": self.sentence}
        return {**told, "ways_out": ways, "details": details}


class Incidents:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> Incident | None:
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM incidents WHERE id=?", (number,)).fetchone()
        return None if row is None else Incident(**{**dict(row), "details": json.loads(row["details"])})

    def add(self, incident: Incident) -> None:
        """One that is not the end of a run, or more of one that is. Fails with a StoreError."""
        with self._database.writing() as db:
            write(db, incident)

    def list(self) -> list[dict[str, Any]]:
        """The newest first, without their evidence."""
        with self._database.reading() as db:
            rows = db.execute("SELECT id, time, kind, sentence FROM incidents ORDER BY time DESC").fetchall()
        return [dict(row) for row in rows]


def write(db: sqlite3.Connection, incident: Incident) -> None:
    """Inside the transaction that ends the run: the one is never there without the other."""
    details = json.dumps(incident.details, ensure_ascii=False)
    db.execute(
        "INSERT OR REPLACE INTO incidents (id, time, kind, sentence, details) VALUES (?, ?, ?, ?, ?)",
        (incident.id, incident.time, incident.kind, incident.sentence, details),
    )
    db.execute("DELETE FROM incidents WHERE id NOT IN (SELECT id FROM incidents ORDER BY time DESC LIMIT ?)", (_KEPT,))
