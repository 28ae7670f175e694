"""Which layer goes where: the GPUs are filled in order, what is left goes to the CPU. Never to disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .demand import Demand

Place = int | str


@dataclass(frozen=True)
class Layout:
    """`ends[i]`: the first layer that is no longer on `devices[i]`; layers from the last end on lie on the CPU."""

    devices: tuple[int, ...]
    ends: tuple[int, ...]
    layers: int
    tied: bool

    def __call__(self, place: Place) -> Place:
        """Where the weights lie."""
        if not self.devices:
            return "cpu"
        if place == "pre" or (place == "post" and self.tied):
            return self.devices[0]
        if place == "post":
            return self._last()
        return next((device for device, end in zip(self.devices, self.ends, strict=True) if int(place) < end), "cpu")

    def works(self, place: Place) -> Place:
        """Where it computes: a layer of the CPU is brought to the first GPU for the moment of its work."""
        found = self(place)
        return self.devices[0] if found == "cpu" and self.devices else found

    def _last(self) -> int:
        used = [device for number, device in enumerate(self.devices) if self.ends[number] > self._begin(number)]
        return used[-1] if used else self.devices[0]

    def _begin(self, number: int) -> int:
        return self.ends[number - 1] if number else 0

    @property
    def on_gpus(self) -> int:
        return self.ends[-1] if self.ends else 0


@dataclass(frozen=True)
class Held:
    """Bytes on one device."""

    weights: int
    kv_cache: int
    peak: int
    load_peak: int


def held(demand: Demand, layout: Layout) -> dict[Place, Held]:
    """What each device holds: weights, cache at the end, the live peak of the run and that of loading."""
    weights: dict[Place, int] = {}
    cache: dict[Place, int] = {}
    brought = 0
    places: list[tuple[Place, int]] = [("pre", demand.pre), *enumerate(demand.layers), ("post", demand.post)]
    for place, size in places:
        weights[layout(place)] = weights.get(layout(place), 0) + size
        if not isinstance(place, str):
            where = layout.works(place)
            cache[where] = cache.get(where, 0) + demand.kv_cache[place]
            if layout(place) != where:
                brought = max(brought, size)
    peaks = demand.peaks(layout.works)
    found = {}
    for device in {*weights, *peaks}:
        own = weights.get(device, 0)
        extra = brought if layout.devices and device == layout.devices[0] else 0
        transient = demand.load_transient if device != "cpu" else 0
        found[device] = Held(own, cache.get(device, 0), own + peaks.get(device, 0) + extra, own + transient)
    return found


def place(demand: Demand, rooms: Sequence[tuple[int, int]], slack: int) -> Layout:
    """`rooms`: (GPU, bytes that its allocator may reserve); `slack`: what it reserves above the live peak, on each."""
    layers = len(demand.layers)
    devices, ends = tuple(index for index, _ in rooms), [0] * len(rooms)
    if demand.method != "traced" and devices:
        ends = [layers] * len(rooms)  # one lump: on the first, or not at all
        return Layout(devices, tuple(ends), layers, demand.tied)

    def fits(number: int) -> bool:
        found = held(demand, Layout(devices, tuple(ends), layers, demand.tied)).get(devices[number])
        return found is None or max(found.peak + slack, found.load_peak) <= rooms[number][1]

    begin = 0
    for number in range(len(rooms)):
        # What a GPU does not take is tried as the next one's: there, not here, the model's end then lies.
        low, high = begin, layers
        while low < high:
            middle = (low + high + 1) // 2
            ends[number:] = [middle, *[layers] * (len(rooms) - number - 1)]
            low, high = (middle, high) if all(fits(one) for one in range(number + 1)) else (low, middle - 1)
        ends[number:] = [low] * (len(rooms) - number)
        begin = low
    # The model's end lies on the last GPU that has a layer; where that one has no room for both, layers give way.
    while ends and ends[-1] > 0 and not all(fits(one) for one in range(len(rooms))):
        ends = [min(end, ends[-1] - 1) for end in ends]
    return Layout(devices, tuple(ends), layers, demand.tied)
