"""Every finished item of a run, stored at once: readable while the run goes on, and kept when it ends early or late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lbs.protocol.messages import JsonObject
from lbs.store.raw_json import json_array, with_raw
from lbs.store.transaction import Database

_PAGE_BYTES = 8 << 20


@dataclass(frozen=True)
class ItemPage:
    """`total`: items that are stored; `dropped`: those that retention or a deletion has removed. `items`: a JSON array of
    `{number, key, item}`, where `number` grows in the order of storing, over all runs, and `item` is the benchmark's own.
    `next`: for the next page; `more`: whether there is one already."""

    total: int
    dropped: int
    next: int
    more: bool
    items: str


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
            rows = db.execute("SELECT key, item FROM items WHERE req_id=? ORDER BY number", (req_id,)).fetchall()
        return {row["key"]: json.loads(row["item"]) for row in rows}

    def get(self, req_id: str, key: str) -> str | None:
        """The benchmark's own JSON; None where it is not finished, or no longer kept."""
        with self._database.reading() as db:
            row = db.execute("SELECT item FROM items WHERE req_id=? AND key=?", (req_id, key)).fetchone()
        return row and str(row["item"])

    def count(self, req_id: str) -> int:
        with self._database.reading() as db:
            return int(db.execute("SELECT count(*) FROM items WHERE req_id=?", (req_id,)).fetchone()[0])

    def slice(
        self,
        req_id: str,
        offset: int,
        limit: int,
        *,
        failed: bool = False,
        unsaved: Mapping[str, JsonObject] | None = None,
    ) -> tuple[int, str]:
        """The number of items, and a JSON array of `{key, item}` from `offset` on in the order in which they finished: at most
        `limit` and 8 MiB, but one at least. `failed`: of those whose score is below 1. `unsaved`: items that are not stored yet,
        which must be known before this call."""
        where = "req_id=?" + (" AND json_extract(item, '$.score') < 1" if failed else "")
        with self._database.reading() as db:
            stored = db.execute(f"SELECT count(*) FROM items WHERE {where}", (req_id,)).fetchone()[0]
            rows = db.execute(
                "SELECT key, item FROM items WHERE number IN "
                f"(SELECT number FROM items WHERE {where} ORDER BY number LIMIT ? OFFSET ?) ORDER BY number",
                (req_id, limit, offset),
            ).fetchall()
            known = {
                key
                for key in unsaved or ()
                if db.execute("SELECT 1 FROM items WHERE req_id=? AND key=?", (req_id, key)).fetchone()
            }
        waiting = [
            (key, json.dumps(item, ensure_ascii=False))
            for key, item in (unsaved or {}).items()
            if key not in known and not (failed and not _failed(item))
        ]
        from_waiting = max(0, offset - stored)
        found: list[str] = []
        size = 0
        for key, text in [*map(tuple, rows), *waiting[from_waiting:]][:limit]:
            size += len(text)
            if found and size > _PAGE_BYTES:
                break
            found.append(with_raw({"key": key}, "item", text))
        return stored + len(waiting), json_array(found)

    def page(self, req_id: str, after: int, count: int) -> ItemPage:
        """At most `count` items after the number `after`, and at most 8 MiB of them, but one at least."""
        found: list[str] = []
        last, size, more = after, 0, False
        with self._database.reading() as db:
            total, at_the_end = db.execute(
                "SELECT (SELECT count(*) FROM items WHERE req_id=?1), (SELECT items FROM runs WHERE req_id=?1)",
                (req_id,),
            ).fetchone()
            rows = db.execute(
                "SELECT number, key, item FROM items WHERE req_id=? AND number>? ORDER BY number LIMIT ?",
                (req_id, after, count + 1),
            )
            for number, key, text in rows:
                size += len(text)
                if found and (len(found) == count or size > _PAGE_BYTES):
                    more = True
                    break
                found.append(with_raw({"number": number, "key": key}, "item", text))
                last = number
            rows.close()
        return ItemPage(total, max(0, (at_the_end or 0) - total), last, more, json_array(found))


def _failed(item: JsonObject) -> bool:
    score = item.get("score")
    return isinstance(score, int | float) and score < 1
