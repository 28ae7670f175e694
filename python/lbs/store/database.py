"""One SQLite file that survives SIGKILL: write-ahead log, every commit synced, a damaged file renamed and replaced."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

from lbs.sentences import SentenceError, say

_VERSION = 4
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
  error_sentence TEXT,
  result TEXT,
  delivered INTEGER NOT NULL DEFAULT 0,
  resumes TEXT,
  offload TEXT,
  force TEXT
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
  error_sentence TEXT,
  details TEXT NOT NULL
);
"""
_ADDED_COLUMNS = {
    2: (("runs", "resumes"), ("runs", "offload")),
    3: (("runs", "error_sentence"), ("incidents", "error_sentence")),
    4: (("runs", "force"),),
}
"""Tables and their TEXT columns by the version that added them; whole tables come with the schema."""


class StoreError(SentenceError):
    """The results cannot be stored."""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens or creates the file. Raises StoreError where that fails for another reason than damage."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise StoreError(say("store.cannot_open", path=str(path), reason=str(error))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(say("store.folder_not_writable", path=str(path.parent), reason=reason)) from None
    renamed = rename_damaged(path)
    print(f"[Store] {path} was damaged and is now {renamed.name}; a new file replaces it.", file=sys.stderr)
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
            raise StoreError(say("store.newer", path=str(path)))
        connection.executescript(_SCHEMA)
        _add_columns(connection, version)
        connection.execute(f"PRAGMA user_version={_VERSION}")
    except (sqlite3.DatabaseError, StoreError):
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def _add_columns(connection: sqlite3.Connection, version: int) -> None:
    """Brings the tables of a file of an earlier version up to the schema."""
    for number in range(version + 1, _VERSION + 1):
        for table, column in _ADDED_COLUMNS.get(number, ()):
            if column not in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")


def is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(word in str(error) for word in ("malformed", "not a database"))


def rename_damaged(path: Path) -> Path:
    """Renames the file and its journals, so that it can still be repaired."""
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.damaged-{stamp}{suffix}"))
    return path.with_name(f"{path.name}.damaged-{stamp}")
