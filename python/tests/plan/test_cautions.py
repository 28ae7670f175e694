"""What a plan says of GPUs that compute otherwise than newer ones, and the log with it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from lbs.memory.limit import compute_limits
from lbs.memory.limit_value import NO_LIMIT
from lbs.plan import Model, PlanInput, Workload, make_plan, parse_gpus, with_ways_out
from lbs.plan.trace_types import AttentionNote, TraceRequest
from lbs.worker.loading.load import announce
from lbs.worker.loading.placement import place
from tests.plan.test_plan import LAYER, LLAMA_8B, linear

T4, A100 = (7, 5), (8, 0)


def ask(dtype: str, capability: tuple[int, int], context: int = 4096) -> PlanInput:
    gpus = [replace(gpu, card=replace(gpu.card, compute_capability=capability)) for gpu in parse_gpus("4GiB")]
    return PlanInput(Model("nowhere", LLAMA_8B, dtype, 18 * LAYER), Workload(context), tuple(gpus))


def tracer(note: AttentionNote) -> Any:
    """With attention as `note` says; where it holds all scores, a token needs eight times as much."""

    def trace(request: TraceRequest) -> Any:
        math = note == "math" and request["dtype"] == "bfloat16"
        answer = linear({**request, "works": [{**work, "batch": 8 if math else 1} for work in request["works"]]})
        return {**answer, "traces": [{**one, "attention": note if math else "none"} for one in answer["traces"]]}

    return trace


def codes(plan: Any) -> list[str]:
    return [caution.code for caution in plan.demand.cautions]


@pytest.mark.parametrize(
    ("dtype", "capability", "expected"),
    [
        ("bfloat16", T4, ["plan.bfloat16_in_software"]),
        ("float16", T4, []),
        ("bfloat16", A100, []),
    ],
)
def test_bfloat16_in_software_is_warned_of(dtype: str, capability: tuple[int, int], expected: list[str]) -> None:
    plan = make_plan(ask(dtype, capability), linear)
    assert plan.verdict == "fits" and codes(plan) == expected
    assert [str(plan.demand.reason)] == ([str(caution) for caution in plan.demand.cautions] or ["None"])


def test_a_model_that_cannot_be_traced_is_warned_of_as_well() -> None:
    plan = make_plan(ask("bfloat16", T4), lambda _: {"error": {"code": "x", "values": {}, "text": "It is foreign."}})
    assert plan.demand.method == "closed_form" and codes(plan) == ["plan.bfloat16_in_software"]
    assert "choose float16" in str(plan.demand.reason) and "foreign" in str(plan.demand.reason)


def test_float16_is_offered_where_bfloat16_does_not_fit() -> None:
    plan = with_ways_out(make_plan(ask("bfloat16", T4, 20_000), tracer("math")), tracer("math"))
    assert plan.verdict == "does_not_fit"
    assert codes(plan) == ["plan.bfloat16_in_software", "plan.attention_math"]
    assert [way["to"] for way in plan.ways_out if way["change"] == "dtype"] == ["float16"]
    newer = with_ways_out(make_plan(ask("bfloat16", A100, 20_000), tracer("math")), tracer("math"))
    assert [way for way in newer.ways_out if way["change"] == "dtype"] == []


def test_the_log_says_what_the_plan_says(capsys: pytest.CaptureFixture[str]) -> None:
    plan = make_plan(ask("bfloat16", T4), tracer("math"))
    checkpoint: Any = SimpleNamespace(
        toy=False, inspected=SimpleNamespace(notes=[]), dtype_name="bfloat16", dtype_source="setting", path="nowhere"
    )
    announce(checkpoint, place(plan, "never"), compute_limits(NO_LIMIT, [gpu.gpu.card for gpu in plan.gpus], 0))
    written = "".join(capsys.readouterr())
    assert all(str(caution) in written for caution in plan.demand.cautions) and len(plan.demand.cautions) == 2
