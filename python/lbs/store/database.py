"""One SQLite file that survives SIGKILL: write-ahead log, every commit synced, a damaged file recovered."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from lbs.sentences import Sentence, SentenceError, say, verbatim
from lbs.settings.private import make_folder, private_file, restrict_database
from lbs.store.identify import identify
from lbs.store.log import log_lost
from lbs.store.migrate import create, migrate
from lbs.store.recover import Recovery, finish, recover, scratches, unfinished
from lbs.store.schema import QUEUE, VERSION


class StoreError(SentenceError):
    """The results cannot be stored."""


def open_database(
    path: Path,
    alone: Callable[[], bool] = lambda: True,
    on_recovered: Callable[[Sentence], None] = lambda _: None,
    *,
    damaged: bool = False,
) -> sqlite3.Connection:
    """Opens or creates the file, after a migration where an earlier version wrote it. `alone()`: whether no other backend
    has it open; `damaged`: recovers it although SQLite's quick check may find nothing. Raises StoreError for a file that is
    not ours, which stays as it is, and where opening fails for another reason than damage."""
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    try:
        make_folder(path.parent)
        complete = unfinished(path)
        if not damaged and complete is None:
            connection = _open(path, alone)
            for left in scratches(path):
                if alone():
                    with contextlib.suppress(OSError):
                        left.unlink()
            return connection
        reason = verbatim("malformed")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise StoreError(say("store.cannot_open", path=str(path), reason=str(error))) from None
        reason = verbatim(str(error))
    except OSError as error:
        text = error.strerror or str(error)
        raise StoreError(say("store.folder_not_writable", path=str(path.parent), reason=text)) from None
    if not alone():
        raise StoreError(say("store.damaged_in_use", path=str(path), reason=reason))
    try:
        recovery: Recovery = recover(path) if complete is None else finish(path, complete)
        sentence = recovery.sentence
        connection = _open(path, alone)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(say("store.cannot_recover", path=str(path), reason=str(error))) from error
    print(f"[Store] {sentence}", file=sys.stderr, flush=True)
    on_recovered(sentence)
    return connection


def _open(path: Path, alone: Callable[[], bool]) -> sqlite3.Connection:
    if path.exists() and not path.is_file():
        raise StoreError(say("store.not_a_file", path=str(path)))
    kind = identify(path)
    if kind == "newer":
        raise StoreError(say("store.newer", path=str(path)))
    if kind == "foreign":
        raise StoreError(say("store.foreign", path=str(path)))
    if kind == "old" and not alone():
        raise StoreError(say("store.older_in_use", path=str(path)))
    if str(path) != ":memory:":
        # SQLite gives its journals the mode of the file.
        private_file(path)
        restrict_database(path)
    # Closing a connection removes the log.
    if kind == "ours" and log_lost(path.with_name(path.name + "-wal")) and alone():
        raise sqlite3.DatabaseError("malformed: its log is damaged")
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")
        if kind == "old":
            copy = migrate(connection, path)
            print(f"[Store] {path} is now of version {VERSION}; the file before is {copy.name}.", file=sys.stderr)
        elif kind == "new":
            create(connection)
        for statement in QUEUE:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(word in str(error) for word in ("malformed", "not a database"))
