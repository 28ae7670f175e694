"""The closed form: near the trace of a dense model, and no lower where attention holds all scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lbs.memory.limit import MIB
from lbs.plan import make_plan
from lbs.plan.closed_form import closed_form
from lbs.plan.demand import untraced_demand
from lbs.plan.trace_types import TraceRequest
from lbs.sentences import say
from tests.plan.test_plan import LLAMA_8B, ask


@pytest.mark.parametrize(("context", "traced"), [(1024, 15561), (8192, 17273)])
def test_the_closed_form_agrees_with_the_trace(context: int, traced: int) -> None:
    form = closed_form(LLAMA_8B, context, 1, 2)
    assert 15317 + (form.kv_cache + form.activations) / MIB == pytest.approx(traced, rel=0.002)


@pytest.mark.parametrize(
    ("gpu", "dtype", "held"), [("T4", "bfloat16", True), ("T4", "float16", False), ("A100 80GB", "bfloat16", False)]
)
def test_the_closed_form_knows_where_only_math_is_left(gpu: str, dtype: str, held: bool) -> None:
    request = ask(gpu, 0, 4096)
    request = replace(request, model=replace(request.model, dtype=dtype))
    unknown = untraced_demand(request, say("plan.tracer_exited"))
    scores = unknown.footprint.peak(((-1, 1),), True) - closed_form(LLAMA_8B, 4096, 32, 2).activations
    assert (scores > 9 * 32 * 4096**2) == held


def test_mla_caches_the_latent() -> None:
    config = {**LLAMA_8B, "kv_lora_rank": 512, "qk_rope_head_dim": 64}
    assert closed_form(config, 1000, 24, 2).kv_cache == 32 * 1024 * 576 * 2


def test_a_single_forward_keeps_no_cache() -> None:
    def no_trace(_: TraceRequest) -> Any:
        return {"error": say("plan.tracer_exited").as_json()}

    kept, not_kept = (make_plan(ask("40GiB", kind=kind, batch=4), no_trace) for kind in ("generate", "choose"))
    assert kept.demand.kv_cache == [4 * 32 * 2 * (4096 + 32) * 1024 * 2] and not_kept.demand.kv_cache == [0]
    assert 0 < not_kept.live_peak < kept.live_peak - kept.demand.kv_cache[0] // 2
