"""What the native allocator hands out beside what was requested: it splits no block whose rest is 1 MiB or less."""

from __future__ import annotations

from lbs.memory.limit import MIB
from lbs.plan.allocator.replay import peaks


def test_the_native_allocator_counts_the_rest_of_a_block_as_allocated() -> None:
    # A matrix of Qwen2.5-3B's MLP: its segment is rounded to 44 MiB, and the published peak counts all of it.
    matrix = 2048 * 11008 * 2
    requested, expandable, native, allocated = peaks([matrix] * 36, [])
    assert requested == 36 * 43 * MIB <= expandable
    assert native == allocated == 36 * 44 * MIB


def test_a_larger_rest_is_split_off() -> None:
    _, _, native, allocated = peaks([3 * MIB], [(1, 5 * MIB), (1, 0), (2, 4 * MIB)])
    assert (native, allocated) == (20 * MIB, 8 * MIB)


def test_a_freed_block_counts_no_more() -> None:
    odd = 11 * MIB + MIB // 2
    *_, allocated = peaks([], [(1, odd), (1, 0), (2, odd), (2, 0)])
    assert allocated == 12 * MIB
