"""A model of CUDA's caching allocator: how much it reserves for what is allocated. All sizes in bytes."""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass, field, replace

MIB = 1 << 20
SMALL = MIB
"""Blocks up to this size come from the small pool."""


@dataclass
class Pool:
    """Free blocks by size; a block is (segment, offset). `expandable`: one segment that grows at its end; `used`: bytes of the
    blocks that are allocated, of which the native allocator leaves up to 1 MiB unsplit."""

    small: bool
    expandable: bool
    free: list[tuple[int, int, int]] = field(default_factory=list)
    blocks: list[dict[int, tuple[int, bool]]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    reserved: int = 0
    used: int = 0

    def copy(self) -> Pool:
        return replace(self, free=[*self.free], blocks=[{**blocks} for blocks in self.blocks], ends=[*self.ends])

    def allocate(self, size: int) -> tuple[int, int]:
        at = bisect.bisect_left(self.free, (size, -1, -1))
        block, segment, offset = self.free.pop(at) if at < len(self.free) else self._grow(size)
        rest = block - size
        if rest >= 512 and (self.small or self.expandable or rest > SMALL):
            self.blocks[segment][offset] = (size, False)
            self._add_free(segment, offset + size, rest)
            block = size
        else:
            self.blocks[segment][offset] = (block, False)
        self.used += block
        return segment, offset

    def free_block(self, segment: int, offset: int) -> None:
        blocks = self.blocks[segment]
        size = blocks[offset][0]
        self.used -= size
        following = blocks.get(offset + size)
        if following and following[1]:
            del blocks[offset + size]
            self._remove_free(following[0], segment, offset + size)
            size += following[0]
        before = self._free_before(segment, offset)
        if before is not None:
            joined = blocks[before][0]
            self._remove_free(joined, segment, before)
            del blocks[offset]
            offset, size = before, size + joined
        self._add_free(segment, offset, size)

    def _free_before(self, segment: int, offset: int) -> int | None:
        """Offset of the free block that ends where this one begins."""
        for size, owner, start in self.free:
            if owner == segment and start + size == offset:
                return start
        return None

    def _add_free(self, segment: int, offset: int, size: int) -> None:
        self.blocks[segment][offset] = (size, True)
        bisect.insort(self.free, (size, segment, offset))

    def _remove_free(self, size: int, segment: int, offset: int) -> None:
        del self.free[bisect.bisect_left(self.free, (size, segment, offset))]

    def _grow(self, size: int) -> tuple[int, int, int]:
        if self.expandable and self.blocks:
            return self._extend(size)
        step = 2 * MIB if self.small or size >= 10 * MIB else 20 * MIB
        new = -(-size // step) * step
        self.reserved += new
        self.blocks.append({})
        self.ends.append(new)
        return new, len(self.blocks) - 1, 0

    def _extend(self, size: int) -> tuple[int, int, int]:
        """The free block at the end, if there is one, and the pages that are missing."""
        end = self.ends[0]
        start = self._free_before(0, end)
        available = 0
        if start is not None:
            available = end - start
            self._remove_free(available, 0, start)
        step = 2 * MIB if self.small else 20 * MIB
        more = -(-(size - available) // step) * step
        self.ends[0] = end + more
        self.reserved += more
        return available + more, 0, end if start is None else start


@functools.lru_cache(maxsize=8)
def _loaded(sizes: tuple[int, ...], expandable: bool) -> dict[bool, Pool]:
    """The small and the large pool with the weights in them; callers copy them."""
    pools = {small: Pool(small, expandable) for small in (True, False)}
    for size in sizes:
        if size:
            pools[size <= SMALL].allocate(size)
    return pools


def replayed(sizes: list[int], events: list[tuple[int, int]], *, expandable: bool) -> tuple[int, int]:
    """Bytes of the allocated blocks at their peak, and bytes reserved. `sizes`: of the weights, allocated first; `events`: (id,
    bytes), where 0 bytes free it."""
    # All requests of a slider have the same weights.
    pools = {small: pool.copy() for small, pool in _loaded(tuple(sizes), expandable).items()}
    small_pool, large_pool = pools[True], pools[False]
    places: dict[int, tuple[Pool, int, int]] = {}
    top = small_pool.used + large_pool.used
    for number, size in events:
        if size:
            pool = small_pool if size <= SMALL else large_pool
            places[number] = (pool, *pool.allocate(size))
            top = max(top, small_pool.used + large_pool.used)
        elif number in places:
            pool, segment, offset = places.pop(number)
            pool.free_block(segment, offset)
    return top, small_pool.reserved + large_pool.reserved


def reserved_peak(sizes: list[int], events: list[tuple[int, int]], *, expandable: bool) -> int:
    """Bytes reserved at the peak, see `replayed`."""
    return replayed(sizes, events, expandable=expandable)[1]


def peaks(sizes: list[int], events: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    """Peaks in bytes: requested, reserved with expandable segments, reserved without them, and allocated without them."""
    live = top = sum(sizes)
    allocated: dict[int, int] = {}
    for number, size in events:
        live += size - allocated.pop(number, 0)
        if size:
            allocated[number] = size
        top = max(top, live)
    blocks, native = replayed(sizes, events, expandable=False)
    return top, reserved_peak(sizes, events, expandable=True), native, blocks
