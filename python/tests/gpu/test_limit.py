"""The limit against nvidia-smi, the plan against measurements, and released memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import OVERSHOOT
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from tests.gpu.conftest import NAMES, NVIDIA_SMI
from tests.support.card_cases import TABLE, ask, limit_case, runner
from tests.support.smi_sampler import card_used

pytestmark = pytest.mark.gpu
MIB = 1 << 20
BESIDE = (384, 768, 1536, 3072, 6144)
"""MiB that each limit leaves to the run's work: from hardly anything to more than most of these runs take."""
_TAKES_ALL_BUT = (
    "import sys, torch; free = torch.cuda.mem_get_info(0)[0]; "
    "held = torch.empty(free - int(sys.argv[1]), dtype=torch.uint8, device='cuda:0'); "
    "print('taken', flush=True); sys.stdin.read()"
)


def test_the_limit_holds_and_the_plan_is_near(
    models: Path, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overhead = device.cards()[0].overhead
    cases = []
    for name, beside in itertools.product(NAMES, BESIDE):
        # A data folder each: the ledger of earlier runs would correct the plan.
        monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / f"{name}-{beside}"))
        cases.append(limit_case(device, NVIDIA_SMI, models / name, beside * MIB, 1 << 15))
    near = [case for case in cases if abs(case.off) <= 0.05]
    grown = device.cards()[0].overhead - overhead
    print("\n".join(["", TABLE, *(case.row() for case in cases)]))
    print(f"{len(near)} of {len(cases)} plans within 5 %; the context grew by {grown / MIB:.0f} MiB meanwhile")
    assert [case for case in cases if not case.kept] == []
    assert len(near) >= 18
    # What the margin is there for, beside the allocator's own overshoot.
    assert grown <= device.cards()[0].margin - OVERSHOOT


def test_memory_is_released_within_a_second(models: Path, device: Device) -> None:
    working = runner(device, 0.5)
    before = card_used(NVIDIA_SMI)
    working.run(ask(models / "wide", 4096), Hooks())
    began = time.monotonic()
    while card_used(NVIDIA_SMI) > before + device.kept and time.monotonic() - began < 1:
        time.sleep(0.01)
    left = card_used(NVIDIA_SMI) - before
    print(f"left {left / MIB:.1f} MiB after {time.monotonic() - began:.2f} s")
    assert left <= device.kept and working.unreleased() == {}


def test_memory_taken_by_another_program_is_named_in_the_out_of_memory_error(models: Path, device: Device) -> None:
    working = runner(device, 0.0)
    hogs: list[subprocess.Popen[str]] = []

    def taken(done: int, *_: Any) -> None:
        """Another process takes the card once the model is loaded."""
        if not hogs:
            words = [sys.executable, "-c", _TAKES_ALL_BUT, str(200 * MIB)]
            hog = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            hogs.append(hog)
            assert hog.stdout and hog.stdout.readline().strip() == "taken"

    try:
        with pytest.raises(RunError) as caught:
            # The smallest pieces from the start: there is nothing left to halve.
            working.run(ask(models / "deep", 30000, prefill_chunk=128), Hooks(on_progress=taken))
    finally:
        for process in hogs:
            process.communicate()
    print(caught.value.sentence, caught.value.details["message"], sep="\n")
    assert caught.value.code == "out_of_memory" and caught.value.details["parsed"]["tried"] > 0
    assert "more than when the run was planned" in str(caught.value)
    assert working.unreleased() == {}
    assert working.run(ask(models / "small", 1024), Hooks())["total_tests"] == 1
