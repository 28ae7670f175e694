"""One connection for several threads: reads under a lock, writes as whole transactions, disk errors as StoreError."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lbs.sentences import Sentence, say
from lbs.store.database import StoreError, is_damage

_OURS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
"""Constraints that our own statement violates."""
Repair = Callable[[bool], sqlite3.Connection]


class Database:
    """`repair(damaged)`: opens the file again after the connection was closed, and recovers it first where it is damaged.
    Raises StoreError."""

    def __init__(self, connection: sqlite3.Connection, repair: Repair | None = None) -> None:
        self.connection = connection
        self._repair = repair
        self.path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
        self._opened = _identity(self.path)
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises StoreError where the file is damaged."""
        with self._lock:
            try:
                yield self._usable()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                raise self._damaged(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: any failure is rolled back, one of the commit too. Raises StoreError where the disk fails."""
        with self._lock:
            self._usable()
            self._check_in_place()
            connection = self.connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                _roll_back(connection)
                if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, _OURS):
                    raise
                raise self._damaged(error) if is_damage(error) else StoreError(self._why(error)) from error

    def close(self) -> None:
        with self._lock:
            self.connection.close()

    def _usable(self) -> sqlite3.Connection:
        """A failed repair, such as on a full disk, is retried."""
        if self._closed and self._repair:
            self._adopt(self._repair(False))
        return self.connection

    def _adopt(self, connection: sqlite3.Connection) -> None:
        self.connection, self._closed, self._opened = connection, False, _identity(self.path)

    def _damaged(self, error: sqlite3.DatabaseError) -> StoreError:
        """Replaces the file by what can be read of it; the caller then retries."""
        if not self._repair:
            return StoreError(say("store.damaged_in_use", path=str(self.path), reason=str(error)))
        self.connection.close()
        self._closed = True
        try:
            self._adopt(self._repair(True))
        except StoreError as failure:
            return failure
        return StoreError(say("store.repaired", path=str(self.path)))

    def _check_in_place(self) -> None:
        """SQLite keeps writing to a deleted or replaced file, where the results would be lost."""
        found = _identity(self.path)
        if found == self._opened:
            return
        if found is not None:
            raise StoreError(say("store.replaced", path=str(self.path)))
        try:
            self._write_again()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(say("store.deleted", path=str(self.path), reason=str(error))) from error

    def _write_again(self) -> None:
        """The deleted file still has all pages as long as it is open: they become a new file."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_name(f"{self.path.name}.part")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with sqlite3.connect(part) as target:
            self.connection.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        target.close()
        part.replace(self.path)
        # Before the new file has a log: SQLite deletes the log of a file that it closes by its name.
        self.connection.close()
        self._closed = True
        connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=5)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.row_factory = sqlite3.Row
        self._adopt(connection)

    def _why(self, error: sqlite3.DatabaseError) -> Sentence:
        reason, folder = str(error), str(self.path.parent)
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_FULL:
                return say("store.full", folder=folder, reason=reason)
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return say("store.locked", path=str(self.path), reason=reason)
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
                return say("store.read_only", folder=folder, reason=reason)
        return say("store.cannot_write", folder=folder, reason=reason)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        # SQLite rolls back by itself where the disk fails, and at the latest when the connection closes.
        pass
