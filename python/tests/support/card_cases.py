"""Cases for any GPU, real or emulated: a limit that holds by nvidia-smi, a plan that is close, an out-of-memory error that is
explained. tests/gpu runs them on a real one, tests/worker/test_card_cases.py on an emulated one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.models.weights import weight_bytes
from lbs.protocol.messages import StartRun
from lbs.settings import Settings
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.runner import Runner
from tests.support.messages import start_run
from tests.support.smi_sampler import watched

MIB = 1 << 20
GRID = {"depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 8}


@dataclass(frozen=True)
class Case:
    """One model under one limit, in bytes. `smi`: the most that nvidia-smi showed for us; `measured`: the allocator's peak
    and the context; `predicted`: the plan's total, before loading."""

    model: str
    limit: float
    context: int
    budget: int
    smi: int
    measured: int
    predicted: int

    @property
    def kept(self) -> bool:
        return self.smi <= self.budget and self.measured <= self.budget

    @property
    def off(self) -> float:
        return self.predicted / self.measured - 1

    def row(self) -> str:
        sizes = (f"{size / MIB:.0f}" for size in (self.budget, self.smi, self.measured, self.predicted))
        return f"| {self.model} | {self.limit:g} | {self.context} | {' | '.join(sizes)} | {self.off:+.2%} |"


TABLE = "| model | limit | context | budget | nvidia-smi | peak | plan | off |\n|---|---|---|---|---|---|---|---|"
"""MiB."""


def ask(model: Path, context: int, **more: Any) -> StartRun:
    return replace(start_run(model, {**GRID, "context_lengths": [context], **more}), offload="never")


def runner(device: Device, limit: float) -> Runner:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LBS_GPU_MEMORY_LIMIT", str(limit))
        return Runner(device, Settings.load(), lambda _state: None)


def limit_for(device: Device, model: Path, beside: int) -> float:
    """The limit that leaves `beside` bytes to the run's work, next to the model's weights, the context and the margin."""
    (card, *_) = device.cards()
    budget = weight_bytes(model, 2) + card.overhead + card.margin + device.kept + beside
    return round(budget / card.total + 0.00005, 4)


def longest_run(working: Runner, model: Path, most: int) -> tuple[int, dict[str, Any]]:
    """As a user does it: requests too much, and runs the context that the refusal offers."""
    try:
        return most, working.run(ask(model, most), Hooks())
    except RunError as error:
        assert error.code == "does_not_fit", error.sentence
        offered = [way["to"] for way in error.details["ways_out"] if way["change"] == "context"]
        assert offered, error.sentence
    return offered[0], working.run(ask(model, offered[0]), Hooks())


def limit_case(device: Device, nvidia_smi: Sequence[str], model: Path, beside: int, most: int) -> Case:
    """The longest prompt up to `most` tokens under a limit that leaves `beside` bytes to it."""
    device.open()
    limit = limit_for(device, model, beside)
    working = runner(device, limit)
    with watched(nvidia_smi) as sampled:
        context, result = longest_run(working, model, most)
    assert working.unreleased() == {}
    # Samples every 20 ms may miss the peak, but not the run.
    assert sampled.peak > 0.5 * result["peak_memory"]["0"]
    (gpu, *_) = device.memory()
    assert gpu["budget"] is not None
    return Case(
        model.name, limit, context, gpu["budget"], sampled.peak, result["peak_memory"]["0"], result["plan"]["total"]
    )
