"""Prefill chunks that the plan chooses: the largest that fits, and only where the whole prompt does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.plan import in_chunks, make_plan
from lbs.plan.__main__ import as_text
from lbs.plan.chunks import CHUNKS
from lbs.plan.trace_types import TraceRequest
from lbs.plan.ways_out import plan_in_time
from lbs.plan.workload import WorkloadError
from lbs.sentences import say
from tests.plan.test_plan import ask, linear


@settings(max_examples=80)
@given(
    st.integers(64, 120_000),
    st.integers(1, 3),
    st.sampled_from(["2GiB", "4GiB", "6GiB", "2GiB,2GiB", "1GiB,3GiB"]),
    st.floats(0.3, 1),
)
def test_the_chosen_chunk_fits_and_the_next_larger_one_does_not(
    context: int, batch: int, gpus: str, limit: float
) -> None:
    whole = make_plan(ask(gpus, round(limit, 2), context, batch=batch), linear)
    found = in_chunks(whole, linear)
    larger = [chunk for chunk in CHUNKS if chunk < context]
    if found.input.chosen_chunk is None:
        assert found is whole
    else:
        assert whole.verdict != "fits" and found.verdict == "fits"
        assert make_plan(replace(found.input, chunk_chosen=False), linear).verdict == "fits"
        larger = [chunk for chunk in larger if chunk > found.input.chosen_chunk]
    if whole.verdict != "fits":
        for chunk in larger:
            changed = whole.input.with_work(chunk=chunk)
            assert changed.work.forwards > 32 or make_plan(changed, linear).verdict != "fits"


def chosen(**more: Any) -> int | None:
    return in_chunks(make_plan(ask("4GiB", 0.0, 80_000, **more), linear), linear).input.chosen_chunk


def test_a_chunk_is_chosen_only_where_the_run_leaves_it_open() -> None:
    assert chosen() == 32768
    assert chosen(chunk=40_000) is None
    assert chosen(kind="choose") is None
    fixed = replace(ask("4GiB", 0.0, 80_000), accepted=frozenset({"batch"}))
    assert in_chunks(make_plan(fixed, linear), linear).input.chosen_chunk is None
    assert in_chunks(make_plan(ask("40GiB", 0.0, 80_000), linear), linear).input.chosen_chunk is None


def test_the_plan_says_that_it_fits_in_chunks() -> None:
    plan = plan_in_time(ask("4GiB", 0.0, 80_000), linear)
    found = plan.as_json()
    assert (found["verdict"], found["chosen_chunk"], found["ways_out"]) == ("fits", 32768, [])
    assert found["workload"]["chunk"] == 32768
    assert "chunks of 32768 tokens so that it fits" in as_text(plan)
    assert plan_in_time(ask("4GiB", 0.0, 1000), linear).as_json()["chosen_chunk"] is None


def test_a_chunk_that_cannot_fit_is_not_traced() -> None:
    """Each costs a forward pass for every chunk, and a prompt as long as the chunk has a curve."""
    traced: list[int] = []

    def source(request: TraceRequest) -> Any:
        traced.extend(work["chunk"] for work in request["works"] if work["chunk"])
        return linear(request)

    plan = in_chunks(make_plan(ask("2800MiB", 0.0, 60_000), linear), source)
    assert plan.input.chosen_chunk in CHUNKS and traced == [plan.input.chosen_chunk]


@pytest.mark.parametrize("reason", [say("benchmarks.no_chunks"), say("benchmarks.chunks_differ")])
def test_a_model_that_takes_no_chunks_is_planned_whole(reason: Any) -> None:
    def source(request: TraceRequest) -> Any:
        if any(work["chunk"] for work in request["works"]):
            return {"error": reason.as_json(), "refused": True}
        return linear(request)

    plan = plan_in_time(ask("4GiB", 0.0, 80_000), source)
    assert plan.verdict == "does_not_fit" and plan.input.chosen_chunk is None
    assert "context" in {way["change"] for way in plan.ways_out}
    with pytest.raises(WorkloadError, match="leave prefill_chunk out"):
        plan_in_time(ask("4GiB", 0.0, 80_000, chunk=512), source)
