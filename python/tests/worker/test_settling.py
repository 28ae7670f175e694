"""Waiting for the memory of the previous worker."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.worker.settling import settle

MIB = 1 << 20


def test_it_waits_only_while_memory_falls() -> None:
    held = iter([900 * MIB, 500 * MIB, 100 * MIB, 100 * MIB])
    readings: list[int] = []

    def others() -> dict[int, int]:
        readings.append(next(held))
        return {0: readings[-1]}

    settle(others)
    assert readings == [900 * MIB, 500 * MIB, 100 * MIB, 100 * MIB]


def test_growing_or_endlessly_falling_memory_does_not_block() -> None:
    grows, falls = itertools.count(), itertools.count()
    settle(lambda: {0: next(grows) * 100 * MIB})
    assert next(grows) == 2
    settle(lambda: {0: -next(falls) * 100 * MIB}, patience=0.3)
    # One reading every 0.05 s, fewer on a busy machine.
    assert next(falls) <= 8


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.integers(0, 7), st.integers(0, 80 << 30)))
def test_steady_memory_costs_one_reading(held: dict[int, int]) -> None:
    readings = 0

    def others() -> dict[int, int]:
        nonlocal readings
        readings += 1
        return held

    settle(others)
    assert readings == 2
