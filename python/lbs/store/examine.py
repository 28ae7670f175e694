"""Examines a results database without changing it, and recovers what can be read of a damaged one on request."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal, TypedDict

from lbs.store.claim import claim
from lbs.store.database import is_damage
from lbs.store.identify import identify
from lbs.store.recover import recover

State = Literal["absent", "whole", "damaged", "locked", "unreadable", "foreign"]


class Examination(TypedDict):
    """`foreign`: not a results file of ours. `said`: SQLite's own words where it is not whole. The panel reads these names."""

    state: State
    said: str | None
    bytes: int


class Renaming(TypedDict):
    """`aside`: the file's new name; None where it was not renamed, for the reason that `state` gives."""

    state: State | Literal["in_use"]
    aside: str | None


def examine(path: Path) -> Examination:
    path = path.expanduser().resolve()
    if not path.exists():
        return {"state": "absent", "said": None, "bytes": 0}
    size = path.stat().st_size
    try:
        if identify(path) == "foreign":
            return {"state": "foreign", "said": None, "bytes": size}
        connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=2)
        try:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return {"state": _state_of(error), "said": str(error), "bytes": size}
    whole = found == "ok"
    return {"state": "whole" if whole else "damaged", "said": None if whole else found, "bytes": size}


def _state_of(error: sqlite3.DatabaseError) -> State:
    if is_damage(error):
        return "damaged"
    return "locked" if "locked" in str(error) else "unreadable"


def set_aside_damaged(path: Path) -> Renaming:
    path = path.expanduser().resolve()
    if not path.exists():
        return {"state": "absent", "aside": None}
    handle = claim(path)
    if handle is None:
        return {"state": "in_use", "aside": None}
    try:
        state = examine(path)["state"]
        return {"state": state, "aside": recover(path).renamed.name if state == "damaged" else None}
    finally:
        os.close(handle)
