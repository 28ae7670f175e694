"""A run that does not fit by its plan, and that the person runs anyway."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import MIB
from lbs.plan import make_plan
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.loading.placement import Planner, place
from lbs.worker.runner import Runner
from tests.plan.test_plan import ask, linear
from tests.support.card_cases import GRID, runner
from tests.support.messages import start_run


@pytest.mark.parametrize("gpus", ["2GiB", "1GiB,1GiB"])
@pytest.mark.parametrize("offload", ["ask", "never"])
def test_a_forced_run_goes_to_the_gpus_as_planned(gpus: str, offload: str) -> None:
    plan = make_plan(ask(gpus, 0.5), linear)
    placed = place(plan, offload, force=True)
    assert placed.forced and placed.offloaded == 0
    assert placed.map == plan.demand.device_map(plan.layout.device_of) and "cpu" not in placed.map.values()


def test_force_changes_nothing_where_nothing_is_refused() -> None:
    fits, offloaded = make_plan(ask("4GiB"), linear), make_plan(ask("2GiB", 0.6), linear)
    for plan, offload in ((fits, "never"), (offloaded, "auto")):
        assert place(plan, offload, force=True) == place(plan, offload)


def forced_run(working: Runner, model: Path) -> dict[str, Any]:
    return working.run(replace(start_run(model, {**GRID, "context_lengths": [256]}), force=True), Hooks())


@pytest.mark.slow
def test_a_result_says_that_it_was_forced(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pessimistic(self: Planner, work: Any) -> Any:
        return replace(planned(self, work), verdict="does_not_fit")

    working, planned = runner(EmulatedDevice([256 * MIB]), 0.5), Planner.plan
    assert forced_run(working, toy)["forced"] is False
    monkeypatch.setattr(Planner, "plan", pessimistic)
    result = forced_run(working, toy)
    assert result["forced"] is True and result["plan"]["verdict"] == "does_not_fit"
    assert any("it ran anyway, under the same limit" in note for note in result["notes"])


@pytest.mark.slow
def test_the_limit_holds_for_a_forced_run(toy: Path) -> None:
    working = runner(EmulatedDevice([256 * MIB]), 0.08)
    with pytest.raises(RunError) as caught:
        forced_run(working, toy)
    assert caught.value.code == "out_of_memory" and caught.value.details["ways_out"]
    (gpu,) = caught.value.details["gpus"]
    assert gpu["peak"] <= (gpu["budget"] or 0)
