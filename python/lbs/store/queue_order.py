"""The order of queued runs, what each waits for, and whether the person has paused the queue: all survive a restart."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import NamedTuple

from lbs.store.transaction import Database


class Stored(NamedTuple):
    """`place`: None for a run that no move has placed: it comes after those that have one, by its submission."""

    place: int | None
    wait_bytes: int | None


class QueueOrder:
    """Every method is one transaction. Those that write raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, req_ids: Sequence[str]) -> None:
        """Queued runs begin in this order."""
        with self._database.writing() as db:
            db.execute("UPDATE queue SET place=NULL")
            db.executemany(
                "INSERT INTO queue (req_id, place) VALUES (?, ?) ON CONFLICT (req_id) DO UPDATE SET place=excluded.place",
                [(req_id, place) for place, req_id in enumerate(req_ids)],
            )

    def wait(self, req_id: str, wait_bytes: int | None) -> None:
        with self._database.writing() as db:
            write_wait(db, req_id, wait_bytes)

    def pause(self, paused: bool) -> None:
        with self._database.writing() as db:
            db.execute("DELETE FROM queue_pause")
            if paused:
                db.execute("INSERT INTO queue_pause (since) VALUES (?)", (time.time(),))

    def paused(self) -> bool:
        with self._database.reading() as db:
            return db.execute("SELECT 1 FROM queue_pause").fetchone() is not None

    def stored(self) -> dict[str, Stored]:
        with self._database.reading() as db:
            rows = db.execute("SELECT req_id, place, wait_bytes FROM queue").fetchall()
        return {req_id: Stored(place, wait_bytes) for req_id, place, wait_bytes in rows}


def write_wait(db: sqlite3.Connection, req_id: str, wait_bytes: int | None) -> None:
    db.execute(
        "INSERT INTO queue (req_id, wait_bytes) VALUES (?, ?) "
        "ON CONFLICT (req_id) DO UPDATE SET wait_bytes=excluded.wait_bytes",
        (req_id, wait_bytes),
    )


def forget_queued(db: sqlite3.Connection, req_id: str) -> None:
    """Of a run that has ended."""
    db.execute("DELETE FROM queue WHERE req_id=?", (req_id,))


def forget_ended(db: sqlite3.Connection) -> None:
    """Of all runs that are not queued: their backend may have been killed before it could."""
    db.execute("DELETE FROM queue WHERE req_id NOT IN (SELECT req_id FROM runs WHERE status IN ('queued', 'held'))")
