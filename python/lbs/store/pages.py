"""Rows read from the pages of a damaged file without its trees (https://sqlite.org/fileformat.html), as `.recover` does.

The program sqlite3 is not needed: it may be missing, and several distributions build it without what `.recover` needs.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Value, ...]
_LEAF_OF_TABLE = 0x0D
_SIZES = (0, 1, 2, 3, 4, 6, 8)


class Pages:
    """The pages of a file whose log has been written back. `free`: pages that hold nothing any more, only what was deleted."""

    def __init__(self, path: Path) -> None:
        """The file may be larger than the RAM; an empty one has no pages."""
        with path.open("rb") as file:
            empty = path.stat().st_size == 0
            self._data = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(self._data[16:18], "big")
        self._size = 65536 if size == 1 else size or 4096

    def close(self) -> None:
        if isinstance(self._data, mmap.mmap):
            self._data.close()

    def free(self) -> set[int]:
        found: set[int] = set()
        trunk = int.from_bytes(self._data[32:36], "big")
        while 1 < trunk <= self._count and trunk not in found:
            found.add(trunk)
            page = self._page(trunk)
            trunk, count = struct.unpack(">II", page[:8])
            leaves = page[8 : 8 + 4 * min(count, self._size // 4 - 2)]
            found |= set(struct.unpack(f">{len(leaves) // 4}I", leaves))
        return found

    def rows(self, free: set[int]) -> Iterator[tuple[int, Row]]:
        """The row number and the values of each row on the leaf of any table; text that is not UTF-8 stays bytes."""
        for number in range(1, self._count + 1):
            page = self._page(number)
            start = 100 if number == 1 else 0
            if number in free or page[start] != _LEAF_OF_TABLE:
                continue
            cells = int.from_bytes(page[start + 3 : start + 5], "big")
            for at in range(start + 8, min(start + 8 + 2 * cells, self._size - 1), 2):
                try:
                    yield self._row(page, int.from_bytes(page[at : at + 2], "big"))
                except (IndexError, ValueError, struct.error):
                    continue  # damaged

    @property
    def _count(self) -> int:
        return len(self._data) // self._size

    def _page(self, number: int) -> bytes:
        return self._data[(number - 1) * self._size : number * self._size]

    def _row(self, page: bytes, at: int) -> tuple[int, Row]:
        size, at = _varint(page, at)
        number, at = _varint(page, at)
        most, least = self._size - 35, (self._size - 12) * 32 // 255 - 23
        if size <= most:
            return number, _record(page[at : at + size], size)
        local = least + (size - least) % (self._size - 4)
        end = at + (local if local <= most else least)
        payload = page[at:end] + self._overflow(int.from_bytes(page[end : end + 4], "big"), size)
        return number, _record(payload[:size], size)

    def _overflow(self, number: int, size: int) -> bytes:
        parts: list[bytes] = []
        while 1 < number <= self._count and len(parts) <= size // (self._size - 4):
            page = self._page(number)
            parts.append(page[4:])
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _record(payload: bytes, size: int) -> Row:
    if len(payload) < size:
        raise ValueError("the record is cut short")
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    size = _SIZES[kind] if kind < 7 else 8 if kind == 7 else (kind - 12) // 2
    raw = payload[at : at + size]
    if len(raw) < size or size < 0:
        raise ValueError("the record is cut short")
    if kind < 7:
        return int.from_bytes(raw, "big", signed=True), at + size
    if kind == 7:
        return float(struct.unpack(">d", raw)[0]), at + size
    return raw, at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at this place, and the place after it."""
    number = 0
    for index in range(8):
        byte = data[at + index]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + index + 1
    number = number << 8 | data[at + 8]
    return number - (1 << 64) if number >= 1 << 63 else number, at + 9
