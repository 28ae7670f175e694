"""What a run allocates and frees step by step, and the sums of that by place. Scripts come from traces or curves. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..trace_types import Segments, Trace
from .pool import in_blocks
from .steps import Place as Place
from .steps import Step as Step


def read(script: Sequence[Step], prefill: int, classes: list[int]) -> Trace:
    """What each place adds in each forward pass, in bytes, without the slack. `prefill`: forward passes of the prompt."""
    sizes = _sizes(script)
    _, *forwards = _forwards(script, sizes)
    return {
        "prefill": forwards[:prefill],
        "decode": forwards[prefill:],
        "classes": classes,
        "kv_cache": _kept(script, sizes, len(classes)),
    }


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
