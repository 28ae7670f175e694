"""A model of CUDA's caching allocator: how much more than what lives it reserves. All in bytes."""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass, field, replace

MIB = 1 << 20
SMALL = MIB
"""Up to this size a block comes from the small pool."""


@dataclass
class Pool:
    """Free blocks by size; a block is (segment, offset). `expandable`: one segment that grows at its end."""

    small: bool
    expandable: bool
    free: list[tuple[int, int, int]] = field(default_factory=list)
    blocks: list[dict[int, tuple[int, bool]]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    reserved: int = 0

    def copy(self) -> Pool:
        return replace(self, free=[*self.free], blocks=[{**blocks} for blocks in self.blocks], ends=[*self.ends])

    def take(self, size: int) -> tuple[int, int]:
        at = bisect.bisect_left(self.free, (size, -1, -1))
        found, segment, offset = self.free.pop(at) if at < len(self.free) else self._grow(size)
        rest = found - size
        if rest >= 512 and (self.small or self.expandable or rest > SMALL):
            self.blocks[segment][offset] = (size, False)
            self._put(segment, offset + size, rest)
        else:
            self.blocks[segment][offset] = (found, False)
        return segment, offset

    def give(self, segment: int, offset: int) -> None:
        blocks = self.blocks[segment]
        size = blocks[offset][0]
        after = blocks.get(offset + size)
        if after and after[1]:
            del blocks[offset + size]
            self._unlist(after[0], segment, offset + size)
            size += after[0]
        before = self._before(segment, offset)
        if before is not None:
            joined = blocks[before][0]
            self._unlist(joined, segment, before)
            del blocks[offset]
            offset, size = before, size + joined
        self._put(segment, offset, size)

    def _before(self, segment: int, offset: int) -> int | None:
        """The free block that ends where this one begins."""
        for size, of, start in self.free:
            if of == segment and start + size == offset:
                return start
        return None

    def _put(self, segment: int, offset: int, size: int) -> None:
        self.blocks[segment][offset] = (size, True)
        bisect.insort(self.free, (size, segment, offset))

    def _unlist(self, size: int, segment: int, offset: int) -> None:
        del self.free[bisect.bisect_left(self.free, (size, segment, offset))]

    def _grow(self, size: int) -> tuple[int, int, int]:
        if self.expandable and self.blocks:
            return self._stretch(size)
        step = 2 * MIB if self.small or size >= 10 * MIB else 20 * MIB
        new = -(-size // step) * step
        self.reserved += new
        self.blocks.append({})
        self.ends.append(new)
        return new, len(self.blocks) - 1, 0

    def _stretch(self, size: int) -> tuple[int, int, int]:
        """The free block at the end, if there is one, and as many pages more as are wanted."""
        end = self.ends[0]
        start = self._before(0, end)
        have = 0
        if start is not None:
            have = end - start
            self._unlist(have, 0, start)
        step = 2 * MIB if self.small else 20 * MIB
        more = -(-(size - have) // step) * step
        self.ends[0] = end + more
        self.reserved += more
        return have + more, 0, end if start is None else start


@functools.lru_cache(maxsize=8)
def _loaded(sizes: tuple[int, ...], expandable: bool) -> dict[bool, Pool]:
    """The small pool and the large one with the weights in them; not to be changed."""
    pools = {small: Pool(small, expandable) for small in (True, False)}
    for size in sizes:
        if size:
            pools[size <= SMALL].take(size)
    return pools


def reserved_peak(sizes: list[int], events: list[tuple[int, int]], *, expandable: bool) -> int:
    """The most that is reserved while weights of `sizes` are loaded and then `events` happen: (id, bytes), 0 = freed."""
    # Of a slider's questions all have the same weights.
    pools = {small: pool.copy() for small, pool in _loaded(tuple(sizes), expandable).items()}
    where: dict[int, tuple[bool, int, int]] = {}
    for number, size in events:
        if size:
            where[number] = (size <= SMALL, *pools[size <= SMALL].take(size))
        elif number in where:
            small, segment, offset = where.pop(number)
            pools[small].give(segment, offset)
    return sum(pool.reserved for pool in pools.values())


def peaks(sizes: list[int], events: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Bytes at their worst: what lives, what is reserved with expandable segments, and what without."""
    live = top = sum(sizes)
    alive: dict[int, int] = {}
    for number, size in events:
        live += size - alive.pop(number, 0)
        if size:
            alive[number] = size
        top = max(top, live)
    return top, reserved_peak(sizes, events, expandable=True), reserved_peak(sizes, events, expandable=False)
