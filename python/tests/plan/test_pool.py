"""The model of CUDA's caching allocator: against a slow one that is written from PyTorch's rules, on random scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lbs.plan.allocator.pool import MIB, Pool

SIZES = {True: st.integers(1, MIB), False: st.integers(MIB + 1, 30 * MIB) | st.integers(9 * MIB, 13 * MIB)}
CHOICES = st.lists(st.integers(0, 1 << 30), max_size=60)


@dataclass
class Slow:
    """Lists of [size, owner] by segment, searched from end to end."""

    small: bool
    segments: list[list[list[int]]] = field(default_factory=list)

    def allocate(self, size: int, owner: int) -> None:
        fitting = [
            (block[0], number, at)
            for number, segment in enumerate(self.segments)
            for at, block in enumerate(segment)
            if not block[1] and block[0] >= size
        ]
        if not fitting:
            step = 2 * MIB if self.small or size >= 10 * MIB else 20 * MIB
            self.segments.append([[-(-size // step) * step, 0]])
            fitting = [(0, len(self.segments) - 1, 0)]
        _, number, at = min(fitting)
        segment = self.segments[number]
        rest = segment[at][0] - size
        if rest >= 1 if self.small else rest > MIB:
            segment[at : at + 1] = [[size, owner], [rest, 0]]
        else:
            segment[at][1] = owner

    def free(self, owner: int) -> None:
        for segment in self.segments:
            merged: list[list[int]] = []
            for size, held in segment:
                held = 0 if held == owner else held
                if merged and not held and not merged[-1][1]:
                    merged[-1][0] += size
                else:
                    merged.append([size, held])
            segment[:] = merged

    def release_cached(self) -> None:
        # An empty segment keeps the order of the others.
        for segment in self.segments:
            if all(not block[1] for block in segment):
                segment[:] = []

    @property
    def reserved(self) -> int:
        return sum(block[0] for segment in self.segments for block in segment)

    @property
    def used(self) -> int:
        return sum(block[0] for segment in self.segments for block in segment if block[1])

    @property
    def blocks(self) -> list[tuple[int, bool]]:
        return [(size, not owner) for segment in self.segments for size, owner in segment]


@given(small=st.booleans(), choices=CHOICES, data=st.data())
def test_it_is_the_slow_one(small: bool, choices: list[int], data: st.DataObject) -> None:
    pool, slow = Pool(small=small, expandable=False), Slow(small)
    places: dict[int, int] = {}
    for number, choice in enumerate(choices, 1):
        if choice % 23 == 0:
            pool.release_cached()
            slow.release_cached()
        elif choice % 3 and places:
            owner = [*places][choice % len(places)]
            pool.free(places.pop(owner))
            slow.free(owner)
        else:
            size = data.draw(SIZES[small])
            places[number] = pool.allocate(size)
            slow.allocate(size, number)
        assert (pool.reserved, pool.used) == (slow.reserved, slow.used)
        assert [(size, free) for _, size, free in pool.blocks()] == slow.blocks


@given(small=st.booleans(), expandable=st.booleans(), choices=CHOICES, data=st.data())
def test_blocks_never_overlap_and_all_merge_when_they_are_freed(
    small: bool, expandable: bool, choices: list[int], data: st.DataObject
) -> None:
    pool = Pool(small=small, expandable=expandable)
    sizes: dict[int, int] = {}
    for choice in choices:
        if choice % 3 == 0 and sizes:
            place = [*sizes][choice % len(sizes)]
            pool.free(place)
            del sizes[place]
        else:
            size = data.draw(SIZES[small])
            sizes[pool.allocate(size)] = size
        blocks = pool.blocks()
        assert all(place + size <= following for (place, size, _), (following, _, _) in pairwise(blocks))
        assert {place for place, _, free in blocks if not free} == {*sizes}
        assert all(size >= sizes[place] for place, size, free in blocks if not free)
        assert sum(sizes.values()) <= pool.used <= pool.reserved == sum(size for _, size, _ in blocks)
    for place in sizes:
        pool.free(place)
    # Each segment is one free block again.
    assert pool.used == 0
    assert not any(place + size == following for (place, size, _), (following, _, _) in pairwise(pool.blocks()))
    if not expandable:
        pool.release_cached()
        assert pool.reserved == 0 and pool.blocks() == []


@given(sizes=st.lists(SIZES[False], min_size=1, max_size=20))
def test_an_expandable_pool_reserves_whole_pages_of_one_segment(sizes: list[int]) -> None:
    pool = Pool(small=False, expandable=True)
    for size in sizes:
        pool.allocate(size)
    assert 0 <= pool.reserved - sum(sizes) < 20 * MIB and pool.reserved % (20 * MIB) == 0


def test_a_check_at_the_largest_batch_and_context_has_room() -> None:
    """4,096 sequences of 131,072 tokens at 128 KiB each are 64 TiB."""
    for expandable in (True, False):
        pool = Pool(small=False, expandable=expandable)
        places = [pool.allocate(64 * (1 << 20) * MIB) for _ in range(4)]
        for place in places:
            pool.free(place)
        assert pool.used == 0 and pool.allocate(32 * (1 << 20) * MIB) in places
