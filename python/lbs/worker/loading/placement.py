"""Decides from the plan, before anything is loaded, whether the run fits and where each layer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from lbs.memory.allocator import is_expandable
from lbs.memory.context import workspace_of
from lbs.memory.limit import Card, Limits, size_text
from lbs.models.dtype import Dtype
from lbs.plan import (
    Change,
    Gpu,
    Ledger,
    LedgerKey,
    Model,
    Plan,
    PlanInput,
    Workload,
    cached_on_disk,
    describe_ways_out,
    in_chunks,
    largest_batch,
    largest_context,
    make_plan,
    model_of,
    with_ways_out,
)
from lbs.plan.own_tracer import OwnTracer
from lbs.sentences import Sentence, say
from lbs.settings import Settings
from lbs.worker.devices.base import Device
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import Checkpoint

SOURCE = cached_on_disk(OwnTracer())


@dataclass(frozen=True)
class Placed:
    """`offloaded`: bytes of weights on the CPU although there are GPUs; `forced`: it does not fit, and runs anyway."""

    map: dict[str, int | str]
    plan: Plan
    offloaded: int = 0
    forced: bool = False

    @property
    def predicted_peak(self) -> int:
        """Bytes of all GPUs, without idle cached models; of system RAM where there are none."""
        return self.plan.placed_peak(offloaded=self.offloaded > 0).total


class Planner:
    """Plans one run under the limits in force, beside what other processes hold. `accepted`: the changes of its work that the
    run takes as ways out; `least_context`: no shorter prompt is one."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        limits: Limits,
        settings: Settings,
        device: Device,
        *,
        accepted: frozenset[Change] | None = None,
        least_context: int = 1,
    ) -> None:
        cuda = device.kind == "cuda"
        gpus = _gpus(limits, settings.local_device_map, device.others(), cuda=cuda)
        model = _model(checkpoint)
        expandable = is_expandable(settings.enable_memory_management, device.expandable())
        self._input = PlanInput(
            model,
            Workload(1),
            gpus,
            settings.gpu_memory_limit,
            limits.host_room,
            expandable,
            cuda=cuda,
            trust_remote_code=settings.trust_remote_code,
            corrections=Ledger().corrections(LedgerKey.of(model, gpus, expandable)),
            accepted=accepted,
            least_context=least_context,
        )
        self.max_tokens = checkpoint.max_tokens

    def plan(self, work: Workload) -> Plan:
        """In prefill chunks where only those make it fit. Raises WorkloadError where the model does not do this run."""
        return in_chunks(make_plan(replace(self._input, work=work), SOURCE), SOURCE)

    def longest(self, work: Workload) -> int | None:
        """The longest prompt up to `work.context` that fits entirely on the GPUs; 0 where none fits, None without GPUs."""
        if not self._input.gpus:
            return None
        found = largest_context(replace(self._input, work=work, least_context=1), SOURCE, work.context)
        return found.input.work.context if found else 0

    def widest(self, work: Workload, most: int) -> int:
        """The largest batch up to `most` that fits; 1 where none does, whose plan then explains the refusal."""
        found = largest_batch(replace(self._input, work=work), SOURCE, most)
        return found.input.work.batch if found else 1


def place(plan: Plan, offload: str, *, force: bool = False) -> Placed:
    """Raises RunError `does_not_fit` or `offload_needs_consent`. `offload`: auto, ask or never; `force`: the person runs it
    although the plan says that it does not fit."""
    if plan.verdict != "does_not_fit":
        return Placed(plan.demand.device_map(plan.layout.device_of), plan)
    if plan.offload and offload == "auto":
        return Placed(plan.demand.device_map(plan.offload.device_of), plan, plan.offloaded)
    if force:
        return Placed(plan.demand.device_map(plan.layout.device_of), plan, forced=True)
    raise _refusal(with_ways_out(plan, SOURCE), offload)


def _refusal(plan: Plan, offload: str) -> RunError:
    if not plan.gpus:
        return _refused(
            "does_not_fit", plan, say("worker.short_of_ram", needs=plan.needs, size=size_text(plan.peak.room))
        )
    if plan.short_of_ram and (offload != "never" or plan.demand.host_cache):
        sentence = say(
            "worker.does_not_fit_nor_offload",
            needs=plan.needs,
            left=_left(plan),
            short_of_ram=plan.short_of_ram,
            advice=_advice(plan),
        )
        return _refused("does_not_fit", plan, sentence)
    if plan.offload is None or offload == "never":
        sentence = say("worker.does_not_fit", needs=plan.needs, left=_left(plan), advice=_advice(plan))
        return _refused("does_not_fit", plan, sentence)
    sentence = say(
        "worker.offload_needs_consent",
        needs=plan.needs,
        left=_left(plan),
        offloaded=size_text(plan.offloaded),
        advice=_advice(plan),
    )
    return _refused("offload_needs_consent", plan, sentence)


def _left(plan: Plan) -> Sentence:
    """The room on the GPU that lacks the most, and what bounds it."""
    gpu = max(plan.gpus, key=lambda gpu: gpu.reserved_peak - gpu.allowed if gpu.used else 0)
    size = size_text(gpu.room)
    if replace(gpu.gpu, others=0).allowed(gpu.limit) > gpu.allowed:
        left = say("worker.left_by_others", size=size)
    else:
        left = say("worker.left_by_limit", size=size) if plan.input.limit else say("worker.left_by_card", size=size)
    if len(plan.gpus) == 1:
        return left
    short = size_text(gpu.total - gpu.room)
    return say("worker.short_on_gpu", index=gpu.gpu.card.index, needed=size_text(gpu.total), left=left, short=short)


def _refused(code: Literal["does_not_fit", "offload_needs_consent"], plan: Plan, sentence: Sentence) -> RunError:
    return RunError(
        code,
        sentence,
        needed=plan.peak.total,
        allowed=plan.peak.room,
        weights=plan.demand.weights,
        ways_out=plan.ways_out,
        plan=plan.as_json(),
    )


def _advice(plan: Plan) -> Sentence:
    return (
        say("worker.would_fit", ways=describe_ways_out(plan.ways_out))
        if plan.ways_out
        else say("worker.use_less_memory")
    )


def _gpus(limits: Limits, device_map: str, others: Mapping[int, int], *, cuda: bool) -> tuple[Gpu, ...]:
    """The permitted GPUs, for the plan. Without `cuda` there is no cuBLAS."""
    return tuple(
        Gpu(card, others.get(card.index, 0), workspace_of(card.compute_capability) if cuda else 0)
        for card in permitted_cards(limits, device_map)
    )


def permitted_cards(limits: Limits, device_map: str) -> tuple[Card, ...]:
    """The GPUs that the device map allows, none for the CPU. Raises RunError."""
    found = {gpu.card.index: gpu.card for gpu in limits.gpus}
    if device_map == "cpu":
        return ()
    if device_map == "auto" or not found:
        return tuple(found.values())
    index = int(device_map.removeprefix("cuda:"))
    if index not in found:
        raise RunError("invalid_parameters", say("worker.no_such_gpu", device_map=device_map, index=index))
    return (found[index],)


def _model(checkpoint: Checkpoint) -> Model:
    path, dtype = str(checkpoint.path), checkpoint.dtype_name
    return model_of(path, checkpoint.inspected, Dtype(dtype, checkpoint.dtype_source), checkpoint.weights)
