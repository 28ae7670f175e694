"""Looks into a results database without changing it, and sets a damaged one aside where somebody asks for that."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from lbs.store.claim import claim
from lbs.store.database import is_damage, set_aside


def examine(path: Path) -> dict[str, Any]:
    """`state`: absent, whole, damaged, locked or unreadable; `said` is SQLite's own word where it is not whole."""
    path = path.expanduser()
    if not path.exists():
        return {"state": "absent", "said": None, "bytes": 0}
    size = path.stat().st_size
    try:
        connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=2)
        try:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return {"state": _state_of(error), "said": str(error), "bytes": size}
    whole = found == "ok"
    return {"state": "whole" if whole else "damaged", "said": None if whole else found, "bytes": size}


def _state_of(error: sqlite3.DatabaseError) -> str:
    if is_damage(error):
        return "damaged"
    return "locked" if "locked" in str(error) else "unreadable"


def set_aside_damaged(path: Path) -> dict[str, Any]:
    """`aside` is its new name; null where it was left alone, and `state` says why: in_use, or what examine says."""
    path = path.expanduser()
    if not path.exists():
        return {"state": "absent", "aside": None}
    handle = claim(path)
    if handle is None:
        return {"state": "in_use", "aside": None}
    try:
        state = examine(path)["state"]
        return {"state": state, "aside": set_aside(path).name if state == "damaged" else None}
    finally:
        os.close(handle)
