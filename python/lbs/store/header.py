"""The first page of a SQLite file (https://sqlite.org/fileformat.html): repaired in a copy, so that the rest can be read."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from lbs.store.schema import ALL, APPLICATION_ID, VERSION

MAGIC = b"SQLite format 3\0"
_HEADER = 100


def repair_header(copy: Path) -> None:
    """Sets what every file of ours has where the header has something impossible."""
    data = bytearray(copy.open("rb").read(_HEADER))
    if len(data) < _HEADER:
        return
    data[:16] = MAGIC
    size = int.from_bytes(data[16:18], "big")
    if size != 1 and (size < 512 or size & (size - 1)):
        data[16:18] = (4096).to_bytes(2, "big")
    if data[18] not in (1, 2) or data[19] not in (1, 2):
        data[18:20] = b"\2\2"
    data[20:24] = bytes([0, 64, 32, 32])
    # The size of the file decides.
    data[28:32] = bytes(4)
    for at, most, usual in ((44, 4, 4), (56, 3, 1)):
        if not 1 <= int.from_bytes(data[at : at + 4], "big") <= most:
            data[at : at + 4] = usual.to_bytes(4, "big")
    _write(copy, bytes(data))


def replace_first_page(copy: Path) -> None:
    """The first page, which names the tables, of a new file: all files that this version creates have the same one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "new.db")
        with closing(sqlite3.connect(file, isolation_level=None)) as new:
            new.execute("PRAGMA journal_mode=WAL")
            new.execute("BEGIN")
            for statement in ALL:
                new.execute(statement)
            new.execute(f"PRAGMA application_id={APPLICATION_ID}")
            new.execute(f"PRAGMA user_version={VERSION}")
            new.execute("COMMIT")
        page = bytearray(file.open("rb").read(4096))
    page[28:40] = bytes(12)
    _write(copy, bytes(page))


def _write(copy: Path, data: bytes) -> None:
    with copy.open("r+b") as file:
        file.write(data)
