"""One pool of CUDA's caching allocator: where each block goes, and what is reserved for that. Sizes in blocks of 512 bytes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

BLOCK = 512
"""The smallest block of CUDA's caching allocator, in bytes."""
MIB = (1 << 20) // BLOCK
SMALL = MIB
"""The small pool holds storages up to this size."""
_BUFFER = 2 * MIB
"""Segments of the small pool; those of the large one are a multiple of it."""
_LARGE_BUFFER = 20 * MIB
_LARGE = 10 * MIB
"""In the large pool, anything smaller gets a segment of _LARGE_BUFFER."""
_PLACE = 44
"""Bits of a place: 8 PiB of addresses, since a curve is checked at the largest batch and context."""
_MASK = (1 << _PLACE) - 1


def in_blocks(size: int) -> int:
    """`size` rounded up to whole blocks, both in bytes."""
    return -(-size // BLOCK) * BLOCK


class Pool:
    """A place is an address in blocks. Segments never touch, so that only blocks of one segment merge.

    As the allocator does for one stream, it takes the smallest free block that is large enough, splits it where enough is left,
    and merges what is freed with its free neighbours. `expandable`: one segment that grows at its end; `before_growth`:
    called before more is reserved; `used`: by allocated blocks, which the native allocator leaves up to 1 MiB unsplit.
    """

    def __init__(self, *, small: bool, expandable: bool, before_growth: Callable[[], None] | None = None) -> None:
        self.reserved = self.used = 0
        self._small, self._expandable, self._before_growth = small, expandable, before_growth
        self._free: list[int] = []  # size and place in one number, in the order in which the allocator tries them
        self._sizes: dict[int, int] = {}  # of free blocks by place
        self._ending: dict[int, int] = {}  # places of free blocks by their ends
        self._used: dict[int, int] = {}  # sizes of allocated blocks by place
        self._segments: dict[int, int] = {}
        self._end = 1  # of the last segment; place 0 is none

    def copy(self, before_growth: Callable[[], None] | None = None) -> Pool:
        other = Pool(small=self._small, expandable=self._expandable, before_growth=before_growth)
        other.reserved, other.used, other._end = self.reserved, self.used, self._end
        other._free, other._sizes, other._ending = [*self._free], {**self._sizes}, {**self._ending}
        other._used, other._segments = {**self._used}, {**self._segments}
        return other

    def allocate(self, size: int) -> int:
        """The place of a block of at least `size`."""
        free = self._free
        number = bisect_left(free, size << _PLACE)
        if number == len(free) and self._before_growth:
            self._before_growth()
            number = len(free)
        if number < len(free):
            key = free.pop(number)
            block, place = key >> _PLACE, key & _MASK
            del self._sizes[place], self._ending[place + block]
        else:
            block, place = self._extend(size) if self._expandable else self._grow(size)
        rest = block - size
        if rest and (self._small or self._expandable or rest > SMALL):
            block = size
            self._add_free(place + size, rest)
        self._used[place] = block
        self.used += block
        return place

    def free(self, place: int) -> None:
        """Frees the block at `place`."""
        size = self._used.pop(place)
        self.used -= size
        following = self._sizes.pop(place + size, None)
        if following is not None:
            self._remove_free(place + size, following)
            size += following
        before = self._ending.pop(place, None)
        if before is not None:
            self._remove_free(before, place - before)
            place, size = before, size + place - before
        self._add_free(place, size)

    def release_cached(self) -> None:
        """Gives segments that are free as a whole back to CUDA."""
        for place, size in [*self._sizes.items()]:
            if self._segments.get(place) == size:
                self._remove_free(place, size)
                del self._sizes[place], self._ending[place + size], self._segments[place]
                self.reserved -= size

    def blocks(self) -> list[tuple[int, int, bool]]:
        """Place, size, and whether it is free, of each block in the order of their places."""
        free = [(place, size, True) for place, size in self._sizes.items()]
        return sorted([*free, *((place, size, False) for place, size in self._used.items())])

    def _add_free(self, place: int, size: int) -> None:
        self._sizes[place] = size
        self._ending[place + size] = place
        insort(self._free, size << _PLACE | place)

    def _remove_free(self, place: int, size: int) -> None:
        del self._free[bisect_left(self._free, size << _PLACE | place)]

    def _grow(self, size: int) -> tuple[int, int]:
        step = _LARGE_BUFFER if not self._small and size < _LARGE else _BUFFER
        block, place = -(-size // step) * step, self._end
        self._segments[place] = block
        self.reserved += block
        self._end += block + 1
        return block, place

    def _extend(self, size: int) -> tuple[int, int]:
        """The free block at the end, if there is one, and the pages that are missing."""
        place = self._ending.pop(self._end, self._end)
        available = self._end - place
        if available:
            del self._sizes[place]
            self._remove_free(place, available)
        step = _BUFFER if self._small else _LARGE_BUFFER
        more = -(-(size - available) // step) * step
        self._end += more
        self.reserved += more
        return available + more, place
