"""A plan as `POST /api/plan`, results and incidents carry it (electron/contract/plan.ts). Sizes in bytes."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from lbs.memory.context import ContextSource
from lbs.models.dtype import DtypeSource
from lbs.sentences import SentenceJson

from .workload import Change, WorkloadFields

Verdict = Literal["fits", "tight", "does_not_fit", "cannot_tell"]


class GpuPlanJson(TypedDict):
    """`total_low` to `total`: what nvidia-smi shows at the peak, by allocated and by reserved bytes. `activations`: of the run;
    `loading`: what loading needs above the live peak of the run."""

    index: int
    name: str
    card_total: int
    others: int
    driver: int
    weights: int
    kv_cache: int
    activations: int
    loading: int
    load_transient: int
    workspace: int
    context: int
    context_source: ContextSource
    live_peak: int
    reserved_peak: int
    total_low: int
    total: int
    budget: int
    allowed: int
    headroom: int


class CpuJson(TypedDict):
    """`kv_cache`: of a run on GPUs, offloaded to system RAM."""

    weights: int
    kv_cache: int
    peak: int
    room: int


class DiskJson(TypedDict):
    weights: int


class OffloadJson(TypedDict):
    weights_on_cpu: int
    layers_on_cpu: int
    layers: int


class SumsJson(TypedDict):
    """Over all GPUs, or of the CPU where there is none."""

    weights: int
    kv_cache: int
    activations: int
    loading: int
    total_low: int
    total: int
    budget: int
    allowed: int
    headroom: int


WayOut = TypedDict(
    "WayOut",
    {
        "change": Change,
        "from": float | int | str | None,
        "to": float | int | str | None,
        "live_peak": int,
        "reserved_peak": int,
        "total": int,
        "price_sentence": NotRequired[SentenceJson],
    },
)
"""The smallest change of its kind that makes the run fit. `price_sentence`: what it costs, where that is not plain."""


class PlanJson(SumsJson):
    """`limit`: the budget as a fraction of all GPUs of the plan, 0 without one; `limit_text`: as it is set; `chosen_chunk`:
    tokens of the prefill chunk that the plan chose so that the run fits, None where it chose none; `refusal`: why a
    submission is refused whatever the verdict, which is of the memory alone."""

    model: str
    dtype: str
    dtype_source: DtypeSource
    workload: WorkloadFields
    limit: float
    limit_text: str
    predicted: bool
    method: str
    interpolated: bool
    reason: str | None
    reason_sentence: SentenceJson | None
    corrected_from: int
    correction: float
    live_peak: int
    reserved_peak: int
    verdict: Verdict
    refusal: str | None
    refusal_sentence: SentenceJson | None
    chosen_chunk: int | None
    gpus: list[GpuPlanJson]
    cpu: CpuJson
    disk: DiskJson
    offload: OffloadJson | None
    placement: dict[str, int | str]
    ways_out: list[WayOut]
    stopped: str | None
    stopped_sentence: SentenceJson | None
