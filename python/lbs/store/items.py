"""Every finished item of a run, on disk as soon as it is known: a run that ends early is resumed, not repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lbs.store.transaction import Database

Item = dict[str, Any]


class Items:
    """By run and by the item's key, which says what was asked, whatever its place in the run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, found: Mapping[tuple[str, str], Item]) -> None:
        """`found`: (run, key) -> item. Fails with a StoreError."""
        rows = [(run, key, json.dumps(item, ensure_ascii=False)) for (run, key), item in found.items()]
        with self._database.writing() as db:
            db.executemany("INSERT OR REPLACE INTO items (req_id, key, item) VALUES (?, ?, ?)", rows)

    def of(self, req_id: str) -> dict[str, Item]:
        with self._database.reading() as db:
            rows = db.execute("SELECT key, item FROM items WHERE req_id=?", (req_id,)).fetchall()
        return {row["key"]: json.loads(row["item"]) for row in rows}

    def count(self, req_id: str) -> int:
        with self._database.reading() as db:
            return int(db.execute("SELECT count(*) FROM items WHERE req_id=?", (req_id,)).fetchone()[0])
