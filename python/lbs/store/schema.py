"""The tables of a results database. A change of them is a new version, with a step in migrate.py."""

from __future__ import annotations

VERSION = 5
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
  delivered INTEGER NOT NULL DEFAULT 0,
  resumes TEXT,
  offload TEXT,
  force TEXT,
  in_history INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  item_bytes INTEGER NOT NULL DEFAULT 0,
  score REAL,
  score_error REAL,
  score_name TEXT,
  tokens_per_second REAL,
  predicted_peak INTEGER,
  measured_peak INTEGER,
  gpu_limit TEXT,
  dtype TEXT,
  offloaded INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '',
  deleted_at REAL,
  result TEXT
)"""
"""`items` and `item_bytes`: of a run that has ended. `item_bytes` is 0 once retention has dropped its items. From `score` to
`offloaded`: a summary of `result` (summary.py). `tags`: each between line feeds. `deleted_at`: purged a week later. `result` is
the last column, because SQLite reads a row up to the columns that are asked for."""
HISTORY = "CREATE INDEX history ON runs (end_time) WHERE in_history = 1"
RECORDS = (
    "CREATE INDEX records ON runs (created_at, req_id, dataset, model, status, start_time, end_time, score, "
    "tokens_per_second, predicted_peak, measured_peak, gpu_limit, dtype, offloaded, note, tags, deleted_at, in_history)"
)
"""Everything that runs are filtered and sorted by: results, which may have megabytes each, are not read for it."""
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
QUEUE = (
    "CREATE TABLE IF NOT EXISTS queue (req_id TEXT PRIMARY KEY, place INTEGER, wait_bytes INTEGER)",
    "CREATE TABLE IF NOT EXISTS queue_pause (since REAL NOT NULL)",
)
"""Of queued runs only, and whether the queue is paused: there while it is. Created where they are missing: an earlier
version ignores them."""
ALL = (RUNS, HISTORY, RECORDS, ITEMS, INCIDENTS, *QUEUE)
OLD_TABLES = frozenset({"runs", "history", "items", "incidents", "queue", "queue_pause"})
OLD_COLUMNS = frozenset({"req_id", "dataset", "model", "parameters", "status", "created_at", "end_time", "result"})
"""By which a file of versions 1 to 3, which carry no application id, is known as ours."""
