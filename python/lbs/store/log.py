"""The write-ahead log of a results file (https://sqlite.org/fileformat.html#the_write_ahead_log).

SQLite ignores all that follows a damaged frame, and says nothing: transactions that were on disk are gone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER, _FRAME_HEADER, _PAGE = 32, 24, 4096
_LITTLE, _BIG = 0x377F0682, 0x377F0683
_VERSION = 3007000
_MOST_BYTES = 64 << 20
"""A log is larger only after one huge transaction."""
Sum = tuple[int, int]


@dataclass(frozen=True)
class _Frame:
    """`page`: its number and the size of the file after a commit, 0 within a transaction; then the page itself."""

    page: bytes
    commits: bool
    whole: bool


def log_lost(log: Path) -> bool:
    """Whether a transaction that SQLite would ignore was on disk: a later one follows it. The last one alone may have been
    interrupted by a power cut before it was on disk."""
    commits, damaged = 0, False
    for frame in _frames(log):
        damaged = damaged or not frame.whole
        commits += damaged and frame.commits
    return commits > 1


def repair_log(log: Path) -> None:
    """Leaves out damaged frames, so that SQLite reads those that follow."""
    frames = [frame.page for frame in _frames(log) if frame.whole]
    if not frames:
        return
    header = struct.pack(">6I", _LITTLE, _VERSION, _PAGE, 0, 1, 1)
    sums = _sum(header, (0, 0), "<")
    parts = [header, struct.pack(">2I", *sums)]
    for page in frames:
        sums = _sum(page, sums, "<")
        parts += [page[:8], struct.pack(">4I", 1, 1, *sums), page[8:]]
    log.write_bytes(b"".join(parts))


def _frames(log: Path) -> Iterator[_Frame]:
    """Those of the log's last generation, which are from its start on."""
    data = log.read_bytes() if log.exists() and log.stat().st_size <= _MOST_BYTES else b""
    if len(data) < _HEADER + _FRAME_HEADER + _PAGE:
        return
    magic, _, size, _, *salts_and_sums = struct.unpack(">8I", data[:_HEADER])
    order = ">" if magic == _BIG else "<"
    sums = _sum(data[:24], (0, 0), order)
    intact = magic in (_LITTLE, _BIG) and [*sums] == salts_and_sums[2:]
    if intact and size != _PAGE:
        return  # not written by this version
    salts = data[16:24] if intact else data[_HEADER + 8 : _HEADER + 16]
    if not intact:
        # The first frame, which is summed with the header, cannot be checked either.
        yield _Frame(b"", commits=False, whole=False)
    for at in range(_HEADER, len(data) - _FRAME_HEADER - _PAGE + 1, _FRAME_HEADER + _PAGE):
        header, page = data[at : at + _FRAME_HEADER], data[at + _FRAME_HEADER : at + _FRAME_HEADER + _PAGE]
        stored = struct.unpack(">2I", header[16:])
        whole = header[8:16] == salts and _sum(header[:8] + page, sums, order) == stored
        if not whole and header[8:16] != salts:
            # Of an earlier generation, or damaged: what follows shows which.
            after = data[at + _FRAME_HEADER + _PAGE + 8 : at + _FRAME_HEADER + _PAGE + 16]
            if after != salts:
                return
        sums = stored
        yield _Frame(header[:8] + page, commits=header[4:8] != bytes(4), whole=whole)


def _sum(data: bytes, sums: Sum, order: str) -> Sum:
    first, second = sums
    for even, odd in struct.iter_unpack(f"{order}2I", data):
        first = first + even + second & 0xFFFFFFFF
        second = second + odd + first & 0xFFFFFFFF
    return first, second
