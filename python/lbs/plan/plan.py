"""The one estimator: what a run will hold on each device, whether that fits, and where each layer goes.

All figures in bytes and predicted, never measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lbs.memory.limit import GIB, MIB, size_text

from .cards import Gpu
from .demand import Demand, Model, Source, demand_of
from .placing import Held, Layout, held, place
from .workload import Workload

Verdict = Literal["fits", "tight", "does_not_fit", "cannot_tell"]


@dataclass(frozen=True)
class Ask:
    """`limit`: 0 or a share; `gpus`: the ones that may be used (none: the CPU); `host_room`: bytes of RAM to take at most;
    `correction`: measured / predicted of earlier runs; `cuda`: CUDA's kernels, not the CPU's."""

    model: Model
    work: Workload
    gpus: tuple[Gpu, ...]
    limit: float = 0.0
    host_room: int = 1 << 62
    expandable: bool = True
    cuda: bool = True
    trust_remote_code: bool = False
    correction: float = 1.0
    corrected_from: int = 0

    def with_work(self, **changes: Any) -> Ask:
        return replace(self, work=replace(self.work, **changes))


@dataclass(frozen=True)
class GpuPlan:
    """One GPU, in bytes. `allowed` is what the allocator may reserve; the peaks include weights; `total` what nvidia-smi
    would show for us at the worst moment, from `total_low` (live) to `total` (reserved)."""

    gpu: Gpu
    limit: float
    held: Held
    slack: int
    correction: float

    @property
    def live_peak(self) -> int:
        return int(max(self.held.peak, self.held.load_peak) * self.correction)

    @property
    def reserved_peak(self) -> int:
        most = max(self.held.peak + self.slack + self.gpu.workspace, self.held.load_peak)
        return int(most * self.correction)

    @property
    def allowed(self) -> int:
        return self.gpu.allowed(self.limit)

    def as_json(self) -> dict[str, Any]:
        card, total = self.gpu.card, self.gpu.card.overhead + self.reserved_peak
        return {
            "index": card.index,
            "name": card.name,
            "card_total": card.total,
            "others": self.gpu.others,
            "weights": self.held.weights,
            "kv_cache": self.held.kv_cache,
            "activations": max(0, self.live_peak - self.held.weights - self.held.kv_cache),
            "load_transient": self.held.load_peak - self.held.weights,
            "workspace": self.gpu.workspace,
            "context": card.overhead,
            "live_peak": self.live_peak,
            "reserved_peak": self.reserved_peak,
            "total_low": card.overhead + self.live_peak,
            "total": total,
            "budget": self.gpu.budget(self.limit),
            "allowed": self.allowed,
            "headroom": self.allowed - self.reserved_peak,
        }


@dataclass(frozen=True)
class Plan:
    """`gpus`: as if everything lay on them, so that they tell what is missing; `offload`: the layout that fits with the
    CPU's help where there is one and it is needed; `over_host`: bytes that the CPU would have to take, where RAM alone
    forbids that."""

    ask: Ask
    demand: Demand
    layout: Layout
    gpus: tuple[GpuPlan, ...]
    host: Held
    verdict: Verdict
    offload: Layout | None = None
    over_host: int = 0
    ways_out: list[dict[str, Any]] = field(default_factory=list)

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
        return max(0, self.live_peak - self.demand.weights - self.kv_cache)

    @property
    def allowed(self) -> int:
        return sum(gpu.allowed for gpu in self.gpus) if self.gpus else self.ask.host_room

    @property
    def offloaded(self) -> int:
        """Bytes of weights that the CPU would take."""
        if self.offload is None:
            return 0
        return sum(size for n, size in enumerate(self.demand.layers) if self.offload(n) == "cpu")

    @property
    def placed_total(self) -> int:
        """What nvidia-smi would show for us at the worst moment with the layers where they will lie, some on the CPU."""
        if not self.gpus:
            return self.host.peak
        placed = _gpu_plans(self.ask, self.demand, self.offload or self.layout, _slack(self.ask, self.demand))
        return sum(gpu.gpu.card.overhead + gpu.reserved_peak for gpu in placed)

    @property
    def needs(self) -> str:
        """The first half of every sentence about a run that is too large."""
        return (
            f"The run is predicted to need {size_text(self.reserved_peak)} (weights {size_text(self.demand.weights)}, "
            f"KV cache {size_text(self.kv_cache)}, activations {size_text(self.activations)})"
        )

    @property
    def short_of_ram(self) -> str | None:
        """Why the CPU cannot help, where it is RAM."""
        if not self.over_host:
            return None
        return (
            f"The CPU would have to take {size_text(self.over_host)} of weights, but only "
            f"{size_text(self.ask.host_room)} of RAM may be taken"
        )

    def as_json(self) -> dict[str, Any]:
        gpus = [gpu.as_json() for gpu in self.gpus]
        summed = {
            name: sum(gpu[name] for gpu in gpus)
            for name in ("weights", "kv_cache", "activations", "total_low", "total", "budget", "allowed", "headroom")
        }
        if not gpus:
            summed |= {"weights": self.demand.weights, "kv_cache": self.kv_cache, "activations": self.activations}
            summed |= {"total_low": self.host.peak, "total": self.host.peak, "budget": self.ask.host_room}
            summed |= {"allowed": self.ask.host_room, "headroom": self.ask.host_room - self.host.peak}
        work = self.ask.work
        return {
            "model": self.ask.model.path,
            "dtype": self.ask.model.dtype,
            "workload": vars(work),
            "limit": self.ask.limit,
            "predicted": True,
            "method": self.demand.method,
            "interpolated": self.demand.interpolated,
            "reason": self.demand.reason,
            "corrected_from": self.ask.corrected_from,
            "correction": self.ask.correction,
            **summed,
            "live_peak": self.live_peak,
            "reserved_peak": self.reserved_peak,
            "verdict": self.verdict,
            "gpus": gpus,
            "cpu": {"weights": 0 if gpus else self.demand.weights, "peak": self.host.peak, "room": self.ask.host_room},
            "disk": {"weights": 0},
            "offload": self._offload_json(),
            "placement": self.demand.map_of(self.layout),
            "ways_out": self.ways_out,
        }

    def _offload_json(self) -> dict[str, Any] | None:
        if self.offload is None:
            return None
        layers = len(self.demand.layers)
        return {"weights_on_cpu": self.offloaded, "layers_on_cpu": layers - self.offload.on_gpus, "layers": layers}


_NOTHING = Held(0, 0, 0, 0)
_SURE = 0.005
"""Of the live peak: what curves are off at most."""


def make_plan(ask: Ask, source: Source, *, draft: bool = False) -> Plan:
    """Without ways out. Never fails on a strange model: then the verdict may be cannot_tell.

    Where curves tell the figures and the verdict would be another with a little more or less, the run itself is traced,
    so that nobody who traces it finds otherwise. `draft`: it is not, for a search that tries many.
    """
    demand = _demand(ask, source)
    plan = _plan(ask, demand)
    if draft or not demand.interpolated or _stands(plan):
        return plan
    return _plan(ask, _demand(ask, source, exact=True))


def _demand(ask: Ask, source: Source, *, exact: bool = False) -> Demand:
    return demand_of(ask.model, ask.work, source, cuda=ask.cuda, trust_remote_code=ask.trust_remote_code, exact=exact)


def _stands(plan: Plan) -> bool:
    """Whether the verdict is the same with all figures a little larger, and a little smaller."""
    for share in (1 + _SURE, 1 - _SURE):
        ask = replace(plan.ask, correction=plan.ask.correction * share, host_room=int(plan.ask.host_room / share))
        other = _plan(ask, plan.demand)
        if (other.verdict, other.offload is None) != (plan.verdict, plan.offload is None):
            return False
    return True


def _plan(ask: Ask, demand: Demand) -> Plan:
    if not ask.gpus:
        return _on_cpu(ask, demand)
    slack = _slack(ask, demand)
    layout = place(demand, _rooms(ask), slack)
    whole = _all_on_gpus(layout)
    gpus = _gpu_plans(ask, demand, whole, slack)
    verdict = _verdict(demand, gpus)
    offload, over_host = None, 0
    if verdict == "tight":
        whole = _all_on_gpus(place(demand, _rooms(ask), 0))
        gpus = _gpu_plans(ask, demand, whole, slack)
    if verdict == "does_not_fit" and demand.method == "traced":
        offload, over_host = _with_cpu(ask, demand, layout, slack)
    return Plan(ask, demand, whole, gpus, held(demand, whole).get("cpu", _NOTHING), verdict, offload, over_host)


def _on_cpu(ask: Ask, demand: Demand) -> Plan:
    layout = Layout((), (), len(demand.layers), demand.tied)
    host = held(demand, layout)["cpu"]
    verdict: Verdict = "fits" if host.peak <= ask.host_room else "does_not_fit"
    return Plan(ask, demand, layout, (), host, "cannot_tell" if demand.method == "none" else verdict)


def _slack(ask: Ask, demand: Demand) -> int:
    if all(gpu.card.total < GIB for gpu in ask.gpus):
        return 2 * MIB  # such a card is emulated, and its allocator reserves in these steps
    return demand.slack["expandable" if ask.expandable else "native"]


def _rooms(ask: Ask) -> list[tuple[int, int]]:
    return [(gpu.card.index, int(gpu.allowed(ask.limit) / ask.correction) - gpu.workspace) for gpu in ask.gpus]


def _all_on_gpus(found: Layout) -> Layout:
    """What `place` left to the CPU lies on the last GPU, so that its figures tell what is missing."""
    return replace(found, ends=(*found.ends[:-1], found.layers))


def _gpu_plans(ask: Ask, demand: Demand, layout: Layout, slack: int) -> tuple[GpuPlan, ...]:
    found = held(demand, layout)
    return tuple(
        GpuPlan(
            gpu, ask.limit, found.get(gpu.card.index, _NOTHING), slack if gpu.card.index in found else 0, ask.correction
        )
        for gpu in ask.gpus
    )


def _verdict(demand: Demand, gpus: Sequence[GpuPlan]) -> Verdict:
    if demand.method == "none":
        return "cannot_tell"
    if all(gpu.reserved_peak <= gpu.allowed for gpu in gpus if gpu.held.peak):
        return "fits"
    if all(gpu.live_peak <= gpu.allowed for gpu in gpus if gpu.held.peak):
        return "tight"
    return "does_not_fit"


def _with_cpu(ask: Ask, demand: Demand, layout: Layout, slack: int) -> tuple[Layout | None, int]:
    """The layout with some layers on the CPU, where GPUs and RAM hold that; else what the CPU lacks RAM for, or 0."""
    on_gpus = _gpu_plans(ask, demand, layout, slack)
    host = held(demand, layout).get("cpu", _NOTHING)
    if not all(gpu.reserved_peak <= gpu.allowed for gpu in on_gpus if gpu.held.peak):
        return None, 0
    return (layout, 0) if host.peak <= ask.host_room else (None, host.peak)
