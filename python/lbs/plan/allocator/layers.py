"""A script with every layer in it: a trace has the steps of the first of equal layers, and of the others what they keep."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .steps import Place, Step


@dataclass(frozen=True, eq=False)
class Program:
    """`forwards`: what comes before the first forward pass, then each of them: n >= 0 allocates as many bytes as the n-th
    storage of the script, ~n frees the n-th storage of the program. Of that storage, `places` has the place, and `repeated`
    whether a layer that was not traced itself allocates and frees it in one forward pass."""

    forwards: list[list[int]]
    places: list[Place]
    repeated: list[bool]

    @cached_property
    def firsts(self) -> list[int]:
        """The number of the first storage of each forward pass, and the number of all."""
        firsts, count = [], 0
        for events in self.forwards:
            firsts.append(count)
            count += sum(event >= 0 for event in events)
        return [*firsts, count]


@functools.lru_cache(maxsize=256)
def without_repeats(program: Program, begin: int) -> Program:
    """Without the `repeated` storages of all forward passes from this number on."""
    firsts = program.firsts
    end = firsts[min(begin, len(program.forwards))]
    numbers: dict[int, int] = {}
    for storage, repeated in enumerate(program.repeated):
        if storage < end or not repeated:
            numbers[storage] = len(numbers)
    forwards = []
    storage = 0
    for events in program.forwards:
        left = []
        for event in events:
            if event >= 0:
                if storage in numbers:
                    left.append(event)
                storage += 1
            elif ~event in numbers:
                left.append(~numbers[~event])
        forwards.append(left)
    return Program(
        forwards,
        [program.places[storage] for storage in numbers],
        [program.repeated[storage] for storage in numbers],
    )


def sizes_of(script: Sequence[Step]) -> list[int]:
    """Bytes of each storage."""
    return [step for step in script if isinstance(step, int) and step >= 0]


def every_layer(script: Sequence[Step], classes: Sequence[int]) -> Program:
    """`classes`: for each layer the first one that equals it, or nothing. With the steps of each layer where they fit the
    script, else with those of the script alone."""
    forwards = _forwards(script)
    program = _Writer(forwards, classes).written()
    plain = _Writer(forwards, []).written()
    sizes = sizes_of(script)
    return program if program and plain and _kept(program, sizes) == _kept(plain, sizes) else plain or _NOTHING


_NOTHING = Program([[]], [], [])

_Segments = list[tuple[Place, list[int]]]
"""One forward pass by place: n >= 0 allocates the n-th storage of the script, ~n frees it."""


def _forwards(script: Sequence[Step]) -> list[_Segments]:
    forwards: list[_Segments] = [[("pre", [])]]
    count = 0
    for step in script:
        if isinstance(step, list):
            if step:
                forwards[-1].append((step[0], []))
            else:
                forwards.append([("pre", [])])
        elif step >= 0:
            forwards[-1][-1][1].append(count)
            count += 1
        else:
            forwards[-1][-1][1].append(step)  # the n-th storage, from 1 on, is ~(n - 1)
    return forwards[:-1]  # what follows the last forward pass is the end of the trace


def _kept(program: Program, sizes: list[int]) -> list[int]:
    """Bytes that are allocated after each forward pass."""
    kept, now = [], 0
    allocated: list[int] = []
    for events in program.forwards:
        for event in events:
            if event >= 0:
                allocated.append(sizes[event])
                now += sizes[event]
            else:
                now -= allocated[~event]
        kept.append(now)
    return kept


class _Writer:
    """Writes a program once."""

    def __init__(self, forwards: list[_Segments], classes: Sequence[int]) -> None:
        self._forwards, self._classes = forwards, classes
        self._owners: dict[int, tuple[int, Place]] = {}
        for number, segments in enumerate(forwards):
            for place, steps in segments:
                self._owners |= {step: (number, place) for step in steps if step >= 0}
        copies = any(first != layer for layer, first in enumerate(classes))
        self._passed = self._passed_on() if copies else {}
        self._written: dict[tuple[Place, int], int] = {}
        self._events: list[int] = []
        self._begun = 0
        self._places: list[Place] = []
        self._repeated: list[bool] = []

    def _passed_on(self) -> dict[int, int]:
        """Storages that a layer leaves to the next places of the same forward pass (the hidden state), each with its number
        among those of its layer."""
        passed: dict[int, int] = {}
        counts: dict[tuple[int, Place], int] = {}
        for number, segments in enumerate(self._forwards):
            freed = {~step: place for place, steps in segments for step in steps if step < 0}
            for storage in sorted(freed):
                owner = self._owners[storage]
                if owner[0] == number and owner[1] != freed[storage] and isinstance(owner[1], int):
                    passed[storage] = counts[owner] = counts.get(owner, -1) + 1
        return passed

    def written(self) -> Program | None:
        """None where the layers are not as alike as they should be."""
        forwards = []
        try:
            for segments in self._forwards:
                self._events = []
                self._forward(segments)
                forwards.append(self._events)
        except (KeyError, IndexError):
            return None
        return Program(forwards, self._places, self._repeated)

    def _forward(self, segments: _Segments) -> None:
        self._begun = len(self._places)
        traced: dict[Place, list[int]] = {}
        for place, steps in segments:
            traced[place] = [*traced.get(place, []), *steps]
        # What each layer passes on, by its number among what that layer does; the oldest is freed first.
        received: dict[int, list[int]] = defaultdict(list)
        for place, steps in segments:
            first = self._first(place)
            mine: dict[int, int] = {}
            for step in steps if first == place else traced[first]:
                if step >= 0:
                    storage = self._allocate(place, step)
                    if step in self._passed:
                        mine[self._passed[step]] = storage
                else:
                    self._free(place, first, ~step, received)
            for rank, storage in mine.items():
                received[rank].append(storage)

    def _first(self, place: Place) -> Place:
        return self._classes[place] if isinstance(place, int) and self._classes else place

    def _allocate(self, place: Place, step: int) -> int:
        storage = self._written[place, step] = len(self._places)
        self._events.append(step)
        self._places.append(place)
        self._repeated.append(False)
        return storage

    def _free(self, place: Place, first: Place, storage: int, received: dict[int, list[int]]) -> None:
        owner = self._owners[storage][1]
        if owner == first:
            written = self._written.pop((place, storage))
            self._repeated[written] = first != place and written >= self._begun
            self._events.append(~written)
        elif storage in self._passed:
            waiting = received[self._passed[storage]]
            if waiting or self._first(owner) == owner:
                self._events.append(~waiting.pop(0))
        elif first == place and self._first(owner) == owner:
            # What the layers that it stands for have of it, too.
            for other in [owner, *self._stand_ins(owner)]:
                self._events.append(~self._written.pop((other, storage)))

    def _stand_ins(self, owner: Place) -> list[Place]:
        return [other for other, first in enumerate(self._classes) if first == owner != other]
