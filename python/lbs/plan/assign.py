"""Finds the split of the layers over the GPUs: runs of layers in the order of the GPUs, the fewest layers on the CPU.

A GPU may stay empty. "pre" is on the first GPU in use, which also computes for the layers on the CPU; "post" shares its GPU
where the two are tied, and otherwise follows the last layer, on the same GPU or on a later one.

No place holds less than nothing, so a GPU that holds a run of layers also holds every part of it. Filling each GPU as far as
it goes is therefore never worse than leaving room, and more layers on the CPU never let the GPUs take more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .demand import Demand
from .layout import DeviceMemory, Layout, gpu_memory, spans_of

_GUESSES = 4


class Room(Protocol):
    """What one GPU offers; equal rooms share their answers."""

    def shortfall(self, memory: DeviceMemory) -> int:
        """The bytes that `memory` lacks here; 0 or less where it fits."""


@dataclass(frozen=True)
class _Filled:
    """`ends` as in Layout, for as many layers as the GPUs take; `last`: the GPU with "post"."""

    ends: tuple[int, ...]
    last: int

    @property
    def layers(self) -> int:
        return self.ends[-1]


class Assigner:
    """Places one demand on GPUs. `gpus`: each with its index and its room, at least one."""

    def __init__(self, demand: Demand, gpus: Sequence[tuple[int, Room]]) -> None:
        self._demand = demand
        self._gpus = tuple(index for index, _ in gpus)
        self._rooms = [room for _, room in gpus]
        self._equal = [self._rooms.index(room) for room in self._rooms]
        self._layers = len(demand.blocks.layers)
        self._cache: dict[tuple[int, int, int, bool, int | None], int] = {}

    def without_cpu(self) -> Layout | None:
        """A layout that fits with every layer on a GPU, on one GPU where one holds all; None where there is none."""
        whole = (self._whole_on(number) for number in range(len(self._gpus)))
        return next((layout for layout in whole if self._lacking(layout) <= 0), None) or self._complete(0)

    def least_offload(self) -> Layout | None:
        """The layout that fits with the fewest layers on the CPU; None where there is none."""
        if self._demand.method != "traced":
            return self.without_cpu()
        best: Layout | None = None
        for main in range(len(self._gpus)):
            found = self._fewest_on_cpu(main, self._layers + 1 if best is None else self._layers - best.layers_on_gpus)
            best = found or best
        return best

    def closest(self) -> Layout:
        """The layout without the CPU whose fullest GPU lacks the least, within a percent."""
        layouts = [self._whole_on(main) for main in range(len(self._gpus))]
        best = min(layouts, key=self._lacking)
        low, high = 0, self._lacking(best)
        while len(layouts) > 1 and high - low > high // 100 + 1:
            middle = (low + high) // 2
            if found := self._complete(middle):
                best, high = found, self._lacking(found)
            else:
                low = middle
        return best

    def _complete(self, lacking: int) -> Layout | None:
        """A layout without the CPU that lacks at most so many bytes on each GPU."""
        for main in range(len(self._gpus)):
            if self._demand.method != "traced":
                # One block, which cannot be split.
                layout = self._whole_on(main)
                if self._lacking(layout) <= lacking:
                    return layout
            elif self._shortfall(main, 0, 0, self._demand.blocks.tied, 0) <= lacking:
                # No later GPU is a better place for "pre": it would hold fewer layers, and this one none.
                filled = self._fill(main, 0, lacking)
                return self._layout(main, filled) if filled and filled.layers == self._layers else None
        return None

    def _fewest_on_cpu(self, main: int, below: int) -> Layout | None:
        """With "pre" on this GPU and fewer than `below` layers on the CPU."""
        on_cpu = 0
        while on_cpu < below:
            filled = self._fill(main, on_cpu, 0)
            if filled is None:
                return None
            if filled.layers == self._layers - on_cpu:
                return self._layout(main, filled)
            on_cpu = self._layers - filled.layers
        return None

    def _fill(self, main: int, on_cpu: int, lacking: int) -> _Filled | None:
        """The most of the layers that are not `on_cpu` that the GPUs from `main` on hold together with "pre" and "post"."""
        count, most = len(self._gpus), self._layers - on_cpu
        whole = self._furthest(main, 0, most, True, on_cpu, lacking)
        best = None if whole is None else self._extended(main, whole, most, lacking)
        if self._demand.blocks.tied or (best and best.layers == most):
            return best
        begin = self._furthest(main, 0, most, False, on_cpu, lacking)
        ends = [0] * main
        for number in range(main + 1, count):
            if begin is None:
                break
            ends.append(begin)
            end = self._furthest(number, begin, most, True, None, lacking)
            if end is not None and (best is None or end > best.layers):
                best = _Filled((*ends, *[end] * (count - number)), number)
                if end == most:
                    break
            begin = self._furthest(number, begin, most, False, None, lacking)
        return best

    def _extended(self, main: int, end: int, most: int, lacking: int) -> _Filled:
        """With "pre" and "post" on one GPU. Unless they are tied, no layer may follow "post" on a later one."""
        ends = [0] * main + [end]
        for number in range(main + 1, len(self._gpus)):
            if self._demand.blocks.tied:
                end = self._furthest(number, end, most, False, None, lacking) or end
            ends.append(end)
        return _Filled(tuple(ends), main)

    def _furthest(self, number: int, begin: int, most: int, post: bool, on_cpu: int | None, lacking: int) -> int | None:
        """Where the layers of this GPU end at the furthest; None where it does not even hold "pre" and "post". `on_cpu`: how many
        layers the main GPU computes for the CPU, None for another GPU."""

        def over(end: int) -> int:
            return self._shortfall(number, begin, end, post, on_cpu) - lacking

        return _last_fitting(over, begin, most)

    def _shortfall(self, number: int, begin: int, end: int, post: bool, on_cpu: int | None) -> int:
        key = (self._equal[number], begin, end, post, on_cpu)
        if (known := self._cache.get(key)) is not None:
            return known
        layers, main = self._layers, on_cpu is not None
        spans = spans_of(begin, end, pre=main, post=layers if post else None)
        found = 0
        if spans:
            cpu_spans = ((layers - on_cpu, layers),) if on_cpu else ()
            found = self._rooms[number].shortfall(gpu_memory(self._demand, spans, cpu_spans, main=main))
        self._cache[key] = found
        return found

    def _lacking(self, layout: Layout) -> int:
        """What the fullest GPU lacks of a layout without the CPU."""
        begins = (0, *layout.ends[:-1])
        return max(
            self._shortfall(number, begin, end, number == layout.last, 0 if number == layout.main else None)
            for number, (begin, end) in enumerate(zip(begins, layout.ends, strict=True))
        )

    def _whole_on(self, number: int) -> Layout:
        ends = [0] * number + [self._layers] * (len(self._gpus) - number)
        return self._layout(number, _Filled(tuple(ends), number))

    def _layout(self, main: int, filled: _Filled) -> Layout:
        return Layout(self._gpus, filled.ends, self._layers, main, filled.last)


def _last_fitting(over: Callable[[int], int], low: int, high: int) -> int | None:
    """The last value from `low` to `high` of which `over`, which grows, is 0 or less; None where there is none."""
    above = over(high)
    if above <= 0:
        return high
    below = over(low)
    if below > 0:
        return None
    tries = 0
    while high - low > 1:
        # Layers are mostly alike, so the first guesses are on the line between the two.
        share = -below / (above - below) if tries < _GUESSES else 0.5
        middle = min(high - 1, max(low + 1, low + int((high - low) * share)))
        found, tries = over(middle), tries + 1
        if found <= 0:
            low, below = middle, found
        else:
            high, above = middle, found
    return low
