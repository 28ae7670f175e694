"""Copies a file of which some blocks may be unreadable."""

from __future__ import annotations

import os
from pathlib import Path

_CHUNK, _BLOCK = 1 << 20, 4096


def copy_file(source: Path, target: Path) -> None:
    """Blocks that the disk cannot read become zeros; nothing is copied where there is no such file. Raises OSError."""
    if not source.exists():
        return
    size = source.stat().st_size
    with source.open("rb", buffering=0) as file, target.open("wb") as copy:
        for start in range(0, size, _CHUNK):
            copy.write(_read(file.fileno(), start, min(_CHUNK, size - start)))
    target.chmod(0o600)


def _read(file: int, start: int, count: int) -> bytes:
    try:
        os.lseek(file, start, os.SEEK_SET)
        data = os.read(file, count)
        if len(data) == count or count <= _BLOCK:
            return data.ljust(count, b"\0")
    except OSError:
        if count <= _BLOCK:
            return bytes(count)
    end = start + count
    return b"".join(_read(file, at, min(_BLOCK, end - at)) for at in range(start, end, _BLOCK))
