"""What a run allocates and frees step by step, and the sums of that by place. Scripts come from traces or curves. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..trace_types import Segments, Slack, Trace
from . import replay

BLOCK = 512
"""The smallest block of CUDA's caching allocator, in bytes."""

Place = int | str
Step = int | list[Place]
"""Allocates a storage of n bytes (n >= 0), frees the n-th storage (-n), enters a place ([place]), ends a forward pass ([])."""


def in_blocks(size: int) -> int:
    """`size` rounded up to whole blocks."""
    return -(-size // BLOCK) * BLOCK


def read(script: Sequence[Step], prefill: int, classes: list[int], weights: list[int] | None) -> Trace:
    """What each place adds in each forward pass, in bytes. `prefill`: forward passes of the prompt; `weights`: bytes of each
    tensor, None to leave out the slack, which costs the most to compute."""
    sizes = _sizes(script)
    _, *forwards = _forwards(script, sizes)
    trace: Trace = {
        "prefill": forwards[:prefill],
        "decode": forwards[prefill:],
        "classes": classes,
        "kv_cache": _kept(script, sizes, len(classes)),
    }
    if weights is not None:
        trace["slack"] = slack(script, weights)
    return trace


def slack(script: Sequence[Step], weights: list[int]) -> Slack:
    """`weights`: bytes of each tensor."""
    live, expandable, native, blocks = peaks(script, weights)
    return {
        "expandable": max(0, expandable - live),
        "native": max(0, native - live),
        "unsplit": max(0, blocks - live),
    }


def peaks(script: Sequence[Step], weights: list[int]) -> tuple[int, int, int, int]:
    """Peaks in bytes, weights included: requested, reserved with expandable segments, reserved without them, and allocated
    without them."""
    return replay.peaks(weights, list(_events(script, _sizes(script))))


def _sizes(script: Sequence[Step]) -> list[int]:
    """Of each storage, in whole blocks."""
    return [in_blocks(step) for step in script if isinstance(step, int) and step >= 0]


def _forwards(script: Sequence[Step], sizes: list[int]) -> list[Segments]:
    """The segments of each: [place, bytes kept after it, the most above those at its beginning]."""
    forwards: list[Segments] = []
    segments: list[list[Any]] = []
    place: Place = "pre"
    now = entry = peak = begun = 0
    for step in script:
        if isinstance(step, int):
            if step >= 0:
                now += sizes[begun]
                begun += 1
                peak = max(peak, now)
            else:
                now -= sizes[-step - 1]
            continue
        segments.append([place, now - entry, peak - entry])
        entry = peak = now
        place = step[0] if step else "pre"
        if not step:
            forwards.append(segments)
            segments = []
    return forwards


def _kept(script: Sequence[Step], sizes: list[int], layers: int) -> list[int]:
    """Bytes that each layer allocated and that are not freed at the end."""
    owners: list[Place] = []
    place: Place = "pre"
    freed = set()
    for step in script:
        if not isinstance(step, int):
            place = step[0] if step else "pre"
        elif step >= 0:
            owners.append(place)
        else:
            freed.add(-step - 1)
    kept = [0] * layers
    for number, owner in enumerate(owners):
        if isinstance(owner, int) and number not in freed:
            kept[owner] += sizes[number]
    return kept


def _events(script: Sequence[Step], sizes: list[int]) -> Iterator[tuple[int, int]]:
    """For the replay: (number, bytes), 0 bytes where it is freed."""
    begun = 0
    for step in script:
        if isinstance(step, int):
            yield (begun, sizes[begun]) if step >= 0 else (-step - 1, 0)
            begun += step >= 0
