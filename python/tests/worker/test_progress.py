"""A load reports its progress and can be stopped; nothing is loading afterwards."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks.hooks import Hooks
from lbs.queue.shapes import progress_shape, run_shape
from lbs.settings import Settings
from lbs.store import Run
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.errors import RunError
from lbs.worker.loading.progress import now_and_then, watched_load
from lbs.worker.runner import Runner
from tests.support.card_cases import ask

MIB = 1 << 20


class Loads:
    """One run of the toy, with its stages and states; calls `at` at each stage."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.5")
        monkeypatch.setattr("lbs.worker.runner.now_and_then", lambda report: report)
        self.device = EmulatedDevice([256 * MIB])
        self.states: list[str] = []
        self.stages: list[tuple[str, float]] = []
        self.runner = Runner(self.device, Settings.load(), self.states.append)

    def run(self, toy: Path, at: Callable[[str], None], cancelled: Callable[[], bool] = lambda: False) -> Any:
        def stage(name: str, share: float) -> None:
            self.stages.append((name, share))
            at(name)

        return self.runner.run(ask(toy, 256), Hooks(on_stage=stage, cancelled=cancelled))


def tensor_bytes() -> int:
    """Of all live tensors but the fake ones of a plan."""
    gc.collect()
    held = [one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter)]
    dense = [one for one in held if one.layout is torch.strided and one.device.type == "cpu"]
    return sum(one.untyped_storage().nbytes() for one in dense)


@pytest.mark.slow
def test_a_load_reports_its_progress(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = Loads(monkeypatch)
    assert loads.run(toy, lambda _name: None)["total_tests"] == 1
    assert loads.stages[0] == ("planning", 0)
    shares = [share for name, share in loads.stages if name == "loading"]
    assert shares[0] == 0 and shares == sorted(shares) and len(shares) > 10 and 0.9 < shares[-1] < 1


@pytest.mark.slow
def test_a_cancel_stops_the_load_itself(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = Loads(monkeypatch)
    before = tensor_bytes()
    with pytest.raises(RunError) as caught:
        loads.run(toy, lambda _name: None, lambda: len(loads.stages) > 5)
    assert caught.value.code == "cancelled" and loads.states == ["loading"]
    # The emulated GPU counts weights once all are loaded, so earlier ones are searched among all tensors.
    assert tensor_bytes() <= before


@pytest.mark.slow
def test_a_breach_stops_the_load(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = Loads(monkeypatch)

    def grows(_name: str) -> None:
        if len(loads.stages) == 5:
            loads.device.grow_context(0, 130 * MIB)
            loads.runner._guard.check()

    with pytest.raises(RunError) as caught:
        loads.run(toy, grows)
    assert caught.value.code == "limit_breach" and loads.states == ["loading"] and len(loads.stages) == 5


def test_threads_of_a_failed_load_are_waited_for() -> None:
    go, done = threading.Event(), threading.Event()

    def copies() -> None:
        go.wait(5)
        done.set()

    with pytest.raises(torch.OutOfMemoryError), watched_load(lambda _share: None):
        threading.Thread(target=copies).start()
        threading.Timer(0.1, go.set).start()
        raise torch.OutOfMemoryError("CUDA out of memory.")
    assert done.is_set()


def test_progress_is_reported_at_intervals() -> None:
    shares: list[float] = []
    step = now_and_then(shares.append, spacing=60)
    for share in (0.0, 0.5, 0.9):
        step(share)
    assert shares == [0.0]


def test_clients_without_stages_read_them_as_the_current_question() -> None:
    run = Run(
        "r", "NeedleInAHaystack/NeedleInAHaystack", "/models/m", {}, status="processing", stage=("loading", 0.437)
    )
    assert run_shape(run)["stage"] == {"name": "loading", "share": 0.437}
    old = progress_shape(run)
    assert old["current_question"] == "Loading weights: 44 %" and "stage" not in old
