"""Why runs failed, or what memory they left behind, with the evidence."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from lbs.protocol.messages import JsonObject
from lbs.sentences import Sentence, SentenceJson
from lbs.store.sentence_column import read_sentence, write_sentence
from lbs.store.transaction import Database

_KEPT = 200
"""Each may take some hundred KB: only the newest are kept."""


class IncidentEntry(TypedDict):
    """One line of `GET /api/incidents`."""

    id: str
    time: float
    kind: str
    sentence: str
    error_sentence: SentenceJson


class IncidentJson(IncidentEntry):
    """`GET /api/incidents/{req_id}`."""

    req_id: str
    ways_out: list[JsonObject]
    details: JsonObject


@dataclass(frozen=True)
class Incident:
    """`id` is the run's req_id: a run fails once. `kind` is the error's code, or `unreleased` where the run did not fail but
    its memory was not released; `time` in Unix seconds."""

    id: str
    time: float
    kind: str
    sentence: Sentence
    details: Mapping[str, object]

    def as_json(self) -> IncidentJson:
        """The ways out are separate from the evidence: they are what the panel shows first."""
        details: JsonObject = dict(self.details)
        return {
            "id": self.id,
            "req_id": self.id,
            "time": self.time,
            "kind": self.kind,
            "sentence": str(self.sentence),
            "error_sentence": self.sentence.as_json(),
            "ways_out": details.pop("ways_out", []),
            "details": details,
        }


class Incidents:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, req_id: str) -> Incident | None:
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM incidents WHERE id=?", (req_id,)).fetchone()
        return row and Incident(row["id"], row["time"], row["kind"], _sentence(row), json.loads(row["details"]))

    def add(self, incident: Incident) -> None:
        """Adds or replaces an incident outside the end of its run. Raises StoreError."""
        with self._database.writing() as db:
            write(db, incident)

    def list(self) -> list[IncidentEntry]:
        """The newest first, without their evidence."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT id, time, kind, sentence, error_sentence FROM incidents ORDER BY time DESC"
            ).fetchall()
        return [
            {
                "id": row["id"],
                "time": row["time"],
                "kind": row["kind"],
                "sentence": row["sentence"],
                "error_sentence": _sentence(row).as_json(),
            }
            for row in rows
        ]


def _sentence(row: sqlite3.Row) -> Sentence:
    return read_sentence(row["sentence"], row["error_sentence"])


def write(db: sqlite3.Connection, incident: Incident) -> None:
    """Runs inside the transaction that ends the run: neither is stored without the other."""
    details = json.dumps(incident.details, ensure_ascii=False)
    text, sentence = write_sentence(incident.sentence)
    db.execute(
        "INSERT OR REPLACE INTO incidents (id, time, kind, sentence, error_sentence, details) VALUES (?, ?, ?, ?, ?, ?)",
        (incident.id, incident.time, incident.kind, text, sentence, details),
    )
    db.execute("DELETE FROM incidents WHERE id NOT IN (SELECT id FROM incidents ORDER BY time DESC LIMIT ?)", (_KEPT,))
