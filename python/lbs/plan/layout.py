"""Which layer goes to which device: the GPUs are filled in order, the rest goes to the CPU. Never to disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .demand import Demand
from .footprint import Spans

Device = int | str
"""A GPU's index, or "cpu"."""


@dataclass(frozen=True)
class Layout:
    """`ends[i]`: the first layer that is no longer on `gpus[i]`; layers from the last end on are on the CPU."""

    gpus: tuple[int, ...]
    ends: tuple[int, ...]
    layers: int
    tied: bool

    def device_of(self, block: int | str) -> Device:
        """The device of a layer's weights, or of those of "pre" and "post"."""
        if not self.gpus:
            return "cpu"
        if block == "pre" or (block == "post" and self.tied):
            return self.gpus[0]
        if block == "post":
            return self.gpus[self._last()]
        return next((gpu for gpu, end in zip(self.gpus, self.ends, strict=True) if int(block) < end), "cpu")

    def spans(self, number: int) -> Spans:
        """The places whose weights are on the GPU at this position; empty where there are none."""
        begin, end = self._begin(number), self.ends[number]
        spans = [(begin - 1, end)] if number == 0 else [(begin, end)]
        if number == (0 if self.tied else self._last()):
            spans.append((self.layers, self.layers + 1))
        return tuple(span for span in spans if span[0] < span[1])

    @property
    def cpu_spans(self) -> Spans:
        if not self.gpus:
            return ((-1, self.layers + 1),)
        return ((self.ends[-1], self.layers),) if self.ends[-1] < self.layers else ()

    @property
    def layers_on_gpus(self) -> int:
        return self.ends[-1] if self.ends else 0

    def without_cpu(self) -> Layout:
        """The CPU's layers on the last GPU, whose figures then show what is missing."""
        return replace(self, ends=(*self.ends[:-1], self.layers))

    def _last(self) -> int:
        used = [number for number, end in enumerate(self.ends) if end > self._begin(number)]
        return used[-1] if used else 0

    def _begin(self, number: int) -> int:
        return self.ends[number - 1] if number else 0


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes on one device: weights, KV cache at the end, the allocated peak of the run, and that of loading."""

    weights: int
    kv_cache: int
    peak: int
    load_peak: int


NO_MEMORY = DeviceMemory(0, 0, 0, 0)


def memory_by_device(demand: Demand, layout: Layout) -> dict[Device, DeviceMemory]:
    """Devices without weights are left out."""
    memory: dict[Device, DeviceMemory] = {}
    for number, gpu in enumerate(layout.gpus):
        if layout.spans(number):
            memory[gpu] = _gpu_memory(demand, layout, number)
    if spans := layout.cpu_spans:
        weights = demand.blocks.bytes_of(spans)
        if layout.gpus:  # offloaded layers compute, and keep their cache, on the first GPU
            memory["cpu"] = DeviceMemory(weights, 0, weights, weights)
        else:
            peak = weights + demand.footprint.peak(spans, True)
            memory["cpu"] = DeviceMemory(weights, demand.cache_of(spans), peak, weights)
    return memory


def _gpu_memory(demand: Demand, layout: Layout, number: int) -> DeviceMemory:
    spans, fetched = layout.spans(number), 0
    weights = demand.blocks.bytes_of(spans)
    if number == 0:
        # An offloaded layer is copied here while it computes.
        fetched = max((max(demand.blocks.layers[begin:end]) for begin, end in layout.cpu_spans), default=0)
        spans = tuple(sorted([*spans, *layout.cpu_spans]))
    peak = weights + demand.footprint.peak(spans, number == 0) + fetched
    return DeviceMemory(weights, demand.cache_of(spans), peak, weights + demand.blocks.load_transient)


def assign_layers(demand: Demand, capacities: Sequence[tuple[int, int]], slack: int) -> Layout:
    """`capacities`: (GPU, bytes that its allocator may reserve); `slack`: bytes that it reserves above the allocated peak."""
    layers = len(demand.blocks.layers)
    gpus, ends = tuple(index for index, _ in capacities), [0] * len(capacities)
    if demand.method != "traced" and gpus:
        # One block: on the first GPU, or not at all.
        return Layout(gpus, (layers,) * len(gpus), layers, demand.blocks.tied)

    def all_fit(count: int) -> bool:
        layout = Layout(gpus, tuple(ends), layers, demand.blocks.tied)
        # The GPU that was filled last is the likeliest to be too full.
        return all(fits(layout, number) for number in reversed(range(count)))

    def fits(layout: Layout, number: int) -> bool:
        if not layout.spans(number):
            return True
        memory = _gpu_memory(demand, layout, number)
        return max(memory.peak + slack, memory.load_peak) <= capacities[number][1]

    begin = 0
    for number in range(len(gpus)):
        # The remaining layers count for the next GPU, which then holds "post".
        low, high = begin, layers
        while low < high:
            middle = (low + high + 1) // 2
            ends[number:] = [middle, *[layers] * (len(gpus) - number - 1)]
            low, high = (middle, high) if all_fit(number + 1) else (low, middle - 1)
        ends[number:] = [low] * (len(gpus) - number)
        begin = low
    # "post" is on the last GPU with a layer; where both do not fit there, layers are moved off.
    while ends and ends[-1] > 0 and not all_fit(len(gpus)):
        ends = [min(end, ends[-1] - 1) for end in ends]
    return Layout(gpus, tuple(ends), layers, demand.blocks.tied)
