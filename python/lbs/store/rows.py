"""Rows of a damaged table: read from both ends, and from the pages; kept only where they make sense."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from lbs.sentences import Sentence
from lbs.store.pages import Pages, Row, Value

COUNTED = ("runs", "items", "incidents")
Rows: TypeAlias = Iterable[Row]
_DAMAGED_WITHIN = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError),
    *(sqlite3.IntegrityError, sqlite3.DataError),
)
_RUNS_OF_VERSION_4 = (
    *("req_id", "dataset", "model", "parameters", "status", "created_at", "start_time", "end_time", "error"),
    *("error_code", "error_sentence", "result", "delivered", "resumes", "offload", "force", "in_history", "items"),
    "item_bytes",
)
_NAMES = {"runs": ("req_id",), "items": ("req_id", "key"), "incidents": ("id",)}
"""What identifies a row."""
_NUMBERS = ("score", "score_error", "tokens_per_second", "predicted_peak", "measured_peak", "offloaded", "deleted_at")
_STATUSES = {"queued", "processing", "completed", "failed", "cancelled", "held"}


def rows_of(source: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Row]:
    """Text as bytes. Columns that an older file lacks are None."""
    try:
        have = {row[1].decode() for row in source.execute(f"PRAGMA table_info({table})")}
    except (sqlite3.Error, UnicodeDecodeError):
        return
    chosen = ", ".join(name if name in have else "NULL" for name in columns)
    select = f"SELECT rowid, {chosen} FROM {table} NOT INDEXED"
    last = None
    for row in _until_damage(source, f"{select} ORDER BY rowid"):
        last = row[0]
        yield row[1:]
    above = f" WHERE rowid > {last}" if isinstance(last, int) else ""
    for row in _until_damage(source, f"{select}{above} ORDER BY rowid DESC"):
        yield row[1:]


def rows_of_pages(
    pages: Pages, free: set[int], tables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, list[str], Row]]:
    """Each with the table that it belongs to and its columns, both by the number of them. `tables`: their columns."""
    known = {len(_RUNS_OF_VERSION_4): ("runs", list(_RUNS_OF_VERSION_4))}
    known |= {len(columns): (table, list(columns)) for table, columns in tables.items()}
    for number, row in pages.rows(free):
        if len(row) in known:
            table, columns = known[len(row)]
            # Its own number is not among the values of an item.
            yield table, columns, (number, *row[1:]) if table == "items" else row


def indexed(source: sqlite3.Connection, table: str) -> int | None:
    """The number of rows that the table's index names; None where it cannot be read."""
    try:
        query = f"SELECT count(*) FROM {table} INDEXED BY sqlite_autoindex_{table}_1"
        return int(source.execute(query).fetchone()[0])
    except sqlite3.Error:
        return None


def store_rows(target: sqlite3.Connection, table: str, columns: list[str], rows: Rows) -> None:
    """Those that make sense and are not there yet."""
    statement = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    makes_sense = _CHECKS.get(table, _any)
    names = _NAMES.get(table, ())
    places = [columns.index(name) for name in names]
    known = f"SELECT 1 FROM {table} WHERE {' AND '.join(f'{name}=?' for name in names) or '0'}"
    for raw in rows:
        try:
            row = tuple(value.decode() if isinstance(value, bytes) else value for value in raw)
            # Most rows are read twice, and to check one takes longer than to find it.
            if target.execute(known, [row[place] for place in places]).fetchone():
                continue
            if makes_sense(dict(zip(columns, row, strict=True))):
                stored = target.execute(statement, row).rowcount
                if not stored and columns[0] == "number":
                    # This row's number may be damaged, or that of another row which now has it.
                    target.execute(statement, (None, *row[1:]))
        except _DAMAGED_WITHIN:
            continue


def _until_damage(source: sqlite3.Connection, query: str) -> Iterator[Row]:
    try:
        yield from source.execute(query)
    except (sqlite3.Error, OverflowError):
        return


def _any(_: Mapping[str, Value]) -> bool:
    return True


def _run(row: Mapping[str, Value]) -> bool:
    names = all(isinstance(row[name], str) for name in ("req_id", "dataset", "model", "parameters"))
    times = _is_number(row["created_at"]) and all(
        row[name] is None or _is_number(row[name]) for name in ("start_time", "end_time")
    )
    result = row["result"]
    # Absent in a row of version 4.
    texts = all(isinstance(row.get(name, ""), str) for name in ("note", "tags"))
    numbers = all(row.get(name) is None or _is_number(row[name]) for name in _NUMBERS)
    return (
        names
        and times
        and texts
        and numbers
        and row["status"] in _STATUSES
        and _is_object(row["parameters"])
        and (result is None or _is_object(result))
        and _is_sentence(row.get("error_sentence"))
    )


def _item(row: Mapping[str, Value]) -> bool:
    return isinstance(row["req_id"], str) and isinstance(row["key"], str) and _is_object(row["item"])


def _incident(row: Mapping[str, Value]) -> bool:
    texts = all(isinstance(row[name], str) for name in ("id", "kind", "sentence"))
    return texts and _is_number(row["time"]) and _is_object(row["details"]) and _is_sentence(row.get("error_sentence"))


_CHECKS: dict[str, Callable[[Mapping[str, Value]], bool]] = {"runs": _run, "items": _item, "incidents": _incident}


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def _is_object(text: Value) -> bool:
    return isinstance(text, str) and isinstance(json.loads(text), dict)


def _is_sentence(text: Value) -> bool:
    if text is not None:
        Sentence.from_json(json.loads(str(text)))
    return True
