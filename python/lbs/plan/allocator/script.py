"""What a run does to memory, step by step, and what that comes to place by place. No torch: a script may be traced, or
written by a curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import replay

BLOCK = 512
"""The smallest block of CUDA's caching allocator, in bytes."""

Place = int | str
Step = int | list[Place]
"""A storage of so many bytes begins (>= 0); the n-th ends (-n); a place goes to work ([place]); a forward is over ([])."""


def in_blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def read(script: Sequence[Step], prefill: int, classes: list[int], weights: list[int] | None) -> dict[str, Any]:
    """A trace: what each place adds in each forward, in bytes. `prefill`: forwards of the prompt; `weights`: the size of
    each, or None where the slack beside them, which costs the most to tell, is not asked for."""
    sizes = _sizes(script)
    _, *forwards = _forwards(script, sizes)
    found = {
        "prefill": forwards[:prefill],
        "decode": forwards[prefill:],
        "classes": classes,
        "kv_cache": _kept(script, sizes, len(classes)),
    }
    if weights is not None:
        live, expandable, native = peaks(script, weights)
        found["slack"] = {"expandable": max(0, expandable - live), "native": max(0, native - live)}
    return found


def peaks(script: Sequence[Step], weights: list[int]) -> tuple[int, int, int]:
    """Bytes at their worst, `weights` included: what lives, what is reserved with expandable segments, and what without."""
    return replay.peaks(weights, list(_events(script, _sizes(script))))


def _sizes(script: Sequence[Step]) -> list[int]:
    """Of each storage, in the allocator's blocks."""
    return [in_blocks(step) for step in script if isinstance(step, int) and step >= 0]


def _forwards(script: Sequence[Step], sizes: list[int]) -> list[list[list[Any]]]:
    """Segments of each: [place, bytes kept after it, the most above its beginning]."""
    found: list[list[list[Any]]] = []
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
            found.append(segments)
            segments = []
    return found


def _kept(script: Sequence[Step], sizes: list[int], layers: int) -> list[int]:
    """What each layer made and still lives in the end."""
    made: list[Place] = []
    place: Place = "pre"
    ended = set()
    for step in script:
        if not isinstance(step, int):
            place = step[0] if step else "pre"
        elif step >= 0:
            made.append(place)
        else:
            ended.add(-step - 1)
    kept = [0] * layers
    for number, at in enumerate(made):
        if isinstance(at, int) and number not in ended:
            kept[at] += sizes[number]
    return kept


def _events(script: Sequence[Step], sizes: list[int]) -> Iterator[tuple[int, int]]:
    """As the replay wants them: (number, bytes), 0 where it ends."""
    begun = 0
    for step in script:
        if isinstance(step, int):
            yield (begun, sizes[begun]) if step >= 0 else (-step - 1, 0)
            begun += step >= 0
