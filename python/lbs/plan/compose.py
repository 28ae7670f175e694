"""From traced segments to what each device holds: bytes kept so far, plus the most that one place adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Run = list[list[Any]]
"""One forward: [place, net, peak] in the order of work; place is "pre", a layer's number, or "post"."""
Layout = Callable[[int | str], int | str]
"""The device of a place."""


def device_peaks(runs: Iterable[tuple[Run, bool]], classes: list[int], layout: Layout) -> dict[int | str, int]:
    """The most that each device holds beside weights, in bytes. `runs`: forwards, and whether their peak counts.

    A device that is not the first also holds copies of what "pre" made (masks, positions, the hidden state).
    """
    main = layout("pre")
    kept: dict[int | str, int] = {}
    peaks: dict[int | str, int] = {}
    for run, counts in runs:
        most = _most_by_class(run, classes)
        carried = max(0, run[0][1]) if run else 0
        for place, net, peak in run:
            device = layout(place)
            above = peak if isinstance(place, str) else most[classes[place]]
            copies = 0 if device == main else carried
            if counts:
                peaks[device] = max(peaks.get(device, 0), kept.get(device, 0) + above + copies)
            kept[device] = kept.get(device, 0) + net
    return peaks


def _most_by_class(run: Run, classes: list[int]) -> dict[int, int]:
    """What the first of each class of equal layers needed: the others were not traced."""
    return {place: peak for place, _, peak in run if not isinstance(place, str) and classes[place] == place}


def runs_of(early: dict[str, Any], late: dict[str, Any] | None) -> list[list[tuple[Run, bool]]]:
    """The forwards of a run from its start, and those of its end (whose prefill only sets the stage)."""
    start = [(run, True) for run in [*early["prefill"], *early["decode"]]]
    if late is None:
        return [start]
    *before, last = late["decode"]
    return [start, [(run, False) for run in [*late["prefill"], *before]] + [(last, True)]]
