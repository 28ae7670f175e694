"""What a run needs of memory wherever its layers go: traced where possible, else by a closed form, which it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from itertools import accumulate
from typing import Literal

from lbs.memory.limit import size_text
from lbs.models.dtype import computes_bfloat16
from lbs.sentences import Sentence, say

from .attention import AttentionCall, attention_kernel
from .closed_form import closed_form
from .deadline import current_deadline
from .footprint import AdjustedFootprint, ClosedFootprint, Footprint, Spans, TracedFootprint, forwards_of
from .model import Model
from .model_config import ModelConfig
from .plan_input import PlanInput
from .trace_types import AttentionNote, BlockNames, Slack, TraceAnswer, TracedWeights, TraceRequest, TraceSource

Method = Literal["traced", "closed_form", "none"]


@dataclass(frozen=True)
class Blocks:
    """Bytes of weights: before the layers, of each layer, after them. `load_transient`: what loading holds beside them,
    and `load_least` where it copies experts one by one; `names`: modules of "pre" and "post"; `list_name`: of the list of
    layers; `tied`: "post" shares a tensor with "pre"."""

    pre: int
    layers: list[int]
    post: int
    load_transient: int
    load_least: int
    names: BlockNames
    list_name: str
    tied: bool

    @property
    def total(self) -> int:
        return self._sums[-1]

    def bytes_of(self, spans: Spans) -> int:
        return sum(self._sums[end + 1] - self._sums[begin + 1] for begin, end in spans)

    def largest(self, span: tuple[int, int]) -> int:
        """Bytes of the largest of these layers."""
        return max(self.layers[span[0] : span[1]])

    @cached_property
    def _sums(self) -> list[int]:
        """Bytes before each place, "pre" first."""
        return [0, *accumulate([self.pre, *self.layers, self.post])]


@dataclass(frozen=True)
class Demand:
    """Bytes. `reason`: why the figures are approximate, where they are; `kv_cache`: by layer at the end of the run;
    `slack`: what the allocator reserves above the allocated peak; `interpolated`: by curves between traces;
    `extrapolated`: from shorter runs; `one_by_one`: loading copies experts one by one, which takes longer and needs less;
    `cautions`: what these GPUs do otherwise than newer ones, which is in `reason`, too; `host_cache`: of the KV cache, in
    system RAM; `refusal`: why the model does not do this run."""

    method: Method
    reason: Sentence | None
    blocks: Blocks
    kv_cache: list[int]
    slack: Slack
    footprint: Footprint = field(repr=False)
    interpolated: bool = False
    extrapolated: bool = False
    one_by_one: bool = False
    cautions: tuple[Sentence, ...] = ()
    host_cache: int = 0
    refusal: Sentence | None = None

    @property
    def weights(self) -> int:
        return self.blocks.total

    @property
    def is_near(self) -> bool:
        """Whether a trace of this very run may differ a little."""
        return self.interpolated or self.extrapolated

    def cache_of(self, spans: Spans) -> int:
        return sum(self._cache_sums[end + 1] - self._cache_sums[begin + 1] for begin, end in spans)

    @cached_property
    def _cache_sums(self) -> list[int]:
        return [0, *accumulate([0, *self.kv_cache, 0])]

    def adjusted(self, *, factor: float = 1.0, more: int = 0) -> Demand:
        """Cache and activations, and the allocator's slack, times `factor`, with `more` bytes on each device."""
        slack: Slack = {
            "expandable": math.ceil(self.slack["expandable"] * factor),
            "native": math.ceil(self.slack["native"] * factor),
            "native_least": math.ceil(self.slack["native_least"] * factor),
            "unsplit": self.slack["unsplit"],
        }
        return replace(self, footprint=AdjustedFootprint(self.footprint, self.cache_of, factor, more), slack=slack)

    def loading_one_by_one(self) -> Demand | None:
        """None where that would need no less."""
        blocks = self.blocks
        if blocks.load_least >= blocks.load_transient:
            return None
        less = say("plan.one_by_one", size=size_text(blocks.load_transient - blocks.load_least))
        smaller = replace(blocks, load_transient=blocks.load_least)
        return replace(self, blocks=smaller, reason=joined([self.reason, less]), one_by_one=True)

    def device_map(self, device_of: Callable[[int | str], int | str]) -> dict[str, int | str]:
        """For `from_pretrained`; one entry where everything is on one device."""
        blocks = self.blocks
        layers = {f"{blocks.list_name}.{number}": device_of(number) for number in range(len(blocks.layers))}
        before = {name: device_of("pre") for name in blocks.names["pre"]}
        after = {name: device_of("post") for name in blocks.names["post"]}
        devices = {**before, **layers, **after}
        used = set(devices.values())
        return {"": used.pop()} if len(used) == 1 else devices


def demand_of(request: PlanInput, source: TraceSource, *, exact: bool = False) -> Demand:
    """`exact`: by a trace of this very run, even where the source has a curve. A model that cannot be traced gets the
    closed form, with the reason. Both are corrected by what earlier runs measured. Raises TooLate."""
    if deadline := current_deadline():
        deadline.check()
    answer = source(_question(request, exact))
    if "error" not in answer:
        demand = _by_trace(request, answer)
    else:
        error = Sentence.from_json(answer["error"])
        demand = replace(_by_closed_form(request, error), refusal=error if answer.get("refused") else None)
    return demand.adjusted(factor=request.correction.factor)


def untraced_demand(request: PlanInput, reason: Sentence) -> Demand:
    """By the closed form, as far as it goes."""
    return _by_closed_form(request, reason).adjusted(factor=request.correction.factor)


def _question(request: PlanInput, exact: bool) -> TraceRequest:
    work = request.placed_work
    question: TraceRequest = {
        "path": request.model.path,
        "dtype": request.model.dtype,
        "kernels": request.kernels,
        "trust_remote_code": request.trust_remote_code,
        "native": not request.expandable,
        "works": [work.as_json(), *([work.late.as_json()] if work.has_late else [])],
    }
    return {**question, "exact": True} if exact else question


def _by_trace(request: PlanInput, answer: TraceAnswer) -> Demand:
    model = request.model
    weights, (early, *rest) = answer["weights"], answer["traces"]
    late = rest[0] if rest else None
    end = late or early
    # What a second stream fetches is in a pool of its own, which holds one layer's part while the other pool has its copy.
    fetched = end.get("fetched", 0)
    slack = early["slack"].copy()
    for segments in ("expandable", "native", "native_least"):
        slack[segments] += fetched
    looped = say("plan.looped", followed=early["followed"]) if "followed" in early else None
    cautions = [*_dtype_cautions(request), *_attention_cautions(model.dtype, early.get("attention", "none"))]
    demand = Demand(
        method="traced",
        reason=joined([looped, *cautions, *model.notes]),
        blocks=_blocks(model, weights),
        kv_cache=end["kv_cache"],
        host_cache=end.get("host_cache", 0),
        slack=slack,
        footprint=TracedFootprint(forwards_of(early, late), early["classes"]),
        interpolated=answer.get("interpolated", False),
        extrapolated="followed" in early,
        cautions=tuple(cautions),
    )
    scratch = weights.get("scratch", 0)
    return demand.adjusted(more=scratch) if scratch else demand


def _dtype_cautions(request: PlanInput) -> list[Sentence]:
    in_software = request.model.dtype == "bfloat16" and not computes_bfloat16(request.capabilities)
    return [say("plan.bfloat16_in_software")] if in_software else []


def _attention_cautions(dtype: str, note: AttentionNote) -> list[Sentence]:
    match note:
        case "repeated":
            return [say("plan.attention_repeated", dtype=dtype)]
        case "math":
            return [say("plan.attention_math", dtype=dtype)]
        case "none":
            return []


def _blocks(model: Model, weights: TracedWeights) -> Blocks:
    pre, layers, post = weights["pre"], weights["layers"], weights["post"]
    if model.packed is not None:
        pre, layers, post = _as_stored(model, pre, layers, post)
    return Blocks(
        pre=pre,
        layers=list(layers),
        post=post,
        load_transient=weights["load_transient"],
        load_least=weights["load_least"],
        names=weights["names"],
        list_name=weights["list"],
        tied=weights["tied"],
    )


def _as_stored(model: Model, pre: int, layers: list[int], post: int) -> tuple[int, list[int], int]:
    """The bytes of quantized files over the blocks: each layer's own where their names tell it, the rest in the shares that
    the config gives."""
    stored = model.packed or 0
    if len(model.packed_layers) == len(layers):
        layers, rest = list(model.packed_layers), stored - sum(model.packed_layers)
        before = rest * pre // max(1, pre + post)
        return before, layers, rest - before
    scale = max(0, stored - pre - post) / max(1, sum(layers))
    return pre, [int(size * scale) for size in layers], post


def joined(notes: Sequence[Sentence | None]) -> Sentence | None:
    found = [note for note in notes if note is not None]
    return reduce(lambda first, second: say("plan.two_notes", first=first, second=second), found) if found else None


def _holds_scores(request: PlanInput) -> bool:
    """Whether these GPUs have no kernel for heads like this model's but math."""
    if request.kernels == "cpu":
        return False
    size, length = ModelConfig(request.model.config).language_model.head_dim, request.work.context
    call = AttentionCall(
        request.model.dtype, (1, 1, 1), (size, size, size), (length, length), masked=request.work.padded
    )
    return attention_kernel(call, request.kernels) == "math"


def _by_closed_form(request: PlanInput, reason: Sentence) -> Demand:
    """The whole model counts as one layer: it goes to one device."""
    model, work, cautions = request.model, request.work, _dtype_cautions(request)
    form = closed_form(
        model.config,
        work.context,
        work.tokens - work.context,
        model.item,
        cached=work.kind != "choose",
        scores=_holds_scores(request),
    )
    kv_cache, activations = form.kv_cache * work.batch, form.activations * work.batch
    if work.kind == "score":
        activations = max(activations, 10 * work.batch * work.context * ModelConfig(model.config).vocabulary)
    weights = model.stored or 0
    return Demand(
        method="closed_form" if weights else "none",
        reason=joined([say("plan.closed_form", reason=reason), *cautions, *model.notes]),
        blocks=Blocks(0, [weights], 0, 0, 0, {"pre": [""], "post": []}, "", False),
        kv_cache=[kv_cache],
        slack={
            "expandable": activations // 4,
            "native": activations // 2,
            "native_least": activations // 2,
            "unsplit": 0,
        },
        footprint=ClosedFootprint([kv_cache], activations),
        cautions=tuple(cautions),
    )
