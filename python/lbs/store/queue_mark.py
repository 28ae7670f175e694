"""A place in the lock file, reserved while the disk has room: it says that queued runs are left to the next backend."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable

_BYTES = 4096
_WORD = b"handed over"


class QueueMark:
    """`handle`: of the lock file. File systems that write in place need no room for the mark; on others it may fail."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self) -> frozenset[str] | None:
        """The names of runs that were not queued any more, if the last backend left a mark."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        words = os.read(self._handle, _BYTES).split(b"\n")
        return frozenset(word.decode("ascii", "replace") for word in words[1:]) if words[0] == _WORD else None

    def clear(self) -> None:
        """Forgets the mark, and reserves its place."""
        with contextlib.suppress(OSError):
            self._write(b"")

    def leave(self, not_queued: Iterable[str]) -> bool:
        """`not_queued`: ids of runs that the file still calls queued, but that have begun or ended. Whether it is on disk."""
        text = b"\n".join([_WORD, *(name_of(one).encode() for one in not_queued), b""])
        if len(text) > _BYTES:
            return False
        try:
            self._write(text)
        except OSError:
            return False
        return True

    def _write(self, text: bytes) -> None:
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, text.ljust(_BYTES))
        os.fsync(self._handle)


def name_of(req_id: str) -> str:
    """Of equal length, whatever a client calls its run."""
    return hashlib.sha256(req_id.encode()).hexdigest()
