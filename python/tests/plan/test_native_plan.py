"""A plan without expandable segments: the allocator gives cached segments back at the limit, so the run needs only the least."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lbs.memory.limit import GIB, MIB
from lbs.plan import Plan, TraceRequest, make_plan
from tests.plan.test_plan import ask, linear

LEAST, MOST = 100 * MIB, 3 * GIB


def fragmented(request: TraceRequest) -> Any:
    answer = linear(request)
    answer["traces"][0]["slack"] |= {"native": MOST, "native_least": LEAST}
    assert request["native"]
    return answer


def planned(gpus: str) -> Plan:
    return make_plan(replace(ask(gpus), expandable=False), fragmented)


def test_it_reserves_all_that_it_wants_where_that_is_allowed() -> None:
    plan = planned("12GiB")
    (gpu,) = plan.gpus
    assert plan.verdict == "fits" and gpu.reserved_peak == gpu.live_peak + MOST + gpu.gpu.workspace
    assert "memory management (expandable segments) would save up to 2.98 GiB" in str(plan.reason)


def test_it_fits_where_the_least_does_and_then_reserves_up_to_the_limit() -> None:
    plan = planned("4GiB")
    (gpu,) = plan.gpus
    assert plan.verdict == "fits" and gpu.reserved_peak == gpu.allowed < gpu.live_peak + MOST


def test_without_room_for_the_least_it_is_tight() -> None:
    live = planned("12GiB").live_peak
    roomy = next(
        size for size in range(live // MIB, live // MIB + 2000) if planned(f"{size}MiB").verdict != "does_not_fit"
    )
    plan = planned(f"{roomy}MiB")
    assert plan.verdict == "tight" and plan.gpus[0].slack == LEAST


def test_where_there_are_none_the_plan_offers_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lbs.plan.plan.is_expandable", lambda _enabled: False)
    reason = str(planned("12GiB").reason)
    assert "which PyTorch does not have here" in reason and "100.0 MiB to 3.00 GiB" in reason


def test_a_small_reserve_is_not_worth_a_sentence() -> None:
    assert "reserves" not in str(make_plan(replace(ask("12GiB"), expandable=False), linear).reason)
