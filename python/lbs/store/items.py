"""Every finished item of a run, stored at once: a run that ends early is resumed, not repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lbs.protocol.messages import JsonObject
from lbs.store.transaction import Database


class Items:
    """By run and by the item's key, which identifies the question independently of its position in the run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, found: Mapping[tuple[str, str], JsonObject]) -> None:
        """`found`: (run, key) -> item. Raises StoreError."""
        rows = [(run, key, json.dumps(item, ensure_ascii=False)) for (run, key), item in found.items()]
        with self._database.writing() as db:
            db.executemany("INSERT OR REPLACE INTO items (req_id, key, item) VALUES (?, ?, ?)", rows)

    def of(self, req_id: str) -> dict[str, JsonObject]:
        with self._database.reading() as db:
            rows = db.execute("SELECT key, item FROM items WHERE req_id=?", (req_id,)).fetchall()
        return {row["key"]: json.loads(row["item"]) for row in rows}

    def count(self, req_id: str) -> int:
        with self._database.reading() as db:
            return int(db.execute("SELECT count(*) FROM items WHERE req_id=?", (req_id,)).fetchone()[0])
