"""Results databases as versions 1 to 4 wrote them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

_RUNS = """CREATE TABLE runs (req_id TEXT PRIMARY KEY, dataset TEXT NOT NULL, model TEXT NOT NULL, parameters TEXT NOT NULL,
status TEXT NOT NULL, created_at REAL NOT NULL, start_time REAL, end_time REAL, error TEXT, error_code TEXT,
result TEXT, delivered INTEGER NOT NULL DEFAULT 0)"""
_HISTORY = """CREATE TABLE history (model_name TEXT NOT NULL, dataset_name TEXT NOT NULL, results TEXT NOT NULL,
created_at REAL NOT NULL, updated_at REAL NOT NULL, PRIMARY KEY (model_name, dataset_name))"""
_ITEMS = """CREATE TABLE items (req_id TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (req_id, key))
WITHOUT ROWID"""
_INCIDENTS = """CREATE TABLE incidents (id TEXT PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, sentence TEXT NOT NULL,
details TEXT NOT NULL)"""
_RUNS_4 = """CREATE TABLE runs (
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
_STEPS = {
    1: (_RUNS, _HISTORY),
    2: ("ALTER TABLE runs ADD COLUMN resumes TEXT", "ALTER TABLE runs ADD COLUMN offload TEXT", _ITEMS, _INCIDENTS),
    3: ("ALTER TABLE runs ADD COLUMN error_sentence TEXT", "ALTER TABLE incidents ADD COLUMN error_sentence TEXT"),
}


def write_old(path: Path, version: int) -> None:
    """Two runs of one model that share a row of the history, a deleted one before them, one of C-Eval, a row without a run,
    and a failed run with two items."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    for number in range(1, version + 1):
        for statement in _STEPS[number]:
            db.execute(statement)
    runs = [
        ("deleted", "NeedleInAHaystack/x", "/m", "completed", 5.0, {"score": 0.1}),
        ("first", "NeedleInAHaystack/x", "/m", "completed", 10.0, {"score": 0.5}),
        ("second", "NeedleInAHaystack/x", "/m", "completed", 20.0, {"score": 0.75}),
        ("ceval", "C-Eval/law", "/m", "completed", 30.0, {"accuracy": 0.25}),
        ("failed", "C-Eval/law", "/m", "failed", 40.0, None),
    ]
    for req_id, dataset, model, status, end, result in runs:
        text = None if result is None else json.dumps(result)
        db.execute(
            "INSERT INTO runs (req_id, dataset, model, parameters, status, created_at, end_time, result) "
            "VALUES (?, ?, ?, '{}', ?, 1, ?, ?)",
            (req_id, dataset, model, status, end, text),
        )
    history = [
        ("/m", "NeedleInAHaystack/x", {"score": 0.75}, 10.0, 20.0),
        ("/m", "C-Eval/law", {"accuracy": 0.25}, 30.0, 30.0),
        ("/gone", "C-Eval", {"accuracy": 0.5}, 1.0, 2.0),
    ]
    for model, dataset, result, created, updated in history:
        db.execute("INSERT INTO history VALUES (?, ?, ?, ?, ?)", (model, dataset, json.dumps(result), created, updated))
    if version > 1:
        rows = [("failed", key, json.dumps({"score": 1.0, "key": key})) for key in ("b", "a")]
        db.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
    db.execute(f"PRAGMA user_version={version}")
    db.commit()
    db.close()


def to_version_4(path: Path) -> None:
    """Writes the runs of a file of version 5 as version 4 laid them out."""
    with sqlite3.connect(path) as db:
        columns = ", ".join(line.split()[0] for line in _RUNS_4.splitlines()[1:-1])
        db.execute(_RUNS_4.replace("runs", "runs_4", 1))
        db.execute(f"INSERT INTO runs_4 SELECT {columns} FROM runs")
        db.execute("DROP TABLE runs")
        db.execute("ALTER TABLE runs_4 RENAME TO runs")
        db.execute("CREATE INDEX history ON runs (end_time) WHERE in_history = 1")
        db.execute("PRAGMA user_version=4")
    db.close()
