"""Plans each row as its publisher ran it, through the estimator's own API, and says how far off that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from lbs.memory.limit import MIB
from lbs.plan import Plan, PlanInput, make_plan, parse_gpus, read_model
from lbs.plan.gpus import Gpu
from lbs.plan.trace_types import TraceAnswer, TraceRequest

from .table import Context, Row

CONTEXT_TOLERANCE = 60
"""MiB: a CUDA context differs by driver and by the kernels that a run loads."""
TOLERANCES = {"allocated": 0.01, "kept": 0.01, "reserved": 0.03, "nvml": 0.03}
"""Shares of the measured figure, beside the rounding of the figure itself."""
EXPLAINED = 40 * MIB
"""What the causes that rows name amount to: buffers of the publisher's sampling, layers of other libraries, one segment."""


@dataclass(frozen=True)
class Judged:
    """Bytes. `weights`: as loaded."""

    row: Row
    predicted: int
    weights: int
    margin: int

    @property
    def off(self) -> float:
        """The share by which the plan is too high, or too low where negative."""
        return self.predicted / self.row.value - 1

    @property
    def beyond(self) -> bool:
        """Whether the plan is further off than the row's tolerance, and than what the row's cause may explain."""
        allowed: float = EXPLAINED if self.row.cause else 0
        allowed += TOLERANCES[self.row.metric] * self.row.value + self.row.step / 2
        if self.row.metric == "nvml":
            allowed += CONTEXT_TOLERANCE * MIB
        return abs(self.predicted - self.row.value) > allowed

    @property
    def too_low(self) -> bool:
        """Whether the run needed more than the plan and its safety margin."""
        return self.row.value - self.row.step / 2 > self.predicted + self.margin


def judge(row: Row) -> Judged:
    gpu = gpu_of(row.gpu)
    plan = _plan(row, gpu)
    return Judged(row, _figure(row, plan), plan.demand.weights, gpu.card.margin)


def context_off(context: Context) -> float:
    """MiB by which the predicted context is too large."""
    return gpu_of(context.gpu).card.overhead / MIB - context.mib


def gpu_of(name: str) -> Gpu:
    return parse_gpus(name)[0]


def _plan(row: Row, gpu: Gpu) -> Plan:
    """Publishers ran PyTorch's default allocator, without expandable segments."""
    request = PlanInput(read_model(str(row.config), row.dtype, [gpu]), row.work, (gpu,), expandable=False)
    if row.kind == "generate":
        return make_plan(request, _traced)
    with _every_logit():
        return make_plan(request, _traced)


@contextmanager
def _every_logit() -> Iterator[None]:
    """A publisher's own forward pass keeps the logits of the whole prompt, as no run of ours does."""
    from lbs.plan.tracing.simulation import Simulation

    forward = Simulation._forward

    def every(self: Simulation, *given: Any, **more: Any) -> Any:
        return forward(self, *given, **{**more, "logits_to_keep": 0})

    with mock.patch.object(Simulation, "_forward", every):
        yield


def _figure(row: Row, plan: Plan) -> int:
    """Of the run: publishers reset their peaks after loading, or loaded tensor by tensor. PyTorch counts the workspace of
    cuBLAS as allocated."""
    gpu = plan.gpus[0]
    workspace = gpu.gpu.workspace
    if row.metric == "kept":
        return plan.demand.weights + plan.kv_cache + workspace
    if row.metric == "allocated":
        return gpu.memory.peak + workspace + (0 if row.source.warmup else plan.demand.slack["unsplit"])
    reserved = gpu.memory.peak + workspace + gpu.slack
    return reserved if row.metric == "reserved" else reserved + gpu.gpu.card.overhead


def _traced(request: TraceRequest) -> TraceAnswer:
    """The tracer of this process; torch is imported with the first trace."""
    from lbs.plan.tracing.answer import answer

    return answer(request)
