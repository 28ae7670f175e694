"""GPU failures other than torch.OutOfMemoryError."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pynvml
import pytest
import torch

from lbs.benchmarks.hooks import Hooks, with_less
from lbs.memory.out_of_memory import is_out_of_memory
from lbs.protocol.messages import MemoryGpu, StartRun, State, WorkerMessage
from lbs.settings import Settings
from lbs.worker.__main__ import WorkerLoop, allocator_settings
from lbs.worker.devices.kernels import run_kernels
from lbs.worker.devices.none import NoDevice
from lbs.worker.loading.load import _out_of_memory_while_loading
from lbs.worker.reporter import Reporter
from lbs.worker.runner import Runner
from tests.support.backend import model_folder, started
from tests.support.long_form import FULL
from tests.support.messages import start_run


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("CUDA driver error: out of memory"), True),
        (RuntimeError("Triton Error [CUDA]: out of memory"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
        (ValueError("CUDA error: out of memory"), False),
    ],
)
def test_every_kind_of_out_of_memory_error_is_recognised(error: Exception, full: bool) -> None:
    assert is_out_of_memory(error) is full
    tries = iter([error])

    def attempt() -> str:
        for failure in tries:
            raise failure
        return "done"

    if full:
        assert with_less(attempt, lambda: True, lambda: None) == "done"
    else:
        with pytest.raises(type(error)):
            with_less(attempt, lambda: True, lambda: None)


class Refuses(NoDevice):
    """Its allocator's count of refusals rises with each reading after the first."""

    def __init__(self, rises: bool) -> None:
        self._rises, self._readings = rises, 0

    def statistics(self) -> list[dict[str, int]]:
        self._readings += 1
        return [{"num_ooms": self._readings if self._rises else 3}]


@pytest.mark.parametrize("rises", [True, False])
def test_an_out_of_memory_error_hidden_by_a_load_shows_in_the_allocators_count(rises: bool) -> None:
    with pytest.raises(RuntimeError) as caught, _out_of_memory_while_loading(Refuses(rises)):
        raise RuntimeError("We encountered some issues during automatic conversion of the weights.")
    assert is_out_of_memory(caught.value) is rises


def test_without_torchs_report_the_allocator_settings_are_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    monkeypatch.delattr(torch._C, "_accelerator_getAllocatorSettings")
    assert allocator_settings() == "expandable_segments:True"
    monkeypatch.delenv("PYTORCH_ALLOC_CONF")
    assert allocator_settings() is None


RUN = start_run(Path("/none"), {})


class Line:
    """The worker's channel: one run, then nothing."""

    def __init__(self) -> None:
        self.inbox = self
        self.sent: list[str] = []
        self.ended: int | None = None
        self._left: Iterator[StartRun] = iter([RUN])

    def get(self) -> StartRun:
        return next(self._left)

    def send(self, message: WorkerMessage) -> None:
        self.sent.append(message.state if isinstance(message, State) else message.type)

    def end(self, code: int) -> None:
        self.ended = code


class Lost(NoDevice):
    def synchronize(self) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered\nmore of it")


@pytest.mark.parametrize("device", [Lost(), NoDevice()])
def test_a_worker_whose_gpu_stopped_answering_takes_no_other_run(
    device: NoDevice, capfd: pytest.CaptureFixture[str]
) -> None:
    line: Any = Line()
    worker = WorkerLoop(line, device, Settings.load())
    with contextlib.suppress(StopIteration):  # a healthy worker waits for the next message
        worker.work()
        assert isinstance(device, Lost)
    assert line.ended == (1 if isinstance(device, Lost) else None)
    assert "error" in line.sent and ("idle" in line.sent) is not isinstance(device, Lost)
    logged = "The GPU stopped answering this process, which exits: CUDA error: an illegal memory access"
    assert (logged in capfd.readouterr().err) is isinstance(device, Lost)


class Silent(NoDevice):
    """A lost GPU: every reading fails."""

    def memory(self) -> list[MemoryGpu]:
        raise pynvml.NVMLError_GpuIsLost

    def empty_cache(self) -> int:
        raise RuntimeError("CUDA error: unspecified launch failure")


def test_a_lost_gpu_hides_neither_the_result_nor_the_failure(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(Silent(), Settings.load(), lambda _state: None)
    monkeypatch.setattr(Runner, "_run", lambda *_: {"score": 1})
    assert runner.run(RUN, Hooks()) == {"score": 1}

    def fails(*_: Any) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(Runner, "_run", fails)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        runner.run(RUN, Hooks())
    assert "GPU memory could not be released: CUDA error: unspecified" in capfd.readouterr().err


class Mute(NoDevice):
    def __init__(self) -> None:
        self.readings = 0

    def memory(self) -> list[MemoryGpu]:
        self.readings += 1
        if self.readings < 4:
            raise RuntimeError("NVML is busy")
        return []


def test_memory_is_reported_again_once_it_can_be_read(capfd: pytest.CaptureFixture[str]) -> None:
    class Cache:
        def report(self) -> tuple[list[Any], dict[str, Any]]:
            return [], {}

    line: Any = Line()
    cache: Any = Cache()
    reporter = Reporter(line, Mute(), cache)
    for _ in range(5):
        reporter.report()
    assert line.sent == ["memory"]
    assert capfd.readouterr().err.count("Memory cannot be read: RuntimeError: NVML is busy") == 1


def test_the_kernels_run() -> None:
    run_kernels("cpu")


_LOSES_ITS_GPU_ONCE = """
import os
from pathlib import Path
from lbs.worker.runner import Runner
from lbs.worker.__main__ import main

def check(self):
    once = Path(os.environ["HEADROOM_HOME"], "lost")
    if not once.exists():
        once.touch()
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

Runner.check_device = check
raise SystemExit(main())
"""


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="starts two cold workers; both halves have tests of their own")
def test_runs_queued_behind_a_lost_gpu_run_on_the_next_worker(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    program = (
        "import sys; from lbs.server.serving import serve; from lbs.settings import Settings; "
        f"serve(Settings.load(), (sys.executable, '-u', '-c', {_LOSES_ITS_GPU_ONCE!r}))"
    )
    model = model_folder(tmp_path, "empty")
    with started(tmp_path, fake=True, program=program) as backend:
        backend.wait_idle()
        first = backend.http.get("/api/health").json()["worker"]["pid"]
        both = [backend.submit(model, context_length=64) for _ in range(2)]
        # Each has its own error, not that its worker died.
        assert [backend.wait_run(req_id)["error_code"] for req_id in both] == ["invalid_model"] * 2
        backend.wait_idle()
        assert backend.http.get("/api/health").json()["worker"]["pid"] != first
        assert (tmp_path / "home" / "lost").exists()
