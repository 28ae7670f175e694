"""What a run holds on one GPU, beside what it may hold there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lbs.memory.limit import GIB, MIB
from lbs.memory.limit_value import Limit

from .demand import Demand
from .gpus import Gpu
from .layout import NO_MEMORY, Device, DeviceMemory
from .plan_input import PlanInput
from .plan_json import GpuPlanJson


@dataclass(frozen=True)
class GpuRoom:
    """What a layout may put on one GPU, in bytes. `beside`: what the allocator reserves beside the allocated peak."""

    allowed: int
    beside: int

    def shortfall(self, memory: DeviceMemory) -> int:
        return _peak(memory, self.beside) - self.allowed


def _peak(memory: DeviceMemory, beside: int) -> int:
    """Of the run, with what the allocator reserves beside it, or of loading."""
    return max(memory.peak + beside, memory.load_peak)


@dataclass(frozen=True)
class GpuPlan:
    """Bytes. The peaks include weights: `live_peak` is requested, `reserved_peak` what the allocator reserves for that. Both
    are of the run, or of loading where that needs more."""

    gpu: Gpu
    limit: Limit
    memory: DeviceMemory
    slack: int

    @property
    def live_peak(self) -> int:
        return _peak(self.memory, 0)

    @property
    def reserved_peak(self) -> int:
        return _peak(self.memory, self.slack + self.gpu.workspace)

    @property
    def loading(self) -> int:
        """What loading needs above the live peak of the run."""
        return self.live_peak - self.memory.peak

    @property
    def total_low(self) -> int:
        """As `total`, if the allocator reserved nothing above the live peak."""
        return self.gpu.card.overhead + self.live_peak

    @property
    def total(self) -> int:
        """What nvidia-smi shows for us at the peak."""
        return self.gpu.card.overhead + self.reserved_peak

    @property
    def activations(self) -> int:
        """Of the run."""
        return max(0, self.memory.peak - self.memory.weights - self.memory.kv_cache)

    @property
    def allowed(self) -> int:
        """What the allocator may reserve."""
        return self.gpu.allowed(self.limit)

    @property
    def room(self) -> int:
        """What nvidia-smi may show for us."""
        return max(0, min(self.gpu.budget(self.limit), self.gpu.card.overhead + self.allowed))

    @property
    def used(self) -> bool:
        return self.memory.peak > 0

    def as_json(self) -> GpuPlanJson:
        card, memory = self.gpu.card, self.memory
        return {
            "index": card.index,
            "name": card.name,
            "card_total": card.total,
            "others": self.gpu.others,
            "driver": card.driver,
            "weights": memory.weights,
            "kv_cache": memory.kv_cache,
            "activations": self.activations,
            "loading": self.loading,
            "load_transient": memory.load_peak - memory.weights,
            "workspace": self.gpu.workspace,
            "context": card.overhead,
            "context_source": card.context_source,
            "live_peak": self.live_peak,
            "reserved_peak": self.reserved_peak,
            "total_low": self.total_low,
            "total": self.total,
            "budget": self.gpu.budget(self.limit),
            "allowed": self.allowed,
            "headroom": self.allowed - self.reserved_peak,
        }


def rooms_of(request: PlanInput, *, slack: int | None) -> list[tuple[int, GpuRoom]]:
    """One for each GPU of the request, with its index. `slack`: None leaves out all that the allocator reserves beside the
    allocated peak."""
    return [
        (gpu.card.index, GpuRoom(gpu.allowed(request.limit), 0 if slack is None else slack + gpu.workspace))
        for gpu in request.gpus
    ]


def plan_gpus(request: PlanInput, demand: Demand, memory: Mapping[Device, DeviceMemory]) -> tuple[GpuPlan, ...]:
    """One for each GPU of the request, also for those that hold nothing."""
    return tuple(
        GpuPlan(
            gpu,
            request.limit,
            memory.get(gpu.card.index, NO_MEMORY),
            _slack_on(gpu, memory[gpu.card.index], request, demand) if gpu.card.index in memory else 0,
        )
        for gpu in request.gpus
    )


def _slack_on(gpu: Gpu, memory: DeviceMemory, request: PlanInput, demand: Demand) -> int:
    """At the cap the allocator gives cached segments back: it reserves all that it wants only where that is allowed."""
    least = allocator_slack(request, demand)
    left = gpu.allowed(request.limit) - gpu.workspace - memory.peak
    return least if request.expandable else max(least, min(demand.slack["native"], left))


def allocator_slack(request: PlanInput, demand: Demand) -> int:
    """Bytes that the allocator must be able to reserve above the allocated peak."""
    if all(gpu.card.total < GIB for gpu in request.gpus):
        return 2 * MIB  # such a GPU is emulated, and its allocator reserves in steps of this size
    return demand.slack["expandable" if request.expandable else "native_least"]
