"""The limit during a run: caps that shrink with the memory outside the allocator, breaches, other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import GIB, OVERSHOOT, Limits, compute_limits
from lbs.memory.limit_value import Limit
from lbs.protocol.messages import StartRun
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.devices.held import HeldFile, start_time
from lbs.worker.errors import RunError
from lbs.worker.guard import LimitGuard
from lbs.worker.runner import Runner
from tests.support.backend import until
from tests.support.long_form import FULL
from tests.support.messages import start_run

MIB = 1 << 20
GRID = {
    "context_lengths": [512],
    "depths": [0, 50, 100],
    "task_types": ["single_needle_retrieval"],
    "max_new_tokens": 8,
    "batch_size": 1,
}


BREACHES = [("128MiB", 130 * MIB), ("0.5", 110 * MIB), ("-128MiB", 110 * MIB)]
"""Each form of the limit, and the growth that breaches it; HEADROOM_FAULTS=full: all, else the first."""


def guarded(fraction: float) -> tuple[EmulatedDevice, LimitGuard, Limits]:
    device = EmulatedDevice([256 * MIB])
    device.open()

    def now() -> Limits:
        return compute_limits(Limit.parse(fraction), device.cards(), 1 << 34)

    limits = now()
    device.apply_limit(limits)
    return device, LimitGuard(device, now), limits


@settings(deadline=None)  # a thread starts and ends in each example, which a busy machine does when it likes
@given(st.lists(st.integers(0, 20 * MIB), max_size=6), st.floats(0.2, 1))
def test_the_cap_shrinks_by_what_the_context_grows(growths: list[int], fraction: float) -> None:
    device, guard, limits = guarded(fraction)
    (gpu,) = limits.gpus
    with guard.watching(limits):
        for more in growths:
            device.grow_context(0, more)
            guard.check()
    grown, budget = device._counter.ledgers[0], gpu.budget or 0
    assert (guard.breach is not None) == (grown.context + gpu.margin >= budget)
    if guard.breach is None:
        assert grown.cap + grown.context + gpu.margin <= budget and grown.cap <= gpu.cap - sum(growths)


@settings(deadline=None)
@given(st.lists(st.integers(0, 60 * MIB), max_size=6))
def test_a_large_gpus_margin_absorbs_the_first_growth(growths: list[int]) -> None:
    """The margin absorbs late kernels; beyond it the cap shrinks, and nvidia-smi's number stays within the budget."""
    device = EmulatedDevice([24 * GIB])
    device.open()
    limits = compute_limits(Limit.parse(0.5), device.cards(), 1 << 34)
    device.apply_limit(limits)
    guard = LimitGuard(device, lambda: compute_limits(Limit.parse(0.5), device.cards(), 1 << 34))
    (gpu,) = limits.gpus
    with guard.watching(limits):
        for more in growths:
            device.grow_context(0, more)
            guard.check()
    ledger = device._counter.ledgers[0]
    assert ledger.cap == min(gpu.cap, gpu.cap + gpu.spare - sum(growths))
    assert ledger.cap + ledger.context + OVERSHOOT <= (gpu.budget or 0)
    assert gpu.spare == 88 * MIB


def test_a_guard_that_can_no_longer_check_logs_it(capfd: pytest.CaptureFixture[str]) -> None:
    device, _, limits = guarded(0.5)

    def lost() -> Limits:
        raise RuntimeError("GPU is lost")

    guard = LimitGuard(device, lost)
    with guard.watching(limits):
        until(lambda: "no longer watched in this run: RuntimeError: GPU is lost" in capfd.readouterr().err or None)
    assert guard.breach is None


def needle(toy: Path) -> StartRun:
    return start_run(toy, GRID)


def growing(device: EmulatedDevice, runner: Runner, more: int) -> Callable[..., None]:
    """After the first item CUDA's own memory grows by `more` bytes."""

    def grows(done: int, *_: Any) -> None:
        if done == 1:
            device.grow_context(0, more)
            runner._guard.check()

    return grows


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "more"), BREACHES if FULL else BREACHES[:1])
def test_a_breach_stops_the_run_with_its_evidence_and_the_next_run_works(
    toy: Path, monkeypatch: pytest.MonkeyPatch, limit: str, more: int
) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", limit)
    device = EmulatedDevice([256 * MIB])
    runner = Runner(device, Settings.load(), lambda _: None)

    items: list[str] = []
    with pytest.raises(RunError) as caught:
        runner.run(
            needle(toy), Hooks(on_progress=growing(device, runner, more), on_item=lambda key, _: items.append(key))
        )
    assert caught.value.code == "limit_breach" and "MiB" in str(caught.value)
    assert caught.value.details["plan"] is not None
    assert caught.value.details["gpus"][0]["weights"] > MIB and caught.value.details["plan"]["verdict"] == "fits"
    assert len(items) == 1 and device.memory()[0]["allocated"] == 0
    device.grow_context(0, -more)
    assert runner.run(needle(toy), Hooks())["total_tests"] == 3
    (way,) = caught.value.details["ways_out"]
    before, to = Limit.parse(way["from"]), Limit.parse(way["to"])
    assert (way["change"], before.text) == ("limit", limit) and f"limit {limit} -> {to.text}" in str(caught.value)
    step = 0.01 * 256 * MIB if before.kind == "fraction" else 16 * MIB
    assert way["total"] <= (to.budget(256 * MIB) or 0) - 0.02 * 256 * MIB < way["total"] + step + 1
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", str(way["to"]))
    raised = Runner(device, Settings.load(), lambda _: None)
    assert raised.run(needle(toy), Hooks(on_progress=growing(device, raised, more)))["total_tests"] == 3


@pytest.mark.slow
def test_the_cap_shrinks_during_a_run_which_continues(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.5")
    device = EmulatedDevice([256 * MIB])
    runner = Runner(device, Settings.load(), lambda _: None)

    assert runner.run(needle(toy), Hooks(on_progress=growing(device, runner, 8 * MIB)))["peak_memory"]["0"] <= 128 * MIB
    assert "CUDA's own memory grew, the cap is now" in capfd.readouterr().err


@pytest.mark.slow
def test_memory_of_other_processes_is_measured_and_planned_with(toy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "emulator" / "held"
    device = EmulatedDevice([256 * MIB], HeldFile(folder))
    assert device.others() == {}
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        record = {"pid": other.pid, "start_time": start_time(other.pid), "gpus": {"0": 240 * MIB}}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{other.pid}.json").write_text(json.dumps(record))
        (folder / "1.json").write_text(json.dumps({**record, "start_time": 1, "pid": os.getpid()}))
        (folder / "2.json").write_text("{")
        assert device.others() == {0: 240 * MIB}
        with pytest.raises(RunError) as caught:
            Runner(device, Settings.load(), lambda _: None).run(replace(needle(toy), offload="never"), Hooks())
        assert caught.value.code == "does_not_fit"
        assert caught.value.details["plan"] is not None
        assert caught.value.details["plan"]["gpus"][0]["others"] == 240 * MIB
    finally:
        other.communicate(b"\n")
    assert device.others() == {}
    device.close()
