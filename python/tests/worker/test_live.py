"""The measured peak of a CPU run against one that counts every operation, and against the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lbs.benchmarks.hooks import Hooks
from lbs.plan.workload import Workload
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.devices.live import LivePeak, _Counting
from lbs.worker.devices.none import NoDevice
from lbs.worker.runner import Runner
from tests.plan.test_trace import really
from tests.support.architectures import NO_CHUNKS, architectures
from tests.support.long_form import FULL
from tests.support.messages import start_run
from tests.support.real_runs import perform

pytestmark = pytest.mark.slow
MODELS = architectures()


def measured(model: Any, *works: Workload) -> int:
    live = LivePeak(model)
    with live.watching():
        for work in works:
            perform(model, work)
    assert live.peak is not None
    return live.peak


@pytest.mark.parametrize("name", ["llama", "gemma3", "mamba2"] if FULL else ["llama"])
def test_counting_some_forward_passes_finds_the_peak_of_all(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], dtype=torch.bfloat16).eval()
    chunked = [] if name in NO_CHUNKS else [Workload(512, 2, 4, chunk=128)]
    # In the second one decoding needs more than the prompt.
    works = [Workload(256, 1, 8), Workload(64, 2, 60), Workload(256, 2, kind="score"), *chunked]
    peaks = {work: really(model, work) for work in works}
    off = {work: measured(model, work) / peak - 1 for work, peak in peaks.items()}
    print(name, " ".join(f"{share:+.3%}" for share in off.values()))
    assert {work: share for work, share in off.items() if abs(share) > 0.005} == {}
    assert measured(model, *works) == pytest.approx(max(peaks.values()), rel=0.005)


def test_few_forward_passes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    model = AutoModelForCausalLM.from_config(MODELS["llama"], dtype=torch.bfloat16).eval()
    counted: list[int] = []
    real = _Counting.__enter__

    def enter(self: Any) -> Any:
        counted.append(1)
        return real(self)  # type: ignore[no-untyped-call]  # PyTorch's own is untyped

    monkeypatch.setattr(_Counting, "__enter__", enter)
    measured(model, *[Workload(256, 1, 32)] * 5)
    assert len(counted) <= 4, "of 160"


@pytest.mark.parametrize("length", [256, 1024])
def test_a_run_on_the_cpu_has_its_measured_peak_beside_the_predicted_one(toy: Path, length: int) -> None:
    grid = {"context_lengths": [length], "depths": [0, 50], "task_types": ["single_needle_retrieval"]}
    runner = Runner(NoDevice(), Settings.load(), lambda _state: None)
    result = runner.run(start_run(toy, {**grid, "max_new_tokens": 8}), Hooks())
    assert result["peak_memory"] == {} and result["predicted_peak"] == result["plan"]["total"]
    assert result["cpu_peak"] == pytest.approx(result["predicted_peak"], rel=0.005)


def test_a_run_on_the_cpu_beside_a_gpu_is_measured_there(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_LOCAL_DEVICE_MAP", "cpu")
    grid = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 8}
    runner = Runner(EmulatedDevice([256 << 20]), Settings.load(), lambda _state: None)
    result = runner.run(start_run(toy, grid), Hooks())
    assert result["cpu_peak"] == pytest.approx(result["predicted_peak"], rel=0.005)
