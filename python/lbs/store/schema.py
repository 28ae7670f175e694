"""The tables of a results database. A change of them is a new version, with a step in migrate.py."""

from __future__ import annotations

VERSION = 4
APPLICATION_ID = 0x4844524D
"""HDRM: in the header of every file from version 4 on."""

RUNS = """CREATE TABLE runs (
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
  force TEXT,
  in_history INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  item_bytes INTEGER NOT NULL DEFAULT 0
)"""
"""`items` and `item_bytes`: of a run that has ended. `item_bytes` is 0 once retention has dropped its items."""
HISTORY = "CREATE INDEX history ON runs (end_time) WHERE in_history = 1"
ITEMS = """CREATE TABLE items (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  req_id TEXT NOT NULL,
  key TEXT NOT NULL,
  item TEXT NOT NULL,
  UNIQUE (req_id, key)
)"""
"""`number`: the order in which they were stored."""
INCIDENTS = """CREATE TABLE IF NOT EXISTS incidents (
  id TEXT PRIMARY KEY,
  time REAL NOT NULL,
  kind TEXT NOT NULL,
  sentence TEXT NOT NULL,
  error_sentence TEXT,
  details TEXT NOT NULL
)"""
ALL = (RUNS, HISTORY, ITEMS, INCIDENTS)

OLD_TABLES = frozenset({"runs", "history", "items", "incidents"})
OLD_COLUMNS = frozenset({"req_id", "dataset", "model", "parameters", "status", "created_at", "end_time", "result"})
"""By which a file of versions 1 to 3, which carry no application id, is known as ours."""
