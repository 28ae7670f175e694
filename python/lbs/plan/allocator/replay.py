"""What CUDA's caching allocator reserves for a run. All sizes in bytes."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ..trace_types import Slack
from ..workload import Workload
from .decoding import Decoding, decoding_of
from .layers import Program, every_layer, sizes_of, without_repeats
from .pool import BLOCK, SMALL, Pool, in_blocks
from .steps import Step

TRACED_STEPS = 2
"""Decoding steps of a trace."""

_WORTH_A_REPLAY = 0.005
"""Of the live peak: a smaller slack is not worth finding out how much of it a cap would save."""
_LATER = 1.005
"""The allocator gives back at the cap only, which leaves other holes: replays with a cap went through with so much more."""

Run = tuple[Program, list[int]]
"""A program and the bytes of each storage of its script."""


class _Replay:
    """Both pools, with the weights in them. `collects`: it gives cached segments back before each growth, as the allocator
    does where it has reached its cap."""

    def __init__(self, weights: tuple[int, ...], *, expandable: bool, collects: bool = False) -> None:
        callback = self._collect if collects else None
        # All requests of a slider have the same weights.
        self._small, self._large = (pool.copy(callback) for pool in _loaded(weights, expandable))
        self._follows = not expandable
        self._most_reserved = self._most_used = 0
        self._places: list[int] = []

    def _collect(self) -> None:
        self._small.release_cached()
        self._large.release_cached()

    @property
    def reserved(self) -> int:
        """At the peak so far."""
        return max(self._most_reserved, self._small.reserved + self._large.reserved) * BLOCK

    @property
    def used(self) -> int:
        """Bytes of allocated blocks at the peak so far, without expandable segments."""
        return max(self._most_used, self._small.used + self._large.used) * BLOCK

    def play(self, program: Program, sizes: Sequence[int]) -> None:
        places = self._places
        blocks = [-(-size // BLOCK) for size in sizes]
        for events in program.forwards:
            for event in events:
                if event < 0:
                    self._free(places[~event])
                    continue
                places.append(self._allocate(blocks[event]))

    def decode(self, decoding: Decoding) -> None:
        now = self._places[decoding.first :]
        for sizes in decoding.sizes():
            before, now = now, [*now]
            for kind, storage in decoding.operations:
                if kind == "allocate":
                    now[storage] = self._allocate(sizes[storage])
                else:
                    self._free((now if kind == "free" else before)[storage])

    def _allocate(self, size: int) -> int:
        """A place in the small pool is negative; 0 is that of nothing."""
        small, large = self._small, self._large
        place = large.allocate(size) if size > SMALL else -small.allocate(size) if size else 0
        if self._follows:
            self._most_reserved = max(self._most_reserved, small.reserved + large.reserved)
            self._most_used = max(self._most_used, small.used + large.used)
        return place

    def _free(self, place: int) -> None:
        if place > 0:
            self._large.free(place)
        elif place:
            self._small.free(-place)


@functools.lru_cache(maxsize=8)
def _loaded(weights: tuple[int, ...], expandable: bool) -> tuple[Pool, Pool]:
    """The small and the large pool with the weights in them; callers copy them."""
    pools = Pool(small=True, expandable=expandable), Pool(small=False, expandable=expandable)
    for size in weights:
        if size:
            pools[size > SMALL * BLOCK].allocate(-(-size // BLOCK))
    return pools


def slack_of_run(work: Workload, runs: Sequence[Run], weights: Sequence[int], *, native: bool) -> Slack:
    """`runs`: the start of the run and, where it has more decoding steps, the end (`work.late`). See `slack_of`."""
    early, *late = runs
    steps = work.new_tokens - TRACED_STEPS - 1
    return slack_of(early, late[0] if late else None, work.forwards, steps, weights, native=native)


def slack_of(
    early: Run, late: Run | None, prefill: int, steps: int, weights: Sequence[int], *, native: bool = True
) -> Slack:
    """`prefill`: forward passes of the prompt in `early`; `late`: the end of the run, `steps` decoding steps after `early`, or
    None where `early` is the whole run; `weights`: of each tensor, which is allocated first. Without `native` that is taken for
    the one of expandable segments, which saves two replays."""
    played = _thinned(early, prefill)
    # The end of a run in prefill chunks is traced with its prompt in one.
    ending = _thinned(late, len(late[0].forwards) - 1 - TRACED_STEPS) if late else None
    decoding = decoding_of(played, ending, steps) if ending else None
    peak = max(live_peak(early), live_peak(late, last=True)) if late and decoding else live_peak(early)
    live = sum(map(in_blocks, weights)) + peak

    def replay(*, expandable: bool, collects: bool = False) -> _Replay:
        replay = _Replay(tuple(weights), expandable=expandable, collects=collects)
        replay.play(*played)
        if decoding:
            replay.decode(decoding)
        return replay

    expandable = max(0, replay(expandable=True).reserved - live)
    if not native:
        return {"expandable": expandable, "native": expandable, "native_least": expandable, "unsplit": 0}
    freely = replay(expandable=False)
    least = most = freely.reserved
    if most - live > _WORTH_A_REPLAY * live:
        collected = replay(expandable=False, collects=True).reserved
        least = min(most, int(collected * _LATER))
    return {
        "expandable": expandable,
        "native": max(0, most - live),
        "native_least": max(0, least - live),
        "unsplit": max(0, freely.used - live),
    }


def _thinned(run: Run, prefill: int) -> Run:
    """In decoding, what a layer only works with takes the places that the layer before had it in."""
    program, sizes = run
    return without_repeats(program, 1 + prefill), sizes


def live_peak(run: Run, *, last: bool = False) -> int:
    """The most bytes that are allocated beside the weights; `last`: in the last forward pass."""
    program, sizes = run
    blocks = [in_blocks(size) for size in sizes]
    allocated: list[int] = []
    now = peak = 0
    for number, events in enumerate(program.forwards):
        counts = not last or number == len(program.forwards) - 1
        for event in events:
            if event < 0:
                now -= allocated[~event]
                continue
            allocated.append(blocks[event])
            now += blocks[event]
            if now > peak and counts:
                peak = now
    return peak


def slack_of_script(script: Sequence[Step], weights: Sequence[int]) -> Slack:
    """Of the storages in it, with no other layers and no other decoding steps."""
    program = every_layer(script, [])
    return slack_of((program, sizes_of(script)), None, len(program.forwards), 0, weights)


def peaks(script: Sequence[Step], weights: Sequence[int]) -> tuple[int, int, int]:
    """Peaks in bytes of this script alone, weights included: requested, reserved with expandable segments and without."""
    slack = slack_of_script(script, weights)
    live = sum(map(in_blocks, weights)) + live_peak((every_layer(script, []), sizes_of(script)))
    return live, live + slack["expandable"], live + slack["native"]
