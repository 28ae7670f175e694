"""Which layer goes to which device, and what each device then holds. Never to disk."""

from __future__ import annotations

from dataclasses import dataclass

from .demand import Demand
from .footprint import Spans

Device = int | str
"""A GPU's index, or "cpu"."""


@dataclass(frozen=True)
class Layout:
    """`ends[i]`: the first layer that is no longer on `gpus[i]`; layers from the last end on are on the CPU. `main` and
    `last`: positions of the GPUs that hold "pre" and "post"; no GPU before `main` holds anything."""

    gpus: tuple[int, ...]
    ends: tuple[int, ...]
    layers: int
    main: int = 0
    last: int = 0

    def device_of(self, block: int | str) -> Device:
        """The device of a layer's weights, or of those of "pre" and "post"."""
        if not self.gpus:
            return "cpu"
        if block == "pre":
            return self.gpus[self.main]
        if block == "post":
            return self.gpus[self.last]
        return next((gpu for gpu, end in zip(self.gpus, self.ends, strict=True) if int(block) < end), "cpu")

    def spans(self, number: int) -> Spans:
        """The places whose weights are on the GPU at this position; empty where there are none."""
        begin, end = self.ends[number - 1] if number else 0, self.ends[number]
        return spans_of(begin, end, pre=number == self.main, post=self.layers if number == self.last else None)

    @property
    def cpu_spans(self) -> Spans:
        if not self.gpus:
            return ((-1, self.layers + 1),)
        return ((self.ends[-1], self.layers),) if self.ends[-1] < self.layers else ()

    @property
    def layers_on_gpus(self) -> int:
        return self.ends[-1] if self.ends else 0


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes on one device: weights, KV cache at the end, the allocated peak of the run, and that of loading."""

    weights: int
    kv_cache: int
    peak: int
    load_peak: int


NO_MEMORY = DeviceMemory(0, 0, 0, 0)


def spans_of(begin: int, end: int, *, pre: bool, post: int | None) -> Spans:
    """The layers from `begin` up to `end`, with "pre" before them and "post", whose place is given, after them."""
    spans = [(-1 if pre else begin, end)]
    if post is not None:
        spans.append((post, post + 1))
    return tuple(span for span in spans if span[0] < span[1])


def memory_by_device(demand: Demand, layout: Layout) -> dict[Device, DeviceMemory]:
    """Devices without weights are left out."""
    memory: dict[Device, DeviceMemory] = {}
    for number, gpu in enumerate(layout.gpus):
        if spans := layout.spans(number):
            main = number == layout.main
            memory[gpu] = gpu_memory(demand, spans, layout.cpu_spans if main else (), main=main)
    if spans := layout.cpu_spans:
        weights = demand.blocks.bytes_of(spans)
        if layout.gpus:  # offloaded layers compute, and keep their cache, on the main GPU
            memory["cpu"] = DeviceMemory(weights, 0, weights, weights)
        else:
            peak = weights + demand.footprint.peak(spans, True)
            memory["cpu"] = DeviceMemory(weights, demand.cache_of(spans), peak, weights)
    return memory


def gpu_memory(demand: Demand, spans: Spans, cpu_spans: Spans, *, main: bool) -> DeviceMemory:
    """What one GPU holds with the weights of `spans`. `cpu_spans`: layers on the CPU, for which the main GPU computes."""
    weights, fetched = demand.blocks.bytes_of(spans), 0
    if cpu_spans:
        # An offloaded layer is copied here while it computes.
        fetched = max(demand.blocks.largest(span) for span in cpu_spans)
        spans = tuple(sorted([*spans, *cpu_spans]))
    peak = weights + demand.footprint.peak(spans, main) + fetched
    return DeviceMemory(weights, demand.cache_of(spans), peak, weights + demand.blocks.load_transient)
