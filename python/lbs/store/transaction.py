"""One connection for several threads: reads under a lock, writes as whole transactions, disk errors as StoreError."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lbs.sentences import say
from lbs.store.database import StoreError


class Database:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: any failure is rolled back, one of the commit too. Raises StoreError where the disk fails."""
        with self._lock:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException as error:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if _is_the_disk(error):
                    raise StoreError(say("store.cannot_write", reason=str(error))) from error
                raise

    def close(self) -> None:
        with self._lock:
            self.connection.close()


def _is_the_disk(error: BaseException) -> bool:
    """Full, locked or broken, which may pass; not a constraint that our own statement violates."""
    ours = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours)
