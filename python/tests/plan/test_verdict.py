"""A verdict never improves where a run grows or its budget shrinks, and never rests on what is only nearly known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.memory.limit import GIB
from lbs.plan import Plan, PlanInput, largest_context, make_plan
from lbs.plan.assess import _VERDICTS
from lbs.plan.trace_types import TraceRequest
from tests.plan.test_plan import ask, linear

GPUS = st.sampled_from(["4GiB", "3GiB,2GiB", "2GiB,2GiB,2GiB", "GTX 1660, 2GiB"])
SIZES = st.integers(16, 200_000)


def rank(plan: Plan) -> int:
    """The better, the higher; help of the CPU counts where it does not fit."""
    return 2 * _VERDICTS.index(plan.verdict) + (plan.offload is not None)


def planned(request: PlanInput, *, expandable: bool) -> Plan:
    return make_plan(replace(request, expandable=expandable, host_room=GIB), linear)


@settings(max_examples=60)
@given(GPUS, SIZES, SIZES, st.integers(1, 4), st.integers(1, 4), st.floats(0.2, 1), st.booleans())
def test_a_larger_run_never_fits_better(
    gpus: str, context: int, more: int, batch: int, wider: int, limit: float, expandable: bool
) -> None:
    small = planned(ask(gpus, limit, context, batch=batch), expandable=expandable)
    large = planned(ask(gpus, limit, context + more, batch=batch * wider), expandable=expandable)
    assert rank(large) <= rank(small)
    assert large.live_peak >= small.live_peak


@settings(max_examples=60)
@given(GPUS, SIZES, st.lists(st.integers(1, 4000), min_size=2, max_size=2), st.sampled_from(["", "-"]), st.booleans())
def test_a_larger_limit_never_makes_a_run_fit_worse(
    gpus: str, context: int, sizes: list[int], sign: str, expandable: bool
) -> None:
    less, more = sorted(sizes, reverse=bool(sign))
    tight = planned(ask(gpus, f"{sign}{less}MiB", context), expandable=expandable)
    wide = planned(ask(gpus, f"{sign}{more}MiB", context), expandable=expandable)
    assert rank(tight) <= rank(wide)
    assert all(a.allowed <= b.allowed for a, b in zip(tight.gpus, wide.gpus, strict=True))


def extrapolated(request: TraceRequest) -> Any:
    answer = linear(request)
    answer["traces"][0]["followed"] = 64
    return answer


@pytest.mark.parametrize("expandable", [True, False])
def test_a_run_that_is_extrapolated_fits_only_with_room_to_spare(expandable: bool) -> None:
    request = replace(ask(), expandable=expandable)
    edge = largest_context(request, linear, 200_000)
    assert edge and make_plan(edge.input, linear).verdict == "fits"
    assert make_plan(edge.input, extrapolated).verdict == "tight"
    found = largest_context(request, extrapolated, 200_000)
    assert found and found.verdict == "fits"
    assert 0.97 * edge.input.work.context < found.input.work.context < edge.input.work.context
    assert found.live_peak == make_plan(found.input, linear).live_peak
