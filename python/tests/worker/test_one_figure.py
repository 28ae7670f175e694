"""The sentence, the bar, the log and the incident of one run show the same figures, which add up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import MIB, size_text
from lbs.plan import make_plan
from lbs.plan.__main__ import as_text
from lbs.plan.plan_json import PlanJson
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.loading import load as load_module
from lbs.worker.loading import placement
from lbs.worker.loading.placement import place
from tests.plan.test_plan import ask, linear
from tests.support.card_cases import GRID, runner
from tests.support.messages import start_run

SIZE = r"([\d.]+) MiB"


def bar(plan: PlanJson) -> tuple[str, str]:
    """As renderer/parts/memory/plan-parts.ts draws it: the plan, and its room."""
    room = sum(max(0, min(gpu["budget"], gpu["context"] + gpu["allowed"])) for gpu in plan["gpus"])
    return size_text(plan["total"]), size_text(room)


@pytest.mark.slow
def test_a_refused_run_has_one_figure(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(load_module, "log", lines.append)
    working = runner(EmulatedDevice([256 * MIB]), 0.1)
    message = start_run(toy, {**GRID, "context_lengths": [4000]})
    with pytest.raises(RunError) as refused:
        working.run(message, Hooks())
    with pytest.raises(RunError) as forced:
        working.run(replace(message, force=True), Hooks())
    plan, details = refused.value.details["plan"], refused.value.details
    assert plan is not None
    total, room = bar(plan)  # type: ignore[arg-type]
    sentence = str(refused.value)
    assert f"is predicted to need {total} (" in sentence and f"the limit leaves {room}." in sentence
    assert (size_text(details["needed"]), size_text(details["allowed"])) == (total, room)
    (logged,) = [line for line in lines if "predicted peak" in line]
    assert f"predicted peak {total} of {room} (" in logged
    for text in (sentence, logged):
        parts = [float(size) for size in re.findall(SIZE, re.findall(r"\((.*?)\)", text)[0])]
        assert sum(parts) == pytest.approx(float(total.split()[0]), abs=0.3), "the parts add up"
    again = forced.value.details["plan"]
    assert again is not None and bar(again) == (total, room)  # type: ignore[arg-type]


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "SOURCE", linear)


@pytest.mark.usefixtures("traced")
def test_of_several_gpus_the_sentence_names_the_one_that_lacks_the_most() -> None:
    plan = make_plan(ask("1GiB,768MiB", 0.9, context=20_000), linear)
    with pytest.raises(RunError) as caught:
        place(plan, "never")
    short = {gpu.gpu.card.index: gpu.total - gpu.room for gpu in plan.gpus}
    worst = max(short, key=lambda index: short[index])
    gpu = plan.gpus[worst]
    assert (
        f"in the split that comes closest GPU {worst} needs {size_text(gpu.total)}, where the limit leaves "
        f"{size_text(gpu.room)}: {size_text(short[worst])} too little." in str(caught.value)
    )
    assert f"GPU {worst} (" in as_text(plan) and f"{gpu.total / MIB:.0f} of {gpu.room / MIB:.0f}" in as_text(
        plan
    ).replace(" MiB", "")
    taken = make_plan(replace(plan.input, gpus=tuple(replace(one.gpu, others=500 * MIB) for one in plan.gpus)), linear)
    with pytest.raises(RunError, match="where other processes leave"):
        place(taken, "never")
