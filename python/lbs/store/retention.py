"""How long items are kept: those of the newest runs, up to a bound in bytes. Results and runs are kept until they are deleted."""

from __future__ import annotations

import sqlite3

_MOST_BYTES = 512 << 20
_MOST_RUNS = 1_000
DELETED_SECONDS = 7 * 86_400.0
"""How long a deleted run can be restored."""


def count_items(db: sqlite3.Connection, req_id: str) -> None:
    """Notes what a run that has ended holds."""
    db.execute(
        "UPDATE runs SET (items, item_bytes) = (SELECT count(*), coalesce(sum(length(CAST(item AS BLOB))), 0) "
        "FROM items WHERE req_id=?1) WHERE req_id=?1",
        (req_id,),
    )


def drop_old_items(db: sqlite3.Connection, most_bytes: int = _MOST_BYTES, most_runs: int = _MOST_RUNS) -> None:
    """The newest run keeps its items however large they are."""
    held = db.execute("SELECT req_id, item_bytes FROM runs WHERE item_bytes > 0 ORDER BY end_time DESC").fetchall()
    total = 0
    for number, (req_id, size) in enumerate(held):
        total += size
        if number and (total > most_bytes or number >= most_runs):
            drop_items(db, req_id)


def purge(db: sqlite3.Connection, now: float) -> int:
    """Removes runs that were deleted a week ago, with all that belongs to them; returns their number."""
    rows = db.execute("SELECT req_id FROM runs WHERE deleted_at < ?", (now - DELETED_SECONDS,)).fetchall()
    for (req_id,) in rows:
        db.execute("DELETE FROM items WHERE req_id=?", (req_id,))
        db.execute("DELETE FROM incidents WHERE id=?", (req_id,))
        db.execute("DELETE FROM runs WHERE req_id=?", (req_id,))
    return len(rows)


def drop_items(db: sqlite3.Connection, req_id: str) -> None:
    db.execute("DELETE FROM items WHERE req_id=?", (req_id,))
    db.execute("UPDATE runs SET item_bytes=0 WHERE req_id=?", (req_id,))
