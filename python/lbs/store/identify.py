"""Whose file it is, before anything is written: a database of another program stays as it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from lbs.store.schema import APPLICATION_ID, OLD_COLUMNS, OLD_TABLES, VERSION

Kind = Literal["new", "old", "ours", "newer", "foreign"]
_START_BYTES = 1 << 16


def identify(path: Path) -> Kind:
    """Raises sqlite3.DatabaseError for a file of ours that SQLite cannot read."""
    log = path.with_name(path.name + "-wal")
    if not path.exists() or path.stat().st_size == 0:
        return "new"
    try:
        return _read(path, log)
    except sqlite3.DatabaseError:
        # Damaged, encrypted, or not a database at all.
        if _names_us(path) or _names_us(log):
            raise
        return "foreign"


def _read(path: Path, log: Path) -> Kind:
    # A reader of a database in WAL mode creates files beside it, unless it is told that nothing changes. With a log there are
    # such files already, and the log counts.
    modes = ["mode=ro", "immutable=1"] if log.exists() and log.stat().st_size else ["immutable=1", "mode=ro"]
    try:
        return _kind(path, modes[0])
    except sqlite3.DatabaseError:
        # Another process was writing, or the log has lost its index.
        return _kind(path, modes[1])


def _kind(path: Path, mode: str) -> Kind:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=2)
    try:
        return _kind_of(connection)
    finally:
        connection.close()


def _kind_of(connection: sqlite3.Connection) -> Kind:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID:
        return "newer" if version > VERSION else "ours" if version == VERSION else "old"
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
    tables = {name for name in tables if not name.startswith("sqlite_")}
    if application or version > VERSION:
        return "foreign"
    if not tables:
        return "foreign" if version else "new"
    columns = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
    return "old" if {"runs", "history"} <= tables <= OLD_TABLES and columns >= OLD_COLUMNS else "foreign"


def _names_us(path: Path) -> bool:
    """By the application id in the header, which damage elsewhere leaves whole, or by the statements that create our tables."""
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError:
        return False
    if start[68:72] == APPLICATION_ID.to_bytes(4, "big"):
        return True
    return all(f"CREATE TABLE {table}".encode() in start for table in ("runs", "items"))
