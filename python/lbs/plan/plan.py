"""The predicted memory of one run: its figures, its verdict, and its sentences. Never measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from lbs.memory.allocator import is_expandable
from lbs.memory.limit import MIB, size_text
from lbs.sentences import Sentence, say

from .demand import Demand, joined
from .gpu_plan import GpuPlan, plan_gpus
from .layout import DeviceMemory, Layout, memory_by_device
from .peak import Peak
from .plan_input import PlanInput
from .plan_json import GpuPlanJson, OffloadJson, PlanJson, SumsJson, Verdict, WayOut
from .workload import WorkloadError

_WORTH_SAYING, _SHARE_WORTH_SAYING = 256 * MIB, 0.02
"""What expandable segments have to save."""


@dataclass(frozen=True)
class Plan:
    """Bytes. `gpus`: as if all layers were on them, so that they show what is missing; `offload`: the layout that fits with
    help of the CPU, where it is needed; `over_host`: bytes of weights, or of the KV cache, that the CPU has no RAM for, where
    that alone is why there is no such layout; `stopped`: why ways out may be missing."""

    input: PlanInput
    demand: Demand
    layout: Layout
    gpus: tuple[GpuPlan, ...]
    host: DeviceMemory
    verdict: Verdict
    offload: Layout | None = None
    over_host: int = 0
    ways_out: list[WayOut] = field(default_factory=list)
    stopped: Sentence | None = None

    def check_runs(self) -> None:
        """Raises WorkloadError where the model does not do this run."""
        if self.demand.refusal:
            raise WorkloadError(self.demand.refusal)

    @property
    def live_peak(self) -> int:
        return sum(gpu.live_peak for gpu in self.gpus) if self.gpus else self.host.peak

    @property
    def reserved_peak(self) -> int:
        return sum(gpu.reserved_peak for gpu in self.gpus) if self.gpus else self.host.peak

    @property
    def kv_cache(self) -> int:
        return sum(self.demand.kv_cache)

    @property
    def activations(self) -> int:
        """Of the run, wherever its layers are."""
        return max(0, self.live_peak - self.loading - self.demand.weights - self.kv_cache)

    @property
    def loading(self) -> int:
        """What loading needs above the live peak of the run, where that is more."""
        return sum(gpu.loading for gpu in self.gpus)

    @property
    def allowed(self) -> int:
        return sum(gpu.allowed for gpu in self.gpus) if self.gpus else self.input.host_room

    @property
    def offloaded(self) -> int:
        """Bytes of weights that go to the CPU."""
        if self.offload is None:
            return 0
        return sum(self.demand.blocks.layers[self.offload.layers_on_gpus :])

    @property
    def peak(self) -> Peak:
        """With every layer on the GPUs."""
        return self._peak(self.gpus)

    def placed_peak(self, *, offloaded: bool) -> Peak:
        """With the layers where they are placed, some on the CPU where they are `offloaded`."""
        if not self.gpus or not offloaded or self.offload is None:
            return self.peak
        return self._peak(plan_gpus(self.input, self.demand, memory_by_device(self.demand, self.offload)))

    def _peak(self, gpus: tuple[GpuPlan, ...]) -> Peak:
        if gpus:
            return Peak.of(gpus)
        total = self.host.peak
        return Peak(total, total, 0, self.demand.weights, self.kv_cache, self.activations, 0, self.input.host_room)

    @property
    def needs(self) -> Sentence:
        """The first half of every sentence about a run that is too large."""
        return say("plan.needs", peak=size_text(self.peak.total), parts=self.peak.parts)

    @property
    def short_of_ram(self) -> Sentence | None:
        """Why the CPU cannot help, where that is for want of RAM."""
        if not self.over_host:
            return None
        if self.over_host == self.demand.host_cache:
            needed, room = size_text(self.over_host), size_text(self.input.host_room)
            return say("plan.short_of_ram_cache", needed=needed, room=room)
        return say("plan.short_of_ram", needed=size_text(self.over_host), room=size_text(self.input.host_room))

    @property
    def reason(self) -> Sentence | None:
        """Why the figures are approximate, where they are."""
        unknown = next((gpu.gpu.card for gpu in self.gpus if gpu.gpu.card.context_source == "assumed"), None)
        assumed = say("plan.assumed_context", name=unknown.name, size=size_text(unknown.overhead)) if unknown else None
        variants = {str(note): note for gpu in self.gpus if (note := gpu.gpu.note)}
        return joined([self.demand.reason, *variants.values(), assumed, self._native_reserve])

    @property
    def _native_reserve(self) -> Sentence | None:
        """Without expandable segments: between what the allocator reserves, and what they would save."""
        if self.input.expandable or not self.gpus or self.demand.method != "traced":
            return None
        slack = self.demand.slack
        least, most, saved = slack["native_least"], slack["native"], slack["native"] - slack["expandable"]
        if saved < max(_WORTH_SAYING, _SHARE_WORTH_SAYING * self.live_peak):
            return None
        if not is_expandable(True):
            return say("plan.native_only", least=size_text(least), most=size_text(most))
        return say("plan.native_reserve", least=size_text(least), most=size_text(most), saved=size_text(saved))

    def as_json(self) -> PlanJson:
        gpus = [gpu.as_json() for gpu in self.gpus]
        reason, refusal = self.reason, self.input.model.refusal
        return {
            "model": self.input.model.path,
            "dtype": self.input.model.dtype,
            "dtype_source": self.input.model.dtype_source,
            "workload": self.input.work.as_json(),
            "limit": self.input.effective_limit,
            "limit_text": self.input.limit.text,
            "predicted": True,
            "method": self.demand.method,
            "interpolated": self.demand.interpolated,
            "reason": None if reason is None else reason.text,
            "reason_sentence": None if reason is None else reason.as_json(),
            "corrected_from": self.input.correction.runs,
            "correction": self.input.correction.factor,
            **self._sums(gpus),
            "live_peak": self.live_peak,
            "reserved_peak": self.reserved_peak,
            "verdict": self.verdict,
            "refusal": None if refusal is None else refusal.text,
            "refusal_sentence": None if refusal is None else refusal.as_json(),
            "chosen_chunk": self.input.chosen_chunk,
            "gpus": gpus,
            "cpu": {
                "weights": 0 if gpus else self.demand.weights,
                "kv_cache": self.demand.host_cache,
                "peak": self.host.peak,
                "room": self.input.host_room,
            },
            "disk": {"weights": 0},
            "offload": self._offload_json(),
            "placement": self.demand.device_map(self.layout.device_of),
            "ways_out": self.ways_out,
            "stopped": None if self.stopped is None else self.stopped.text,
            "stopped_sentence": None if self.stopped is None else self.stopped.as_json(),
        }

    def _sums(self, gpus: list[GpuPlanJson]) -> SumsJson:
        if not gpus:
            peak, room = self.host.peak, self.input.host_room
            return {
                "weights": self.demand.weights,
                "kv_cache": self.kv_cache,
                "activations": self.activations,
                "loading": 0,
                "total_low": peak,
                "total": peak,
                "budget": room,
                "allowed": room,
                "headroom": room - peak,
            }
        return {
            "weights": sum(gpu["weights"] for gpu in gpus),
            "kv_cache": sum(gpu["kv_cache"] for gpu in gpus),
            "activations": sum(gpu["activations"] for gpu in gpus),
            "loading": sum(gpu["loading"] for gpu in gpus),
            "total_low": sum(gpu["total_low"] for gpu in gpus),
            "total": sum(gpu["total"] for gpu in gpus),
            "budget": sum(gpu["budget"] for gpu in gpus),
            "allowed": sum(gpu["allowed"] for gpu in gpus),
            "headroom": sum(gpu["headroom"] for gpu in gpus),
        }

    def _offload_json(self) -> OffloadJson | None:
        if self.offload is None:
            return None
        layers = len(self.demand.blocks.layers)
        return {
            "weights_on_cpu": self.offloaded,
            "layers_on_cpu": layers - self.offload.layers_on_gpus,
            "layers": layers,
        }
