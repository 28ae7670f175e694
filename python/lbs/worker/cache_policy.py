"""Which idle models are evicted, from GPU to CPU and from there altogether, least recently used first. Pure; in bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Step = Literal["park", "drop"]
"""To the CPU, or out of the cache."""


@dataclass(frozen=True)
class Idle:
    """One idle model: its bytes on each GPU and in RAM; `movable`: whether it can be parked on the CPU."""

    name: int
    gpus: Mapping[int, int]
    host: int = 0
    movable: bool = True

    @property
    def parked(self) -> Idle:
        return replace(self, gpus={}, host=self.host + sum(self.gpus.values()))


@dataclass(frozen=True)
class Room:
    """What all idle models together may hold. A GPU that is not listed may hold nothing."""

    gpus: Mapping[int, int]
    host: int
    models: int


def evictions(idle: Sequence[Idle], room: Room) -> list[tuple[int, Step]]:
    """The steps, in order, after which `idle` (least recently used first) is within `room`."""
    return list(_steps(list(idle), room))


def _steps(left: list[Idle], room: Room) -> Iterator[tuple[int, Step]]:
    while len(left) > room.models:
        yield left.pop(0).name, "drop"
    yield from _host_down_to(left, room.host)
    while found := _over(left, room):
        after = found.parked
        if not found.movable or after.host > room.host:
            left.remove(found)
            yield found.name, "drop"
            continue
        # Older parked models are dropped first: RAM never exceeds its share, not even between two steps.
        yield from _host_down_to(left, room.host - after.host + found.host)
        if found in left:
            left[left.index(found)] = after
            yield found.name, "park"


def _host_down_to(left: list[Idle], host: int) -> Iterator[tuple[int, Step]]:
    while sum(one.host for one in left) > host:
        oldest = next(one for one in left if one.host)
        left.remove(oldest)
        yield oldest.name, "drop"


def _over(left: Sequence[Idle], room: Room) -> Idle | None:
    """The oldest model on a GPU that holds too much."""
    held: dict[int, int] = {}
    for one in left:
        for gpu, size in one.gpus.items():
            held[gpu] = held.get(gpu, 0) + size
    full = {gpu for gpu, size in held.items() if size > room.gpus.get(gpu, 0)}
    return next((one for one in left if any(one.gpus.get(gpu) for gpu in full)), None)
