"""What the native allocator hands out beside what was requested: it splits no block whose rest is 1 MiB or less."""

from __future__ import annotations

from lbs.memory.limit import MIB
from lbs.plan.allocator.layers import every_layer, sizes_of
from lbs.plan.allocator.replay import slack_of
from lbs.plan.allocator.steps import Step
from lbs.plan.trace_types import Slack


def slack(weights: list[int], *steps: Step) -> Slack:
    script = [*steps, []]
    return slack_of((every_layer(script, []), sizes_of(script)), None, 1, 0, weights)


def test_the_native_allocator_counts_the_rest_of_a_block_as_allocated() -> None:
    # A matrix of Qwen2.5-3B's MLP: its segment is rounded to 44 MiB, and the published peak counts all of it.
    matrix = 2048 * 11008 * 2
    found = slack([matrix] * 36)
    assert found["native"] == found["native_least"] == found["unsplit"] == 36 * MIB


def test_a_larger_rest_is_split_off() -> None:
    found = slack([3 * MIB], 5 * MIB, -1, 4 * MIB)
    assert (found["native"], found["unsplit"]) == (12 * MIB, 0)


def test_a_freed_block_counts_no_more() -> None:
    odd = 11 * MIB + MIB // 2
    assert slack([], odd, -1, odd, -2)["unsplit"] == MIB // 2
