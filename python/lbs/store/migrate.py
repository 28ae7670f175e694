"""Brings a file of an earlier version to this one: a copy beside it first, then one transaction."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import uuid
from pathlib import Path

from lbs.settings.private import private_file
from lbs.store import schema, summary

_ADDED_COLUMNS = (
    ("runs", "resumes TEXT"),
    ("runs", "offload TEXT"),
    ("runs", "error_sentence TEXT"),
    ("incidents", "error_sentence TEXT"),
    ("runs", "force TEXT"),
    ("runs", "in_history INTEGER NOT NULL DEFAULT 0"),
    ("runs", "items INTEGER NOT NULL DEFAULT 0"),
    ("runs", "item_bytes INTEGER NOT NULL DEFAULT 0"),
)
_OLD_ITEMS = """CREATE TABLE IF NOT EXISTS items (
  req_id TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (req_id, key)
) WITHOUT ROWID"""
CEVAL_BEFORE = "headroom-0"
"""The variant of C-Eval results that were computed before variants had names."""


def migrate(connection: sqlite3.Connection, path: Path) -> Path:
    """Returns the copy. Raises sqlite3.Error or OSError, and then the file is as it was."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        copy = _copy(path, connection.execute("PRAGMA user_version").fetchone()[0])
        _migrate(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return copy


def create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] != schema.VERSION:
        for statement in schema.ALL:
            connection.execute(statement)
        _sign(connection)
    connection.execute("COMMIT")


def _sign(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={schema.VERSION}")


def _copy(path: Path, version: int) -> Path:
    """Whole or not at all: a copy that was cut short keeps another name. A second attempt replaces it."""
    copy, part = (path.with_name(f"{path.name}.v{version}.{end}") for end in ("backup", "part"))
    part.unlink(missing_ok=True)
    private_file(part)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(part)) as target:
        source.backup(target)
        # One file, without a log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(copy)
    return copy


def _migrate(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] < 4:
        _to_version_4(db)
    _lay_out_runs(db)
    summary.fill(db)
    _sign(db)


def _to_version_4(db: sqlite3.Connection) -> None:
    db.execute(schema.INCIDENTS)
    db.execute(_OLD_ITEMS)
    for table, column in _ADDED_COLUMNS:
        if column.split()[0] not in {row[1] for row in db.execute(f"PRAGMA table_info({table})")}:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    _history_to_runs(db)
    _name_ceval(db)
    _drop_items(db)
    db.execute("DROP TABLE history")


def _lay_out_runs(db: sqlite3.Connection) -> None:
    """Copies them into a table of this version: recovery knows the columns of a row by their order, and altered tables differ."""
    columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(runs)").fetchall())
    db.execute("DROP INDEX IF EXISTS history")
    db.execute("ALTER TABLE runs RENAME TO runs_before")
    db.execute(schema.RUNS)
    db.execute(f"INSERT INTO runs ({columns}) SELECT {columns} FROM runs_before ORDER BY rowid")
    db.execute("DROP TABLE runs_before")
    db.execute(schema.HISTORY)
    db.execute(schema.RECORDS)


def _history_to_runs(db: sqlite3.Connection) -> None:
    """Each row stood for the runs that it had overwritten, which the table of runs still has."""
    rows = db.execute("SELECT rowid, model_name, dataset_name, created_at, updated_at FROM history").fetchall()
    for number, model, dataset, created, updated in rows:
        of_row = "model=? AND dataset=? AND status='completed' AND end_time BETWEEN ? AND ?"
        db.execute(f"UPDATE runs SET in_history=1 WHERE {of_row}", (model, dataset, created, updated))
        found = db.execute(f"SELECT 1 FROM runs WHERE {of_row}", (model, dataset, updated, updated)).fetchone()
        if found is None:
            db.execute(
                "INSERT INTO runs (req_id, dataset, model, parameters, status, created_at, end_time, result, delivered, "
                "in_history) SELECT ?, dataset_name, model_name, '{}', 'completed', created_at, updated_at, results, 1, 1 "
                "FROM history WHERE rowid=?",
                (uuid.uuid4().hex, number),
            )


def _drop_items(db: sqlite3.Connection) -> None:
    """Of runs that did not complete: scores are defined otherwise since, so a resumed run computes them again."""
    for req_id, count in db.execute("SELECT req_id, count(*) FROM items GROUP BY req_id").fetchall():
        db.execute("UPDATE runs SET items=? WHERE req_id=?", (count, req_id))
    db.execute("DROP TABLE items")
    db.execute(schema.ITEMS)


def _name_ceval(db: sqlite3.Connection) -> None:
    where = "(dataset='C-Eval' OR dataset LIKE 'C-Eval/%') AND result IS NOT NULL"
    for (req_id,) in db.execute(f"SELECT req_id FROM runs WHERE {where}").fetchall():
        text = db.execute("SELECT result FROM runs WHERE req_id=?", (req_id,)).fetchone()[0]
        try:
            result = json.loads(text)
        except ValueError:
            continue  # kept as it is
        if isinstance(result, dict):
            named = json.dumps({"variant": CEVAL_BEFORE, **result}, ensure_ascii=False)
            db.execute("UPDATE runs SET result=? WHERE req_id=?", (named, req_id))
