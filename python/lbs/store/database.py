"""One SQLite file that survives SIGKILL: write-ahead log, every commit synced, a damaged file set aside."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  req_id TEXT PRIMARY KEY,
  dataset TEXT NOT NULL,
  model TEXT NOT NULL,
  parameters TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at REAL NOT NULL,
  start_time REAL,
  end_time REAL,
  error TEXT,
  error_code TEXT,
  result TEXT,
  delivered INTEGER NOT NULL DEFAULT 0,
  resumes TEXT,
  offload TEXT
);
CREATE TABLE IF NOT EXISTS history (
  model_name TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  results TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  PRIMARY KEY (model_name, dataset_name)
);
CREATE TABLE IF NOT EXISTS items (
  req_id TEXT NOT NULL,
  key TEXT NOT NULL,
  item TEXT NOT NULL,
  PRIMARY KEY (req_id, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incidents (
  id TEXT PRIMARY KEY,
  time REAL NOT NULL,
  kind TEXT NOT NULL,
  sentence TEXT NOT NULL,
  details TEXT NOT NULL
);
"""
_ADDED = {2: ("ALTER TABLE runs ADD COLUMN resumes TEXT", "ALTER TABLE runs ADD COLUMN offload TEXT")}
"""What a file of an earlier version lacks beside whole tables, by the version that brought it."""


class StoreError(RuntimeError):
    """The results cannot be kept; the message says what to do."""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens or makes the file. Fails with a StoreError where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise StoreError(f"{path} cannot be opened ({error}): mend that or set LBS_DB_PATH.") from None
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be written to ({error.strerror}): set LBS_DB_PATH.") from None
    aside = set_aside(path)
    print(f"[Store] {path} was damaged and is now {aside.name}; a new one was begun.", file=sys.stderr)
    return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise StoreError(f"{path} was written by a newer Headroom: update this one, or set LBS_DB_PATH.")
        connection.executescript(_SCHEMA)
        # A new file has version 0 and the whole schema.
        for statement in [one for number in range(version + 1, _VERSION + 1) if version for one in _ADDED[number]]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={_VERSION}")
    except (sqlite3.DatabaseError, StoreError):
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(word in str(error) for word in ("malformed", "not a database"))


def set_aside(path: Path) -> Path:
    """Renames the file with what belongs to it, so that somebody can still repair it."""
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.damaged-{stamp}{suffix}"))
    return path.with_name(f"{path.name}.damaged-{stamp}")
