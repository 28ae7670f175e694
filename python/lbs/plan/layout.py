"""Which layer goes where: the GPUs are filled in order, what is left goes to the CPU. Never to disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .compose import Spans
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
            return self.devices[self._last()]
        return next((device for device, end in zip(self.devices, self.ends, strict=True) if int(place) < end), "cpu")

    def spans(self, number: int) -> Spans:
        """The places whose weights lie on the GPU of that number in the row; none where nothing does."""
        begin, end = self._begin(number), self.ends[number]
        found = [(begin - 1, end) if number == 0 else (begin, end)]
        if number == (0 if self.tied else self._last()):
            found.append((self.layers, self.layers + 1))
        return tuple(span for span in found if span[0] < span[1])

    @property
    def on_cpu(self) -> Spans:
        if not self.devices:
            return ((-1, self.layers + 1),)
        return ((self.ends[-1], self.layers),) if self.ends[-1] < self.layers else ()

    def _last(self) -> int:
        used = [number for number, end in enumerate(self.ends) if end > self._begin(number)]
        return used[-1] if used else 0

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
    found: dict[Place, Held] = {}
    for number, device in enumerate(layout.devices):
        if layout.spans(number):
            found[device] = _on_gpu(demand, layout, number)
    if spans := layout.on_cpu:
        own = demand.weights_of(spans)
        if layout.devices:  # its layers work, and keep their cache, on the first GPU
            found["cpu"] = Held(own, 0, own, own)
        else:
            found["cpu"] = Held(own, demand.cache_of(spans), own + demand.working.peak(spans, True), own)
    return found


def _on_gpu(demand: Demand, layout: Layout, number: int) -> Held:
    spans = layout.spans(number)
    own, brought = demand.weights_of(spans), 0
    if number == 0:
        # A layer of the CPU is brought here for the moment of its work, between the GPUs' layers and the model's end.
        brought = max((max(demand.layers[begin:end]) for begin, end in layout.on_cpu), default=0)
        spans = tuple(sorted([*spans, *layout.on_cpu]))
    working = demand.working.peak(spans, number == 0)
    return Held(own, demand.cache_of(spans), own + working + brought, own + demand.load_transient)


def place(demand: Demand, rooms: Sequence[tuple[int, int]], slack: int) -> Layout:
    """`rooms`: (GPU, bytes that its allocator may reserve); `slack`: what it reserves above the live peak, on each."""
    layers = len(demand.layers)
    devices, ends = tuple(index for index, _ in rooms), [0] * len(rooms)
    if demand.method != "traced" and devices:
        ends = [layers] * len(rooms)  # one lump: on the first, or not at all
        return Layout(devices, tuple(ends), layers, demand.tied)

    def fit(count: int) -> bool:
        layout = Layout(devices, tuple(ends), layers, demand.tied)
        # The one that was filled last is the likeliest to be too full.
        return all(fits(layout, number) for number in reversed(range(count)))

    def fits(layout: Layout, number: int) -> bool:
        if not layout.spans(number):
            return True
        found = _on_gpu(demand, layout, number)
        return max(found.peak + slack, found.load_peak) <= rooms[number][1]

    begin = 0
    for number in range(len(rooms)):
        # What a GPU does not take is tried as the next one's: there, not here, the model's end then lies.
        low, high = begin, layers
        while low < high:
            middle = (low + high + 1) // 2
            ends[number:] = [middle, *[layers] * (len(rooms) - number - 1)]
            low, high = (middle, high) if fit(number + 1) else (low, middle - 1)
        ends[number:] = [low] * (len(rooms) - number)
        begin = low
    # The model's end lies on the last GPU that has a layer; where that one has no room for both, layers give way.
    while ends and ends[-1] > 0 and not fit(len(rooms)):
        ends = [min(end, ends[-1] - 1) for end in ends]
    return Layout(devices, tuple(ends), layers, demand.tied)
